"""What rules stand on: named lists, and the policy of how much is looked at anyway. They live the same life as rules."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from customhouse.clearance import criterion as office
from customhouse.desks import explain
from customhouse.desks.access import allowed, role_of
from customhouse.desks.views.rule import chosen, common, versions_of
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record import access
from customhouse.record.criterion import POLICY_ID, Kind, ListContent, PolicyContent
from customhouse.registry import criterion_versions

SHARES = ("floor_ppm", "exploration_ppm", "blind_ppm")


@allowed("risk.write")
def new_list(request: HttpRequest) -> HttpResponse:
    """Begin a list."""
    return _list(request, "")


@allowed("risk.read")
def show_list(request: HttpRequest, code: str) -> HttpResponse:
    """A list with its versions; posting writes the next one."""
    versions_of(Kind.LIST, code)
    return _list(request, code)


def _list(request: HttpRequest, code: str) -> HttpResponse:
    context: dict[str, Any] = {"code": code, "may_write": role_of(request) in access.may("risk.write")}
    if request.method == "POST" and context["may_write"]:
        typed = {name: value.replace("\x00", "")[:5_000_000] for name, value in request.POST.items()}
        name = code or typed.get("id", "").strip()
        content = ListContent(
            text=typed.get("text", "").strip()[:400],
            codes=tuple(dict.fromkeys(c.strip() for c in typed.get("codes", "").splitlines() if c.strip())),
            source=typed.get("source", "").strip()[:200],
            owner=typed.get("owner", "").strip()[:80],
        )
        kept, faults = _kept(request, content, name, is_new=not code)
        if kept:
            return redirect("risk-list", code=kept)
        context |= {"typed": typed, "faults": faults}
    if code:
        versions = versions_of(Kind.LIST, code)
        version = chosen(request, versions)
        content = version.content  # type: ignore[assignment]
        context |= {**common(request, version, versions), "content": content}
        context.setdefault(
            "typed",
            {"text": content.text, "codes": "\n".join(content.codes), "source": content.source, "owner": content.owner},
        )
        context["users"] = criterion_versions.users_of(code)
    return render(request, "desks/risk_list.html", context, status=422 if context.get("faults") else 200)


@allowed("risk.read")
def show_policy(request: HttpRequest) -> HttpResponse:
    """The shares that are looked at whatever rules say; posting writes the next version."""
    context: dict[str, Any] = {"may_write": role_of(request) in access.may("risk.write")}
    if request.method == "POST" and context["may_write"]:
        typed = {name: value.replace("\x00", "").strip()[:400] for name, value in request.POST.items()}
        try:
            ppm = {name: int(Decimal(typed.get(name, "").replace(",", ".")) * 10_000) for name in SHARES}
        except (InvalidOperation, ValueError, OverflowError):
            context |= {"typed": typed, "faults": [{"label": _("Write each share as a number of per cent")}]}
        else:
            content = PolicyContent(**ppm, source=typed.get("source", "")[:200], owner=typed.get("owner", "")[:80])
            kept, faults = _kept(request, content, POLICY_ID)
            if kept:
                return redirect("risk-policy")
            context |= {"typed": typed, "faults": faults}
    versions = criterion_versions.versions(Kind.POLICY, POLICY_ID)
    if versions:
        version = chosen(request, versions)
        content = version.content  # type: ignore[assignment]
        context |= {**common(request, version, versions), "content": content, "shares": _shares(content)}
        context.setdefault(
            "typed",
            {name: f"{getattr(content, name) / 10_000:g}" for name in SHARES}
            | {"source": content.source, "owner": content.owner},
        )
    return render(request, "desks/risk_policy.html", context, status=422 if context.get("faults") else 200)


def _shares(content: Any) -> dict[str, float]:
    return {name: getattr(content, name) / 10_000 for name in SHARES}


def _kept(request: HttpRequest, content: Any, name: str, *, is_new: bool = False) -> tuple[str, list[dict[str, Any]]]:
    """The name of what was kept, or what is wrong with it."""
    if is_new and criterion_versions.versions(Kind.LIST, name):
        problem = Problem("Criterion", _("There is a list of this name already"), "id")
        return "", [{"label": problem.label, "hint": "", "where": "id"}]
    actor = office.Actor(request.user.get_username(), role_of(request))
    try:
        office.write(content, actor, datetime.now(UTC), name)
    except Refusal as refusal:
        return "", [
            {"label": explain.told(p.label), "hint": explain.told(p.hint), "where": p.where} for p in refusal.problems
        ]
    return name, []
