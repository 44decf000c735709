"""The targeter's desk: who sees it, the queue and its filters, a consignment with its facts, the choice, bad input."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from django.test import Client
from lxml import html
from tests import traffic
from tests.registry import papers

from customhouse.clearance.lodge import lodge
from customhouse.clearance.target import change_lane, target_ahead
from customhouse.desks import network_chart, targeting_charts
from customhouse.record.acts import LaneChanged
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.lanes import Lane
from customhouse.registry import files
from customhouse.registry.links import Edge, Network, Node
from customhouse.registry.models import User
from customhouse.registry.past_goods import Case

Desk = Callable[..., Client]
OFFICER = {"by": "officer", "role": Role.OFFICER}
INLINE = re.compile(rb"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=")
PAGES = ("/risk/queue", "/risk/consignment/{d.id}", "/risk/actor/importer/{importer}")


@pytest.fixture
def shoes(house: None) -> Declaration:
    """Footwear of an importer with a past: one find, one consignment as declared."""
    importer, exporter = traffic.number(), f"Reed {traffic.number()}"
    traffic.find(traffic.bring(importer=importer, exporter=exporter))
    traffic.conform(traffic.bring(importer=importer, exporter=exporter, price="14000.00"))
    return traffic.bring(importer=importer, exporter=exporter, price="5200.00", container="MSKU1234565")


def importer_of(d: Declaration) -> str:
    importer = d.lodged.goods_shipment.importer
    assert importer is not None
    return importer.id


def text(answer: object) -> str:
    page = html.fromstring(answer.content.decode())  # type: ignore[attr-defined]
    return " ".join(" ".join(page.itertext()).split())


# --- who sees it ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["officer", "examiner", "supervisor", "auditor"])
def test_customs_reads_it_and_nothing_is_inline(account: str, desk: Desk, shoes: Declaration) -> None:
    for page in PAGES:
        answer = desk(account).get(page.format(d=shoes, importer=importer_of(shoes)))
        assert answer.status_code == 200, page
        assert INLINE.findall(answer.content) == []


@pytest.mark.parametrize("account", ["broker", "trader", "carrier", "vet", "cashier", "administrator"])
def test_nobody_else_does(account: str, desk: Desk, shoes: Declaration) -> None:
    client = desk(account)
    for page in PAGES:
        assert client.get(page.format(d=shoes, importer=importer_of(shoes))).status_code == 403, page
    assert client.post(f"/risk/consignment/{shoes.id}/select", {"lane": "RED"}).status_code == 403
    assert client.post("/risk/queue/draw", {"share": "100", "to": "RED"}).status_code == 403


def test_who_reads_and_may_not_choose_is_offered_no_choice(desk: Desk, shoes: Declaration) -> None:
    for account in ("examiner", "auditor"):
        page = desk(account).get(f"/risk/consignment/{shoes.id}").content.decode()
        assert f"/risk/consignment/{shoes.id}/" not in page
        assert desk(account).post(f"/risk/consignment/{shoes.id}/select", {"lane": "RED"}).status_code == 403


def test_a_reading_is_written_down(desk: Desk, shoes: Declaration) -> None:
    client, importer = desk("officer"), importer_of(shoes)
    client.get(f"/risk/consignment/{shoes.id}")
    client.get(f"/risk/actor/importer/{importer}")
    seen = papers.rows("select what, asked from file_read where by = 'officer' order by id desc limit 2")
    assert seen == [("actor", f"importer {importer}"), ("targeting", "")]


def test_an_officer_of_an_office_reads_the_past_of_others_and_opens_their_files_not(
    desk: Desk, shoes: Declaration
) -> None:
    account, _ = User.objects.get_or_create(username="targeter-of-99", role="officer", office="XM000099")
    client = Client()
    client.force_login(account)
    assert client.get(f"/risk/consignment/{shoes.id}").status_code == 404
    page = text(client.get(f"/risk/actor/importer/{importer_of(shoes)}"))
    assert "1 of 2 examinations found something" in page
    assert "another office" in page
    assert shoes.mrn not in page
    assert shoes.mrn not in client.get("/risk/queue").content.decode()


def test_the_trade_is_not_told_what_is_looked_for(desk: Desk, house: None) -> None:
    d = traffic.bring(example=papers.PARCEL, ahead=True, importer=traffic.number())
    target_ahead(d.id, Lane.RED, "a tip from the port", code="intelligence", **OFFICER)
    green = papers.green()
    change_lane(green.id, LaneChanged(Lane.RED, "the seller is a week old", "party"), **OFFICER)
    for one, secret in ((d, "a tip from the port"), (green, "the seller is a week old")):
        assert secret in text(desk("officer").get(f"/declaration/{one.id}"))
        broker = text(desk("broker").get(f"/declaration/{one.id}"))
        assert secret not in broker
        assert "A look asked for" not in broker
    assert "Lane changed" in text(desk("broker").get(f"/declaration/{green.id}"))


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_queue_shows_what_waits_and_leads_to_it(desk: Desk, shoes: Declaration) -> None:
    importer = importer_of(shoes)
    page = html.fromstring(desk("officer").get(f"/risk/queue?trader={importer}").content.decode())
    numbers = [row.get("data-row") for row in page.xpath("//tr[@data-row]")]
    assert str(shoes.id) in numbers
    row = next(row for row in page.xpath("//tr[@data-row]") if row.get("data-row") == str(shoes.id))
    assert row.xpath(".//a[@class='mono']")[0].get("href") == f"/risk/consignment/{shoes.id}"
    assert [a.get("data-key") for a in row.xpath(".//*[@data-key]")] == ["d"]
    found = desk("officer").get(f"/risk/queue?text={shoes.mrn}")
    assert found["Location"] == f"/risk/consignment/{shoes.id}"


def test_filters_are_taken_as_they_are_typed(desk: Desk, shoes: Declaration) -> None:
    client, importer = desk("officer"), importer_of(shoes)
    for query, found in (
        ("way=criterion&lane=RED", True),
        ("origin=VN&chapter=64", True),
        ("origin=FR", False),
        ("chapter=99", False),
        ("way=model", False),
        ("office=XM000099", False),
        ("text=Harbour Shoes", True),
        ("text=%25", False),
        ("text=_arbour", False),
        ("show=released", False),
        ("show=ahead", False),
        ("dial=0&show=routed", True),
        ("lane=PURPLE&way=&origin=&dial=9&show=nonsense", True),  # what is unknown is not asked for
    ):
        page = client.get(f"/risk/queue?trader={importer}&{query}").content.decode()
        assert (f'data-row="{shoes.id}"' in page) is found, query


@pytest.mark.parametrize(
    "query",
    [
        "text=" + "x" * 9000,
        "trader=" + quote("'; drop table declaration; --"),
        "text=%00%00",
        "origin=" + quote("شركة"),
        "before=" + "9" * 400,
        "before=nan_1",
        "before=1e400_5",
        "text=" + quote("\\%_"),
        "dial=1e9&lane=" + "R" * 999,
    ],
)
def test_odd_filters_get_a_page(query: str, desk: Desk) -> None:
    assert desk("officer").get(f"/risk/queue?{query}").status_code == 200


def test_a_draw_over_the_filter_is_kept_with_its_share(desk: Desk, house: None) -> None:
    importer = traffic.number()
    told = [traffic.bring(importer=importer, example=papers.PARCEL) for _ in range(3)]
    waiting = {d.id for d in told if d.stage is Stage.ROUTED}
    assert waiting
    client = desk("officer")
    for wrong in (
        {"share": "0"},
        {"share": "101"},
        {"share": "NaN"},
        {"share": ""},
        {"to": "GREEN"},
        {"show": "ahead"},
        {"trader": "NOBODY"},
    ):
        answer = client.post(
            "/risk/queue/draw", {"share": "100", "to": "RED", "trader": importer, **wrong}, follow=True
        )
        assert "note error" in answer.content.decode(), wrong
        assert all(files.get(n).lane is not Lane.RED for n in waiting)
    answer = client.post("/risk/queue/draw", {"share": "100", "to": "RED", "trader": importer}, follow=True)
    assert f"over {len(waiting)} declarations" in text(answer)
    assert {files.get(n).lane for n in waiting} == {Lane.RED}
    kept = papers.rows("select share_ppm, asked, cardinality(population) from target_sample order by id desc limit 1")
    assert kept == [(1_000_000, f"trader={importer}", len(waiting))]


# --- a consignment ----------------------------------------------------------------------------------------------------


def test_every_reason_stands_with_the_facts_behind_it(desk: Desk, shoes: Declaration) -> None:
    page = html.fromstring(desk("officer").get(f"/risk/consignment/{shoes.id}").content.decode())
    why = page.get_element_by_id("h-why").getparent()
    behind = {dt.text: dt.getnext().text_content() for dt in why.xpath(".//dl[@class='behind']//dt")}
    assert behind["code"] == "64039900"
    assert behind["origin"] == "VN"
    assert behind["value_per_kg"].endswith("USD")
    said = " ".join(why.text_content().split())
    assert "below 2.50 a kilogram" in said


def test_history_prices_cases_and_network_stand_on_one_page(desk: Desk, shoes: Declaration) -> None:
    client = desk("officer")
    page = html.fromstring(client.get(f"/risk/consignment/{shoes.id}").content.decode())
    assert "1 of 2 examinations found something" in page.get_element_by_id("h-importer").getparent().text_content()
    goods = page.get_element_by_id("h-goods").getparent()
    assert goods.xpath(".//tr[@class='was-find']")
    network = page.get_element_by_id("h-network").getparent()
    links = {a.get("href") for a in network.xpath(".//svg//a")}
    assert f"/risk/actor/importer/{importer_of(shoes)}" in links
    rows = network.xpath(".//tbody/tr")
    assert len(rows) == len(network.xpath(".//svg//a")), "the table says what the picture says"
    assert all(a.xpath("./title") for a in network.xpath(".//svg//a"))
    assert client.get(f"/risk/actor/importer/{importer_of(shoes)}").status_code == 200
    seals = page.get_element_by_id("h-facts").getparent().text_content()
    assert "MSKU1234565" in seals and "S1" in seals


def test_what_is_new_is_said(desk: Desk, house: None) -> None:
    importer = traffic.number()
    first = traffic.bring(importer=importer)
    assert "The importer never declared goods before" in text(desk("officer").get(f"/risk/consignment/{first.id}"))
    other = traffic.bring(importer=importer, example=papers.PARCEL)
    assert "never brought goods of heading 7117" in text(desk("officer").get(f"/risk/consignment/{other.id}"))


def test_selecting_orders_the_examination(desk: Desk, house: None) -> None:
    d, client = papers.green(), desk("officer")
    where = f"/risk/consignment/{d.id}"
    assert client.get(where).content.decode().count("<form") >= 3
    done = client.post(
        f"{where}/select", {"lane": "RED", "code": "party", "reason": "the seller is a week old"}, follow=True
    )
    assert "Recorded." in text(done)
    assert files.get(d.id).lane is Lane.RED
    assert "Somebody concerned" in text(client.get(where))
    assert d.mrn in desk("examiner").get("/worklist?lane=RED&order=newest").content.decode()


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("select", {"lane": "PURPLE", "code": "party", "reason": "x"}, "To: choose one of the list"),
        ("select", {"lane": "GREEN", "code": "party", "reason": "x"}, "To: choose one of the list"),
        ("select", {"lane": "RED", "code": "seen", "reason": "x"}, "Why: choose one of the list"),
        ("select", {"lane": "RED", "code": "party", "reason": " "}, "In your words is missing"),
        ("select", {"lane": "RED", "code": "party", "reason": "x" * 2001}, "longer than 2000"),
        ("select", {}, "To: choose one of the list"),
    ],
)
def test_a_choice_filled_in_wrongly_keeps_what_was_typed(
    name: str, typed: dict[str, str], said: str, desk: Desk, house: None
) -> None:
    d = papers.green()
    answer = desk("officer").post(f"/risk/consignment/{d.id}/{name}", typed)
    assert answer.status_code == 422
    assert said in text(answer)
    assert files.get(d.id).acts == d.acts
    if typed.get("reason", "").strip():
        assert typed["reason"] in answer.content.decode()


def test_a_random_draw_is_not_taken_out_by_an_officer(desk: Desk, house: None) -> None:
    for _ in range(600):
        d = lodge(papers.paper(papers.reference()), by=papers.BROKER).declaration
        assert d is not None
        if d.lane is Lane.YELLOW and d.selection and [r.rule for r in d.selection.reasons] == ["random"]:
            break
    else:
        raise AssertionError("the draw passed over six hundred declarations")
    client = desk("officer")
    assert "only a supervisor may take it out" in text(client.get(f"/risk/consignment/{d.id}"))
    typed = {"lane": "GREEN", "code": "explained", "reason": "harmless"}
    answer = client.post(f"/risk/consignment/{d.id}/deselect", typed, follow=True)
    assert "Not possible now" in text(answer)
    assert files.get(d.id).lane is Lane.YELLOW
    sheet = client.post(f"/declaration/{d.id}/act/lane", {"lane": "GREEN", "reason": "harmless"}, follow=True)
    assert files.get(d.id).lane is Lane.YELLOW, text(sheet)
    desk("supervisor").post(f"/risk/consignment/{d.id}/deselect", typed)
    assert files.get(d.id).lane is Lane.GREEN


def test_a_look_is_asked_for_before_the_goods_come(desk: Desk, house: None) -> None:
    d, client = traffic.bring(example=papers.PARCEL, ahead=True, importer=traffic.number()), desk("officer")
    where = f"/risk/consignment/{d.id}"
    assert "Ask for a look when the goods come" in text(client.get(where))
    client.post(f"{where}/select", {"lane": "RED", "code": "route", "reason": "an odd way round"})
    assert files.get(d.id).marked is not None
    queue = html.fromstring(client.get(f"/risk/queue?show=ahead&trader={importer_of(d)}").content.decode())
    assert "asked for:" in queue.xpath(f"//tr[@data-row='{d.id}']")[0].text_content()
    client.post(f"/declaration/{d.id}/act/present", {"office": "XM000010"})
    came = files.get(d.id)
    assert came.lane is Lane.RED
    assert "an odd way round" in text(client.get(where))
    assert "an odd way round" not in text(desk("broker").get(f"/declaration/{d.id}"))


def test_what_is_released_is_over(desk: Desk, house: None) -> None:
    d = papers.green()
    client = desk("cashier")
    client.post(f"/declaration/{d.id}/act/pay", {"amount": str(d.settled.outstanding.amount), "method": "cash"})  # type: ignore[union-attr]
    assert files.get(d.id).stage is Stage.RELEASED
    answer = desk("officer").post(f"/risk/consignment/{d.id}/select", {"lane": "RED", "code": "party", "reason": "x"})
    assert answer.status_code == 422
    assert "nothing to select" in text(desk("officer").get(f"/risk/consignment/{d.id}"))


def test_goods_to_come_are_marked_on_their_page(desk: Desk, house: None) -> None:
    client, number = desk("officer"), traffic.number()
    until = (datetime.now(UTC).date() + timedelta(5)).isoformat()
    typed = {
        "kind": "container",
        "number": number,
        "lane": "RED",
        "code": "seal",
        "reason": "the seal was changed",
        "until": until,
    }
    assert f'value="{number}"' in client.get(f"/risk/ahead?kind=container&number={number}").content.decode()
    for wrong in (
        {"kind": "planet"}, {"number": "a-b"}, {"number": "x" * 71}, {"lane": "GREEN"}, {"code": "seen"}, {"reason": " "},
        {"until": "soon"}, {"until": "2020-01-01"}, {"until": "2999-01-01"},
    ):  # fmt: skip
        answer = client.post("/risk/ahead/ask", {**typed, **wrong})
        assert answer.status_code == 422, wrong
        assert 'role="alert"' in answer.content.decode()
    client.post("/risk/ahead/ask", typed)
    page = client.get("/risk/ahead").content.decode()
    assert number in page
    assert "the seal was changed" in page
    assert INLINE.findall(page.encode()) == []
    pk = papers.rows("select max(id) from target_ahead where number = %s", number)[0][0]
    client.post(f"/risk/ahead/{pk}/back", {"reason": ""})
    assert number in client.get("/risk/ahead").content.decode()
    client.post(f"/risk/ahead/{pk}/back", {"reason": "another box"})
    assert number not in client.get("/risk/ahead").content.decode()
    assert "does not stand" in text(client.post("/risk/ahead/999999999/back", {"reason": "x"}, follow=True))
    for account in ("broker", "carrier", "cashier"):
        assert desk(account).get("/risk/ahead").status_code == 403
        assert desk(account).post("/risk/ahead/ask", typed).status_code == 403


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/risk/consignment/999999999999",
        "/risk/consignment/99999999999999999999999",
        "/risk/consignment/-1",
        "/risk/consignment/1/burn",
        "/risk/actor/importer/nobody-at-all",
        "/risk/actor/planet/earth",
        "/risk/actor/importer/" + "x" * 3000,
        "/risk/actor/importer/%25",
        "/risk/actor/importer/%00",
        "/risk/actor/importer/a/../b",
        "/risk/actor/importer/",
    ],
)
def test_what_is_not_there_is_nowhere(path: str, desk: Desk) -> None:
    assert desk("supervisor").get(path).status_code in (404, 405)


def test_names_of_every_script_and_length_stay_on_their_page(desk: Desk, house: None) -> None:
    arabic, endless = "شركة البحر الأزرق\u202e للتجارة", "An endless name " * 19
    for name in (arabic, endless, '<b>bold</b> & "quoted"', "a/b?c#d"):
        d = traffic.bring(importer=traffic.number(), importer_name=name, exporter=name)
        answer = desk("officer").get(f"/risk/consignment/{d.id}")
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "\u202e" not in page.partition('id="h-network"')[2]
        assert "<b>bold" not in page
        exporter = html.fromstring(page).get_element_by_id("h-exporter").getparent().xpath(".//a")[0].get("href")
        assert desk("officer").get(exporter).status_code == 200, exporter
        labels = html.fromstring(page).xpath("//text[starts-with(@class, 'label')]")
        assert labels
        assert max(len(label.text) for label in labels) <= network_chart.LABEL


# --- charts -----------------------------------------------------------------------------------------------------------


def cases(*prices: int) -> list[Case]:
    import datetime

    day = datetime.date(2026, 5, 1)
    return [
        Case(n, 1, "6403", "VN", "I", "E", price, price, day, "find" if n == 0 else "")
        for n, price in enumerate(prices)
    ]


@pytest.mark.parametrize(
    ("own", "past", "tone"),
    [
        (100, [1000 + 10 * n for n in range(40)], "far"),
        (9000, [1000 + 10 * n for n in range(40)], "far"),
        (1200, [1000 + 10 * n for n in range(40)], "usual"),
        (1050, [1000 + 10 * n for n in range(40)], "off"),
        (100, [1000] * 7, "few"),
        (1000, [1000] * 30, "usual"),
        (100, [], "few"),
        (0, [1000] * 30, "few"),
        (1, [1] * 20 + [10**15], "usual"),
    ],
)
def test_a_price_is_judged_against_the_quartiles_of_enough_cases(own: int, past: list[int], tone: str) -> None:
    told = targeting_charts.price(own, cases(*past), "USD")
    assert told.tone == tone
    if told.strip:
        assert all(0 <= dot["x"] <= targeting_charts.WIDE for dot in told.strip["dots"])
        assert 0 <= told.strip["own"] <= targeting_charts.WIDE


def test_a_rate_has_an_interval_that_holds_for_few_cases() -> None:
    assert targeting_charts.rate(0, 0).share is None
    none, all_ = targeting_charts.rate(0, 3), targeting_charts.rate(3, 3)
    assert (none.low, round(none.high)) == (0.0, 56)
    assert (round(all_.low), all_.high) == (44, 100.0)
    half = targeting_charts.rate(500, 1000)
    assert 46 < half.low < 50 < half.high < 54


def test_the_same_network_is_the_same_picture_and_no_node_lies_on_another() -> None:
    seeds = [Node("importer", f"S{n}", f"Seed {n}", 3, 0, True) for n in range(5)]
    others = [Node("exporter", f"O{n}", f"Other {n}", 2, n % 2) for n in range(40)]
    edges = tuple(Edge(n % 5, 5 + n, 1 + n % 3, n % 2) for n in range(40))
    network = Network((*seeds, *others), edges, 7, 30)
    picture = network_chart.draw(network)
    assert picture == network_chart.draw(network)
    places = [(p.x, p.y) for p in picture.nodes]
    assert len(set(places)) == len(places)
    apart = min((a - c) ** 2 + (b - d) ** 2 for n, (a, b) in enumerate(places) for c, d in places[n + 1 :])
    assert apart > 30**2
    assert all(20 < v < picture.size - 20 for place in places for v in place)
    alone = network_chart.draw(Network((Node("importer", "A", "A", 1, 0, True),)), is_actor=True)
    assert (alone.nodes[0].x, alone.nodes[0].y, alone.has_middle) == (network_chart.MIDDLE, network_chart.MIDDLE, False)
    assert network_chart.draw(Network()).nodes == ()
