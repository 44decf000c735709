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

import msgspec
import numpy as np

from customhouse.record.declaration import Declaration
from customhouse.record.facts import grams
from customhouse.record.lodgement import GoodsItem
from customhouse.stream.items import COLUMNS, Claim, Ints, Items
from customhouse.stream.names import Names
from customhouse.stream.tables import DAY_BITS

FORMAT = 1
LARGEST_VALUE = 2**62


class History:
    """Columns of past items. `declaration` is the number of the declaration of each, `before` what was payable on it by tax.

    `office` marks items that columns cannot hold (a quantity finer than a thousandth); they are left to the office.
    """

    def __init__(self, items: Items, declaration: Ints, taxes: tuple[str, ...], by_tax: Ints, office: Ints) -> None:
        self.items, self.declaration, self.taxes, self.by_tax, self.office = items, declaration, taxes, by_tax, office

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def before(self) -> Ints:
        """What was payable on each item."""
        return np.asarray(self.by_tax.sum(axis=0), np.int64)

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
        kept = np.flatnonzero(~np.isin(self.declaration, declarations))
        return History(
            self.items.part(kept), self.declaration[kept], self.taxes, self.by_tax[:, kept], self.office[kept]
        )

    def save(self, path: Path) -> None:
        """Write the columns to a file, which appears whole or not at all."""
        i = self.items
        lists = msgspec.msgpack.encode((FORMAT, i.codes, i.origins, i.claims, self.taxes))
        part = path.with_name(f".{path.name}.new")
        with part.open("wb") as file:
            np.savez(
                file, lists=np.frombuffer(lists, np.uint8), declaration=self.declaration, by_tax=self.by_tax,
                office=self.office, **{name: getattr(i, name) for name in COLUMNS},
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
                    raise ValueError(f"{path} has format {format}, not {FORMAT}")
                items = Items(codes, origins, claims, **{name: found[name] for name in COLUMNS})
                return cls(items, found["declaration"], taxes, found["by_tax"], found["office"])
        except (KeyError, OSError, EOFError, msgspec.MsgspecError) as fault:
            raise ValueError(f"{path} holds no columns of history: {fault}") from fault


def gather(declarations: Iterable[Declaration]) -> History:
    """The items of assessed declarations as columns, sorted; a declaration that was not assessed has none."""
    codes, origins, claims, taxes = Names(), Names(), Names(), Names()
    rows: list[tuple[int, ...]] = []
    dues: list[tuple[int, int, int]] = []
    for d in declarations:
        if d.assessed is None or d.valued is None or d.acceptance is None:
            continue
        day = d.acceptance.tax_date.toordinal()
        values = {v.item: v.value.minor for v in d.valued.items}
        places: dict[int, int] = {}
        for item in d.lodged.items:
            claim, supplementary, packages, odd = _claim(item, is_import=d.lodged.is_import)
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
    return History(items.part(order), number[order], tuple(taxes.all), by_tax[:, order], office[order])


def _claim(item: GoodsItem, *, is_import: bool) -> tuple[Claim, int, int, bool]:
    """(claim, supplementary quantity in thousandths or -1, packages, whether a number is finer than its column)."""
    quantity = item.commodity.tariff_quantity
    thousandths = quantity.value * 1000 if quantity else Decimal(-1)
    packages = sum(int(p.quantity or 0) for p in item.packages)
    odd = bool(thousandths % 1) or abs(thousandths) > LARGEST_VALUE or packages > LARGEST_VALUE // 1000
    odd |= quantity is not None and thousandths < 0
    claim = Claim(
        item.procedure,
        item.preference,
        tuple(sorted({d.code for d in item.documents})),
        tuple(sorted(item.commodity.additional_codes)),
        tuple(sorted(item.additional_procedures)),
        quantity.unit if quantity else "",
        is_import,
    )
    return claim, -1 if odd else int(thousandths), 0 if odd else packages, odd


def on_one_day(items: Items, day: date) -> Items:
    """The same items under the law of one day; the rates of exchange stay those of their own."""
    return msgspec.structs.replace(items, day=np.full(len(items), day.toordinal(), np.int64))
