"""Lists: the officers' work list, the broker's declarations, the notices."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customhouse.clearance.permit import law_now
from customhouse.desks import audit, explain, words
from customhouse.desks.access import allowed, declarant_of, reads_for, role_of
from customhouse.desks.agency_sees import agency_name
from customhouse.record import access
from customhouse.record.declaration import HoldKind, Role, Stage
from customhouse.record.lanes import Lane
from customhouse.registry import files, people, supplementary, worklist

PAGE = 50
AGES: dict[str, tuple[Any, timedelta]] = {
    "ageing": (gettext_lazy("Over 4 hours"), words.AGEING),
    "old": (gettext_lazy("Over a day"), words.OLD),
    "week": (gettext_lazy("Over a week"), timedelta(days=7)),
}
ORDERS = {
    "newest": gettext_lazy("Newest first"),
    "oldest": gettext_lazy("Oldest first"),
    "amount": gettext_lazy("Highest amount first"),
}
SHOWN_STAGES = (
    Stage.REGISTERED,
    Stage.ACCEPTED,
    Stage.CLASSIFIED,
    Stage.ROUTED,
    Stage.RELEASED,
    Stage.REFUSED,
    Stage.INVALIDATED,
)


def _asked(request: HttpRequest) -> dict[str, str]:
    """What the reader asked for, with anything unknown left out."""
    asked = request.GET
    known: dict[str, Any] = {
        "stage": Stage.__members__,
        "lane": Lane.__members__,
        "hold": {h.value for h in HoldKind},
        "age": AGES,
        "order": ORDERS,
        "all": ("1",),
    }
    told = {name: asked[name] for name, words_ in known.items() if asked.get(name) in words_}
    if text := asked.get("q", "").strip().replace("\x00", "")[:80]:
        told["text"] = text
    if before := asked.get("before", "")[:40]:
        told["before"] = before
    return told


def _wanted(asked: dict[str, str], **more: Any) -> worklist.Wanted:
    age = AGES.get(asked.get("age", ""))
    return worklist.Wanted(
        stage=asked.get("stage", ""),
        lane=asked.get("lane", ""),
        hold=asked.get("hold", ""),
        text=asked.get("text", ""),
        lodged_before=datetime.now(UTC) - age[1] if age else None,
        before=asked.get("before", ""),
        **{"order": asked.get("order", "newest"), **more},
    )


def _moments() -> list[datetime]:
    """The moments from before which something has waited as long as each of AGES says."""
    now = datetime.now(UTC)
    return [now - age for _word, age in AGES.values()]


def _page(request: HttpRequest, asked: dict[str, str], wanted: worklist.Wanted) -> dict[str, Any]:
    """One page of rows and what its controls need."""
    rows = worklist.rows(wanted, PAGE + 1)
    query = request.GET.copy()
    query.pop("before", None)
    return {
        "rows": rows[:PAGE],
        "asked": asked,
        "order": wanted.order,
        "query": query.urlencode(),
        "next": worklist.cursor(rows[PAGE - 1], wanted.order) if len(rows) > PAGE else "",
        "is_filtered": any(asked.get(name) for name in ("stage", "lane", "hold", "age", "text")),
        "orders": ORDERS,
        "ages": AGES,
        "lanes": words.LANES,
        "lane_means": words.LANE_MEANS,
        "holds": words.HOLDS,
        "stages": {s.value: words.STAGES[s] for s in SHOWN_STAGES},
    }


def _opened(asked: dict[str, str]) -> HttpResponse | None:
    """Who types a whole MRN wants the declaration."""
    text = asked.get("text", "").upper().replace(" ", "")
    return redirect("declaration", key=text) if files.is_mrn(text) else None


@allowed("declaration.work")
def work(request: HttpRequest) -> HttpResponse:
    """What waits for this reader, oldest first; with ?all=1 everything there is.

    A declaration that waits for nothing but payment is the cashier's work, not the officer's.
    """
    asked = _asked(request)
    if opened := _opened(asked):
        return opened
    if "text" in asked:
        audit.searched(request, asked["text"])
    everything = "all" in asked or "stage" in asked or "text" in asked
    role = role_of(request)
    besides_payment = not everything and role is not Role.CASHIER and asked.get("hold") != "payment"
    more: dict[str, Any] = {"waiting": not everything, "besides_payment": besides_payment}
    more["order"] = asked.get("order") or ("newest" if everything else "oldest")
    if role is Role.CASHIER and not everything and "hold" not in request.GET:
        asked.setdefault("hold", "payment")
    counts = worklist.waiting((), _moments(), besides_payment=role is not Role.CASHIER)
    context = _page(request, asked, _wanted(asked, **more))
    context |= {
        "counts": counts,
        "alarms": counts.holds.get(HoldKind.PARTY.value, 0) if role in access.may("party.read") else 0,
        "older": dict(zip(AGES, counts.older, strict=True)),
        "everything": everything,
        "waits_only": not everything,
        "tabs": [(lane, words.LANES[lane], counts.lanes.get(lane.value, 0)) for lane in words.LANES],
    }
    return render(request, "desks/worklist.html", context)


@allowed("declaration.list")
def declarations(request: HttpRequest) -> HttpResponse:
    """The declarations that concern the reader's trader: lodged by it, or naming it as importer or exporter."""
    asked, own = _asked(request), reads_for(request)
    if opened := _opened(asked):
        return opened
    now = datetime.now(UTC)
    context = _page(request, asked, _wanted(asked, parties=own))
    context |= {
        "counts": (counts := worklist.waiting(own, _moments())),
        "older": dict(zip(AGES, counts.older, strict=True)),
        "owed": len(supplementary.standing(declarant_of(request))),
        "today": worklist.day(now.replace(hour=0, minute=0, second=0, microsecond=0), own),
    }
    return render(request, "desks/declarations.html", context)


# What customs tells, by the word that the outbox puts before the colon.
TOLD = {
    "lane": lambda rest: explain.lane(Lane(rest)),
    "query": lambda rest: _("Customs asks: %(text)s") % {"text": rest},
    "agency": lambda rest: _("Held for another agency: %(agency)s") % {"agency": agency_name(rest, law_now())},
    "inspection": lambda rest: _("Joint inspection: %(where)s") % {"where": rest},
    "arrived": lambda rest: _("The goods of %(document)s are in the house") % {"document": rest},
    "short": lambda rest: _("Cargo: %(text)s") % {"text": explain.told(rest)},
    "owed": lambda rest: _("A supplementary declaration is owed by %(day)s") % {"day": rest[:10]},
    "completes": lambda rest: _("It completes %(mrn)s") % {"mrn": rest.replace(",", ", ")},
    "released": lambda rest: _("The goods are released"),
    "accepted": lambda rest: _("The goods were presented, and the declaration is accepted"),
    "refused": lambda rest: _("The goods were presented, and the declaration is refused"),
    "parcel-refused": lambda rest: _("The parcel was judged again, and is refused"),
    "recalled": lambda rest: _("The release was taken back: %(reason)s") % {"reason": rest},
    "invalidated": lambda rest: _("Invalidated: %(reason)s") % {"reason": rest},
    "webhook": lambda rest: (
        _("The webhook %(url)s was switched off: nothing has arrived there for long") % {"url": rest}
    ),
}
NOTICE_ICONS = {
    "arrived": "ship",
    "short": "ship",
    "lane": "eye",
    "agency": "house",
    "inspection": "clock",
    "query": "ask",
    "owed": "clock",
    "completes": "tick",
    "released": "tick",
    "accepted": "tick",
    "refused": "cross",
    "parcel-refused": "cross",
    "recalled": "hand",
    "invalidated": "cross",
    "webhook": "warn",
}


@allowed("notice.read")
def notices(request: HttpRequest) -> HttpResponse:
    """What customs told the declarant."""
    shown = []
    told = people.notices(declarant_of(request), 100)
    names = worklist.references([notice.declaration for notice in told])
    for notice in told:
        kind, _sep, rest = notice.text.partition(":")
        words_ = TOLD[kind](rest) if kind in TOLD else notice.text
        name = names.get(notice.declaration, "")
        shown.append((notice, words_, NOTICE_ICONS.get(kind, "bell"), datetime.fromisoformat(notice.at), name))
    return render(request, "desks/notices.html", {"notices": shown})
