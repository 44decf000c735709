"""The verdicts of a chunk: a pure function of its rows, of the law, and of what came before on the same day.

Columns settle what they can say exactly: refusals, values, what is owed, the lane and its reasons. What they cannot (odd rows, papers that
are lacking, alarms, looks that were asked for) is judged by the line, one by one, and so is a sample of the rest. Where the two
do not agree, the work stops: it never goes on with two answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from customhouse.law.book import Law
from customhouse.law.selectivity import NO_SELECTIVITY, Selectivity
from customhouse.offices.longroom import issue_mrn
from customhouse.offices.risk import PPM
from customhouse.record.history import NO_HISTORY, HistoryFacts
from customhouse.record.parcel import Answer, Consolidation, Judged, Parcel, number
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels import counters, marks
from customhouse.stream.parcels.counters import NOBODY, Keys
from customhouse.stream.parcels.day import Asked, Day, Met, ask, seeming
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.lanes import EXACT, Lanes, Scores
from customhouse.stream.parcels.refusals import Refusals
from customhouse.stream.parcels.rows import MASS_SCALE, Rows
from customhouse.stream.parcels.rulebook import Disagreement, Rulebook
from customhouse.stream.parcels.worth import Worth

RELEASED, DUE, FILE, REFUSED, REPEATED = range(5)
VERDICTS = ("released", "due", "file", "refused", "repeated")
"""Green and nothing to pay; green when paid; has a file of its own; not accepted; declared before."""
SAMPLE_PPM = 250
"""Share of what columns settle that the line judges too: both must agree, and why a parcel is green is kept."""
HISTORY = (
    "consignee_parcels_today", "consignee_value_today", "address_parcels_today", "address_value_today", "alike_today",
    "typical_value_percent",
)  # fmt: skip
GREEN = "GREEN"
Line = Callable[[int, Parcel, HistoryFacts, tuple[int, int]], Judged]
"""(number, parcel, history, draws) -> what the line makes of it."""


class Eyes(NamedTuple):
    """What parcels are looked at with besides the law: officers' criteria, the key of the draws, what the models on
    the line say of rows (None: there are none), which of some names raise an alarm (None: no list counts), which rows name what an officer
    asked a look for (None: nobody asked), what a kilogram of each heading is usually worth, and the hashes of the references
    under which the declarant has declarations, in order."""

    draw_key: bytes
    selectivity: Selectivity = NO_SELECTIVITY
    scores: Callable[[ParcelFacts], Scores] | None = None
    alarming: Callable[[Sequence[str]], Sequence[bool]] | None = None
    marked: Callable[[Rows], Flags] | None = None
    typical: Mapping[str, int] = {}
    standing: Keys = NOBODY


class Prepared(msgspec.Struct, frozen=True):
    """A chunk as it is before the day is asked: its rows, where their draws fell, values and whether they are certain, which
    rows only the line can judge (`odd`), which the form refuses, with reasons by place where they are known; `asked` is all
    that the day needs of it."""

    rows: Rows
    drawn: tuple[Ints, Ints]
    certain: Flags
    odd: Flags
    told: dict[int, str]
    asked: Asked


class Verdicts(msgspec.Struct, frozen=True):
    """The rows of a chunk with their numbers and what became of each; `told` are reasons by place of the row. `files` are the
    declarations that the line made on the way; all others of the verdict file are opened afterwards. `taxes` are what is payable
    on all rows that are due, by tax."""

    rows: Rows
    number: Ints
    verdict: Ints
    lane: list[str]
    lane_code: Ints
    value: Ints
    duty: Ints
    payable: Ints
    history: dict[str, Ints]
    told: dict[int, str]
    files: list[Any]
    taxes: dict[str, int]

    def by_verdict(self, unreadable: int = 0) -> dict[str, int]:
        """How many rows have which verdict, and how many lines of the chunk could not be read."""
        counts = np.bincount(self.verdict, minlength=len(VERDICTS)).tolist()
        told = {verdict: count for verdict, count in zip(VERDICTS, counts, strict=True) if count}
        return {**told, "unreadable": unreadable} if unreadable else told


class Kernel:
    """Judges the chunks of one consolidation. `prepare` and `finish` depend on nothing but a chunk and may run anywhere; only the
    meeting with the day (`Day.meet`) between them is in the order of the file."""

    def __init__(self, law: Law, of: Consolidation, eyes: Eyes, line: Line) -> None:
        self.law, self.of, self.eyes, self.line = law, of, eyes, line
        self.rulebook = Rulebook(law, eyes.selectivity)
        self.worth = Worth(law, of)
        self.refusals = Refusals(law, of, self.rulebook)
        self.lanes = Lanes(law, eyes.selectivity, self.rulebook)

    def judge(self, rows: Rows, consolidation: int, day: Day) -> Verdicts:
        """The verdicts of a chunk. Raises Disagreement."""
        prepared = self.prepare(rows, consolidation)
        return self.finish(prepared, day.meet(prepared.asked))

    def prepare(self, rows: Rows, consolidation: int) -> Prepared:
        """The form: rules of the law, vague descriptions, values. Rows that columns cannot value are checked by the line."""
        numbers = number(consolidation, 1) - 1 + rows.line
        drawn = marks.draws(self.eyes.draw_key, numbers)
        value, certain = self.worth.values(rows, self.worth.reading.kinds(rows))
        odd = ~certain | _below_zero(rows)
        broken, told = self.refusals.look(rows, odd)
        for n in np.flatnonzero(odd).tolist():
            parcel = rows.parcel(n)
            judged = self.line(int(numbers[n]), parcel, NO_HISTORY, (int(drawn[0][n]), int(drawn[1][n])))
            broken[n] = judged.refused
            if judged.refused:
                told[n] = judged.told
            else:
                value[n] = self.worth.value_of(parcel)
        keys = counters.keys(rows, self.of.declarant)
        reference = rows.text["reference"]
        named = {n: reference.text(n) for n in seeming(keys.reference, self.eyes.standing).tolist()}
        return Prepared(rows, drawn, certain, odd, told, ask(numbers, keys, value, ~broken, named))

    def finish(self, prepared: Prepared, met: Met) -> Verdicts:
        """What becomes of each row, once it is known what came before. Raises Disagreement."""
        work = _Chunk(self, prepared, met)
        work.recognise(met)
        work.assess()
        work.look()
        work.settle()
        work.ask_the_line()
        return work.verdicts()


class _Chunk:
    """One chunk on its way: which rows are settled, and what is known of all of them so far."""

    def __init__(self, kernel: Kernel, prepared: Prepared, met: Met) -> None:
        asked = prepared.asked
        self.k, self.rows, self.numbers, self.drawn = kernel, prepared.rows, asked.numbers, prepared.drawn
        size = len(prepared.rows)
        self.odd, self.certain = prepared.odd, prepared.certain
        self.taken = met.taken(asked.accepted)
        self.value = np.where(asked.accepted & ~self.taken, 0, asked.value)
        self.duty, self.payable = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.history = {**met.before, "typical_value_percent": np.zeros(size, np.int64)}
        self.verdict = np.where(asked.accepted, RELEASED, REFUSED)
        self.inline = np.zeros(size, bool)
        self.refused = ~asked.accepted & ~prepared.odd
        self.told = dict(prepared.told)
        self.files: dict[int, Any] = {}
        self.line_taxes: Counter[str] = Counter()
        self.lane = [GREEN]
        self.lane_code = np.zeros(size, np.int64)

    def recognise(self, met: Met) -> None:
        """Parcels declared before under the same reference: the same once more, or another, which is refused. So is a
        reference under which a declaration stands."""
        law = self.k.law
        for n in np.flatnonzero(met.earlier).tolist():
            same = bool(met.same[n])
            self.verdict[n] = REPEATED if same else REFUSED
            self.told[n] = _repeated(law, int(met.earlier[n]), same=same)
        reference = self.rows.text["reference"]
        for n in np.flatnonzero(met.stands).tolist():
            self.verdict[n], self.told[n] = REFUSED, _used(reference.text(n))

    def assess(self) -> None:
        """What is owed, and what is typical."""
        k = self.k
        self.history["typical_value_percent"] = self._typical()
        at = np.flatnonzero(self.taken)
        of, kinds = self.rows.part(at), k.worth.reading.kinds(self.rows).part(at)
        owed = k.worth.owed(of, self.value[at], kinds)
        self.duty[at], self.payable[at] = owed.duty, owed.payable
        self.owed = at, owed
        self.inline[at] = owed.left | k.worth.wants_papers(of, kinds) | k.worth.reading.awaits_goods(of)
        self.inline |= self.odd

    def _typical(self) -> Ints:
        """The value of a kilogram against what is typical of the heading, per cent."""
        typical = self.k.eyes.typical
        code = self.rows.text["code"]
        usual = np.array([typical.get(c[:4], 0) for c in code.words.to_pylist()], np.int64)[code.code]
        grams = self.rows.number["gross_mass"] // (MASS_SCALE // 1000)
        known = (usual > 0) & (grams > 0)
        per_kg = self.value * 1000 // np.where(known, grams, 1)
        return np.asarray(np.where(known, per_kg * 100 // np.where(known, usual, 1), 0), np.int64)

    def look(self) -> None:
        """Rows that only the line can judge besides: a name alarms, an officer asked for a look."""
        eyes = self.k.eyes
        if eyes.scores is not None:
            self.inline |= (self.value > EXACT) | (self.duty > EXACT)
        if eyes.alarming is not None:
            for name in ("consignee", "consignor"):
                column = self.rows.text[name]
                self.inline |= np.array(eyes.alarming(column.words.to_pylist()), bool)[column.code]
        if eyes.marked is not None:
            self.inline |= eyes.marked(self.rows)

    def settle(self) -> None:
        """The lane of all others, with the reasons of those that anything speaks of."""
        k = self.k
        self.verdict[self.taken & (self.payable > 0)] = DUE
        known = {"customs_value": self.value, "duty": self.duty, "payable": self.payable, **self.history}
        facts = ParcelFacts(self.rows, k.of, k.law, known)
        scores = k.eyes.scores(facts) if k.eyes.scores is not None else None
        settled = k.lanes.settle(facts, self.taken & ~self.inline, self.drawn, scores)
        lane = np.array([self._lane(one.lane) for one in settled.said], np.int64)
        rests = np.array([one.rests for one in settled.said], bool)
        self.lane_code[settled.at] = lane[settled.which]
        self.verdict[settled.at[~rests[settled.which]]] = FILE
        told = [one.told for one in settled.said]
        self.told.update(zip(settled.at.tolist(), (told[n] for n in settled.which.tolist()), strict=True))

    def ask_the_line(self) -> None:
        """What is left to it, and the sample of what is settled, on which both must agree."""
        for n in np.flatnonzero(self.taken & self.inline).tolist():
            judged = self._line(n, self.rows.parcel(n))
            if judged.refused or (self.certain[n] and judged.value != self.value[n]):
                raise self._disagreement(n, judged)
            self.told[n] = judged.told
            self.value[n], self.duty[n], self.payable[n] = judged.value, judged.duty, judged.payable
            self.lane_code[n] = self._lane(judged.lane)
            if judged.rests:
                self.verdict[n] = DUE if judged.payable else RELEASED
                self.line_taxes.update(dict(judged.taxes))
            else:
                self.verdict[n] = FILE
                self.files[n] = judged.file
        for n in np.flatnonzero(self._sample()).tolist():
            judged = self._line(n, self.rows.parcel(n))
            self.told.setdefault(n, self.k.lanes.nothing.told)
            if judged.answer != answer(self, n):
                raise self._disagreement(n, judged)

    def _sample(self) -> Flags:
        """Rows that columns settled, so many in a million; which ones hangs on no draw alone, so that none is left out."""
        settled = (self.taken & ~self.inline) | self.refused
        return np.asarray(settled & ((self.drawn[0] + self.drawn[1]) % PPM < SAMPLE_PPM), bool)

    def _disagreement(self, n: int, judged: Judged) -> Disagreement:
        return Disagreement(
            f"line {self.rows.line[n]}: the line says {tuple(judged.answer)}; columns say {tuple(answer(self, n))}"
        )

    def _line(self, n: int, parcel: Parcel) -> Judged:
        history = HistoryFacts(**{name: int(self.history[name][n]) for name in HISTORY})
        draws = int(self.drawn[0][n]), int(self.drawn[1][n])
        return self.k.line(int(self.numbers[n]), parcel, history, draws)

    def _lane(self, lane: str) -> int:
        if lane not in self.lane:
            self.lane.append(lane)
        return self.lane.index(lane)

    def verdicts(self) -> Verdicts:
        return Verdicts(
            self.rows, self.numbers, self.verdict, self.lane, self.lane_code,
            self.value, self.duty, self.payable, self.history, self.told, list(self.files.values()),
            self._taxes(),
        )  # fmt: skip

    def _taxes(self) -> dict[str, int]:
        """What is payable on rows that are due, by tax: of those that columns settled, and of those that the line did."""
        at, owed = self.owed
        sums = owed.by_tax[:, (self.verdict[at] == DUE) & ~self.inline[at]].sum(axis=1).tolist()
        return dict(+(Counter(dict(zip(owed.taxes, sums, strict=True))) + self.line_taxes))


def answer(of: Verdicts | _Chunk, n: int) -> Answer:
    """What columns say of a row."""
    verdict, told = VERDICTS[of.verdict[n]], of.told.get(n, "")
    if of.verdict[n] in (REFUSED, REPEATED):
        return Answer(verdict, "", 0, 0, 0, told)
    owed = (int(number_[n]) for number_ in (of.value, of.duty, of.payable))
    return Answer(verdict, of.lane[of.lane_code[n]], *owed, told)


def _below_zero(rows: Rows) -> Flags:
    found = np.zeros(len(rows), bool)
    for number_ in rows.number.values():
        found |= number_ < 0
    return found


def _repeated(law: Law, earlier: int, *, same: bool) -> str:
    mrn = issue_mrn(law.country, law.date, earlier)
    if same:
        told = {"rule": "RepeatedParcel", "label": f"This parcel was declared before, as {mrn}; it counts once"}
    else:
        told = {
            "rule": "DuplicateLRN", "label": f"This declarant has used the reference before, for {mrn}",
            "hint": "Give every parcel its own reference",
        }  # fmt: skip
    return msgspec.json.encode([told]).decode()


def _used(reference: str) -> str:
    told = {
        "rule": "DuplicateLRN", "label": f"A declaration stands under the reference {reference} already",
        "hint": "Give every parcel its own reference",
    }  # fmt: skip
    return msgspec.json.encode([told]).decode()
