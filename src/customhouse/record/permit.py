"""A permit in its life, from application to the last unit written off: its acts, one table of states, one fold.

What is drawn on an issued permit does not stand here: that is the balance of the register (kind ``permit``, key the
number), because many declarations draw on one permit at the same time. Issued = left + all that was written off, always.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Union

import msgspec
from msgspec.structs import replace

from customhouse.record.declaration import Role
from customhouse.record.section import Section


class State(StrEnum):
    """Where a permit stands; `PERMIT_FLOW` holds every move."""

    NEW = "NEW"
    APPLIED = "APPLIED"
    QUERIED = "QUERIED"
    ISSUED = "ISSUED"
    SUSPENDED = "SUSPENDED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class Application(Section, frozen=True):
    """What is asked for. `holder` is who will use it, `filed_by` the trader that applies (a broker, or the holder itself),
    both by number; `commodities` are codes or their beginnings, `origins` countries (none: any); `quantity` in `unit` of
    the document (None: the document is not written off)."""

    agency: str
    document: str
    holder: str
    filed_by: str
    commodities: tuple[str, ...]
    origins: tuple[str, ...] = ()
    quantity: Decimal | None = None
    unit: str = ""
    answers: dict[str, str] = {}
    remark: str = ""


class Grant(Section, frozen=True):
    """What is allowed: goods, origins, `quantity` of `unit` (None: not limited), from `start` to before `until`."""

    start: date
    until: date
    commodities: tuple[str, ...]
    origins: tuple[str, ...] = ()
    quantity: Decimal | None = None
    unit: str = ""
    conditions: str = ""


class Question(Section, frozen=True):
    """What the agency asked, and the answer."""

    text: str
    answer: str = ""


class Permit(Section, frozen=True):
    """The state of a permit: the fold of its acts. `number` and `grant` are there once it was issued, `fee` is what it
    costs in the words of the law (empty: nothing), `why` the last reason given by the agency."""

    id: int
    application: Application
    state: State = State.APPLIED
    acts: int = 0
    number: str = ""
    grant: Grant | None = None
    fee: str = ""
    questions: tuple[Question, ...] = ()
    why: str = ""

    @property
    def agency(self) -> str:
        return self.application.agency

    @property
    def document(self) -> str:
        return self.application.document

    @property
    def holder(self) -> str:
        return self.application.holder


class _Act(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="act", tag=True, gc=False):
    """An act on a permit; its class name is its tag and its row in `PERMIT_FLOW`."""

    @property
    def name(self) -> str:
        return type(self).__name__


class Applied(_Act, frozen=True):
    application: Application


class Corrected(_Act, frozen=True):
    """The applicant hands in the application anew, before it was decided."""

    application: Application


class Withdrawn(_Act, frozen=True):
    reason: str = ""


class Queried(_Act, frozen=True):
    text: str


class Answered(_Act, frozen=True):
    text: str


class Issued(_Act, frozen=True):
    number: str
    grant: Grant
    fee: str = ""


class Refused(_Act, frozen=True):
    reason: str


class Amended(_Act, frozen=True):
    """The agency changes what it granted; the unit stays."""

    grant: Grant
    reason: str


class Suspended(_Act, frozen=True):
    reason: str


class Resumed(_Act, frozen=True):
    reason: str


class Revoked(_Act, frozen=True):
    reason: str


class Expired(_Act, frozen=True):
    """The last day has passed."""


PermitAct = Union[  # noqa: UP007 - msgspec wants one named union, read here as the list of all acts
    Applied,
    Corrected,
    Withdrawn,
    Queried,
    Answered,
    Issued,
    Refused,
    Amended,
    Suspended,
    Resumed,
    Revoked,
    Expired,
]


class PermitEntry(msgspec.Struct, frozen=True, gc=False):
    """What one actor recorded in one sitting on one permit: `first` is the number of the first act, `at` in UTC."""

    permit: int
    first: int
    by: str
    role: Role
    at: datetime
    acts: tuple[PermitAct, ...]


S = State
PERMIT_FLOW: dict[tuple[State, str], State] = {
    (S.NEW, "Applied"): S.APPLIED,
    (S.APPLIED, "Corrected"): S.APPLIED,
    (S.QUERIED, "Corrected"): S.APPLIED,
    (S.APPLIED, "Withdrawn"): S.WITHDRAWN,
    (S.QUERIED, "Withdrawn"): S.WITHDRAWN,
    (S.APPLIED, "Queried"): S.QUERIED,
    (S.QUERIED, "Answered"): S.APPLIED,
    (S.APPLIED, "Issued"): S.ISSUED,
    (S.APPLIED, "Refused"): S.REFUSED,
    (S.QUERIED, "Refused"): S.REFUSED,
    (S.ISSUED, "Amended"): S.ISSUED,
    (S.ISSUED, "Suspended"): S.SUSPENDED,
    (S.SUSPENDED, "Resumed"): S.ISSUED,
    (S.ISSUED, "Revoked"): S.REVOKED,
    (S.SUSPENDED, "Revoked"): S.REVOKED,
    (S.ISSUED, "Expired"): S.EXPIRED,
    (S.SUSPENDED, "Expired"): S.EXPIRED,
}

_APPLICANT = frozenset({Role.BROKER, Role.TRADER})
_AGENCY = frozenset({Role.AGENCY})
PERMIT_MAY: dict[str, frozenset[Role]] = {
    "Applied": _APPLICANT,
    "Corrected": _APPLICANT,
    "Withdrawn": _APPLICANT,
    "Queried": _AGENCY,
    "Answered": _APPLICANT,
    "Issued": _AGENCY,
    "Refused": _AGENCY,
    "Amended": _AGENCY,
    "Suspended": _AGENCY,
    "Resumed": _AGENCY,
    "Revoked": _AGENCY,
    "Expired": frozenset({Role.SYSTEM}),
}
DECIDED = (S.REFUSED, S.WITHDRAWN, S.REVOKED, S.EXPIRED)


class PermitNotPermitted(Exception):
    """The act may not be recorded on the permit now; the message says why."""

    def __init__(self, act: str, why: str) -> None:
        self.act, self.why = act, why
        super().__init__(f"{act} is not permitted: {why}")


def fold(permit: Permit | None, entry: PermitEntry) -> Permit:
    """The permit after `entry`; None stands for nothing applied for yet.

    Raises PermitNotPermitted when any act of the entry may not be recorded; then nothing of the entry counts.
    """
    recorded = permit.acts if permit else 0
    if not entry.acts or entry.first != recorded + 1:
        raise PermitNotPermitted("entry", f"act {recorded + 1} comes next, not {entry.first}")
    for act in entry.acts:
        permit = step(permit, act, entry.role, entry.permit)
    assert permit is not None
    return permit


def step(permit: Permit | None, act: PermitAct, role: Role, number: int) -> Permit:
    """The permit after one act by `role`; `number` is its id, used when it is applied for."""
    name = act.name
    state = permit.state if permit else S.NEW
    to = PERMIT_FLOW.get((state, name))
    if to is None:
        raise PermitNotPermitted(name, f"it is {state.value}")
    if role not in PERMIT_MAY[name]:
        raise PermitNotPermitted(name, f"{role.value} may not do this")
    if permit is None:
        assert isinstance(act, Applied)  # the only act of PERMIT_FLOW from NEW
        return Permit(number, act.application, acts=1)
    if why := _why_not(permit, act):
        raise PermitNotPermitted(name, why)
    effect = EFFECT.get(name)
    return replace(permit, state=to, acts=permit.acts + 1, **(effect(permit, act) if effect else {}))


def permitted(permit: Permit, role: Role) -> tuple[str, ...]:
    """Names of the acts that `role` may record now, in the order of `PERMIT_MAY`."""
    return tuple(n for n, roles in PERMIT_MAY.items() if role in roles and (permit.state, n) in PERMIT_FLOW)


def _why_not(permit: Permit, act: PermitAct) -> str:
    match act:
        case Refused(reason=why) | Suspended(reason=why) | Resumed(reason=why) | Revoked(reason=why):
            return "" if why.strip() else "this needs a reason"
        case Queried(text=text) | Answered(text=text):
            return "" if text.strip() else "this needs some words"
        case Corrected(application=new):
            was = permit.application
            kept = (new.agency, new.document, new.holder, new.filed_by) == (
                was.agency, was.document, was.holder, was.filed_by,
            )  # fmt: skip
            return "" if kept else "agency, document, holder and applicant stay what they were"
        case Issued(number=number, grant=grant):
            return "a permit has a number" if not number else _granted(permit, grant)
        case Amended(grant=grant, reason=why):
            return _granted(permit, grant) if why.strip() else "this needs a reason"
    return ""


def _granted(permit: Permit, grant: Grant) -> str:
    if grant.until <= grant.start:
        return "the permit would end before it begins"
    if not grant.commodities:
        return "a permit is for goods of some codes"
    if (grant.quantity is None) != (permit.application.quantity is None) or grant.unit != permit.application.unit:
        return "it is counted in another unit than was applied for"
    return "a permit is for more than nothing" if grant.quantity is not None and grant.quantity <= 0 else ""


def _answered(permit: Permit, act: Any) -> dict[str, Any]:
    *before, last = permit.questions
    return {"questions": (*before, replace(last, answer=act.text))}


def _corrected(permit: Permit, act: Any) -> dict[str, Any]:
    unanswered = (replace(q, answer=q.answer or "-") for q in permit.questions)
    return {"application": act.application, "questions": tuple(unanswered)}


def _because(permit: Permit, act: Any) -> dict[str, Any]:
    return {"why": act.reason}


EFFECT: dict[str, Callable[[Permit, Any], dict[str, Any]]] = {
    "Corrected": _corrected,
    "Queried": lambda p, a: {"questions": (*p.questions, Question(a.text))},
    "Answered": _answered,
    "Issued": lambda p, a: {"number": a.number, "grant": a.grant, "fee": a.fee, "why": ""},
    "Amended": lambda p, a: {"grant": a.grant, "why": a.reason},
    "Refused": _because,
    "Suspended": _because,
    "Resumed": _because,
    "Revoked": _because,
}

_acts = msgspec.json.Decoder(tuple[PermitAct, ...])
_state = msgspec.json.Decoder(Permit)
encode = msgspec.json.Encoder().encode
decode_acts = _acts.decode
decode = _state.decode
