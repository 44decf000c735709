"""Supplementary declarations: what a broker still owes, and by when; what is overdue, for officers."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.desks.access import STAFF, allowed, declarant_of, role_of
from customhouse.registry import supplementary


@allowed("supplementary.list")
def show(request: HttpRequest) -> HttpResponse:
    """What is owed: of the reader's own trader, or for staff of everybody (only what is overdue, with ?all=1 everything)."""
    today = datetime.now(UTC).date()
    is_staff = role_of(request) in STAFF
    overdue_only = is_staff and "all" not in request.GET
    owed = supplementary.standing(declarant_of(request), today if overdue_only else None)
    context = {
        "owed": [(one, (one.due - today).days) for one in owed],
        "is_staff": is_staff,
        "overdue_only": overdue_only,
    }
    return render(request, "desks/supplementary.html", context)
