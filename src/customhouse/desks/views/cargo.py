"""Cargo: the carrier's reports, the officers' arrivals with temporary storage and discrepancies, and one report on a page."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from customhouse.clearance.cargo import law_now
from customhouse.desks import cargo_page as page
from customhouse.desks import explain
from customhouse.desks.access import STAFF, TRADE, allowed, role_of
from customhouse.offices import manifest as office
from customhouse.record import access
from customhouse.record.cargo import CargoReport, CargoStage, permitted
from customhouse.record.declaration import Role
from customhouse.registry import cargo_claims, manifests

READERS = (Role.CARRIER, *TRADE, *STAFF)
SHOWN = {"reports": _("Reports"), "stock": _("Temporary storage"), "discrepancies": _("Discrepancies")}
MOST = 200


def opened(request: HttpRequest, number: str) -> tuple[CargoReport, CargoReport]:
    """(the whole report, what the reader may see of it); else the same page as for one that does not exist."""
    try:
        report = manifests.get(number.upper())
    except manifests.UnknownManifest as fault:
        raise Http404 from fault
    seen = page.visible(request, report, manifests.submitter_of(report.number))
    if seen is None:
        raise Http404
    return report, seen


@allowed("manifest.read")
def reports(request: HttpRequest) -> HttpResponse:
    """Own reports with their progress; for officers those of their office, the stock and the discrepancies."""
    is_staff = role_of(request) in STAFF
    shown = request.GET.get("show", "reports")
    shown = shown if shown in SHOWN and is_staff else "reports"
    text = (request.GET.get("find") or request.GET.get("q", "")).strip().replace("\x00", "")[:60]
    now = datetime.now(UTC)
    found = _found(request, is_staff, text, alive=shown != "reports")
    law = law_now(now)
    rows = [
        {"row": r, "seen": seen, "stage": page.stage(seen), "late": _is_late(seen, now), **page.progress(seen)}
        for r, seen in found
    ]
    alive = [seen for _r, seen in found if seen.stage in (CargoStage.REPORTED, CargoStage.ARRIVED)]
    stock = page.stocked(alive, law, now.date())
    context = {
        "rows": rows,
        "shown": shown,
        "tabs": SHOWN.items() if is_staff else (),
        "text": text,
        "is_staff": is_staff,
        "is_carrier": role_of(request) is Role.CARRIER,
        "stock": stock,
        "late": sum(1 for s in stock if s["late"]),
        "days": office.storage_days(law),
        "expected": sum(1 for r in alive if r.stage is CargoStage.REPORTED),
        "houses": sum(row["houses"] for row in rows),
        "discrepancies": [(page.DISCREPANCIES[x.kind], x, r) for r in alive for x in r.discrepancies],
    }
    return render(request, "desks/cargo_list.html", context)


def _is_late(report: CargoReport, now: datetime) -> bool:
    """Whether the conveyance should have been here by now; a time without an offset is taken as UTC."""
    expected = report.manifest.expected
    if report.stage is not CargoStage.REPORTED or expected is None:
        return False
    return (expected if expected.tzinfo else expected.replace(tzinfo=UTC)) < now


def _found(request: HttpRequest, is_staff: bool, text: str, *, alive: bool) -> list[tuple[Any, CargoReport]]:
    own = page.trader_of(request)
    if not is_staff and not own:
        return []
    office_ = getattr(request.user, "office", "") if is_staff else ""
    rows = manifests.listed(trader="" if is_staff else own, office=office_, text=text, alive=alive, limit=MOST)
    seen = [(row, page.visible(request, row.report, row.submitter)) for row in rows]
    return [(row, report) for row, report in seen if report is not None]


@allowed("manifest.read")
def show(request: HttpRequest, report: str) -> HttpResponse:
    """One report: its tree of documents, containers and seals, what waits for what, what was recorded."""
    if report != report.upper():
        return redirect("manifest", report=report.upper())
    return sheet(request, *opened(request, report))


def sheet(
    request: HttpRequest, report: CargoReport, seen: CargoReport, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page of a report, with what went wrong with an act where there was one."""
    is_staff = role_of(request) in STAFF
    reporter = page.is_reporter(request, report)
    rows = page.tree(seen, cargo_claims.askers(seen), page.trader_of(request), is_staff)
    acts = set(permitted(report, role_of(request))) if is_staff or reporter else set()
    law = law_now(datetime.now(UTC))
    until = next((s.until for s in office.stock([seen], law)), None)
    context = {
        "r": seen,
        "m": seen.manifest,
        "stage": page.stage(seen),
        "rows": rows,
        "boxes": [(b, _seals(b)) for b in seen.manifest.equipment],
        "until": until,
        "late": until is not None and datetime.now(UTC).date() > until,
        "sittings": page.sittings(report, is_staff, {d.number: True for d in seen.manifest.documents}),
        "is_staff": is_staff,
        "may_target": role_of(request) in access.may("targeting.act"),
        "may": {name: name in acts for name in ("Arrived", "Amended", "Accounted", "DiscrepancyFound", "Cancelled")},
        "open": [row for row in rows if not row.grouped and (row.left or row.left_mass)],
        "houses_for": [row.document.number for row in rows if row.may_degroup],
        "now_typed": f"{datetime.now(UTC):%Y-%m-%dT%H:%M}",
        "office": explain.in_language(law.contents.offices.get(seen.manifest.office, {"en": seen.manifest.office})),
        **page.progress(seen),
        **more,
    }
    return render(request, "desks/cargo.html", context, status=status)


def _seals(box: Any) -> list[tuple[str, Any]]:
    return [(s.number, page.ISSUERS.get(s.issuer, s.issuer)) for s in box.seals]
