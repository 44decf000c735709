"""Judging one item: our assessment against the rows of the answer, to the penny.

Our own law is tried first. Where a row differs and the material lacks what it takes, the missing input is read from the
answer (a rate, a value, a relief) and everything is worked out again; each input is named. An amount that the answer gives
without rate and base cannot be checked and is explained, never counted as agreement.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from customhouse.house.commands.report import why as sentence
from customhouse.house.conformance.duty.answers import Row
from customhouse.house.conformance.duty.inputs import Inputs
from customhouse.house.conformance.duty.matter import Matter, minor
from customhouse.house.conformance.duty.tariff import Laws
from customhouse.house.conformance.report import Case
from customhouse.kernel.money import Money
from customhouse.offices.duty import ItemDuties, assess_item
from customhouse.record.assessment import DutyTaxFee, Security

MOST_ROUNDS = 24


class Pair(NamedTuple):
    """A row of the answer and what we have for it."""

    row: Row
    ours: DutyTaxFee | Security | None


def judge(matter: Matter, laws: Laws, place: str) -> Iterator[Case]:
    """One case per row of the item, and one for everything that only we charge."""
    inputs = Inputs(matter, laws)
    found = ItemDuties()
    pairs: list[Pair] = []
    for _ in range(MOST_ROUNDS):
        law = inputs.law()
        value = Money(inputs.value, law.currency)
        found = assess_item(inputs.item, value, law, lodged=matter.lodged)
        if found.problems:
            if not inputs.solve(found.problems):
                break
            continue
        pairs = list(_matched(matter.rows, found))
        differing = sorted((p for p in pairs if not agrees(p.row, p.ours)), key=lambda p: p.row.type.startswith("B"))
        if not any(inputs.take(row, ours) for row, ours in differing):
            break
    seen: dict[str, int] = {}
    for row, ours in pairs or [Pair(r, None) for r in matter.rows]:
        seen[row.type] = seen.get(row.type, 0) + 1
        nth = f"({seen[row.type]})" if seen[row.type] > 1 else ""
        yield _case(row, ours, inputs, f"{place}#{row.item}/{row.type}{nth}", found)
    used = {id(p.ours) for p in pairs}
    for fee in found.duties:
        if id(fee) not in used and fee.payable.minor and not matter.by_hand:
            yield Case(
                f"{place}#{matter.item.sequence}/{fee.type}(ours)", "mismatch", "no such tax", shown(fee), why(fee)
            )


def _matched(rows: tuple[Row, ...], found: ItemDuties) -> Iterator[Pair]:
    """Each row with our amount of the same type: the equal one first, else the nearest left."""
    left: list[DutyTaxFee | Security] = [*found.duties, *found.securities]
    chosen: dict[int, DutyTaxFee | Security] = {}
    for exactly in (True, False):
        for row in rows:
            if row.number in chosen:
                continue
            fitting = [o for o in left if _type(o) == row.type and (not exactly or _amount(o) == minor(row.assessed))]
            if fitting:
                one = min(fitting, key=lambda o: abs(_amount(o) - minor(row.assessed)))
                chosen[row.number] = one
                left = [o for o in left if o is not one]
    return (Pair(row, chosen.get(row.number)) for row in rows)


def _type(ours: DutyTaxFee | Security) -> str:
    return ours.type


def _amount(ours: DutyTaxFee | Security) -> int:
    return ours.assessed.minor if isinstance(ours, DutyTaxFee) else ours.amount.minor


def agrees(row: Row, ours: DutyTaxFee | Security | None) -> bool:
    """Whether base, assessed and payable amounts are equal to the penny, as far as the row says them."""
    return amounts_agree(row, ours) and base_agrees(row, ours)


def amounts_agree(row: Row, ours: DutyTaxFee | Security | None) -> bool:
    if ours is None or _amount(ours) != minor(row.assessed):
        return False
    return row.payable is None or (isinstance(ours, DutyTaxFee) and ours.payable.minor == minor(row.payable))


def base_agrees(row: Row, ours: DutyTaxFee | Security | None) -> bool:
    return row.base is None or (isinstance(ours, DutyTaxFee) and ours.base == minor(row.base))


def _case(row: Row, ours: DutyTaxFee | Security | None, inputs: Inputs, place: str, found: ItemDuties) -> Case:
    expected, got = told(row), shown(ours) if ours is not None else _nothing(found)
    if row.type in inputs.stated.flat and amounts_agree(row, ours):
        return Case(place, "explained", expected, got, inputs.stated.why[row.type])
    if agrees(row, ours):
        reason = inputs.reason(row.type)
        return Case(place, "agree", expected, got, reason or why(ours), "stated" if reason else "law")
    if amounts_agree(row, ours) and row.rate == 0 and isinstance(ours, DutyTaxFee):
        reason = f"base of a rate of nil: it is {money(ours.base)} here, and bears on no amount"
        return Case(place, "explained", expected, got, reason)
    return Case(place, "mismatch", expected, got, inputs.reason(row.type) or why(ours))


def why(ours: DutyTaxFee | Security | None) -> str:
    if isinstance(ours, DutyTaxFee):
        return sentence(ours)
    return ours.why if ours is not None else ""


def told(row: Row) -> str:
    """A row for people: ``base 1000.00, rate 2.00, assessed 20.00, payable 20.00``."""
    said = {"base": row.base, "rate": row.rate, "assessed": row.assessed, "payable": row.payable}
    return ", ".join(f"{name} {value}" for name, value in said.items() if value is not None)


def shown(ours: DutyTaxFee | Security) -> str:
    if isinstance(ours, Security):
        return f"secured {money(ours.amount.minor)}"
    base = f"base {money(ours.base)}, " if ours.base else ""
    return f"{base}assessed {money(ours.assessed.minor)}, payable {money(ours.payable.minor)}"


def _nothing(found: ItemDuties) -> str:
    return "; ".join(p.label for p in found.problems) or "no such tax"


def money(value: int) -> Decimal:
    return Decimal(value).scaleb(-2)
