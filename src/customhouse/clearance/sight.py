"""What the risk office has when a lane is set: the officers' criteria in force, what is known of the actors, the models.

The line itself reads nothing; these are asked before it is walked.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from customhouse.clearance import scorer as models
from customhouse.clearance.line import Scorer
from customhouse.law.selectivity import NO_SELECTIVITY, Selectivity
from customhouse.record.history import HISTORY, HistoryFacts
from customhouse.record.lodgement import Lodgement
from customhouse.registry import actors, criteria, reader

WORD = re.compile(r"[a-z_0-9]+")


def selectivity(at: datetime) -> Selectivity:
    """The officers' criteria in force and on trial at that time."""
    return criteria.current(at)


def selectivity_of(hash: str) -> Selectivity | None:
    """The officers' criteria that something was decided on, whatever was published since; None where they are not known."""
    if not hash:
        return NO_SELECTIVITY
    with reader.system():
        return criteria.by_hash(hash)


def history(lodged: Lodgement, at: datetime) -> HistoryFacts:
    """What was declared and examined of the actors of `lodged` before; asked as the house, since nobody of the trade is shown it."""
    with reader.system():
        return actors.known(lodged, at)


async def history_of(connection: Any, lodged: Lodgement, at: datetime) -> HistoryFacts:
    """The same over a connection or pool of asyncpg, for the intake. Where the counts have passed `at` (a clock that is behind),
    only what is counted is said, and nothing is guessed."""
    who = actors.actors(lodged)
    asked = (who.importer, who.declarant, who.exporter, list(who.goods), at.date(), who.lrn)
    rows = await connection.fetch(actors.ASK_ASYNC, *asked)
    return actors.told([tuple(row) for row in rows], who, at)


_asked: tuple[Selectivity, bool] = (NO_SELECTIVITY, False)


def is_asked_for(chosen: Selectivity, score: Scorer | None) -> bool:
    """Whether criteria or models ask what is known of the actors; the intake does not look it up for nobody."""
    global _asked
    if score is not None:
        return True
    if _asked[0] is not chosen:
        said = (*chosen.criteria, *chosen.on_trial)
        _asked = (chosen, any(word in HISTORY for c in said for word in WORD.findall(c.expression)))
    return _asked[1]


def scorer() -> Scorer | None:
    """The models that speak on the line; None where none was published."""
    models.shelf.renew()
    return models.shelf.scorer()


def scorer_held() -> Scorer | None:
    """The same without a look into the register: for a process that is told of publications (`registry.watch`)."""
    return models.shelf.scorer()
