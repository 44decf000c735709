"""What the pages of cargo show: how far a report has come, its documents as a tree, and what waits for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import msgspec
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from customhouse.desks import explain, words
from customhouse.desks.access import STAFF, role_of
from customhouse.offices import manifest as office
from customhouse.record.cargo import CargoReport, CargoStage
from customhouse.record.declaration import Role
from customhouse.record.manifest import TransportDocument
from customhouse.registry import cargo_claims, manifests

STAGES = {
    CargoStage.REPORTED: pgettext_lazy("cargo", "Reported"),
    CargoStage.ARRIVED: pgettext_lazy("cargo", "Arrived"),
    CargoStage.DISCHARGED: pgettext_lazy("cargo", "Discharged"),
    CargoStage.CANCELLED: pgettext_lazy("cargo", "Cancelled"),
}
STAGE_CLASS = {CargoStage.ARRIVED: "BLUE", CargoStage.DISCHARGED: "good", CargoStage.CANCELLED: "bad"}
ACTS = {
    "Reported": gettext_lazy("Cargo reported"),
    "Amended": gettext_lazy("Report amended"),
    "Degrouped": gettext_lazy("Houses told"),
    "Arrived": gettext_lazy("Arrival reported"),
    "WrittenOff": gettext_lazy("Goods written off"),
    "GivenBack": gettext_lazy("Goods given back"),
    "DiscrepancyFound": gettext_lazy("Discrepancy found"),
    "Accounted": gettext_lazy("Goods accounted for"),
    "Discharged": gettext_lazy("Report discharged"),
    "Cancelled": gettext_lazy("Report cancelled"),
}
TYPES = {
    "704": gettext_lazy("Master bill of lading"),
    "705": gettext_lazy("Bill of lading"),
    "710": gettext_lazy("Sea waybill"),
    "714": gettext_lazy("House bill of lading"),
    "703": gettext_lazy("House waybill"),
    "720": gettext_lazy("Rail consignment note"),
    "730": gettext_lazy("Road consignment note"),
    "740": gettext_lazy("Air waybill"),
    "741": gettext_lazy("Master air waybill"),
}
MOVEMENTS = {
    "transit": gettext_lazy("in transit"),
    "transhipment": gettext_lazy("to be transhipped"),
    "remaining": gettext_lazy("remains on board"),
    "export": gettext_lazy("for export"),
}
ISSUERS = {
    "CA": gettext_lazy("carrier"),
    "SH": gettext_lazy("shipper"),
    "CU": gettext_lazy("customs"),
    "TO": gettext_lazy("terminal"),
    "AC": gettext_lazy("agency"),
}
DISCREPANCIES = {"short": gettext_lazy("short landed"), "over": gettext_lazy("over landed")}


class Row(msgspec.Struct, frozen=True):
    """A transport document on the page: what it holds, what is left, who asks for it, what it waits for."""

    document: TransportDocument
    depth: int
    kind: Any
    goods: str
    more: int
    movement: Any
    grouped: bool
    packages: int
    left: int
    left_mass: int
    declarations: tuple[cargo_claims.Asker, ...]
    waits: Any
    waits_class: str
    may_degroup: bool
    discrepancies: tuple[Any, ...]


def visible(request: HttpRequest, report: CargoReport, submitter: str) -> CargoReport | None:
    """The report as this reader may see it: staff of its office all of it, others what concerns their trader."""
    if role_of(request) in STAFF:
        own = getattr(request.user, "office", "")
        return report if not own or own == report.manifest.office else None
    return office.sight(report, trader_of(request), submitter)


def trader_of(request: HttpRequest) -> str:
    """The number of the trader this reader acts for; "" for staff."""
    trader = getattr(request.user, "trader", None)
    return str(trader.number) if trader is not None else ""


def is_reporter(request: HttpRequest, report: CargoReport) -> bool:
    """Whether the reader reports this cargo: for its carrier, or having handed it in."""
    own = trader_of(request)
    return role_of(request) is Role.CARRIER and own in (report.carrier, manifests.submitter_of(report.number))


def tree(report: CargoReport, askers: Iterable[cargo_claims.Asker], own: str, is_staff: bool) -> list[Row]:
    """Masters with their houses below them; a reader of the trade sees the numbers of own declarations only."""
    by_key: dict[str, list[cargo_claims.Asker]] = {}
    for asker in askers:
        by_key.setdefault(asker.key, []).append(asker)
    rows = []
    known = {d.number for d in report.manifest.masters}
    ordered: list[tuple[int, TransportDocument]] = []
    for master in report.manifest.masters:
        ordered += [(0, master), *((1, house) for house in report.manifest.houses(master.number))]
    ordered += [(0, d) for d in report.manifest.documents if d.level == "house" and d.master not in known]
    for depth, document in ordered:
        asking = by_key.get(office.key(document.number), [])
        rows.append(_row(report, document, depth, asking, own, is_staff))
    return rows


def _row(
    report: CargoReport,
    document: TransportDocument,
    depth: int,
    asking: list[cargo_claims.Asker],
    own: str,
    is_staff: bool,
) -> Row:
    left, left_mass = report.rest(document)
    grouped = report.is_grouped(document)
    waits, kind = _waits(report, document, asking, left, left_mass)
    seen = asking if is_staff else [a for a in asking if a.declarant == own]
    first = document.lines[0].description if document.lines else ""
    return Row(
        document=document,
        depth=depth,
        kind=TYPES.get(document.type, document.type),
        goods=first,
        more=max(0, len(document.lines) - 1),
        movement=MOVEMENTS.get(document.movement.value, ""),
        grouped=grouped,
        packages=document.packages,
        left=left,
        left_mass=left_mass,
        declarations=tuple(seen),
        waits=waits,
        waits_class=kind,
        may_degroup=office.is_forwarder(document, own) and not report.manifest.houses(document.number),
        discrepancies=tuple((DISCREPANCIES[x.kind], x) for x in report.discrepancies if x.document == document.number),
    )  # fmt: skip


def _waits(
    report: CargoReport, document: TransportDocument, asking: list[cargo_claims.Asker], left: int, left_mass: int
) -> tuple[Any, str]:
    """(what a document waits for, the class of its badge)."""
    if report.is_grouped(document):
        told = report.manifest.houses(document.number)
        if told:
            return ngettext("%(n)d house", "%(n)d houses", len(told)) % {"n": len(told)}, ""
        return _("waits for its houses"), "hold"
    if document.movement.value == "remaining":
        return _("remains on board"), ""
    if left == 0 if document.packages else left_mass == 0:
        return _("written off"), "good"
    if any(not a.matched for a in asking):
        return _("asked for more than is left"), "bad"
    if report.stage is CargoStage.REPORTED:
        return (_("declared, waits for arrival"), "BLUE") if asking else (_("waits for arrival"), "")
    return (_("partly written off"), "hold") if asking else (_("waits for a declaration"), "hold")


def progress(report: CargoReport) -> dict[str, Any]:
    """How far a report has come: documents, packages written off of those reported, houses that are waited for."""
    leaves = report.leaves()
    total = sum(d.packages for d in leaves)
    left = sum(report.rest(d)[0] for d in leaves)
    return {
        "documents": len(report.manifest.documents),
        "packages": total,
        "gone": total - left,
        "houses": len(report.awaiting_houses()),
        "discrepancies": len(report.discrepancies),
    }


def stage(report: CargoReport) -> dict[str, Any]:
    return {"word": STAGES[report.stage], "kind": STAGE_CLASS.get(report.stage, "")}


def sittings(report: CargoReport, is_staff: bool, mine: Mapping[str, bool]) -> list[dict[str, Any]]:
    """What was recorded, newest first. Of write-offs the trade sees those of documents it may see."""
    told = []
    for entry in manifests.entries(report.id):
        for act in entry.acts:
            named = getattr(act, "document", "") or getattr(act, "master", "")
            if not is_staff and named and named not in mine:
                continue
            told.append(
                {
                    "word": ACTS[act.name],
                    "detail": _detail(act, is_staff),
                    "at": entry.at,
                    "who": words.ROLES[entry.role],
                }
            )
    return told[::-1]


def _detail(act: Any, is_staff: bool) -> str:
    """What an act did; who declared what is not the business of the trade."""
    match act.name:
        case "WrittenOff" | "GivenBack":
            told = _("%(document)s: %(n)d packages") % {"document": act.document, "n": act.packages}
            return f"{told}, {act.mrn}" if is_staff else told
        case "Accounted":
            return f"{act.document}: {act.packages}. {act.reason}"
        case "DiscrepancyFound":
            return f"{act.document}: {act.packages} {DISCREPANCIES[act.kind]}. {act.text}"
        case "Degrouped":
            return f"{act.master}: {len(act.houses)}"
        case "Arrived":
            return f"{act.arrived:%Y-%m-%d %H:%M} {act.place}".strip()
        case "Amended" | "Cancelled":
            return str(act.reason)
    return ""


def stocked(reports: Iterable[CargoReport], law: Any, today: date) -> list[dict[str, Any]]:
    """Temporary storage: what lies there, what lies too long first."""
    held = office.stock(reports, law)
    late = {(s.report.number, s.document.number): s.days for s in office.overdue(held, today)}
    rows = [{"stock": s, "late": late.get((s.report.number, s.document.number), 0)} for s in held]
    return sorted(rows, key=lambda row: (-row["late"], row["stock"].until or date.max))


def of_declaration(request: HttpRequest, matches: Iterable[Any]) -> list[dict[str, Any]]:
    """The transport documents that a declaration was matched with, for its page; `open` where the reader may open the report."""
    rows = []
    for m in matches:
        try:
            report = manifests.get(m.manifest)
        except manifests.UnknownManifest:
            continue
        seen = visible(request, report, manifests.submitter_of(report.number))
        rows.append({"match": m, "open": seen is not None, "stage": stage(report), "short": explain.told(m.short)})
    return rows
