"""The tariff at hand: what the law says of the code being typed, and codes for the words being typed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.clearance.context import context_now
from customhouse.desks import explain, tariff_search
from customhouse.desks.access import allowed
from customhouse.law.book import Law
from customhouse.law.terms import Line

MOST = 8


@allowed("tariff.look_up")
def look_up(request: HttpRequest) -> HttpResponse:
    """A piece of page for the item being typed; its fields come as they are named in the form."""
    typed = {name.rpartition("-")[2]: value for name, value in request.GET.items() if "-doc-" not in name}
    asked, origin = typed.get("code", "").strip()[:40], typed.get("origin", "").strip().upper()[:2]
    law = context_now().law
    digits = tariff_search.digits_of(asked)
    context: dict[str, Any] = {"asked": asked, "origin": origin}
    if digits:
        context |= _by_code(law, digits, origin, typed)
    elif len(asked) > 2:
        context["offers"] = [_offer(x) for x in tariff_search.by_words(law, asked, MOST)]
    return render(request, "desks/parts/tariff.html", context)


def _by_code(law: Law, digits: str, origin: str, typed: dict[str, str]) -> dict[str, Any]:
    line = law.line(digits) if len(digits) > 1 else None
    if line is None:
        return {}
    procedure = typed.get("procedure", "")[:4] or "4000"
    found = [m for m in law.measures(digits, origin) if m.applies_to(procedure, is_import=True)]
    told = [m for m in tariff_search.told(law, found) if not m.overruled]
    charged = [m for m in told if m.of.expression_text]
    wanted = dict.fromkeys(document for m in told if not m.of.preference for document in m.documents[:1])
    return {
        "line": line,
        "words": explain.in_language(line.text),
        "heading": _heading(law, line),
        "rates": [m for m in charged if not m.of.preference],
        "preferences": [m for m in charged if m.of.preference],
        "claimed": typed.get("preference", ""),
        "documents": list(wanted),
        "offers": [_offer(x) for x in tariff_search.below(law, digits, MOST)],
    }


def _heading(law: Law, line: Line) -> str:
    """The chapter that a line stands in, when it is not a chapter itself."""
    chapter = law.line(line.code[:2])
    return explain.in_language(chapter.text) if chapter and chapter.code != line.code else ""


def _offer(line: Line) -> tuple[str, str]:
    return line.code, explain.in_language(line.text)
