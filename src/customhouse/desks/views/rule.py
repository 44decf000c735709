"""A rule: what it says, how it does, what its back-test says, all that happened to it; and the steps open to the reader."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import criterion as office
from customhouse.desks import explain, rule_backtest, rule_page, rule_words
from customhouse.desks.access import allowed, role_of
from customhouse.kernel.problem import Refusal
from customhouse.law.rules.syntax import RuleError
from customhouse.offices.risk.backtest import Of
from customhouse.record import access
from customhouse.record.criterion import (
    Kind,
    NotPermittedStep,
    RuleContent,
    Step,
    Version,
    in_force,
    permitted,
    status,
    trial_days,
)
from customhouse.registry import criteria, criterion_versions, lawbook, rule_hits
from customhouse.stream import publication

PAGE = 50
PAGES = {Kind.RULE: "rule", Kind.LIST: "risk-list", Kind.POLICY: "risk-policy"}
DECIDING = (Step.APPROVED, Step.REFUSED, Step.LIVE)


def versions_of(kind: Kind, code: str) -> tuple[Version, ...]:
    """All versions. Raises Http404 where there are none."""
    found = criterion_versions.versions(kind, code)
    if not found:
        raise Http404
    return found


def chosen(request: HttpRequest, versions: tuple[Version, ...]) -> Version:
    """The version that is asked for, else the newest one. Raises Http404."""
    asked = request.GET.get("v", "") or request.POST.get("version", "")
    if not asked:
        return versions[-1]
    found = [v for v in versions if str(v.number) == asked]
    if not found:
        raise Http404
    return found[0]


def common(request: HttpRequest, version: Version, versions: tuple[Version, ...]) -> dict[str, Any]:
    """What pages of rules, lists and the policy have in common: standing, steps, back-test, history."""
    day = rule_page.today()
    stands = status(version, versions, day)
    by, role = request.user.get_username(), role_of(request)
    open_ = permitted(version, versions, by, role, day)
    tested = office.result_of(version)
    counting = in_force(versions, day)
    stood = trial_days(version, datetime.now(UTC))
    return {
        "version": version,
        "kind": version.kind.value,
        "status": rule_words.STATUS[stands],
        "tone": rule_words.TONES.get(stands, ""),
        "counting": counting,
        "others": [(v, rule_words.STATUS[status(v, versions, day)]) for v in reversed(versions) if v is not version],
        "steps": {step.value: True for step in open_},
        "is_own": version.author == by,
        "may_decide": role in access.may("risk.approve"),
        "may_write": role in access.may("risk.write"),
        "warnings": rule_page.warnings(version),
        "tested": version.latest(Step.TESTED),
        "tests": [rule_page.back_test(t) for t in tested.rules] if tested else [],
        "policy_test": tested.policy if tested else None,
        "note": explain.told(tested.note).capitalize() if tested and not version.is_published else "",
        "history": rule_page.history(versions),
        "running": rule_backtest.progress(version),
        "pasts": rule_words.PASTS.items() if version.kind is not Kind.POLICY else (),
        "trial_days": stood,
        "trial_wanted": settings.SHADOW_DAYS,
        "is_short": version.kind is Kind.RULE and stood < settings.SHADOW_DAYS,
    }


@allowed("risk.read")
def show(request: HttpRequest, code: str) -> HttpResponse:
    return page(request, code)


def page(request: HttpRequest, code: str, fault: str = "") -> HttpResponse:
    """The page of a rule, with what is wrong about a step that was tried."""
    versions = versions_of(Kind.RULE, code)
    version = chosen(request, versions)
    content = version.content
    if not isinstance(content, RuleContent):
        raise Http404
    told = rule_page.measured()
    context = {
        **common(request, version, versions),
        "text": rule_page.text_of(version),
        "content": content,
        "applies": rule_words.APPLIES.get(content.applies, ""),
        "sentences": rule_words.sentences(content.expression, rule_page.digits()),
        "figures": rule_page.figures(told.of(code), told),
        "is_noisy": told.is_noisy(code),
        "is_surely_noisy": told.is_surely_noisy(code),
        "hits": [(h, _result(h)) for h in rule_hits.of(code, 5)],
        "fault": fault,
    }
    return render(request, "desks/rule.html", context, status=422 if fault else 200)


@allowed("risk.read")
def hits(request: HttpRequest, code: str) -> HttpResponse:
    """The declarations that the rule chose, newest first, with links to them."""
    versions = versions_of(Kind.RULE, code)
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else 0
    found = rule_hits.of(code, PAGE + 1, before)
    context = {
        "version": versions[-1],
        "text": rule_page.text_of(in_force(versions, rule_page.today()) or versions[-1]),
        "hits": [(h, _result(h)) for h in found[:PAGE]],
        "next": found[PAGE - 1].declaration if len(found) > PAGE else "",
    }
    return render(request, "desks/rule_hits.html", context)


def _result(hit: rule_hits.RuleHit) -> str:
    return {
        "discrepancy": _("something was found"), "conform": _("nothing was found"), "not_done": _("not looked at"),
    }.get(hit.result, "")  # fmt: skip


@allowed("risk.write")
@require_POST
def step(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """A step of whoever writes rules: back-test, trial, hand in, withdraw."""
    return _take(request, kind, code)


@allowed("risk.approve")
@require_POST
def decide(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """A step of whoever decides on them: approve, refuse, publish."""
    return _take(request, kind, code)


def _take(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    if kind not in set(Kind) or (asked := request.POST.get("do", "")) not in set(Step):
        raise Http404
    what = Step(asked)
    if what in DECIDING and role_of(request) not in access.may("risk.approve"):
        raise PermissionDenied
    version = chosen(request, versions_of(Kind(kind), code))
    try:
        is_done = _taken(request, version, what)
    except (NotPermittedStep, RuleError, *rule_backtest.CANNOT) as fault:
        messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(str(fault))})
    except Refusal as refusal:
        said = "; ".join(explain.told(part) for p in refusal.problems for part in (p.label, p.hint) if part)
        messages.error(request, _("Not possible now: %(why)s") % {"why": said})
    else:
        messages.success(request, _("Recorded.") if is_done else _("The back-test has begun."))
    if version.kind is Kind.POLICY:
        return redirect("risk-policy")
    return redirect(f"{_address(version)}?v={version.number}")


def _address(version: Version) -> str:
    from django.urls import reverse

    return reverse(PAGES[version.kind], args=[version.id])


def _taken(request: HttpRequest, version: Version, what: Step) -> bool:
    """Whether it is done; a long back-test goes on in the background."""
    actor = office.Actor(request.user.get_username(), role_of(request))
    at = datetime.now(UTC)
    reason = request.POST.get("reason", "").replace("\x00", "").strip()[:400]
    match what:
        case Step.TESTED:
            return rule_backtest.run(version, actor, at, _days(request), _of(request))
        case Step.SHADOW:
            _asked_of_parcels(version, at)
            office.put_on_trial(version, actor, at)
        case Step.SUBMITTED:
            office.submit(version, actor, at, request.POST.getlist("confirmed"))
        case Step.APPROVED:
            office.approve(version, actor, at, trial=settings.SHADOW_DAYS, reason=reason)
        case Step.REFUSED:
            office.refuse(version, actor, at, reason)
        case Step.LIVE:
            _asked_of_parcels(version, at)
            office.publish(version, actor, at)
        case Step.WITHDRAWN:
            office.withdraw(version, actor, at, reason)
    return True


def _asked_of_parcels(version: Version, at: datetime) -> None:
    """Refuse a rule that would stop every consolidation of parcels from then on."""
    if isinstance(version.content, RuleContent):
        law, lists = lawbook.current(at.date()).on(at.date()), criterion_versions.lists(at.date())
        if problems := publication.of_criterion(version.id, criteria.expression(version.content), lists, law):
            raise Refusal(problems)


def _of(request: HttpRequest) -> Of:
    asked = request.POST.get("of", "")
    return cast(Of, asked) if asked in rule_words.PASTS else "declarations"


def _days(request: HttpRequest) -> int:
    asked = request.POST.get("days", "")
    return min(max(int(asked), 1), 1100) if asked.isascii() and asked.isdigit() and len(asked) < 5 else office.BACK
