"""Worked cases: what the law means for one item of goods, written down by a jurist and walked along the whole line.

A case file is YAML (docs/law.md); every value in it is read as text, so that no amount meets a binary fraction.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec
import yaml

from customhouse.clearance.line import Context, proceed, walk
from customhouse.law.book import Book
from customhouse.offices import quota
from customhouse.record import lodgement as r
from customhouse.record.declaration import Declaration, DutyTaxFee, HoldKind, Role
from customhouse.record.flow import step as record_act

KNOWN = {"case", "source", "date", "goods", "owes", "pays", "says", "quota"}
GOODS = {
    "code", "origin", "price", "net", "quantity", "procedure", "additional_procedures", "preference", "quota",
    "additional_code", "documents",
}  # fmt: skip
INVOICE = "N935"


class Case(msgspec.Struct, frozen=True):
    """One case: goods on a day, and what they owe by tax type, in the order of calculation (amounts as text).

    `pays` is what of it is payable where that is less, `says` words that a remark must hold, `quota` what is left of
    each quota order number.
    """

    name: str
    source: str
    day: date
    goods: dict[str, Any]
    owes: dict[str, str]
    pays: str = ""
    says: str = ""
    quota: dict[str, str] = {}


class InvalidCase(ValueError):
    """A case that cannot be read; the message says which and why."""


class Judged(msgspec.Struct, frozen=True):
    """A case as the house sees it: the duties it works out, and every way in which that is not what the case says."""

    case: Case
    duties: tuple[DutyTaxFee, ...]
    differences: tuple[str, ...]


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a file. Raises InvalidCase for the first that is not one."""
    try:
        told = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes text only
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise InvalidCase(f"{path.name} cannot be read: {fault}") from fault
    if not isinstance(told, list):
        raise InvalidCase(f"{path.name} is no list of cases")
    return tuple(_case(one, path.name) for one in told)


def _case(told: Any, file: str) -> Case:
    name = told.get("case", "") if isinstance(told, dict) else ""
    if not name:
        raise InvalidCase(f"{file}: every case begins with `case:` and what it shows")
    goods = told.get("goods", {})
    if unknown := (told.keys() - KNOWN) | (goods.keys() - GOODS):
        raise InvalidCase(f"{file}, {name!r}: not known here: {', '.join(sorted(unknown))}")
    if missing := [word for word in ("source", "date", "goods", "owes") if not told.get(word)]:
        raise InvalidCase(f"{file}, {name!r}: {', '.join(missing)} is missing")
    try:
        day = date.fromisoformat(told["date"])
        case = Case(name, told["source"], day, goods, told["owes"], told.get("pays", ""), told.get("says", ""))
        lodgement(case)
    except (KeyError, ValueError, InvalidOperation) as fault:
        raise InvalidCase(f"{file}, {name!r}: {fault}") from fault
    return msgspec.structs.replace(case, quota=told.get("quota", {}))


def judge(case: Case, book: Book) -> Judged:
    """Walk the case along the line under `book` and compare."""
    at = datetime.combine(case.day, time(12), UTC)
    context = Context(book.on(case.day), at, b"worked cases")
    walked = walk(lodgement(case), context, number=1, by="case", format="json", digest="")
    if faults := [str(p) for p in walked.problems if p.severity == "error"]:
        return Judged(case, (), tuple(faults))
    declaration = _with_quotas(walked.declaration, case, context)
    if declaration.assessed is None:
        return Judged(case, (), tuple(_held(declaration)))
    return Judged(case, declaration.assessed.duties, tuple(_differences(case, declaration)))


def _with_quotas(declaration: Declaration, case: Case, context: Context) -> Declaration:
    """The declaration when the quotas have answered with what the case says is left of them (else with all of it)."""
    if declaration.hold(HoldKind.QUOTA) is None:
        return declaration

    def draw(claim: quota.QuotaClaim) -> tuple[Decimal, Decimal]:
        left = Decimal(case.quota.get(claim.quota.order, claim.quota.volume))
        taken = min(left, claim.asked)
        return taken, left - taken

    act = quota.allocate(quota.claims(declaration.lodged, context.law), draw)
    answered = record_act(declaration, act, Role.SYSTEM, context.at, declaration.id)
    return proceed(answered, context).declaration


def _held(declaration: Declaration) -> Iterator[str]:
    for hold in declaration.holds:
        yield from (f"held: {reason.text}" for reason in hold.reasons)


def _differences(case: Case, declaration: Declaration) -> Iterator[str]:
    assessed = declaration.assessed
    if assessed is None:
        return
    found: dict[str, Decimal] = {}
    for due in assessed.duties:
        found[due.type] = found.get(due.type, Decimal(0)) + due.amount.amount
    for tax in dict.fromkeys([*case.owes, *found]):
        expected, got = case.owes.get(tax), found.get(tax)
        if expected is None or got is None or Decimal(expected) != got:
            yield f"{tax}: the case says {expected or 'nothing'}, the house works out {'nothing' if got is None else got}"
    if list(found) != list(case.owes):
        yield f"order of calculation: {', '.join(found)}"
    pays = Decimal(case.pays) if case.pays else sum(found.values(), Decimal(0))
    if assessed.payable.amount != pays:
        yield f"payable: the case says {pays}, the house works out {assessed.payable.amount}"
    remarks = "; ".join(d.note for d in assessed.duties)
    if case.says not in remarks:
        yield f"no remark says {case.says!r}; said is {remarks!r}"


# --- the declaration behind a case ------------------------------------------------------------------------------------


def lodgement(case: Case) -> r.Lodgement:
    """A declaration of nothing but these goods, delivered CIF, that breaks no rule by what it leaves out."""
    country = case.goods["origin"]
    return r.Lodgement(
        lrn="CASE-1",
        type="IMA",
        declarant=r.Party(id="CASE"),
        goods_shipment=r.GoodsShipment(
            items=(_item(case.goods),),
            importer=r.Party(id="CASE"),
            export_country=country,
            terms=r.TradeTerms(code="CIF"),
        ),
    )


def _item(told: dict[str, Any]) -> r.GoodsItem:
    procedure, preference = told.get("procedure", "4000"), told.get("preference", "100")
    more = tuple(r.Procedure(code) for code in told.get("additional_procedures", ()))
    return r.GoodsItem(
        sequence=1,
        commodity=_commodity(told, preference),
        documents=tuple(
            r.AdditionalDocument(category=c[:1], type=c[1:], id="1") for c in (INVOICE, *told.get("documents", ()))
        ),
        procedures=(r.Procedure(procedure[:2], procedure[2:]), *more),
        origins=(r.Origin(told["origin"], "2" if preference[:1] in ("2", "3") else "1"),),
        packages=(r.Packaging(sequence=1, quantity=Decimal(1), type="CT"),),
        valuation=r.CustomsValuation(method="1"),
    )


def _commodity(told: dict[str, Any], preference: str) -> r.Commodity:
    price, _, currency = told["price"].partition(" ")
    quantity, _, unit = told.get("quantity", "").partition(" ")
    mass = r.Measure(Decimal(told["net"]))
    extra = (r.Classification(told["additional_code"], "TRA"),) if "additional_code" in told else ()
    paid = r.DeclaredPayment("A")
    return r.Commodity(
        description="goods of a worked case",
        classifications=(r.Classification(told["code"], "TSP"), *extra),
        duties=(r.DeclaredDuty(type="A00", regime=preference, quota=told.get("quota", ""), payment=paid),),
        gross_mass=mass,
        net_mass=mass,
        tariff_quantity=r.Measure(Decimal(quantity), unit) if quantity else None,
        price=r.Amount(Decimal(price), currency),
    )
