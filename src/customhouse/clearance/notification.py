"""Notifications: what customs tells the declarant, derived from what was recorded.

A pure function of the entries of a declaration, and one table from act to answer: nothing is stored twice, nothing can be
forgotten, and what was told can be told again years later. The kinds and their function codes are those of the WCO
Response as the European and British systems issue it (DMS: Declaration Management System).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from customhouse.clearance import notification_parts as parts
from customhouse.record import acts as a
from customhouse.record.acts import Act, Entry
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import step
from customhouse.record.response import Answered, Error, Response, Statement, Status

NAMES = {
    "01": "DMSACC",
    "02": "DMSRCV",
    "03": "DMSREJ",
    "05": "DMSCTL",
    "06": "DMSDOC",
    "07": "DMSRES",
    "08": "DMSROG",
    "09": "DMSCLE",
    "10": "DMSINV",
    "11": "DMSREQ",
    "13": "DMSTAX",
    "14": "DMSCPI",
    "16": "DMSEOG",
    "51": "DMSQRY",
}
"""Name of each function code: accepted, received, rejected, control, documents, result, release of goods, cleared, invalidated,
request decided, taxes, payment insufficient, goods have exited, query."""

PROVISIONAL, FINAL, SECURED = "67", "4", "115"
"""Statuses of taxes: not fixed yet, fixed and paid or secured, left open against a security."""

GRANTED, RELEASED, CLEARED, LEFT = "39", "A1", "A2", "A1"
CONTROL = (HoldKind.INSPECTION, HoldKind.AGENCY)
PAPERS = (HoldKind.DOCUMENTS, HoldKind.VALUE)
DECISION, QUESTION, PAPER, EXIT, RESULT = "AFB", "ACB", "ACA", "CEX", "AES"
"""What a statement is about (UN/EDIFACT 4451)."""


class Notification(msgspec.Struct, frozen=True, gc=False):
    """One answer to a declaration: its number among them, the act it follows from, its code and name, when, and itself."""

    number: int
    act: int
    code: str
    name: str
    at: datetime
    response: Response


Said = tuple[Response, ...]
Tell = Callable[[Any, Declaration, "Sitting"], Said]


class Sitting(msgspec.Struct, frozen=True, gc=False):
    """Around an act: who recorded it, when, and the declaration before it (None before lodgement)."""

    role: Role
    at: datetime
    before: Declaration | None


def notifications(entries: Iterable[Entry]) -> tuple[Notification, ...]:
    """All answers to a declaration, in the order of its acts; `entries` are all its entries in their order."""
    told: list[Notification] = []
    d: Declaration | None = None
    for entry in entries:
        for number, act in enumerate(entry.acts, entry.first):
            sitting = Sitting(entry.role, entry.at, d)
            d = step(d, act, entry.role, entry.at, entry.declaration)
            for said in TABLE[act.name](act, d, sitting):
                told.append(_numbered(said, len(told) + 1, number, d, entry.at))
    return tuple(told)


def _numbered(said: Response, number: int, act: int, d: Declaration, at: datetime) -> Notification:
    reference = f"{d.mrn or d.id}-{number:03d}"
    response = replace(said, reference=reference, issued=parts.stamp(at))
    return Notification(number, act, said.function, NAMES[said.function], at, response)


# --- one function per kind of act: (act, the declaration after it, what was around it) -> answers -----------------------


def _about(d: Declaration, **more: Any) -> Answered:
    return Answered(**{"lrn": d.lodged.lrn, "mrn": d.mrn, "version": str(d.version), **more})


def _nothing(act: Act, d: Declaration, s: Sitting) -> Said:
    return ()


def _registered(act: a.Registered, d: Declaration, s: Sitting) -> Said:
    return (Response("02", declaration=_about(d)),)


def _presented(act: a.Presented, d: Declaration, s: Sitting) -> Said:
    """An arrival that a carrier announces is acknowledged; one that customs or the port records is followed by acceptance
    at once."""
    if s.role is not Role.CARRIER:
        return ()
    said = ", ".join(x for x in (act.document, act.place) if x)
    information = (Statement(code=parts.code(act.office), text=parts.words(said), type=DECISION),)
    return (Response("02", information=information, declaration=_about(d, version="")),)


def _accepted(act: a.Accepted, d: Declaration, s: Sitting) -> Said:
    return (Response("01", declaration=_about(d, accepted=parts.stamp(s.at))),)


def _refused(act: a.Refused, d: Declaration, s: Sitting) -> Said:
    errors = tuple(parts.fault(problem) for problem in act.problems)
    return (Response("03", errors=errors, declaration=_about(d, rejected=parts.stamp(s.at))),)


def _taxes(assessment: Any, d: Declaration, status: str) -> Said:
    """The taxes of each item and their totals; nothing where the law charges none on these goods."""
    if not assessment or not assessment.duties:
        return ()
    about = _about(d, totals=parts.totals(assessment), items=parts.items(assessment))
    return (Response("13", statuses=(Status(code=status),), declaration=about),)


def _held(act: a.Held, d: Declaration, s: Sitting) -> Said:
    hold = act.hold
    limit = parts.day(hold.deadline) if hold.deadline else None
    if hold.kind in CONTROL or hold.kind in PAPERS:
        function, kind = ("05", DECISION) if hold.kind in CONTROL else ("06", PAPER)
        known = parts.code(hold.ref if hold.kind is HoldKind.DOCUMENTS and hold.ref != "lane" else "")
        told = tuple(Statement(known, parts.words(r.text), limit, kind) for r in hold.reasons)
        return (Response(function, information=told, declaration=_about(d)),)
    if hold.kind is HoldKind.PAYMENT and hold.ref:
        return (Response("14", declaration=_about(d, totals=parts.insufficient(hold.ref, d))),)
    return ()


def _queried(act: a.Queried, d: Declaration, s: Sitting) -> Said:
    limit = parts.day(act.deadline) if act.deadline else None
    asked = Statement(str(len(d.queries)), parts.words(act.text), limit, QUESTION)
    return (Response("51", information=(asked,), declaration=_about(d)),)


def _amended(act: a.Amended, d: Declaration, s: Sitting) -> Said:
    """The request has been received, and granted; both name the reference of the message that asked."""
    return _granted(_about(d, lrn=act.lodgement.lrn or d.lodged.lrn, version=str(d.version - 1)), act.reason)


def _granted(about: Answered, reason: str) -> Said:
    told = (Statement(text=parts.words(reason), type=DECISION),) if reason.strip() else ()
    return (
        Response("02", declaration=about),
        Response("11", information=told, statuses=(Status(code=GRANTED),), declaration=about),
    )


def _examined(act: a.Examined, d: Declaration, s: Sitting) -> Said:
    """An examination is told where it found something; one that found nothing is followed by the release."""
    found = act.examination
    if found.conclusion != "discrepancy":
        return ()
    told = [Statement(text=parts.words(found.text), type=RESULT)] if found.text.strip() else []
    errors = tuple(Error(parts.words(x.what), pointers=parts.item_pointers(x.item, d)) for x in found.discrepancies)
    return (Response("07", information=tuple(told), errors=errors, declaration=_about(d)),)


def _released(act: a.Released, d: Declaration, s: Sitting) -> Said:
    """Final taxes, what was changed since lodgement, and that the goods are free: cleared, or released with taxes open."""
    is_open = d.assessed is not None and any(x.treatment == "deposited" for x in d.assessed.duties)
    final = _taxes(d.assessed, d, SECURED if is_open else FINAL)
    function, code = ("08", RELEASED) if is_open else ("09", CLEARED)
    free = Response(function, information=(Statement(code=code, type=DECISION),), declaration=_about(d))
    return (*final, *_result(d), free)


def _result(d: Declaration) -> Said:
    """What did not come with the first lodgement: the place stated at presentation, amendments that were granted."""
    changes = parts.changes(d)
    if not changes:
        return ()
    return (Response("07", amendments=changes, declaration=_about(d), changed=parts.changed(d)),)


def _exited(act: a.Exited, d: Declaration, s: Sitting) -> Said:
    where = Statement(text=parts.words(act.office), type=EXIT)
    left = Status(effective=parts.day(act.day), code=LEFT)
    return (Response("16", information=(where,), statuses=(left,), declaration=_about(d)),)


def _invalidated(act: a.Invalidated, d: Declaration, s: Sitting) -> Said:
    """A declaration that was never accepted is rejected, not invalidated; a trader's own request is granted first."""
    asked = _granted(_about(d), act.reason) if s.role in (Role.BROKER, Role.TRADER) else ()
    why = (Statement(text=parts.words(act.reason), type=DECISION),)
    if d.acceptance is None:
        return (*asked, Response("03", information=why, declaration=_about(d, rejected=parts.stamp(s.at))))
    return (*asked, Response("10", information=why, declaration=_about(d, cancelled=parts.stamp(s.at))))


TABLE: dict[str, Tell] = {
    "Lodged": _nothing,  # the answer is whether it is accepted, registered or refused
    "Registered": _registered,
    "Estimated": lambda act, d, s: _taxes(act.assessment, d, PROVISIONAL),
    "Presented": _presented,
    "Accepted": _accepted,
    "Refused": _refused,
    "Verified": _nothing,
    "Classified": _nothing,
    "Valued": _nothing,
    "OriginDetermined": _nothing,
    "QuotaAllocated": _nothing,
    "Assessed": lambda act, d, s: _taxes(act.assessment, d, PROVISIONAL),
    "PermitsChecked": _nothing,  # a permit that does not do leaves a hold of its agency
    "PartiesScreened": _nothing,  # whoever is looked for is not warned
    "AlarmDecided": _nothing,
    "CargoMatched": _nothing,
    "LaneAssigned": _nothing,  # what a lane asks for is a hold, and told as one
    "LaneChanged": _nothing,
    "Targeted": _nothing,
    "Held": _held,
    "Lifted": _nothing,
    "Queried": _queried,
    "Answered": _nothing,
    "Attached": _nothing,
    "Amended": _amended,
    "Examined": _examined,
    "AgencyExamined": _nothing,  # its agency lifts its hold, or keeps it
    "JointInspectionCalled": _nothing,
    "JointInspectionFixed": _nothing,
    "Due": _nothing,  # the amount stands in the taxes
    "Paid": _nothing,  # the receipt is the treasury's; final taxes follow with the release
    "Reversed": _nothing,
    "Charged": _nothing,  # as for a payment
    "Released": _released,
    "Recalled": _nothing,  # the hold that comes with it tells it
    "Ruled": _nothing,  # what follows from it is told by the acts beside it, a refusal by the one before
    "Discharged": _nothing,
    "Exited": _exited,
    "Invalidated": _invalidated,
}
"""What is told about each act; every act has its line."""
