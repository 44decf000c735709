"""The section of the record about origin: where goods originate, and what became of preferences claimed for them."""

from __future__ import annotations

from enum import StrEnum

from customhouse.record.section import Section


class Verdict(StrEnum):
    """What became of a claim of preferential origin; NONE where nothing was claimed."""

    NONE = "none"
    GRANTED = "granted"
    REFUSED = "refused"


class OriginCondition(Section, frozen=True):
    """One condition of a preference and whether it holds.

    `rule` is agreement, tariff, proof, product-rule or transport; `text` says what was found or what is missing.
    """

    rule: str
    text: str
    met: bool
    source: str = ""


class OriginRule(Section, frozen=True):
    """A product rule of the agreement that speaks for the item's code: what makes such goods originating."""

    heading: str
    goods: str
    classes: tuple[str, ...]
    text: str
    source: str = ""


class TariffRate(Section, frozen=True):
    """A rate of the tariff in its own words, with the measure and the legal text it stands in."""

    measure: str
    formula: str
    source: str


class ItemOrigin(Section, frozen=True):
    """The origin of one item, and what became of a preference claimed for it.

    `country` is the non-preferential origin (DE 5/15), `preferential` that which the claim is made for (DE 5/16),
    `preference` the code claimed (DE 4/17). `proof` is the document that proves it. `rate` is what the tariff offers under
    the preference, `general` what is charged without it. `direct` is False when the goods were dispatched from a country
    outside the agreement.
    """

    item: int
    country: str
    verdict: Verdict = Verdict.NONE
    preference: str = ""
    preferential: str = ""
    agreement: str = ""
    title: str = ""
    proof: str = ""
    rules: tuple[OriginRule, ...] = ()
    conditions: tuple[OriginCondition, ...] = ()
    rate: TariffRate | None = None
    general: TariffRate | None = None
    direct: bool = True

    @property
    def granted(self) -> bool:
        return self.verdict is Verdict.GRANTED

    @property
    def failing(self) -> tuple[OriginCondition, ...]:
        return tuple(c for c in self.conditions if not c.met)

    @property
    def remark(self) -> str:
        """What an amount that follows from the verdict says of it."""
        if self.verdict is Verdict.NONE:
            return ""
        if self.granted:
            return f"preference {self.preference} granted"
        refused = [f"preference {self.preference} refused: {c.text}" for c in self.failing]
        return "; ".join((*refused, "general rate applied"))


class OriginDetermination(Section, frozen=True):
    """The origin of every item of an import (RKC Specific Annex K)."""

    items: tuple[ItemOrigin, ...] = ()

    def of(self, item: int) -> ItemOrigin | None:
        return next((o for o in self.items if o.item == item), None)
