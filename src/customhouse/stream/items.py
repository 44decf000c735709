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
    AdditionalInformation,
    Classification,
    Commodity,
    DeclaredDuty,
    DeclaredPayment,
    GoodsItem,
    Measure,
    Origin,
    Packaging,
    Party,
    Procedure,
)

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
THOUSAND = Decimal(1000)
COLUMNS = ("code", "origin", "claim", "day", "rate_day", "value", "grams", "supplementary", "packages")


class Claim(msgspec.Struct, frozen=True, gc=False):
    """What is declared of an item besides its code, origin and numbers, as far as it decides what is owed. Few differ among
    millions of items. What the header declares for all items counts as declared of each.

    `unit` is that of the supplementary quantity; `waived` are documents with the code that stands in their place (LPCO
    exemption); `preferential` is the country of preferential origin, `dispatched` the country of dispatch; `paid` are tax
    types with a method of payment; `by_hand`: amounts are declared, which a law may take as they are. Nothing is owed on an
    export.
    """

    procedure: str = "4000"
    preference: str = ""
    documents: tuple[str, ...] = ()
    additional_codes: tuple[str, ...] = ()
    additional_procedures: tuple[str, ...] = ()
    unit: str = ""
    is_import: bool = True
    preferential: str = ""
    dispatched: str = ""
    quota: str = ""
    waived: tuple[tuple[str, str], ...] = ()
    statements: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()
    by_hand: bool = False

    def item(self, code: str, origin: str) -> GoodsItem:
        """Goods of this claim as the offices see them, without any number."""
        goods = Commodity(
            classifications=(Classification(code, "TSP"), *(Classification(c, "TRA") for c in self.additional_codes)),
            duties=(
                *((DeclaredDuty(regime=self.preference, quota=self.quota),) if self.preference or self.quota else ()),
                *(DeclaredDuty(tax, payment=DeclaredPayment("A")) for tax in self.paid),
            ),
        )
        papers = (*((d, "1", "") for d in self.documents), *((d, "", exemption) for d, exemption in self.waived))
        preferential = (Origin(self.preferential, "2"),) if self.preferential else ()
        return GoodsItem(
            sequence=1,
            commodity=goods,
            origins=(Origin(origin, "1"), *preferential),
            procedures=(
                Procedure(self.procedure[:2], self.procedure[2:]),
                *(Procedure(p) for p in self.additional_procedures),
            ),
            documents=tuple(AdditionalDocument(d[:1], d[1:], id, exemption=e) for d, id, e in papers),
            information=tuple(AdditionalInformation(code=s) for s in self.statements),
            tax_parties=tuple(Party(role=r) for r in self.roles),
            export_country=self.dispatched,
        )


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
        bare = claim.item(self.codes[self.code[n]], self.origins[self.origin[n]])
        supplementary, packages = int(self.supplementary[n]), int(self.packages[n])
        goods = msgspec.structs.replace(
            bare.commodity,
            net_mass=Measure(Decimal(int(self.grams[n])) / THOUSAND, "KGM"),
            tariff_quantity=Measure(Decimal(supplementary) / THOUSAND, claim.unit) if supplementary >= 0 else None,
        )
        packed = (Packaging(quantity=Decimal(packages)),) if packages else ()
        return msgspec.structs.replace(bare, commodity=goods, packages=packed), Money(int(self.value[n]), currency)

    def law(self, n: int, book: Book) -> Law:
        """The law that item `n` is assessed under."""
        day, rates = (date.fromordinal(int(days[n])) for days in (self.day, self.rate_day))
        return book.on(day, rates=rates)


def distinct(numbers: Ints) -> Ints:
    """Each number once, ascending; by sorting, which for millions of whole numbers beats numpy's own table of hashes."""
    numbers = np.sort(numbers)
    return numbers[np.flatnonzero(np.diff(numbers, prepend=numbers[:1] - 1))]


def spread(first: Ints, count: Ints) -> tuple[Ints, Ints]:
    """The places first, first + 1 ... of each thing one after the other, and beside each place whose it is."""
    ends = np.cumsum(count)
    total = int(ends[-1]) if len(ends) else 0
    places = np.repeat(first - (ends - count), count) + np.arange(total)
    return places, np.repeat(np.arange(len(count)), count)
