"""Where a parcel is judged otherwise now than it was answered, a supervisor decides: with a reason, for ever, and never an amount.

The disagreements are real: rows as a version of the kernel wrote them that judged otherwise, stored through the register.
"""

from __future__ import annotations

import itertools
import json
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

import numpy as np
import pyarrow as pa
from django.test import Client
from msgspec.structs import replace
from papers import BROKER

from customhouse.clearance import parcel_opening, parcel_ruling
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.desks import explain
from customhouse.house.consolidation import clear
from customhouse.offices.longroom import number_of
from customhouse.record.acts import LaneChanged, Released, Ruled
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.flow import NotPermitted, fold
from customhouse.record.lanes import Lane
from customhouse.record.parcel import Consolidation
from customhouse.registry import files, parcels, people, reader
from customhouse.registry import parcel_opening as queue
from customhouse.simulator.parcels import parcels as made_up
from customhouse.stream.parcels.kernel import FILE, RELEASED, Kernel
from customhouse.stream.parcels.rows import Coded

pytestmark = pytest.mark.usefixtures("house")
Older = Callable[[Any], int]
"""Changes the verdicts of a chunk as an older version would have had them, in one row; its place."""
_days = itertools.count()
RANDOM = '[{"rule":"random","label":"Chosen at random: 4 % of declarations are looked at"}]'


@pytest.fixture
def signed_in() -> Iterator[Callable[[str, str], Client]]:
    def sit(account: str, language: str = "en") -> Client:
        client = Client()
        client.force_login(people.find(account))
        client.cookies["django_language"] = language
        return client

    yield sit


def answered(older: Older, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, dict[str, Any]]:
    """(the consolidation, the answer of the parcel that an older version judged otherwise), its files opened but for that one."""
    mark, changed = uuid.uuid4().hex[:6], []
    made = [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(150, "ruled")]
    made[-3:] = [
        replace(made[0], reference=f"{mark}-{n}") for n in range(3)
    ]  # the law looks at the third, whatever is drawn
    path = tmp_path / f"{mark}.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made))
    finish = Kernel.finish

    def as_it_was(kernel: Kernel, *told: Any) -> Any:
        found = finish(kernel, *told)
        changed.append(int(found.rows.line[older(found)]))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Kernel, "finish", as_it_was)
        at = datetime(2026, 3, 1 + next(_days), 8, tzinfo=UTC)
        done = clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=at)
    one = answer_of(done.number, changed[0])
    parcel_opening.open_all(done.number)
    [alarm] = queue.alarms(done.number)
    assert alarm.rule == "Disagreement" and answer_of(done.number, changed[0])["reasons"][-1]["rule"] == "Disagreement"
    assert not files.knows(one["mrn"])
    return done.number, one


def answer_of(consolidation: int, line: int) -> dict[str, Any]:
    told = b"".join(parcels.answer(consolidation, as_json=True)).splitlines()
    return next(one for one in map(json.loads, told) if one["line"] == line)


def stricter(v: Any) -> int:
    """Goods that are looked at by their documents were examined."""
    n = next(
        n
        for n in np.flatnonzero(v.verdict == FILE).tolist()
        if v.lane[v.lane_code[n]] == "YELLOW" and n in v.told and not _has_file(v, n)
    )
    v.lane.append("RED")
    v.lane_code[n] = len(v.lane) - 1
    return int(n)


def chosen(v: Any) -> int:
    """A parcel that nothing speaks of was drawn."""
    n = int(np.flatnonzero(v.verdict == RELEASED)[0])
    v.lane.append("YELLOW")
    v.verdict[n], v.lane_code[n], v.told[n] = FILE, len(v.lane) - 1, RANDOM
    return n


def cheaper(v: Any) -> int:
    """One that is looked at was worth a cent less."""
    n = next(n for n in np.flatnonzero(v.verdict == FILE).tolist() if not _has_file(v, n))
    v.value[n] -= 1
    return int(n)


def vague(v: Any) -> int:
    """A description was taken that says nothing."""
    n = next(n for n in np.flatnonzero(v.verdict == FILE).tolist() if not _has_file(v, n))
    column = v.rows.text["description"]
    words = pa.concat_arrays([column.words, pa.array(["gift"], pa.string())])
    code = column.code.copy()
    code[n] = len(words) - 1
    v.rows.text["description"] = Coded(words, code)
    return int(n)


def _has_file(v: Any, n: int) -> bool:
    return any(file.declaration.id == int(v.number[n]) for file in v.files)


def decided(
    mrn: str, stands: Any, role: Role = Role.SUPERVISOR, reason: str = "The draw of that day is published"
) -> Declaration:
    with reader.system():
        one = parcel_opening.alarmed_one(mrn)
    assert one is not None and one.line is not None
    shown = parcel_ruling.seen(one.row, one.line)
    return parcel_ruling.decide(mrn, stands, reason, by="chief", role=role, shown=shown)


def ruled(d: Declaration) -> Ruled:
    """The decision in the file, whose entries make the declaration that is stored."""
    again = None
    for entry in files.entries(d.id):
        again = fold(again, entry)
    assert again == files.get(d.id)
    found = parcel_ruling.of(d.id)
    assert found is not None and (found.entry.by, found.entry.role) == ("chief", Role.SUPERVISOR)
    return found.ruled


def test_the_lane_of_the_answer_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number, one = answered(stricter, tmp_path, monkeypatch)
    with pytest.raises(NotPermitted, match="may not do this"):
        decided(one["mrn"], "row", Role.OFFICER)
    with pytest.raises(NotPermitted, match="needs a reason"):
        decided(one["mrn"], "row", reason=" ")
    with pytest.raises(ParcelProblem, match="has changed since it was shown"):
        parcel_ruling.decide(one["mrn"], "row", "why", by="chief", role=Role.SUPERVISOR, shown="0" * 16)
    assert queue.alarms(number) and not files.knows(one["mrn"])
    d = decided(one["mrn"], "row")
    assert (d.lane, d.stage, d.mrn) == (Lane.RED, Stage.ROUTED, one["mrn"])
    assert d.hold(HoldKind.INSPECTION) and not [h for h in d.holds if h.kind is HoldKind.DOCUMENTS and h.ref == "lane"]
    found = ruled(d)
    assert (found.stands, found.row.lane, found.line.lane) == ("row", "RED", "YELLOW") and found.reason.startswith(
        "The draw"
    )
    assert not queue.alarms(number) and answer_of(number, one["line"]) == one
    with pytest.raises(ParcelProblem, match="no alarm stands"):
        parcel_ruling.decide(one["mrn"], "line", "why", by="chief", role=Role.SUPERVISOR, shown="")


@pytest.mark.parametrize("stands", ["row", "line"])
def test_a_parcel_that_nothing_speaks_of_now_is_held_or_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stands: Any
) -> None:
    number, one = answered(chosen, tmp_path, monkeypatch)
    d = decided(one["mrn"], stands)
    assert ruled(d).line.verdict == "released"
    told = answer_of(number, one["line"])
    if stands == "row":
        assert (d.stage, d.lane) == (Stage.ROUTED, Lane.YELLOW) and d.hold(HoldKind.DOCUMENTS) and told == one
        assert not [a for e in files.entries(d.id) for a in e.acts if isinstance(a, Released)]  # it was never let go
    else:
        assert (d.stage, d.lane) == (Stage.RELEASED, Lane.GREEN)
        assert (
            told["reasons"][:-1] == one["reasons"][: len(told["reasons"]) - 1]
            and told["reasons"][-1]["rule"] == "JudgedAgain"
        )


def test_an_amount_is_never_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, one = answered(cheaper, tmp_path, monkeypatch)
    with reader.system():
        alarmed = parcel_opening.alarmed_one(one["mrn"])
    assert alarmed is not None and alarmed.choices == ("line",)
    with pytest.raises(ParcelProblem, match="has changed"):
        decided(one["mrn"], "row")
    d = decided(one["mrn"], "line")
    assert d.valued is not None and d.valued.total.minor == one["value"] + 1 == ruled(d).line.value


def test_what_is_refused_now_becomes_a_refused_file_and_its_declarant_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed_in: Callable[..., Client]
) -> None:
    number, one = answered(vague, tmp_path, monkeypatch)
    d = decided(one["mrn"], "line")
    assert d.stage is Stage.REFUSED and d.problems[-1].rule == "VagueDescription"
    assert ruled(d).line.verdict == "refused" and not queue.alarms(number)
    told = answer_of(number, one["line"])
    for account, place, wanted in (
        ("officer", f"/parcels/parcel/{one['mrn']}", "It stands as it is judged now: Refused"),
        ("officer", f"/declaration/{d.id}", "The description says nothing"),
        ("broker", f"/declaration/{one['mrn']}", "The description says nothing"),
    ):
        page = signed_in(account).get(place)
        assert page.status_code == 200 and wanted in page.content.decode()
    again = told["reasons"][len(one["reasons"]) :]
    assert again[0]["rule"] == "JudgedAgain" and [r["rule"] for r in again[1:]] == [p.rule for p in d.problems]


def test_a_supervisor_decides_at_the_desk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed_in: Callable[..., Client]
) -> None:
    number, one = answered(stricter, tmp_path, monkeypatch)
    place, alarms = f"/parcels/parcel/{one['mrn']}/rule", f"/parcels/consolidation/{number}"
    assert place in signed_in("supervisor").get(alarms).content.decode()
    officer = signed_in("officer")
    assert place not in officer.get(alarms).content.decode() and officer.post(place).status_code == 403
    supervisor = signed_in("supervisor", "fr")
    again = officer.post(f"/parcels/parcel/{one['mrn']}/open", follow=True).content.decode()
    assert "Judged now: Looked at, Yellow. Answered was: Looked at, Red." in again
    assert place in supervisor.get(f"/parcels/parcel/{one['mrn']}").content.decode()
    page = supervisor.get(place).content.decode()
    assert "Quel jugement vaut" in page and "Rouge" in page and "Jaune" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    for told, wanted in (
        ({}, "Choisissez"),
        ({"stands": "row"}, "Donnez un motif"),
        ({"stands": "row", "reason": "x"}, "a changé"),
    ):
        wrong = supervisor.post(place, told)
        assert wrong.status_code == 422 and wanted in wrong.content.decode()
    done = supervisor.post(place, {"stands": "row", "reason": "Le tirage est public", "seen": seen}, follow=True)
    assert done.redirect_chain[-1][0] == f"/declaration/{one['mrn']}"
    history = done.content.decode()
    assert "Décision entre deux jugements" in history and "Le tirage est public" in history
    assert "Le tirage est public" in signed_in("officer").get(f"/parcels/parcel/{one['mrn']}").content.decode()
    assert "Le tirage est public" not in signed_in("broker").get(f"/declaration/{one['mrn']}").content.decode()
    assert supervisor.get(place)["Location"] == f"{alarms}#alarms"  # nothing is left to decide
    d = files.get(number_of(one["mrn"]))
    change = next(a for e in files.entries(d.id) for a in e.acts if isinstance(a, LaneChanged))
    assert change.lane is Lane.RED and "The draw" not in explain.act(change)
