"""Lists: the officer's work list, the broker's declarations, the notices."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from customhouse.desks import explain
from customhouse.desks.access import STAFF, declarant_of, role_of, roles
from customhouse.record.declaration import HoldKind, Role, Stage
from customhouse.record.lanes import Lane
from customhouse.registry import files, people

PAGE = 50


def _filters(request: HttpRequest) -> dict[str, Any]:
    """What the reader asked for, with anything unknown left out."""
    asked = request.GET
    before = asked.get("before", "")
    return {
        "stage": asked.get("stage", "") if asked.get("stage", "") in Stage.__members__ else "",
        "lane": asked.get("lane", "") if asked.get("lane", "") in Lane.__members__ else "",
        "hold": asked.get("hold", "") if asked.get("hold", "") in {h.value for h in HoldKind} else "",
        "text": asked.get("q", "").strip().replace("\x00", "")[:80],
        "before": int(before) if before.isdigit() and len(before) < 18 else None,
    }


def _list(request: HttpRequest, template: str, declarant: str, hold_first: str = "", **more: Any) -> HttpResponse:
    asked = _filters(request)
    asked["hold"] = asked["hold"] or hold_first
    if asked["text"] and files.is_mrn(asked["text"]):
        return redirect("declaration", key=asked["text"].upper())
    rows = files.worklist(declarant=declarant, limit=PAGE + 1, **asked, **more)
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "rows": rows[:PAGE],
        "last": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "asked": asked,
        "query": query.urlencode(),
        "counts": files.counts(declarant),
        "lanes": explain.LANES,
        "holds": explain.HOLDS,
        "stages": explain.STAGES,
        "everything": request.GET.get("all") == "1",
    }
    return render(request, template, context)


@roles(*STAFF)
def worklist(request: HttpRequest) -> HttpResponse:
    """What waits for this reader; with ?all=1 everything there is.

    A declaration that waits for nothing but payment is the cashier's work, not the officer's.
    """
    asked = request.GET
    plain = not any(asked.get(name) for name in ("all", "stage", "q", "hold", "lane"))
    if plain and role_of(request) is Role.CASHIER:
        return _list(request, "desks/worklist.html", "", hold_first="payment")
    waiting = asked.get("all") != "1" and not asked.get("stage") and not asked.get("q")
    return _list(request, "desks/worklist.html", "", waiting=waiting, besides_payment=plain)


@roles(Role.BROKER)
def declarations(request: HttpRequest) -> HttpResponse:
    """The broker's own declarations."""
    return _list(request, "desks/declarations.html", declarant_of(request))


@roles(Role.BROKER)
def notices(request: HttpRequest) -> HttpResponse:
    """What customs told the declarant."""
    return render(request, "desks/notices.html", {"notices": people.notices(declarant_of(request), 100)})
