"""The consignment page: everything about one declaration on one sheet, and the acts that are open to the reader now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from msgspec.structs import replace

from customhouse.clearance import parcel_opening, settle
from customhouse.clearance.doors import FORMATS, sniff
from customhouse.clearance.notification import Notification, notifications
from customhouse.desks import act_forms, audit, cargo_page, explain, lodge_papers, models_page, party_alarms, words
from customhouse.desks.access import STAFF, TRADE, allowed, declarant_of, may, may_see, role_of
from customhouse.desks.explain import agencies as explain_agencies
from customhouse.gates.papers import NAMES
from customhouse.law.book import Law, NotABook
from customhouse.offices.longroom import number_of
from customhouse.offices.risk.told import told_to_the_trade
from customhouse.record import access
from customhouse.record.acts import NOT_TOLD, Act, Entry, LaneChanged, Ruled
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.flow import NotPermitted, permitted
from customhouse.record.parcel import is_parcel, place
from customhouse.record.parcel_charge import charged_consolidation, is_charge
from customhouse.registry import criteria, files, lawbook, papers, parcels, reader, reads

SHOWN_BYTES = 60_000


def opened(request: HttpRequest, key: str | int, action: str = "declaration.read") -> Declaration:
    """The declaration, when this reader may see it; else the same page as for one that does not exist.

    Whoever may see it and may not do `action` on it is told so.
    """
    text = str(key).upper()
    is_number = text.isascii() and text.isdigit() and len(text) < 18
    if not is_number and not files.is_mrn(text):
        raise Http404
    try:
        declaration = files.get(int(text) if is_number else text)
    except files.UnknownDeclaration as fault:
        waiting = None if is_number else _refused(text)
        if waiting is None and not is_number and role_of(request) in STAFF:
            waiting = parcel_opening.open_one(text)
        if waiting is None:
            with reader.system():
                audit.refused(request, text, files.number(text))
            raise Http404 from fault
        declaration = waiting
    if not may_see(request, declaration):
        audit.refused(request, text, declaration.id)
        raise Http404
    if not may(request, action, declaration):
        raise PermissionDenied
    return declaration


def law_of(d: Declaration, first: Entry) -> Law | None:
    """The law that the declaration was accepted, or in its first entry refused, under; when its Book is on the shelf."""
    try:
        book = lawbook.by_hash(d.acceptance.book if d.acceptance else first.book)
    except NotABook:
        return None
    return book.on(d.acceptance.tax_date if d.acceptance else first.on) if book else None


def _refused(mrn: str) -> Declaration | None:
    """The file of a parcel that was refused after it was answered, by the MRN of the answer: it has none of its own."""
    number = number_of(mrn)
    found = files.among([number]).get(number) if is_parcel(number) else None
    return found if found is not None and not found.mrn else None


@allowed("declaration.read")
def show(request: HttpRequest, key: str) -> HttpResponse:
    if key.isascii() and key.isdigit() and len(key) < 18 and is_charge(int(key)):
        return redirect("consolidation", number=charged_consolidation(int(key)))
    d = opened(request, key)
    audit.read(request, "declaration", d)
    return _sheet(request, d, _forms(request, d))


def _forms(request: HttpRequest, d: Declaration) -> list[act_forms.Form]:
    """The acts that the flow permits to the reader's role, as far as they may be done on this file."""
    forms = act_forms.forms(d, role_of(request))
    return [form for form in forms if may(request, _action(form.name), d)]


def _action(act: str) -> str:
    return "payment.record" if act == "pay" else "declaration.act"


def why_lane(request: HttpRequest, d: Declaration, law: Law | None) -> dict[str, Any]:
    """Why the lane was chosen; the trade reads neither confidential reasons nor what the models say."""
    if (selected := d.selection) is None:
        return {"reasons": [], "draw": ""}
    told = explain.draw(selected) if selected.random_share_ppm else ""
    if role_of(request) in STAFF:
        asked, reads_risk = criteria.told(selected.selectivity), role_of(request) in access.may("risk.read")
        return {
            "reasons": explain.selection(selected, law, (*asked.criteria, *asked.shadow) if asked else ()),
            "draw": told,
            "score": selected.score,
            "blind": selected.blind,
            "on_trial": [one.split(" ") for one in selected.shadow],
            "may_read_rules": reads_risk,
            **(models_page.of_declaration(d, with_near="near" in request.GET) if reads_risk else {}),
        }
    shown = replace(selected, reasons=told_to_the_trade(selected.reasons))
    return {"reasons": explain.selection(shown, law), "draw": told}


def _consolidation(request: HttpRequest, d: Declaration) -> dict[str, Any]:
    """The consolidation that a parcel came in, where this reader is shown it, and whether they work on its parcels."""
    may_read = d.lodged.declarant_id == declarant_of(request) or role_of(request) in STAFF
    if not (is_parcel(d.id) and may_read):
        return {}
    return {
        "consolidation": place(d.id)[0],
        "parcel_mrn": d.mrn or _answered_as(d),
        "works_parcels": role_of(request) in access.may("consolidation.work"),
    }


def _answered_as(d: Declaration) -> str:
    """The MRN that the answer gave a parcel whose file is refused and has none."""
    with reader.system():
        return parcels.parcel(d.id).mrn


def _sheet(request: HttpRequest, d: Declaration, forms: list[act_forms.Form], status: int = 200) -> HttpResponse:
    entries = files.entries(d.id)
    law = law_of(d, entries[0])
    checks = [check for check in (d.verified, d.classified) if check]
    context = {
        "d": d,
        "lodged_at": entries[0].at,
        **_consolidation(request, d),
        "siblings": [other for other in files.consignment(d.id).declarations if may_see(request, other)],
        "facts": _parties(d, law),
        **explain.worked(d, law),
        "receipts": [(r, words.RECEIVED.get(r.method, r.method)) for r in d.settled.receipts] if d.settled else [],
        **why_lane(request, d, law),
        "holds": [
            (h, explain.held_for(h), explain.hold(h, d, law), [words.ROLES[r] for r in h.lifted_by]) for h in d.holds
        ],
        "requirements": [
            (r, explain.document(r.code, law), explain_agencies.is_unfit(r, d))
            for r in (d.verified.requirements if d.verified else ())
        ],
        "papers": _papers(d, law),
        **explain_agencies.at(d, law),
        "cargo": cargo_page.of_declaration(request, d.cargo),
        "problems": [explain.problem(p, law) for p in d.problems],
        "remarks": [explain.problem(p, law) for check in checks for p in check.warnings],
        "conclusion": words.CONCLUSIONS.get(d.examined.conclusion, "") if d.examined else "",
        "terms": [(t, explain.term(t.id, t.text, law)) for t in d.released.terms] if d.released else [],
        "sittings": _sittings(entries, files.leaves(d.id), all_told=role_of(request) in STAFF),
        "alarms": party_alarms.open_on(request, d),
        "told": [(n, _told(n)) for n in reversed(notifications(entries))],
        "steps": _steps(d),
        "forms": forms,
        "may_amend": may(request, "declaration.amend", d) and "Amended" in permitted(d, role_of(request)),
        "may_ask_to_pay": may(request, "declaration.pay", d) and settle.is_payable(d),
        "may_copy": role_of(request) in TRADE,
        "may_target": may(request, "targeting.read", d),
        "held": lodge_papers.shown(papers.of(d.id), words.ROLES) if d.papers else [],
        "may_attach": "Attached" in permitted(d, role_of(request)),
        "paper_names": NAMES,
        "is_over": d.stage in words.OVER,
    }
    return render(request, "desks/consignment.html", context, status=status)


def _parties(d: Declaration, law: Law | None) -> list[tuple[str, Any]]:
    """Who and what stands behind the goods: (label, party or text)."""
    lodged, shipment = d.lodged, d.lodged.goods_shipment
    transport = shipment.consignment
    means = lodged.border_means
    terms = shipment.terms
    rows: list[tuple[str, Any]] = [
        (_("Declarant"), lodged.declarant),
        (_("Agent"), lodged.agent),
        (_("Importer"), shipment.importer),
        (_("Exporter"), lodged.exporter or shipment.consignor),
        (_("Buyer"), shipment.buyer),
        (_("Seller"), shipment.seller),
        (_("Dispatched from"), shipment.export_country),
        (_("Destination"), shipment.destination),
        (_("Delivery term"), explain.delivery(terms, law) if terms else ""),
        (_("Transport"), f"{words.MODES.get(means.mode, means.mode)} {means.name or means.id}" if means else ""),
        (_("Containers"), ", ".join(e.id for e in transport.equipment) if transport else ""),
        (_("Place of the goods"), transport.goods_location.name if transport and transport.goods_location else ""),
        (_("Office"), lodged.office or lodged.presentation_office),
    ]
    return [(label, what) for label, what in rows if what and str(what).strip()]


def _papers(d: Declaration, law: Law | None) -> list[tuple[int, str, str]]:
    """The documents declared: (item or 0, document, number)."""
    whole = [(0, explain.document(p.code, law), p.id) for p in d.lodged.documents]
    return whole + [(i.sequence, explain.document(p.code, law), p.id) for i in d.lodged.items for p in i.documents]


def _sittings(entries: Sequence[Entry], of: Sequence[bytes], *, all_told: bool) -> list[dict[str, Any]]:
    """What was recorded, newest first, one mark per sitting: its last act, and those before it.

    The trade (not `all_told`) is not shown that a look was asked for, nor why a person changed the lane.
    """
    leaves = iter(of)
    sittings: list[dict[str, Any]] = []
    for entry in entries:
        told = [(act, next(leaves).hex()) for act in entry.acts]
        acts = [
            {"word": words.ACTS[act.name], "detail": _detail(act, all_told), "leaf": leaf}
            for act, leaf in told
            if all_told or act.name not in NOT_TOLD
        ]
        if not acts:
            continue
        who = words.ROLES[entry.role]
        sittings.insert(0, {"entry": entry, "who": who, "last": acts[-1], "before": acts[-2::-1]})
    return sittings


def _detail(act: Act, all_told: bool) -> str:
    if isinstance(act, Ruled) and not all_told:
        return ""
    return explain.lane(act.lane) if isinstance(act, LaneChanged) and not all_told else explain.act(act)


def _told(message: Notification) -> Any:
    """What a message of customs says, in one word."""
    if message.code in words.NOTIFICATIONS:
        return words.NOTIFICATIONS[message.code]
    return words.NOTIFICATIONS[f"{message.code}/{message.response.statuses[0].code}"]


def _steps(d: Declaration) -> list[dict[str, Any]]:
    """The way of a declaration, with how far it has come; one lodged before its goods begins with waiting for them."""
    way = (Stage.REGISTERED, *words.STEPS) if d.registration else words.STEPS
    reached = way.index(d.stage) if d.stage in way else -1
    return [
        {"word": words.STAGES[s], "done": n < reached or d.stage is Stage.RELEASED, "now": n == reached}
        for n, s in enumerate(way)
    ]


@allowed("declaration.read")
def message(request: HttpRequest, number: int) -> HttpResponse:
    """The message as received, to read or (with ?keep=1) to keep."""
    d = opened(request, number)
    audit.read(request, "message", d)
    data = files.source(d.id)
    kind = sniff(data)
    if request.GET.get("keep"):
        response = HttpResponse(data, content_type=FORMATS[kind].types[0])
        response["Content-Disposition"] = f'attachment; filename="{d.mrn or d.id}{FORMATS[kind].suffixes[0]}"'
        return response
    context = {
        "d": d,
        "text": data[:SHOWN_BYTES].decode("utf-8", "replace"),
        "size": len(data),
        "is_cut": len(data) > SHOWN_BYTES,
        "kind": FORMATS[kind].title,
    }
    return render(request, "desks/message.html", context)


@allowed("declaration.read")
def read_by(request: HttpRequest, number: int) -> HttpResponse:
    """Which offices read this declaration; who can open the list of readers finds their names there."""
    d = opened(request, number)
    told = reads.offices(d.id, reader.current().traders)
    context = {
        "d": d,
        "offices": [(o, words.ROLES[Role(o.role)]) for o in told],
        "has_names": role_of(request) in access.may("read.audit"),
    }
    return render(request, "desks/read_by.html", context)


@allowed("declaration.act")
@require_POST
def act(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Record an act by the reader; whether it may be recorded is decided by the flow, not here."""
    if name not in act_forms.FORMS:
        raise Http404
    d = opened(request, number, _action(name))
    role = role_of(request)
    good, wrong = lodge_papers.offered(request, f"{name} {request.POST.get('query', '')}".strip())
    filled = {**request.POST.dict(), "papers": good}
    if wrong:
        forms = act_forms.again(act_forms.forms(d, role), name, filled, " ".join(map(lodge_papers.sentence, wrong)))
        return _sheet(request, d, forms, status=422)
    try:
        after = act_forms.record(d, name, filled, {"by": request.user.get_username(), "role": role})
    except NotPermitted as fault:
        messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
        return redirect("declaration", key=d.mrn or d.id)
    except act_forms.Mistake as fault:
        forms = act_forms.again(_forms(request, d), name, filled, str(fault))
        return _sheet(request, d, forms, status=422)
    released = after.stage is Stage.RELEASED
    messages.success(request, _("Recorded. The goods are released.") if released else _("Recorded."))
    return redirect("declaration", key=d.mrn or d.id)
