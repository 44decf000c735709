"""How a person's act reaches a file: locked, recorded, and the line walked on in the same transaction.

The one place where clearance meets the clock, the law in force and the register; the step modules stay small.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from customhouse.clearance import permit_use
from customhouse.clearance.context import context_now, context_of, law_of
from customhouse.clearance.line import Context, proceed
from customhouse.offices import quota
from customhouse.record.acts import Act, Entry
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import fold
from customhouse.registry import balance, booking, cargo_claims, files, reader


def record(
    key: str | int, acts: Sequence[Act], *, by: str, role: Role, at: datetime | None = None, source: bytes = b""
) -> Declaration:
    """Record `acts` by a person on the declaration `key` (MRN or id), then walk the line on.

    The law is that of the declaration's acceptance day under the Book in force now. Raises `record.flow.NotPermitted`
    when an act may not be recorded, and `registry.files.UnknownDeclaration` when there is no such declaration.
    """
    now = context_now(at)
    with files.opened(key) as file:
        law = law_of(file.declaration, now)
        first = file.declaration.acts + 1
        entry = Entry(file.declaration.id, first, by, role, now.at, law.date, law.book_hash, tuple(acts))
        before = file.declaration
        file.record(entry, source)
        with reader.system():
            if before.quotas and not file.declaration.quotas:
                _return_quotas(before, now.at)
            if before.permits and not file.declaration.permits:
                permit_use.give_back(before, file.declaration, law, now.at)
            if before.cargo and not file.declaration.cargo:
                cargo_claims.give_back(before, now.at)
            context = context_of(file.declaration, now)
            walked = proceed(file.declaration, context)
            recorded = [entry]
            if walked.entry is not None:
                file.record(walked.entry)
                recorded.append(walked.entry)
            answered = permit_use.answer(file, context)
            if booking.moves_money(recorded) or answered.acts > walked.declaration.acts:
                booking.book(answered.id)
        return answered


def ahead(
    d: Declaration, acts: Sequence[Act], *, by: str, role: Role, now: Context
) -> tuple[Declaration, tuple[Entry, ...]]:
    """What `record` would write of acts on a declaration that is stored nowhere yet, and so holds nothing of any register: (the
    declaration after them, the entries). What only registers can answer the worker answers. Raises NotPermitted."""
    law = law_of(d, now)
    entry = Entry(d.id, d.acts + 1, by, role, now.at, law.date, law.book_hash, tuple(acts))
    after = fold(d, entry)
    walked = proceed(after, context_of(after, now))
    return walked.declaration, (entry, walked.entry) if walked.entry is not None else (entry,)


def _return_quotas(before: Declaration, at: datetime) -> None:
    """Give back to the quotas what a version of a declaration had drawn and holds no longer."""
    keys = sorted({quota.key(one.order, one.period) for one in before.quotas})
    balance.locked(HoldKind.QUOTA.value, keys)  # all in the one order, so that nobody waits in a ring
    for one in before.quotas:
        drawn = quota.reference(before, one.item)
        balance.give_back(HoldKind.QUOTA.value, quota.key(one.order, one.period), drawn, at=at)
