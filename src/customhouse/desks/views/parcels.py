"""Consolidations of parcels: a courier hands them in, follows them and takes its answer; customs sees those of the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from customhouse.clearance import cargo, job, upload
from customhouse.clearance.upload import NotTaken, Receiving
from customhouse.desks import audit, explain, parcel_words
from customhouse.desks.access import STAFF, TRADE, allowed, declarant_of, role_of
from customhouse.desks.explain.parcels import Reasons
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.record import access
from customhouse.record.parcel import Consolidation
from customhouse.registry import parcel_look, parcel_opening, parcels, reader, uploads
from customhouse.registry.flowing import streamed
from customhouse.registry.parcels import Begun

PORTION = 4 * 1024 * 1024
"""Bytes that the page sends at once."""
STATUS = {"offset": 409, "busy": 423, "large": 413, "full": 507, "gone": 410, "late": 409}


def opened(number: int) -> Begun:
    """The consolidation, where this reader may see it."""
    try:
        return parcels.get(number)
    except LookupError:
        raise Http404 from None


def own(request: HttpRequest, id: str) -> uploads.Upload:
    """The upload, where it is the reader's own."""
    found = uploads.get(id)
    if found is None or found.of.declarant != declarant_of(request):
        raise Http404
    return found


@allowed("consolidation.read")
def show(request: HttpRequest) -> HttpResponse:
    """A courier's own consolidations, or for customs those of the day."""
    return _courier(request, {}) if role_of(request) in TRADE else _day(request)


def _courier(
    request: HttpRequest, typed: dict[str, str], wrong: Problem | None = None, status: int = 200
) -> HttpResponse:
    today = datetime.now(UTC).date()
    law = cargo.law_now(datetime.now(UTC))
    declarant = declarant_of(request)
    day = _asked_day(request, today)
    under_way = [job.of(one) for one in uploads.under_way(declarant)]
    with reader.system():
        done = parcel_look.day(day, declarant=declarant)
    context = {
        "typed": typed,
        "wrong": parcel_words.problem(wrong) if wrong else None,
        "under_way": [(one, parcel_words.state(one), _percent(one)) for one in under_way],
        "done": done,
        "alarms": {},
        "offices": [(code, explain.in_language(text)) for code, text in law.contents.offices.items()],
        "modes": parcel_words.MODES,
        "most": settings.UPLOAD_MAX_BYTES,
        "portion": PORTION,
        **_days(day, today),
    }
    return render(request, "desks/parcels.html", context, status=status)


def _percent(one: job.Job) -> int:
    """How far: of its bytes while they come, then of its parcels."""
    done, whole = (one.received, one.length) if one.state == "receiving" else (one.done, one.rows)
    return done * 100 // whole if whole else 0


def _asked_day(request: HttpRequest, today: date) -> date:
    try:
        return date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today


def _days(day: date, today: date) -> dict[str, Any]:
    later = day + timedelta(days=1)
    return {"day": day, "earlier": day - timedelta(days=1), "later": later if later <= today else None, "today": today}


def _day(request: HttpRequest) -> HttpResponse:
    """The express officer's day: every consolidation with its counts, and all of them together."""
    today = datetime.now(UTC).date()
    day = _asked_day(request, today)
    own_office = request.user.office  # type: ignore[union-attr]
    may_work = role_of(request) in access.may("consolidation.work")
    with reader.system():
        found = [one for one in parcel_look.day(day) if not own_office or one.begun.of.office == own_office]
        alarms = parcel_opening.alarmed() if may_work else {}
        resting = (
            [one for one in uploads.resting() if not own_office or one.of.office == own_office] if may_work else []
        )
    verdicts, lanes = dict[str, int](), dict[str, int]()
    for one in found:
        for into, counts in ((verdicts, one.verdicts), (lanes, one.lanes)):
            for key, n in counts.items():
                into[key] = into.get(key, 0) + n
    here = {one.begun.id for one in found}
    due = [one.charge for one in found if one.charge]
    context = {
        "consolidations": found,
        "may_work": may_work,
        "resting": resting,
        "alarms": {str(number): n for number, n in alarms.items()},
        "alarmed": [(one.begun, alarms[one.begun.id]) for one in found if one.begun.id in alarms],
        "elsewhere": _elsewhere({number: n for number, n in alarms.items() if number not in here}),
        "due": _sum([one.amount for one in due]),
        "owed": _sum([one.owed for one in due]),
        "verdict_bars": parcel_words.verdict_bars(verdicts),
        "lane_bars": parcel_words.lane_bars(lanes),
        "rows": sum(verdicts.values()),
        **_days(day, today),
    }
    return render(request, "desks/parcel_day.html", context)


def _elsewhere(alarms: dict[int, int]) -> list[tuple[Begun, int]]:
    """Consolidations of other days that this reader is shown with parcels that have no file, the newest first."""
    seen = parcels.begun("c.id = any(%s)", [list(alarms)], "desc") if alarms else []
    return [(one, alarms[one.id]) for one in seen]


def _sum(amounts: list[Money]) -> Money | None:
    return Money(sum(one.minor for one in amounts), amounts[0].currency) if amounts else None


# --- handing in -------------------------------------------------------------------------------------------------------


@allowed("consolidation.send")
@require_POST
def hand_in(request: HttpRequest) -> HttpResponse:
    """A file in a form; or, from the script of the page, the announcement of one whose bytes follow."""
    file = request.FILES.get("file")
    typed = {name: request.POST.get(name, "").strip() for name in ("reference", "office", "mode")}
    name = file.name or "" if file else request.POST.get("name", "")
    length = file.size or 0 if file else int(request.POST.get("length", "").zfill(1)) if _is_number(request) else 0
    of = Consolidation(declarant_of(request), typed["reference"] or name, typed["office"], typed["mode"])
    by_script = "length" in request.POST
    try:
        one, _new = upload.announce(of, name, length, "", request.user.get_username())
        if file:
            with Receiving(one, upload.offset(one)) as into:
                file.seek(into.offset)
                upload.pieces(file.read, into)
    except NotTaken as why:
        if by_script:
            return JsonResponse({"wrong": parcel_words.problem(why.problem)}, status=422)
        return _courier(request, typed, why.problem, status=422)
    if by_script:
        return JsonResponse({"portions": reverse("parcel-portion", args=[one.id]), "page": _page(one.id),
                             "offset": upload.offset(one)})  # fmt: skip
    return redirect(_page(one.id))


def _is_number(request: HttpRequest) -> bool:
    text = request.POST.get("length", "")
    return text.isascii() and text.isdigit() and len(text) < 16


def _page(id: str) -> str:
    return reverse("parcel-upload", args=[id])


@allowed("consolidation.send")
@require_http_methods(["PATCH"])
def portion(request: HttpRequest, id: str) -> HttpResponse:
    """Bytes from the page's script; answered with how many have come, also where these are not taken."""
    at = request.headers.get("Upload-Offset", "")
    try:
        one = own(request, id)
        with Receiving(one, int(at) if at.isascii() and at.isdigit() and len(at) < 16 else -1) as into:
            upload.pieces(request.read, into)
    except NotTaken as why:
        told = {"wrong": parcel_words.problem(why.problem), "offset": why.offset}
        return JsonResponse(told, status=STATUS.get(why.why, 422))
    return JsonResponse({"offset": into.offset})


@allowed("consolidation.send")
@require_POST
def end(request: HttpRequest, id: str) -> HttpResponse:
    """Take a file back before it is cleared."""
    try:
        upload.end(own(request, id))
        messages.success(request, _("Taken back. Nothing of it is stored."))
    except NotTaken as why:
        messages.error(request, parcel_words.problem(why.problem)["label"])
    return redirect("parcels")


@allowed("consolidation.send")
def follow(request: HttpRequest, id: str) -> HttpResponse:
    """How far a file is; the page of the consolidation once it is done."""
    one = job.of(own(request, id))
    if one.state == "done" and one.consolidation:
        return redirect("consolidation", number=one.consolidation)
    context = {
        "job": one,
        "state": parcel_words.state(one),
        "percent": _percent(one),
        "bars": parcel_words.verdict_bars(one.verdicts) if one.verdicts else [],
        "lane_bars": parcel_words.lane_bars(one.lanes) if one.lanes else [],
        "problems": [parcel_words.problem(p) for p in one.problems],
        "goes_on": one.state in ("queued", "clearing"),
        "portion": PORTION,
        "portions": reverse("parcel-portion", args=[id]),
    }
    return render(request, "desks/parcel_upload.html", context)


@allowed("consolidation.read")
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """The answer to keep, whole or only the unreadable lines, in the reader's language."""
    begun = opened(number)
    with reader.system():
        if not parcels.get(number).finished:
            raise Http404
    as_json, only = request.GET.get("as") == "jsonl", request.GET.get("only") == "unreadable"
    if role_of(request) in STAFF:
        audit.searched(request, f"answer of consolidation {begun.id}")
    kind, suffix = ("application/x-ndjson", "jsonl") if as_json else ("text/csv; charset=utf-8", "csv")
    name = f"consolidation-{number}{'-unreadable' if only else ''}.{suffix}"
    language = get_language() or ""
    return streamed(
        request, lambda: job.answer(number, as_json=as_json, unreadable=only, language=language), type=kind, name=name
    )


def reasons(begun: Begun) -> Reasons:
    """What says the reasons of the rows of a consolidation in the reader's language."""
    return Reasons(job.law_of(begun))
