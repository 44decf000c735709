"""The verdicts of a chunk: a pure function of its rows, of the law, and of what came before on the same day.

Columns settle the rows on which there is nothing to say but what is owed; all others are judged by the line, one by one.
Where the two could speak of the same row and do not agree, the work stops: it never goes on with two answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa

from customhouse.law.book import Law
from customhouse.law.selectivity import NO_SELECTIVITY, Selectivity
from customhouse.offices.longroom import issue_mrn, vague
from customhouse.record.history import HistoryFacts
from customhouse.record.parcel import TYPE, Consolidation, Judged, Parcel, number
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels import counters, marks
from customhouse.stream.parcels.counters import Before, Firsts, RowKeys, Tally
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.rows import MASS_SCALE, Rows
from customhouse.stream.parcels.rulebook import Rulebook
from customhouse.stream.parcels.worth import Worth

RELEASED, DUE, FILE, REFUSED, REPEATED = range(5)
VERDICTS = ("released", "due", "file", "refused", "repeated")
"""Green and nothing to pay; green when paid; has a file of its own; not accepted; declared before."""
SAMPLE_PPM = 1_000
"""Share of the green parcels that the line judges too: their reasons are kept, and both must agree."""
HISTORY = (
    "consignee_parcels_today", "consignee_value_today", "address_parcels_today", "address_value_today", "alike_today",
    "typical_value_percent",
)  # fmt: skip
GREEN = "GREEN"
Line = Callable[[int, Parcel, HistoryFacts, tuple[int, int]], Judged]
"""(number, parcel, history, draws) -> what the line makes of it."""


class Disagreement(AssertionError):
    """The line and the columns say different things of one parcel: a fault of the program, never of the data."""


class Eyes(NamedTuple):
    """What parcels are looked at with besides the law: officers' criteria, the key of the draws, whether models must score
    every one (the line does), which of some names raise an alarm (None: no list counts), under which of some references the
    declarant has a file already, and whether a parcel names what an officer asked a look for (None: nobody asked)."""

    draw_key: bytes
    selectivity: Selectivity = NO_SELECTIVITY
    scored: bool = False
    alarming: Callable[[Sequence[str]], Sequence[bool]] | None = None
    used: Callable[[Sequence[str]], set[str]] | None = None
    marked: Callable[[Parcel], bool] | None = None


class Verdicts(msgspec.Struct, frozen=True):
    """The rows of a chunk with their numbers and what became of each; `told` are reasons by place of the row, `files` what is
    stored as a declaration, by place too."""

    rows: Rows
    number: Ints
    mrn: pa.StringArray
    verdict: Ints
    lane: list[str]
    lane_code: Ints
    value: Ints
    duty: Ints
    payable: Ints
    history: dict[str, Ints]
    told: dict[int, str]
    files: list[Any]


class Day:
    """What was taken on the day so far; filled again from the register when work goes on."""

    def __init__(self, typical: dict[str, int] | None = None) -> None:
        self.consignee, self.address, self.alike, self.firsts = Tally(), Tally(), Tally(), Firsts()
        self.typical = typical or {}

    def add(self, keys: RowKeys, value: Ints, numbers: Ints) -> None:
        """Parcels that were taken."""
        self.consignee.add(keys.consignee, value)
        self.address.add(keys.address, value)
        self.alike.add(keys.alike, value)
        self.firsts.add(keys.reference, numbers, keys.content)


class Kernel:
    """Judges the chunks of one consolidation, in their order."""

    def __init__(self, law: Law, of: Consolidation, eyes: Eyes, line: Line, day: Day | None = None) -> None:
        self.law, self.of, self.eyes, self.line, self.day = law, of, eyes, line, day or Day()
        self.rulebook = Rulebook(law, eyes.selectivity)
        self.worth = Worth(law, of)
        self.of_parcels = TYPE in law.list_of(vague.TYPES)
        self._vague: dict[str, bool] = {}
        policy = eyes.selectivity.policy
        self.random_share = max(law.random_share_ppm, policy.floor_ppm if policy else 0)
        self.explores = policy is not None and policy.exploration_ppm > 0

    def judge(self, rows: Rows, consolidation: int) -> Verdicts:
        """The verdicts of a chunk. Raises Disagreement."""
        numbers = number(consolidation, 1) - 1 + rows.line
        drawn = marks.draws(self.eyes.draw_key, numbers)
        work = _Chunk(self, rows, numbers, drawn)
        work.check()
        work.recognise()
        work.assess()
        work.look()
        work.ask_the_line()
        work.remember()
        return work.verdicts()

    def is_vague(self, description: str) -> bool:
        found = self._vague.get(description)
        if found is None:
            if len(self._vague) > 1_000_000:
                self._vague.clear()
            found = self._vague[description] = vague.check(description, 1, self.law) is not None
        return found


class _Chunk:
    """One chunk on its way: which rows are settled, and what is known of all of them so far."""

    def __init__(self, kernel: Kernel, rows: Rows, numbers: Ints, drawn: tuple[Ints, Ints]) -> None:
        self.k, self.rows, self.numbers, self.drawn = kernel, rows, numbers, drawn
        size = len(rows)
        self.keys = counters.keys(rows, kernel.of.declarant)
        self.value, self.certain = kernel.worth.values(rows)
        self.duty, self.payable = np.zeros(size, np.int64), np.zeros(size, np.int64)
        self.history = {name: np.zeros(size, np.int64) for name in HISTORY}
        self.verdict = np.full(size, RELEASED, np.int64)
        self.flagged = np.zeros(size, bool)
        self.told: dict[int, str] = {}
        self.files: dict[int, Any] = {}
        self.lanes = [GREEN]
        self.lane = np.zeros(size, np.int64)

    def check(self) -> None:
        """The form: rules of the law and vague descriptions. Rows that columns cannot value are checked by the line."""
        k, rows = self.k, self.rows
        facts = ParcelFacts(rows, k.of, k.law)
        broken = k.rulebook.broken(facts)
        description = rows.text["description"]
        if k.of_parcels:
            says_little = np.array([k.is_vague(d) for d in description.words.to_pylist()], bool)
            broken |= says_little[description.code]
        self.odd = ~self.certain | _below_zero(rows)
        for n in np.flatnonzero(self.odd).tolist():
            parcel = rows.parcel(n)
            judged = self._line(n, parcel)
            broken[n] = judged.refused
            if judged.refused:
                self.told[n] = judged.told
            else:
                self.value[n] = k.worth.value_of(parcel)
        self.verdict[broken] = REFUSED

    def recognise(self) -> None:
        """Parcels declared before under the same reference: the same once more, or another, which is refused."""
        number_, held = self.k.day.firsts.find(self.keys.reference)
        taken = self.verdict != REFUSED
        first = counters.first_in_chunk(self.keys.reference, taken & (number_ == 0))
        above = first < np.arange(len(first))
        earlier = np.where(number_ > 0, number_, np.where(above, self.numbers[first], 0))
        content = np.where(number_ > 0, held, self.keys.content[first])
        for n in np.flatnonzero(taken & (earlier > 0)).tolist():
            same = content[n] == self.keys.content[n]
            self.verdict[n] = REPEATED if same else REFUSED
            self.told[n] = _repeated(self.k.law, int(earlier[n]), same=bool(same))
            self.value[n] = 0

    @property
    def taken(self) -> Flags:
        return np.asarray((self.verdict != REFUSED) & (self.verdict != REPEATED), bool)

    def assess(self) -> None:
        """What came before, and what is owed."""
        k, taken = self.k, self.taken
        day, keys = k.day, self.keys
        counted: list[Before] = [
            tally.before(of, self.value, taken)
            for tally, of in ((day.consignee, keys.consignee), (day.address, keys.address), (day.alike, keys.alike))
        ]
        self.history |= counters.together(counted)
        self.history["typical_value_percent"] = self._typical()
        at = np.flatnonzero(taken)
        of = self.rows.part(at)
        owed = k.worth.owed(of, self.value[at])
        self.duty[at], self.payable[at] = owed.duty, owed.payable
        self.flagged[at] = owed.left | k.worth.wants_papers(of)
        self.flagged |= self.odd

    def _typical(self) -> Ints:
        """The value of a kilogram against what is typical of the heading, per cent."""
        typical = self.k.day.typical
        code = self.rows.text["code"]
        usual = np.array([typical.get(c[:4], 0) for c in code.words.to_pylist()], np.int64)[code.code]
        grams = self.rows.number["gross_mass"] // (MASS_SCALE // 1000)
        known = (usual > 0) & (grams > 0)
        per_kg = self.value * 1000 // np.where(known, grams, 1)
        return np.asarray(np.where(known, per_kg * 100 // np.where(known, usual, 1), 0), np.int64)

    def look(self) -> None:
        """Criteria of law, officers and agencies, the draws, models and watch lists."""
        k, eyes = self.k, self.k.eyes
        known = {"customs_value": self.value, "duty": self.duty, "payable": self.payable, **self.history}
        self.flagged |= k.rulebook.hits(ParcelFacts(self.rows, k.of, k.law, known))
        self.flagged |= self.drawn[0] < k.random_share
        if k.explores or eyes.scored:
            self.flagged[:] = True
        if eyes.alarming is not None:
            for name in ("consignee", "consignor"):
                column = self.rows.text[name]
                self.flagged |= np.array(eyes.alarming(column.words.to_pylist()), bool)[column.code]

        if eyes.marked is not None:
            for n in np.flatnonzero(self.taken & ~self.flagged).tolist():
                self.flagged[n] = eyes.marked(self.rows.parcel(n))

    def ask_the_line(self) -> None:
        """Everything flagged, everything refused, and the sample."""
        self.verdict[self.taken & (self.payable > 0)] = DUE
        sample = self.taken & ~self.flagged & (self.drawn[1] < SAMPLE_PPM)
        refused = np.array([v == REFUSED and n not in self.told for n, v in enumerate(self.verdict.tolist())], bool)
        for n in np.flatnonzero((self.taken & self.flagged) | sample | refused).tolist():
            judged = self._line(n, self.rows.parcel(n))
            self._agree(n, judged, certain=not self.flagged[n])
            self.told[n] = judged.told
            if judged.refused:
                continue
            self.value[n], self.duty[n], self.payable[n] = judged.value, judged.duty, judged.payable
            self.lane[n] = self._lane(judged.lane)
            if judged.rests:
                self.verdict[n] = DUE if judged.payable else RELEASED
            else:
                self.verdict[n] = FILE
                self.files[n] = judged.file

    def remember(self) -> None:
        """Refuse files under a reference that stands already; all that was taken counts for the rows to come."""
        used = self.k.eyes.used
        if used is not None and self.files:
            named = {
                n: self.rows.text["reference"].words[int(self.rows.text["reference"].code[n])].as_py()
                for n in self.files
            }
            standing = used(sorted(set(named.values())))
            for n, reference in named.items():
                if reference in standing:
                    del self.files[n]
                    self.verdict[n], self.told[n] = REFUSED, _used(reference)
        at = np.flatnonzero(self.taken)
        self.k.day.add(self.keys.part(at), self.value[at], self.numbers[at])

    def _agree(self, n: int, judged: Judged, *, certain: bool) -> None:
        """Raises Disagreement where the line says something else than columns said already."""
        said = [judged.refused == (self.verdict[n] == REFUSED)]
        if not judged.refused and self.certain[n]:
            said.append(judged.value == self.value[n])
        if certain and not judged.refused:
            said += [judged.rests, judged.duty == self.duty[n], judged.payable == self.payable[n]]
        if not all(said):
            raise Disagreement(
                f"line {self.rows.line[n]}: the line says {judged.lane or 'refused'}, value {judged.value}, owed "
                f"{judged.payable}; columns say {VERDICTS[self.verdict[n]]}, value {self.value[n]}, owed {self.payable[n]}"
            )

    def _line(self, n: int, parcel: Parcel) -> Judged:
        history = HistoryFacts(**{name: int(self.history[name][n]) for name in HISTORY})
        draws = int(self.drawn[0][n]), int(self.drawn[1][n])
        return self.k.line(int(self.numbers[n]), parcel, history, draws)

    def _lane(self, lane: str) -> int:
        if lane not in self.lanes:
            self.lanes.append(lane)
        return self.lanes.index(lane)

    def verdicts(self) -> Verdicts:
        law = self.k.law
        return Verdicts(
            self.rows, self.numbers, marks.mrns(law.country, law.date, self.numbers), self.verdict, self.lanes, self.lane,
            self.value, self.duty, self.payable, self.history, self.told, list(self.files.values()),
        )  # fmt: skip


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
