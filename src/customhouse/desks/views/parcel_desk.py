"""The express officer's desk: one consolidation with its exceptions, one parcel with its why, and orders for many parcels at once."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from msgspec.structs import replace

from customhouse.clearance import bulk, cargo, job, parcel_file
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.desks import audit, explain, parcel_words, words
from customhouse.desks.access import TRADE, allowed, declarant_of, role_of
from customhouse.desks.explain import parcels as parcels_told
from customhouse.desks.views import parcel_alarms
from customhouse.desks.views import parcels as courier
from customhouse.desks.views.consignment import law_of, why_lane
from customhouse.kernel.money import Money
from customhouse.offices.longroom import number_of
from customhouse.record import access
from customhouse.record.declaration import Stage
from customhouse.record.lanes import Lane
from customhouse.record.parcel import is_parcel, place
from customhouse.record.parcel_charge import ParcelCharge
from customhouse.registry import files, parcel_charge, parcel_look, parcel_orders, parcels, reader, uploads
from customhouse.registry.parcel_orders import Wanted
from customhouse.registry.parcels import Begun

PAGE, LONGEST = 50, 80
EXCEPTIONS = ("file", "refused", "repeated")
LOOKS = (Lane.YELLOW, Lane.RED)
CENT, PPM = 10_000, 1_000_000


@allowed("consolidation.read")
def show(request: HttpRequest, number: int) -> HttpResponse:
    """A consolidation with its counts; for customs also its exceptions and what was ordered in it."""
    begun = courier.opened(number)
    with reader.system():
        stood = job.counted(number)
        last = uploads.last_of(number)
    context: dict[str, Any] = {
        "one": stood,
        "bars": parcel_words.verdict_bars(stood.verdicts),
        "lane_bars": parcel_words.lane_bars(stood.lanes),
        "file": last.name if last else "",
        "is_trade": role_of(request) in TRADE,
        "may_work": role_of(request) in access.may("consolidation.work"),
        "may_act": role_of(request) in access.may("consolidation.act"),
        "may_order": declarant_of(request) == stood.begun.of.declarant
        and role_of(request) in access.may("account.use"),
        "may_take": role_of(request) in access.may("payment.record"),
        "payments": words.PAYMENTS,
        "taxes": _by_tax(stood.charge),
    }
    if context["may_work"]:
        audit.searched(request, f"consolidation {number}")
        context |= {
            **_exceptions(request.GET, begun, stood.verdicts),
            "alarms": parcel_alarms.shown(begun),
            "may_rule": role_of(request) in access.may("consolidation.rule"),
        }
    return render(request, "desks/parcel_consolidation.html", context)


def asked_of(told: QueryDict) -> dict[str, str]:
    """What of a consolidation is asked for, with anything unknown left out."""
    asked = {
        name: told[name]
        for name, known in (("verdict", {**parcel_words.VERDICTS, "all": ""}), ("lane", Lane.__members__))
        if told.get(name) in known
    }
    if words_ := " ".join(told.get("words", "").replace("\x00", "").split())[:LONGEST]:
        asked["words"] = words_
    return asked


def wanted_of(asked: dict[str, str], lines: tuple[int, ...] = ()) -> Wanted:
    """The parcels that a filter shows: the exceptions where no verdict is named."""
    verdict = asked.get("verdict", "")
    verdicts = (
        (verdict,) if verdict in parcel_words.VERDICTS else () if verdict == "all" or asked.get("words") else EXCEPTIONS
    )
    return Wanted(verdicts, (asked["lane"],) if "lane" in asked else (), asked.get("words", ""), lines)


def _by_tax(charge: ParcelCharge | None) -> list[tuple[str, str, Money]]:
    """What is due by tax, in words; empty where it is not known."""
    if charge is None or not charge.taxes:
        return []
    law = cargo.law_now(charge.at)
    return [(tax, explain.tax_name(tax, law), Money(minor, charge.amount.currency)) for tax, minor in charge.due_by_tax]


def _progress(order: parcel_orders.Order, green: int) -> int:
    """How far an order is, in per cent of the parcels that it looks at."""
    done, whole = (order.seen, green) if order.act == "select" else (order.done + order.left, order.touches)
    return min(100, done * 100 // whole) if whole else 100


def _exceptions(told: QueryDict, begun: Begun, counts: dict[str, int]) -> dict[str, Any]:
    number, reasons = begun.id, courier.reasons(begun)
    asked = asked_of(told)
    before = told.get("before", "")  # what is asked for lies beyond this line; the name is that of the paging
    after = int(before) if before.isascii() and before.isdigit() and len(before) < 10 else 0
    wanted = wanted_of(asked)
    with reader.system():
        rows, bad = [], []
        if asked.get("verdict") == "unreadable":
            bad = parcel_orders.quarantine(number, after=after, limit=PAGE + 1)
        else:
            rows = bulk.parcels_of(number, wanted, after, PAGE + 1)
        standing = parcel_orders.standing([row.number for row in rows])
        orders = parcel_orders.of(number)
        green = sum(counts.get(verdict, 0) for verdict in bulk.GREEN)
        shown = [(order, parcel_words.ACTS[order.act], parcel_words.ORDERS[order.state],
                  [(parcels_told.said(why), n) for why, n in parcel_orders.left(order.id)], parcels_told.said(order.why),
                  _progress(order, green)) for order in orders]  # fmt: skip
        count = len(bad) if bad else bulk.count(number, wanted, counts) if not wanted.words else None
    more = rows or bad
    return {
        "asked": {**asked, **({"before": before} if after else {})},
        "rows": [(row, parcel_words.VERDICTS[row.verdict], standing.get(row.number), reasons.read(row.told))
                 for row in rows[:PAGE]],
        "unreadable": [(one, *reasons.line(one.rule, one.why, one.hint)) for one in bad[:PAGE]],
        "count": counts.get("unreadable", 0) if bad else count,
        "next": str(more[PAGE - 1].line) if len(more) > PAGE else "",
        "verdicts": parcel_words.VERDICTS,
        "lanes": words.LANES,
        "looks": {lane.value: words.LANES[lane] for lane in LOOKS},
        "holds": {kind.value: word for kind, word in words.HOLDS.items()},
        "orders": shown,
        "is_working": any(order.state == "waiting" for order in orders),
    }  # fmt: skip


@allowed("consolidation.work")
def find(request: HttpRequest) -> HttpResponse:
    """One parcel by its reference or MRN; several of one reference are listed."""
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    audit.searched(request, text)
    if files.is_mrn(text.upper()) and is_parcel(number_of(text.upper())):
        return redirect("parcel", mrn=text.upper())
    with reader.system():
        found = parcel_look.find(text, limit=PAGE) if text else []
    seen = []
    for row in found:
        try:
            seen.append((row, parcels.get(row.consolidation), parcel_words.VERDICTS[row.verdict]))
        except LookupError:
            continue  # of another office
    if len(seen) == 1 and seen[0][0].mrn:
        return redirect("parcel", mrn=seen[0][0].mrn)
    return render(request, "desks/parcel_find.html", {"found": seen, "text": text})


@allowed("consolidation.work")
def parcel(request: HttpRequest, mrn: str) -> HttpResponse:
    """One parcel and its why: every amount with its line of law, the lane with its reasons, as it was judged on its day."""
    mrn = mrn.upper()
    if not files.is_mrn(mrn) or not is_parcel(number_of(mrn)):
        raise Http404
    begun = courier.opened(place(number_of(mrn))[0])
    audit.searched(request, f"parcel {mrn}")
    stopped = ""
    try:
        with reader.system():
            found = parcel_file.again(mrn)
            stored, walk = found.stored, found.walk
    except ParcelProblem as fault:
        with reader.system():
            try:
                stored, walk, stopped = parcels.parcel(number_of(mrn)), None, parcel_alarms.why(fault)
            except LookupError:
                raise Http404 from None
    number = files.number(str(stored.number))
    standing = files.get(number) if number is not None else None
    context: dict[str, Any] = {
        "begun": begun, "stored": stored, "verdict": parcel_words.VERDICTS[stored.verdict], "stopped": stopped,
        "declared": parcel_words.declared(stored.parcel), "may_release": standing is not None and standing.stage is not Stage.RELEASED,
        "ruling": parcel_alarms.ruling(stored.number) if standing else None, "may_rule": standing is None and parcel_alarms.may_rule(request, mrn), "charge": _charge(stored), "standing": standing, "may_act": role_of(request) in access.may("consolidation.act"),
        "looks": {lane.value: words.LANES[lane] for lane in LOOKS}, "told": courier.reasons(begun).read(stored.told),
    }  # fmt: skip
    if walk is not None:
        d = replace(walk.declaration, settled=None)  # what is paid is told by the charge or by its file
        law = law_of(d, walk.entry) if walk.entry else None
        context |= {
            "d": d,
            **explain.worked(d, law),
            **why_lane(request, d, law),
            "problems": [explain.problem(p, law) for p in walk.problems],
            "may_near": False,
        }
    return render(request, "desks/parcel.html", context)


def _charge(stored: parcels.Stored) -> ParcelCharge | None:
    """The charge that a parcel is to be paid with; None where it owes nothing."""
    with reader.system():
        return parcel_charge.of(stored.consolidation) if stored.verdict == "due" else None


# --- orders for many --------------------------------------------------------------------------------------------------


class Mistake(ValueError):
    """What was typed cannot be ordered; the message says what to type instead."""


@allowed("consolidation.act")
@require_POST
def order(request: HttpRequest, number: int) -> HttpResponse:
    """Show how many parcels an order would touch; ordered when it is confirmed, for very many with the number typed as well."""
    of = courier.opened(number).of
    asked = asked_of(request.POST)
    query = QueryDict(mutable=True)
    query.update(asked)
    back = f"{reverse('consolidation', args=[number])}?{query.urlencode()}"
    try:
        act, wanted, reason, lane, share = _typed(request.POST, asked)
    except Mistake as fault:
        messages.error(request, str(fault))
        return redirect(f"{back}#act")
    with reader.system():
        known = job.counted(number).verdicts
        count = bulk.count(number, wanted, known)
    touches = -(-count * share // PPM) if act == "select" else count
    limit, typed = settings.BULK_PARCELS, "".join(c for c in request.POST.get("typed", "") if c.isdigit())
    if count and "confirmed" in request.POST and (touches <= limit or typed == str(touches)):
        placed = parcel_orders.place(
            number, act, wanted, reason, touches=touches, by=request.user.get_username(),
            role=role_of(request).value, lane=lane, share_ppm=share,
        )  # fmt: skip
        messages.success(request, _("Order %(number)d is given; it is done parcel by parcel.") % {"number": placed})
        return redirect(f"{reverse('consolidation', args=[number])}#orders")
    context = {
        "of": of, "number": number, "act": act, "filter": _filter_in_words(wanted, asked), "word": parcel_words.ACTS[act], "count": count, "touches": touches, "limit": limit,
        "is_many": touches > limit, "is_wrong": "confirmed" in request.POST and count, "reason": reason, "back": back,
        "share": Decimal(share) / CENT, "lane": lane, "sent": [(k, v) for k, values in request.POST.lists() for v in values
            if k not in ("csrfmiddlewaretoken", "typed", "confirmed")],
    }  # fmt: skip
    return render(request, "desks/parcel_order.html", context)


def _filter_in_words(wanted: Wanted, asked: dict[str, str]) -> str:
    """Which parcels an order is for, in words."""
    if wanted.lines:
        return _("those ticked")
    said = [str(parcel_words.VERDICTS[verdict]) for verdict in wanted.verdicts]
    said += [str(words.LANES[Lane(lane)]) for lane in wanted.lanes]
    return ", ".join([*said, *([f"“{asked['words']}”"] if "words" in asked else [])]) or _("every parcel")


def _typed(told: QueryDict, asked: dict[str, str]) -> tuple[Any, Wanted, str, str, int]:
    """(act, parcels, reason, lane, share) as ordered. Raises Mistake."""
    act, reason = told.get("act", ""), " ".join(told.get("reason", "").replace("\x00", "").split())[:400]
    if act not in parcel_words.ACTS:
        raise Mistake(_("Choose what is ordered."))
    if not reason:
        raise Mistake(_("Give a reason; it stands in the file of every parcel."))
    if act == "select":
        share, lane = _share(told.get("share", "")), told.get("to", "")
        if share is None or lane not in LOOKS:
            raise Mistake(_("Give a share between 0.01 and 100 per cent, and what is asked of those drawn."))
        return act, Wanted(bulk.GREEN), reason, lane, share
    lines = tuple(
        sorted({int(one) for one in told.getlist("line") if one.isascii() and one.isdigit() and len(one) < 9})
    )
    if told.get("scope") == "ticked":
        if not lines:
            raise Mistake(_("Tick at least one parcel."))
        return act, Wanted(lines=lines), reason, "", 0
    if asked.get("verdict") == "unreadable":
        raise Mistake(_("In unreadable lines there is no parcel to decide on."))
    return act, wanted_of(asked), reason, "", 0


def _share(typed: str) -> int | None:
    """Per cent as typed, in parts per million; None for what is no share."""
    try:
        share = Decimal(typed.strip().replace(",", ".")) * CENT
    except InvalidOperation:
        return None
    return int(share) if share.is_finite() and 100 <= share <= PPM else None
