"""The duty office: what is owed on each item, and why, line of law by line of law.

Works on the customs value already fixed. Taxes are worked out in the order the law gives, so that a tax charged on the
value plus duties (VAT) finds them. Reliefs and procedures leave the amounts at stake visible, make nothing payable, and
say what must be secured. An amount that cannot be worked out holds the declaration; nothing counts as free in silence.
Source: the measures of the Book; RKC General Annex 4.1-4.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.offices.duty.claim import Claim
from customhouse.offices.duty.formula import Lacking
from customhouse.offices.duty.manual import by_hand
from customhouse.offices.duty.plan import plan
from customhouse.offices.duty.quota import Allotment, split
from customhouse.offices.duty.work import Trace, lacks, told, treatment, work
from customhouse.record.acts import Act, Assessed, Held
from customhouse.record.assessment import Assessment, DutyTaxFee, Security
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Role
from customhouse.record.lodgement import GoodsItem, Lodgement
from customhouse.record.origin import ItemOrigin

__all__ = ["Allotment", "ItemDuties", "assess", "assess_item", "reckon"]

UNRECKONED = "assessment"
UNSECURED = "guarantee"
LIFTED_BY = (Role.OFFICER, Role.SUPERVISOR)


class ItemDuties(msgspec.Struct, frozen=True, gc=False):
    """What is owed on one item, what must be secured, and what stood in the way of working it out."""

    duties: tuple[DutyTaxFee, ...] = ()
    securities: tuple[Security, ...] = ()
    problems: tuple[Problem, ...] = ()


def assess(declaration: Declaration, law: Law, allotments: Mapping[int, Allotment] | None = None) -> tuple[Act, ...]:
    """Every duty, tax and fee on every item of a valued declaration, and a hold where a guarantee is owed and not offered.

    Where anything cannot be worked out there is no assessment but a hold with every reason. `allotments` are the answers
    of quotas by item number; a quota that has not answered is taken to grant all.
    """
    lodged, valued = declaration.lodged, declaration.valued
    values = {v.item: v.value for v in valued.items} if valued else {}
    found: list[ItemDuties] = []
    if lodged.is_import:
        for item in lodged.items:
            value = values.get(item.sequence, Money(0, law.currency))
            allotment = allotments.get(item.sequence) if allotments else None
            origin = declaration.origin.of(item.sequence) if declaration.origin else None
            found.append(assess_item(item, value, law, lodged=lodged, allotment=allotment, origin=origin))
    problems = [p for f in found for p in f.problems]
    if problems:
        return (Held(_unreckoned(problems)),)
    due = tuple(d for f in found for d in f.duties)
    securities = tuple(s for f in found for s in f.securities)
    total = sum(d.assessed.minor for d in due)
    payable = sum(d.payable.minor for d in due)
    made = Assessment(due, Money(total, law.currency), Money(payable, law.currency), securities)
    owed = sum(s.amount.minor for s in securities if not s.type)
    if owed and not lodged.guarantees:
        return Assessed(made), Held(_unsecured(Money(owed, law.currency), securities))
    return (Assessed(made),)


def assess_item(
    item: GoodsItem,
    value: Money,
    law: Law,
    *,
    lodged: Lodgement | None = None,
    allotment: Allotment | None = None,
    origin: ItemOrigin | None = None,
) -> ItemDuties:
    """The duties of one import item of customs value `value` (national currency), each with its trace.

    `lodged` is the declaration around it, for what its header says of all items; `allotment` what a quota answered;
    `origin` what the origin office found.
    """
    if allotment is None:
        return _part(item, value, law, lodged, origin, None)
    parts = [_part(i, v, law, lodged, origin, allotment) for i, v in split(item, value, allotment)]
    return ItemDuties(
        tuple(d for p in parts for d in p.duties),
        tuple(s for p in parts for s in p.securities),
        tuple(problem for p in parts for problem in p.problems),
    )


def reckon(item: GoodsItem, value: int, law: Law, lodged: Lodgement | None = None) -> list[tuple[str, int, int]]:
    """(tax type, amount, payable) in minor units, without the trace: for many items, and for what-if.

    The same numbers as `assess_item`. Raises `formula.Lacking` where an amount cannot be worked out.
    """
    made = plan(Claim.of(item, law, lodged), law)
    if made.lacks:
        raise Lacking(*made.lacks[0])
    methods = {d.type: d.payment.method for d in item.commodity.duties if d.payment} if made.postpones else {}
    return [
        (w.step.tax_type, w.amount, 0 if w.step.treat.how and treatment(w.step, methods) else w.amount)
        for w in work(made, item, value, law)
    ]


def _part(
    item: GoodsItem,
    value: Money,
    law: Law,
    lodged: Lodgement | None,
    origin: ItemOrigin | None,
    allotment: Allotment | None,
) -> ItemDuties:
    claim = Claim.of(item, law, lodged, origin)
    if (hand := by_hand(item, claim, law)) is not None:
        return ItemDuties(tuple(hand[0]), tuple(hand[1]))
    made = plan(claim, law)
    problems = lacks(made, item, value.minor)
    worked = list(work(made, item, value.minor, law, problems))
    if problems:
        return ItemDuties(problems=tuple(problems))
    trace = Trace(item, law, allotment)
    try:
        for one in worked:
            trace.add(one)
    except Lacking as lacking:
        return ItemDuties(problems=(told(lacking, one.step, item),))
    return ItemDuties(tuple(trace.due), tuple(trace.secured))


def _unreckoned(problems: Sequence[Problem]) -> Hold:
    reasons = tuple(Reason(p.rule, f"{p.label}. {p.hint}", _item(p), p.where) for p in problems)
    return Hold(HoldKind.LAW, UNRECKONED, LIFTED_BY, reasons)


def _item(problem: Problem) -> int:
    """The number of the item a problem stands at."""
    digits = problem.where.partition("[")[2].partition("]")[0]
    return int(digits) if digits.isdigit() else 0


def _unsecured(owed: Money, securities: Sequence[Security]) -> Hold:
    first = next(s for s in securities if not s.type)
    text = f"{owed} must be secured before release: {first.why}"
    return Hold(HoldKind.LAW, UNSECURED, LIFTED_BY, (Reason(UNSECURED, text, first.item, first.source),))
