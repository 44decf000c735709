"""Other agencies at a consignment: they lift what is held for them, record what they found, and look at goods together.

Every function takes the actor with the agency it stands for; an agency that has nothing to do with the consignment is told
that there is no such declaration.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customhouse.clearance.file import record
from customhouse.clearance.permit import Actor
from customhouse.record.acts import AgencyExamined, JointInspectionCalled, JointInspectionFixed, Lifted
from customhouse.record.agency import CUSTOMS, AgencyExamination
from customhouse.record.agency_flow import concerned, standing
from customhouse.record.declaration import Declaration, HoldKind, Role


def concerns(d: Declaration, agency: str) -> bool:
    """Whether the consignment is the agency's business: held for it, used a permit of it, seen by it or with it."""
    return agency in concerned(d)


def lift_for(key: str | int, agency: str, reason: str, *, actor: Actor) -> Declaration:
    """Lift the hold of `agency`, with a reason."""
    act = Lifted(HoldKind.AGENCY, reason, agency, actor.agency)
    return record(key, (act,), by=actor.by, role=actor.role)


def examined(key: int, conclusion: str, text: str, *, actor: Actor, joint: int = 0) -> Declaration:
    """Record what the actor's agency found, by itself or in joint inspection `joint`."""
    act = AgencyExamined(AgencyExamination(actor.agency, conclusion, text, joint))
    return record(key, (act,), by=actor.by, role=actor.role)


def call(key: int, invited: Sequence[str], reason: str, *, actor: Actor) -> Declaration:
    """Ask for a joint inspection of customs with the agencies `invited`; an agency that asks is one of them."""
    by = actor.agency if actor.role is Role.AGENCY else CUSTOMS
    everybody = tuple(dict.fromkeys((*([by] if by != CUSTOMS else []), *invited)))
    return record(key, (JointInspectionCalled(by, everybody, reason),), by=actor.by, role=actor.role)


def fix(key: int, number: int, place: str, at: datetime, *, actor: Actor) -> Declaration:
    """Fix place and time of joint inspection `number`."""
    return record(key, (JointInspectionFixed(number, place, at),), by=actor.by, role=actor.role)


def joint_of(d: Declaration, agency: str) -> int:
    """The number of the joint inspection that waits for the agency, or 0."""
    found = standing(d)
    return found.number if found is not None and found.awaits(agency) else 0
