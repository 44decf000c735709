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


class TaxType(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A tax type (A00 customs duty, B00 VAT ...), its name, and its place in the order of calculation.

    `base`: the tax types whose amounts count where this one is charged on duties; empty means all before it.
    """

    code: str
    text: Text
    order: int
    base: tuple[str, ...] = ()


class Relief(Dated, frozen=True):
    """What an additional procedure (or a procedure) takes off: of which tax types, and whether for good or suspended.

    `code` is an additional procedure (C07) or a procedure of four characters; `tax_types` those relieved, ``*`` all.
    """

    code: str
    text: Text
    tax_types: tuple[str, ...] = ("*",)
    document: str = ""
    suspended: bool = False


class Quota(Dated, frozen=True):
    """A tariff quota in its period: `volume` of `unit` (Rec 20), first come first served; critical at `critical_ppm` drawn."""

    order: str
    volume: Decimal
    unit: str
    critical_ppm: int = 900_000
    currency: str = ""
    text: Text = msgspec.field(default_factory=dict)


class Agreement(Dated, frozen=True):
    """A preference: who may claim it (`areas`: countries or groups), under which preference codes, with which proofs.

    `rules` names the set of product rules, `cumulation` the kinds allowed (bilateral, diagonal, full, regional).
    """

    id: str
    text: Text
    areas: tuple[str, ...]
    preferences: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    rules: str = ""
    cumulation: tuple[str, ...] = ()


class ProductRule(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What makes goods originating: for codes `low` to `high` (ten digits, both included), one of `classes` (WO, CC, CTH,
    CTSH, MAXNOM, RVC, SP ...), in the words of the agreement."""

    rules: str
    low: str
    high: str
    heading: str
    goods: str
    classes: tuple[str, ...]
    text: str
    source: str = ""


class Incoterm(Dated, frozen=True):
    """A delivery term and the costs that are already in a price agreed under it: loading, carriage, insurance, unloading,
    clearance (Incoterms 2020; older ones where the law still takes them)."""

    code: str
    text: Text
    includes: tuple[str, ...] = ()


class ValuationLaw(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How a country values: `place` CIF or FOB, which of freight and insurance count, by what shared costs are spread."""

    place: str = "CIF"
    spread_freight_by: str = "value"
    spread_others_by: str = "value"
    source: str = ""


class Footnote(Dated, frozen=True):
    """A remark of the tariff that measures or lines point at."""

    code: str
    text: Text


class ListEntry(Dated, frozen=True):
    """A code of a named code list (documents, packages, units, countries ...), and what it stands for."""

    list: str
    code: str
    text: Text


class Place(Dated, frozen=True):
    """A place of trade and transport (UN/LOCODE) with its position in decimal degrees, where it is known.

    `function` holds the digits of UN/LOCODE (1 port, 2 rail, 3 road, 4 airport, 5 postal, 6 inland, 7 fixed, B border).
    """

    code: str
    name: str
    country: str
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    function: str = ""


class Share(Dated, frozen=True):
    """The part of declarations looked at at random, in parts per million."""

    ppm: int
