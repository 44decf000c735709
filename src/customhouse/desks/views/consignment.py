"""The consignment page: everything about one declaration on one sheet, and the acts that are open to the reader now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import amend, examine, invalidate, lift, query, settle, target
from customhouse.clearance.lodge import sniff
from customhouse.desks import explain
from customhouse.desks.access import EVERYONE, may_see, role_of, roles
from customhouse.desks.context import ROLE_WORDS
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Refusal
from customhouse.record.declaration import Declaration, Discrepancy, HoldKind, Stage
from customhouse.record.flow import NotPermitted, permitted
from customhouse.record.lanes import Lane
from customhouse.registry import files

STEPS = (Stage.ACCEPTED, Stage.VERIFIED, Stage.CLASSIFIED, Stage.VALUED, Stage.ASSESSED, Stage.ROUTED, Stage.RELEASED)


def _open(request: HttpRequest, key: str | int) -> Declaration:
    """The declaration, when this reader may see it; else the same page as for one that does not exist."""
    text = str(key)
    try:
        declaration = files.get(int(text) if text.isdigit() and len(text) < 18 else text.upper())
    except files.UnknownDeclaration as fault:
        raise Http404 from fault
    if not may_see(request, declaration):
        raise Http404
    return declaration


@roles(*EVERYONE)
def show(request: HttpRequest, key: str) -> HttpResponse:
    declaration = _open(request, key)
    return render(request, "desks/consignment.html", _sheet(request, declaration))


def _sittings(number: int) -> list[dict[str, Any]]:
    """What was recorded, newest first, one mark per sitting: its last act, and those before it."""
    leaves = iter(files.leaves(number))
    sittings: list[dict[str, Any]] = []
    for entry in files.entries(number):
        acts = [
            {"word": explain.ACTS[act.name], "detail": explain.act_detail(act), "leaf": next(leaves).hex()}
            for act in entry.acts
        ]
        sittings.insert(0, {"entry": entry, "who": ROLE_WORDS[entry.role], "last": acts[-1], "before": acts[-2::-1]})
    return sittings


def _sheet(request: HttpRequest, d: Declaration) -> dict[str, Any]:
    book, role = explain.book_of(d), role_of(request)
    values = {v.item: v for v in d.valued.items} if d.valued else {}
    lines = {c.item: c for c in d.classified.items} if d.classified else {}
    reached = list(STEPS).index(d.stage) if d.stage in STEPS else -1
    open_queries = [q for q in d.queries if q.is_open]
    may = permitted(d, role)
    return {
        "d": d,
        "file": files.consignment(d.id),
        "items": [{"item": i, "value": values.get(i.sequence), "line": lines.get(i.sequence)} for i in d.lodged.items],
        "duties": [explain.duty(x, book) for x in d.assessed.duties] if d.assessed else [],
        "reasons": [(r, explain.reason(r, book)) for r in d.selection.reasons] if d.selection else [],
        "holds": [
            (h, [explain.reason(r, book) for r in h.reasons], [ROLE_WORDS[r] for r in h.lifted_by]) for h in d.holds
        ],
        "sittings": _sittings(d.id),
        "steps": [
            {"word": explain.STAGES[s], "done": n < reached or d.stage is Stage.RELEASED, "now": n == reached}
            for n, s in enumerate(STEPS)
        ],
        "may": may,
        "liftable": [h for h in d.holds if role in h.lifted_by],
        "open_queries": open_queries,
        "other_lanes": [(lane.value, explain.LANES[lane]) for lane in Lane if lane is not d.lane],
        "hold_kinds": [(k.value, explain.HOLDS[k]) for k in (HoldKind.DOCUMENTS, HoldKind.AGENCY, HoldKind.LAW)],
        "draw": f"{d.selection.draw_ppm / 10_000:.2f}" if d.selection else "",
        "share": f"{d.selection.random_share_ppm / 10_000:g}" if d.selection else "",
        "is_xml": sniff(files.source(d.id)) == "xml",
    }


@roles(*EVERYONE)
def message(request: HttpRequest, number: int) -> HttpResponse:
    """The bytes received, to keep."""
    declaration = _open(request, number)
    data = files.source(declaration.id)
    kind = sniff(data)
    response = HttpResponse(data, content_type=f"application/{kind}")
    response["Content-Disposition"] = f'attachment; filename="{declaration.mrn or declaration.id}.{kind}"'
    return response


class Mistake(ValueError):
    """A form that was filled in wrongly; the message is shown beside it."""


def _text(request: HttpRequest, name: str, label: str) -> str:
    value = request.POST.get(name, "").strip().replace("\x00", "")
    if not value:
        raise Mistake(_("%(field)s is missing") % {"field": label})
    return value[:2000]


def _lift(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    kind, _sep, ref = request.POST.get("hold", "").partition(":")
    return lift.lift(d.id, HoldKind(kind), _text(request, "reason", _("Reason")), ref=ref, **who)


def _hold(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    return lift.hold(d.id, HoldKind(request.POST.get("kind", "")), _text(request, "reason", _("Reason")), **who)


def _query(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    until = request.POST.get("deadline", "")
    return query.query(
        d.id, _text(request, "text", _("Question")), deadline=date.fromisoformat(until) if until else None, **who
    )


def _answer(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    papers = [p.strip() for p in request.POST.get("documents", "").split(",") if p.strip()]
    return query.answer(
        d.id, int(request.POST.get("query", "0")), _text(request, "text", _("Answer")), documents=papers, **who
    )


def _examine(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    found = request.POST.get("found", "").strip()
    differs = [Discrepancy(int(request.POST.get("item") or 0), found)] if found else []
    return examine.examine(
        d.id, request.POST.get("conclusion", ""), request.POST.get("text", "").strip(), discrepancies=differs, **who
    )


def _lane(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    return target.change_lane(d.id, Lane(request.POST.get("lane", "")), _text(request, "reason", _("Reason")), **who)


def _pay(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    if d.settled is None:
        raise Mistake(_("Nothing is due"))
    amount = Money.of(_text(request, "amount", _("Amount")), d.settled.due.currency)
    return settle.pay(d.id, amount, request.POST.get("method", "transfer"), payer=d.lodged.declarant_id, **who)


def _amend(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    file = request.FILES.get("file")
    if file is None:
        raise Mistake(_("Choose the file with the new version"))
    return amend.amend(d.id, file.read(), _text(request, "reason", _("Reason")), **who)


def _invalidate(request: HttpRequest, d: Declaration, who: dict[str, Any]) -> Declaration:
    return invalidate.invalidate(d.id, _text(request, "reason", _("Reason")), **who)


ACTS: dict[str, Callable[[HttpRequest, Declaration, dict[str, Any]], Declaration]] = {
    "lift": _lift,
    "hold": _hold,
    "query": _query,
    "answer": _answer,
    "examine": _examine,
    "lane": _lane,
    "pay": _pay,
    "amend": _amend,
    "invalidate": _invalidate,
}


@require_POST
@roles(*EVERYONE)
def act(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Record an act by the reader; whether it may be recorded is decided by the flow, not here."""
    declaration = _open(request, number)
    if name not in ACTS:
        raise Http404
    who = {"by": request.user.get_username(), "role": role_of(request)}
    try:
        after = ACTS[name](request, declaration, who)
    except NotPermitted as fault:
        messages.error(request, _("Not possible now: %(why)s") % {"why": fault.why})
    except Refusal as refusal:
        for problem in refusal.problems:
            messages.error(request, str(problem))
    except ValueError as fault:
        messages.error(request, str(fault))
    else:
        done = (
            _("Released")
            if after.stage is Stage.RELEASED and declaration.stage is not Stage.RELEASED
            else _("Recorded")
        )
        messages.success(request, done)
    return redirect("declaration", key=declaration.mrn or declaration.id)


act.roles = EVERYONE  # type: ignore[attr-defined]
