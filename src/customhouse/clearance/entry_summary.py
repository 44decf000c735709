"""Entry summary declarations: lodged by the carrier before the goods come, answered at once, amended, and stopped by customs.

IE315 is answered by IE328 with its MRN, or by IE316 with every rule it breaks; IE313 about a known one of the same carrier
by IE304 or IE305; an officer may send IE351 (do not load). Union Customs Code, articles 127 to 130.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

import msgspec
from django.conf import settings
from django.db import transaction

from customhouse.clearance.context import context_now
from customhouse.gates import ens
from customhouse.gates.ens import answers
from customhouse.kernel.problem import Problem, Refusal
from customhouse.offices import longroom
from customhouse.record.declaration import Role
from customhouse.record.ens import (
    Accepted,
    CustomsIntervention,
    EntryState,
    EntrySummary,
    FunctionalError,
    Intervention,
    Rejected,
)
from customhouse.registry import entry_summary as register
from customhouse.registry import numbers
from customhouse.registry.entry_summary import EntrySummaryRow, Kind, Step

Result = Literal["new", "same", "rejected", "other", "unknown", "not_yours", "unreadable"]
STOPPERS = (Role.OFFICER, Role.SUPERVISOR)
DO_NOT_LOAD = "DNL"
"""Code of the intervention that forbids to load."""

CLOSED = FunctionalError("12", "/CC313A/HEAHEA[1]/DocNumHEA5[1]", "STOP")
"""An amendment after customs has said not to load."""

NAMES: dict[Kind, str] = {
    "lodged": "IE328",
    "rejected": "IE316",
    "amended": "IE304",
    "amendment_rejected": "IE305",
    "intervention": "IE351",
}
"""The message that tells each step."""


class Outcome(msgspec.Struct, frozen=True):
    """What became of a message: the row it is about, the step that answers it, and what was wrong with it.

    `new` taken, `same` sent before (the same answer), `rejected` answered with its errors, `other` the reference stands for
    other content, `unknown` no such MRN of this carrier, `not_yours` another's declaration, `unreadable` no such message.
    """

    result: Result
    row: EntrySummaryRow | None = None
    step: Step | None = None
    problems: tuple[Problem, ...] = ()


class NotPermitted(Exception):
    """An intervention that may not be made now; the message says why."""


def lodge(data: bytes, *, by: str, at: datetime | None = None) -> Outcome:
    """Take an IE315 or IE313 (bytes received) from the trader `by`, who must be its lodger or representative."""
    at = at or datetime.now(UTC)
    try:
        summary, problems = ens.examine(data, rules())
    except Refusal as refusal:
        return Outcome("unreadable", problems=refusal.problems)
    if by not in {trader.tin for trader in (summary.lodger, summary.representative) if trader}:
        named = summary.lodger.tin if summary.lodger else ""
        hint = "Use a token of the person lodging, or of the representative named"
        label = f"This account may lodge for {by} only"
        return Outcome("not_yours", problems=(Problem("NotYours", label, "PERLODSUMDEC/TINPLD1", hint, named[:40]),))
    digest = hashlib.sha256(data).hexdigest()
    take = _amend if summary.amends else _lodge
    return take(summary, problems, data, digest, by, at)


def _lodge(
    summary: EntrySummary, problems: tuple[Problem, ...], data: bytes, digest: str, by: str, at: datetime
) -> Outcome:
    if (before := register.standing(by, summary.lrn, digest)) is not None:
        return _again(before, digest, summary)
    number = numbers.entry_summary()
    if problems:
        rejected = Rejected(at, answers.functional_errors(problems))
        step = Step(1, "rejected", by, Role.CARRIER.value, at, digest, data, rejected)
        row = register.insert(number, "", EntryState.REJECTED, by, summary, step)
        return Outcome("rejected", row, step, problems)
    mrn = longroom.issue_entry_mrn(context_now(at).law.country, at.date(), number)
    step = Step(1, "lodged", by, Role.CARRIER.value, at, digest, data, Accepted(str(mrn), at))
    row = register.insert(number, str(mrn), EntryState.REGISTERED, by, summary, step)
    if row is None:  # somebody was faster with the same reference
        before = register.standing(by, summary.lrn, digest)
        return _again(before, digest, summary) if before else Outcome("other", problems=(_duplicate(summary, ""),))
    return Outcome("new", row, step)


def _again(before: EntrySummaryRow, digest: str, summary: EntrySummary) -> Outcome:
    first = register.steps(before.id)[0]
    if first.digest == digest:
        return Outcome("same", before, first)
    return Outcome("other", before, problems=(_duplicate(summary, before.mrn),))


def _duplicate(summary: EntrySummary, mrn: str) -> Problem:
    label = f"The reference stands for another entry summary declaration, {mrn}".rstrip(", ")
    hint = "Give every declaration its own reference; to change one that was taken, amend it (IE313)"
    return Problem("DuplicateLRN", label, "HEAHEA/RefNumHEA4", hint, summary.lrn[:40])


def _amend(
    summary: EntrySummary, problems: tuple[Problem, ...], data: bytes, digest: str, by: str, at: datetime
) -> Outcome:
    with transaction.atomic():
        try:
            row = register.get(summary.mrn.upper(), lock=True)
        except register.UnknownEntrySummary:
            return Outcome("unknown", problems=(_unknown(summary),))
        if row.carrier != by:
            return Outcome("unknown", problems=(_unknown(summary),))
        if same := next((s for s in register.steps(row.id) if s.digest == digest), None):
            return Outcome("same", row, same)
        number, role = row.steps + 1, Role.CARRIER.value
        if errors := (CLOSED,) if row.state is EntryState.STOPPED else answers.functional_errors(problems):
            step = Step(number, "amendment_rejected", by, role, at, digest, data, Rejected(at, errors))
            return Outcome("rejected", register.append(row, step, row.state), step, problems)
        step = Step(number, "amended", by, role, at, digest, data, Accepted(row.mrn, at))
        return Outcome("new", register.append(row, step, row.state, summary), step)


def _unknown(summary: EntrySummary) -> Problem:
    hint = "Check the MRN; you amend your own entry summary declarations only"
    return Problem(
        "UnknownMRN", "There is no entry summary declaration of this number", "HEAHEA/DocNumHEA5", hint, summary.mrn
    )


def intervene(key: str | int, text: str, *, by: str, role: Role, item: int | None = None) -> EntrySummaryRow:
    """Tell the carrier not to load the goods (IE351): of one item, or of the whole. Raises NotPermitted, UnknownEntrySummary."""
    if role not in STOPPERS:
        raise NotPermitted(f"{role.value} may not stop the loading")
    if not text.strip():
        raise NotPermitted("an intervention needs a reason")
    at = datetime.now(UTC)
    with transaction.atomic():
        row = register.get(key, lock=True)
        if row.state is EntryState.REJECTED:
            raise NotPermitted("the declaration was rejected")
        if item is not None and item not in {i.number for i in declared(row).items}:
            raise NotPermitted(f"the declaration has no item {item}")
        told = (CustomsIntervention(DO_NOT_LOAD, text.strip(), "EN", item),)
        decision = Intervention(row.mrn, at, row.lodged_at, told)
        step = Step(row.steps + 1, "intervention", by, role.value, at, "", b"", decision)
        return register.append(row, step, EntryState.STOPPED)


def declared(row: EntrySummaryRow, upto: int | None = None) -> EntrySummary:
    """The version that stands (before or with step `upto`): the last message that was taken, else the one rejected."""
    known = [s for s in register.steps(row.id) if upto is None or s.number <= upto]
    taken = [s for s in known if s.kind in ("lodged", "amended")] or known[:1]
    return ens.examine(taken[-1].source)[0]


def answer(row: EntrySummaryRow, step: Step) -> bytes:
    """The message that tells a step; always the same bytes, because it is written from what was received and decided."""
    about = ens.examine(step.source)[0] if step.source else declared(row, step.number)
    sender = answers.Sender(settings.ENS_SENDER, f"E{row.id}.{step.number}"[:14], step.at)
    return answers.write(step.decision, about, sender)


def rules() -> ens.RuleSet | None:
    """The rules of this house for entry summary declarations; None where it has none."""
    place: Path | None = settings.ENS_RULES
    return _rules(place, place.stat().st_mtime_ns) if place is not None else None


@lru_cache(maxsize=2)
def _rules(place: Path, _changed: int) -> ens.RuleSet:
    files = sorted(place.rglob("*.json")) if place.is_dir() else [place]
    return ens.RuleSet({file.name: file.read_bytes() for file in files})
