"""Which measures meet which items: every candidate of every item is looked at in columns, and the first that holds is taken.

Candidates of an item lie most specific first, as in the Book; one that holds is in force on the day (and in season), for the
origin, under the procedure, and where it is a preference it was claimed and proved.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from customhouse.stream.items import Ints, Items, distinct
from customhouse.stream.tables import Flags, Tables

NONE = -1


class Sheet:
    """Items laid beside the tables of a Book."""

    def __init__(self, tables: Tables, items: Items, units: tuple[str, ...]) -> None:
        t = self.tables = tables
        self.items = items
        rows, self._first, self._count = t.candidates(items.codes)
        self._rows = rows
        # The columns of the candidates themselves, one after the other as they are met.
        self._start, self._until = t.start[rows].astype(np.int32), t.until[rows].astype(np.int32)
        self._area, self._outside, self._season = t.area[rows], t.outside[rows], t.season[rows]
        self._procedure, self._preference, self._proof = t.procedure[rows], t.preference[rows], t.proof[rows]
        self._slot, self._plain = t.slot[rows], t.plain[rows]
        # Most measures ask nothing more than a day and an origin; only the others are asked for more.
        self._asks_more = (self._outside + self._season + self._procedure + self._preference + self._proof) > 0
        inside, shut = t.origins(items.origins)
        self._inside, self._shut = inside.reshape(-1, inside.shape[-1]), shut.reshape(-1, shut.shape[-1])
        self._under, self._claimed, self._proved = t.claims(items.claims)
        self._suspended, self._left = t.suspended(items.claims)
        self._is_import = np.array([c.is_import for c in items.claims], bool)
        self._seasons = t.in_season() if t.is_seasonal else None
        self.measures_in = np.array([[c.unit in (unit, "") for unit in units or ("",)] for c in items.claims], bool)

    def choose(self, part: slice, customs_duty: int) -> tuple[Ints, Flags]:
        """(the row of the measure that applies, by tax and item, -1 for none; items that are left to the office)."""
        items, t = self.items, self.tables
        code, day, claim = items.code[part], items.day[part], items.claim[part]
        era = np.searchsorted(t.eras, day, "right") - 1
        count = np.where(self._is_import[claim], self._count[code], 0)
        places, who = spread(self._first[code], count)
        today = day.astype(np.int32)[who]
        keep = np.flatnonzero((self._start[places] <= today) & (today < self._until[places]))
        places, who = places[keep], who[keep]
        world = era * len(items.origins) + items.origin[part]
        holds = self._inside[world[who], self._area[places]]
        more = np.flatnonzero(self._asks_more[places])
        holds[more] &= self._holds_more(places[more], who[more], world, claim, day)
        places, who = places[holds], who[holds]
        unsure = self._left[era, claim]
        unsure[who[~self._plain[places]]] = True
        return self._first_of_each(places, who, len(code), customs_duty), unsure

    def _holds_more(self, places: Ints, who: Ints, world: Ints, claim: Ints, day: Ints) -> Flags:
        """Whether what candidates ask besides a day and an origin holds for the items `who`."""
        asked = claim[who]
        holds = self._under[asked, self._procedure[places]] & ~self._shut[world[who], self._outside[places]]
        holds &= self._claimed[asked, self._preference[places]] & self._proved[asked, self._proof[places]]
        if self._seasons is not None:
            holds &= self._seasons[self._season[places], _month_and_day(day)[who]]
        return holds

    def _first_of_each(self, places: Ints, who: Ints, items: int, customs_duty: int) -> Ints:
        """By tax and item the first row; a preference that holds goes before the general rate of the customs duty."""
        taxes = len(self.tables.taxes)
        slot = np.where(self._preference[places] > 0, taxes, self._slot[places])
        flat = np.full((taxes + 1) * items, NONE, np.int64)
        # Of several values for one place the last is kept, so that written backwards the first one is.
        flat[(slot * items + who)[::-1]] = self._rows[places][::-1]
        chosen: Ints = flat.reshape(taxes + 1, items)
        preferred = chosen[taxes]
        chosen[customs_duty] = np.where(preferred >= 0, preferred, chosen[customs_duty])
        return chosen[:taxes]

    def is_suspended(self, part: slice) -> Flags:
        era = np.searchsorted(self.tables.eras, self.items.day[part], "right") - 1
        return self._suspended[era, self.items.claim[part]]

    def rate_era(self, part: slice) -> Ints:
        return np.searchsorted(self.tables.rate_eras, self.items.rate_day[part], "right") - 1


def spread(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """The places first, first + 1 ... of each item one after the other, and beside each place whose it is."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    places = np.repeat(first - (ends - count), count) + np.arange(total)
    return places, np.repeat(np.arange(len(count)), count)


def _month_and_day(days: Ints) -> Ints:
    """Month x 32 + day of the month, as seasons are kept."""
    found = distinct(days)
    dates = [date.fromordinal(int(d)) for d in found]
    return np.array([d.month * 32 + d.day for d in dates], np.int64)[np.searchsorted(found, days)]
