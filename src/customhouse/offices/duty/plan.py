"""The plan of a claim: the steps that work out its duties, made once for a law and kept in it.

A step knows its measure, its expression over exact fractions, which amounts before it count in its base, and what becomes
of its own amount: due, relieved, suspended, deposited, postponed. Only numbers are left to come.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import msgspec

from customhouse.kernel.currency import minor_digits
from customhouse.law.book import Law
from customhouse.law.expression import Component, Expression
from customhouse.law.measure import Condition, Measure
from customhouse.law.terms import Relief
from customhouse.offices.duty.choice import Chosen, applicable, choose, family
from customhouse.offices.duty.claim import Claim
from customhouse.offices.duty.formula import QUANTITY, Lacking, Sum, compile_expression, rounder
from customhouse.offices.duty.quantity import Fraction
from customhouse.record.assessment import Treatment


class Treat(NamedTuple):
    """What becomes of an amount: how, by which claim (`cause`), in which words and by which law; `guarantee` is owed."""

    how: Treatment = ""
    cause: str = ""
    note: str = ""
    source: str = ""
    guarantee: bool = False
    off: tuple[str, ...] = ()


DUE = Treat()
RANK: dict[str, int] = {"relieved": 0, "deposited": 1, "suspended": 2}


class Step:
    """One tax of a plan."""

    __slots__ = (
        "against",
        "asks",
        "because",
        "conditions",
        "counts",
        "documents",
        "less",
        "measure",
        "sum",
        "tax_type",
        "treat",
        "why",
    )

    def __init__(self, chosen: Chosen, sum_: Sum, counts: tuple[int, ...], treat: Treat, against: Sum | None) -> None:
        self.measure, self.why, self.because = chosen.measure, chosen.why, chosen.because
        self.tax_type = chosen.measure.tax_type
        self.sum, self.counts, self.treat, self.against = sum_, counts, treat, against
        self.conditions: dict[int, Sum] | None = None
        self.documents: tuple[str, ...] = ()
        self.less: tuple[int, ...] = ()
        parts = (*sum_.terms, *sum_.low, *sum_.high)
        self.asks = any(t.kind == QUANTITY or t.inner is not None for t in parts) or against is not None


class Plan(NamedTuple):
    """The steps in order of calculation, the supplementary unit of the tariff line, and what the law lacks for this claim
    (rule, words)."""

    steps: tuple[Step, ...]
    own_unit: str
    lacks: tuple[tuple[str, str], ...] = ()
    postpones: bool = False


def plan(claim: Claim, law: Law) -> Plan:
    """The plan of `claim` under `law`, from what the law remembers where it was asked before."""
    return law.remembered(make, claim)


def make(law: Law, claim: Claim) -> Plan:
    """The plan of `claim` under `law`, made anew: for who keeps what follows from it."""
    line = law.line(claim.code)
    lacks: list[tuple[str, str]] = [] if line else [("UnknownHeading", f"the tariff has no line for {claim.code}")]
    steps: list[Step] = []
    candidates = applicable(claim, law)
    for chosen in choose(candidates, claim, law):
        try:
            steps.append(_step(chosen, steps, claim, law))
        except Lacking as lacking:
            words = f"{chosen.measure.expression_text}: no {lacking.what} for the additional codes declared"
            lacks.append((lacking.rule, words))
    lacks.extend(("MissingAdditionalCode", words) for words in _codes_wanted(candidates.measures, claim, law))
    postpones = any(step.treat.how == "postponed" for step in steps)
    return Plan(tuple(steps), line.unit if line else "", tuple(lacks), postpones)


def compiler(law: Law) -> Callable[[Expression], Sum]:
    """Compiles expressions with the rounding, currency and rates of exchange of a law."""
    round_ = rounder(law.rounding)

    def exchange(currency: str) -> Fraction | None:
        rate = law.rate(currency)
        return rate.fraction if rate else None

    return lambda expression: compile_expression(expression, law.currency, exchange, round_)


def _step(chosen: Chosen, before: list[Step], claim: Claim, law: Law) -> Step:
    make = compiler(law)
    measure = chosen.measure
    treat = _treat(measure.tax_type, claim, law)
    against = None
    if chosen.against is not None:
        against = make(_resolved(chosen.against, claim, law))
    step = Step(chosen, make(_resolved(measure, claim, law)), _counted(measure, treat, before, law), treat, against)
    step.less = _taken_off(measure, before, law)
    if measure.conditions:
        step.asks, step.documents = True, claim.documents
        step.conditions = {
            id(line): make(line.expression) for line in measure.conditions if line.expression is not None
        }
    return step


def _counted(measure: Measure, treat: Treat, before: list[Step], law: Law) -> tuple[int, ...]:
    """Places of the steps whose amounts are in the base of this tax."""
    tax = law.tax_type(measure.tax_type)
    spared = treat.how in ("relieved", "suspended")
    return tuple(
        place
        for place, step in enumerate(before)
        if (tax is None or tax.counts(step.tax_type))
        and measure.tax_type not in step.treat.off
        and (step.treat.how not in ("relieved", "suspended") or spared)
    )


def _taken_off(measure: Measure, before: list[Step], law: Law) -> tuple[int, ...]:
    """Places of the steps whose amounts are taken off the base; what would count in it is left out already."""
    tax = law.tax_type(measure.tax_type)
    return tuple(
        place
        for place, step in enumerate(before)
        if measure.tax_type in step.treat.off and tax is not None and not tax.counts(step.tax_type)
    )


# --- reliefs ----------------------------------------------------------------------------------------------------------


def _treat(tax_type: str, claim: Claim, law: Law) -> Treat:
    """What becomes of a tax under the procedure, additional procedures and statements of the claim."""
    procedure = law.procedure(claim.procedure)
    guarantee = procedure is not None and procedure.guarantee
    found: list[Treat] = []
    for code in (claim.procedure, claim.procedure[:2], *claim.additional, *claim.statements):
        for relief in law.reliefs(code):
            if relief.covers(tax_type) and (not relief.document or relief.document in claim.documents):
                by_procedure = guarantee and claim.procedure.startswith(code)
                found.append(_relief(relief, by_procedure))
    if procedure is not None and not procedure.duties_payable:
        cause = claim.procedure if law.security_type(claim.procedure) else claim.procedure[:2]
        found.append(Treat("suspended", cause, procedure.note, procedure.source, guarantee))
    if found:
        return min(found, key=lambda treat: RANK[treat.how])
    tax = law.tax_type(tax_type)
    if tax is not None and (roles := [r for r in claim.roles if r in tax.postponed]):
        note = f"accounted for by the tax party in role {roles[0]}, not paid at the border"
        return Treat("postponed", roles[0], note)
    return DUE


def _relief(relief: Relief, guarantee: bool) -> Treat:
    how: Treatment = "suspended" if relief.suspended else "deposited" if relief.deposited else "relieved"
    note = f"{how} by {relief.code}: {relief.text['en']}"
    return Treat(how, relief.code, note, relief.source, guarantee and relief.suspended, relief.off)


# --- expressions that another measure completes, codes that must be declared ------------------------------------------


def _resolved(measure: Measure, claim: Claim, law: Law) -> Expression:
    """The expression with its agricultural components put in. Raises Lacking when the law has none for the recipe."""
    expression = measure.expression or Expression()
    if not any(part.basis == "component" for part in (*expression.terms, *expression.minimum, *expression.maximum)):
        return expression
    found = {
        m.kind: m.expression
        for m in law.measures(claim.code, claim.preferential_origin if measure.preference else claim.origin)
        if m.additional_code in claim.codes and m.expression is not None
    }

    def put_in(parts: tuple[Component, ...]) -> tuple[Component, ...]:
        return tuple(_component(part, found) if part.basis == "component" else part for part in parts)

    parts = put_in(expression.terms), put_in(expression.minimum), put_in(expression.maximum)
    return Expression(*parts)


def _component(part: Component, found: dict[str, Expression]) -> Component:
    expression = found.get(part.unit)
    if expression is None:
        raise Lacking("MissingComponent", part.unit)
    return msgspec.structs.replace(
        part, basis="sum", terms=expression.terms, minimum=expression.minimum, maximum=expression.maximum
    )


def _codes_wanted(measures: list[Measure], claim: Claim, law: Law) -> list[str]:
    """Taxes that exist for the goods under additional codes only, none of which was declared, where the law wants one."""
    have = {(m.tax_type, family(m)) for m in measures}
    wanted: dict[str, set[str]] = {}
    for m in law.measures(claim.code, claim.origin):
        tax = law.tax_type(m.tax_type)
        if (
            tax is not None
            and tax.code_required
            and m.additional_code
            and m.expression is not None
            and (m.tax_type, family(m)) not in have
            and m.applies_to(claim.procedure, True)
        ):
            wanted.setdefault(m.tax_type, set()).add(m.additional_code)
    return [f"{tax} is charged on these goods by additional code: {', '.join(sorted(c))}" for tax, c in wanted.items()]


def reach(line: Condition, value: int, quantity: Callable[[str], Fraction | None], law: Law) -> bool:
    """Whether a threshold is reached, or, where it is a highest one, not exceeded. Raises Lacking."""
    order = _compare(line, value, quantity, law)
    return order <= 0 if line.at_most else order >= 0


def _compare(line: Condition, value: int, quantity: Callable[[str], Fraction | None], law: Law) -> int:
    """Goods of `value` (minor units) against a threshold, a price per unit, a value or a quantity: above zero when they
    are over it, 0 when they are at it. Raises Lacking where the number to compare is not known."""
    if line.threshold is None:
        return 0
    top, bottom = line.threshold.as_integer_ratio()
    amount = (1, 1)
    if line.unit:
        found = quantity(line.unit)
        if found is None:
            raise Lacking("MissingQuantity", line.unit)
        if not line.currency:
            return found[0] * bottom - top * found[1]
        amount = found
    rate_top, rate_bottom = 1, 1
    if line.currency != law.currency:
        exchange = law.rate(line.currency)
        if exchange is None:
            raise Lacking("NoExchangeRate", line.currency)
        rate_top, rate_bottom = exchange.fraction
    minor = int(10 ** minor_digits(law.currency))
    return value * amount[1] * bottom * rate_bottom - top * amount[0] * rate_top * minor
