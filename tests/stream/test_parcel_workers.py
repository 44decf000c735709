"""Chunks judged in worker processes: the same outcome in the same order, faults come up whole, and nothing stays behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine
from customhouse.house.lawbooks import embedded_book
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.parcel import Consolidation
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels.batches import Chunk, Source
from customhouse.stream.parcels.day import Asked, Day, Met
from customhouse.stream.parcels.kernel import Disagreement, Eyes, Kernel
from customhouse.stream.parcels.rows import settle
from customhouse.stream.parcels.workers import WorkerLost, outcomes

KEY = b"k" * 32
OF = Consolidation("XM100000009", "MORNING", "XM000040", "5", "XM")


class Judging:
    """The kernel's work, with something that happens at one of the chunks."""

    def __init__(self, source: Source, at: int = -1, happens: Any = None) -> None:
        law = embedded_book().on(date(2026, 11, 26))
        line = ParcelLine(OF, Context(law, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY))
        self.kernel, self.source, self.at, self.happens = Kernel(law, OF, Eyes(KEY), line), source, at, happens

    def prepare(self, chunk: Chunk) -> tuple[Asked, Any]:
        if chunk.place == self.at:
            self.happens()
        time.sleep(0.02 * (chunk.place % 2))  # so that one overtakes the other
        prepared = self.kernel.prepare(settle(self.source.table(chunk))[0], 7)
        return prepared.asked, prepared

    def finish(self, kept: Any, met: Met) -> Any:
        v = self.kernel.finish(kept, met)
        return v.verdict.tolist(), v.payable.tolist(), v.told, {n: c.tolist() for n, c in v.history.items()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    path = tmp_path_factory.mktemp("workers") / "a.jsonl"
    made = list(parcels(600, "workers"))
    path.write_bytes(b"\n".join(msgspec.json.encode(p) for p in [*made, *made[:50]]))
    return Source(path, 50)


@pytest.fixture(autouse=True)
def _nobody_stays() -> Any:
    yield
    assert not multiprocessing.active_children()


def raised(fault: BaseException) -> Any:
    def happens() -> None:
        raise fault

    return happens


def test_several_processes_find_what_one_finds_in_the_same_order(source: Source) -> None:
    one, several = (list(outcomes(Judging(source), source.chunks(), Day(), n)) for n in (0, 3))
    assert [(c.place, found) for c, found in several] == [(c.place, found) for c, found in one]
    assert [c.place for c, _ in one] == list(range(13))
    begun = list(outcomes(Judging(source), source.chunks(5), Day(), 2))
    assert [c.place for c, _ in begun] == list(range(5, 13))


@pytest.mark.parametrize(
    "fault", [Refusal([Problem("DamagedFile", "It ends", "a", "Send it again")]), Disagreement("line 3: the line says")]
)
def test_what_goes_wrong_in_a_worker_comes_up_whole(source: Source, fault: BaseException) -> None:
    with pytest.raises(type(fault)) as found:
        list(outcomes(Judging(source, 4, raised(fault)), source.chunks(), Day(), 2))
    assert str(found.value) == str(fault) and "in happens" in found.value.__notes__[0]
    assert getattr(found.value, "problems", ()) == getattr(fault, "problems", ())


def test_a_worker_that_is_killed_stops_the_work_after_what_came_before_it(source: Source) -> None:
    seen: list[int] = []
    killed = Judging(source, 4, lambda: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(WorkerLost, match=r"ended at line 201 \(exit code -9\)"):
        seen.extend(chunk.place for chunk, _ in outcomes(killed, source.chunks(), Day(), 2))
    assert seen == list(range(len(seen))) and len(seen) <= 4


def test_workers_end_when_their_parent_is_killed(source: Source, tmp_path: Path) -> None:
    said = tmp_path / "pids"
    parent = os.fork()
    if not parent:
        work = outcomes(Judging(source), source.chunks(), Day(), 2)
        next(work)
        said.write_text(" ".join(str(p.pid) for p in multiprocessing.active_children()))
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(parent, 0)
    pids = [int(pid) for pid in said.read_text().split()]
    for _ in range(100):
        if not any(
            Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
            for pid in pids
        ):
            return
        time.sleep(0.05)
    raise AssertionError(f"of {pids} some go on")
