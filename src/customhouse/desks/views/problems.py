"""Every problem that a declaration may meet, looked up by its code or by words: what it means, what to do, by which law."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customhouse.desks import explain
from customhouse.desks.access import allowed
from customhouse.desks.lodge_fields import field_of, label_of
from customhouse.desks.problem_table import FOUND_BY
from customhouse.law.book import Law
from customhouse.registry import lawbook

# What a text fills in from the declaration has no value here.
PLACE = re.compile(r"\{\w+\}")


class Shown(msgspec.Struct, frozen=True):
    """One problem as the page shows it; `where` is the WCO path of what it is about, `label` our field there."""

    rule: str
    means: str
    do: str = ""
    source: str = ""
    where: str = ""
    label: str = ""
    warns: bool = False


@allowed("law.read")
def show(request: HttpRequest) -> HttpResponse:
    """The list, or what fits ?q=."""
    asked = request.GET.get("q", "").strip().replace("\x00", "")[:80]
    day = datetime.now(UTC).date()
    try:
        law: Law | None = lawbook.current(day).on(day)
    except lawbook.NoLaw:
        law = None
    groups = [(title, [one for one in group if _fits(one, asked)]) for title, group in _all(law)]
    found = sum(len(group) for _title, group in groups)
    context: dict[str, Any] = {
        "said": asked,
        "groups": [(title, group) for title, group in groups if group],
        "told": ngettext("%(n)d problem", "%(n)d problems", found) % {"n": found},
        "found": found,
    }
    return render(request, "desks/problems.html", context)


def _all(law: Law | None) -> list[tuple[str, list[Shown]]]:
    """Every problem: the rules of the law in force, then those of the house."""
    rules = [r for r in law.contents.rules if r.validity.contains(law.date)] if law else []
    of_law = [
        Shown(
            r.id,
            PLACE.sub("…", explain.in_language(r.text)),
            explain.in_language(r.hint) if r.hint else "",
            r.source,
            r.where,
            str(label_of(field_of(r.where.replace("{item}", "1").replace("[item]", "[1]")))),
            r.severity == "warning",
        )
        for r in rules
    ]
    own = [(str(title), [Shown(x.rule, str(x.means), str(x.do)) for x in group]) for title, group in FOUND_BY]
    return [(_("Rules of the law"), of_law), *own]


def _fits(one: Shown, asked: str) -> bool:
    """Whether every word asked for is in it."""
    text = f"{one.rule} {one.means} {one.do} {one.source} {one.where} {one.label}".casefold()
    return all(word in text for word in asked.casefold().split())
