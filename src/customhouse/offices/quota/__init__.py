"""The quota office: which items claim a tariff quota, for how much, and the hold until the quota has answered.

What is left of a quota is known to the register alone; here is decided what is asked of it and what an answer means.
Source: WTO Agreement on Import Licensing and GATT article XIII; first come, first served by order of acceptance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

import msgspec

from customhouse.law.book import Law
from customhouse.law.terms import Quota
from customhouse.record.acts import Held, QuotaAllocated
from customhouse.record.assessment import QuotaAllocation
from customhouse.record.counted import in_unit
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason
from customhouse.record.lodgement import GoodsItem, Lodgement

PPM = 1_000_000


class QuotaClaim(msgspec.Struct, frozen=True, gc=False):
    """What one item asks of a quota, in the quota's unit; `key` names the quota and its period."""

    item: int
    quota: Quota
    asked: Decimal

    @property
    def key(self) -> str:
        return key(self.quota.order, self.quota.validity.start)


def key(order: str, period: date) -> str:
    """The name of the balance of a quota in the period that begins on `period`."""
    return f"{order}@{period}"


def reference(declaration: Declaration, item: int) -> str:
    """The name of a draw: each version of a declaration draws anew."""
    return f"{declaration.id}.{declaration.version}.{item}"


def claims(lodged: Lodgement, law: Law) -> tuple[QuotaClaim, ...]:
    """Every claim of a quota that the law has for the goods; an order number that leads nowhere claims nothing."""
    if not lodged.is_import:
        return ()
    return tuple(_claims(lodged, law))


def _claims(lodged: Lodgement, law: Law) -> Iterator[QuotaClaim]:
    for item in lodged.items:
        order = next((d.quota for d in item.commodity.duties if d.quota), "")
        quota = law.quota(order) if order else None
        if quota is None or not _offered(item, order, law):
            continue
        asked = in_unit(item, quota.unit)
        if asked > 0:
            yield QuotaClaim(item.sequence, quota, asked)


def _offered(item: GoodsItem, order: str, law: Law) -> bool:
    origin = item.preferential_origin or item.origin
    return any(m.order == order and m.preference == item.preference for m in law.measures(item.commodity.code, origin))


def wait(declaration: Declaration, law: Law) -> Held | None:
    """The hold until the quotas have answered; None where none is claimed or all have."""
    answered = {a.item for a in declaration.quotas}
    asked = [c for c in claims(declaration.lodged, law) if c.item not in answered]
    if not asked:
        return None
    reasons = tuple(
        Reason("quota", f"Quota {c.quota.order} is asked for {c.asked} {c.quota.unit}", c.item, c.quota.source)
        for c in asked
    )
    return Held(Hold(HoldKind.QUOTA, "", (), reasons))


def allocate(asked: tuple[QuotaClaim, ...], draw: Callable[[QuotaClaim], tuple[Decimal, Decimal]]) -> QuotaAllocated:
    """The answers to all claims. `draw` takes from a quota what it still has: (taken, left), in the quota's unit."""
    made: list[QuotaAllocation] = []
    for claim in asked:
        taken, left = draw(claim)
        quota = claim.quota
        drawn_ppm = (quota.volume - left) / quota.volume * PPM if quota.volume else Decimal(PPM)
        made.append(
            QuotaAllocation(
                item=claim.item,
                order=quota.order,
                period=quota.validity.start,
                unit=quota.unit,
                asked=claim.asked,
                granted=taken,
                critical=drawn_ppm >= quota.critical_ppm,
            )
        )
    return QuotaAllocated(tuple(made))
