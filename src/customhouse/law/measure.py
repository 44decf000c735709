"""A measure: one dated line of tariff law. Who pays which tax on which code and origin, under which conditions."""

from __future__ import annotations

import msgspec

from customhouse.kernel.validity import Validity
from customhouse.law.expression import Component, Expression

__all__ = ["ALL_ORIGINS", "Component", "Measure"]

ALL_ORIGINS = "*"


class Measure(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One measure of the tariff.

    `code` is a nomenclature code at any level (empty = every code), `area` a country, a group or ``*``. `expression` is
    None for a measure that only asks for documents. `documents` are alternatives, any one of which meets the condition;
    for a preference they are the proofs of origin. `procedures` restricts to requested procedures (first two digits);
    `order` is the number of a quota. `source` names the legal text.
    """

    id: str
    code: str
    tax_type: str
    area: str
    validity: Validity
    source: str
    expression: Expression | None = None
    expression_text: str = ""
    preference: str = ""
    additional_code: str = ""
    order: str = ""
    documents: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()
    flow: str = "import"

    def applies_to(self, procedure: str, is_import: bool) -> bool:
        """Whether the measure bites for this procedure (four characters) and direction."""
        if self.flow != "both" and (self.flow == "import") is not is_import:
            return False
        return not self.procedures or procedure[:2] in self.procedures
