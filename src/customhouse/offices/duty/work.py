"""Working through a plan with the numbers of an item: first plain amounts, then, where wanted, the trace of each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.condition import judge
from customhouse.law.measure import Condition
from customhouse.offices.duty.formula import Basis, Lacking, Sum
from customhouse.offices.duty.plan import Plan, Step, reach
from customhouse.offices.duty.quantity import Fraction, offered
from customhouse.offices.duty.quota import Allotment
from customhouse.record.assessment import DutyTaxFee, Security, Treatment
from customhouse.record.lodgement import GoodsItem

ITEM = "GoodsShipment/GovernmentAgencyGoodsItem[{}]"
# What is told of an amount that cannot be worked out: rule -> (what is wrong, what to do, where below the item).
TOLD = {
    "MissingQuantity": (
        "{tax} is charged per {what}, and no quantity in it above zero is declared",
        "Declare the quantity in {what} (net mass, supplementary unit, or tax base)",
        "/Commodity/GoodsMeasure",
    ),
    "NoExchangeRate": (
        "{tax} is fixed in {what}, and the law has no rate of exchange for it on this day",
        "Publish the rate of exchange for {what}",
        "",
    ),
    "GoodsForbidden": (
        "A condition of {measure} forbids these goods: {what}",
        "Declare the document that the condition asks for, or do not bring the goods in",
        "/AdditionalDocument",
    ),
}
PLACES = {
    "UnknownHeading": ("/Commodity/Classification", "Look the goods up in the tariff and give the full code"),
    "MissingAdditionalCode": ("/Commodity/Classification", "Declare the additional code that fits the goods"),
    "MissingComponent": ("/Commodity/Classification", "Declare the additional code of the recipe"),
}


class Worked(NamedTuple):
    """A step with what it was charged on, the expression that its conditions chose, and its amount in minor units."""

    step: Step
    basis: Basis
    sum: Sum
    amount: int


class Skipped(Exception):
    """A condition on price or quantity voids the measure."""


def work(plan: Plan, item: GoodsItem, value: int, law: Law, found: list[Problem] | None = None) -> Iterator[Worked]:
    """Every step of a plan in order. What cannot be worked out raises Lacking, or goes to `found` and counts as nothing."""
    amounts: list[int] = []
    own_unit = plan.own_unit
    for step in plan.steps:
        duties = 0
        for place in step.counts:
            duties += amounts[place]
        for place in step.less:
            duties -= amounts[place]
        offer = partial(offered, item, own_unit, step.tax_type) if step.asks else _nothing
        basis = Basis(value, duties, offer)
        try:
            sum_ = step.sum if step.conditions is None else by_condition(step, basis, law)
            amount = sum_.amount(basis)
        except Skipped:
            amounts.append(0)
            continue
        except Lacking as lacking:
            if found is None:
                raise
            found.append(told(lacking, step, item))
            amounts.append(0)
            continue
        amounts.append(amount)
        yield Worked(step, basis, sum_, amount)


def _nothing(unit: str) -> Fraction | None:
    return None


def by_condition(step: Step, basis: Basis, law: Law) -> Sum:
    """The expression that the conditions of the measure choose, now that the value is known.

    Raises Skipped where they void it, Lacking where they forbid the goods or cannot be decided.
    """

    def reaches(line: Condition) -> bool:
        return reach(line, basis.value, basis.offer, law)

    verdict = judge(step.measure, step.documents, reaches)
    if verdict.action == "void":
        raise Skipped
    if verdict.action == "forbid":
        raise Lacking("GoodsForbidden", " or ".join(verdict.wanted) or "no document helps")
    own = step.conditions.get(id(verdict.line)) if step.conditions and verdict.action == "rate" else None
    return own or step.sum


# --- what cannot be worked out ----------------------------------------------------------------------------------------


def lacks(plan: Plan, item: GoodsItem, value: int) -> list[Problem]:
    """What stands in the way before any number is looked at: gaps of the law for this claim, a value below zero."""
    place = ITEM.format(item.sequence)
    found = [Problem(rule, words, place + PLACES[rule][0], PLACES[rule][1]) for rule, words in plan.lacks]
    if value < 0:
        hint = "Check the price and the deductions"
        found.append(Problem("NegativeValue", "The customs value is below zero", place, hint, str(value)))
    return found


def told(lacking: Lacking, step: Step, item: GoodsItem) -> Problem:
    """What is lacking for a step, as a problem with its place and what to do."""
    place = ITEM.format(item.sequence)
    label, hint, below = TOLD[lacking.rule]
    words = {"tax": step.tax_type, "what": lacking.what, "measure": step.measure.id}
    return Problem(lacking.rule, label.format(**words), place + below, hint.format(**words), lacking.what)


# --- the trace --------------------------------------------------------------------------------------------------------


class Trace:
    """The trace of one item's duties: every amount with its reasons, and what must be secured."""

    def __init__(self, item: GoodsItem, law: Law, allotment: Allotment | None) -> None:
        self.item, self.law, self.allotment = item, law, allotment
        self.methods = {d.type: d.payment.method for d in item.commodity.duties if d.payment}
        self.any_method = next(iter(self.methods.values()), "")
        self.rounding = str(law.rounding)
        self.due: list[DutyTaxFee] = []
        self.secured: list[Security] = []

    def add(self, worked: Worked) -> None:
        """Take up one step. Raises Lacking where the difference to be secured cannot be worked out."""
        step, measure = worked.step, worked.step.measure
        currency = self.law.currency
        how = treatment(step, self.methods)
        notes = [step.why] if step.why else []
        components = tuple(worked.sum.explain(worked.basis, currency, notes))
        if how:
            notes.append(step.treat.note)
        if self.allotment is not None and measure.order == self.allotment.order:
            notes.append(str(self.allotment))
        amount = Money(worked.amount, currency)
        method = self.methods.get(step.tax_type) or self.any_method
        self.due.append(
            DutyTaxFee(
                item=self.item.sequence,
                type=step.tax_type,
                measure=measure.id,
                source=measure.source,
                since=measure.validity.start,
                formula=measure.expression_text if worked.sum is step.sum else _chosen(worked, step),
                components=components,
                rounding=self.rounding,
                amount=amount,
                payable=Money(0, currency) if how else amount,
                preference=measure.preference,
                payment_method=method,
                note="; ".join(filter(None, notes)) if notes else "",
                base=worked.sum.base(worked.basis),
                treatment=how,
                relief=step.treat.cause if how else "",
            )
        )
        if how or step.against is not None:
            self._secure(worked, how, method)

    def _secure(self, worked: Worked, how: Treatment, method: str) -> None:
        step, law = worked.step, self.law
        treat = step.treat
        put_down = law.is_secured(method)
        booked = (law.security_type(treat.cause) or law.security_type(how)) if how and put_down else ""
        if worked.amount and (booked or (how and treat.guarantee) or how == "deposited"):
            self._add_security(step.tax_type, worked.amount, treat.note or how, booked, treat.source)
        critical = self.allotment is not None and self.allotment.critical and step.because == "quota"
        if step.against is not None and not how and (step.because == "preference" or critical):
            difference = step.against.amount(worked.basis) - worked.amount
            if difference > 0:
                booked = law.security_type(step.because) if put_down else ""
                self._add_security(step.tax_type, difference, step.why, booked, step.measure.source)

    def _add_security(self, tax_type: str, minor: int, why: str, booked: str, source: str) -> None:
        amount = Money(minor, self.law.currency)
        self.secured.append(Security(self.item.sequence, tax_type, amount, why, booked, source))


def treatment(step: Step, methods: dict[str, str]) -> Treatment:
    """What becomes of the amount of a step; a tax is not postponed that the declarant names a method of payment for."""
    how = step.treat.how
    return "" if how == "postponed" and step.tax_type in methods else how


def _chosen(worked: Worked, step: Step) -> str:
    """The words of the expression that a condition chose."""
    own = step.conditions or {}
    for line in step.measure.conditions:
        if own.get(id(line)) is worked.sum:
            return line.expression_text
    return step.measure.expression_text
