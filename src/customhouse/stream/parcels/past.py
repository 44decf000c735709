"""Stored parcels as a past that rules are tried on: the facts that were asked about when their lanes were set, and what became of
those that have files. The same shape as past declarations (`stream.past`), so that one back-test serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import Consolidation
from customhouse.registry import parcel_past
from customhouse.registry.parcel_past import Of, Segment
from customhouse.stream.facts import Codes, Text, Words
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels.facts import KINDS, ParcelFacts, codes_of, same
from customhouse.stream.parcels.rows import Coded, Rows
from customhouse.stream.parcels.shelf import ASSESSED, CODED, SCALED, Part, Shelf, Tick
from customhouse.stream.past import PastColumns

KNOWN_AS = {"value": "customs_value"}
"""Names of what is known of a stored parcel where the fact has another one."""
ALL = slice(None)
ONCE = pa.array(["-"], pa.string())


class Outcomes(msgspec.Struct, frozen=True):
    """What became of parcels that have files, in the order of their numbers; for the columns see `stream.past`."""

    number: Ints
    fired: tuple[tuple[str, ...], ...]
    which: Ints
    drawn: Flags
    examined: Flags
    found: Flags
    revenue: Ints
    minutes: Ints

    @classmethod
    def read(cls, blocks: Iterator[bytes]) -> Outcomes:
        """Of the CSV of `registry.parcel_past.outcomes`; every distinct set of rules once, `which` is that of each."""
        data = b"".join(blocks)
        whole = dict.fromkeys(parcel_past.OUTCOMES, pa.int64()) | {"fired": pa.string()}
        if not data:
            table = pa.table({name: pa.array([], kind) for name, kind in whole.items()})
        else:
            table = arrow_csv.read_csv(
                pa.BufferReader(data),
                arrow_csv.ReadOptions(use_threads=False, column_names=list(parcel_past.OUTCOMES)),
                convert_options=arrow_csv.ConvertOptions(column_types=whole, strings_can_be_null=False),
            )
        fired = table.column("fired").combine_chunks().dictionary_encode()
        if isinstance(fired, pa.ChunkedArray):
            fired = fired.combine_chunks()
        ints = {name: table.column(name).to_numpy() for name in parcel_past.OUTCOMES if name != "fired"}
        return cls(
            ints["number"], tuple(tuple(t.split("\t")) if t else () for t in fired.dictionary.to_pylist()),
            fired.indices.to_numpy(zero_copy_only=False).astype(np.int64),
            *(ints[name].astype(bool) for name in ("drawn", "examined", "found")), ints["revenue"], ints["minutes"],
        )  # fmt: skip

    def of(self, numbers: Ints) -> tuple[Ints, Ints]:
        """(places among `numbers`, places here) of the parcels that have an outcome."""
        if not len(self.number):
            return (np.zeros(0, np.int64),) * 2
        at = np.searchsorted(self.number, numbers).clip(max=len(self.number) - 1)
        met = np.flatnonzero(self.number[at] == numbers)
        return met, at[met]


class Asked(dict[str, Any]):
    """Columns by name, each made when it is first asked for."""

    def __init__(self, names: Sequence[str], make: Callable[[str], Any]) -> None:
        super().__init__()
        self.names, self.make = frozenset(names), make

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def get(self, name: str, otherwise: Any = None) -> Any:
        return self[name] if name in self.names else otherwise

    def __missing__(self, name: str) -> Any:
        made = self[name] = self.make(name)
        return made


class Stored:
    """A part of the shelf with the consolidations whose parcels it holds, each as one run of rows; `law` gives the country and the
    currency of each."""

    def __init__(
        self, part: Part, shelf: Shelf, segments: Sequence[Segment], of: Mapping[int, Of], national: tuple[str, str]
    ) -> None:
        self.part, self.shelf, self.segments = part, shelf, segments
        numbers = [consolidation for consolidation, *_ in part.keys]
        new = [n for n, number in enumerate(numbers) if n == 0 or number != numbers[n - 1]]
        self.of = [of[numbers[n]] for n in new]
        self.counts: Ints = np.add.reduceat(part.counts, new) if new else np.zeros(0, np.int64)
        self.country, self.currency = national
        self._read: dict[str, Ints] = {}
        self._texts: dict[str, Coded] = {}
        self._same: dict[bool, list[dict[str, Any]]] = {}

    def rows(self, run: slice | Ints = ALL) -> Rows:
        """The parcels, or some of them, as the kernel has them: column by column as they are asked for."""
        return Rows(
            self._ints("line")[run],
            Asked((*CODED, *TEXTS, "price"), lambda name: self._text(name).part(run)),
            Asked(SCALED, lambda name: self._ints(f"{name}_scaled" if name in CODED else name)[run]),
        )

    def runs(self) -> Iterator[tuple[Consolidation, Of, slice]]:
        """Each consolidation with the rows of its parcels here."""
        ends = np.cumsum(self.counts).tolist()
        for declared, of, first, end in zip(self.declared(), self.of, [0, *ends[:-1]], ends, strict=True):
            yield declared, of, slice(first, end)

    def _ints(self, name: str) -> Ints:
        if name not in self._read:
            self._read[name] = self.part.ints(name)
        return self._read[name]

    def _text(self, name: str) -> Coded:
        if name not in self._texts:
            self._texts[name] = self._text_of(name)
        return self._texts[name]

    def _text_of(self, name: str) -> Coded:
        if name == "price":  # every parcel that was taken has one, and nothing else is asked of its text
            return Coded(ONCE, np.zeros(len(self.part), np.int32))
        return self.part.coded(name) if name in CODED else self.shelf.text(self.part, name, self.segments)

    def declared(self) -> list[Consolidation]:
        return [msgspec.structs.replace(o.declared, destination=self.country) for o in self.of]

    def same(self, *, form: bool = False) -> list[dict[str, Any]]:
        """The facts that are one for all parcels of a consolidation, for each of them; `form`: as they are before the day is known."""
        if form not in self._same:
            self._same[form] = [
                same(of, self.currency, None if form else o.day) for of, o in zip(self.declared(), self.of, strict=True)
            ]
        return self._same[form]

    def facts(self) -> PastFacts:
        return PastFacts(self)


TEXTS = ("reference", "consignor", "consignee", "consignee_id", "description", "invoice", "previous")
"""Texts that a fact is made of."""


class PastFacts(ParcelFacts):
    """The facts of stored parcels of several consolidations: those that differ from parcel to parcel as the kernel makes them, those
    of the consolidation by its run of rows. `at` are some of the rows; `known` are values and dues in the place of those stored; `form`
    gives the facts as they are while the form is checked, when neither these nor the day are known."""

    def __init__(
        self, stored: Stored, at: slice | Ints = ALL, known: Mapping[str, Ints] | None = None, *, form: bool = False
    ) -> None:
        self.rows, self.at = stored.rows(at), at
        names = {KNOWN_AS.get(name, name): name for name in ASSESSED}
        instead = known or {}

        def make(name: str) -> Ints:
            return instead[name] if name in instead else stored.part.ints(names[name])[at]

        self.assessed = {} if form else Asked(tuple(names), make)
        self._each = stored.same(form=form)
        self._run = np.repeat(np.arange(len(stored.of)), stored.counts)[at]
        self._made: dict[str, Any] = {}

    def _constant(self, name: str) -> Any:
        kind, values = KINDS[name], [each[name] for each in self._each]
        distinct = list(dict.fromkeys(values))
        which = np.array([distinct.index(value) for value in values], np.int32)[self._run]
        if kind == "text":
            return Text(Words(distinct), which)
        if kind == "codes":
            return codes_of([sorted(codes) for codes in distinct], which)
        return np.array(distinct, bool if kind == "bool" else np.int64)[which]


class Past:
    """All stored parcels of a time. `folder` is where columns are kept."""

    def __init__(self, folder: Path, time: tuple[date, date], national: tuple[str, str]) -> None:
        from customhouse.registry.segment import unpacked

        self.shelf = Shelf(folder, parcel_past.blobs, unpacked)
        self.of = parcel_past.consolidations(*time)
        self.segments = parcel_past.segments(*time)
        self.national = national

    def stored(self, tick: Tick = lambda _: None) -> Iterator[Stored]:
        """Day by day, part by part."""
        for day, segments in self.segments.items():
            for part in self.shelf.day(day, segments, tick):
                if len(part):
                    yield Stored(part, self.shelf, segments, self.of, self.national)

    def outcomes(self) -> Outcomes:
        if not self.of:
            return Outcomes.read(iter(()))
        return Outcomes.read(parcel_past.outcomes(min(self.of), max(self.of)))

    def columns(self, facts: frozenset[str], tick: Tick = lambda _: None) -> Iterator[PastColumns]:
        """What rules are tried on, with these facts."""
        outcomes = self.outcomes()
        for stored in self.stored(tick):
            yield columns(stored, facts, outcomes)


def lanes(part: Part) -> Ints:
    """The lane of each parcel as it was set (strictness); -1 where it waits without one."""
    lane = part.coded("lane")
    return np.array([STRICTNESS[Lane(w)] if w else -1 for w in lane.words.to_pylist()], np.int64)[lane.code]


def filed(part: Part) -> Flags:
    """The parcels that have files of their own."""
    verdict = part.coded("verdict")
    return np.array([w == "file" for w in verdict.words.to_pylist()], bool)[verdict.code]


def routed(stored: Stored) -> Flags:
    """The parcels that have a lane."""
    return lanes(stored.part) >= 0


def columns(stored: Stored, facts: frozenset[str], outcomes: Outcomes, *, waiting: bool = False) -> PastColumns:
    """A part as a past: lanes as they were set, files as far as they have become something. A parcel that waits without a lane (for
    a rate of exchange, say) is no part of it, as no such declaration is, unless those that wait are asked for too."""
    part, size = stored.part, len(stored.part)
    lane, verdict = lanes(part), part.coded("verdict")
    words = verdict.words.to_pylist()
    minutes = np.array([0 if w == "released" else -1 for w in words], np.int64)[verdict.code]
    number = part.number()
    files = np.flatnonzero(verdict.code == words.index("file")) if "file" in words else np.zeros(0, np.int64)
    met, at = outcomes.of(number[files])
    rows = files[met]

    def filled(values: Any) -> Any:
        made = np.zeros(size, values.dtype)
        made[rows] = values[at]
        return made

    minutes[rows] = outcomes.minutes[at]
    names = sorted({rule for rules in outcomes.fired for rule in rules})
    place = {name: n for n, name in enumerate(names)}
    sets = [[place[rule] for rule in rules] for rules in outcomes.fired]
    many = np.array([len(s) for s in sets], np.int64)[outcomes.which[at]] if sets else np.zeros(0, np.int64)
    starts = np.zeros(size + 1, np.int64)
    starts[rows + 1] = many
    fired = [n for which in outcomes.which[at].tolist() for n in sets[which]]
    days = np.repeat(np.array([o.day.toordinal() for o in stored.of], np.int64), stored.counts)
    offices = [o.declared.office for o in stored.of]
    distinct = list(dict.fromkeys(offices))
    office = np.repeat(np.array([distinct.index(o) for o in offices], np.int32), stored.counts)
    made = PastColumns(
        facts=stored.facts().facts(facts), number=number, lodged=days,
        day=days, lane=lane, drawn=filled(outcomes.drawn), examined=filled(outcomes.examined),
        found=filled(outcomes.found), minutes=minutes, revenue=filled(outcomes.revenue),
        office=Text(Words(distinct), office),
        fired=Codes(Words(names), np.cumsum(starts), np.array(fired, np.int32)),
    )  # fmt: skip
    has_lane = lane >= 0
    return made if waiting or has_lane.all() else made.take(np.flatnonzero(has_lane))
