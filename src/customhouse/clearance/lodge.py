"""Lodge: a declaration is handed in, walked along the line, and stored once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec

from customhouse.clearance import representation, sight, waiting
from customhouse.clearance.context import context_now
from customhouse.clearance.doors import FORMATS, Received, receive, sniff
from customhouse.clearance.file import record
from customhouse.clearance.line import Context, walk
from customhouse.kernel.problem import Problem, Refusal, errors
from customhouse.offices import longroom
from customhouse.record.acts import Amended, Invalidated
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.flow import NotPermitted
from customhouse.record.lodgement import Lodgement
from customhouse.registry import authorisations, files, numbers, reader

CHANGE = "13"  # function code of a message about an earlier declaration
INVALIDATION = "INV"
PARTIAL = Problem(
    "PartialAmendment",
    "An amendment carries the whole declaration, not only what changes",
    "GoodsShipment/GovernmentAgencyGoodsItem",
    "Hand in the complete new version under the same MRN",
)
Kind = Literal["new", "same", "other", "refused", "unreadable"]

GATES: dict[str, Callable[[bytes], Lodgement]] = {name: format.read for name, format in FORMATS.items()}
"""Format -> how the one declaration of a file is read."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a lodgement.

    `new`: stored and walked. `same`: the same LRN and content was lodged before, here is that declaration. `other`: the
    LRN was used before for other content. `refused`: read and stored as refused, with its problems. `unreadable`: not
    even a declaration, nothing stored.
    """

    kind: Kind
    declaration: Declaration | None = None
    problems: tuple[Problem, ...] = ()


def lodge(data: bytes, *, by: str, format: str = "", at: datetime | None = None) -> Outcome:
    """Read the one declaration in `data` (`format` is found out from the bytes), walk the line and store the result."""
    format = format or sniff(data)
    try:
        found = receive(data, format)
    except Refusal as refusal:
        return Outcome("unreadable", None, refusal.problems)
    if len(found) != 1:
        return Outcome("unreadable", None, (several(len(found)),))
    return _lodge_received(found[0], by, format, lambda lodged: None, at)


def lodge_each(
    data: bytes,
    *,
    by: str,
    format: str = "",
    own: Callable[[Lodgement], Problem | None] = lambda lodged: None,
    at: datetime | None = None,
) -> tuple[tuple[str, Outcome], ...]:
    """Every declaration of a file, each with an outcome of its own: (its label in the file, outcome).

    `own` says what is wrong where the sender may not lodge this declaration. A file that cannot be read is one outcome.
    """
    format = format or sniff(data)
    try:
        found = receive(data, format)
    except Refusal as refusal:
        return (("", Outcome("unreadable", None, refusal.problems)),)
    return tuple((one.label, _lodge_received(one, by, format, own, at)) for one in found)


def _lodge_received(
    one: Received, by: str, format: str, own: Callable[[Lodgement], Problem | None], at: datetime | None
) -> Outcome:
    if one.lodged is None:
        return Outcome("unreadable", None, one.problems)
    if (foreign := own(one.lodged)) is not None:
        return Outcome("unreadable", None, (foreign,))
    outcome = lodge_read(one.lodged, one.data, by=by, format=format, at=at)
    return Outcome(outcome.kind, outcome.declaration, (*outcome.problems, *one.notes))


def lodge_read(lodged: Lodgement, data: bytes, *, by: str, format: str, at: datetime | None = None) -> Outcome:
    """The same for a declaration that has been read already; `data` are the bytes kept as evidence."""
    if lodged.function == CHANGE:
        return change(lodged, data, by=by, format=format)
    digest, context = hashlib.sha256(data).hexdigest(), context_now(at)
    unauthorised = unauthorised_for(lodged, context)
    if errors(unauthorised):
        return Outcome("unreadable", None, unauthorised)
    context = msgspec.structs.replace(context, history=sight.history(lodged, context.at))
    walked = walk(lodged, context, number=numbers.declaration(), by=by, format=format, digest=digest)
    if walked.entry is None:
        raise ValueError("a lodgement always leaves an entry")
    stored = files.insert(files.New(walked.declaration, walked.entry, data, digest))
    if stored.kind == "other":
        return Outcome("other", stored.declaration, (duplicate(lodged, stored.declaration),))
    if stored.kind == "same":
        return Outcome("same", stored.declaration, stored.declaration.problems)
    kind: Kind = "refused" if walked.declaration.stage is Stage.REFUSED else "new"
    return Outcome(kind, waiting.answer(walked.declaration), (*walked.problems, *unauthorised))


def unauthorised_for(lodged: Lodgement, context: Context, before: Lodgement | None = None) -> tuple[Problem, ...]:
    """A problem where a broker declares for a trader that has not authorised it.

    An amendment of `before` is asked only for what it adds: another trader, or a procedure that was not declared for it.
    """
    trader, procedures = representation.represented(lodged)
    if not trader:
        return ()
    if before is not None:
        known, had = representation.represented(before)
        if known == trader and set(procedures) <= set(had):
            return ()
    with reader.system():  # also an authorisation that the person lodging may not see
        covered = authorisations.covers(trader, lodged.declarant_id, context.at.date(), procedures)
    return (representation.problem(lodged, context.law, trader),) if covered is False else ()


def change(lodged: Lodgement, data: bytes, *, by: str, format: str) -> Outcome:
    """A message about a declaration lodged before: an invalidation, or an amendment that carries the whole declaration."""
    found = files.get(lodged.mrn.upper()) if lodged.mrn and files.knows(lodged.mrn) else None
    if found is None or found.lodged.declarant_id != (lodged.declarant_id or found.lodged.declarant_id):
        return Outcome("unreadable", None, (unknown_mrn(lodged.mrn),))
    try:
        if lodged.type == INVALIDATION:
            reason = next((i.text for i in lodged.information if i.text), "") or "invalidation requested"
            after = record(found.id, (Invalidated(reason[:400]),), by=by, role=Role.BROKER)
        elif not lodged.items:
            return Outcome("unreadable", None, (PARTIAL,))
        else:
            now = context_now()
            wrong = errors((*longroom.check(lodged, now.law), *unauthorised_for(lodged, now, found.lodged)))
            if wrong:
                return Outcome("refused", found, wrong)
            act = Amended(lodged, format, hashlib.sha256(data).hexdigest(), "amendment lodged")
            after = record(found.id, (act,), by=by, role=Role.BROKER, source=data)
    except NotPermitted as fault:
        return Outcome("other", found, (Problem("NotPermitted", str(fault), "FunctionCode", "Ask the customs office"),))
    return Outcome("new", after)


def several(count: int) -> Problem:
    """The problem of a file with several declarations where one is wanted."""
    hint = "Hand in one declaration here, or the whole file where several are taken"
    return Problem("SeveralDeclarations", f"The file holds {count} declarations", "", hint)


def unknown_mrn(mrn: str) -> Problem:
    return Problem(
        "UnknownMRN",
        "There is no declaration of this number here",
        "ID",
        "Check the MRN; an amendment or a cancellation names the declaration it is about",
        mrn[:40],
    )


def duplicate(lodged: Lodgement, standing: Declaration) -> Problem:
    """The problem of an LRN that this declarant has used before for other content."""
    where = standing.mrn or f"declaration {standing.id}"
    return Problem(
        "DuplicateLRN",
        f"This declarant has used the reference before, for {where}",
        "FunctionalReferenceID",
        "Give every declaration its own reference; to change one that was accepted, amend it",
        lodged.lrn,
    )
