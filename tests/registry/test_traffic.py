"""Past trade for targeting: made from the record, the network around a consignment, the queue, and hubs that stay bounded."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from papers import BROKER, rows
from tests import traffic as samples

from customhouse.clearance.invalidate import invalidate
from customhouse.record.declaration import Role
from customhouse.registry import courses, links, past_goods, reader, risk_queue, turn
from customhouse.registry.past_goods import Goods
from customhouse.registry.reader import Reader, of_person, reading
from customhouse.registry.risk_queue import Wanted

pytestmark = pytest.mark.usefixtures("house")


def today() -> date:
    return datetime.now(UTC).date()


def test_what_an_examination_found_stands_in_the_record_of_everybody_concerned() -> None:
    importer, exporter = samples.number(), f"Silver Reed {samples.number()}"
    first = samples.find(samples.bring(importer=importer, exporter=exporter))
    samples.conform(samples.bring(importer=importer, exporter=exporter))
    third = samples.bring(importer=importer, exporter=exporter)
    samples.read()
    record = links.record("importer", importer, today())
    assert (record.n, record.looked, record.finds, record.examined) == (3, 3, 1, 2)
    assert record.since == today()
    seen = next(node for node in links.seeds(third.lodged) if node.kind == "exporter")
    assert links.record("exporter", seen.key, today()).finds == 1
    before = links.record("importer", importer, today(), before=first.id)
    assert (before.n, before.since) == (0, None)


def test_reading_twice_leaves_the_same_rows() -> None:
    d = samples.bring()
    samples.read()
    seen = rows("select * from risk_goods where declaration = %s", d.id)
    assert len(seen) == len(d.lodged.items)
    with connection.cursor() as cursor:
        cursor.execute("update course_place set xid = '0', id = 0")
    samples.read()
    assert rows("select * from risk_goods where declaration = %s", d.id) == seen


def test_goods_of_an_invalidated_declaration_are_no_price_to_compare_with() -> None:
    d = samples.bring()
    invalidate(d.id, "lodged twice", by="supervisor", role=Role.SUPERVISOR)
    samples.read()
    assert rows("select 1 from risk_goods where declaration = %s", d.id) == []
    assert rows("select 1 from risk_link where declaration = %s", d.id) != []


def test_the_network_finds_the_exporter_behind_two_importers() -> None:
    exporter, phone = f"Reed {samples.number()}", f"+84 {abs(hash(samples.number())) % 10**9}"
    past = samples.find(samples.bring(exporter=exporter, phone=phone, importer_name="First Shoes"))
    now = samples.bring(exporter=f"Other {samples.number()}", phone=phone, importer_name="Second Shoes")
    samples.read()
    found = links.network(links.seeds(now.lodged), today(), without=now.id)
    names = {(n.kind, n.key): n for n in found.nodes}
    importer = past.lodged.goods_shipment.importer
    assert importer is not None
    there = names["importer", importer.id]
    assert (there.finds, there.is_seed) == (1, False)
    by_phone = next(n for n, node in enumerate(found.nodes) if node.kind == "telephone")
    at = found.nodes.index(there)
    assert any({edge.one, edge.other} == {by_phone, at} for edge in found.edges)


def test_a_circle_of_parties_is_a_network_and_no_endless_way() -> None:
    a, b = samples.number(), samples.number()
    for importer, exporter in ((a, f"Ex {b}"), (a, f"Ex {a}"), (b, f"Ex {a}"), (b, f"Ex {b}")):
        last = samples.bring(importer=importer, exporter=exporter)
    samples.read()
    found = links.network(links.seeds(last.lodged), today(), without=last.id)
    assert {a, b} <= {node.key for node in found.nodes}


def test_a_hub_is_counted_and_not_followed() -> None:
    """A broker with a hundred thousand declarations: the page asks for none of them."""
    hub, d = samples.number(), samples.bring()
    samples.read()
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into risk_link select 'declarant', %s, n, 'A hub', %s, n %% 50 = 0, case when n %% 100 = 0 then 'find' else '' end, 1 "
            "from generate_series(%s, %s) n",
            [hub, today(), 10**12, 10**12 + 99_999],
        )
        cursor.execute("analyze risk_link")
    try:
        began = time.process_time(), time.perf_counter()
        seeds = (*links.seeds(d.lodged), links.Node("declarant", hub, "A hub", 0, 0, is_seed=True))
        found = links.network(seeds, today(), without=d.id)
        record = links.record("declarant", hub, today())
        assert time.perf_counter() - began[1] < 10  # it takes some 0.05 s; a page that follows the hub takes minutes
        node = next(node for node in found.nodes if node.key == hub)
        assert (node.is_hub, node.is_seed) == (True, True)
        assert len(found.nodes) <= links.NODES
        assert record.n == links.COUNTED
        assert record.is_more
    finally:
        with connection.cursor() as cursor:
            cursor.execute("delete from risk_link where key = %s", [hub])


def test_what_is_new_about_goods_is_known_from_earlier_ones_only() -> None:
    importer = samples.number()
    first = samples.bring(importer=importer)
    second = samples.bring(importer=importer)
    samples.read()
    goods = Goods("6403", "VN", "VN", importer, 2300)
    assert past_goods.news(goods, first.id) == past_goods.News(True, True, True)
    assert past_goods.news(goods, second.id) == past_goods.News(False, False, False)
    assert past_goods.news(Goods("8703", "JP", "JP", importer, 1), second.id) == past_goods.News(False, True, True)


def test_the_nearest_cases_are_those_of_the_same_importer_and_price() -> None:
    importer = samples.number()
    near = samples.find(samples.bring(importer=importer, price="21000.00"))
    far = samples.conform(samples.bring(price="2100.00"))
    samples.read()
    found = past_goods.nearest(Goods("6403", "VN", "VN", importer, 2300), n=400)
    order = [case.declaration for case in found]
    assert order.index(near.id) < order.index(far.id)
    assert found[0].outcome == "find"
    with pytest.raises(ValueError, match="nothing that goods are counted by"):
        past_goods.dealt_in("per_kg; drop table risk_goods", importer)


def test_the_queue_is_ordered_by_the_dial_and_goes_on_where_it_stopped() -> None:
    importer = samples.number()
    cheap, dear = (samples.bring(importer=importer, price=price) for price in ("2100.00", "21000.00"))
    samples.read()
    wanted = Wanted(trader=importer)
    assert [row.id for row in risk_queue.rows(wanted, today())] == [dear.id, cheap.id]
    first = risk_queue.rows(wanted, today(), 1)[0]
    rest = risk_queue.rows(Wanted(trader=importer, before=first.cursor), today())
    assert [row.id for row in rest] == [cheap.id]
    assert risk_queue.count(wanted, today()) == 2
    assert risk_queue.numbers(wanted, today()) == (cheap.id, dear.id)
    for bad in ("x", "nan_1", "inf_1", "1_", "1_" + "9" * 30, "_", "1e999_4"):
        assert risk_queue.rows(Wanted(trader=importer, before=bad), today()) == ()


def test_signs_of_a_pattern_are_taken_as_themselves() -> None:
    importer = samples.number()
    samples.bring(importer=importer, goods="Shoes 100% leather_soles")
    samples.read()
    for text, found in (("100% leather_", 1), ("1_0%", 0), ("%", 1), ("\\", 0), ("'; drop table x", 0)):
        assert risk_queue.count(Wanted(trader=importer, text=text), today()) == found, text


def test_looks_are_counted_against_the_budget_of_their_office() -> None:
    office = samples.number()[-8:]
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from risk_traffic where office = %s", [office])
        assert cursor.fetchone()[0] == 0
    d = samples.bring()
    samples.read()
    since = datetime.now(UTC) - timedelta(hours=1)
    found = {c.office: c for c in risk_queue.capacity(since, {"": 40, office: 3})}
    assert found[office] == risk_queue.Capacity(office, 0, 0, 3)
    here = found[d.lodged.office]
    assert here.red >= 1
    assert here.share == here.used * 100 // 40


def test_past_trade_is_for_customs_alone() -> None:
    """Officers of one office read what another found; whose file it is, and strangers, read nothing."""
    importer = samples.number()
    samples.find(samples.bring(importer=importer))
    samples.read()
    for who, sees in (
        (of_person(Role.OFFICER, office="XM000099"), True),
        (of_person(Role.AUDITOR), True),
        (of_person(Role.BROKER, traders=[BROKER, importer]), False),
        (of_person(Role.AGENCY, agency="MOH"), False),
        (Reader(), False),
    ):
        with reading(who):
            assert bool(links.record("importer", importer, today()).finds) is sees, who
            assert bool(rows("select 1 from risk_goods where importer = %s", importer)) is sees, who
    assert reader.current().sees_all


def test_one_reader_at_a_time() -> None:
    samples.bring()
    with turn.alone(courses.TURN) as mine:
        assert mine
        import threading

        got: list[int] = []

        def other() -> None:
            from django.db import connections

            got.append(courses.read_on())
            connections.close_all()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert got == [0]
    samples.read()
