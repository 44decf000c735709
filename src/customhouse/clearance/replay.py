"""Replay: a declaration judged again by the same steps of the line, under the law it was judged under or under any other.

Pure; nothing is stored. Under an unchanged Book the result is what was recorded, byte for byte. Quotas are not asked again:
what they granted stands in the declaration. A quota that a law does not have has granted nothing under that law, and one
that was never asked leaves the declaration waiting for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from customhouse.clearance.line import LINE, Context
from customhouse.law.book import Book, Law
from customhouse.record import codec
from customhouse.record.assessment import QuotaAllocation
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.flow import FLOW, step

# The steps from acceptance to assessment, and the act that each of them records when it is through.
ORDER = [stage for stage, _ in LINE]
STEPS = LINE[ORDER.index(Stage.ACCEPTED) : ORDER.index(Stage.ASSESSED)]
ASSESSING = STEPS[-1][0]
TAKEN = {
    act: stage
    for (stage, act), to in FLOW.items()
    if stage in dict(STEPS) and to in ORDER and ORDER.index(to) > ORDER.index(stage)
}
SECTIONS = ("verified", "classified", "valued", "origin", "assessed")

LawOf = Callable[[Stage], Law | None]


class Judged(msgspec.Struct, frozen=True):
    """A declaration as it stands, and for each step taken on its present version the Book (hash) and the day applied."""

    declaration: Declaration
    under: dict[Stage, tuple[str, date]]

    @property
    def book(self) -> str:
        """The Book that the assessment was made under; empty when there is none."""
        return self.under.get(ASSESSING, ("", None))[0]


def judged(declaration: Declaration, taken: Iterable[tuple[str, str, date]]) -> Judged:
    """How a declaration was judged; `taken` are all its acts: name, Book (hash), day."""
    under: dict[Stage, tuple[str, date]] = {}
    for act, book, day in taken:
        if act == "Amended":
            under = {}
        elif (stage := TAKEN.get(act)) is not None:
            under[stage] = (book, day)
    return Judged(declaration, under)


def again(d: Declaration, law_of: LawOf) -> Declaration:
    """The declaration judged anew from acceptance to assessment, each step under the law that `law_of` gives for it.

    It stops where there is no law for a step, or where the law lacks something (a rate of exchange), with the hold that
    says so. Raises ValueError for a declaration that was never accepted.
    """
    if d.acceptance is None:
        raise ValueError("a declaration that was not accepted was never judged")
    fresh = replace(
        d, stage=Stage.ACCEPTED, holds=(), selection=None,
        verified=None, classified=None, valued=None, origin=None, assessed=None,
    )  # fmt: skip
    for stage, take in STEPS:
        if fresh.stage is not stage:
            continue
        law = law_of(stage)
        if law is None:
            break
        if stage is ASSESSING and d.quotas:
            fresh = replace(fresh, quotas=tuple(_granted(q, law) for q in d.quotas))
        context = Context(law, datetime.combine(law.date, time(), UTC), b"")
        for act in take(fresh, context):
            fresh = step(fresh, act, Role.SYSTEM, context.at, d.id)
    return fresh


def _granted(quota: QuotaAllocation, law: Law) -> QuotaAllocation:
    return quota if law.quota(quota.order) is not None else replace(quota, granted=Decimal(0))


def as_recorded(past: Judged, book_of: Callable[[str], Book]) -> LawOf:
    """The law that each step was taken under; `book_of` gives the Book of a hash."""

    def law_of(stage: Stage) -> Law | None:
        book, day = past.under.get(stage, ("", None))
        return book_of(book).on(day) if day is not None else None

    return law_of


def differences(was: Declaration, becomes: Declaration) -> tuple[str, ...]:
    """Which sections of the judgement are not the same to the last byte of their explanation."""
    return tuple(name for name in SECTIONS if codec.encode(getattr(was, name)) != codec.encode(getattr(becomes, name)))
