"""A measure: one dated line of tariff law. Who pays which tax on which code and origin, under which conditions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from customhouse.kernel.validity import Validity
from customhouse.law.expression import Component, Expression

__all__ = ["ALL_ORIGINS", "Action", "Component", "Condition", "Measure", "Season"]

ALL_ORIGINS = "*"
Action = Literal["apply", "rate", "void", "forbid"]


class Condition(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One line of a condition of a measure (TARIC measure condition).

    Lines of one `group` are tried in order and the first that holds speaks; every group must let the measure pass. A line
    holds when its `document` is declared and the price or quantity reaches its `threshold` (in `currency` and `unit`;
    without either it always holds); `at_most` turns the threshold round: it must not be exceeded. Its `action`: the
    measure applies, applies at this line's own rate, is void, or forbids the goods.
    """

    group: str
    action: Action
    document: str = ""
    threshold: Decimal | None = None
    currency: str = ""
    unit: str = ""
    expression: Expression | None = None
    expression_text: str = ""
    at_most: bool = False


class Season(msgspec.Struct, frozen=True, gc=False):
    """A part of every year, from a month and day (included) until another (excluded); it may cross the new year."""

    start: tuple[int, int]
    until: tuple[int, int]

    def contains(self, day: date) -> bool:
        now = (day.month, day.day)
        if self.start < self.until:
            return self.start <= now < self.until
        return now >= self.start or now < self.until

    def overlaps(self, other: Season) -> bool:
        """Whether some day of the year lies in both."""
        first, second = date(2024, *self.start), date(2024, *other.start)
        return self.contains(second) or other.contains(first)

    def __str__(self) -> str:
        return "{:02d}-{:02d}..{:02d}-{:02d}".format(*self.start, *self.until)


class Measure(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One measure of the tariff.

    `code` is a nomenclature code at any level (empty = every code), `area` a country, a group or ``*``, less those in
    `excluded`. `kind` is the measure type of the source (103 third country duty, 142 preference ...). `expression` is
    None for a measure that only asks for documents, and for one whose `expression_text` keeps words that the grammar
    of expressions does not have. `documents` are alternatives, any one of which meets the condition;
    for a preference they are the proofs of origin; `conditions` say more where that is not enough. `procedures` restricts
    to requested procedures (first two digits); `order` is the number of a quota. `source` names the legal text.
    """

    id: str
    code: str
    tax_type: str
    area: str
    validity: Validity
    source: str
    kind: str = ""
    expression: Expression | None = None
    expression_text: str = ""
    preference: str = ""
    additional_code: str = ""
    order: str = ""
    documents: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    flow: str = "import"
    excluded: tuple[str, ...] = ()
    season: Season | None = None
    conditions: tuple[Condition, ...] = ()
    footnotes: tuple[str, ...] = ()

    def applies_to(self, procedure: str, is_import: bool) -> bool:
        """Whether the measure bites for this procedure (four characters) and direction."""
        if self.flow != "both" and (self.flow == "import") is not is_import:
            return False
        return not self.procedures or procedure[:2] in self.procedures

    def in_force(self, day: date) -> bool:
        """Whether the measure is in force on `day`, its season included."""
        return self.validity.contains(day) and (self.season is None or self.season.contains(day))
