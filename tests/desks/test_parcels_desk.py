"""The desk of parcels: whose a consolidation is, one confirmation more for many, and orders that nothing does twice."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from customhouse.clearance import bulk
from customhouse.desks import parcel_words
from customhouse.house.clearing import clear_next
from customhouse.house.consolidation import clear
from customhouse.offices.longroom import issue_mrn
from customhouse.offices.risk import parcel_draw
from customhouse.record.acts import Held, LaneChanged, Recalled, Released
from customhouse.record.declaration import Stage
from customhouse.record.parcel import NAMES, Consolidation, Parcel, number
from customhouse.registry import (
    files,
    parcel_charge,
    parcel_look,
    parcel_opening,
    parcel_orders,
    parcels,
    secret,
    treasury,
)
from customhouse.registry.models import User
from customhouse.registry.parcel_orders import Wanted
from customhouse.simulator.parcels import parcels as made_up
from customhouse.stream.parcels import marks

BROKER = "XM100000009"
Desk = Callable[..., Client]


@pytest.fixture
def cleared(house: None, tmp_path: Path, request: pytest.FixtureRequest) -> int:
    """The number of a consolidation of the broker with 150 parcels, of each test its own, under references never used before."""
    mark, seed = uuid.uuid4().hex[:6], request.node.name
    made = [msgspec.structs.replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(150, "express", seed)]
    path = tmp_path / f"{mark}.jsonl"
    path.write_bytes(b"\n".join((*(msgspec.json.encode(p) for p in made), b"{half")))
    return clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test").number


@pytest.fixture
def cleared_unpaid(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    """The same, of a declarant whose deferment account does not cover what is due."""
    with monkeypatch.context() as nobody:
        nobody.setattr(treasury, "facilities", lambda *_: [])
        number: int = request.getfixturevalue("cleared")
    return number


def ordered(desk: Desk, number: int, **told: Any) -> Any:
    return desk("officer").post(f"/parcels/consolidation/{number}/order", told)


def test_a_consolidation_is_shown_to_its_declarant_and_its_office(desk: Desk, cleared: int) -> None:
    page = f"/parcels/consolidation/{cleared}"
    own = desk("broker").get(page).content.decode()
    assert "Answer as CSV" in own and "Decide on many" not in own
    assert desk("trader").get(page).status_code == 404
    assert desk("trader").get(f"{page}/answer").status_code == 404
    assert desk("broker").post(f"{page}/order", {"act": "hold", "reason": "mine"}).status_code == 403
    answer = b"".join(desk("broker").get(f"{page}/answer?only=unreadable"))  # type: ignore[arg-type]
    assert len(answer.decode().splitlines()) == 2
    for office, status in (("XM000040", 200), ("XM000010", 404)):
        account, _ = User.objects.get_or_create(username=f"express-{office}", role="officer", office=office)
        client = Client()
        client.force_login(account)
        assert client.get(page).status_code == status
    day = desk("officer").get("/parcels").content.decode()
    assert page in day
    for query in ("", "?verdict=unreadable", "?verdict=all&lane=GREEN&words=ltd", "?verdict=refused&before=3"):
        assert desk("officer").get(page + query).status_code == 200
    released = parcel_look.rows(cleared, verdicts=("released",), limit=1)[0]
    found = desk("officer").get("/parcels/find", {"q": released.parcel.reference}, follow=True).content.decode()
    assert released.mrn in found and "Nothing waits for an officer" in found
    assert desk("broker").get(f"/parcels/parcel/{released.mrn}").status_code == 403


def test_a_file_is_handed_in_by_a_plain_form_and_by_portions(desk: Desk, house: None) -> None:
    name = uuid.uuid4().hex[:8]
    data = msgspec.json.encode(msgspec.structs.replace(next(made_up(1, name)), reference=name))
    told = {"reference": name, "office": "XM000040", "mode": "5"}
    broker = desk("broker")
    begun = broker.post("/parcels/uploads", {**told, "name": "a.jsonl", "length": str(len(data))}).json()
    first = broker.patch(begun["portions"], data[:9], headers={"Upload-Offset": "0"})
    assert first.json() == {"offset": 9}
    wrong = broker.patch(begun["portions"], data[:9], headers={"Upload-Offset": "0"})
    assert (wrong.status_code, wrong.json()["offset"]) == (409, 9)
    assert desk("trader").patch(begun["portions"], data[9:], headers={"Upload-Offset": "9"}).status_code == 404
    page = broker.post("/parcels/uploads", {**told, "file": SimpleUploadedFile("a.jsonl", data)})["Location"]
    assert page == begun["page"], "a plain form goes on where the script stood"
    assert "waits to be cleared" in broker.get(page).content.decode()
    assert desk("trader").get(page).status_code == 404
    while clear_next():
        continue
    assert "Answer as CSV" in broker.get(page, follow=True).content.decode()
    empty = broker.post("/parcels/uploads", {**told, "file": SimpleUploadedFile("b.jsonl", b"")})
    assert empty.status_code == 422 and "The file is empty" in empty.content.decode()


def test_many_parcels_need_their_number_typed(desk: Desk, cleared: int, settings: Any) -> None:
    settings.BULK_PARCELS = 3
    asked = {"act": "hold", "scope": "filter", "verdict": "released", "reason": "a tip"}
    shown = ordered(desk, cleared, **asked).content.decode()
    n = re.search(r"type the number ([\d,]+)", shown)[1]  # type: ignore[index]
    for typed in ("", "7"):
        again = ordered(desk, cleared, **asked, confirmed="1", typed=typed).content.decode()
        assert "not the number of parcels" in again and not parcel_orders.of(cleared)
    assert ordered(desk, cleared, **asked, confirmed="1", typed=n).status_code == 302
    assert [one.touches for one in parcel_orders.of(cleared)] == [int(n)]
    parcel_orders.finish(parcel_orders.of(cleared)[0].id, "called off by the test")
    for lacking in ({"reason": ""}, {"act": "burn"}, {"scope": "ticked"}, {"act": "select", "share": "0"}):
        assert ordered(desk, cleared, **{**asked, **lacking, "confirmed": "1"}).status_code == 302
    assert len(parcel_orders.of(cleared)) == 1


def test_an_order_goes_on_where_it_stood_and_does_nothing_twice(cleared: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 20)
    monkeypatch.setattr(bulk, "TOGETHER", 5)
    who = {"touches": 1, "by": "officer", "role": "officer"}
    placed = parcel_orders.place(cleared, "hold", Wanted(("released", "refused")), "a tip", **who)
    begin_line, done = parcel_orders.begin_line, []

    def dies(order: int, line: int, number: int) -> bool:
        begun = begin_line(order, line, number)
        done.extend([number] if begun else [])
        if begun and len(done) == 7:
            raise KeyboardInterrupt  # in the middle of those that are opened together, before any of them is kept
        return begun

    monkeypatch.setattr(parcel_orders, "begin_line", dies)
    with pytest.raises(KeyboardInterrupt):
        bulk.work()
    while bulk.work():
        continue
    order = next(one for one in parcel_orders.of(cleared) if one.id == placed)
    released = parcel_look.rows(cleared, verdicts=("released",), limit=500)
    assert (order.state, order.done) == ("done", len(released))
    assert order.left == len(parcel_look.rows(cleared, verdicts=("refused",), limit=500)) > 0
    assert 0 < len(done) - len(set(done)) <= 5, "only those opened together when it died were done again"
    for row in released:
        acts = [a for entry in files.entries(row.number) for a in entry.acts]
        assert [type(a) for a in acts if isinstance(a, Released | Recalled | Held)] == [Released, Recalled, Held]
        assert files.get(row.mrn).stage is Stage.ROUTED
    parcel_orders.place(cleared, "release", Wanted(lines=(released[0].line,)), "in order", **who)
    while bulk.work():
        continue
    assert files.get(released[0].mrn).stage is Stage.RELEASED


def test_a_file_that_could_not_be_opened_is_told_to_officers_until_it_is(desk: Desk, cleared: int) -> None:
    page, rows = f"/parcels/consolidation/{cleared}", parcel_look.rows(cleared, verdicts=("released",), limit=2)
    with connection.cursor() as cursor:
        told = [parcel_opening.Alarm(rows[0].number, "Disagreement", "by hand", "said otherwise"),
                parcel_opening.taken(rows[1].number, rows[1].parcel.reference, "26XM1")]  # fmt: skip
        parcel_opening.sound(cursor, told)
    assert f'href="{page}#alarms"' in desk("officer").get("/parcels").content.decode()
    assert f'href="{page}#alarms"' in desk("supervisor").get("/parcels?day=2026-01-01").content.decode(), (
        "of another day"
    )
    assert f"{page}#alarms" not in desk("cashier").get("/parcels").content.decode()
    for account in ("officer", "supervisor"):
        shown = desk(account).get(page).content.decode()
        assert "As it was answered" in shown and "Both say the same now." in shown
        assert "Another declaration took its reference" in shown and rows[1].parcel.reference in shown
    assert "As it was answered" not in desk("broker").get(page).content.decode()
    opening = f"/parcels/parcel/{rows[0].mrn}/open"
    assert desk("cashier").post(opening).status_code == 403
    assert desk("officer").post(opening)["Location"] == f"/declaration/{rows[0].mrn}"
    assert files.get(rows[0].mrn).stage is Stage.RELEASED
    assert [one.parcel for one in parcel_opening.alarms(cleared)] == [rows[1].number]
    refused = parcel_look.rows(cleared, verdicts=("refused",), limit=1)[0]
    mrn = issue_mrn("XM", parcels.get(cleared).day, refused.number)
    again = desk("officer").post(f"/parcels/parcel/{mrn}/open", follow=True)
    assert "It still cannot be opened" in again.content.decode()


def test_a_selection_at_random_can_be_repeated_with_the_key_of_the_house(cleared: int) -> None:
    who = {"touches": 1, "by": "officer", "role": "officer"}
    placed = parcel_orders.place(cleared, "select", Wanted(bulk.GREEN), "sample", lane="RED", share_ppm=100_000, **who)
    while bulk.work():
        continue
    green = parcel_look.rows(cleared, verdicts=bulk.GREEN, limit=500)
    key = secret.draw_key()
    drawn = {r.number for r in green if parcel_draw.draws(key, r.number, bulk.purpose(placed)).random < 100_000}
    chosen = {r.number for r in green if files.number(str(r.number)) and files.get(r.number).lane == "RED"}
    assert chosen == drawn and drawn
    d = files.get(drawn.pop())
    change = next(a for entry in files.entries(d.id) for a in entry.acts if isinstance(a, LaneChanged))
    assert (change.code, change.drawn_ppm, [h.ref for h in d.holds if h.kind == "inspection"]) == (
        "sample",
        100_000,
        ["lane"],
    )


def test_one_draw_and_many_draws_are_the_same() -> None:
    numbers = np.array([number(1, 1), number(7, 4_000), number(900_000, 16_000_000)])
    random, explore = marks.draws(b"k" * 32, numbers)
    alone = [parcel_draw.draws(b"k" * 32, int(n)) for n in numbers]
    assert [(d.random, d.explore) for d in alone] == list(zip(random.tolist(), explore.tolist(), strict=True))


def test_what_is_due_on_a_consolidation_is_paid_at_the_desk_once(desk: Desk, house: None, cleared_unpaid: int) -> None:
    page = f"/parcels/consolidation/{cleared_unpaid}"
    charge = parcel_charge.of(cleared_unpaid)
    assert charge is not None and not charge.is_paid
    assert page in desk("cashier").get("/treasury").content.decode()
    assert f'value="{charge.number}"' in desk("broker").get("/money").content.decode()
    asked = desk("broker").post(f"{page}/charge/order")["Location"]
    assert asked == desk("broker").post(f"{page}/charge/order")["Location"] and asked.startswith("/order?ref=RF")
    assert desk("broker").get(asked).status_code == 200
    assert desk("trader").post(f"{page}/charge/order").status_code == 404
    assert desk("broker").post(f"{page}/charge/payment", {"amount": "1", "method": "cash"}).status_code == 403
    one = parcel_look.rows(cleared_unpaid, verdicts=("due",), limit=1)[0]
    assert "It may go when" in desk("officer").get(f"/parcels/parcel/{one.mrn}").content.decode()
    for typed in ("0", "no number", str(charge.owed.amount + 1)):
        desk("cashier").post(f"{page}/charge/payment", {"amount": typed, "method": "cash"})
    assert parcel_charge.of(cleared_unpaid) == charge
    paid = {"amount": str(charge.owed.amount), "method": "cash"}
    receipt = desk("cashier").post(f"{page}/charge/payment", paid)["Location"]
    assert "Consolidation" in desk("broker").get(receipt).content.decode()
    assert desk("cashier").post(f"{page}/charge/payment", paid)["Location"] == f"{page}#charge"
    assert "They may go." in desk("broker").get(page).content.decode()
    assert "it is released" in desk("officer").get(f"/parcels/parcel/{one.mrn}").content.decode()
    assert page not in desk("cashier").get("/treasury").content.decode()
    assert desk("cashier").get(f"/declaration/{charge.number}")["Location"] == page
    number = receipt.rpartition("=")[2]
    for told in ({"receipt": number}, {"receipt": "R-0", "reason": "a mistake"}):
        desk("cashier").post(f"{page}/charge/void", told)
        assert "They may go." in desk("broker").get(page).content.decode()
    assert desk("broker").post(f"{page}/charge/void", {"receipt": number, "reason": "mine"}).status_code == 403
    desk("cashier").post(f"{page}/charge/void", {"receipt": number, "reason": "a note that was not real"})
    assert "They may go when it is paid." in desk("broker").get(page).content.decode()
    assert "This receipt is void" in desk("broker").get(receipt).content.decode()


def test_every_field_of_a_parcel_has_words_and_a_day_is_written_out() -> None:
    told = dict(
        parcel_words.declared(Parcel(**dict.fromkeys(NAMES, "1") | {"posted": "20261124", "gross_mass": "0.5"}))
    )
    assert set(parcel_words.FIELDS) | {"currency"} >= set(NAMES) and len(told) == len(NAMES) - 1
    assert told[parcel_words.FIELDS["posted"]] == "2026-11-24" and told[parcel_words.FIELDS["gross_mass"]] == "0.5 kg"
