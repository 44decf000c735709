"""The targeter's queue: live traffic in the order in which a look is worth most, its filters, and a draw over what they show."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from customhouse.clearance import target
from customhouse.desks import audit, targeting_words, words
from customhouse.desks.access import allowed, role_of
from customhouse.record import access
from customhouse.record.lanes import Lane
from customhouse.registry import courses, files, risk_queue
from customhouse.registry.risk_queue import SHOWS, Wanted

PAGE, LONGEST = 50, 80
PPM, CENT = 1_000_000, 10_000
TYPED = {"office": 17, "origin": 2, "chapter": 2, "trader": 40, "text": LONGEST}
"""Filters that hold what is typed, with how much of it is taken."""
CHOSEN: dict[str, Any] = {
    "show": SHOWS,
    "lane": Lane.__members__,
    "way": targeting_words.WAYS,
    "dial": targeting_words.DIALS,
}


def asked_of(told: QueryDict) -> dict[str, str]:
    """What the queue is asked for, with anything unknown left out."""
    asked = {name: told[name] for name, known in CHOSEN.items() if told.get(name) in known}
    for name, longest in TYPED.items():
        if value := " ".join(told.get(name, "").replace("\x00", "").split())[:longest]:
            asked[name] = value if name == "text" else value.upper()
    if before := told.get("before", "")[:60]:
        asked["before"] = before
    return asked


def wanted_of(asked: dict[str, str]) -> Wanted:
    dial = float(asked.get("dial", "1"))
    return Wanted(**{name: value for name, value in asked.items() if name != "dial"}, dial=dial)  # type: ignore[arg-type]


@allowed("targeting.read")
def show(request: HttpRequest) -> HttpResponse:
    """What is under way, the look that is worth most first."""
    asked = asked_of(request.GET)
    if files.is_mrn(text := asked.get("text", "").upper().replace(" ", "")):
        return redirect("risk-consignment", number=files.number(text) or 0)
    if "text" in asked:
        audit.searched(request, asked["text"])
    now = datetime.now(UTC)
    is_level = courses.catch_up()
    wanted = wanted_of(asked)
    rows = risk_queue.rows(wanted, now.date(), PAGE + 1)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    context = {
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].cursor if len(rows) > PAGE else "",
        "asked": asked,
        "show": wanted.show,
        "shows": _tabs(now),
        "dials": targeting_words.DIALS,
        "dial": asked.get("dial", "1"),
        "lanes": words.LANES,
        "ways": targeting_words.WAYS,
        "choices": risk_queue.choices(now.date()),
        "capacity": _capacity(request, midnight),
        "is_level": is_level,
        "speaks": any(row.score is not None for row in rows),
        "is_filtered": any(name in asked for name in (*TYPED, "lane", "way")),
        "may_act": role_of(request) in access.may("targeting.act"),
        "shown": risk_queue.count(wanted, now.date()) if wanted.show == "routed" else 0,
        "looks": {lane.value: words.LANES[lane] for lane in (Lane.YELLOW, Lane.RED)},
    }
    return render(request, "desks/risk_queue.html", context)


def _tabs(now: datetime) -> list[tuple[str, Any, int]]:
    return [
        (show, word, risk_queue.count(Wanted(show=show), now.date()))  # type: ignore[arg-type]
        for show, word in targeting_words.SHOWS.items()
    ]


def _capacity(request: HttpRequest, midnight: datetime) -> list[dict[str, Any]]:
    """The looks of today against what the office has, drawn as bars; the reader's own office alone where it is of one."""
    own = request.user.office  # type: ignore[union-attr]
    shown = [c for c in risk_queue.capacity(midnight, settings.LOOKS) if not own or c.office == own]
    bars = []
    for one in shown:
        whole = max(one.budget, one.used, 1)
        red, yellow = (round(100 * n / whole, 1) for n in (one.red, one.yellow))
        bars.append({"one": one, "red": red, "yellow": yellow, "limit": round(100 * one.budget / whole, 1)})
    return bars


@allowed("targeting.act")
@require_POST
def draw(request: HttpRequest) -> HttpResponse:
    """Choose among everything that the filter shows, each with the same probability; the draw is kept with its share."""
    asked = {name: value for name, value in asked_of(request.POST).items() if name not in ("before", "dial")}
    query = QueryDict(mutable=True)
    query.update(asked)
    back = redirect(f"{reverse('risk-queue')}?{query.urlencode()}")
    share = _share(request.POST.get("share", ""))
    lane = request.POST.get("to", "")
    if share is None or lane not in (Lane.YELLOW, Lane.RED) or asked.get("show", "routed") != "routed":
        messages.error(request, _("Give a share between 0.01 and 100 per cent, and what is asked of those drawn."))
        return back
    numbers = risk_queue.numbers(wanted_of(asked), datetime.now(UTC).date())
    if len(numbers) > risk_queue.MOST:
        messages.error(request, _("More than %(n)d declarations: narrow the filter first.") % {"n": risk_queue.MOST})
        return back
    if not numbers:
        messages.error(request, _("The filter shows nothing to draw from."))
        return back
    by = {"by": request.user.get_username(), "role": role_of(request)}
    done = target.sample(numbers, share, Lane(lane), query.urlencode(), **by)
    fell = ngettext(
        "Draw %(number)d over %(n)d declarations fell on %(chosen)d; of it %(changed)d lane was changed.",
        "Draw %(number)d over %(n)d declarations fell on %(chosen)d; of them %(changed)d lanes were changed.",
        len(done.chosen),
    )
    said = {"number": done.number, "n": done.population, "chosen": len(done.chosen), "changed": done.changed}
    messages.success(request, fell % said)
    return back


def _share(typed: str) -> int | None:
    """Per cent as typed, in parts per million; None for what is no share."""
    try:
        share = Decimal(typed.strip().replace(",", ".")) * CENT
    except InvalidOperation:
        return None
    if not share.is_finite() or not 100 <= share <= PPM:
        return None
    return int(share)
