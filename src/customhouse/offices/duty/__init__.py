"""The duty office: what is owed on each item, and why, line of law by line of law.

Works on the customs value already fixed. Taxes are worked out in the order the law gives, so that a tax charged on
the value plus duties (VAT) finds them. A procedure that suspends duties leaves the amounts at stake visible and makes
nothing payable. Source: the measures of the Book; RKC General Annex 4.1-4.5.
"""

from __future__ import annotations

from collections.abc import Iterable

from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.law.measure import Measure
from customhouse.offices.duty.formula import Basis, work_out
from customhouse.record.acts import Assessed
from customhouse.record.declaration import Assessment, Declaration, DutyTaxFee
from customhouse.record.facts import grams
from customhouse.record.lodgement import GoodsItem

CUSTOMS_DUTY = "A00"


def assess(declaration: Declaration, law: Law) -> Assessed:
    """Every duty, tax and fee on every item of a valued declaration."""
    lodged, valued = declaration.lodged, declaration.valued
    values = {v.item: v.value for v in valued.items} if valued else {}
    due: list[DutyTaxFee] = []
    if lodged.is_import:
        for item in lodged.items:
            due.extend(assess_item(item, values.get(item.sequence, Money(0, law.currency)), law))
    total = sum([d.amount.minor for d in due])
    payable = sum([d.payable.minor for d in due])
    return Assessed(Assessment(tuple(due), Money(total, law.currency), Money(payable, law.currency)))


def assess_item(item: GoodsItem, value: Money, law: Law) -> list[DutyTaxFee]:
    """The duties of one import item of customs value `value` (national currency)."""
    goods = item.commodity
    groups = law.remembered(_groups, goods.code, item.origin, item.procedure, goods.additional_codes)
    methods = {d.type: d.payment.method for d in item.commodity.duties if d.payment}
    procedure = law.procedure(item.procedure)
    suspended = procedure is not None and not procedure.duties_payable
    note = procedure.note if suspended and procedure is not None else ""
    basis = Basis(
        value=value.minor,
        net_grams=grams(goods.net_mass),
        supplementary=goods.tariff_quantity.value if goods.tariff_quantity else None,
        supplementary_unit=goods.tariff_quantity.unit if goods.tariff_quantity else "",
        packages=sum([int(p.quantity or 0) for p in item.packages]),
    )
    rounding = law.remembered(_rounding)
    due: list[DutyTaxFee] = []
    for measure, why in _chosen(groups, item):
        worked = work_out(measure, basis, law)
        basis.duties += worked.amount
        remark = "; ".join([x for x in (why, worked.note, note) if x])
        amount = Money(worked.amount, law.currency)
        due.append(
            DutyTaxFee(
                item=item.sequence,
                type=measure.tax_type,
                measure=measure.id,
                source=measure.source,
                since=measure.validity.start,
                formula=measure.expression_text,
                components=worked.components,
                rounding=rounding,
                amount=amount,
                payable=Money(0, law.currency) if suspended else amount,
                preference=measure.preference,
                payment_method=methods.get(measure.tax_type) or next(iter(methods.values()), ""),
                note=remark,
            )
        )
    return due


def _rounding(law: Law) -> str:
    return str(law.rounding)


Groups = tuple[tuple[str, list[Measure], list[Measure]], ...]


def _groups(law: Law, code: str, origin: str, procedure: str, additional_codes: tuple[str, ...]) -> Groups:
    """The measures that may bite on such goods, in the order of calculation: (tax type, all, those without preference).

    One group per tax type and additional code; within it the most specific code comes first.
    """
    by_type: dict[tuple[str, str], list[Measure]] = {}
    for m in law.measures(code, origin):
        if m.expression is None or not m.applies_to(procedure, True):
            continue
        if not m.additional_code or m.additional_code in additional_codes:
            by_type.setdefault((m.tax_type, m.additional_code), []).append(m)
    ordered = sorted(by_type.items(), key=lambda pair: law.order_of(pair[0][0]))
    return tuple((tax_type, group, [m for m in group if not m.preference]) for (tax_type, _), group in ordered)


def _chosen(groups: Groups, item: GoodsItem) -> Iterable[tuple[Measure, str]]:
    """The measures that bite, in the order of calculation, each with a remark on why it was chosen over another.

    Within a group the most specific code wins, and a preference that is claimed and proved goes before the general rate.
    """
    for tax_type, group, general in groups:
        if tax_type == CUSTOMS_DUTY:
            preferred, why = _preference(group, item)
            if preferred is not None:
                yield preferred, why
                continue
            if general:
                yield general[0], why
        elif general:
            yield general[0], ""


def _preference(group: list[Measure], item: GoodsItem) -> tuple[Measure | None, str]:
    """(the preferential measure, why) when a preference is claimed and its conditions are met; else (None, why not)."""
    claimed = item.preference
    if not claimed or claimed.startswith("1"):
        return None, ""
    offered = [m for m in group if m.preference == claimed]
    if not offered:
        return None, f"preference {claimed} is not offered for this code and origin; general rate applied"
    declared = {d.code for d in item.documents}
    for measure in offered:
        if not measure.documents or declared.intersection(measure.documents):
            return measure, f"preference {claimed} granted"
    wanted = " or ".join(offered[0].documents)
    return None, f"preference {claimed} refused: proof of origin {wanted} is missing; general rate applied"
