"""The clerk's desk of traders: records that may be one trader, confirmed or split with a reason; every decision can be undone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from customhouse.desks import entity_words
from customhouse.desks.access import allowed, role_of
from customhouse.record import access
from customhouse.record.entity import Together, TraderRecord
from customhouse.registry import entities, reader

LONGEST = 400
SHOWN = 20
VERDICTS: dict[Together, Any] = {
    Together.CONFIRMED: gettext_lazy("One trader"),
    Together.SPLIT: gettext_lazy("Two traders"),
    Together.UNDONE: gettext_lazy("Undone"),
}


@allowed("entity.read")
def show(request: HttpRequest) -> HttpResponse:
    """What is proposed, the likeliest first, and the traders of several records."""
    return _desk(request)


def _desk(request: HttpRequest, typed: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    with reader.system():  # who trades is known to every office of customs; the page is for customs
        proposals, known = entities.proposals(SHOWN), entities.confirmed()
        keys = sorted({key for p in proposals for key in p.records} | {key for of in known.values() for key in of})
        of = {r.record: r for r in entities.records(keys)}
        joined = entities.entities_of(keys)
        decided = entities.decisions(keys)
    context: dict[str, Any] = {
        "proposals": [
            {
                "p": p,
                "likely": round(p.score * 100),
                "records": [(_record(key, of), joined[key] if joined[key] != key else "") for key in p.records],
                "bonds": [
                    (_record(b.one, of), _record(b.other, of), round(b.score * 100), entity_words.why(b.why))
                    for b in p.bonds
                ],
                "typed": typed if typed and typed.get("records") == p.records else {},
            }
            for p in proposals
        ],
        "known": [
            {
                "entity": entity,
                "records": [_record(key, of) for key in keys_],
                "decisions": [(d, VERDICTS[d.verdict]) for d in decided if d.one in keys_ and d.other in keys_][:12],
                "typed": typed if typed and typed.get("records") == keys_ else {},
            }
            for entity, keys_ in known.items()
        ],
        "fault": (typed or {}).get("fault", ""),
        "may_decide": role_of(request) in access.may("entity.decide"),
    }
    return render(request, "desks/entities.html", context, status=status)


def _record(key: str, of: dict[str, TraderRecord]) -> TraderRecord:
    return of.get(key) or TraderRecord(key, "", (key,))


@allowed("entity.decide")
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Confirm the chosen records as one trader, split them from the rest, or undo what was decided among all of them."""
    posted = request.POST
    every = tuple(key for key in posted.getlist("record") if "\x00" not in key)[: entities.MOST]
    chosen = tuple(key for key in posted.getlist("chosen") if key in every)
    reason = posted.get("reason", "").replace("\x00", "").strip()[:LONGEST]
    typed = {"records": every, "chosen": chosen, "reason": reason}
    if not reason:
        return _desk(request, {**typed, "fault": _("A decision needs a reason")}, 422)
    with reader.system():
        if {r.record for r in entities.records(every)} != set(every):
            return _desk(request, {**typed, "fault": _("A record is not there any more; look again")}, 422)
        fault = _done(posted.get("does", ""), every, chosen, reason, request.user.get_username())
    if fault:
        return _desk(request, {**typed, "fault": fault}, 422)
    messages.success(request, _("Recorded."))
    return redirect("entities")


def _done(does: str, every: tuple[str, ...], chosen: tuple[str, ...], reason: str, by: str) -> str:
    """Why it could not be done, or empty."""
    at = datetime.now(UTC)
    rest = tuple(key for key in every if key not in chosen)
    try:
        if does == "confirm":
            if len(chosen) < 2:
                return _("Choose two records or more")
            entities.confirm(chosen, reason, by=by, at=at)
        elif does == "split":
            if not chosen or (not rest and len(chosen) < 2):
                return _("Choose the records that are another trader's")
            entities.split(chosen, rest, reason, by=by, at=at)
        elif does == "undo":
            entities.undo(every, reason, by=by, at=at)
        else:
            return _("Choose what to do")
    except entities.Contradiction as fault:
        two = {"one": fault.one, "other": fault.other}
        return _("%(one)s and %(other)s were found to be two traders. Undo that first.") % two
    with reader.system():
        entities.drop_decided()
    return ""
