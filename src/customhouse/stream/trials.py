"""Rules tried on what is in the register: in columns where numpy is installed (the extra `stream`), else one by one.

Both give the same answer. Columns of a month are kept in a folder of the data directory (`kept`). Nothing is recorded, and no
rule is changed.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from customhouse.offices.risk.backtest import BackTest, Limits, Trial
from customhouse.offices.risk.backtest import backtest as one_by_one
from customhouse.offices.risk.course import course
from customhouse.offices.risk.selected import Selected, selected
from customhouse.record.lanes import Lane
from customhouse.stream.kept import month, months

if TYPE_CHECKING:
    from customhouse.stream.past import PastColumns

Tick = Callable[[int], None]
FOLDER = "selected"
"""The folder of the data directory that columns are kept in."""


class Against(msgspec.Struct, frozen=True):
    """What trials are held against: the named lists that rules may use, the lanes of the rules in force by id, and limits."""

    lists: Mapping[str, Any] = {}
    lanes: Mapping[str, Lane] = {}
    limits: Limits = Limits()


def has_columns() -> bool:
    """Whether columns can be used here."""
    return importlib.util.find_spec("numpy") is not None


def try_out(
    trials: Sequence[Trial],
    start: date,
    until: date,
    against: Against,
    *,
    folder: Path | None = None,
    tick: Tick = lambda _: None,
) -> tuple[BackTest, ...]:
    """Back-tests of the trials on the declarations that came in from `start` until, not including, `until`.

    `folder` is where columns are kept (None: one by one); `tick` is told the number of declarations gone through, now and then. Raises RuleError.
    """
    from customhouse.registry import history

    start, until = history.span(start, until)
    if folder is not None and has_columns():
        from customhouse.stream.backtest import backtest, facts_of
        from customhouse.stream.rows import NotInColumns

        try:
            return backtest(
                trials,
                _columns(folder, (start, until), facts_of(trials, against.lists), tick),
                against.lists,
                against.lanes,
                against.limits,
            )
        except NotInColumns:
            pass  # the plain way asks every rule there is
    return one_by_one(trials, past(start, until, tick), against.lists, against.lanes, against.limits)


def past(start: date, until: date, tick: Tick = lambda _: None) -> Iterator[Selected]:
    """What became of each declaration that came in in a time and was given a lane."""
    from customhouse.registry import trail

    for entries in trail.accepted(start, until):
        tick(1)
        found = selected(course(entries))
        if found is not None:
            yield found


def _columns(folder: Path, time: tuple[date, date], facts: frozenset[str], tick: Tick) -> Iterator[PastColumns]:
    from customhouse.registry import history
    from customhouse.stream.past import PastColumns, gather

    def load(path: Path) -> PastColumns:
        return PastColumns.load(path, facts)

    for first, last in months(*time):

        def make(first: date = first, last: date = last) -> Iterator[tuple[str, PastColumns]]:
            yield "all", gather(past(first, last, tick))

        found, made = month(folder, first, history.stamp(first, last), load, make)
        for _, columns in found:
            if not made:
                tick(len(columns))
            yield columns.between(*time)
