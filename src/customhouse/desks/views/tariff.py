"""The tariff at hand: the words, rates and papers of the code being typed, and codes for the words being typed."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.clearance.file import context_now
from customhouse.desks import explain
from customhouse.desks.access import role_required
from customhouse.law.book import Law
from customhouse.law.terms import Line
from customhouse.record.declaration import Role

MOST = 8


@role_required(Role.BROKER)
def look_up(request: HttpRequest) -> HttpResponse:
    """A piece of page for the item being typed; its fields come as they are named in the form."""
    typed = {name.rpartition("-")[2]: value for name, value in request.GET.items() if "-doc-" not in name}
    asked, origin = typed.get("code", "").strip()[:40], typed.get("origin", "").strip().upper()[:2]
    procedure = typed.get("procedure", "4000")[:4]
    law = context_now().law
    digits = re.sub(r"[\s.]", "", asked)
    context: dict[str, Any] = {"asked": asked, "origin": origin}
    if digits.isascii() and digits.isdigit():
        context |= _by_code(law, digits[:10], origin, procedure)
    elif len(asked) > 2:
        context["offers"] = [_offer(x) for x in _by_words(law, asked)]
    return render(request, "desks/parts/tariff.html", context)


def _by_code(law: Law, digits: str, origin: str, procedure: str) -> dict[str, Any]:
    line = law.line(digits) if len(digits) > 1 else None
    if line is None:
        return {}
    measures = [m for m in law.measures(digits, origin) if m.applies_to(procedure or "4000", True)]
    rates: dict[str, str] = {}
    for measure in measures:
        if measure.expression is not None and not measure.preference and not measure.additional_code:
            rates.setdefault(measure.tax_type, measure.expression_text)
    wanted = dict.fromkeys(m.documents[0] for m in measures if m.documents and not m.preference)
    below = [
        x
        for x in law.contents.lines
        if x.code.startswith(digits) and x.code != digits and x.validity.contains(law.date)
    ]
    shortest = min((len(x.code) for x in below), default=0)
    return {
        "line": line,
        "words": explain.in_language(line.text),
        "heading": _heading(law, line),
        "rates": [
            (explain.tax_name(t, law), explain.formula(rate))
            for t, rate in sorted(rates.items(), key=lambda r: law.order_of(r[0]))
        ],
        "documents": [explain.document(code, law) for code in wanted],
        "offers": [_offer(x) for x in below if len(x.code) == shortest][:MOST],
    }


def _heading(law: Law, line: Line) -> str:
    """The chapter that a line stands in, when it is not a chapter itself."""
    chapter = law.line(line.code[:2])
    return explain.in_language(chapter.text) if chapter and chapter.code != line.code else ""


def _offer(line: Line) -> tuple[str, str]:
    return line.code, explain.in_language(line.text)


def _by_words(law: Law, asked: str) -> list[Line]:
    """Lines that hold every word typed, in any language; the longest codes first, because they can be declared."""
    wanted = asked.lower().split()
    found = [
        x
        for x in law.contents.lines
        if x.validity.contains(law.date) and all(any(w in t.lower() for t in x.text.values()) for w in wanted)
    ]
    return sorted(found, key=lambda x: (-len(x.code), x.code))[:MOST]
