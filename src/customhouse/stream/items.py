"""Items in columns: numbers side by side, and for each item the place of its code, origin and claim in short lists."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import numpy as np
from numpy.typing import NDArray

from customhouse.kernel.money import Money
from customhouse.law.book import Book, Law
from customhouse.record.lodgement import (
    AdditionalDocument,
    Classification,
    Commodity,
    DeclaredDuty,
    GoodsItem,
    Measure,
    Origin,
    Packaging,
    Procedure,
)

Ints = NDArray[np.int64]
THOUSAND = Decimal(1000)
COLUMNS = ("code", "origin", "claim", "day", "rate_day", "value", "grams", "supplementary", "packages")


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What an item claims besides its numbers; few differ among millions of items. Nothing is owed on an export.

    `unit` is that of the supplementary quantity, `documents` and `additional_codes` are those that the item names.
    """

    procedure: str = "4000"
    preference: str = ""
    documents: tuple[str, ...] = ()
    additional_codes: tuple[str, ...] = ()
    additional_procedures: tuple[str, ...] = ()
    unit: str = ""
    is_import: bool = True


class Items(msgspec.Struct, frozen=True):
    """Items. `code`, `origin` and `claim` are places in the lists of the same name; `day` is the day of the law and
    `rate_day` that of the rates of exchange, as date.toordinal(); `value` in national minor units, `grams` net,
    `supplementary` in thousandths (-1: none declared)."""

    codes: tuple[str, ...]
    origins: tuple[str, ...]
    claims: tuple[Claim, ...]
    code: Ints
    origin: Ints
    claim: Ints
    day: Ints
    rate_day: Ints
    value: Ints
    grams: Ints
    supplementary: Ints
    packages: Ints

    def __len__(self) -> int:
        return len(self.code)

    def part(self, chosen: slice | NDArray[np.int64]) -> Items:
        """Some of the items, with the same lists."""
        return msgspec.structs.replace(self, **{name: getattr(self, name)[chosen] for name in COLUMNS})

    def item(self, n: int, currency: str) -> tuple[GoodsItem, Money]:
        """Item `n` as the offices see it, and its customs value."""
        claim = self.claims[self.claim[n]]
        supplementary, packages = int(self.supplementary[n]), int(self.packages[n])
        duty = DeclaredDuty(type="A00", regime=claim.preference)
        goods = Commodity(
            classifications=(
                Classification(self.codes[self.code[n]], "TSP"),
                *(Classification(code, "TRA") for code in claim.additional_codes),
            ),
            duties=(duty,) if claim.preference else (),
            net_mass=Measure(Decimal(int(self.grams[n])) / THOUSAND, "KGM"),
            tariff_quantity=Measure(Decimal(supplementary) / THOUSAND, claim.unit) if supplementary >= 0 else None,
        )
        item = GoodsItem(
            sequence=1,
            commodity=goods,
            origins=(Origin(self.origins[self.origin[n]], "1"),),
            procedures=(
                Procedure(claim.procedure[:2], claim.procedure[2:]),
                *(Procedure(p) for p in claim.additional_procedures),
            ),
            documents=tuple(AdditionalDocument(d[:1], d[1:], "1") for d in claim.documents),
            packages=(Packaging(quantity=Decimal(packages)),) if packages else (),
        )
        return item, Money(int(self.value[n]), currency)

    def law(self, n: int, book: Book) -> Law:
        """The law that item `n` is assessed under."""
        day, rates = (date.fromordinal(int(days[n])) for days in (self.day, self.rate_day))
        return book.on(day, rates=rates)


def distinct(numbers: Ints) -> Ints:
    """Each number once, ascending; by sorting, which for millions of whole numbers beats numpy's own table of hashes."""
    numbers = np.sort(numbers)
    return numbers[np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))]
