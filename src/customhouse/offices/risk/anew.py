"""The lane that a record asks for under another law: what is known of each reason, and what only the record knows.

A selection keeps every reason of a lane, but not the lane that each asked for. Of criteria it is known; what a model, an officer or an
earlier lane asked for can only be told from the lane that came of all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from customhouse.law.book import Law
from customhouse.law.selectivity import Selectivity
from customhouse.offices.risk import Scored, share_of
from customhouse.offices.risk.backtest import DRAWS
from customhouse.offices.risk.selected import NOTHING_ASKED, RANDOM
from customhouse.record.lanes import STRICTNESS, Lane

YELLOW = STRICTNESS[Lane.YELLOW]
PARTY = "party"
"""The reason of a declaration with a confirmed party, which is red whatever the law says (`offices.party.hits`)."""


class Then(NamedTuple):
    """What something was judged under."""

    law: Law
    selectivity: Selectivity

    @property
    def lanes(self) -> dict[str, int]:
        """What each criterion asked for then (strictness), by id; also a party that customs has questions about."""
        law = (c for c in self.law.contents.criteria if c.validity.contains(self.law.date))
        known = {c.id: STRICTNESS[Lane(c.lane)] for c in (*law, *self.selectivity.criteria)}
        return known | {PARTY: STRICTNESS[Lane.RED]}


def share(then: Then, law: Law, drawn: int, *, blind: bool) -> int:
    """The share drawn at random under another law where `drawn` was drawn then; `blind`: no model answered."""
    if law.random_share_ppm == then.law.random_share_ppm:
        return drawn
    return share_of(law.random_share_ppm, then.selectivity.policy, Scored(failed="silent" if blind else ""))


def floor(fired: Sequence[str], lane: int, known: Mapping[str, int]) -> int:
    """The lane (strictness) that the reasons `fired` of a `lane` ask for which are none of the `known`; 0 where there is none.

    What one of them asked for by itself is not recorded: it is the lane where nothing known asks for so much, else as much of it as
    YELLOW. The random draw asks for nothing here, since it is drawn again; that of exploration stays.
    """
    explored = YELLOW if any(name in DRAWS and name != RANDOM for name in fired) else 0
    if not any(name not in known and name != NOTHING_ASKED and name not in DRAWS for name in fired):
        return explored
    draws = (YELLOW for name in fired if name in DRAWS)
    explained = max((*draws, *(known[name] for name in fired if name in known)), default=0)
    return max(explored, lane if explained < lane else min(lane, YELLOW))


def staying(fired: Sequence[str], lane: int, then: Mapping[str, int], stays: Mapping[str, int]) -> int:
    """The lane that a record asks for where of the criteria known `then` (id: strictness) those in `stays` are asked still, and answer
    as they did."""
    return max((floor(fired, lane, then), *(stays[name] for name in fired if name in stays and name in then)))
