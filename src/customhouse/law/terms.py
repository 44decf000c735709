"""The words of a Book besides measures: nomenclature lines, rates, procedures, rules, criteria, terms of release.

Every one is dated (half-open) and names its legal source.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from customhouse.kernel.validity import Validity

Text = dict[str, str]


class Dated(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """Something that holds for a time, by a legal text."""

    validity: Validity
    source: str = ""


class Line(Dated, frozen=True):
    """A line of the nomenclature: code of 2 to 10 digits, what it covers, and its supplementary unit (Rec 20), if any."""

    code: str
    text: Text
    unit: str = ""


class Rate(Dated, frozen=True):
    """One unit of `currency` is worth `value` units of the national currency."""

    currency: str
    value: Decimal


class Membership(Dated, frozen=True):
    """A country belongs to a group of origins (a preference area, an economic community)."""

    group: str
    country: str


class Procedure(Dated, frozen=True):
    """A requested and previous procedure (four characters): what it is and whether duties are payable under it."""

    code: str
    text: Text
    duties_payable: bool = True
    guarantee: bool = False
    note: str = ""


class BusinessRule(Dated, frozen=True):
    """A rule that a declaration must keep; `where` is a WCO path in which {item} stands for the item's place."""

    id: str
    expression: str
    text: Text
    where: str
    hint: Text = msgspec.field(default_factory=dict)
    value: str = ""
    severity: str = "error"


class Criterion(Dated, frozen=True):
    """A selectivity rule: what fires it, the lane it asks for, who owns it."""

    id: str
    expression: str
    lane: str
    text: Text
    owner: str = ""


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A criterion that fired, on an item (its number) or on the whole declaration (0)."""

    id: str
    lane: str
    text: str
    item: int = 0
    source: str = ""


class ReleaseTerm(Dated, frozen=True):
    """One term of the release contract; `predicate` names a test that the release office knows."""

    id: str
    predicate: str
    text: Text


class TaxType(msgspec.Struct, frozen=True, gc=False):
    """A tax type (A00 customs duty, B00 VAT ...), its name, and its place in the order of calculation."""

    code: str
    text: Text
    order: int


class Share(Dated, frozen=True):
    """The part of declarations looked at at random, in parts per million."""

    ppm: int
