"""The risk office: what is in force, on trial, waiting for a decision, dead or noisy; and the way to its other rooms."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from customhouse.desks import rule_page, rule_words
from customhouse.desks.access import allowed, role_of
from customhouse.record import access
from customhouse.record.criterion import Kind, PolicyContent, Status, in_force, permitted, status
from customhouse.registry import criterion_versions

# The other rooms of the risk office: (name of the route, word, what it is for). One whose route is not there is not shown.
ROOMS = (
    ("risk-queue", _("Targeting"), _("The queue with its reasons, and who is connected with whom")),
    ("risk-ahead", _("Ahead of arrival"), _("What is asked of cargo before it comes")),
    ("risk-results", _("What selection finds"), _("Hit rates, blind spots, the true rate of irregularity")),
    ("models", _("Models"), _("Versions, how good they are, drift")),
    ("alarms", _("Watch lists"), _("Parties that are looked for, and who met them")),
    ("entities", _("Identity of traders"), _("Who is the same as whom")),
)
FILTERS = {
    "": (_("All"), frozenset(Status)),
    "live": (_("In force"), frozenset({Status.LIVE})),
    "trial": (_("On trial"), frozenset({Status.SHADOW})),
    "wait": (_("To decide on"), frozenset({Status.SUBMITTED, Status.APPROVED})),
    "draft": (_("Drafts"), frozenset({Status.DRAFT, Status.TESTED})),
    "over": (_("Over"), frozenset({Status.EXPIRED, Status.WITHDRAWN, Status.REFUSED, Status.SUPERSEDED})),
}


@allowed("risk.read")
def show(request: HttpRequest) -> HttpResponse:
    """Where the office stands today."""
    found, told = criterion_versions.everything(), rule_page.measured()
    rows = rule_page.listed(found, told)
    day = rule_page.today()
    live = [r for r in rows if Status.LIVE in r["statuses"]]
    context = {
        "rows": sorted(live, key=lambda r: -r["figures"].hits)[:8],
        "counts": {key: sum(1 for r in rows if r["statuses"] & those) for key, (_w, those) in FILTERS.items()},
        "waiting": _waiting(request, found),
        "to_look_at": sum(1 for r in live if r["dead"] or r["noisy"]),
        "dead": [r for r in live if r["dead"]],
        "noisy": [r for r in live if r["noisy"]],
        "broken": [r for r in rows if r["broken"]],
        "soon": [r for r in live if r["until"] and (r["until"] - day).days <= 30],
        "rooms": _rooms(),
        "random": rule_page.percent(told.random),
        "looked": rule_page.percent(told.looked),
        "declarations": told.declarations,
        "lists": _lists(found),
        "policy": _policy(found),
        "may_write": role_of(request) in access.may("risk.write"),
    }
    return render(request, "desks/risk.html", context)


def _rooms() -> list[tuple[str, Any, Any]]:
    there = []
    for name, word, text in ROOMS:
        try:
            there.append((reverse(name), word, text))
        except NoReverseMatch:
            continue
    return there


def _waiting(request: HttpRequest, found: dict[Any, Any]) -> list[dict[str, Any]]:
    """What waits for a decision, and whether this reader may take it."""
    day, by, role = rule_page.today(), request.user.get_username(), role_of(request)
    return [
        {
            "version": v, "text": rule_page.text_of(v), "kind": rule_words.KINDS[kind], "is_rule": kind is Kind.RULE,
            "is_list": kind is Kind.LIST, "word": rule_words.STATUS[s], "tone": rule_words.TONES.get(s, ""),
            "own": v.author == by, "mine": bool(permitted(v, versions, by, role, day)),
        }
        for (kind, _id), versions in found.items()
        for v in versions
        if (s := status(v, versions, day)) in (Status.SUBMITTED, Status.APPROVED)
    ]  # fmt: skip


def _lists(found: dict[Any, Any]) -> list[dict[str, Any]]:
    day = rule_page.today()
    return [
        {"id": id, "text": rule_page.text_of(versions[-1]), "n": len(versions[-1].content.codes), "word": rule_words.STATUS[s], "tone": rule_words.TONES.get(s, "")}
        for (kind, id), versions in found.items()
        if kind is Kind.LIST
        for s in [status(in_force(versions, day) or versions[-1], versions, day)]
    ]  # fmt: skip


def _policy(found: dict[Any, Any]) -> PolicyContent | None:
    those = [v for (kind, _id), v in found.items() if kind is Kind.POLICY]
    counting = in_force(those[0], rule_page.today()) if those else None
    return counting.content if counting and isinstance(counting.content, PolicyContent) else None


@allowed("risk.read")
def rules(request: HttpRequest) -> HttpResponse:
    """All rules with their figures."""
    chosen = request.GET.get("show", "")
    chosen = chosen if chosen in FILTERS else ""
    told = rule_page.measured()
    rows = rule_page.listed(criterion_versions.everything(Kind.RULE), told)
    context = {
        "rows": [r for r in rows if r["statuses"] & FILTERS[chosen][1]],
        "filters": [
            (key, word, sum(1 for r in rows if r["statuses"] & those)) for key, (word, those) in FILTERS.items()
        ],
        "chosen": chosen,
        "random": rule_page.percent(told.random),
        "may_write": role_of(request) in access.may("risk.write"),
    }
    return render(request, "desks/rules.html", context)
