"""The law of a day, for everybody in the house: the tariff by code or words, quotas with what is left, the Book in force."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from customhouse.clearance.quota import in_force
from customhouse.desks import explain, tariff_search
from customhouse.desks.access import allowed
from customhouse.desks.explain import agencies as explain_agencies
from customhouse.law.book import Law
from customhouse.law.terms import Line
from customhouse.registry import lawbook

MOST_LINES, MOST_MEASURES, MOST_QUOTAS = 100, 150, 50


@allowed("law.read")
def show(request: HttpRequest) -> HttpResponse:
    """What was asked for on a day; without a question the chapters to begin with."""
    asked = request.GET.get("q", "").strip().replace("\x00", "")[:80]
    origin = request.GET.get("origin", "").strip().upper()[:2]
    day, fault = _day(request.GET.get("on", ""))
    context: dict[str, Any] = {"said": asked, "origin": origin if origin.isalpha() else "", "day": day, "fault": fault}
    try:
        law = lawbook.current(day).on(day)
        context["imprint"] = lawbook.imprint(day)
    except lawbook.NoLaw:
        context["fault"] = fault or _("No law has been published for this day.")
        return render(request, "desks/law.html", context, status=404)
    context |= {"law": law, "title": explain.in_language(law.book.title), **_found(law, asked, context["origin"])}
    context |= _quotas(law)
    context["agencies"] = explain_agencies.of_law(law)
    return render(request, "desks/law.html", context)


def _day(typed: str) -> tuple[date, str]:
    """The day asked for, today where none is; with what is wrong about it."""
    today = datetime.now(UTC).date()
    try:
        return (date.fromisoformat(typed.strip()) if typed.strip() else today), ""
    except ValueError:
        return today, _("This is not a date; write it as 2026-12-31. The law of today is shown.")


def _found(law: Law, asked: str, origin: str) -> dict[str, Any]:
    digits = tariff_search.digits_of(asked)
    if asked and not digits:
        lines = tariff_search.by_words(law, asked, MOST_LINES + 1)
        return {"lines": _lines(lines[:MOST_LINES]), "is_cut": len(lines) > MOST_LINES}
    path = tariff_search.path(law, digits) if len(digits) > 1 else []
    inside = tariff_search.below(law, digits, MOST_LINES)
    if not path:
        return {"lines": _lines(inside)}
    measures = tariff_search.measures(law, digits, origin)
    return {
        "path": _lines(path),
        "line": path[-1],
        "is_exact": path[-1].code == digits,
        "digits": digits,
        "measures": tariff_search.told(law, measures[:MOST_MEASURES]),
        "more": max(0, len(measures) - MOST_MEASURES),
        "lines": _lines(inside),
    }


def _lines(lines: list[Line]) -> list[tuple[Line, str]]:
    return [(x, explain.in_language(x.text)) for x in lines]


def _quotas(law: Law) -> dict[str, Any]:
    """The quotas of the day, each with a bar of what is left."""
    found = in_force(law)
    return {
        "quotas": [explain.quota(q, stands) for q, stands in found[:MOST_QUOTAS]],
        "more_quotas": max(0, len(found) - MOST_QUOTAS),
    }
