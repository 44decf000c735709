"""One item of one answer, made ready to be assessed: the goods as declared, their customs value, and what is in doubt.

Where a quota granted a part only, the authority answers with one item more than was declared; the goods are split the same
way, by our own quota office, with the share that the answer shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from customhouse.house.conformance.duty.answers import Answer, Row
from customhouse.house.conformance.duty.declared import Paired
from customhouse.house.conformance.duty.territory import EU_PREFERENCE, statements
from customhouse.kernel.currency import is_currency
from customhouse.kernel.money import Money, round_to_minor
from customhouse.law.book import Law
from customhouse.offices import value as valuation
from customhouse.offices.duty import Allotment
from customhouse.offices.duty.quota import split
from customhouse.record.acts import Valued
from customhouse.record.lodgement import Classification, Commodity, GoodsItem, Lodgement, Procedure

NO_CODE = "00"
UNIT_PRICES = {"E01", "E02"}
"""Additional procedures under which fruit and vegetables are valued by published unit prices."""


class Matter(msgspec.Struct, frozen=True):
    """What is judged together: the rows of one item, the goods, their value (minor units; None: not known), and why the
    value may differ from the one that was answered."""

    rows: tuple[Row, ...]
    item: GoodsItem
    lodged: Lodgement | None
    day: date
    value: int | None
    doubt: str = ""
    value_why: str = ""
    thin: bool = False

    @property
    def by_hand(self) -> bool:
        """Whether the amounts answered were worked out by hand: their tax base is an amount of money."""
        return any(is_currency(r.unit) for r in self.rows)

    @property
    def said(self) -> dict[str, str]:
        return statements(self.item, self.lodged)


def minor(amount: Decimal) -> int:
    return round_to_minor(amount, "GBP")


def matters(answer: Answer, paired: Paired, law: Law) -> Iterator[Matter]:
    """The items of an answer with the goods they are about."""
    lodged = paired.lodged
    day = law.date
    values, why = _values(lodged, law)
    items = {i.sequence: i for i in lodged.items} if lodged else {}
    rows = answer.items
    parts = _by_quota(rows, items, values)
    for number, group in rows.items():
        if number in parts:
            item, value, reason = parts[number]
            yield Matter(tuple(group), item, lodged, day, value, paired.doubt, reason)
        elif number in items:
            value = values.get(number)
            doubt = paired.doubt or (why if value is None else "") or _priced_elsewhere(items[number])
            yield Matter(tuple(group), items[number], lodged, day, value, doubt, thin=paired.thin)
        else:
            doubt = paired.doubt or f"the declaration has no item {number}"
            yield Matter(tuple(group), _unknown(number), lodged, day, None, doubt)


def _values(lodged: Lodgement | None, law: Law) -> tuple[dict[int, int], str]:
    """Customs values by item as our valuation office fixes them, or why it does not."""
    if lodged is None:
        return {}, "no declaration"
    for act in valuation.value(lodged, law):
        if isinstance(act, Valued):
            return {v.item: v.value.minor for v in act.valuation.items}, ""
    currencies = {i.commodity.price.currency for i in lodged.items if i.commodity.price}
    return {}, f"the material has no rate of exchange for {', '.join(sorted(currencies - {'GBP'}))}"


def _priced_elsewhere(item: GoodsItem) -> str:
    """Why a value cannot be fixed from the declaration, where the law takes it from a list of prices."""
    if UNIT_PRICES.isdisjoint(item.additional_procedures):
        return ""
    return "its value goes by a unit price that customs publishes, which is not in the material"


def _unknown(number: int) -> GoodsItem:
    """Goods of which nothing is known but the number of their item."""
    goods = Commodity(classifications=(Classification(NO_CODE, "TSP"),))
    return GoodsItem(sequence=number, commodity=goods, procedures=(Procedure(NO_CODE, NO_CODE),))


def _by_quota(
    rows: dict[int, list[Row]], items: dict[int, GoodsItem], values: dict[int, int]
) -> dict[int, tuple[GoodsItem, int, str]]:
    """The parts of an item whose quota granted a share only: item number answered -> (goods, value, reason)."""
    beyond = [n for n in rows if n not in items]
    claimed = [n for n, i in items.items() if any(d.quota for d in i.commodity.duties) and n in rows]
    if len(beyond) != 1 or len(claimed) != 1:
        return {}
    within = claimed[0]
    total, granted = values.get(within), _base(rows[within])
    if total is None or granted is None or not 0 < granted < total:
        return {}
    item = items[within]
    order = next(d.quota for d in item.commodity.duties if d.quota)
    allotment = Allotment(order, Decimal(total), Decimal(granted))
    (first, value), (second, rest) = split(item, Money(total, "GBP"), allotment)
    share = Decimal(granted * 100) / Decimal(total)
    why = f"quota balance: quota {order} granted {share.normalize():f} % of what was asked, as the answer shows"
    return {within: (first, value.minor, why), beyond[0]: (replace(second, sequence=beyond[0]), rest.minor, why)}


def _base(rows: list[Row]) -> int | None:
    """The customs value that an answer shows: what its customs duty is charged on."""
    return next((minor(r.base) for r in rows if r.type.startswith("A") and r.base is not None), None)


def claimed_in_union(matter: Matter) -> GoodsItem:
    """The item with the preference that is claimed for the tariff of the Union, where one is named for it."""
    wanted = matter.said.get(EU_PREFERENCE, "").strip()
    if not wanted.isdigit():
        return matter.item
    goods = matter.item.commodity
    duties = tuple(replace(d, regime=wanted if d.regime else "") for d in goods.duties)
    return replace(matter.item, commodity=replace(goods, duties=duties))
