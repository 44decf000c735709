"""Why an amount is what it is: formula, numbers, rounding, what becomes of it; and what must be secured beside it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.utils.translation import gettext as _

from customhouse.desks import words
from customhouse.desks.explain.language import amount, figures, in_language, lawful, quantity, told
from customhouse.kernel.money import Money, Rounding
from customhouse.law.book import Law
from customhouse.law.terms import Text
from customhouse.record.assessment import Assessment, DutyTaxFee, QuotaAllocation
from customhouse.record.declaration import Declaration


class Step(msgspec.Struct, frozen=True):
    """One line of a calculation: what is charged, how much of it, the rate, and the result; where it is of the shipment,
    by which share, and where it does not count, why."""

    what: str
    quantity: str
    rate: str
    amount: str
    source: str = ""
    share: str = ""
    note: str = ""


class Why(msgspec.Struct, frozen=True):
    """An amount with everything that says why it is what it is."""

    due: DutyTaxFee
    name: str
    formula: str
    steps: tuple[Step, ...]
    rounding: str
    remarks: tuple[str, ...]
    base: str = ""
    treatment: str = ""


def duty(due: DutyTaxFee, law: Law | None) -> Why:
    """One duty, tax or fee explained."""
    currency = due.amount.currency
    steps = tuple(
        Step(
            str(words.BASES.get(c.basis, c.basis)),
            figures(c.quantity),
            figures(c.rate),
            amount(Money(c.amount, currency)),
        )
        for c in due.components
    )
    texts = reliefs(due.relief, law)
    return Why(
        due,
        tax_name(due.type, law),
        formula(due.formula),
        steps,
        rounding(due.rounding),
        tuple(told(lawful(r, *texts)) for r in due.note.split("; ") if r),
        amount(Money(due.base, currency)) if due.base else "",
        str(words.TREATMENTS.get(due.treatment, "")),
    )


def reliefs(code: str, law: Law | None) -> list[Text]:
    """The words of the law for what a claim takes off."""
    return [r.text for r in law.reliefs(code)] if law and code else []


def formula(said: str) -> str:
    """The formula of a rate in the reader's language."""
    for phrase, word in words.FORMULA.items():
        said = said.replace(phrase, str(word))
    return figures(said)


def rounding(said: str) -> str:
    """The rounding rule in words; `said` is how the record writes it."""
    for mode, word in words.ROUNDINGS.items():
        if said == str(Rounding(mode)):  # type: ignore[arg-type]
            return _("%(rounded)s to the minor unit") % {"rounded": word}
    return said


def tax_name(code: str, law: Law | None) -> str:
    found = law.tax_type(code) if law else None
    return in_language(found.text) if found else code


def by_tax(assessed: Assessment | None, law: Law | None) -> list[tuple[str, str, Money]]:
    """What is payable of each tax: (code, name, amount), in the order of calculation."""
    sums: dict[str, Money] = {}
    for due in assessed.duties if assessed else ():
        sums[due.type] = sums[due.type] + due.payable if due.type in sums else due.payable
    return [(code, tax_name(code, law), money) for code, money in sums.items()]


def securities(assessed: Assessment | None, law: Law | None) -> list[dict[str, Any]]:
    """What must be secured, each with its tax and reason, and under which tax type money put down for it is booked."""
    found = assessed.securities if assessed else ()
    due = {(x.item, x.type): x for x in assessed.duties} if assessed else {}
    told_ = []
    for one in found:
        charged = due.get((one.item, one.tax_type))
        texts = reliefs(charged.relief, law) if charged else []
        told_.append({"of": one, "tax": tax_name(one.tax_type, law), "why": told(lawful(one.why, *texts))})
    return told_


def quotas(allocations: tuple[QuotaAllocation, ...], law: Law | None) -> list[dict[str, Any]]:
    """What each quota granted of what was asked."""
    return [
        {
            "of": a,
            "name": in_language(quota.text) if law and (quota := law.quota(a.order)) else "",
            "asked": quantity(a.asked, a.unit),
            "granted": quantity(a.granted, a.unit),
            "whole": a.granted >= a.asked,
        }
        for a in allocations
    ]


def outstanding(declaration: Declaration) -> str:
    return amount(declaration.settled.outstanding) if declaration.settled else ""
