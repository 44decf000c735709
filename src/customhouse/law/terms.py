"""The words of a Book besides measures: nomenclature lines, rates, procedures, rules, criteria, terms of release.

Every one is dated (half-open) and names its legal source.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from customhouse.kernel.money import Rounding, convert
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
    """A rate of exchange: `units` of `currency` are worth `value` of the national currency; where it is quoted the other
    way round (`inverse`), `units` of the national currency are worth `value` of `currency`."""

    currency: str
    value: Decimal
    units: int = 1
    inverse: bool = False

    def to_national(self, amount: Decimal, national: str, rounding: Rounding) -> int:
        """`amount` of `currency` in minor units of the national currency, exact until it is rounded."""
        if self.inverse:
            return convert(amount, Decimal(self.units), self.value, national, rounding)
        return convert(amount, self.value, Decimal(self.units), national, rounding)

    @property
    def fraction(self) -> tuple[int, int]:
        """What one unit of `currency` is worth in national currency, as an exact fraction."""
        top, bottom = self.value.as_integer_ratio()
        return (self.units * bottom, top) if self.inverse else (top, bottom * self.units)

    def quoted(self, national: str) -> str:
        """The rate as the law quotes it."""
        if self.inverse:
            return f"{self.value} {self.currency} per {f'{self.units} ' if self.units != 1 else ''}{national}"
        return f"{self.value} {national}" + (f" per {self.units} {self.currency}" if self.units != 1 else "")


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
    """A criterion that fired, on an item (its number) or on the whole declaration (0); the trade is not told a confidential one."""

    id: str
    lane: str
    text: str
    item: int = 0
    source: str = ""
    confidential: bool = False


class ReleaseTerm(Dated, frozen=True):
    """One term of the release contract; `predicate` names a test that the release office knows."""

    id: str
    predicate: str
    text: Text


def _among(tax_type: str, patterns: tuple[str, ...]) -> bool:
    """Whether a tax type is one of those named; ``3*`` names all that begin with 3."""
    return any(tax_type.startswith(p[:-1]) if p.endswith("*") else tax_type == p for p in patterns)


class TaxType(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A tax type (A00 customs duty, B00 VAT ...), its name, and its place in the order of calculation.

    `base`: the tax types whose amounts count where this one is charged on duties (``3*`` stands for all that begin so);
    empty means all before it. `postponed`: roles of a tax party (DE 3/40) that accounts for this tax itself, later.
    `code_required`: where measures exist for the goods under additional codes only, one of the codes must be declared.
    """

    code: str
    text: Text
    order: int
    base: tuple[str, ...] = ()
    postponed: tuple[str, ...] = ()
    code_required: bool = False

    def counts(self, tax_type: str) -> bool:
        """Whether amounts of `tax_type`, worked out before, count in the base of this tax."""
        return not self.base or _among(tax_type, self.base)


class Relief(Dated, frozen=True):
    """What a claim takes off: of which tax types, and whether for good, for as long as a procedure lasts (`suspended`), or
    against a deposit until customs has decided (`deposited`).

    `code` is an additional procedure (C07), a procedure of four characters or its first two (51), or the code of a
    statement; `tax_types` those relieved (``*`` all, ``3*`` all that begin so). Amounts relieved or suspended count in the base of a tax on duties
    only where that tax is relieved or suspended too; they are taken off the base of the types in `off`.
    """

    code: str
    text: Text
    tax_types: tuple[str, ...] = ("*",)
    document: str = ""
    suspended: bool = False
    deposited: bool = False
    off: tuple[str, ...] = ()

    def covers(self, tax_type: str) -> bool:
        return _among(tax_type, self.tax_types)


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

    Preference codes and proofs may be written by the beginning they share (``3``, ``U``). `rules` names the set of product
    rules, `cumulation` the kinds allowed (bilateral, diagonal, full, regional). `transport` is the principle that keeps
    the goods the same on their way; `transit_proofs` are the documents that prove it when they were dispatched from a
    country outside the agreement (where there are none, such a dispatch is noted and nothing more).
    """

    id: str
    text: Text
    areas: tuple[str, ...]
    preferences: tuple[str, ...] = ()
    proofs: tuple[str, ...] = ()
    rules: str = ""
    cumulation: tuple[str, ...] = ()
    transport: Literal["", "direct", "non_alteration"] = ""
    transit_proofs: tuple[str, ...] = ()


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


class Representation(Dated, frozen=True):
    """What follows when a broker declares for a trader that has not authorised it: `warn`, or `refuse`."""

    unauthorised: Literal["warn", "refuse"] = "warn"


class Supplementary(Dated, frozen=True):
    """By when a simplified declaration is completed: the end of `day` of the `months`-th month after its acceptance."""

    day: int
    months: int = 1


class Share(Dated, frozen=True):
    """The part of declarations looked at at random, in parts per million."""

    ppm: int
