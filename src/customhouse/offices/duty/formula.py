"""How a duty expression is worked out with the numbers of an item: whole numbers all the way, each term rounded once.

`compile_expression` turns the words of a tariff into `Sum`s over exact fractions, once for a law; `Sum.amount` works out
minor units, `Sum.explain` the same with every term kept for the explanation. What cannot be worked out raises `Lacking`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from customhouse.kernel.currency import minor_digits
from customhouse.kernel.money import Rounding
from customhouse.law.expression import Component, Expression
from customhouse.offices.duty.quantity import Fraction, shown
from customhouse.record.assessment import DutyComponent

VALUE, DUTIES, QUANTITY, ITEM, SUM = range(5)
BASES = {"value": VALUE, "value_and_duties": VALUE, "duties": DUTIES}
WORDS = {"value": "customs value", "value_and_duties": "customs value and duties", "duties": "duties"}
Round = Callable[[int, int], int]
Offer = Callable[[str], Fraction | None]
Exchange = Callable[[str], Fraction | None]


class Lacking(Exception):
    """An amount cannot be worked out: `rule` names the problem, `what` the unit or currency that is lacking."""

    def __init__(self, rule: str, what: str) -> None:
        self.rule, self.what = rule, what
        super().__init__(f"{rule}: {what}")


def rounder(rule: Rounding) -> Round:
    """Rounds a fraction (numerator, positive denominator) of minor units by the rule of the law."""
    unit = rule.unit
    modes: dict[str, Round] = {
        "half_up": lambda n, d: (2 * n + d) // (2 * d) if n >= 0 else -((d - 2 * n) // (2 * d)),
        "half_even": _half_even,
        "down": lambda n, d: n // d if n >= 0 else -(-n // d),
        "up": lambda n, d: -(-n // d) if n >= 0 else n // d,
    }
    plain = modes[rule.mode]
    return plain if unit == 1 else lambda n, d: plain(n, d * unit) * unit


def _half_even(n: int, d: int) -> int:
    whole, rest = divmod(n, d)
    return whole + (2 * rest > d or (2 * rest == d and whole % 2))


class Basis:
    """What one item offers a tax: its value, the duties that count for this tax (minor units), its quantities."""

    __slots__ = ("duties", "offer", "value")

    def __init__(self, value: int, duties: int, offer: Offer) -> None:
        self.value, self.duties, self.offer = value, duties, offer


class Term:
    """One term, compiled: the amount is what it is charged on times `top` / `bottom`, rounded."""

    __slots__ = ("bottom", "component", "inner", "kind", "lacking", "round", "top", "with_duties")

    def __init__(self, component: Component, currency: str, exchange: Exchange, round_: Round) -> None:
        self.component, self.round = component, round_
        self.kind = BASES.get(component.basis, SUM)
        self.with_duties = component.basis == "value_and_duties"
        self.top, self.bottom = component.rate.as_integer_ratio()
        self.inner: Sum | None = None
        self.lacking: Lacking | None = None
        if component.basis in ("quantity", "item"):
            self.kind = QUANTITY if component.basis == "quantity" else ITEM
            self._per_unit(currency, exchange)
        elif self.kind == SUM:
            self.inner = Sum(component.terms, component.minimum, component.maximum, currency, exchange, round_)
        else:
            self.bottom *= 100

    def _per_unit(self, currency: str, exchange: Exchange) -> None:
        of = self.component.currency
        rate = (1, 1) if of == currency else exchange(of)
        if rate is None:
            self.lacking = Lacking("NoExchangeRate", of)
            return
        top, bottom = rate
        per, per_bottom = self.component.per.as_integer_ratio()
        self.top *= top * per_bottom * int(10 ** minor_digits(currency))
        self.bottom *= bottom * per

    def amount(self, basis: Basis) -> int:
        """Minor units. Raises Lacking."""
        kind = self.kind
        if kind == VALUE:
            charged = basis.value + basis.duties if self.with_duties else basis.value
            return self.round(charged * self.top, self.bottom)
        if kind == DUTIES:
            return self.round(basis.duties * self.top, self.bottom)
        if self.inner is not None:
            return self.inner.amount(basis)
        if self.lacking is not None:
            raise self.lacking
        if kind == ITEM:
            return self.round(self.top, self.bottom)
        top, bottom = self.quantity(basis)
        return self.round(top * self.top, bottom * self.bottom)

    def quantity(self, basis: Basis) -> Fraction:
        unit = self.component.unit
        found = basis.offer(unit)
        if found is None:
            raise Lacking("MissingQuantity", unit)
        return found

    def explain(self, basis: Basis, currency: str, notes: list[str]) -> list[DutyComponent]:
        """The term with its numbers; several where it is a sum."""
        component = self.component
        if self.inner is not None:
            return self.inner.explain(basis, currency, notes)
        amount = self.amount(basis)
        if self.kind in (VALUE, DUTIES):
            charged = self.charged(basis)
            return [DutyComponent(WORDS[component.basis], money(charged, currency), f"{component.rate} %", amount)]
        if self.kind == ITEM:
            return [DutyComponent("item", "1 item", f"{component.rate} {component.currency} per item", amount)]
        quantity = shown(self.quantity(basis), component.unit)
        return [DutyComponent(_source(component.unit), quantity, str(component), amount)]

    def charged(self, basis: Basis) -> int:
        """What a percentage is charged on, in minor units; 0 for other terms."""
        if self.kind == VALUE:
            return basis.value + basis.duties if self.with_duties else basis.value
        return basis.duties if self.kind == DUTIES else 0


def _source(unit: str) -> str:
    plain, _, qualifier = unit.partition("#")
    if plain in ("KGM", "DTN", "TNE", "GRM") and qualifier in ("", "G"):
        return "gross mass" if qualifier else "net mass"
    return "quantity"


class Sum:
    """A sum of terms between bounds, compiled."""

    __slots__ = ("high", "low", "terms")

    def __init__(
        self,
        terms: Sequence[Component],
        low: Sequence[Component],
        high: Sequence[Component],
        currency: str,
        exchange: Exchange,
        round_: Round,
    ) -> None:
        made = [tuple(Term(c, currency, exchange, round_) for c in part) for part in (terms, low, high)]
        self.terms, self.low, self.high = made

    def amount(self, basis: Basis) -> int:
        """Minor units: the terms, not below the minimum, not above the maximum. Raises Lacking."""
        terms = self.terms
        total = terms[0].amount(basis) if len(terms) == 1 else sum(t.amount(basis) for t in terms)
        if self.low:
            total = max(total, sum(t.amount(basis) for t in self.low))
        if self.high:
            total = min(total, sum(t.amount(basis) for t in self.high))
        return total

    def explain(self, basis: Basis, currency: str, notes: list[str]) -> list[DutyComponent]:
        """The terms that made the amount, with their numbers; `notes` gets a word where a bound decided."""
        chosen = [c for t in self.terms for c in t.explain(basis, currency, notes)]
        for bound, word in ((self.low, "minimum"), (self.high, "maximum")):
            if not bound:
                continue
            total = sum(c.amount for c in chosen)
            other = [c for t in bound for c in t.explain(basis, currency, notes)]
            limit = sum(c.amount for c in other)
            if (limit > total) if word == "minimum" else (limit < total):
                notes.append(f"the {word} applies: {money(limit, currency)} instead of {money(total, currency)}")
                chosen = other
        return chosen

    def base(self, basis: Basis) -> int:
        """What the first percentage is charged on, in minor units; 0 where there is none."""
        return next((t.charged(basis) for t in self.terms if t.kind in (VALUE, DUTIES)), 0)


def compile_expression(expression: Expression, currency: str, exchange: Exchange, round_: Round) -> Sum:
    """The expression over exact fractions of minor units of `currency`; `free` is an empty sum."""
    return Sum(expression.terms, expression.minimum, expression.maximum, currency, exchange, round_)


def money(minor: int, currency: str) -> str:
    """An amount for people: ``1020.00 GBP``."""
    digits = minor_digits(currency)
    if not digits:
        return f"{minor} {currency}"
    sign, minor = ("-", -minor) if minor < 0 else ("", minor)
    whole, part = divmod(minor, int(10**digits))
    return f"{sign}{whole}.{part:0{digits}d} {currency}"
