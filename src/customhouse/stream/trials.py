"""Rules tried on what is in the register: declarations in columns where numpy is installed (the extra `stream`), else one by one;
parcels in columns alone (the extra `parcels`).

Both ways give the same answer. Columns of a month are kept in a folder of the data directory (`kept`). Nothing is recorded, and no
rule is changed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from customhouse.law.rules.syntax import Rule
from customhouse.offices.longroom import issue_mrn
from customhouse.offices.risk.backtest import BackTest, Levelled, Limits, Of, Trial, concluded, readable
from customhouse.offices.risk.backtest import counted as one_by_one
from customhouse.offices.risk.course import course
from customhouse.offices.risk.selected import Selected, selected
from customhouse.offices.risk.tally import Counted, together
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import is_parcel
from customhouse.record.targeting import Thresholds
from customhouse.registry import lawbook
from customhouse.stream.kept import NotInColumns, month, months

if TYPE_CHECKING:
    from customhouse.stream.parcels.past import Past
    from customhouse.stream.past import PastColumns

__all__ = [
    "Against",
    "NoParcels",
    "NotInColumns",
    "count",
    "declared",
    "past",
    "stored",
    "try_model",
    "try_out",
    "with_mrns",
]
Tick = Callable[[int], None]
MODEL = "model"
"""The name under which a lane says that a model asked for it."""
WHOM = ("declarant", "code", "origin")
FOLDER = "selected"
"""The folder of the data directory that columns are kept in."""


class NoParcels(ValueError):
    """Parcels cannot be tried here; the message says what is lacking."""


class Against(msgspec.Struct, frozen=True):
    """What trials are held against: the named lists that rules may use, the lanes of the rules in force by id, and limits."""

    lists: Mapping[str, Any] = {}
    lanes: Mapping[str, Lane] = {}
    limits: Limits = Limits()


def has_columns(needs: str = "numpy") -> bool:
    """Whether columns can be used here."""
    return importlib.util.find_spec(needs) is not None


def try_out(
    trials: Sequence[Trial],
    start: date,
    until: date,
    against: Against,
    *,
    of: Of = "declarations",
    folder: Path | None = None,
    tick: Tick = lambda _: None,
) -> tuple[BackTest, ...]:
    """Back-tests of the trials on what came in from `start` until, not including, `until`: declarations, parcels, or both, side by
    side and together. A parcel that has a file counts as a parcel.

    `folder` is where columns are kept (None: one by one, which parcels are not tried); `tick` is told the number of declarations
    and parcels gone through, now and then. Raises RuleError, and NotInColumns for a rule that cannot be tried on parcels.
    """
    rules = readable(trials, against.lists)
    sides: dict[Of, Counted] = {}
    if of != "parcels":
        sides["declarations"] = _of_declarations(trials, rules, (start, until), against, folder, tick)
    if of != "declarations":
        sides["parcels"] = _of_parcels(trials, rules, (start, until), against, folder, tick)
    return _sides(trials, rules, sides, against.limits)


class Candidate(NamedTuple):
    """A model that is tried: its SHA-256, itself, and the thresholds it would speak at."""

    digest: str
    model: Any
    thresholds: Thresholds


class Asks(NamedTuple):
    """A model stands where a rule does: it is asked of each goods item."""

    level: str = "item"


def try_model(
    candidate: Candidate,
    start: date,
    until: date,
    against: Against,
    *,
    folder: Path,
    of: Of = "declarations",
    tick: Tick = lambda _: None,
) -> BackTest:
    """A back-test of a model at its thresholds, in the place of the live one, on what came in from `start` until, not including,
    `until`. Draws stay as they fell, and so does what every criterion said. Raises NoParcels where columns cannot be used."""
    if not has_columns("pyarrow"):
        raise NoParcels("a model is tried in columns, which need the extra `parcels`: pip install customhouse[parcels]")
    from customhouse.registry import history
    from customhouse.stream.backtest import STAKE, tallied
    from customhouse.stream.parcels import scored

    strictest = max((t.lane for t in candidate.thresholds), key=STRICTNESS.__getitem__, default=Lane.GREEN)
    trials = [Trial(candidate.digest[:12], "", strictest, MODEL, candidate.digest)]
    sides: dict[Of, Counted] = {}
    if of != "parcels":
        time, currency = history.span(start, until), str(lawbook.current(until).on(until).currency)
        past = declared(folder, time, scored.FACTS | {"importer", *WHOM, *STAKE}, tick)
        sides["declarations"] = tallied(trials, scored.of_declarations(candidate, past, currency), against.lanes)
    if of != "declarations":
        parts = scored.of_parcels(candidate, stored(folder, (start, until)), frozenset({*WHOM, *STAKE}), tick)
        sides["parcels"] = tallied(trials, parts, against.lanes)
    return _sides(trials, [Asks()], sides, against.limits)[0]


def _sides(
    trials: Sequence[Trial], rules: Sequence[Levelled], sides: Mapping[Of, Counted], limits: Limits
) -> tuple[BackTest, ...]:
    """The answer of each trial on each past, side by side and together where there are two."""
    each = [concluded(trials, rules, found, limits, of) for of, found in sides.items()]
    if len(each) == 1:
        return each[0]
    whole = concluded(trials, rules, together(sides.values(), len(trials)), limits, "both")
    return tuple(msgspec.structs.replace(w, beside=parts) for w, *parts in zip(whole, *each, strict=True))


def count(start: date, until: date, of: Of) -> int:
    """How many declarations and rows of parcels there are to go through."""
    from customhouse.registry import history, parcel_past

    declared = 0 if of == "parcels" else history.count(start, until)
    return declared + (0 if of == "declarations" else parcel_past.count(start, until))


def _of_declarations(
    trials: Sequence[Trial],
    rules: Sequence[Rule],
    time: tuple[date, date],
    against: Against,
    folder: Path | None,
    tick: Tick,
) -> Counted:
    from customhouse.registry import history

    time = history.span(*time)
    if folder is not None and has_columns():
        from customhouse.stream.backtest import counted, facts_of

        with suppress(NotInColumns):  # the plain way asks every rule there is
            found = declared(folder, time, facts_of(trials, against.lists), tick)
            return counted(trials, rules, found, against.lists, against.lanes)
    return one_by_one(trials, rules, past(*time, tick), against.lists, against.lanes)


def _of_parcels(
    trials: Sequence[Trial],
    rules: Sequence[Rule],
    time: tuple[date, date],
    against: Against,
    folder: Path | None,
    tick: Tick,
) -> Counted:
    """Parcels are tried in columns alone: there may be millions, and a rule that columns cannot answer is none for parcels."""
    if folder is None or not has_columns("pyarrow"):
        raise NoParcels(
            "parcels are tried in columns, which need the extra `parcels`: pip install customhouse[parcels]"
        )
    from customhouse.stream.backtest import STAKE, counted, facts_of

    facts = facts_of(trials, against.lists, WHOM)
    past = stored(folder, time).columns(facts | {*STAKE}, tick)
    return counted(trials, rules, past, against.lists, against.lanes)


def stored(folder: Path, time: tuple[date, date]) -> Past:
    """The stored parcels of a time, and what became of those with files, known up to now. `folder` is where columns are kept."""
    from customhouse.registry import courses
    from customhouse.stream.parcels.past import Past

    while not courses.catch_up():
        pass
    law = lawbook.current(time[1]).on(time[1])
    return Past(folder / "parcels", time, (law.country, str(law.currency)))


def with_mrns(found: Sequence[BackTest], country: str) -> tuple[BackTest, ...]:
    """The same with the MRNs of the hits that are shown."""
    from customhouse.registry.parcel_past import mrns

    declared = mrns([hit.number for one in found for hit in one.sample if not is_parcel(hit.number)])

    def named(one: BackTest) -> BackTest:
        sample = (
            msgspec.structs.replace(
                hit,
                mrn=str(issue_mrn(country, hit.day, hit.number))
                if is_parcel(hit.number)
                else declared.get(hit.number, ""),
            )
            for hit in one.sample
        )
        return msgspec.structs.replace(one, sample=tuple(sample), beside=tuple(map(named, one.beside)))

    return tuple(map(named, found))


def past(start: date, until: date, tick: Tick = lambda _: None) -> Iterator[Selected]:
    """What became of each declaration that came in in a time and was given a lane; parcels have a past of their own."""
    from customhouse.registry import trail

    for entries in trail.accepted(start, until):
        tick(1)
        found = None if is_parcel(entries[0].declaration) else selected(course(entries))
        if found is not None:
            yield found


def declared(
    folder: Path, time: tuple[date, date], facts: frozenset[str], tick: Tick, *, under: bool = False
) -> Iterator[PastColumns]:
    """The declarations of a time in columns, month by month, with these facts; with what their lanes were set `under`, if so asked."""
    from customhouse.registry import history
    from customhouse.stream.past import PastColumns, gather

    def load(path: Path) -> PastColumns:
        return PastColumns.load(path, facts, under=under)

    for first, last in months(*time):

        def make(first: date = first, last: date = last) -> Iterator[tuple[str, PastColumns]]:
            yield "all", gather(past(first, last, tick))

        found, made = month(folder, first, history.stamp(first, last), load, make)
        for _, columns in found:
            if not made:
                tick(len(columns))
            yield columns.between(*time)
