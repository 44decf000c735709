"""Cargo: what carriers report is registered, degrouped, arrives, and meets the declarations that ask for it.

Declarations and reports may come in either order. A declaration is met in a transaction of its own: its goods are written
off the transport documents it names, what was found is recorded on it, and the line is walked on.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from django.db import InterfaceError, OperationalError

from customhouse.clearance import representation
from customhouse.clearance.context import context_now, context_of, law_of
from customhouse.clearance.line import proceed
from customhouse.clearance.present import present
from customhouse.kernel.mrn import MRN
from customhouse.kernel.problem import Problem, errors
from customhouse.law.book import Law
from customhouse.offices import manifest as office
from customhouse.record.acts import Act, CargoMatched, Entry
from customhouse.record.cargo import (
    Accounted,
    Amended,
    Arrived,
    Cancelled,
    CargoAct,
    CargoNotPermitted,
    CargoReport,
    Degrouped,
    DiscrepancyFound,
    Reported,
    step,
)
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.manifest import Degroupage, Manifest
from customhouse.registry import cargo_claims, files, lawbook, manifests, numbers, reader, turn

log = logging.getLogger(__name__)
LEFT = timedelta(seconds=30)  # after so long nobody is at it any more
Kind = Literal["new", "same", "other", "refused", "unreadable"]


class CargoOutcome(msgspec.Struct, frozen=True):
    """What became of a cargo report or a degroupage, as `clearance.lodge.Outcome` says it of declarations.

    Nothing is stored of one that is `refused` or `unreadable`; `problems` says why, or warns.
    """

    kind: Kind
    report: CargoReport | None = None
    problems: tuple[Problem, ...] = ()


def law_now(at: datetime) -> Law:
    return lawbook.current(at.date()).on(at.date())


def issue_number(country: str, at: datetime, number: int) -> str:
    """The registration number of a cargo report: an MRN whose body says so (M and twelve digits)."""
    return str(MRN.build(at.year, country, f"M{number:012d}"))


def try_out(told: Manifest, law: Law, at: datetime) -> CargoOutcome:
    """What would be decided of a report, with nothing stored."""
    problems = office.check(told, law)
    if errors(problems):
        return CargoOutcome("refused", None, problems)
    act = Reported(told, "", "")
    return CargoOutcome("new", step(None, act, Role.SYSTEM, 0, issue_number(law.country, at, 0)), problems)


@reader.as_house
def report(
    told: Manifest, data: bytes, *, by: str, role: Role, submitter: str, format: str, at: datetime | None = None
) -> CargoOutcome:
    """Check a cargo report, register it, and meet the declarations that wait for its goods.

    `data` are the bytes received, `submitter` the trader who hands it in, for itself or for the carrier.
    """
    at = at or datetime.now(UTC)
    law = law_now(at)
    problems = (*office.check(told, law), *representation.of_cargo(told, submitter, law, at.date()))
    if errors(problems):
        return CargoOutcome("refused", None, problems)
    number = numbers.manifest()
    act = Reported(told, format, hashlib.sha256(data).hexdigest())
    new = step(None, act, role, number, issue_number(law.country, at, number))
    try:
        stored = manifests.insert(new, act, by=by, role=role, submitter=submitter, at=at, source=data)
    except manifests.DocumentInUse as fault:
        return CargoOutcome("refused", None, (*problems, *in_use(fault)))
    if stored.kind == "other":
        return CargoOutcome("other", stored.report, (duplicate(told, stored.report),))
    if stored.kind == "new":
        meet(stored.report)
    return CargoOutcome(stored.kind, stored.report, problems)


@reader.as_house
def amend(
    number: str, told: Manifest, data: bytes, *, by: str, role: Role, format: str, reason: str = ""
) -> CargoOutcome:
    """Put another version of the whole report in its place. Houses that forwarders told stay under their masters."""
    at = datetime.now(UTC)
    with manifests.opened(number) as file:
        whole = office.merged(file.report, told)
        problems = office.check(whole, law_now(at))
        if errors(problems):
            return CargoOutcome("refused", file.report, problems)
        act = Amended(whole, format, hashlib.sha256(data).hexdigest(), reason)
        outcome = _recorded(file, (act,), problems, by=by, role=role, at=at, source=data)
    return _met(outcome)


@reader.as_house
def degroup(told: Degroupage, data: bytes, *, by: str, role: Role, forwarder: str, format: str) -> CargoOutcome:
    """The houses of a master, told by its forwarder; checked against the master, each other and the rest of the report."""
    at = datetime.now(UTC)
    with manifests.opened(told.manifest) as file:
        if (said := _said_before(file.report, told)) is not None:
            return CargoOutcome("same" if said else "other", file.report, () if said else (twice(told),))
        problems = office.check_degroupage(file.report, told, law_now(at))
        if errors(problems):
            return CargoOutcome("refused", file.report, problems)
        digest = hashlib.sha256(data).hexdigest()
        act = Degrouped(told.master, told.houses, forwarder, told.reference, format, digest)
        outcome = _recorded(file, (act,), problems, by=by, role=role, at=at, source=data)
    return _met(outcome)


def _said_before(standing: CargoReport, told: Degroupage) -> bool | None:
    """Whether the same houses were told before (True), others (False), or none (None)."""
    houses = standing.manifest.houses(told.master)
    return None if not houses else houses == told.houses


def _recorded(
    file: manifests.OpenReport,
    acts: Sequence[CargoAct],
    problems: tuple[Problem, ...],
    *,
    by: str,
    role: Role,
    at: datetime,
    source: bytes,
) -> CargoOutcome:
    try:
        after = file.record(acts, by=by, role=role, at=at, source=source)
    except CargoNotPermitted as fault:
        hint = "Read the cargo report to see what has happened to it"
        return CargoOutcome("other", file.report, (*problems, Problem("NotPermitted", str(fault), "", hint)))
    except manifests.DocumentInUse as fault:
        return CargoOutcome("refused", file.report, (*problems, *in_use(fault)))
    return CargoOutcome("new", after, problems)


def _met(outcome: CargoOutcome) -> CargoOutcome:
    """The outcome after the declarations that ask for the goods have been met."""
    if outcome.kind == "new" and outcome.report is not None:
        meet(outcome.report)
        return msgspec.structs.replace(outcome, report=manifests.get(outcome.report.number))
    return outcome


@reader.as_house
def arrive(number: str, arrived: datetime, *, by: str, role: Role, place: str = "") -> CargoReport:
    """The conveyance is there. Every declaration whose goods came with it is told, and walks on. Raises CargoNotPermitted."""
    return _acted(number, Arrived(arrived, place), by=by, role=role)


@reader.as_house
def account(number: str, document: str, packages: int, mass: int, reason: str, *, by: str, role: Role) -> CargoReport:
    """What is left of a document needs no declaration. Raises CargoNotPermitted."""
    return _acted(number, Accounted(document, packages, mass, reason), by=by, role=role)


@reader.as_house
def discrepancy(number: str, found: DiscrepancyFound, *, by: str, role: Role) -> CargoReport:
    """Fewer or more goods were landed than reported. Raises CargoNotPermitted."""
    return _acted(number, found, by=by, role=role)


@reader.as_house
def cancel(number: str, reason: str, *, by: str, role: Role) -> CargoReport:
    """The report was a mistake, or the voyage does not come. Raises CargoNotPermitted."""
    return _acted(number, Cancelled(reason), by=by, role=role)


def _acted(number: str, act: CargoAct, *, by: str, role: Role) -> CargoReport:
    at = datetime.now(UTC)
    with manifests.opened(number) as file:
        if isinstance(act, Accounted) or (isinstance(act, DiscrepancyFound) and act.kind == "short"):
            step(file.report, act, role, file.report.id)  # says in the report's words why not, before a balance does
            file.draw(act.document, f"{act.name} {file.report.acts + 1}", act.packages, act.mass, at=at)
        after = file.record((act,), by=by, role=role, at=at)
    if isinstance(act, Arrived):
        meet(after)
    return manifests.get(number)


def _present(report: CargoReport) -> int:
    """Goods that were declared before they came are presented by their arrival; how many declarations were."""
    if report.arrived is None:
        return 0

    def presented(number: int) -> bool:
        if files.get(number).stage is not Stage.REGISTERED:
            return False
        means = {"office": report.manifest.office, "place": report.place, "document": report.number}
        present(number, **means, by="customhouse", role=Role.SYSTEM)
        return True

    return _each(cargo_claims.naming(d.number for d in report.manifest.documents), presented)


# --- meeting declarations -------------------------------------------------------------------------------------------


def meet(report: CargoReport) -> int:
    """Present and meet every declaration that names a document of the report; how many were met."""
    _present(report)
    found = _each(cargo_claims.naming(d.number for d in report.manifest.documents), match)
    manifests.met(report)
    return found


def match_new() -> int:
    """Read what was declared since the last time, and meet what can be met. One at a time does it; others return at once.

    Also the declarations of reports whose registration or arrival was recorded by somebody who then did not come to them.
    """
    met = 0
    with turn.alone("manifest") as mine:
        if mine:
            met += sum(meet(report) for report in manifests.unmet(datetime.now(UTC) - LEFT))
        while mine:
            told = cargo_claims.unread()
            if told.upto is None:
                break
            met += _read(told.entries)
            cargo_claims.have_read(told.upto)
    return met


def _read(entries: Iterable[Entry]) -> int:
    """Keep what these entries claim; meet what is reported already, and those that wait for what is given back."""
    law = law_now(datetime.now(UTC))
    asked: dict[int, set[str]] = {}
    rows = []
    again: set[int] = set()
    for entry in entries:
        for act in entry.acts:
            if act.name in ("Lodged", "Amended"):
                lodged = act.lodgement  # type: ignore[union-attr]
                for number in {n for c in office.claims(lodged, law) for n in c.numbers}:
                    rows.append((entry.declaration, number, lodged.declarant_id, entry.at))
                    asked.setdefault(entry.declaration, set()).add(office.key(number))
            if act.name == "Accepted" and entry.first > 1:
                again.add(entry.declaration)
            if act.name in ("Amended", "Invalidated"):
                again |= set(cargo_claims.naming(cargo_claims.keys_of(entry.declaration)))
    cargo_claims.claim(rows)
    known = cargo_claims.reported({k for keys in asked.values() for k in keys})
    ready = {number for number, keys in asked.items() if not keys.isdisjoint(known)}
    return _each(sorted(ready | again), match)


def _each(numbers_: Iterable[int], work: Callable[[int], bool]) -> int:
    """Do the work for each declaration; one that cannot be done does not keep the others waiting.

    Where the database is away nothing has been done for any of them: that is raised, and all are done again.
    """
    done = 0
    for number in numbers_:
        try:
            done += work(number)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("declaration %s is not matched with its cargo", number)
    return done


def is_reported(d: Declaration) -> bool:
    """Whether a transport document that the declaration names has been reported; what has not is met later."""
    if d.acceptance is None:
        return False
    law = lawbook.current(d.acceptance.tax_date).on(d.acceptance.tax_date)
    numbers_ = [n for c in office.claims(d.lodged, law) for n in c.numbers]
    return bool(numbers_) and bool(cargo_claims.reported(numbers_))


def match(number: int) -> bool:
    """Meet one declaration: write its goods off and record what was found; whether anything is new."""
    with files.opened(number) as file:
        d, now = file.declaration, context_now()
        if d.acceptance is None or d.stage in (Stage.REFUSED, Stage.INVALIDATED):
            return False
        law = law_of(d, now)
        asked = office.claims(d.lodged, law)
        cargo_claims.claim((d.id, n, d.lodged.declarant_id, now.at) for c in asked for n in c.numbers)
        named = {office.key(n) for c in asked for n in c.numbers}
        cargo_claims.forget(d.id, [k for k in cargo_claims.keys_of(d.id) if k not in named])
        tolerance = max(map(int, law.list_of("cargo_mass_tolerance_ppm")), default=0)
        matches = cargo_claims.take(d, asked, tolerance, now.at)
        if matches == d.cargo:
            return False
        acts = _told(d, law, CargoMatched(matches, office.waits(d.lodged, law, matches)))
        file.record(Entry(d.id, d.acts + 1, "customhouse", Role.SYSTEM, now.at, law.date, law.book_hash, acts))
        walked = proceed(file.declaration, context_of(file.declaration, now))
        if walked.entry is not None:
            file.record(walked.entry)
    return True


def _told(d: Declaration, law: Law, act: CargoMatched) -> tuple[Act, ...]:
    """The match, and where release waits on, the hold with what it waits for now."""
    if act.waits and d.hold(HoldKind.MANIFEST) is not None:
        known = msgspec.structs.replace(d, cargo=act.matches)
        if (held := office.wait(known, law)) is not None:
            return (act, held)
    return (act,)


# --- problems ---------------------------------------------------------------------------------------------------------


def duplicate(told: Manifest, standing: CargoReport) -> Problem:
    """The problem of a reference that this carrier has used before for another report."""
    return Problem(
        "DuplicateReference",
        f"This carrier has used the reference before, for {standing.number}",
        "reference",
        "Give every report its own reference; to change one that is registered, amend it",
        told.reference[:40],
    )


def twice(told: Degroupage) -> Problem:
    """The problem of a master whose houses were told before, otherwise."""
    hint = "Ask the carrier to amend the report, or customs"
    return Problem("DegroupedBefore", f"Other houses were told of {told.master}", "master", hint, told.master[:40])


def in_use(fault: manifests.DocumentInUse) -> tuple[Problem, ...]:
    """The problems of transport documents that stand in another living report of the carrier."""
    return tuple(
        Problem(
            "DuplicateTransportDocument",
            f"This transport document stands in {report} already",
            "documents",
            "Take it out of this report, or amend the other",
            document[:40],
        )
        for document, report in fault.numbers
    )
