"""What people do with cargo: hand reports in, amend them, tell houses, report arrival, find and settle discrepancies."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import cargo, cargo_files
from customhouse.desks import cargo_page as page
from customhouse.desks import explain
from customhouse.desks.access import STAFF, TRADE, allowed, role_of
from customhouse.desks.views.cargo import opened, sheet
from customhouse.gates import json as json_gate
from customhouse.kernel.problem import Problem, Refusal
from customhouse.offices import manifest as office
from customhouse.record.cargo import CargoNotPermitted, CargoReport, DiscrepancyFound
from customhouse.record.declaration import Role
from customhouse.record.manifest import Degroupage, Level
from customhouse.record.parts import Party

MOST_FILES = 50
LARGEST = 10 * 1024 * 1024
HEAD = ("reference", "office", "voyage", "conveyance", "expected")
ACTORS = (Role.CARRIER, *TRADE, *STAFF)


class Mistake(ValueError):
    """What was typed cannot be taken; the message says what to type instead."""


@allowed("manifest.report")
def hand_in(request: HttpRequest) -> HttpResponse:
    """Hand in files; each gets its own answer, and what was typed beside them stays on the page."""
    law = cargo.law_now(datetime.now(UTC))
    typed = {name: request.POST.get(name, "").strip()[:80] for name in HEAD}
    context: dict[str, Any] = {
        "typed": typed,
        "offices": [(code, explain.in_language(text)) for code, text in law.contents.offices.items()],
        "outcomes": [],
    }
    if request.method == "POST":
        files = request.FILES.getlist("files")
        if not files:
            messages.error(request, _("Choose one or more files first"))
        head = cargo_files.Head(carrier=page.trader_of(request), **typed)
        for file in files[:MOST_FILES]:
            outcome = _take(request, file, head)
            context["outcomes"].append((file.name or "", outcome, [explain.problem(p, law) for p in outcome.problems]))
        context["left_out"] = max(0, len(files) - MOST_FILES)
        context["taken"] = sum(o.kind in ("new", "same") for _name, o, _problems in context["outcomes"])
    return render(request, "desks/cargo_hand_in.html", context)


def _take(request: HttpRequest, file: Any, head: cargo_files.Head) -> cargo.CargoOutcome:
    """Report the cargo of one file for the reader's carrier; another carrier's is not taken."""
    own = page.trader_of(request)
    try:
        data, told, format = _read(file, head)
    except Refusal as refusal:
        return cargo.CargoOutcome("unreadable", None, refusal.problems)
    if own not in (told.carrier.id, told.submitter.id if told.submitter else ""):
        label = _("You report for %(own)s; this names another carrier") % {"own": own}
        wrong = Problem("NotYours", label, "carrier/id", _("Use the account of that carrier"), told.carrier.id[:40])
        return cargo.CargoOutcome("unreadable", None, (wrong,))
    by = request.user.get_username()
    return cargo.report(told, data, by=by, role=role_of(request), submitter=own, format=format)


def _read(file: Any, head: cargo_files.Head) -> tuple[bytes, Any, str]:
    """(bytes, report, format). Raises Refusal."""
    if file.size > LARGEST:
        raise Refusal([Problem("TooLarge", f"The file is larger than {LARGEST} bytes", "", "Split it")])
    data = file.read()
    told, format = cargo_files.read(data)
    try:
        return data, cargo_files.complete(told, head), format
    except ValueError as fault:
        raise Refusal([Problem("WrongType", str(fault), "expected", "Write 2026-11-27T06:00Z")]) from fault


@allowed("manifest.act")
@require_POST
def act(request: HttpRequest, report: str, name: str) -> HttpResponse:
    """Record an act by the reader on a report; whether it may be recorded is decided by the flow and the offices."""
    whole, seen = opened(request, report)
    do = ACTS.get(name)
    if do is None:
        raise Http404
    try:
        outcome = do(request, whole)
    except CargoNotPermitted as fault:
        return sheet(request, whole, seen, status=409, fault=explain.told(fault.why), failed=name, typed=request.POST)
    except Mistake as fault:
        return sheet(request, whole, seen, status=422, fault=str(fault), failed=name, typed=request.POST)
    except Refusal as refusal:
        outcome = cargo.CargoOutcome("unreadable", None, refusal.problems)
    if outcome is not None and outcome.kind not in ("new", "same"):
        law = cargo.law_now(datetime.now(UTC))
        told = [explain.problem(p, law) for p in outcome.problems]
        return sheet(request, whole, seen, status=422, problems=told, failed=name, typed=request.POST)
    messages.success(request, _("Recorded."))
    return redirect("manifest", report=whole.number)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user.get_username(), "role": role_of(request)}


def _reporter(request: HttpRequest, report: CargoReport) -> None:
    """Only the carrier's own people, or staff, go on."""
    if role_of(request) not in STAFF and not page.is_reporter(request, report):
        raise CargoNotPermitted("this", _("only the carrier does this"))


def _staff(request: HttpRequest) -> None:
    if role_of(request) not in STAFF:
        raise CargoNotPermitted("this", _("only customs does this"))


def _arrive(request: HttpRequest, report: CargoReport) -> None:
    _reporter(request, report)
    text = request.POST.get("arrived", "").strip()
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Mistake(_("Write day and time of the arrival")) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at > datetime.now(UTC):
        raise Mistake(_("An arrival is reported when it has happened"))
    cargo.arrive(report.number, at, place=request.POST.get("place", "").strip()[:80], **_by(request))


def _amend(request: HttpRequest, report: CargoReport) -> cargo.CargoOutcome:
    _reporter(request, report)
    file = request.FILES.get("file")
    if file is None:
        raise Mistake(_("Choose one or more files first"))
    told = report.manifest
    head = cargo_files.Head(told.reference, report.carrier, told.office, told.mode, told.voyage, told.conveyance.id)
    data, new, format = _read(file, head)
    reason = request.POST.get("reason", "").strip()[:400]
    return cargo.amend(report.number, new, data, format=format, reason=reason, **_by(request))


def _degroup(request: HttpRequest, report: CargoReport) -> cargo.CargoOutcome:
    own, master = page.trader_of(request), request.POST.get("master", "")
    document = report.manifest.document(master)
    if document is None or not office.is_forwarder(document, own):
        raise CargoNotPermitted("Degrouped", _("only the forwarder of the consolidation does this"))
    file = request.FILES.get("file")
    if file is None:
        raise Mistake(_("Choose one or more files first"))
    data = file.read(LARGEST + 1)
    if cargo_files.sniff(data) == "csv":
        listed = cargo_files.GATES["csv"](data).documents
        houses = tuple(msgspec.structs.replace(d, master=master, level=Level.HOUSE, type="714") for d in listed)
        told, format = Degroupage("", report.number, master, Party(id=own), houses), "csv"
    else:
        told, format = json_gate.read_degroupage(data), "json"
    if told.master not in ("", master):
        raise Mistake(_("The file tells the houses of another master"))
    named = msgspec.structs.replace(told, manifest=report.number, master=master)
    return cargo.degroup(named, data, forwarder=own, format=format, **_by(request))


def _account(request: HttpRequest, report: CargoReport) -> None:
    _staff(request)
    document, packages, mass = _amount(request)
    reason = request.POST.get("reason", "").strip()[:400]
    cargo.account(report.number, document, packages, mass, reason, **_by(request))


def _discrepancy(request: HttpRequest, report: CargoReport) -> None:
    _staff(request)
    document, packages, mass = _amount(request)
    kind = "over" if request.POST.get("kind") == "over" else "short"
    found = DiscrepancyFound(document, kind, packages, mass, request.POST.get("reason", "").strip()[:400])
    cargo.discrepancy(report.number, found, **_by(request))


def _cancel(request: HttpRequest, report: CargoReport) -> None:
    _reporter(request, report)
    cargo.cancel(report.number, request.POST.get("reason", "").strip()[:400], **_by(request))


def _amount(request: HttpRequest) -> tuple[str, int, int]:
    """(document, packages, grams) as typed; kilograms on the page."""
    try:
        packages = int(request.POST.get("packages", "").strip() or 0)
        kilos = Decimal(request.POST.get("mass", "").strip().replace(",", ".") or 0)
        mass = int(kilos * 1000)
    except (ValueError, InvalidOperation, OverflowError):
        raise Mistake(_("Write the number of packages, and the mass in kilograms")) from None
    if packages < 0 or mass < 0 or not (packages or mass) or packages > 10**9 or mass > 10**14:
        raise Mistake(_("Write the number of packages, and the mass in kilograms"))
    return request.POST.get("document", ""), packages, mass


ACTS: dict[str, Callable[[HttpRequest, CargoReport], cargo.CargoOutcome | None]] = {
    "arrive": _arrive,
    "amend": _amend,
    "degroup": _degroup,
    "account": _account,
    "discrepancy": _discrepancy,
    "cancel": _cancel,
}
