"""Replay: a declaration judged again by the same steps of the line, under the law it was judged under or under any other.

Pure; nothing is stored. Under an unchanged Book the result is what was recorded, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time

import msgspec
from msgspec.structs import replace

from customhouse.clearance.line import LINE, Context
from customhouse.law.book import Book, Law
from customhouse.record import codec
from customhouse.record.acts import Amended, Entry
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.flow import FLOW, fold, step

# The steps from acceptance to assessment, and the act that each of them records when it is through.
STEPS = LINE[: next(n for n, (stage, _) in enumerate(LINE) if stage is Stage.ASSESSED)]
ORDER = [stage for stage, _ in LINE]
TAKEN = {
    act: stage
    for (stage, act), to in FLOW.items()
    if stage in dict(STEPS) and to in ORDER and ORDER.index(to) > ORDER.index(stage)
}
SECTIONS = ("verified", "classified", "valued", "assessed")

LawOf = Callable[[Stage], Law | None]


class Judged(msgspec.Struct, frozen=True):
    """A declaration as it stands, and for each step taken on its present version the Book (hash) and the day applied."""

    declaration: Declaration
    under: dict[Stage, tuple[str, date]]

    @property
    def book(self) -> str:
        """The Book that the assessment was made under; empty when there is none."""
        return self.under[Stage.VALUED][0] if Stage.VALUED in self.under else ""


def judged(entries: Sequence[Entry]) -> Judged:
    """The declaration that these entries, all of it, tell of."""
    declaration: Declaration | None = None
    under: dict[Stage, tuple[str, date]] = {}
    for entry in entries:
        declaration = fold(declaration, entry)
        for act in entry.acts:
            if isinstance(act, Amended):
                under = {}
            elif (stage := TAKEN.get(act.name)) is not None:
                under[stage] = (entry.book, entry.on)
    if declaration is None:
        raise ValueError("a declaration has at least one entry")
    return Judged(declaration, under)


def again(d: Declaration, law_of: LawOf) -> Declaration:
    """The declaration judged anew from acceptance to assessment, each step under the law that `law_of` gives for it.

    It stops where there is no law for a step, or where the law lacks something (a rate of exchange), with the hold that
    says so. Raises ValueError for a declaration that was never accepted.
    """
    if d.acceptance is None:
        raise ValueError("a declaration that was not accepted was never judged")
    fresh = replace(
        d, stage=Stage.ACCEPTED, holds=(), verified=None, classified=None, valued=None, assessed=None, selection=None
    )
    for stage, take in STEPS:
        if fresh.stage is not stage:
            continue
        law = law_of(stage)
        if law is None:
            break
        context = Context(law, datetime.combine(law.date, time(), UTC), b"")
        for act in take(fresh, context):
            fresh = step(fresh, act, Role.SYSTEM, context.at, d.id)
    return fresh


def as_recorded(past: Judged, book_of: Callable[[str], Book]) -> LawOf:
    """The law that each step was taken under; `book_of` gives the Book of a hash."""

    def law_of(stage: Stage) -> Law | None:
        book, day = past.under.get(stage, ("", None))
        return book_of(book).on(day) if day is not None else None

    return law_of


def differences(was: Declaration, becomes: Declaration) -> tuple[str, ...]:
    """Which sections of the judgement are not the same to the last byte of their explanation."""
    return tuple(name for name in SECTIONS if codec.encode(getattr(was, name)) != codec.encode(getattr(becomes, name)))
