"""Duty expressions, as tariffs print them: ``12 % + 147 USD / 100 KGM``, ``8 % MIN 2 USD / KGM MAX 20 %``, ``free``.

Grammar:  expression = "free" | terms ["MIN" terms] ["MAX" terms];  terms = term {"+" term};
          term = number "%" ["of value and duties"] | number currency "/" [number] unit.
Units are UN/ECE Rec 20 codes. Evaluation belongs to the duty office; here is only what the words mean.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

import msgspec

BasisName = Literal["value", "value_and_duties", "quantity"]
WITH_DUTIES = "of value and duties"


class Component(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One term: `rate` per cent of a value (`unit` empty), or `rate` in `currency` for every `per` of `unit`."""

    rate: Decimal
    basis: BasisName = "value"
    unit: str = ""
    per: Decimal = Decimal(1)
    currency: str = ""

    def __str__(self) -> str:
        if not self.unit:
            return f"{self.rate} %" + (f" {WITH_DUTIES}" if self.basis == "value_and_duties" else "")
        per = f"{self.per} " if self.per != 1 else ""
        return f"{self.rate} {self.currency} / {per}{self.unit}"


class Expression(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A whole expression: the sum of `terms`, not below the sum of `minimum`, not above the sum of `maximum`."""

    terms: tuple[Component, ...] = ()
    minimum: tuple[Component, ...] = ()
    maximum: tuple[Component, ...] = ()

    def __str__(self) -> str:
        if not self.terms:
            return "free"
        text = " + ".join(map(str, self.terms))
        if self.minimum:
            text += " MIN " + " + ".join(map(str, self.minimum))
        if self.maximum:
            text += " MAX " + " + ".join(map(str, self.maximum))
        return text


class InvalidExpression(ValueError):
    """A duty expression that cannot be read; says which part."""


PERCENT = re.compile(rf"(\d+(?:\.\d+)?)\s*%(\s+{WITH_DUTIES})?")
SPECIFIC = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Z]{3})\s*/\s*(?:(\d+(?:\.\d+)?)\s*)?([A-Z0-9]{2,3})")


def parse(text: str) -> Expression:
    """Read an expression. Raises InvalidExpression naming the part that is not understood."""
    text = " ".join(text.split())
    if text.lower() == "free":
        return Expression()
    body, _, high = text.partition(" MAX ")
    body, _, low = body.partition(" MIN ")
    return Expression(_terms(body), _terms(low) if low else (), _terms(high) if high else ())


def _terms(text: str) -> tuple[Component, ...]:
    return tuple(_term(part.strip(), text) for part in text.split("+"))


def _term(part: str, whole: str) -> Component:
    if found := PERCENT.fullmatch(part):
        return Component(Decimal(found[1]), "value_and_duties" if found[2] else "value")
    if found := SPECIFIC.fullmatch(part):
        return Component(Decimal(found[1]), "quantity", found[4], Decimal(found[3] or 1), found[2])
    raise InvalidExpression(f"{part!r} in {whole!r} is neither a percentage nor an amount per unit")
