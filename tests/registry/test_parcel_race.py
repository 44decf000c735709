"""Declarations that are lodged under the references of parcels while the files of these are stored: an alarm, and the work goes on."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.registry.apart import beside

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.db import connection, transaction
from msgspec.structs import replace
from papers import BROKER, new, paper, rows

from customhouse.clearance import parcel_opening
from customhouse.house.consolidation import clear
from customhouse.record.parcel import Consolidation, number
from customhouse.registry import files, parcels
from customhouse.registry import parcel_opening as queue
from customhouse.registry.batch import Writer
from customhouse.registry.files import New, Stored
from customhouse.simulator.parcels import parcels as made_up

pytestmark = pytest.mark.usefixtures("house")
WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' "
    "and query ~ 'insert into declaration'"
)


class Undone(Exception):
    """A declaration that is not lodged after all."""


@contextmanager
def awaited(work: Callable[[], Any]) -> Iterator[None]:
    """Work beside what is done here, awaited at the end."""
    thread = beside(work)
    try:
        yield
    finally:
        thread.join(30)


def wait_for(count: int) -> None:
    """Wait until so many statements wait for another's declaration."""
    end = time.monotonic() + 20
    while (there := rows(WAITING)[0][0]) < count:
        assert time.monotonic() < end, f"{there} of {count} wait"
        time.sleep(0.01)


def lodging(data: bytes, held: threading.Event, go: threading.Event, *, undone: bool = False) -> None:
    """Lodge a declaration that is not committed before it may go on."""
    with suppress(Undone), transaction.atomic():
        files.insert(new(data))
        held.set()
        assert go.wait(20)
        if undone:
            raise Undone


@pytest.mark.parametrize("when", ["with its segment", "afterwards"])
def test_a_declaration_lodged_while_the_file_is_stored_raises_an_alarm_and_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    made = [replace(p, reference=f"{uuid.uuid4().hex[:6]}{p.reference[2:]}") for p in made_up(300, "race")]
    # a parcel that lacks a document gets its file with its segment, what columns flag afterwards: the third of three that are alike
    made[-2:] = [replace(made[0], reference=uuid.uuid4().hex[:12]) for _ in range(2)]
    made[130] = replace(made[3], invoice="", reference=uuid.uuid4().hex[:12])
    path, put, hit = tmp_path / f"{uuid.uuid4().hex}.jsonl", queue.put, list[tuple[int, str]]()
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made))

    def putting(cursor: Any, new: Any) -> None:
        if hit or not new:
            return put(cursor, new)
        d, held, go = new[0].declaration, threading.Event(), threading.Event()
        hit.append((d.id, d.lodged.lrn))
        with awaited(lambda: lodging(paper(d.lodged.lrn), held, go)):
            assert held.wait(20)
            with awaited(lambda: (wait_for(1), go.set())):  # it is committed while the file waits for it
                put(cursor, new)

    def cleared() -> int:
        of = Consolidation(BROKER, path.name, "XM000040", "5")
        at = datetime(2026, 10, 3 + (when == "afterwards"), 8, tzinfo=UTC)
        return clear(path, of, by="test", at=at, chunk=100).number

    if when == "with its segment":
        monkeypatch.setattr(queue, "put", putting)
    done = cleared()
    assert bool(hit) is (when == "with its segment")
    monkeypatch.setattr(queue, "put", putting)
    parcel_opening.open_all(done)
    [(parcel, lrn)] = hit
    [alarm] = queue.alarms(done)
    [[other]] = rows("select mrn from declaration where lrn = %s", lrn)
    assert (alarm.parcel, alarm.rule) == (parcel, "DuplicateLRN") and other in alarm.label
    assert not queue.waiting(done) and parcels.get(done).finished
    found = msgspec.json.decode(b"[" + b",".join(b"".join(parcels.answer(done, as_json=True)).splitlines()) + b"]")
    assert len(found) == 300 and other in str(found[parcel - number(done, 1)]["reasons"])
    assert cleared() == done and [a.parcel for a in queue.alarms(done)] == [parcel]


async def written(*batches: list[New]) -> list[list[Stored]]:
    """Batches of declarations, each stored at once by a writer of its own, as every web process has one."""
    writers = [Writer(os.environ["CUSTOMHOUSE_DATABASE_URL"]) for _ in batches]
    tasks = [[asyncio.create_task(w.put(one)) for one in batch] for w, batch in zip(writers, batches, strict=True)]
    await asyncio.sleep(0)
    for writer in writers:
        writer.start()
    try:
        return [await asyncio.gather(*some) for some in tasks]
    finally:
        for writer in writers:
            await writer.stop()


def test_files_of_parcels_and_a_batch_of_declarations_never_wait_for_each_other_in_a_ring() -> None:
    """Each inserts many references in one statement. In another order each, one of them would be ended as the victim of a deadlock."""
    mark = uuid.uuid4().hex[:8]
    first, middle, last = (f"{mark}-{word}" for word in ("A", "b", "ç"))
    lodged = [new(paper(lrn, goods="other goods")) for lrn in (last, middle, first)]
    told: list[Stored] = []
    held, go = threading.Event(), threading.Event()

    def put() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            queue.put(cursor, [new(paper(lrn)) for lrn in (first, middle, last)])

    with awaited(lambda: lodging(paper(middle), held, go, undone=True)):
        assert held.wait(20)
        with awaited(put):
            wait_for(1)
            with awaited(lambda: told.extend(asyncio.run(written(lodged))[0])):
                wait_for(2)
                go.set()
    assert [one.kind for one in told] == ["other"] * 3
    assert rows("select count(*) from declaration where lrn = any(%s)", [first, middle, last])[0][0] == 3


def test_batches_with_the_same_refused_contents_never_wait_for_each_other_in_a_ring() -> None:
    """Refused contents stand beside one another under one reference, each of them once; one that is accepted comes after them."""
    lrn = f"{uuid.uuid4().hex[:8]}-refused"
    contents = [paper(lrn, refused=True, goods=f"goods {n}") for n in range(3)]
    first, middle, last = sorted(contents, key=lambda data: hashlib.sha256(data).digest())
    good, other = paper(lrn, goods="good"), paper(lrn, goods="also good")
    told: list[list[Stored]] = []
    held, go = threading.Event(), threading.Event()
    batches = [[new(data) for data in some] for some in ((good, first, middle, last), (last, middle, first, other))]

    with awaited(lambda: lodging(middle, held, go, undone=True)):
        assert held.wait(20)
        with awaited(lambda: told.extend(asyncio.run(written(*batches)))):
            wait_for(2)  # each is at the middle one, and has what comes before it
            go.set()
    kinds = sorted(one.kind for some in told for one in some)
    assert kinds == ["new"] * 4 + ["other"] + ["same"] * 3
    assert rows("select count(*) from declaration where lrn = %s", lrn)[0][0] == 4


def test_many_batches_with_the_same_contents_at_once_are_all_answered() -> None:
    """Six writers have come to one content that another holds, each with what its batch has before it; then they go on."""
    mark, chance = uuid.uuid4().hex[:8], random.Random(8)
    # under each of five references nine are refused, and three accepted, of which one is the first
    contents = [paper(f"{mark}-{n % 5}", refused=n % 4 > 0, goods=f"goods {n}") for n in range(60)]
    batches = [[new(data) for data in chance.sample(contents, len(contents))] for _ in range(6)]
    told: list[list[Stored]] = []
    held, go = threading.Event(), threading.Event()
    with awaited(lambda: lodging(contents[5], held, go, undone=True)):
        assert held.wait(20)
        with awaited(lambda: told.extend(asyncio.run(written(*batches)))):
            wait_for(len(batches))
            go.set()
    kinds = [one.kind for some in told for one in some]
    assert kinds.count("new") == 45 + 5
    assert kinds.count("other") == 6 * 10 and kinds.count("same") == 360 - 50 - 60
