"""Where a rule is written: conditions in rows, the expression beneath, checked while it is typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import criterion as office
from customhouse.desks import explain, rule_backtest, rule_form, rule_page, rule_words, words
from customhouse.desks.access import allowed, role_of
from customhouse.kernel.problem import Problem, Refusal
from customhouse.law.rules.functions import FUNCTIONS
from customhouse.law.rules.syntax import RuleError
from customhouse.record.criterion import Kind, RuleContent
from customhouse.registry import criterion_versions

STAY = ("add", "text", "form", "check")


@allowed("risk.write")
def new(request: HttpRequest) -> HttpResponse:
    """Write a rule that is not there yet."""
    return _edit(request, "")


@allowed("risk.write")
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Write the next version of a rule, beginning with what its newest one says."""
    return _edit(request, code)


def _edit(request: HttpRequest, code: str) -> HttpResponse:
    day = rule_page.today()
    versions = criterion_versions.versions(Kind.RULE, code) if code else ()
    if code and not versions:
        raise Http404
    if request.method != "POST":
        before = versions[-1].content if versions else None
        typed = (
            rule_form.of_content(before, day, rule_page.digits())
            if isinstance(before, RuleContent)
            else rule_form.begin(day)
        )
        return _page(request, code, typed)
    typed = rule_form.read(request.POST.dict(), day, rule_page.digits())
    do = request.POST.get("do", "")
    if do in STAY or do.startswith("drop-") or not do:
        if do == "form" and not rule_form.to_rows(typed, rule_page.digits()):
            wrong = Problem(
                "Criterion",
                _("This rule says more than rows of conditions can; write it as an expression"),
                "expression",
            )
            return _page(request, code, typed, (wrong,), 422)
        rule_form.step(typed, do)
        return _page(request, code, typed)
    return _kept(request, code, typed, do)


def _kept(request: HttpRequest, code: str, typed: rule_form.Typed, do: str) -> HttpResponse:
    """Keep it as a draft, and back-test it where that was asked for."""
    content, problems = rule_form.content(typed)
    if content is None:
        return _page(request, code, typed, problems, 422)
    actor, at = office.Actor(request.user.get_username(), role_of(request)), datetime.now(UTC)
    try:
        version = office.write(content, actor, at, code)
    except Refusal as refusal:
        return _page(request, code, typed, refusal.problems, 422)
    if do == "test":
        try:
            rule_backtest.run(version, actor, at, office.BACK)
        except RuleError as fault:
            messages.error(request, explain.told(fault.message))
    messages.success(request, _("Kept as version %(n)d.") % {"n": version.number})
    return redirect("rule", code=version.id)


def _page(
    request: HttpRequest, code: str, typed: rule_form.Typed, problems: tuple[Problem, ...] = (), status: int = 200
) -> HttpResponse:
    lists = criterion_versions.lists(rule_page.today())
    context = {
        "code": code,
        "typed": typed.fields,
        "mode": typed.mode,
        "rows": rule_form.shown(typed, lists),
        "takes": rule_words.TAKES,
        "faults": {p.where.split(":")[0].replace("-", "_"): _told(p) for p in problems},
        "problems": [_told(p) for p in problems],
        "lanes": [(k.value, w, words.LANE_MEANS[k]) for k, w in words.LANES.items()],
        "sides": rule_words.APPLIES.items(),
        "lists": [(name, len(codes)) for name, codes in lists.items()],
        "facts": [(word, [(n, w, rule_words.help_of(n)) for n, w in those]) for word, those in rule_form.facts()],
        "functions": [(f.written, _(f.told)) for f in FUNCTIONS.values()],
        **_checked(typed),
    }
    return render(request, "desks/rule_edit.html", context, status=status)


def _told(problem: Problem) -> dict[str, Any]:
    return {"where": problem.where, "label": explain.told(problem.label), "hint": explain.told(problem.hint)}


@allowed("risk.write")
@require_POST
def check(request: HttpRequest) -> HttpResponse:
    """What is wrong with the expression as typed so far, or how it reads."""
    typed = rule_form.read(request.POST.dict(), rule_page.today(), rule_page.digits())
    return render(request, "desks/parts/rule_checked.html", {"mode": typed.mode, **_checked(typed)})


def _checked(typed: rule_form.Typed) -> dict[str, Any]:
    """The expression with its fault marked, or its conditions as sentences."""
    text = typed.fields["expression"]
    faults = [(row.n, row.fault) for row in typed.rows if row.fault and row.value] if typed.mode == "form" else []
    if faults:
        return {"checked": text, "reads": [], "wrong": None, "row_faults": faults}
    if not text.strip():
        return {"checked": text, "reads": [], "wrong": None}
    try:
        office.readable(text, rule_page.today())
    except RuleError as fault:
        place = min(max(fault.column - 1, 0), len(text))
        mark = {"before": text[:place], "at": text[place : place + 1] or " ", "after": text[place + 1 :]}
        hint = getattr(fault, "hint", "")
        wrong = {"message": explain.told(fault.message), "column": fault.column, "hint": explain.told(hint), **mark}
        return {"checked": text, "reads": [], "wrong": wrong}
    return {"checked": text, "reads": rule_words.sentences(text, rule_page.digits()), "wrong": None}
