"""The words of the risk office: what rules are made of, where a version stands, what a back-test warns of."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from customhouse.desks import explain
from customhouse.law.rules import form, told
from customhouse.law.rules.syntax import RuleError
from customhouse.record.criterion import Kind, Status, Step
from customhouse.record.facts import ITEM, WHOLE

STATUS = {
    Status.DRAFT: pgettext_lazy("rule", "draft"),
    Status.TESTED: pgettext_lazy("rule", "back-tested"),
    Status.SHADOW: pgettext_lazy("rule", "on trial"),
    Status.SUBMITTED: pgettext_lazy("rule", "waits for approval"),
    Status.APPROVED: pgettext_lazy("rule", "approved, to be published"),
    Status.REFUSED: pgettext_lazy("rule", "refused"),
    Status.LIVE: pgettext_lazy("rule", "in force"),
    Status.SUPERSEDED: pgettext_lazy("rule", "superseded"),
    Status.WITHDRAWN: pgettext_lazy("rule", "withdrawn"),
    Status.EXPIRED: pgettext_lazy("rule", "expired"),
}
TONES = {
    Status.LIVE: "good", Status.SHADOW: "BLUE", Status.SUBMITTED: "hold", Status.APPROVED: "hold", Status.REFUSED: "bad",
    Status.EXPIRED: "bad", Status.WITHDRAWN: "bad",
}  # fmt: skip
STEPS = {
    Step.TESTED: gettext_lazy("Back-tested"),
    Step.SHADOW: gettext_lazy("Put on trial"),
    Step.SUBMITTED: gettext_lazy("Handed in for approval"),
    Step.APPROVED: gettext_lazy("Approved"),
    Step.REFUSED: gettext_lazy("Refused"),
    Step.LIVE: gettext_lazy("Published"),
    Step.WITHDRAWN: gettext_lazy("Withdrawn"),
}
PASTS = {
    "declarations": gettext_lazy("Declarations"),
    "parcels": gettext_lazy("Parcels"),
    "both": gettext_lazy("Both, side by side"),
}
"""What a rule can be tried on."""
KINDS = {
    Kind.RULE: gettext_lazy("Rule"),
    Kind.LIST: gettext_lazy("List"),
    Kind.POLICY: gettext_lazy("Policy"),
}
APPLIES = {
    "": gettext_lazy("Imports and exports"),
    "import": gettext_lazy("Imports"),
    "export": gettext_lazy("Exports"),
}
UNITS = {
    "money": gettext_lazy("national currency, such as 6.00"),
    "mass": gettext_lazy("kilograms"),
    "day": gettext_lazy("a day, such as 2026-12-24"),
    "weekday": gettext_lazy("1 Monday to 7 Sunday"),
    "month": gettext_lazy("1 to 12"),
}
TAKES = {
    "one": gettext_lazy("one value"),
    "two": gettext_lazy("two values, with ; between them"),
    "many": gettext_lazy("values, with ; between them"),
}


def label(fact: str) -> str:
    """The short name of a fact."""
    found = _(told.LABELS[fact])
    return found[:1].upper() + found[1:]


def help_of(fact: str) -> str:
    """What a fact means; the form itself says in what it is counted."""
    return _(plain({**WHOLE, **ITEM}[fact][1]))


def plain(description: str) -> str:
    """A description of the vocabulary without the units that the register counts in."""
    for unit in (", national minor units", ", grams", ", minor units"):
        description = description.removesuffix(unit)
    return description


def operator(of: form.Operator) -> str:
    """An operator without the fact and the values around it."""
    said = _(of.text).replace("{fact}", " ").replace("{values}", "…").replace(":", " ")
    return " ".join(said.split()) or _("is so")


def sentences(expression: str, digits: int) -> list[str]:
    """The conditions of a rule, a sentence each; the expression itself where it cannot be read."""
    try:
        phrases = told.told(expression, digits)
    except RuleError:
        return [expression]
    said = (told.say(phrase, _) for phrase in phrases)
    return [one[:1].upper() + one[1:] for one in said]


def caution(code: str, text: str) -> str:
    """A warning of a back-test in the reader's language."""
    return explain.told(text)


def event(step: Step, detail: dict[str, Any]) -> str:
    """What belongs to a step, in a few words."""
    if step is Step.TESTED:
        return _("on the last %(n)s days; result %(digest)s") % {
            "n": detail.get("days", "?"), "digest": str(detail.get("digest", ""))[:12],
        }  # fmt: skip
    if step is Step.SUBMITTED and detail.get("confirmed"):
        return _("confirmed: %(codes)s") % {"codes": ", ".join(detail["confirmed"])}
    return ""
