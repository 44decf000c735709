"""The answer to a lodgement: what machines get back, the same for the API, the intake and the command line."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.offices.risk.told import told_to_the_trade
from customhouse.record.assessment import DutyTaxFee
from customhouse.record.declaration import Declaration, Hold, Reason

Kind = Literal["new", "same", "other", "refused", "unreadable"]


class Answer(msgspec.Struct, frozen=True, gc=False):
    """What became of a lodgement, with all reasons. `payable` and `released` are null until they are known."""

    outcome: Kind
    problems: tuple[Problem, ...] = ()
    id: int | None = None
    mrn: str = ""
    lrn: str = ""
    stage: str = ""
    lane: str | None = None
    lane_reasons: tuple[Reason, ...] = ()
    duties: tuple[DutyTaxFee, ...] = ()
    payable: Money | None = None
    holds: tuple[Hold, ...] = ()
    released: datetime | None = None


def answer(kind: Kind, d: Declaration | None, problems: tuple[Problem, ...] = ()) -> Answer:
    """The answer for a declaration in whatever state it is; `problems` come beside it."""
    if d is None or kind == "other":
        return Answer(kind, problems)
    return Answer(
        kind,
        problems,
        d.id,
        d.mrn,
        d.lodged.lrn,
        d.stage.value,
        d.lane.value if d.lane else None,
        told_to_the_trade(d.selection.reasons) if d.selection else (),
        d.assessed.duties if d.assessed else (),
        d.assessed.payable if d.assessed else None,
        d.holds,
        d.released.at if d.released else None,
    )
