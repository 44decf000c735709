"""Consolidations judged beside the register: by a bundle, by one process or by Spark, from files anywhere to Parquet anywhere.

The verdicts are those that `parcels clear` would give at the moment of the bundle, under the numbers that the bundle reserved.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable

import msgspec

from customhouse.house.bundle import Bench, Bundle
from customhouse.house.fault import HouseProblem
from customhouse.record.parcel import Consolidation
from customhouse.stream.parcels.batches import CHUNK
from customhouse.stream.parcels.cuts import cuts
from customhouse.stream.parcels.engine import Engine, Part, Work
from customhouse.stream.parcels.kernel import Kernel
from customhouse.stream.parcels.places import Place

SUMMARY = "verdicts.json"
"""Written last: a folder without it holds verdicts of work that was not finished."""
Progress = Callable[[int, int], None]


class Order(msgspec.Struct, frozen=True):
    """What is to be judged: files of one declarant, where and how their goods come, and where the verdicts go."""

    files: tuple[str, ...]
    declarant: str
    office: str
    mode: str
    to: str
    chunk: int = CHUNK


class Summary(msgspec.Struct, frozen=True):
    """What became of the files: the consolidation number of each, parts in order, and rows by verdict."""

    files: dict[str, int]
    book: str
    at: str
    parts: tuple[Part, ...]
    verdicts: dict[str, int]


def judge(
    order: Order, bundle: Bundle, engine: str = "local", master: str = "", progress: Progress | None = None
) -> Summary:
    """Judge the files. Raises Refusal for a file that cannot be taken, HouseProblem where the bundle is not for it."""
    _fits(order, bundle)
    work = work_of(order, bundle)
    if work.to.under(SUMMARY).is_there():
        raise HouseProblem(f"{order.to} holds verdicts already: name another folder, or take it away")
    work.to.make()
    seen = progress or (lambda done, of: None)
    if engine == "local":
        parts = _locally(order, bundle, work, seen)
    else:
        from customhouse.house.spark import parts_of

        work.aside.make()
        try:
            parts = parts_of(order, bundle, work, master)
        finally:
            work.aside.clear()
    told = _summary(order, bundle, parts)
    work.to.under(SUMMARY).write(msgspec.json.encode(told))
    return told


def engine_of(order: Order, bench: Bench, work: Work) -> Engine:
    """The four steps, in a process that has unpacked the bundle."""

    def kernel(file: int) -> Kernel:
        return bench.kernel(Consolidation(order.declarant, work.files[file].name, order.office, order.mode))

    return Engine(work, kernel, bench.stands, bench.bundle.past)


def _fits(order: Order, bundle: Bundle) -> None:
    if order.declarant != bundle.declarant:
        raise HouseProblem(f"the bundle is for parcels of {bundle.declarant}, not of {order.declarant}")
    if len(order.files) > len(bundle.numbers):
        raise HouseProblem(
            f"the bundle has numbers for {len(bundle.numbers)} files, and {len(order.files)} are named: make one with --files"
        )


def work_of(order: Order, bundle: Bundle) -> Work:
    """Where everything is, for one run. Raises Refusal for a file that cannot be taken, OSError for one that is not there."""
    to, files = Place(order.to), tuple(Place(url) for url in order.files)
    found = tuple(cut for n, place in enumerate(files) for cut in cuts(n, place, order.chunk))
    aside = to.under(f"_aside-{uuid.uuid4().hex[:12]}")
    return Work(files, bundle.numbers[: len(files)], found, order.chunk, to, aside)


def _locally(order: Order, bundle: Bundle, work: Work, progress: Progress) -> list[Part]:
    parts, done = [], 0
    for part in engine_of(order, Bench(bundle), work).in_order():
        parts.append(part)
        done += sum(part.verdicts.values())
        progress(done, work.rows)
    return parts


def _summary(order: Order, bundle: Bundle, parts: Iterable[Part]) -> Summary:
    ordered = tuple(sorted(parts, key=lambda part: part.name))
    verdicts: dict[str, int] = {}
    for part in ordered:
        for name, count in part.verdicts.items():
            verdicts[name] = verdicts.get(name, 0) + count
    numbers = dict(zip(order.files, bundle.numbers, strict=False))
    return Summary(numbers, Bench(bundle).context.law.book_hash, bundle.at.isoformat(), ordered, verdicts)
