"""The law of motion of a declaration: one table of stages and acts, one fold, and who may do what.

`FLOW` is the whole life of a declaration on one page. An act that is not in it for the present stage, or whose guard does
not hold, or that the role may not do, is refused with `NotPermitted` and never recorded. Desks and API ask `permitted`
for their buttons, so the screen and the machine obey the same table.
"""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from customhouse.record import acts
from customhouse.record.acts import Act, Entry
from customhouse.record.declaration import (
    Declaration,
    Role,
    Stage,
)
from customhouse.record.effect import EFFECT
from customhouse.record.guard import GUARD

S = Stage
ALIVE = (S.ACCEPTED, S.VERIFIED, S.CLASSIFIED, S.VALUED, S.ORIGIN_DETERMINED, S.ASSESSED, S.ROUTED)

FLOW: dict[tuple[Stage, str], Stage] = {
    (S.NEW, "Lodged"): S.LODGED,
    (S.LODGED, "Refused"): S.REFUSED,
    (S.LODGED, "Registered"): S.REGISTERED,
    (S.REGISTERED, "Estimated"): S.REGISTERED,
    (S.REGISTERED, "Amended"): S.REGISTERED,
    (S.REGISTERED, "Invalidated"): S.INVALIDATED,
    (S.REGISTERED, "Presented"): S.PRESENTED,
    (S.PRESENTED, "Refused"): S.REFUSED,
    (S.PRESENTED, "Accepted"): S.ACCEPTED,
    (S.LODGED, "Accepted"): S.ACCEPTED,
    (S.ACCEPTED, "Verified"): S.VERIFIED,
    (S.VERIFIED, "Classified"): S.CLASSIFIED,
    (S.CLASSIFIED, "Valued"): S.VALUED,
    (S.VALUED, "OriginDetermined"): S.ORIGIN_DETERMINED,
    (S.ORIGIN_DETERMINED, "QuotaAllocated"): S.ORIGIN_DETERMINED,
    (S.ORIGIN_DETERMINED, "Assessed"): S.ASSESSED,
    (S.ASSESSED, "LaneAssigned"): S.ROUTED,
    (S.ROUTED, "LaneChanged"): S.ROUTED,
    (S.ROUTED, "Examined"): S.ROUTED,
    (S.ROUTED, "AgencyExamined"): S.ROUTED,
    (S.ROUTED, "JointInspectionCalled"): S.ROUTED,
    (S.ROUTED, "JointInspectionFixed"): S.ROUTED,
    (S.ROUTED, "Due"): S.ROUTED,
    (S.ROUTED, "Paid"): S.ROUTED,
    (S.ROUTED, "Reversed"): S.ROUTED,
    (S.ROUTED, "Charged"): S.ROUTED,
    (S.ROUTED, "Released"): S.RELEASED,
    (S.RELEASED, "Recalled"): S.ROUTED,
    (S.RELEASED, "Exited"): S.RELEASED,
    (S.RELEASED, "Reversed"): S.RELEASED,
    (S.RELEASED, "Discharged"): S.RELEASED,
    (S.RELEASED, "Invalidated"): S.INVALIDATED,
    **{(stage, act): stage for stage in (S.REGISTERED, *ALIVE) for act in ("Held", "Lifted", "Queried", "Answered")},
    **{(stage, "Targeted"): stage for stage in (S.REGISTERED, *ALIVE) if stage is not S.ROUTED},
    **{(stage, "PermitsChecked"): stage for stage in ALIVE},
    **{(stage, act): stage for stage in (S.REGISTERED, *ALIVE) for act in ("PartiesScreened", "AlarmDecided")},
    **{(stage, "Ruled"): stage for stage in (*ALIVE, S.RELEASED, S.REFUSED)},
    **{(stage, "CargoMatched"): stage for stage in (*ALIVE, S.RELEASED)},
    **{(stage, "Attached"): stage for stage in (S.REGISTERED, *ALIVE, S.RELEASED)},
    **{(stage, "Amended"): S.ACCEPTED for stage in ALIVE},
    **{(stage, "Invalidated"): S.INVALIDATED for stage in ALIVE},
}

R = Role
MAY: dict[str, frozenset[Role]] = {
    "Lodged": frozenset({R.SYSTEM}),
    "Refused": frozenset({R.SYSTEM}),
    "Registered": frozenset({R.SYSTEM}),
    "Estimated": frozenset({R.SYSTEM}),
    "Presented": frozenset({R.SYSTEM, R.CARRIER, R.OFFICER, R.SUPERVISOR}),
    "Accepted": frozenset({R.SYSTEM}),
    "Verified": frozenset({R.SYSTEM}),
    "PermitsChecked": frozenset({R.SYSTEM}),
    "PartiesScreened": frozenset({R.SYSTEM}),
    "AlarmDecided": frozenset({R.OFFICER, R.SUPERVISOR}),
    "Classified": frozenset({R.SYSTEM}),
    "Valued": frozenset({R.SYSTEM}),
    "OriginDetermined": frozenset({R.SYSTEM}),
    "QuotaAllocated": frozenset({R.SYSTEM}),
    "CargoMatched": frozenset({R.SYSTEM}),
    "Assessed": frozenset({R.SYSTEM}),
    "LaneAssigned": frozenset({R.SYSTEM}),
    "Due": frozenset({R.SYSTEM}),
    "Charged": frozenset({R.SYSTEM}),
    "Released": frozenset({R.SYSTEM}),
    "Held": frozenset({R.SYSTEM, R.OFFICER, R.SUPERVISOR}),
    "Lifted": frozenset({R.SYSTEM, R.AGENCY, R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "LaneChanged": frozenset({R.OFFICER, R.SUPERVISOR}),
    "Targeted": frozenset({R.OFFICER, R.SUPERVISOR}),
    "Queried": frozenset({R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "Answered": frozenset({R.BROKER, R.TRADER}),
    "Attached": frozenset({R.BROKER, R.TRADER, R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "Amended": frozenset({R.BROKER, R.TRADER}),
    "Examined": frozenset({R.EXAMINER, R.SUPERVISOR}),
    "AgencyExamined": frozenset({R.AGENCY}),
    "JointInspectionCalled": frozenset({R.AGENCY, R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "JointInspectionFixed": frozenset({R.AGENCY, R.OFFICER, R.EXAMINER, R.SUPERVISOR}),
    "Paid": frozenset({R.SYSTEM, R.CASHIER, R.SUPERVISOR}),
    "Recalled": frozenset({R.OFFICER, R.SUPERVISOR}),
    "Ruled": frozenset({R.SUPERVISOR}),
    "Exited": frozenset({R.SYSTEM, R.CARRIER, R.OFFICER, R.SUPERVISOR}),
    "Reversed": frozenset({R.CASHIER, R.SUPERVISOR}),
    "Discharged": frozenset({R.OFFICER, R.SUPERVISOR}),
    "Invalidated": frozenset({R.BROKER, R.TRADER, R.OFFICER, R.SUPERVISOR}),
}

# What a role recorded while it might stands in the record for ever: (act, role) -> from when on it may no more. Until this
# day traders recorded payments on their own word.
UNTIL = dict.fromkeys((("Paid", R.BROKER), ("Paid", R.TRADER)), datetime(2026, 11, 26, 1, 30, tzinfo=UTC))


class NotPermitted(Exception):
    """The act may not be recorded now; `act` names it and the message says why."""

    def __init__(self, act: str, why: str) -> None:
        self.act, self.why = act, why
        super().__init__(f"{act} is not permitted: {why}")


def fold(declaration: Declaration | None, entry: Entry) -> Declaration:
    """The declaration after `entry`; None stands for the file before lodgement.

    Raises NotPermitted when any act of the entry may not be recorded; then nothing of the entry counts.
    """
    recorded = declaration.acts if declaration else 0
    if entry.first != recorded + 1:
        raise NotPermitted(entry.acts[0].name, f"act {recorded + 1} comes next, not {entry.first}")
    for act in entry.acts:
        declaration = step(declaration, act, entry.role, entry.at, entry.declaration)
    if declaration is None:
        raise NotPermitted("nothing", "an entry holds at least one act")
    return declaration


def step(declaration: Declaration | None, act: Act, role: Role, at: datetime, number: int) -> Declaration:
    """The declaration after one act by `role` at `at`; `number` is the declaration's id, used at lodgement."""
    name = type(act).__name__
    stage = declaration.stage if declaration else S.NEW
    to = FLOW.get((stage, name))
    if to is None:
        raise NotPermitted(name, f"the declaration is {stage.value}")
    if role not in MAY[name] and not ((name, role) in UNTIL and at < UNTIL[name, role]):
        raise NotPermitted(name, f"{role.value} may not do this")
    if declaration is None:
        return Declaration(id=number, lodged=act.lodgement, acts=1) if isinstance(act, acts.Lodged) else _never(name)
    if (guard := GUARD.get(name)) and (why := guard(declaration, act, role)):
        raise NotPermitted(name, why)
    effect = EFFECT.get(name)
    changes = effect(declaration, act, at) if effect else {}
    return replace(declaration, stage=to, acts=declaration.acts + 1, **changes)


def permitted(declaration: Declaration, role: Role) -> tuple[str, ...]:
    """Names of the acts that `role` may record now, in the order of `MAY`: the buttons of the page."""
    return tuple(
        name
        for name, roles in MAY.items()
        if role in roles and (declaration.stage, name) in FLOW and not _closed(declaration, name, role)
    )


def _closed(declaration: Declaration, name: str, role: Role) -> str:
    guard = GUARD.get(name)
    return guard(declaration, None, role) if guard else ""


def _never(name: str) -> Declaration:
    raise NotPermitted(name, "the declaration has not been lodged")
