"""How a duty expression is worked out with the numbers of an item, keeping every term for the explanation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import msgspec

from customhouse.kernel.currency import minor_digits
from customhouse.kernel.money import round_minor, round_to_minor
from customhouse.law.book import Law
from customhouse.law.measure import Component, Measure
from customhouse.record.declaration import DutyComponent

# Units of mass, in grams, that a specific rate may be charged on; net mass is always declared.
MASS = {"KGM": 1000, "DTN": 100_000, "TNE": 1_000_000, "GRM": 1}
PACKAGE_UNITS = ("NAR", "ITM", "PCE")


@dataclass
class Basis:
    """What an item offers to be charged on: value and duties so far (national minor units), mass, quantity, packages."""

    value: int
    net_grams: int
    supplementary: Decimal | None
    supplementary_unit: str
    packages: int
    duties: int = 0


class Worked(msgspec.Struct, frozen=True, gc=False):
    """The result in minor units, its terms, and a remark where a minimum, a maximum or a missing quantity decided."""

    amount: int
    components: tuple[DutyComponent, ...]
    note: str = ""


def work_out(measure: Measure, basis: Basis, law: Law) -> Worked:
    """The amount of `measure` on `basis`, each term rounded by the law's rule, then bounded by MIN and MAX."""
    expression = measure.expression
    if expression is None:
        return Worked(0, ())
    chosen, notes = _sum(expression.terms, basis, law)
    amount = sum([c.amount for c in chosen])
    if expression.minimum:
        low, more = _sum(expression.minimum, basis, law)
        notes += more
        if (least := sum(c.amount for c in low)) > amount:
            chosen, amount = low, least
            notes.append("the minimum applies")
    if expression.maximum:
        high, more = _sum(expression.maximum, basis, law)
        notes += more
        if (most := sum(c.amount for c in high)) < amount:
            chosen, amount = high, most
            notes.append("the maximum applies")
    return Worked(amount, tuple(chosen), "; ".join(notes))


def _sum(terms: tuple[Component, ...], basis: Basis, law: Law) -> tuple[list[DutyComponent], list[str]]:
    worked: list[DutyComponent] = []
    notes: list[str] = []
    for term in terms:
        component, note = _ad_valorem(term, basis, law) if term.unit == "" else _specific(term, basis, law)
        worked.append(component)
        if note:
            notes.append(note)
    return worked, notes


def _ad_valorem(term: Component, basis: Basis, law: Law) -> tuple[DutyComponent, str]:
    charged, words = basis.value, "customs value"
    if term.basis == "value_and_duties":
        charged, words = charged + basis.duties, "customs value and duties"
    amount = round_minor(charged * term.rate / 100, law.rounding)
    major = Decimal(charged).scaleb(-minor_digits(law.currency))
    return DutyComponent(words, f"{major!s} {law.currency}", f"{term.rate!s} %", amount), ""


def _specific(term: Component, basis: Basis, law: Law) -> tuple[DutyComponent, str]:
    quantity, words = _quantity(term.unit, basis)
    per = f"{term.per} " if term.per != 1 else ""
    rate = f"{term.rate} {term.currency} / {per}{term.unit}"
    if quantity is None:
        missing = f"no quantity in {term.unit} was declared"
        return DutyComponent(words, f"0 {term.unit}", rate, 0), missing
    charged = quantity / term.per * term.rate
    if term.currency != law.currency:
        exchange = law.rate(term.currency)
        if exchange is None:
            return DutyComponent(words, f"{quantity} {term.unit}", rate, 0), f"no rate of exchange for {term.currency}"
        charged *= exchange.value
    amount = round_to_minor(charged, law.currency, law.rounding)
    return DutyComponent(words, f"{quantity.normalize():f} {term.unit}", rate, amount), ""


def _quantity(unit: str, basis: Basis) -> tuple[Decimal | None, str]:
    if unit in MASS:
        return Decimal(basis.net_grams) / MASS[unit], "net mass"
    if basis.supplementary is not None and basis.supplementary_unit in (unit, ""):
        return basis.supplementary, "supplementary quantity"
    if unit in PACKAGE_UNITS and basis.packages:
        return Decimal(basis.packages), "packages"
    return None, "supplementary quantity"
