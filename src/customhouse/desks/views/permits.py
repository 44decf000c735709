"""Permits: the list of a trader or of an agency, the application from the form of the law, one permit with its uses."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import permit as room
from customhouse.clearance import permit_paper
from customhouse.clearance.permit import Actor
from customhouse.desks import act_forms, explain, permit_forms, permit_words, words
from customhouse.desks.access import TRADE, allowed, role_of
from customhouse.desks.agency_sees import agency_name
from customhouse.kernel.problem import Refusal
from customhouse.law.agency import AgencyDocument
from customhouse.law.book import Law
from customhouse.record.declaration import Role
from customhouse.record.permit import Permit, PermitNotPermitted, State, permitted
from customhouse.registry import people, permits, worklist

CONCERNED = (*TRADE, Role.AGENCY)
MOST = 1 << 62  # ids are below
FILTERS = {
    "waiting": (State.APPLIED, State.QUERIED),
    "issued": (State.ISSUED, State.SUSPENDED),
    "over": (State.REFUSED, State.WITHDRAWN, State.REVOKED, State.EXPIRED),
}


def actor_of(request: HttpRequest) -> Actor:
    """Who acts, for the trader or the agency of the account."""
    user: Any = request.user
    trader = str(user.trader.number) if user.trader else ""
    return Actor(user.get_username(), role_of(request), trader, user.agency)


def opened(request: HttpRequest, number: int) -> Permit:
    """The permit, when it is this reader's business; else the same page as for one that does not exist."""
    try:
        found = permits.get(number if number < MOST else 0)
    except permits.UnknownPermit as fault:
        raise Http404 from fault
    if not actor_of(request).reaches(found):
        raise Http404
    return found


@allowed("permit.read")
def listed(request: HttpRequest) -> HttpResponse:
    """My permits: those of the trader, or those of the agency."""
    actor, law = actor_of(request), room.law_now()
    is_agency = actor.role is Role.AGENCY
    if not (actor.agency if is_agency else actor.trader):
        raise Http404
    chosen = request.GET.get("show", "")
    states = tuple(s.value for s in FILTERS.get(chosen, ()))
    wanted = permits.Wanted(
        agency=actor.agency if is_agency else "", trader="" if is_agency else actor.trader, states=states
    )
    rows = [(r, room.left(r.permit), explain.document(r.permit.document, law)) for r in permits.rows(wanted)]
    context = {
        "rows": rows,
        "holders": people.names(r.permit.holder for r, _left, _name in rows),
        "asked": [] if is_agency else [r.permit.id for r, _left, _name in rows if r.permit.state is State.QUERIED],
        "chosen": chosen,
        "is_agency": is_agency,
        "agency": agency_name(actor.agency, law) if is_agency else "",
        "drafts": [] if is_agency else [(d, explain.document(d.document, law)) for d in permits.drafts(actor.trader)],
        "documents": [] if is_agency else documents(law),
    }
    return render(request, "desks/permits.html", context)


def documents(law: Law) -> list[tuple[str, str, str]]:
    """What can be applied for: (code, name, agency)."""
    found = [d for d in law.agency_documents.values() if d.electronic]
    return [
        (d.code, explain.document(d.code, law), agency_name(d.agency, law))
        for d in sorted(found, key=lambda d: (d.agency, d.code))
    ]


@allowed("permit.apply")
def application(request: HttpRequest, code: str) -> HttpResponse:
    """The form of a document, rendered from the law; kept as a draft, or handed in."""
    actor, law = actor_of(request), room.law_now()
    document = law.agency_documents.get(code)
    if document is None or not document.electronic or not actor.trader:
        raise Http404
    draft = _draft(request, actor, code)
    typed = request.POST.dict() if request.method == "POST" else dict(draft.typed if draft else {})
    typed.pop("csrfmiddlewaretoken", "")
    faults: dict[str, str] = {}
    number = draft.id if draft else None
    if request.method == "POST":
        try:
            applied = room.read(code, typed, actor=actor, law=law) if "keep" not in typed else None
        except Refusal as refusal:
            applied, faults = None, permit_forms.faults_of(refusal.problems, document)
        if applied is not None:
            made = room.apply(applied, actor=actor)
            if number is not None:
                permits.forget_draft(actor.trader, number)
            messages.success(request, _("Handed in."))
            return redirect("permit", made.id)
        number = _keep(actor, document, typed, number)
        if not faults:
            messages.success(request, _("Kept as a draft."))
            return redirect(f"{reverse('permit-apply', args=[code])}?draft={number}")
    return _form(request, document, law, typed, faults, number)


def _draft(request: HttpRequest, actor: Actor, code: str) -> permits.Draft | None:
    named = request.GET.get("draft", "")
    found = permits.draft(actor.trader, int(named)) if named.isascii() and named.isdigit() and len(named) < 18 else None
    return found if found is not None and found.document == code else None


def _keep(actor: Actor, document: AgencyDocument, typed: dict[str, str], number: int | None) -> int:
    kept = {name: said.replace("\x00", "")[:2000] for name, said in typed.items() if name not in ("keep", "apply")}
    return permits.keep_draft(
        actor.trader, actor.by, document.agency, document.code, kept, at=datetime.now(UTC), number=number
    )


def _form(
    request: HttpRequest,
    document: AgencyDocument,
    law: Law,
    typed: dict[str, str],
    faults: dict[str, str],
    number: int | None,
) -> HttpResponse:
    is_broker = role_of(request) is Role.BROKER
    context = {
        "document": document,
        "name": explain.document(document.code, law),
        "agency": agency_name(document.agency, law),
        "fields": permit_forms.asked(document, law, typed, faults, holder="broker" if is_broker else ""),
        "whole": [said for field, said in faults.items() if not field],
        "faults": faults,
        "draft": number,
        "action": f"?draft={number}" if number else "",
        "fee": explain.figures(f"{document.fee} {law.currency}") if document.fee else "",
    }
    return render(request, "desks/permit_apply.html", context, status=422 if faults else 200)


@allowed("permit.read")
def show(request: HttpRequest, permit: int) -> HttpResponse:
    found = opened(request, permit)
    return _page(request, found, permit_forms.forms(found, role_of(request), room.law_now(), _today()))


def _today() -> Any:
    return datetime.now(UTC).date()


def _page(request: HttpRequest, p: Permit, forms: list[act_forms.Form], status: int = 200) -> HttpResponse:
    law, role = room.law_now(), role_of(request)
    uses = room.uses(p)
    names = worklist.references([u.declaration for u in uses if u.declaration]) if role is not Role.AGENCY else {}
    document = law.agency_documents.get(p.document)
    context = {
        "p": p,
        "name": explain.document(p.document, law),
        "agency": agency_name(p.agency, law),
        "facts": _facts(p),
        "answers": _answers(p, document),
        "left": room.left(p),
        "uses": [(u, permit_words.USES.get(u.what, u.what), names.get(u.declaration, "")) for u in uses],
        "sittings": _sittings(p),
        "forms": forms,
        "action": reverse("permit-act", args=[p.id, "x"])[:-1],
        "history": _history(p) if role is Role.AGENCY else [],
        "is_agency": role is Role.AGENCY,
        "is_printable": p.number and role is not Role.SYSTEM,
        "may_correct": "Corrected" in permitted(p, role),
    }
    return render(request, "desks/permit.html", context, status=status)


def _named(number: str, known: dict[str, str]) -> str:
    return f"{known[number]} ({number})" if number in known else number


def _facts(p: Permit, *, on_paper: bool = False) -> list[tuple[str, str]]:
    a, grant = p.application, p.grant
    known = people.names((a.holder, a.filed_by))
    rows = [(_("Holder"), _named(a.holder, known))]
    if a.filed_by != a.holder and not on_paper:
        rows.append((_("Applied for by"), _named(a.filed_by, known)))
    if grant is None:
        goods, origins, quantity = a.commodities, a.origins, a.quantity
    else:
        goods, origins, quantity = grant.commodities, grant.origins, grant.quantity
        rows += [(_("Valid from"), f"{grant.start}"), (_("Valid until before"), f"{grant.until}")]
    rows += [
        (_("Commodity codes"), ", ".join(goods)),
        (_("Countries of origin"), permit_words.origins(origins)),
        (_("Quantity"), permit_words.amount(quantity, a.unit)),
    ]
    if p.fee:
        rows.append((_("Fee"), explain.figures(p.fee)))
    if grant is not None and grant.conditions:
        rows.append((_("Conditions"), grant.conditions))
    return rows


def _answers(p: Permit, document: AgencyDocument | None) -> list[tuple[str, str]]:
    """What was answered in the form, in its words; by the names of the fields where the form is not law any more."""
    fields = {f.name: f for f in document.field} if document else {}
    rows = []
    said_of = p.application.answers
    for name in (*(n for n in fields if n in said_of), *(n for n in said_of if n not in fields)):
        field, said = fields.get(name), said_of[name]
        choice = field.choices.get(said) if field else None
        rows.append(
            (explain.in_language(field.label) if field else name, explain.in_language(choice) if choice else said)
        )
    return [*((label, said or "–") for label, said in rows), (_("Remark"), p.application.remark or "–")]


def _sittings(p: Permit) -> list[dict[str, Any]]:
    return [
        {
            "at": e.at,
            "by": e.by,
            "who": words.ROLES[e.role],
            "word": permit_words.ACTS[a.name],
            "said": permit_words.act(a),
        }
        for e in reversed(permits.entries(p.id))
        for a in reversed(e.acts)
    ]


def _history(p: Permit) -> list[permits.Row]:
    """What this agency decided for the same holder before."""
    rows = permits.rows(permits.Wanted(agency=p.agency, trader=p.holder), 20)
    return [r for r in rows if r.permit.id != p.id]


@allowed("permit.act")
@require_POST
def act(request: HttpRequest, permit: int, name: str) -> HttpResponse:
    """Record an act by the reader; whether it may be recorded is decided by the flow, not here."""
    p = opened(request, permit)
    if name not in permit_forms.FORMS:
        raise Http404
    filled = request.POST.dict()
    try:
        permit_forms.record(p, name, filled, actor_of(request))
    except PermitNotPermitted as fault:
        messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
        return redirect("permit", p.id)
    except act_forms.Mistake as fault:
        shown = permit_forms.forms(p, role_of(request), room.law_now(), _today())
        return _page(request, p, act_forms.again(shown, name, filled, str(fault)), status=422)
    messages.success(request, _("Recorded."))
    return redirect("permit", p.id)


@allowed("permit.apply")
def correct(request: HttpRequest, permit: int) -> HttpResponse:
    """The application anew, before it is decided."""
    p = opened(request, permit)
    law = room.law_now()
    document = law.agency_documents.get(p.document)
    if document is None or "Corrected" not in permitted(p, role_of(request)):
        raise Http404
    typed = request.POST.dict() if request.method == "POST" else _typed(p)
    typed["holder"] = p.holder
    faults: dict[str, str] = {}
    if request.method == "POST":
        try:
            whose = Actor(request.user.get_username(), Role.BROKER, p.application.filed_by)  # reads the holder as typed
            applied = room.read(p.document, typed, actor=whose, law=law)
            room.correct(p.id, applied, actor=actor_of(request))
        except Refusal as refusal:
            faults = permit_forms.faults_of(refusal.problems, document)
        except PermitNotPermitted as fault:
            messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
            return redirect("permit", p.id)
        else:
            messages.success(request, _("Handed in."))
            return redirect("permit", p.id)
    context = {
        "p": p,
        "document": document,
        "name": explain.document(document.code, law),
        "agency": agency_name(document.agency, law),
        "fields": permit_forms.asked(document, law, typed, faults, holder=""),
        "whole": [said for field, said in faults.items() if not field],
        "faults": faults,
    }
    return render(request, "desks/permit_apply.html", context, status=422 if faults else 200)


def _typed(p: Permit) -> dict[str, str]:
    a = p.application
    quantity = "" if a.quantity is None else format(a.quantity.normalize(), "f")
    told = {"commodities": ", ".join(a.commodities), "origins": ", ".join(a.origins), "quantity": quantity}
    return {**a.answers, **told, "remark": a.remark}


@allowed("permit.read")
def paper(request: HttpRequest, permit: int) -> HttpResponse:
    """The permit to be printed, with the code that a stranger verifies it by."""
    p = _issued(request, permit)
    law, code = room.law_now(), permit_paper.code(p, settings.LOG_ORIGIN)
    address = request.build_absolute_uri(f"{reverse('verify-permit')}?number={p.number}&code={code}")
    context = {
        "p": p,
        "name": explain.document(p.document, law),
        "agency": agency_name(p.agency, law),
        "facts": _facts(p, on_paper=True),
        "code": code,
        "address": request.build_absolute_uri(reverse("verify-permit")),
        "picture": _picture(address),
    }
    return render(request, "desks/permit_paper.html", context)


def _issued(request: HttpRequest, permit: int) -> Permit:
    p = opened(request, permit)
    if p.grant is None:
        raise Http404
    return p


def _picture(address: str) -> SafeString:
    """A QR code of an address, as SVG without any style of its own."""
    out = BytesIO()
    segno.make(address, error="m").save(
        out,
        kind="svg",
        xmldecl=False,
        svgns=True,
        scale=4,
        border=2,
        dark="#000",
        light="#fff",
        svgclass=None,
        lineclass=None,
    )
    return SafeString(out.getvalue().decode())


@allowed("permit.read")
def file(request: HttpRequest, permit: int) -> HttpResponse:
    """The permit as a signed file."""
    p = _issued(request, permit)
    response = HttpResponse(permit_paper.signed(p, settings.LOG_ORIGIN), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{p.number}.json"'
    return response
