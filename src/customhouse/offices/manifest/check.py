"""What is wrong with a cargo report or a degroupage: the report as a whole, its documents, how they fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from customhouse.kernel.number import InvalidNumber
from customhouse.kernel.problem import Problem
from customhouse.kernel.transport import AWB, IMONumber
from customhouse.law.book import Law
from customhouse.offices.manifest.claim import key, tolerated
from customhouse.offices.manifest.equipment import check_equipment
from customhouse.offices.manifest.goods import check_lines
from customhouse.record.cargo import CargoReport
from customhouse.record.manifest import Degroupage, Level, Manifest, Mode, TransportDocument, totals

AIRCRAFT_BILLS = ("740", "741")
LETTERS = 35  # the longest number of a transport document (UN/EDIFACT 1004, WCO 054)


def check(manifest: Manifest, law: Law) -> tuple[Problem, ...]:
    """Every problem of a cargo report, errors and warnings, in the order of the report."""
    return (
        *_whole(manifest, law),
        *_journey(manifest),
        *check_equipment(manifest),
        *_numbers(manifest.documents, ""),
        *(p for n, d in enumerate(manifest.documents, 1) for p in _document(d, manifest, law, f"documents[{n}]")),
        *_nesting(manifest, law),
        *_totals(manifest),
    )


def check_degroupage(report: CargoReport, told: Degroupage, law: Law) -> tuple[Problem, ...]:
    """Every problem of the houses told for a master: each house in itself, and that together they fit the master."""
    master = report.manifest.document(told.master)
    if master is None or master.level is not Level.MASTER:
        hint = "Name the number of the master as the carrier reported it"
        return (
            Problem("UnknownMaster", f"There is no such master in {report.number}", "master", hint, told.master[:40]),
        )
    problems = [*_numbers(told.houses, "houses", report.manifest.documents)]
    if not told.houses:
        problems.append(Problem("EmptyDegroupage", "No house is told", "houses", "List every house under the master"))
    for n, house in enumerate(told.houses, 1):
        where = f"houses[{n}]"
        if house.level is not Level.HOUSE or house.master != told.master:
            label = f"This is no house under {told.master}"
            problems.append(
                Problem("UnknownMaster", label, f"{where}/master", "Every house names that master", house.master[:40])
            )
        problems += _document(house, report.manifest, law, where)
    problems += _fit(master, told.houses, law, "houses")
    return tuple(problems)


def merged(report: CargoReport, amended: Manifest) -> Manifest:
    """The amended report with the houses that forwarders told of masters for which it tells none."""
    documents: list[TransportDocument] = []
    for document in amended.documents:
        documents.append(document)
        if document.level is Level.MASTER and not amended.houses(document.number):
            documents += report.manifest.houses(document.number)
    return replace(amended, documents=tuple(documents))


# --- the report as a whole ------------------------------------------------------------------------------------------


def _whole(manifest: Manifest, law: Law) -> Iterator[Problem]:
    if not manifest.reference.strip():
        yield Problem("MissingReference", "The carrier's reference is missing", "reference", "Give each report its own")
    elif len(manifest.reference) > LETTERS:
        yield Problem(
            "TooLong", f"A reference has at most {LETTERS} characters", "reference", "", manifest.reference[:40]
        )
    if not manifest.carrier.id.strip():
        yield Problem("MissingCarrier", "The carrier's number is missing", "carrier/id", "Write its EORI or TIN")
    if manifest.mode not in law.codes("modes") or manifest.mode not in tuple(Mode):
        hint = "1 sea, 2 rail, 3 road, 4 air, 5 mail, 7 fixed, 8 inland waterway (UN/ECE Rec 19)"
        yield Problem("UnknownMode", "This is no mode of transport", "mode", hint, manifest.mode[:20])
    offices = law.contents.offices
    if manifest.office not in offices:
        yield Problem(
            "UnknownOffice",
            "This is no customs office",
            "office",
            f"Known: {', '.join(sorted(offices)[:12])}",
            manifest.office[:20],
        )
    if not manifest.documents:
        yield Problem(
            "EmptyManifest", "There is no transport document", "documents", "List every bill or waybill on board"
        )


def _journey(manifest: Manifest) -> Iterator[Problem]:
    means = manifest.conveyance
    if not (means.id or means.name):
        yield Problem(
            "MissingConveyance", "The means of transport is missing", "conveyance", "Write its number or its name"
        )
    if manifest.mode == Mode.SEA and means.id and means.id_type in ("", "11", "10"):
        try:
            IMONumber.parse(means.id)
        except InvalidNumber as fault:
            yield fault.problem("conveyance/id")
    if not manifest.voyage and manifest.mode in (Mode.SEA, Mode.AIR):
        yield Problem(
            "MissingVoyage", "The voyage or flight is missing", "voyage", "Write the carrier's voyage or flight number"
        )
    if manifest.expected is None and manifest.arrived is None:
        yield Problem(
            "MissingArrival",
            "When the conveyance is expected is missing",
            "expected",
            "Write date and time with its offset from UTC",
        )
    first, last = manifest.departed, manifest.arrived or manifest.expected
    if first is not None and last is not None and _before(last, first):
        yield Problem(
            "WrongDates", "The arrival is before the departure", "expected", "Check both dates", last.isoformat()
        )


def _before(one: datetime, other: datetime) -> bool:
    """Whether a time is before another; one without an offset is taken as UTC."""
    return (one if one.tzinfo else one.replace(tzinfo=UTC)) < (other if other.tzinfo else other.replace(tzinfo=UTC))


# --- documents ------------------------------------------------------------------------------------------------------


def _numbers(
    documents: tuple[TransportDocument, ...], where: str, beside: tuple[TransportDocument, ...] = ()
) -> Iterator[Problem]:
    """Each number once, however it is punctuated."""
    seen = {key(d.number): "the report" for d in beside}
    for n, document in enumerate(documents, 1):
        place = f"{where or 'documents'}[{n}]"
        if (first := seen.get(key(document.number))) and document.number.strip():
            label = f"The number stands twice, first in {first}"
            yield Problem(
                "DuplicateTransportDocument",
                label,
                f"{place}/number",
                "Every document has its own number",
                document.number[:40],
            )
        seen.setdefault(key(document.number), place)


def _document(document: TransportDocument, manifest: Manifest, law: Law, where: str) -> Iterator[Problem]:
    number = document.number.strip()
    if not key(number):
        yield Problem(
            "MissingNumber",
            "The number of the transport document is missing",
            f"{where}/number",
            "Copy it from the bill or waybill",
        )
    elif len(number) > LETTERS:
        yield Problem("TooLong", f"A number has at most {LETTERS} characters", f"{where}/number", "", number[:40])
    elif document.type in AIRCRAFT_BILLS and document.level is Level.MASTER:
        try:
            AWB.parse(number)
        except InvalidNumber as fault:
            yield fault.problem(f"{where}/number")
    for name in ("consignor", "consignee"):
        party = getattr(document, name)
        if party is None or not (party.name or party.id):
            hint = "Write name and address, or the number of the trader; 'to order' with the party to notify"
            yield Problem(
                f"Missing{name.capitalize()}",
                f"The {name} is missing",
                f"{where}/{name}",
                hint,
                severity="warning" if document.notify else "error",
            )
    if not document.loading or not document.unloading:
        missing = "loading" if not document.loading else "unloading"
        if not getattr(manifest, missing):
            yield Problem(
                "MissingPlace",
                f"The place of {missing} is missing",
                f"{where}/{missing}",
                "Write its UN/LOCODE",
                severity="warning",
            )
    yield from check_lines(document, manifest, law, where)


# --- how documents fit together ----------------------------------------------------------------------------------------


def _nesting(manifest: Manifest, law: Law) -> Iterator[Problem]:
    """Every house under a master of the report, and the houses of a master together as much as the master."""
    masters = {d.number for d in manifest.masters}
    for n, document in enumerate(manifest.documents, 1):
        where = f"documents[{n}]"
        if document.level is Level.HOUSE and document.master not in masters:
            hint = "Name the number of a master of this report"
            yield Problem(
                "UnknownMaster",
                "The house stands under no master of the report",
                f"{where}/master",
                hint,
                document.master[:40],
            )
        houses = manifest.houses(document.number) if document.level is Level.MASTER else ()
        if houses:
            yield from _fit(document, houses, law, where)


def _fit(master: TransportDocument, houses: tuple[TransportDocument, ...], law: Law, where: str) -> Iterator[Problem]:
    packages, mass = totals(houses)
    if packages != master.packages:
        label = f"The houses of {master.number} have {packages} packages together, the master has {master.packages}"
        yield Problem(
            "HousesDoNotFit", label, f"{where}/packages", "List every house once, with its packages", str(packages)
        )
    if abs(mass - master.mass) > tolerated(master.mass, law):
        label = f"The houses of {master.number} weigh {mass / 1000:g} kg together, the master {master.mass / 1000:g} kg"
        yield Problem("HousesDoNotFit", label, f"{where}/gross_mass", "Check the masses of the houses", str(mass))


def _totals(manifest: Manifest) -> Iterator[Problem]:
    """What the report claims of itself against what it holds: masters, or everything where there are no masters."""
    counted = Counter(d.level for d in manifest.documents)
    packages, mass = totals(manifest.masters)
    for name, found in (("document_count", counted.total()), ("package_count", packages), ("gross_mass", mass)):
        told = getattr(manifest, name)
        accepted = (found, counted[Level.MASTER]) if name == "document_count" else (found,)
        if told is not None and told not in accepted:
            yield Problem(
                "TotalsDiffer",
                f"The report says {told}, its documents make {found}",
                name,
                "Check that no document is missing",
                str(told),
            )
