"""The lane of parcels in columns, with its reasons: each distinct combination of what speaks of a row is decided once.

Columns only say what speaks: which criteria are true, whether a draw fell on the row, which lane a model's score asks for. What
follows is said by the offices that say it on the line (`offices.risk`, `examine`, `agency`), asked once for a combination.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from customhouse.law import selectivity as of_officers
from customhouse.law.book import Law
from customhouse.law.in_force import hit, wish
from customhouse.law.selectivity import Selectivity
from customhouse.offices import agency as agency_office
from customhouse.offices import examine, risk
from customhouse.offices.risk import PPM
from customhouse.offices.risk.told import told_with_holds
from customhouse.record.acts import Held
from customhouse.record.declaration import Reason
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.parcel import as_told
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.rulebook import Rulebook, Ruled

MOST_KEPT = 200_000
LANES: tuple[Lane, ...] = tuple(sorted(Lane, key=STRICTNESS.__getitem__))
SECRET = Reason("model", "", 0, "", confidential=True)
"""Stands for the reasons of a model, none of which the trade is told."""


EXACT = 1 << 53
"""Whole numbers up to here are exact as floating point, which models reckon in; a row of a greater value is scored by the line."""


class Scores(NamedTuple):
    """What the models on the line say of rows: the lane that each row's score asks for (a place in `LANES`), how little the
    model knows of it (`risk.Scored.novelty_ppm`), and why it does not answer, if it does not."""

    lane: Ints
    novelty_ppm: Ints
    failed: str = ""


def silent(size: int, failed: str = "") -> Scores:
    """What is said of so many rows where no model speaks."""
    return Scores(np.zeros(size, np.int64), np.full(size, PPM, np.int64), failed)


class Said(msgspec.Struct, frozen=True):
    """What is decided of rows alike: the lane, the reasons as the declarant reads them, and whether nothing but a payment
    holds the goods, so that they need no file."""

    lane: str
    told: str
    rests: bool


class Settled(NamedTuple):
    """The rows that anything speaks of: their places, ascending, and for each what is decided, as a place in `said`."""

    at: Ints
    which: Ints
    said: list[Said]


class Lanes:
    """Under one law and one selectivity; what was decided is kept from chunk to chunk."""

    def __init__(self, law: Law, selectivity: Selectivity, rulebook: Rulebook) -> None:
        self.law, self.policy = law, selectivity.policy
        self.asked = (rulebook.of_law, rulebook.of_officers, rulebook.of_agencies)
        self.rules: tuple[tuple[int, Ruled], ...] = tuple((n, r) for n, a in enumerate(self.asked) for r in a.rules)
        self._kept: dict[bytes, Said] = {}

    @property
    def nothing(self) -> Said:
        """What is said of a row that nothing speaks of."""
        return self._decided((), risk.Draws(PPM, PPM), risk.Scored())

    def settle(self, facts: ParcelFacts, of: Flags, draws: tuple[Ints, Ints], scores: Scores | None = None) -> Settled:
        """What is decided of those of the rows `of` that anything speaks of. `draws` and `scores` are those of all rows."""
        random, explore = draws
        silent = risk.Scored(failed=scores.failed if scores is not None else "")
        drawn = random < risk.share_of(self.law.random_share_ppm, self.policy, silent)
        explored = self._explored(explore, of, scores)
        fired = [rows for asked in self.asked for rows in asked.rows(facts)]
        speaks = drawn | explored
        if scores is not None:
            speaks |= scores.lane > 0
        for rows in fired:
            speaks[rows] = True
        at = np.flatnonzero(speaks & of)
        more = [drawn[at], explored[at], scores.lane[at] if scores is not None else np.zeros(len(at), np.int64)]
        first, which, keys = grouped(at, fired, more, len(of))
        said = []
        for place, key in zip(first.tolist(), keys, strict=True):
            made = self._kept.get(key)
            if made is None:
                n = int(at[place])
                spoke = [place for place, bit in enumerate(_bits(key, len(fired))) if bit]
                made = self._decided(spoke, risk.Draws(int(random[n]), int(explore[n])), _scored(scores, n))
                if len(self._kept) >= MOST_KEPT:
                    self._kept.clear()
                self._kept[key] = made
            said.append(made)
        return Settled(at, which, said)

    def _explored(self, explore: Ints, of: Flags, scores: Scores | None) -> Flags:
        """Rows that the draw of exploration chose; it falls more often where a model knows less."""
        if scores is None or not len(explore):
            return np.asarray(explore < risk.explored_of(self.policy, risk.Scored()), bool)
        most = risk.Scored(novelty_ppm=int(scores.novelty_ppm.max()), failed=scores.failed)
        within = np.asarray(explore < risk.explored_of(self.policy, most), bool)
        for n in np.flatnonzero(within & of).tolist():
            within[n] = explore[n] < risk.explored_of(self.policy, _scored(scores, n))
        return within

    def _decided(self, spoke: Sequence[int], draws: risk.Draws, scored: risk.Scored) -> Said:
        """Asks the offices, as the line does (`clearance.line.target`)."""
        rules = [self.rules[n] for n in spoke]
        hits = [(hit, of_officers.hit)[whose](ruled.rule, int(ruled.of_item)) for whose, ruled in rules if whose < 2]
        wishes = [wish(ruled.rule, int(ruled.of_item)) for whose, ruled in rules if whose == 2]
        seen = risk.Seen(hits=hits, scored=scored)
        selection = risk.decide(seen, draws, self.law.random_share_ppm, self.policy).selection
        held: tuple[Held, ...] = (*examine.order(selection.lane), *agency_office.order(wishes, ()))
        holds = [act.hold for act in held]
        told = as_told(told_with_holds(selection.reasons, holds))
        return Said(selection.lane.value, told, selection.lane is Lane.GREEN and not holds)


def _scored(scores: Scores | None, n: int) -> risk.Scored:
    """What the models say of row `n`, as far as the trade is told."""
    if scores is None:
        return risk.Scored()
    lane = LANES[int(scores.lane[n])]
    found = (risk.Finding(0.0, lane, (SECRET,), ""),) if lane is not Lane.GREEN else ()
    return risk.Scored(found, (), int(scores.novelty_ppm[n]), scores.failed)


def grouped(
    at: Ints, true: Sequence[Ints], more: Sequence[NDArray[np.generic]], size: int
) -> tuple[Ints, Ints, list[bytes]]:
    """The rows `at` (ascending) by what is the same: which rules are true of each (`true` holds the places of the rows of every
    rule) and the whole numbers in `more` (one a row of `at`). Gives for each combination the place in `at` of its first row, for each row
    its combination, and the combinations as bytes, the same from chunk to chunk. `size` is the number of all rows."""
    place = np.full(size, -1, np.int64)
    place[at] = np.arange(len(at))
    marks = np.zeros((len(at), len(true)), bool)
    for n, rows in enumerate(true):
        of = place[rows]
        marks[of[of >= 0], n] = True
    numbers = np.zeros((len(at), 0), np.uint8)
    if more:
        numbers = np.ascontiguousarray(np.stack([np.asarray(m, np.int64) for m in more], axis=1)).view(np.uint8)
    key = np.ascontiguousarray(np.concatenate((np.packbits(marks, axis=1), numbers), axis=1))
    if not key.size:
        first = np.zeros(min(1, len(at)), np.int64)
        return first, np.zeros(len(at), np.int64), [b""] * len(first)
    found, first, which = np.unique(
        key.view(np.dtype((np.void, key.shape[1])))[:, 0], return_index=True, return_inverse=True
    )
    return first, which.reshape(-1), [one.tobytes() for one in found]


def _bits(key: bytes, count: int) -> Sequence[int]:
    return np.unpackbits(np.frombuffer(key, np.uint8, -(-count // 8)), count=count).tolist()
