"""Parcels without the file they should have: what the row and the line say, their file opened by hand, and a supervisor's decision."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customhouse.clearance import bulk, cargo, parcel_file, parcel_opening, parcel_ruling
from customhouse.clearance.parcel_file import Differs, ParcelProblem
from customhouse.clearance.parcel_opening import Alarmed
from customhouse.desks import audit, explain, parcel_words
from customhouse.desks.access import allowed, role_of
from customhouse.desks.explain import parcels as parcels_told
from customhouse.desks.views import parcels as courier
from customhouse.kernel.money import Money
from customhouse.offices.longroom import number_of
from customhouse.record import access
from customhouse.record.flow import NotPermitted
from customhouse.record.parcel import Answer, is_parcel, place
from customhouse.registry import files, reader
from customhouse.registry.parcel_opening import DUPLICATE
from customhouse.registry.parcels import Begun

LONGEST = 400


def shown(begun: Begun) -> list[dict[str, Any]]:
    """Parcels of a consolidation without the file they should have: what the row and the line say, and what to do."""
    with reader.system():
        found = parcel_opening.alarmed(begun.id)
    return [_told(one, begun) for one in found]


def _told(one: Alarmed, begun: Begun) -> dict[str, Any]:
    agree = one.line is not None and one.line[:-1] == one.row[:-1] and one.alarm.rule != DUPLICATE and not one.choices
    label, hint = parcel_words.AGREE if agree else parcel_words.ALARMS[one.alarm.rule]
    said = [_said(answer, begun) if answer else None for answer in (one.row, one.line)]
    return {
        "of": one, "label": label, "hint": hint, "row": said[0], "line": said[1], "cannot": parcels_told.said(one.why),
        "why": parcels_told.said(one.alarm.why),
    }  # fmt: skip


def _said(answer: Answer, begun: Begun) -> tuple[Answer, Any, list[dict[str, Any]], Money, Money]:
    """(what is said, the verdict in words, the reasons, payable, value)."""
    reasons = courier.reasons(begun).read(answer.told) if answer.verdict not in bulk.GREEN else []
    currency = cargo.law_now(datetime.now(UTC)).currency
    verdict = parcel_words.VERDICTS[answer.verdict]
    return answer, verdict, reasons, Money(answer.payable, currency), Money(answer.value, currency)


def why(fault: ParcelProblem) -> str:
    """Why a parcel has no file or cannot be judged again, in the reader's language."""
    if isinstance(fault, Differs):
        said = {"line": explain.judgement(fault.line), "row": explain.judgement(fault.row)}
        return _("Judged now: %(line)s. Answered was: %(row)s.") % said
    return parcels_told.said(str(fault))


def ruling(number: int) -> dict[str, Any] | None:
    """What a supervisor decided of a parcel that has a file, in words; None where nothing was."""
    with reader.system():
        found = parcel_ruling.of(number)
    return {"at": found.entry.at, "by": found.entry.by, "said": explain.act(found.ruled)} if found else None


def may_rule(request: HttpRequest, mrn: str) -> bool:
    """Whether this reader may decide which judgement of the parcel stands, and there is something to decide."""
    if role_of(request) not in access.may("consolidation.rule"):
        return False
    with reader.system():
        one = parcel_opening.alarmed_one(mrn)
    return one is not None and bool(one.choices)


def _opened(mrn: str) -> Begun:
    """The consolidation of a parcel, where this reader may see it."""
    if not files.is_mrn(mrn) or not is_parcel(number_of(mrn)):
        raise Http404
    return courier.opened(place(number_of(mrn))[0])


def _alarms_of(begun: Begun) -> str:
    return f"{reverse('consolidation', args=[begun.id])}#alarms"


@allowed("consolidation.act")
@require_POST
def open_file(request: HttpRequest, mrn: str) -> HttpResponse:
    """Open the file of a parcel that has none, for which there is an alarm."""
    mrn = mrn.upper()
    begun = _opened(mrn)
    try:
        with reader.system():
            made = parcel_file.file(mrn)
    except ParcelProblem as fault:
        messages.error(request, _("It still cannot be opened: %(why)s") % {"why": why(fault)})
        return redirect(_alarms_of(begun))
    messages.success(request, _("Its file is open."))
    return redirect("declaration", key=made.mrn)


@allowed("consolidation.rule")
@require_http_methods(["GET", "POST"])
def rule(request: HttpRequest, mrn: str) -> HttpResponse:
    """Both judgements of a parcel side by side; a supervisor says which one stands, and why."""
    mrn = mrn.upper()
    begun = _opened(mrn)
    with reader.system():
        one = parcel_opening.alarmed_one(mrn)
    if one is None or one.line is None or not one.choices:
        messages.error(request, _("There is nothing to decide on this parcel now."))
        return redirect(_alarms_of(begun))
    audit.searched(request, f"parcel {mrn}")
    stands, reason = (
        request.POST.get("stands", ""),
        " ".join(request.POST.get("reason", "").replace("\x00", "").split()),
    )
    wrong = ""
    if request.method == "POST":
        try:
            return _decided(request, mrn, stands, reason[:LONGEST])
        except Mistake as fault:
            wrong = str(fault)
    context = {
        "begun": begun, "stored": one.stored, **_told(one, begun), "seen": parcel_ruling.seen(one.row, one.line),
        "choices": [(key, *parcel_words.STANDS[key]) for key in reversed(one.choices)], "line_only": "row" not in one.choices,
        "stands": stands, "reason": reason[:LONGEST], "wrong": wrong, "longest": LONGEST, "back": _alarms_of(begun),
        "line_only_word": parcel_words.LINE_ONLY,
    }  # fmt: skip
    return render(request, "desks/parcel_rule.html", context, status=422 if wrong else 200)


class Mistake(ValueError):
    """What was typed cannot be recorded; the message says what to do."""


def _decided(request: HttpRequest, mrn: str, stands: str, reason: str) -> HttpResponse:
    if stands not in parcel_words.STANDS:
        raise Mistake(_("Choose which judgement stands."))
    if not reason:
        raise Mistake(_("Give a reason; it stands in the file of the parcel."))
    try:
        made = parcel_ruling.decide(
            mrn,
            stands,
            reason,
            by=request.user.get_username(),
            role=role_of(request),
            shown=request.POST.get("seen", ""),
        )  # type: ignore[arg-type]
    except (ParcelProblem, NotPermitted) as fault:
        raise Mistake(why(fault) if isinstance(fault, ParcelProblem) else explain.told(fault.why)) from None
    messages.success(request, _("It is decided, and its file is open."))
    return redirect("declaration", key=made.mrn or made.id)
