"""What became of a declaration once its lane was set: why it was chosen, who looked, what was found, what it brought and cost.

Folded from the acts by `offices.risk.outcome`, kept as one row by `registry.outcomes`. Every figure about rules, models, officers and the
true rate of irregularity is counted over these (WCO Risk Management Compendium, volume 1: review and evaluation).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from customhouse.record.lanes import Lane

KINDS = ("quantity", "classification", "value", "origin", "undeclared", "prohibited", "papers", "other")
"""What a look finds: another quantity or mass, another tariff line, another value, another origin, goods not declared, goods that are
prohibited or restricted, documents missing or not genuine, anything else."""
QUALITIES = ("full", "partial", "scan", "documents")
"""How much was looked at: every package, a part, an image of the closed container, the documents alone."""
CAUSES = ("absent", "no_time", "no_means", "withdrawn", "other")
"""Why a look was not done: goods not presented, nobody had time, no equipment or place, the need fell away, anything else."""
RANDOM, EXPLORE, PERSON = "random", "explore", "person"
"""Names in `Outcome.chosen` that no criterion may have: the random draw, exploration, a person who overruled the lane."""


class Look(StrEnum):
    """What was looked at with a result: nothing, the documents, the goods."""

    NONE = ""
    DOCUMENTS = "documents"
    GOODS = "goods"


class Result(StrEnum):
    """What came of it; PENDING while nobody has reported a look."""

    PENDING = ""
    CONFORM = "conform"
    DISCREPANCY = "discrepancy"
    NOT_DONE = "not_done"


class Outcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One declaration that was given a lane.

    `day` is the day (UTC) of the first lane, `lane` that first lane, `last_lane` the one after every overruling. `chosen` names what
    asked for a look: criteria and model reasons by their ids, RANDOM, EXPLORE, PERSON. `draw_ppm`, `random_ppm` and `explored_ppm`
    say with which chance it would have been looked at whatever criteria say; `shadow` holds what would have fired on trial (``id
    LANE``). `origin`, `chapter` (HS 2) and `heading` (HS 4) are those of the item of the greatest value. `minutes` is the time the
    looks took. `revenue` is what the last assessment asks for beyond the one the lane was set on, where something was found; money
    is in minor units of `currency`. `acts` is how many acts of the declaration were read.
    """

    declaration: int
    day: date
    routed_at: datetime
    office: str
    lane: Lane
    last_lane: Lane
    chosen: tuple[str, ...] = ()
    shadow: tuple[str, ...] = ()
    selectivity: str = ""
    model: str = ""
    score_ppm: int | None = None
    draw_ppm: int = 0
    random_ppm: int = 0
    explored_ppm: int = 0
    blind: bool = False
    changed_by: str = ""
    importer: str = ""
    exporter: str = ""
    declarant: str = ""
    origin: str = ""
    chapter: str = ""
    heading: str = ""
    value: int = 0
    payable: int = 0
    currency: str = ""
    look: Look = Look.NONE
    looked_at: datetime | None = None
    looked_by: str = ""
    result: Result = Result.PENDING
    quality: str = ""
    kinds: tuple[str, ...] = ()
    cause: str = ""
    revenue: int = 0
    minutes: int = 0
    released_at: datetime | None = None
    is_over: bool = False
    acts: int = 0

    @property
    def is_random(self) -> bool:
        """Whether the random draw fell on it, whatever else asked for it."""
        return RANDOM in self.chosen

    @property
    def is_explored(self) -> bool:
        return EXPLORE in self.chosen

    @property
    def is_seen(self) -> bool:
        """Whether a look was reported that says something about the goods or papers."""
        return self.result in (Result.CONFORM, Result.DISCREPANCY)

    @property
    def is_found(self) -> bool:
        return self.result is Result.DISCREPANCY

    @property
    def delay(self) -> int | None:
        """Whole minutes from lane to release, None before release."""
        if self.released_at is None:
            return None
        return max(0, int((self.released_at - self.routed_at).total_seconds()) // 60)
