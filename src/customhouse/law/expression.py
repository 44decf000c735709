"""Duty expressions, as tariffs print them: ``12 % + 147 USD / 100 KGM``, ``8 % MIN 2 USD / KGM MAX 20 %``, ``free``.

Grammar:  expression = "free" | sum ["MIN" sum] ["MAX" sum];  sum = term {"+" term};
          term = number "%" ["of value and duties" | "of duties"]
               | number currency "/" [number] unit | number currency "per item"
               | "EA" | "ADSZ" | "ADFM" | "(" sum ["MIN" sum] ["MAX" sum] ")".
A unit is a UN/ECE Rec 20 code, with a TARIC qualifier after ``#`` where the quantity is of a special kind: ``KGM#G``
gross mass, ``DTN#E`` 100 kg drained, ``DTN#Z`` 100 kg for each per cent of sucrose, ``KGM#P`` kilogram of lactic matter,
``ASV#X`` hectolitre for each per cent of alcohol. EA, ADSZ and ADFM are the agricultural component and the additional
duties on sugar and flour, fixed elsewhere by recipe. Evaluation belongs to the duty office; here is only what words mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

import msgspec

BasisName = Literal["value", "value_and_duties", "duties", "quantity", "item", "component", "sum"]
OF = {"value": "", "value_and_duties": " of value and duties", "duties": " of duties"}
COMPONENTS = ("EA", "ADSZ", "ADFM")
"""Parts of an expression that another measure fixes, chosen by the additional code of the goods' recipe."""


class Component(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One term. By `basis`:

    value, value_and_duties, duties: `rate` per cent of it; quantity: `rate` in `currency` for every `per` of `unit`;
    item: `rate` in `currency` once; component: the amount of the measure named in `unit`; sum: `terms`, not below the
    sum of `minimum`, not above the sum of `maximum`.
    """

    rate: Decimal
    basis: BasisName = "value"
    unit: str = ""
    per: Decimal = Decimal(1)
    currency: str = ""
    terms: tuple[Component, ...] = ()
    minimum: tuple[Component, ...] = ()
    maximum: tuple[Component, ...] = ()

    def __str__(self) -> str:
        match self.basis:
            case "quantity":
                per = f"{self.per} " if self.per != 1 else ""
                return f"{self.rate} {self.currency} / {per}{self.unit}"
            case "item":
                return f"{self.rate} {self.currency} per item"
            case "component":
                return self.unit
            case "sum":
                return f"({_print(self.terms, self.minimum, self.maximum)})"
        return f"{self.rate} %{OF[self.basis]}"


class Expression(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A whole expression: the sum of `terms`, not below the sum of `minimum`, not above the sum of `maximum`."""

    terms: tuple[Component, ...] = ()
    minimum: tuple[Component, ...] = ()
    maximum: tuple[Component, ...] = ()

    def __str__(self) -> str:
        return _print(self.terms, self.minimum, self.maximum) if self.terms else "free"


def _print(terms: tuple[Component, ...], low: tuple[Component, ...], high: tuple[Component, ...]) -> str:
    text = " + ".join(map(str, terms))
    if low:
        text += " MIN " + " + ".join(map(str, low))
    if high:
        text += " MAX " + " + ".join(map(str, high))
    return text


class InvalidExpression(ValueError):
    """A duty expression that cannot be read; says which part."""


NUMBER = r"\d+(?:\.\d+)?"
PERCENT = re.compile(rf"({NUMBER})\s*%(?:\s+of\s+(value and duties|duties))?")
SPECIFIC = re.compile(rf"({NUMBER})\s*([A-Z]{{3}})\s*/\s*(?:({NUMBER})\s*)?([A-Z0-9]{{2,3}}(?:#[A-Z])?)")
FLAT = re.compile(rf"({NUMBER})\s*([A-Z]{{3}})\s+per\s+item")


def parse(text: str) -> Expression:
    """Read an expression. Raises InvalidExpression naming the part that is not understood."""
    text = " ".join(text.split())
    if text.lower() == "free":
        return Expression()
    return Expression(*_bounded(text))


def _bounded(text: str) -> tuple[tuple[Component, ...], tuple[Component, ...], tuple[Component, ...]]:
    """(terms, minimum, maximum) of ``sum [MIN sum] [MAX sum]``."""
    body, *high = _split(text, " MAX ")
    body, *low = _split(body, " MIN ")
    if len(high) > 1 or len(low) > 1:
        raise InvalidExpression(f"{text!r} has a bound twice")
    return _terms(body), _terms(low[0]) if low else (), _terms(high[0]) if high else ()


def _terms(text: str) -> tuple[Component, ...]:
    return tuple(_term(part.strip(), text) for part in _split(text, "+"))


def _split(text: str, by: str) -> Iterator[str]:
    """The pieces of `text` between separators that stand outside brackets."""
    depth = start = 0
    for place, sign in enumerate(text):
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
        if depth < 0:
            break
        if depth == 0 and text.startswith(by, place):
            yield text[start:place]
            start = place + len(by)
    if depth:
        raise InvalidExpression(f"the brackets of {text!r} do not close")
    yield text[start:]


def _term(part: str, whole: str) -> Component:
    if found := PERCENT.fullmatch(part):
        basis: BasisName = "value"
        if found[2]:
            basis = "duties" if found[2] == "duties" else "value_and_duties"
        return Component(Decimal(found[1]), basis)
    if found := SPECIFIC.fullmatch(part):
        return Component(Decimal(found[1]), "quantity", found[4], Decimal(found[3] or 1), found[2])
    if found := FLAT.fullmatch(part):
        return Component(Decimal(found[1]), "item", currency=found[2])
    if part in COMPONENTS:
        return Component(Decimal(0), "component", part)
    if part.startswith("(") and part.endswith(")"):
        terms, low, high = _bounded(part[1:-1].strip())
        return Component(Decimal(0), "sum", terms=terms, minimum=low, maximum=high)
    raise InvalidExpression(f"{part!r} in {whole!r} is neither a percentage nor an amount per unit")
