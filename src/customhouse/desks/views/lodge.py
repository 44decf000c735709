"""Lodge and amend: type a declaration or hand in files; what is wrong is shown with its place, nothing typed is lost."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import amend, doors, lodge
from customhouse.clearance.context import context_now
from customhouse.clearance.trial import try_out
from customhouse.desks import carried, explain, lodge_papers, offline
from customhouse.desks import lodge_draft as sheet
from customhouse.desks import lodge_page as page
from customhouse.desks.access import allowed, declarant_of, role_of
from customhouse.desks.lodge_fields import field_of
from customhouse.desks.lodge_form import (
    MOST_CHARGES,
    MOST_DOCUMENTS,
    MOST_ITEMS,
    ChargeDraft,
    Draft,
    ItemDraft,
    draft_of,
)
from customhouse.desks.views.consignment import opened
from customhouse.gates.papers import NAMES
from customhouse.kernel.problem import Problem, Refusal
from customhouse.law.book import Law
from customhouse.offices.longroom.supplementary import COMPLETED_BY
from customhouse.record import codec
from customhouse.record.declaration import Declaration
from customhouse.record.flow import NotPermitted, permitted
from customhouse.record.lodgement import Lodgement
from customhouse.registry import drafts, papers

MOST_FILES = 50
NOT_MAPPED = "NotMapped"  # a value of a file that has no place in the record


@allowed("declaration.lodge")
def form(request: HttpRequest) -> HttpResponse:
    """The form; posting it lodges, tries out, saves, adds an item or a document, or removes one."""
    law = context_now().law
    if request.method != "POST":
        return _begin(request, law)
    draft = Draft.of(request.POST)
    if wrong := lodge_papers.lay_beside(request, draft):
        return _show(request, draft, law, paper_problems=wrong)
    if "lodge" not in request.POST:
        return _edit(request, draft, law, None)
    lodged = draft.lodgement(declarant_of(request), _trader_name(request))
    if draft.faults:
        return _show(request, draft, law, _all_problems(draft, lodged))
    outcome = lodge.lodge_read(lodged, codec.encode(lodged), by=request.user.get_username(), format="json")
    if outcome.kind not in ("new", "same") or outcome.declaration is None:
        return _show(request, draft, law, outcome.problems)
    d = outcome.declaration
    lodge_papers.hand_in(request, d, draft)
    for problem in outcome.problems:
        messages.warning(request, explain.problem(problem, law).label)
    done = _("Lodged before; this is its declaration.") if outcome.kind == "same" else _("Accepted as %(mrn)s")
    messages.success(request, done % {"mrn": d.mrn})
    return redirect("declaration", key=d.mrn or d.id)


def _begin(request: HttpRequest, law: Law) -> HttpResponse:
    """The form opened: on a draft (?draft=), like an earlier declaration (?like=) or template (?template=), or empty."""
    who, asked = sheet.owner(request), request.GET
    if (sent := carried.taken(request)) is not None:
        draft = Draft.of(sent)
        return _show(request, draft, law, kept=sheet.keep(request, draft, posted=sent))
    if (stored := _own(who, asked.get("draft", ""))) is not None:
        if stored.about is not None:
            return redirect("amend", number=stored.about)
        return _show(request, Draft.of(stored.fields), law, kept=sheet.begun(stored))
    lrn = sheet.fresh_reference(request)
    if like := asked.get("like", ""):
        draft = sheet.another(sheet.flat(draft_of(opened(request, like).lodged)), lrn)
    elif first := asked.get("complete", ""):
        draft = _completing(opened(request, first), lrn)
    elif (stored := _own(who, asked.get("template", ""))) is not None:
        draft = sheet.another(stored.fields, lrn)
    else:
        draft = Draft.fresh(lrn, law.country, law.currency, next(iter(law.contents.offices), ""))
    return _show(request, draft, law, others=len(drafts.own(who, "draft")))


def _completing(first: Declaration, lrn: str) -> Draft:
    """The supplementary declaration to a simplified one: everything it said, to be added to."""
    draft = draft_of(first.lodged)
    kind = COMPLETED_BY.get(first.lodged.type[2:3], "Y")
    draft.header |= {"lrn": lrn, "type": f"{first.lodged.type[:2]}{kind}", "previous": first.mrn}
    for item in draft.items:
        item.was = ""
    return draft


def _own(who: drafts.Owner, key: str) -> drafts.Draft | None:
    return drafts.get(who, key) if drafts.KEY.fullmatch(key) else None


@allowed("declaration.amend")
def amendment(request: HttpRequest, number: int) -> HttpResponse:
    """The same form over a declaration that was lodged; posting it hands in a new version."""
    d = opened(request, number, "declaration.amend")
    if "Amended" not in permitted(d, role_of(request)):
        messages.error(request, _("This declaration cannot be amended now."))
        return redirect("declaration", key=d.mrn or d.id)
    law = context_now().law
    if request.method != "POST":
        if (sent := carried.taken(request)) is not None:
            draft = Draft.of(sent)
            kept = sheet.keep(request, draft, d.id, sent)
            return _show(request, draft, law, amended=d, kept=kept, reason=sent.get("reason", ""))
        key = f"amend-{d.id}"
        stored = drafts.get(sheet.owner(request), key)
        draft = Draft.of(stored.fields) if stored else draft_of(d.lodged)
        reason = stored.fields.get("reason", "") if stored else ""
        return _show(request, draft, law, amended=d, kept=sheet.begun(stored, key), reason=reason)
    draft = Draft.of(request.POST)
    draft.header["lrn"] = d.lodged.lrn
    if wrong := lodge_papers.lay_beside(request, draft, d.id):
        return _show(request, draft, law, amended=d, paper_problems=wrong)
    if "lodge" not in request.POST:
        return _edit(request, draft, law, d)
    reason = request.POST.get("reason", "").strip().replace("\x00", "")[:2000]
    if not reason:
        missing = Problem("MissingReason", _("An amendment needs a reason"), "Amendment/ChangeReasonCode")
        return _show(request, draft, law, (*draft.faults, missing), amended=d)
    lodged = draft.lodgement(d.lodged.declarant_id, "", d.lodged)
    if draft.faults:
        return _show(request, draft, law, _all_problems(draft, lodged), amended=d)
    return _amend(request, d, codec.encode(lodged), reason, draft, law)


@allowed("declaration.amend")
@require_POST
def amend_file(request: HttpRequest, number: int) -> HttpResponse:
    """A new version as a file."""
    d, law = opened(request, number, "declaration.amend"), context_now().law
    file, reason = request.FILES.get("file"), request.POST.get("reason", "").strip()[:2000]
    if file is None or not reason:
        messages.error(request, _("Choose the file with the new version, and say why it is amended"))
        return redirect("amend", number=d.id)
    data = file.read()
    try:
        found = doors.receive(data)
        if len(found) != 1:
            raise Refusal([lodge.several(len(found))])
        data, lodged = found[0].data, found[0].lodged
        if lodged is None:
            raise Refusal(found[0].problems)
        if (lodged.declarant_id, lodged.lrn) != (d.lodged.declarant_id, d.lodged.lrn):
            raise Refusal([_other_declaration(d)])
    except Refusal as refusal:
        return _show(request, draft_of(d.lodged), law, refusal.problems, amended=d)
    return _amend(request, d, data, reason, draft_of(lodged), law)


def _other_declaration(d: Declaration) -> Problem:
    hint = _("An amendment keeps the declarant and the reference of the declaration")
    return Problem("OtherDeclaration", _("The file is another declaration"), "FunctionalReferenceID", hint, d.lrn)


def _amend(request: HttpRequest, d: Declaration, data: bytes, reason: str, draft: Draft, law: Law) -> HttpResponse:
    who: dict[str, Any] = {"by": request.user.get_username(), "role": role_of(request)}
    try:
        after = amend.amend(d.id, data, reason, **who)
    except Refusal as refusal:
        return _show(request, draft, law, refusal.problems, amended=d)
    except NotPermitted as fault:
        messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
        return redirect("declaration", key=d.mrn or d.id)
    lodge_papers.hand_in(request, d, draft, d.id)
    messages.success(request, _("Version %(n)d is recorded.") % {"n": after.version})
    return redirect("declaration", key=d.mrn or d.id)


def _trader_name(request: HttpRequest) -> str:
    return str(request.user.trader.name)  # type: ignore[union-attr]


def _edit(request: HttpRequest, draft: Draft, law: Law, d: Declaration | None) -> HttpResponse:
    """What the buttons inside the form do: an item, a document or a charge more or less, or a trial."""
    asked, focus = request.POST, ""
    if "add" in asked and len(draft.items) < MOST_ITEMS:
        draft.items.append(ItemDraft.fresh(before=draft.items[-1]))
        focus = f"item-{len(draft.items)}-code"
    elif (n := _index(asked.get("remove", ""), draft.items)) is not None and len(draft.items) > 1:
        del draft.items[n]
    elif (n := _index(asked.get("add_document", ""), draft.items)) is not None:
        documents = draft.items[n].documents
        if len(documents) < MOST_DOCUMENTS:
            documents.append(("", ""))
            focus = f"item-{n + 1}-doc-{len(documents)}-code"
    elif "add_charge" in asked and len(draft.charges or ()) < MOST_CHARGES:
        draft.charges = [*(draft.charges or ()), ChargeDraft(currency=law.currency)]
        focus = f"charge-{len(draft.charges)}-code"
    elif re.fullmatch(r"[0-9a-f]{64}", asked.get("detach", "")):
        papers.take_away(sheet.owner(request), asked.get("draft", ""), asked["detach"])
    elif "check" in asked:
        return _try_out(request, draft, law, d)
    elif "save" in asked or "save_over" in asked:
        kept = sheet.keep(request, draft, d.id if d else None)
        if not kept.clash and not kept.fault and kept.version:
            return redirect(f"{request.path}?draft={kept.key}")
    return _show(request, draft, law, amended=d, focus=focus)


def _index(text: str, among: list[Any]) -> int | None:
    n = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    return n - 1 if 1 <= n <= len(among) else None


def _try_out(request: HttpRequest, draft: Draft, law: Law, d: Declaration | None) -> HttpResponse:
    """Walk the line over what was typed without storing anything: what is wrong, and what would be charged."""
    base = d.lodged if d else None
    lodged = draft.lodgement(declarant_of(request), _trader_name(request), base)
    if draft.faults:
        return _show(request, draft, law, _all_problems(draft, lodged), amended=d)
    tried = try_out(lodged, context_now())
    accepted = tried.declaration if tried.declaration.acceptance else None
    return _show(request, draft, law, tried.problems, amended=d, tried=accepted)


def _all_problems(draft: Draft, lodged: Lodgement) -> tuple[Problem, ...]:
    """What could not be read, and with it what the rules find in the rest: all at once, not one after the other."""
    unread = {field_of(p.where) for p in draft.faults}
    found = try_out(lodged, context_now()).problems
    return (*draft.faults, *(p for p in found if field_of(p.where) not in unread))


def _show(  # noqa: PLR0913 - everything the page can show
    request: HttpRequest,
    draft: Draft,
    law: Law,
    problems: tuple[Problem, ...] = (),
    *,
    amended: Declaration | None = None,
    tried: Declaration | None = None,
    kept: sheet.Kept | None = None,
    reason: str = "",
    others: int = 0,
    paper_problems: list[Problem] | None = None,
    focus: str = "",
) -> HttpResponse:
    """The page of the form. What was posted is saved as it now stands, whatever else becomes of it."""
    if request.method == "POST":
        kept = sheet.keep(request, draft, amended.id if amended else None)
        reason = request.POST.get("reason", "")
    context = {
        **page.fields(draft, law, problems, is_amended=amended is not None),
        **page.trial(tried, law),
        "amended": amended,
        "reason": reason,
        "kept": (kept := kept or sheet.begun()),
        "beside": papers.beside(sheet.owner(request), kept.key) if kept.version else (),
        "paper_problems": paper_problems or (),
        "paper_names": NAMES,
        "others": others,
        "focus": focus,
    }
    is_final = "lodge" in request.POST or "file" in request.FILES
    return render(
        request, "desks/lodge.html", context, status=422 if is_final and (context["refused"] or paper_problems) else 200
    )


@allowed("declaration.lodge")
def offline_form(request: HttpRequest) -> HttpResponse:
    """The form as a file to keep, for where there is no network."""
    response = HttpResponse(offline.html(context_now().law), content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="declaration.html"'
    return response


@allowed("declaration.lodge")
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Several files at once; each gets its own answer."""
    own, by = declarant_of(request), request.user.get_username()
    files = request.FILES.getlist("files")
    if not files:
        messages.error(request, _("Choose one or more files first"))
        return redirect("lodge")
    law = context_now().law
    outcomes = []
    for file in files[:MOST_FILES]:
        for label, outcome in lodge.lodge_each(file.read(), by=by, own=partial(_foreign, own)):
            name = f"{file.name or ''} · {label}" if label else file.name or ""
            told = [explain.problem(p, law) for p in outcome.problems]
            left = [p for p in told if p.rule == NOT_MAPPED]
            outcomes.append((name, outcome, [p for p in told if p.rule != NOT_MAPPED], left))
    context = {
        "outcomes": outcomes,
        "taken": sum(o.kind in ("new", "same") for _name, o, _problems, _left in outcomes),
        "left_out": max(0, len(files) - MOST_FILES),
    }
    return render(request, "desks/uploaded.html", context)


def _foreign(own: str, lodged: Lodgement) -> Problem | None:
    """What is wrong where a file names a declarant that the reader does not lodge for."""
    if lodged.declarant_id == own:
        return None
    label = _("You lodge for %(own)s; this names another declarant") % {"own": own}
    hint = _("Use the account of that declarant")
    return Problem("NotYours", label, "Declarant/ID", hint, lodged.declarant_id[:40])


LISTS = ("types", "countries", "currencies", "incoterms", "modes", "valuation_methods")


@allowed("declaration.lodge")
def template(request: HttpRequest, kind: str) -> HttpResponse:
    """A table to fill in, in the reader's language: CSV, or XLSX with the codes of today's law to choose from."""
    from customhouse.gates.table import template as sheets  # openpyxl is slow to import, and rarely asked for

    language = get_language() or "en"
    if kind == "csv":
        data = sheets.csv_template(language)
    else:
        law = context_now().law
        lists = {name: sorted(law.list_of(name)) for name in LISTS if law.list_of(name)}
        lists |= {
            "offices": sorted(law.contents.offices),
            "procedures": sorted(p.code for p in law.contents.procedures),
        }
        data = sheets.workbook(language, lists)
    name, types = f"customhouse-{language}.{kind}", doors.FORMATS[kind].types
    response = HttpResponse(data, content_type=types[0])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
