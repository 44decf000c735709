"""A draft law tried on stored parcels, in columns (the extra `parcels`); those that columns leave to the offices are judged one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from customhouse.clearance import sight
from customhouse.clearance.impact import Impact
from customhouse.clearance.line import Context
from customhouse.clearance.parcel import judged_as, walked
from customhouse.law.book import Book
from customhouse.law.selectivity import NO_SELECTIVITY
from customhouse.offices.risk.anew import Then
from customhouse.offices.risk.backtest import Limits, Trial, concluded
from customhouse.offices.risk.tally import Counted
from customhouse.record.declaration import Stage
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import place
from customhouse.registry.parcel_past import Of
from customhouse.stream import trials

if TYPE_CHECKING:
    from customhouse.stream.parcels.again import Draft, Verdicts
    from customhouse.stream.parcels.past import Stored
    from customhouse.stream.past import PastColumns

BookOf = Callable[[str], Book]
Done = Callable[[int], None]


class Parcels:
    """Stored parcels in columns, day by day; those that columns leave to the offices are judged again one by one."""

    def __init__(self, folder: Path, draft: Book, book_of: BookOf, limits: Limits) -> None:
        self.folder, self.draft, self.book_of, self.limits = folder, draft, book_of, limits
        self._then: dict[tuple[str, date, str], Then] = {}

    def add(self, start: date, until: date, as_of: date | None, sums: Impact, done: Done) -> Counted:
        """Add the parcels of the consolidations of the days from `start` until, not including, `until`: what they would owe, their
        lanes, their files. What is counted of their lanes is given back."""
        from customhouse.registry.secret import draw_key
        from customhouse.stream.backtest import Chosen, tallied
        from customhouse.stream.parcels.again import Draft
        from customhouse.stream.parcels.impact import moved
        from customhouse.stream.parcels.impact import sums as worked_out

        past, draft = trials.stored(self.folder, (start, until)), Draft(self.draft, self.then, draw_key(), as_of)
        outcomes, facts = past.outcomes(), frozenset({*trials.WHOM, "customs_value_total", "payable_total"})

        def parts() -> Iterator[tuple[PastColumns, list[Chosen]]]:
            for stored in past.stored(done):
                found = draft.judged(stored, outcomes)
                counted = worked_out(stored, found)
                sums.add_parcels(counted)
                sums.unread += found.unread
                judged = ~found.left & (found.refused < 0)
                for n in found.left.nonzero()[0].tolist():
                    judged[n] = self._one(stored, found, n, draft, sums)
                part, chosen = moved(stored, found, judged, facts, outcomes)
                if len(part):
                    yield part, [chosen]

        trial = Trial("draft", "", Lane.GREEN)
        tallies = tallied([trial], parts(), {})
        sums.lanes = replace(concluded([trial], [trials.Asks()], tallies, self.limits, "parcels")[0], warnings=())
        return tallies

    def then(self, of: Of) -> Then:
        """What a consolidation was judged under. Criteria that are no longer known are none: what they asked for stands in the record."""
        key = of.book, of.day, of.selectivity
        if key not in self._then:
            known = sight.selectivity_of(of.selectivity) or NO_SELECTIVITY
            self._then[key] = Then(self.book_of(of.book).on(of.day), known)
        return self._then[key]

    def _one(self, stored: Stored, found: Verdicts, n: int, draft: Draft, sums: Impact) -> bool:
        """Judge a parcel by itself, put its lane and whether it has a file among those `found`; whether it was taken and assessed."""
        from customhouse.offices.risk import parcel_draw
        from customhouse.registry import parcels
        from customhouse.stream.parcels.past import filed

        number = int(stored.part.number()[n])
        was, begun = parcels.parcel(number), parcels.get(place(number)[0])
        law, draws = draft.law(begun.day), parcel_draw.draws(draft.key, number)
        of = replace(begun.of, destination=law.country)
        under = Context(
            law,
            begun.at,
            draft.key,
            self.then(Of(begun.of, begun.day, begun.book, begun.selectivity, begun.at)).selectivity,
        )
        made, *told = walked(number, was.parcel, of, under, was.history, (draws.random, draws.explore))
        if made.declaration.stage is Stage.REFUSED:
            sums.refuse(made.problems[0].rule)
            return False
        if (assessed := made.declaration.assessed) is None:
            why = "; ".join(p.label for p in made.problems) or "the draft does not assess it"
            sums.unjudged.append((was.mrn, why))
            return False
        judged = judged_as(made, *told)
        lane = STRICTNESS[Lane(judged.lane)] if judged.lane else 0
        found.lane[n] = max(lane, int(found.floor[n]))
        found.file[n] = not judged.rests or found.lane[n] > 0
        before = bool(filed(stored.part)[n])
        sums.add_parcel(
            was.parcel.code, was.parcel.origin, was.payable, assessed.payable.minor, filed=(before, bool(found.file[n]))
        )
        return True
