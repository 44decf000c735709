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
from customhouse.record.origin import ItemOrigin

CUSTOMS_DUTY = "A00"


def assess(declaration: Declaration, law: Law) -> Assessed:
    """Every duty, tax and fee on every item of a valued declaration."""
    lodged, valued = declaration.lodged, declaration.valued
    values = {v.item: v.value for v in valued.items} if valued else {}
    origins = {o.item: o for o in declaration.origin.items} if declaration.origin else {}
    due: list[DutyTaxFee] = []
    if lodged.is_import:
        for item in lodged.items:
            value = values.get(item.sequence, Money(0, law.currency))
            due.extend(assess_item(item, value, law, origins.get(item.sequence)))
    total = sum(d.amount.minor for d in due)
    payable = sum(d.payable.minor for d in due)
    return Assessed(Assessment(tuple(due), Money(total, law.currency), Money(payable, law.currency)))


def assess_item(item: GoodsItem, value: Money, law: Law, origin: ItemOrigin | None = None) -> list[DutyTaxFee]:
    """The duties of one import item of customs value `value` (national currency), its origin as the origin office found it."""
    offered = law.measures(item.commodity.code, item.origin)
    if origin is not None and origin.granted and origin.rate is not None and origin.preferential != item.origin:
        preferential = law.measures(item.commodity.code, origin.preferential)
        offered = (*(m for m in preferential if m.id == origin.rate.measure), *offered)
    candidates = [m for m in offered if m.expression is not None and _applies(m, item)]
    methods = {d.type: d.payment.method for d in item.commodity.duties if d.payment}
    procedure = law.procedure(item.procedure)
    suspended = procedure is not None and not procedure.duties_payable
    note = procedure.note if suspended and procedure is not None else ""
    goods = item.commodity
    basis = Basis(
        value=value.minor,
        net_grams=grams(goods.net_mass),
        supplementary=goods.tariff_quantity.value if goods.tariff_quantity else None,
        supplementary_unit=goods.tariff_quantity.unit if goods.tariff_quantity else "",
        packages=sum(int(p.quantity or 0) for p in item.packages),
    )
    due: list[DutyTaxFee] = []
    for measure, why in _chosen(candidates, item, law, origin):
        worked = work_out(measure, basis, law)
        basis.duties += worked.amount
        remark = "; ".join(x for x in (why, worked.note, note) if x)
        due.append(
            DutyTaxFee(
                item=item.sequence,
                type=measure.tax_type,
                measure=measure.id,
                source=measure.source,
                since=measure.validity.start,
                formula=measure.expression_text,
                components=worked.components,
                rounding=str(law.rounding),
                amount=Money(worked.amount, law.currency),
                payable=Money(0 if suspended else worked.amount, law.currency),
                preference=measure.preference,
                payment_method=methods.get(measure.tax_type) or next(iter(methods.values()), ""),
                note=remark,
            )
        )
    return due


def _applies(measure: Measure, item: GoodsItem) -> bool:
    if not measure.applies_to(item.procedure, True):
        return False
    return not measure.additional_code or measure.additional_code in item.commodity.additional_codes


def _chosen(
    candidates: list[Measure], item: GoodsItem, law: Law, origin: ItemOrigin | None
) -> Iterable[tuple[Measure, str]]:
    """The measures that bite, in the order of calculation, each with a remark on why it was chosen over another.

    Within one tax type and additional code the most specific code wins (candidates come most specific first), and a
    preference that is claimed and proved goes before the general rate.
    """
    by_type: dict[tuple[str, str], list[Measure]] = {}
    for measure in candidates:
        by_type.setdefault((measure.tax_type, measure.additional_code), []).append(measure)
    for tax_type, group in sorted(by_type.items(), key=lambda pair: law.order_of(pair[0][0])):
        general = [m for m in group if not m.preference]
        if tax_type[0] == CUSTOMS_DUTY:
            preferred, why = _preference(group, item, origin)
            if preferred is not None:
                yield preferred, why
                continue
            if general:
                yield general[0], why
        elif general:
            yield general[0], ""


def _preference(group: list[Measure], item: GoodsItem, origin: ItemOrigin | None) -> tuple[Measure | None, str]:
    """(the preferential measure, why) when a preference is claimed and its conditions are met; else (None, why not)."""
    if origin is not None and origin.preference:
        granted = origin.rate.measure if origin.granted and origin.rate else ""
        return next((m for m in group if m.id == granted), None), origin.remark
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
