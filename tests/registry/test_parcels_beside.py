"""Parcels judged beside the register: by a bundle, in one process and under Spark, as they would be cleared at that moment."""

from __future__ import annotations

import contextlib
import os
import signal
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

pa = pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

import pyarrow.parquet as parquet  # noqa: E402 - only where the extra is there
from msgspec.structs import replace  # noqa: E402
from papers import BROKER  # noqa: E402

from customhouse.house import bundle as bundles  # noqa: E402
from customhouse.house import spark  # noqa: E402
from customhouse.house.bundle import Bundle  # noqa: E402
from customhouse.house.consolidation import clear  # noqa: E402
from customhouse.house.fault import HouseProblem  # noqa: E402
from customhouse.house.judging import SUMMARY, Order, Summary, judge  # noqa: E402
from customhouse.kernel.problem import Refusal  # noqa: E402
from customhouse.record.parcel import Consolidation  # noqa: E402
from customhouse.registry import parcel_look, parcels  # noqa: E402
from customhouse.simulator.parcels import parcels as made_up  # noqa: E402

pytestmark = pytest.mark.usefixtures("house")


def file(folder: Path, name: str, count: int, mark: str) -> Path:
    path = folder / f"{name}.jsonl"
    made = [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(count, "beside")]
    path.write_bytes(b"".join(msgspec.json.encode(p) + b"\n" for p in made) + b"{half\n")
    return path


def order(to: Path, *files: Path) -> Order:
    return Order(tuple(str(f) for f in files), BROKER, "XM000040", "5", str(to), 60)


def verdicts(to: Path) -> list[dict[str, Any]]:
    told = msgspec.json.decode((to / SUMMARY).read_bytes(), type=Summary)
    assert sorted(p.name for p in told.parts) == sorted(p.name for p in to.glob("*.parquet"))
    return [row for part in told.parts for row in parquet.read_table(to / part.name).to_pylist()]


_made: list[tuple[Path, Path, Bundle, datetime]] = []


@pytest.fixture
def morning(house: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Bundle, datetime]:
    """A longer file of which the beginning was cleared in the morning, and a bundle made after that; once for all tests here."""
    if not _made:
        folder, mark, at = tmp_path_factory.mktemp("beside"), uuid.uuid4().hex[:6], datetime(2026, 9, 2, 8, tzinfo=UTC)
        first, second = file(folder, "first", 80, mark), file(folder, "second", 300, mark)
        clear(first, Consolidation(BROKER, f"{mark} first", "XM000040", "5"), by="test", at=at, chunk=50)
        bundles.made(BROKER, 2, at).write(folder / "bundle")
        _made.append((second, folder / "bundle", bundles.read(folder / "bundle"), at))
    return _made[0]


def test_what_is_judged_beside_is_what_would_be_cleared(morning: Any, tmp_path: Path) -> None:
    path, _, bundle, at = morning
    told = judge(order(tmp_path / "to", path), bundle)
    found = verdicts(tmp_path / "to")
    done = clear(path, Consolidation(BROKER, uuid.uuid4().hex, "XM000040", "5"), by="test", at=at, chunk=90)
    assert sum(told.verdicts.values()) == sum(done.counts.values()) == 301
    assert [v["line"] for v in found if v["verdict"] == "unreadable"] == [301]
    rows = parcel_look.rows(done.number, limit=1000)
    # lanes hang on draws too, and those on the number; everything else is the same
    for one, row in zip([v for v in found if v["number"]], rows, strict=True):
        said = {name: one[name] for name in ("line", "reference", "value", "payable")}
        assert said == {"line": row.line, "reference": row.parcel.reference, "value": row.value, "payable": row.payable}
        assert {n: one[n] for n in msgspec.structs.asdict(row.history) if n in one} == {
            n: v for n, v in msgspec.structs.asdict(row.history).items() if n in one
        }
        assert (one["verdict"] in parcels.TAKEN) == (row.verdict in parcels.TAKEN)
    assert sum(v["verdict"] == "repeated" for v in found) >= 40 and bundle.numbers[0] not in {done.number, 0}


def test_spark_writes_the_same_bytes_with_two_workers_also_where_they_are_killed(
    morning: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyspark", reason="the extra `spark` is not installed: Spark is not tried")
    path, _, bundle, _ = morning
    again = tmp_path / "again.jsonl"
    again.write_bytes(path.read_bytes())
    one = judge(order(tmp_path / "local", path, again), bundle)
    assert one.verdicts["repeated"] >= 300
    other = judge(order(tmp_path / "spark", path, again), bundle, "spark", "local[2]")
    monkeypatch.setattr(spark, "_step", killed_once(tmp_path, spark._step))
    third = judge(order(tmp_path / "killed", path, again), bundle, "spark", "local[2,4]")
    assert {p.name for p in tmp_path.glob("killed in *")} == {f"killed in {step}" for step in KILLED}
    assert one == other == third
    for to in (tmp_path / "spark", tmp_path / "killed"):
        assert all((tmp_path / "local" / p.name).read_bytes() == (to / p.name).read_bytes() for p in one.parts)
        assert not list(to.glob("_aside*"))


KILLED = ("prepare", "finish")


def killed_once(folder: Path, step: Any) -> Any:
    """Each step as it is, but for the first process that has done something of one of these: that is killed on the spot."""

    def made(name: str, *given: Any) -> Any:
        run, mark = step(name, *given), folder / f"killed in {name}"
        if name not in KILLED:
            return run

        def dying(batches: Any) -> Any:
            for told in run(batches):
                yield told
                with contextlib.suppress(FileExistsError):
                    mark.touch(exist_ok=False)
                    os.kill(os.getpid(), signal.SIGKILL)

        return dying

    return made


def _widened(path: Path, _: Path) -> Path:
    path.chmod(0o640)
    return path


def _damaged(path: Path, folder: Path) -> Path:
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    (folder / "damaged").touch(0o600)
    (folder / "damaged").write_bytes(data)
    return folder / "damaged"


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_widened, "others may read it: chmod 600"),
        (_damaged, "no whole bundle"),
        (lambda p, f: f / "none", "cannot be read"),
    ],
)
def test_a_bundle_is_its_owners_alone_and_whole(
    morning: Any, tmp_path: Path, spoil: Callable[[Path, Path], Path], why: str
) -> None:
    _, path, bundle, _ = morning
    own = tmp_path / "own"
    bundle.write(own)
    assert own.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        bundle.write(path)
    with pytest.raises(HouseProblem, match=why):
        bundles.read(spoil(own, tmp_path))


def test_work_that_cannot_be_done_is_told_before_anything_is_written(morning: Any, tmp_path: Path) -> None:
    path, _, bundle, _ = morning
    to = tmp_path / "to"
    with pytest.raises(HouseProblem, match="not of XM100000017"):
        judge(replace(order(to, path), declarant="XM100000017"), bundle)
    with pytest.raises(HouseProblem, match="numbers for 2 files, and 3"):
        judge(order(to, path, path, path), bundle)
    broken = tmp_path / "broken.csv"
    broken.write_bytes(b"reference,consigneee\n1,2\n")
    with pytest.raises(Refusal, match=r"There is no column 'consigneee'"):
        judge(order(to, path, broken), bundle)
    assert not to.exists()
    judge(order(to, path), bundle)
    with pytest.raises(HouseProblem, match="holds verdicts already"):
        judge(order(to, path), bundle)
