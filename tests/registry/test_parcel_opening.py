"""Files of parcels opened after the answer: each once, by whoever comes first, as its row says, or with an alarm."""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from msgspec.structs import replace
from papers import BROKER, rows

from customhouse.clearance import parcel_file, parcel_opening
from customhouse.clearance.context import context_now
from customhouse.clearance.parcel import walked
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.house.consolidation import Cleared, clear
from customhouse.offices.risk import Draws, parcel_draw
from customhouse.record.declaration import HoldKind
from customhouse.record.history import HistoryFacts
from customhouse.record.parcel import Consolidation, Parcel, number
from customhouse.registry import files, numbers, parcels, reader
from customhouse.registry import parcel_opening as queue
from customhouse.registry.reader import Reader, reading
from customhouse.simulator.parcels import parcels as made_up

pytestmark = pytest.mark.usefixtures("house")
_days = itertools.count()


class Stopped(Exception):
    """A worker that is stopped in the middle."""


def unique(count: int, *seed: object) -> list[Parcel]:
    """Made-up parcels under references that were never used. Of a hundred three are alike: the law looks at the third, whatever is drawn."""
    mark = uuid.uuid4().hex[:6]
    made = list(made_up(count, *seed))
    for end in range(100, count + 1, 100):
        made[end - 3 : end] = [replace(made[end - 100], reference=f"LX{end + n:09d}XX") for n in range(3)]
    return [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made]


def cleared(made: list[Parcel], tmp_path: Path, chunk: int = 200) -> Cleared:
    """A consolidation on a day of its own, answered, and none of its files opened."""
    path = tmp_path / f"{uuid.uuid4().hex[:8]}.jsonl"
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made))
    at = datetime(2026, 5, 1 + next(_days), 8, tzinfo=UTC)
    return clear(path, Consolidation(BROKER, path.name, "XM000040", "5"), by="test", at=at, chunk=chunk)


def answers(done: Cleared) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(parcels.answer(done.number, as_json=True)).splitlines()]


def waiting_for_a_file(done: Cleared) -> list[dict[str, Any]]:
    return [a for a in answers(done) if a["verdict"] == "file" and not files.knows(a["mrn"])]


def test_what_columns_flag_is_answered_first_and_opened_as_the_answer_says(tmp_path: Path) -> None:
    done = cleared(unique(400, "opened"), tmp_path)
    wanted = waiting_for_a_file(done)
    assert len(wanted) >= 4 and queue.waiting(done.number) == 2
    seen: list[tuple[int, int]] = []
    parcel_opening.open_all(done.number, lambda now, of: seen.append((now, of)))
    assert seen == [(0, 2), (1, 2), (2, 2)] and not queue.waiting(done.number) and not queue.alarms(done.number)
    for one in wanted:
        d = files.get(one["mrn"])
        assert d.lane is not None and d.selection is not None and d.lane.value == one["lane"] and d.acts > 1
        assert {h.kind for h in d.holds} & {HoldKind.DOCUMENTS, HoldKind.INSPECTION}
    before = rows("select count(*), max(id) from declaration")
    assert parcel_opening.open_next(done.number) is None
    assert rows("select count(*), max(id) from declaration") == before


def test_who_asks_for_a_parcel_before_its_turn_gets_its_file_then_and_it_is_opened_once(tmp_path: Path) -> None:
    done = cleared(unique(200, "before"), tmp_path)
    mrn = waiting_for_a_file(done)[0]["mrn"]
    d = parcel_file.file(mrn)
    assert files.get(mrn) == d == parcel_file.file(mrn)
    parcel_opening.open_all(done.number)
    assert len(files.entries(d.id)) == 1 and not waiting_for_a_file(done) and not queue.alarms(done.number)


def test_work_that_stops_in_the_middle_leaves_nothing_and_several_share_the_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = cleared(unique(600, "several"), tmp_path)
    wanted = len(waiting_for_a_file(done))
    put = queue.put

    def stops(cursor: Any, made: Any) -> None:
        put(cursor, made)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(queue, "put", stops)
        parcel_opening.open_next(done.number)
    assert len(waiting_for_a_file(done)) == wanted and queue.waiting(done.number) == 3
    held, go, places = threading.Event(), threading.Event(), []

    def other() -> None:
        with suppress(Stopped), reader.system(), queue.next_waiting(done.number) as found:
            assert found is not None
            places.append(found[1].place)
            held.set()
            go.wait(10)
            raise Stopped
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(10)
    parcel_opening.open_all(done.number)
    go.set()
    thread.join()
    assert places == [0] and queue.waiting(done.number) == 1  # that one only the other was at
    parcel_opening.open_all(done.number)
    assert not waiting_for_a_file(done)


def test_a_reference_taken_since_the_answer_raises_an_alarm_and_is_told_and_the_others_are_opened(
    tmp_path: Path,
) -> None:
    made = unique(300, "taken")
    done = cleared(made, tmp_path)
    wanted = waiting_for_a_file(done)
    hit = wanted[0]
    other = made[hit["line"] - 1]
    walk, data, digest = walked(
        numbers.declaration(),
        other,
        Consolidation(BROKER, "x", "XM000040", "5", "XM"),
        context_now(),
        HistoryFacts(),
        (1, 1),
    )
    assert walk.entry is not None
    files.insert(files.New(walk.declaration, walk.entry, data, digest))
    parcel_opening.open_all(done.number)
    assert [a["mrn"] for a in waiting_for_a_file(done)] == [hit["mrn"]]
    alarm = queue.alarms(done.number)[0]
    assert alarm.parcel == number(done.number, hit["line"]) and walk.declaration.mrn in alarm.why
    told = next(a for a in answers(done) if a["line"] == hit["line"])["reasons"]
    assert (
        told[:-1] == hit["reasons"] and told[-1]["rule"] == "DuplicateLRN" and walk.declaration.mrn in told[-1]["label"]
    )
    with pytest.raises(ParcelProblem, match="stands under the reference"):
        parcel_file.file(hit["mrn"])


def test_where_the_line_says_something_else_than_the_row_officers_see_an_alarm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = cleared(unique(500, "differs"), tmp_path)
    by_lot = next(a for a in waiting_for_a_file(done) if [r["rule"] for r in a["reasons"]] == ["random", "lane-yellow"])
    which, draws = number(done.number, by_lot["line"]), parcel_draw.draws

    def another(key: bytes, parcel: int, purpose: bytes = b"draws of parcels") -> Draws:
        return Draws(999_999, 999_999) if parcel == which else draws(key, parcel, purpose)

    with monkeypatch.context() as patched:
        patched.setattr(parcel_draw, "draws", another)
        parcel_opening.open_all(done.number)
        with pytest.raises(ParcelProblem, match="its row says"):
            parcel_file.file(by_lot["mrn"])
    assert [a["mrn"] for a in waiting_for_a_file(done)] == [by_lot["mrn"]]
    alarm = queue.alarms(done.number)[0]
    assert alarm.parcel == which and "comes out as" in alarm.why and "comes out" not in alarm.label
    parcel_file.file(by_lot["mrn"])  # what was wrong is mended: the file stands, and so the alarm is over
    assert not queue.alarms(done.number)


def test_alarms_are_for_customs_and_are_never_changed(tmp_path: Path) -> None:
    done = cleared(unique(5, "alarms"), tmp_path)
    with connection.cursor() as cursor:
        queue.sound(cursor, [queue.Alarm(number(done.number, 1), "Disagreement", "x", "y")])
    for sql in ("update parcel_alarm set why = 'z'", "delete from parcel_alarm"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    with reading(Reader(writes=True, traders=(BROKER,))):
        assert not rows("select * from parcel_alarm") and not rows("select * from parcel_opening")


def test_a_worker_that_opens_files_is_seen_by_others_until_it_ends() -> None:
    def attends() -> None:
        nonlocal asked
        with CaptureQueriesContext(connection) as said:
            for _ in range(3):
                parcel_opening.open_as_they_come()
        asked = sum("advisory" in one["sql"] for one in said)
        seen.set()
        assert over.wait(10)
        connection.connection.close()  # as when its process ends
        connection.close()

    asked, seen, over = 0, threading.Event(), threading.Event()
    assert not queue.somebody_is_present()
    thread = threading.Thread(target=attends)
    thread.start()
    assert seen.wait(10) and queue.somebody_is_present() and asked == 1  # said once, however often it works
    over.set()
    thread.join()
    end = time.monotonic() + 10
    while queue.somebody_is_present():
        assert time.monotonic() < end
