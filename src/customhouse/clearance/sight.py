"""What the risk office has when a lane is set: the officers' criteria in force, what is known of the actors, the models.

The line itself reads nothing; these are asked before it is walked.
"""

from __future__ import annotations

from datetime import datetime

from customhouse.clearance.line import Scorer
from customhouse.law.selectivity import NO_SELECTIVITY, Selectivity
from customhouse.record.history import NO_HISTORY, HistoryFacts
from customhouse.record.lodgement import Lodgement


def selectivity(at: datetime) -> Selectivity:
    """The officers' criteria in force and on trial at that time."""
    return NO_SELECTIVITY


def history(lodged: Lodgement, at: datetime) -> HistoryFacts:
    """What was declared and examined of the actors of `lodged` before."""
    return NO_HISTORY


def scorer() -> Scorer | None:
    """The models that speak on the line; None where none was published."""
    return None
