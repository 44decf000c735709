"""Attach: papers are handed in beside a declaration, with it or later, and an act tells their digests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from customhouse.clearance.file import record
from customhouse.gates.papers import Offered
from customhouse.record.acts import Act, Answered, Attached
from customhouse.record.declaration import Declaration, Role
from customhouse.record.paper import Paper
from customhouse.registry import blobs, files, papers


def attach(key: str | int, offered: Sequence[Offered], *, by: str, role: Role) -> Declaration:
    """Attach papers; those that the declaration has already are left as they are.

    Raises `record.flow.NotPermitted` where the flow does not allow it; then nothing is stored.
    """
    d = files.get(key)
    return _stored(d, _new(d, offered), (), by, role)


def attach_kept(key: str | int, kept: Sequence[Paper], *, by: str, role: Role) -> Declaration:
    """The same for papers whose bytes are kept already, beside a draft."""
    d = files.get(key)
    with papers.together():
        fresh = [p for p in kept if p.digest not in {held.digest for held in d.papers}]
        if not fresh:
            return d
        after = record(d.id, (Attached(tuple(fresh)),), by=by, role=role)
        papers.note(d, fresh, by, role, datetime.now(UTC))
    return after


def answer(
    key: str | int, number: int, text: str, offered: Sequence[Offered], *, by: str, role: Role, documents: Sequence[str]
) -> Declaration:
    """Answer a query with papers: they are attached and named in the answer, in one entry."""
    d = files.get(key)
    fresh = _new(d, offered)
    named = (*documents, *(o.paper.reference for o in offered))
    return _stored(d, fresh, (Answered(number, text, named),), by, role)


def _new(d: Declaration, offered: Sequence[Offered]) -> dict[str, Offered]:
    """Those that the declaration has not, each once, by digest."""
    had = {p.digest for p in d.papers}
    return {o.paper.digest: o for o in offered if o.paper.digest not in had}


def _stored(d: Declaration, fresh: dict[str, Offered], acts: tuple[Act, ...], by: str, role: Role) -> Declaration:
    attached = tuple(o.paper for o in fresh.values())
    acts = (*((Attached(attached),) if attached else ()), *acts)
    if not acts:
        return d
    with papers.together():
        for one in fresh.values():
            blobs.put(one.data)
        after = record(d.id, acts, by=by, role=role)
        papers.note(d, attached, by, role, datetime.now(UTC))
    return after
