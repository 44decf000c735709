"""Drafts of law: handed in as a pack or a Book, what each changes, and what it would do to all that is stored."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from django.contrib import messages
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customhouse.clearance import draft_law
from customhouse.clearance.draft_law import NotADraft
from customhouse.desks import explain, law_impact, law_impact_page, rule_words
from customhouse.desks.access import allowed, role_of
from customhouse.desks.study import KEPT
from customhouse.kernel.problem import Problem
from customhouse.law.book import Book, NotABook
from customhouse.law.compare import Change, compare
from customhouse.record import access
from customhouse.registry import law_drafts, lawbook, reader
from customhouse.registry.law_drafts import HandedIn
from customhouse.stream import trials

MOST_CHANGES = 60
MOST_PROBLEMS = 50
YEAR = timedelta(365)
PARTS = {
    "lines": gettext_lazy("Line of the tariff"),
    "measures": gettext_lazy("Measure"),
    "rates": gettext_lazy("Rate of exchange"),
    "procedures": gettext_lazy("Procedure"),
    "incoterms": gettext_lazy("Delivery term"),
    "charges": gettext_lazy("Addition or deduction"),
    "valuations": gettext_lazy("Law of value"),
    "supplementary": gettext_lazy("Supplementary declarations"),
    "rules": gettext_lazy("Rule of the form"),
    "criteria": gettext_lazy("Criterion"),
    "agencies": gettext_lazy("Agency"),
    "agency_documents": gettext_lazy("Document of an agency"),
    "agency_criteria": gettext_lazy("Criterion of an agency"),
    "release_terms": gettext_lazy("Term of release"),
}


@allowed("law.draft")
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The drafts that were handed in, and where one is handed in."""
    return _list(request)


@allowed("law.try")
@require_POST
def hand_in(request: HttpRequest) -> HttpResponse:
    """Take a draft in; everything that is wrong in it is told at once."""
    file = request.FILES.get("file")
    if file is None:
        return _list(request, [Problem("NotADraft", _("Choose the file of the draft."))], 422)
    try:
        data = draft_law.compiled(file.read())
    except NotADraft as fault:
        return _list(request, fault.problems, 422)
    with reader.system():
        kept = law_drafts.keep(data, by=request.user.get_username(), at=datetime.now(UTC))
    return redirect("law-draft", kept.hash)


@allowed("law.draft")
@require_safe
def one(request: HttpRequest, digest: str) -> HttpResponse:
    """What a draft changes, the form of the question, how far it is, and the last answer."""
    return _page(request, _kept(digest))


@allowed("law.try")
@require_POST
def tried(request: HttpRequest, digest: str) -> HttpResponse:
    """Try a draft on what is stored."""
    kept = _kept(digest)
    start, until, as_of = (_day(request.POST.get(name, "")) for name in ("start", "until", "as_of"))
    if start is None or until is None or until < start or (request.POST.get("as_of") and as_of is None):
        return _page(request, kept, _("Write the days as 2026-12-31, the first before the last."), 422)
    of = request.POST.get("of", "")
    wanted = law_impact.Wanted(
        kept.hash,
        of if of in rule_words.PASTS else "both",  # type: ignore[arg-type]
        start,
        until + timedelta(1),
        as_of,
        request.user.get_username(),
    )
    try:
        is_done = law_impact.begin(wanted)
    except law_impact.CANNOT as fault:
        return _page(request, kept, str(fault), 422)
    if not is_done:
        messages.success(request, _("The draft is being tried; the page follows."))
    return redirect("law-draft", kept.hash)


def _kept(digest: str) -> HandedIn:
    with reader.system():
        try:
            return law_drafts.one(digest)
        except KeyError:
            raise Http404(_("There is no such draft.")) from None


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed.strip())
    except ValueError:
        return None


def _list(request: HttpRequest, problems: Any = (), status: int = 200) -> HttpResponse:
    with reader.system():
        drafts = law_drafts.newest()
    context = {
        "drafts": drafts,
        "problems": problems[:MOST_PROBLEMS],
        "more_problems": max(0, len(problems) - MOST_PROBLEMS),
        "may_write": role_of(request) in access.may("law.try"),
    }
    return render(request, "desks/law_drafts.html", context, status=status)


def _page(request: HttpRequest, kept: HandedIn, fault: str = "", status: int = 200) -> HttpResponse:
    today, with_parcels = datetime.now(UTC).date(), trials.has_columns("pyarrow")
    context: dict[str, Any] = {
        "draft": kept,
        "pasts": [(key, said) for key, said in rule_words.PASTS.items() if key == "declarations" or with_parcels],
        "of": request.POST.get("of") or ("both" if with_parcels else "declarations"),
        "typed": request.POST,
        "start": today - YEAR,
        "until": today,
        "may_write": role_of(request) in access.may("law.try"),
        "running": law_impact.progress(kept.hash),
        "fault": fault,
    }
    found = law_impact.answer(kept.hash)
    try:
        with reader.system():
            book = law_drafts.book(kept.hash)
        context["title"] = explain.in_language(book.title)
        context |= _changes(book, today)
        if found is not None:
            context["r"] = law_impact_page.shown(found, book.on(found.asked.as_of or found.asked.until - timedelta(1)))
    except NotABook as damaged:
        context["fault"] = fault or str(damaged)
    return render(request, "desks/law_draft.html", context, status=status)


def _changes(book: Book, today: date) -> dict[str, Any]:
    """What the draft changes in the law of today; on the first day on which it does, where it begins later."""
    try:
        law = lawbook.current(today)
    except lawbook.NoLaw:
        return {}
    key = f"law-changes-{book.hash}-{law.hash}-{today}"
    told: dict[str, Any] | None = cache.get(key)
    if told is None:
        changes: list[Change] = []
        for day in (today, *_later(book, today)):
            changes, on = compare(law, book, day, day), day
            if changes:
                break
        first = [msgspec.to_builtins(change) for change in changes[:MOST_CHANGES]]
        told = {"changes": first, "more_changes": max(0, len(changes) - MOST_CHANGES), "changes_on": on}
        cache.set(key, told, KEPT)
    return told | {"changes": [change | {"word": PARTS[change["part"]]} for change in told["changes"]]}


def _later(book: Book, today: date) -> list[date]:
    """The first days, after today, on which something of a Book begins."""
    pages = book.pages
    parts = (pages.measures, pages.rules, pages.criteria, pages.agency_criteria, pages.rates)
    return sorted({word.validity.start for part in parts for word in part if word.validity.start > today})[:3]
