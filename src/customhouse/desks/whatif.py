"""A draft law tried on what is stored: declarations in columns where numpy is installed (the extra `stream`), else one by one; parcels in
columns alone (the extra `parcels`).

Both ways give the same sums. Columns of a month are made once and kept in the data directory until anything is recorded on a
declaration of that month; the folders may be deleted at any time. Values are taken as they were fixed, so that columns serve only
for a draft that values and converts as the law did; any other is tried one by one. Nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec

from customhouse.clearance.impact import Impact
from customhouse.desks.whatif_declarations import Declarations, UnknownBook, published
from customhouse.law.book import Book
from customhouse.offices.risk.backtest import Limits, Of, Trial, concluded
from customhouse.offices.risk.tally import Counted, together
from customhouse.record.lanes import Lane
from customhouse.registry import history
from customhouse.stream import trials

TRIAL = Trial("draft", "", Lane.GREEN)
__all__ = ["Asked", "UnknownBook", "published", "try_law"]
Done = Callable[[int], None]


class Asked(msgspec.Struct, frozen=True):
    """What is asked: a draft, tried on declarations, parcels or both from `start` until, not including, `until`; on the day of
    each, or `as_of` a day. `limits` say what an office can do; `one_by_one`: declarations by themselves, without columns."""

    draft: Book
    of: Of
    start: date
    until: date
    limits: Limits
    as_of: date | None = None
    one_by_one: bool = False


def try_law(asked: Asked, data: Path, done: Done = lambda _: None) -> Impact:
    """What the draft would have changed. `data` is the directory that columns are kept in; `done` is told how many more declarations
    and parcels are gone through. Raises NoParcels where parcels cannot be tried, and UnknownBook where something was judged under a Book
    that is not here."""
    sides: list[tuple[Impact, Counted]] = []
    currency = str(asked.draft.pages.currency)
    if asked.of != "declarations":
        if not trials.has_columns("pyarrow"):
            raise trials.NoParcels(
                "Parcels are tried in columns, which need the extra `parcels`: pip install customhouse[parcels]"
            )
        from customhouse.desks.whatif_parcels import Parcels

        sums = Impact(currency, "parcels")
        parcels = Parcels(data / trials.FOLDER, asked.draft, published, asked.limits)
        sides.append((sums, parcels.add(asked.start, asked.until, asked.as_of, sums, done)))
    if asked.of != "parcels":
        sums = Impact(currency, "declarations")
        found = Declarations(asked.draft, published, asked.as_of)
        time = history.span(asked.start, asked.until)
        if asked.one_by_one or not trials.has_columns():
            counted = found.one_by_one(*time, sums, done)
        else:
            counted = found.in_columns(*time, sums, done, data)
        sums.lanes = concluded([TRIAL], [trials.Asks()], counted, asked.limits, "declarations")[0]
        sides.insert(0, (sums, counted))
    return _together(sides, asked.limits)


def _together(sides: list[tuple[Impact, Counted]], limits: Limits) -> Impact:
    """The answer about one past, or about both together with each beside."""
    (sums, counted), *other = sides
    for more, also in other:
        first, second = sums.lanes, more.lanes
        (lanes,) = concluded([TRIAL], [trials.Asks()], together([counted, also], 1), limits, "both")
        beside = tuple(side for side in (first, second) if side is not None)
        sums = sums.joined(more)
        sums.lanes = msgspec.structs.replace(lanes, warnings=(), beside=beside)
    if sums.lanes is not None:
        sums.lanes = msgspec.structs.replace(sums.lanes, warnings=())
    return sums
