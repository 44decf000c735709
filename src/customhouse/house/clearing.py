"""The worker's part in consolidations handed in over HTTP: one after another is cleared, and goes on where it stood after any stop.

One whose work stops again and again rests ever longer between two tries, so that no other waits behind it.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, transaction

from customhouse.clearance import event, upload
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.kernel.problem import Problem, Refusal
from customhouse.registry import parcels, turn, uploads, webhooks
from customhouse.registry.uploads import Upload

log = logging.getLogger("customhouse.worker")
EVERY = 1.0
"""Seconds between two words on how far a consolidation is."""
ENDED = "The process that was at it ended"
MORE = 1000
"""What is answered after a consolidation: more may wait (`house.commands.serve.MUCH`)."""


def clear_next() -> int:
    """Clear the consolidation that waits longest. Only one worker does; a database or disk that is away or full is raised, and the same
    is tried again after a pause, others first."""
    with turn.alone("consolidations handed in") as mine:
        one = _next() if mine else None
        if one is None or not uploads.begin(one.id):
            return 0
        try:
            problems = _clear(one)
        except (OperationalError, InterfaceError, OSError) as fault:
            with suppress(DatabaseError):  # where the database is away, the next who has the turn writes it down
                uploads.put_off(one.id, str(fault) or type(fault).__name__)
            raise
        except Exception as fault:
            log.exception("consolidation %s of %s cannot be cleared", one.of.reference, one.of.declarant)
            label = f"The work on it stopped: {str(fault)[:200]}"
            problems = (
                Problem("Stopped", label, "", "Customs has been told. Whole chunks are stored; send it again later"),
            )
        if problems:
            uploads.fail(one.id, problems)
        upload.path(one.id).unlink(missing_ok=True)
        return MORE


def _next() -> Upload | None:
    """What is cleared next: the longest waiting of a declarant for whom nobody is clearing beside (`parcels.in_turn`)."""
    if uploads.put_off_begun(ENDED):
        log.warning("a consolidation was begun by a process that ended")
    busy: list[str] = []
    while (one := uploads.next_waiting(busy)) is not None and parcels.busy(one.of.declarant):
        busy.append(one.of.declarant)
    return one


def _clear(one: Upload) -> tuple[Problem, ...]:
    """Clear it; the problems for which it is not taken."""
    try:
        from customhouse.house import consolidation
    except ImportError as fault:
        return (Problem("NoParcels", f"This house clears no parcels: {fault}", "", "It needs the extra `parcels`"),)
    path = upload.path(one.id)
    if not path.exists() or path.stat().st_size != one.length:
        return (Problem("FileLost", "The file is not here any more", "", "Send it again"),)
    if one.digest and (found := consolidation.digest(path).hex()) != one.digest:
        hint = "A byte was changed on the way, or before. Send the file again; nothing of it is stored"
        return (Problem("OtherDigest", f"The file has the SHA-256 {found}, not the promised one", "sha256", hint),)
    try:
        done = consolidation.clear(path, one.of, by=one.by, progress=_teller(one))
    except Refusal as refusal:
        return refusal.problems
    except ParcelProblem as fault:  # what it was begun under is customs' own affair
        log.error("consolidation %s of %s cannot go on: %s", one.of.reference, one.of.declarant, fault)
        label = "Something that it was begun under cannot be opened now"
        return (Problem("Stopped", label, "", "Customs has been told. Whole chunks are stored; send it again later"),)
    with transaction.atomic():
        uploads.finish(one.id, done.number)
        tell(one, done.number, done.counts)
    return ()


class _teller:
    """Says how far a consolidation is, once in a while and at its end."""

    def __init__(self, one: Upload) -> None:
        self.id, self.last = one.id, 0.0

    def __call__(self, done: int, rows: int) -> None:
        now = time.monotonic()
        if now - self.last >= EVERY or done >= rows:
            self.last = now
            uploads.progress(self.id, done, rows)


class Consolidated(msgspec.Struct, frozen=True):
    """The consolidation an event is about: its number, reference, and how many parcels got which verdict."""

    id: int
    reference: str
    upload: str
    verdicts: dict[str, int]


class ConsolidationCleared(msgspec.Struct, frozen=True):
    """The event `consolidation.cleared`, in the shape of all events."""

    id: str
    type: str
    timestamp: datetime
    data: Consolidated


def tell(one: Upload, number: int, counts: dict[str, int]) -> None:
    """Tell the declarant's software, in the caller's transaction."""
    name = f"consolidation/{number}/{one.id}"
    told = ConsolidationCleared(
        name, event.CLEARED, datetime.now(UTC), Consolidated(number, one.of.reference, one.id, counts)
    )
    webhooks.tell(one.of.declarant, event.CLEARED, one.of.reference, name, msgspec.json.encode(told))
