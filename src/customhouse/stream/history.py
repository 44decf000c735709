"""Past trade in columns: the items of declarations that were assessed, with what was payable, in an order that runs well.

Items lie sorted by code, origin, claim and day, so that those with one answer lie together. `gather` makes the columns from
declarations, `save` and `load` keep them in a file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from zipfile import BadZipFile

import msgspec
import numpy as np

from customhouse.offices.origin.claim import PREFERENTIAL
from customhouse.record.declaration import Declaration
from customhouse.record.facts import KILO, grams
from customhouse.record.lodgement import GoodsItem, Lodgement
from customhouse.stream.columns import GREATEST
from customhouse.stream.duty import Engine
from customhouse.stream.items import COLUMNS, Claim, Flags, Ints, Items
from customhouse.stream.names import Names
from customhouse.stream.spans import DAY_BITS

FORMAT = 3
LARGEST_VALUE = 2**62
Word = TypeVar("Word", bound=Any)


class History:
    """Columns of past items. `declaration` is the number of the declaration of each, `by_tax` what was payable on it.

    `office` marks items that columns cannot hold (a quantity finer than a thousandth or declared for a tax, a claim of a
    quota); they are left to the offices, and so are the declarations in `rest`, which have no items here.
    """

    def __init__(
        self, items: Items, declaration: Ints, taxes: tuple[str, ...], by_tax: Ints, office: Ints, rest: Ints
    ) -> None:
        self.items, self.declaration, self.taxes, self.by_tax = items, declaration, taxes, by_tax
        self.office, self.rest = office, rest

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def before(self) -> Ints:
        """What was payable on each item."""
        return np.asarray(self.by_tax.sum(axis=0), np.int64)

    @cached_property
    def upto(self) -> Ints:
        """What was payable on all items before each place, and at the end on all."""
        return np.concatenate(([0], np.cumsum(self.before)))

    @cached_property
    def chapters(self) -> tuple[tuple[str, ...], Ints]:
        """(the chapters, the number of that of each code)."""
        return _groups(code[:2] for code in self.items.codes)

    @cached_property
    def origins(self) -> tuple[tuple[str, ...], Ints]:
        """(the origins, the number of each)."""
        return _groups(self.items.origins)

    @cached_property
    def totals(self) -> Ints:
        """What was payable by tax."""
        return np.asarray(self.by_tax.sum(axis=1), np.int64)

    @cached_property
    def not_for_columns(self) -> Flags:
        """Items that no column decides under any law."""
        value = self.items.value
        return np.asarray((self.office != 0) | (value < 0) | (value > GREATEST), bool)

    @cached_property
    def of_declaration(self) -> tuple[Ints, int]:
        """(per item the place of its declaration among them all, how many there are)."""
        order = np.argsort(self.declaration, kind="stable")
        new = np.diff(self.declaration[order], prepend=-1) != 0
        place = np.empty(len(self), np.int64)
        place[order] = np.cumsum(new) - 1
        return place, int(np.count_nonzero(new))

    @cached_property
    def starts(self) -> Ints:
        """Where each run of one code, origin and claim begins."""
        i = self.items
        change = (np.diff(i.code) != 0) | (np.diff(i.origin) != 0) | (np.diff(i.claim) != 0)
        return np.concatenate(([0], np.flatnonzero(change) + 1)) if len(self) else np.zeros(0, np.int64)

    @cached_property
    def clock(self) -> Ints:
        """Per item the number of its run and its day in one ascending number, so that a day in a run is found by bisection."""
        lengths = np.diff(np.append(self.starts, len(self)))
        return (np.repeat(np.arange(len(self.starts)), lengths) << DAY_BITS) + self.items.day

    def without(self, declarations: Ints) -> History:
        """The columns without the items of some declarations."""
        return self._part(~np.isin(self.declaration, declarations), self.rest)

    def between(self, start: date, until: date) -> History:
        """Those of the days from `start` until, not including, `until`; nothing is known of the days of the rest."""
        day = self.items.day
        return self._part((day >= start.toordinal()) & (day < until.toordinal()), self.rest)

    def _part(self, wanted: Flags, rest: Ints) -> History:
        kept = np.flatnonzero(wanted)
        return History(
            self.items.part(kept), self.declaration[kept], self.taxes, self.by_tax[:, kept], self.office[kept], rest
        )

    def proved(self, engine: Engine) -> History:
        """The columns with every item marked on which they do not say, under the law of `engine`, what was recorded.

        Whatever the office looks at that columns do not hold shows here, before a draft is tried on it.
        """
        owed = engine.assess(self.items, ask=False)
        wrong = np.zeros(len(self), bool)
        wrong[owed.left] = True
        recorded = dict(zip(self.taxes, self.by_tax, strict=True))
        for tax, amounts in zip(owed.taxes, owed.payable, strict=True):
            wrong |= amounts != recorded.pop(tax, 0)
        for amounts in recorded.values():
            wrong |= amounts != 0
        office = self.office | wrong
        return History(self.items, self.declaration, self.taxes, self.by_tax, office, self.rest)

    def save(self, path: Path) -> None:
        """Write the columns to a file, which appears whole or not at all."""
        i = self.items
        lists = msgspec.msgpack.encode((FORMAT, i.codes, i.origins, i.claims, self.taxes))
        part = path.with_name(f".{path.name}.new")
        with part.open("wb") as file:
            np.savez(
                file, lists=np.frombuffer(lists, np.uint8), declaration=self.declaration, by_tax=self.by_tax,
                office=self.office, rest=self.rest, **{name: getattr(i, name) for name in COLUMNS},
            )  # fmt: skip
        part.replace(path)

    @classmethod
    def load(cls, path: Path) -> History:
        """Read the columns of a file. Raises ValueError when it is no such file."""
        try:
            with np.load(path, allow_pickle=False) as found:
                format, codes, origins, claims, taxes = msgspec.msgpack.decode(
                    found["lists"].tobytes(),
                    type=tuple[int, tuple[str, ...], tuple[str, ...], tuple[Claim, ...], tuple[str, ...]],
                )
                if format != FORMAT:
                    raise ValueError(f"format {format}, not {FORMAT}")
                items = Items(codes, origins, claims, **{name: found[name] for name in COLUMNS})
                return cls(items, found["declaration"], taxes, found["by_tax"], found["office"], found["rest"])
        except (KeyError, OSError, EOFError, ValueError, BadZipFile) as fault:
            raise ValueError(f"{path} holds no columns of history: {fault}") from fault


def _groups(words: Iterable[str]) -> tuple[tuple[str, ...], Ints]:
    names = Names()
    numbers = [names.number(word or "?") for word in words]
    return tuple(names.all), np.array(numbers or [0], np.int64)


def gather(declarations: Iterable[Declaration]) -> History:
    """The items of declarations as columns, sorted. One that was not assessed is in the rest, and so is one that was lodged
    before its goods, because the day of its law is not the day it came in."""
    codes, origins, claims, taxes = Names(), Names(), Names(), Names()
    rows: list[tuple[int, ...]] = []
    dues: list[tuple[int, int, int]] = []
    rest: list[int] = []
    for d in declarations:
        if d.assessed is None or d.valued is None or d.acceptance is None or d.registration or not d.lodged.items:
            rest.append(d.id)
            continue
        day = d.acceptance.tax_date.toordinal()
        values = {v.item: v.value.minor for v in d.valued.items}
        places: dict[int, int] = {}
        for item in d.lodged.items:
            claim, supplementary, packages, odd = _claim(item, d.lodged)
            odd |= bool(d.assessed.duties) and not d.lodged.is_import
            value = values.get(item.sequence, 0)
            odd |= abs(value) > LARGEST_VALUE
            places[item.sequence] = len(rows)
            rows.append(
                (
                    d.id, codes.number(item.commodity.code), origins.number(item.origin), claims.number(claim), day,
                    0 if odd else value, 0 if odd else grams(item.commodity.net_mass), supplementary, packages, odd,
                )
            )  # fmt: skip
        dues.extend((places[due.item], taxes.number(due.type), due.payable.minor) for due in d.assessed.duties)
    columns = np.array(rows, np.int64).reshape(-1, 10).T
    number, code, origin, claim_, days, value_, mass, supplementary_, packages_, office = columns
    by_tax = np.zeros((len(taxes), len(rows)), np.int64)
    if dues:
        place, tax, amount = np.array(dues, np.int64).T
        np.add.at(by_tax, (tax, place), amount)
    order = np.lexsort((days, claim_, origin, code))
    items = Items(
        tuple(codes.all), tuple(origins.all), tuple(claims.all), code, origin, claim_, days, days, value_, mass,
        supplementary_, packages_,
    )  # fmt: skip
    return History(
        items.part(order), number[order], tuple(taxes.all), by_tax[:, order], office[order], np.array(rest, np.int64)
    )


def _claim(item: GoodsItem, lodged: Lodgement) -> tuple[Claim, int, int, bool]:
    """(claim, supplementary quantity in thousandths or -1, packages, whether a number is finer than its column)."""
    goods = item.commodity
    quantity = goods.tariff_quantity
    thousandths = quantity.value * 1000 if quantity else Decimal(-1)
    packages = sum(int(p.quantity or 0) for p in item.packages)
    odd = bool(thousandths % 1) or abs(thousandths) > LARGEST_VALUE or packages > LARGEST_VALUE // 1000
    odd |= quantity is not None and thousandths < 0
    odd |= goods.net_mass is not None and bool(goods.net_mass.value * KILO.get(goods.net_mass.unit, 1000) % 1)
    odd |= any(d.base_quantity is not None or d.quota for d in goods.duties)
    return _claimed(item, lodged), -1 if odd else int(thousandths), 0 if odd else packages, odd


def _claimed(item: GoodsItem, lodged: Lodgement) -> Claim:
    goods, shipment = item.commodity, lodged.goods_shipment
    papers = (*item.documents, *lodged.documents)
    payments = [(d.type, d.payment) for d in goods.duties if d.payment is not None]
    return Claim(
        procedure=item.procedure,
        preference=item.preference,
        documents=_once(p.code for p in papers if not p.exemption),
        additional_codes=_once(goods.additional_codes),
        additional_procedures=_once(item.additional_procedures),
        unit=goods.tariff_quantity.unit if goods.tariff_quantity else "",
        is_import=lodged.is_import,
        preferential=item.preferential_origin,
        dispatched=(item.export_country or shipment.export_country) if item.preference.startswith(PREFERENTIAL) else "",
        waived=_once((p.code, p.exemption) for p in papers if p.exemption),
        statements=_once(i.code for i in (*item.information, *lodged.information) if i.code),
        roles=_once(p.role for p in (*item.tax_parties, *shipment.tax_parties)),
        paid=_once(tax for tax, _ in payments),
        by_hand=any(p.amount or p.tax_assessed for _, p in payments),
    )


def _once(words: Iterable[Word]) -> tuple[Word, ...]:
    """Each word once, in one order, so that claims that say the same are the same."""
    return tuple(sorted(set(words)))


def on_one_day(items: Items, day: date) -> Items:
    """The same items under the law of one day; the rates of exchange stay those of their own."""
    return msgspec.structs.replace(items, day=np.full(len(items), day.toordinal(), np.int64))
