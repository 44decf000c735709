"""Drafts: saved as they are typed, listed with their age and what is still missing, thrown away, kept as templates."""

from __future__ import annotations

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance.context import context_now
from customhouse.clearance.line import Context
from customhouse.desks import lodge_draft as sheet
from customhouse.desks.access import allowed
from customhouse.desks.lodge_form import Draft
from customhouse.registry import drafts, files


class Typed(msgspec.Struct):
    """What a window sends when a field is left: the version it showed, its own name, the fields that changed in it."""

    base: int
    window: str
    changes: dict[str, str]
    about: int | None = None


@allowed("declaration.lodge")
@require_POST
def save(request: HttpRequest, key: str) -> HttpResponse:
    """Fields of the lodging form as they are left. Answers with `drafts.Saved` as JSON; 409 when nothing could be merged."""
    try:
        typed = msgspec.json.decode(request.body, type=Typed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return JsonResponse({"outcome": "unreadable"}, status=400)
    if not drafts.KEY.fullmatch(key) or not drafts.KEY.fullmatch(typed.window) or typed.base < 0:
        return JsonResponse({"outcome": "unreadable"}, status=400)
    if typed.about is not None:
        _may_amend(request, typed.about)
    changes = sheet.fields_in(typed.changes)
    try:
        saved = drafts.save(sheet.owner(request), key, typed.base, typed.window, changes, about=typed.about)
    except drafts.TooMuch as fault:
        return JsonResponse({"outcome": "full", "why": str(fault)}, status=413)
    status = 200 if saved.outcome == "saved" else 409
    return HttpResponse(msgspec.json.encode(saved), content_type="application/json", status=status)


def _may_amend(request: HttpRequest, number: int) -> None:
    from customhouse.desks.views.consignment import opened

    opened(request, number)


@allowed("declaration.lodge")
def show(request: HttpRequest) -> HttpResponse:
    """My drafts and my templates."""
    who, context = sheet.owner(request), context_now()
    trader = (who.trader, str(request.user.trader.name))  # type: ignore[union-attr]
    own = drafts.own(who)
    context_of_page = {
        "drafts": [_row(d, trader, context) for d in own if d.kind == "draft"],
        "templates": [_row(d, trader, None) for d in own if d.kind == "template"],
    }
    return render(request, "desks/drafts.html", context_of_page)


def _row(stored: drafts.Draft, trader: tuple[str, str], context: Context | None) -> dict[str, object]:
    """One line of the list."""
    typed = Draft.of(stored.fields)
    base = None
    if stored.about is not None:
        try:
            base = files.get(stored.about).lodged
        except files.UnknownDeclaration:
            context = None
    filled = sum(1 for value in stored.fields.values() if value)
    return {
        "draft": stored,
        "name": stored.title or typed.header["lrn"] or stored.key,
        "importer": typed.header["importer_name"] or typed.header["importer_id"],
        "goods": typed.items[0].values["description"],
        "items": len(typed.items),
        "filled": filled,
        "fields": len(stored.fields),
        "to_mend": sheet.to_mend(typed, trader, base, context) if context else None,
    }


@allowed("declaration.lodge")
@require_POST
def drop(request: HttpRequest, key: str) -> HttpResponse:
    """Throw a draft or a template away; that of an amendment leads back to its declaration."""
    who = sheet.owner(request)
    stored = drafts.get(who, key)
    if stored is None or not drafts.delete(who, key):
        raise Http404
    messages.success(request, _("Thrown away: %(name)s") % {"name": stored.title or stored.fields.get("lrn", key)})
    if stored.about is not None and "again" in request.POST:
        return redirect("amend", number=stored.about)
    return redirect("drafts")


@allowed("declaration.lodge")
@require_POST
def template(request: HttpRequest, key: str) -> HttpResponse:
    """Keep a draft as a template under a name."""
    who = sheet.owner(request)
    stored = drafts.get(who, key)
    if stored is None:
        raise Http404
    title = request.POST.get("title", "").strip().replace("\x00", "")[:80]
    fields = sheet.flat(sheet.another(stored.fields, ""))
    try:
        drafts.keep_template(who, sheet.fresh_key(), title or fields.get("importer_name", "") or key, fields)
    except drafts.TooMuch:
        messages.error(request, _("You keep too many drafts and templates; throw some away."))
    else:
        messages.success(request, _("Kept as a template."))
    return redirect("drafts")
