"""A worked case of goods: one item on a day, what it owes by tax type, and what becomes of a preference claimed for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar

import msgspec

from customhouse.clearance.case.judged import Judged, only
from customhouse.clearance.line import Context, proceed, walk
from customhouse.law.book import Book
from customhouse.offices import quota
from customhouse.record import lodgement as r
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.flow import step as record_act

KNOWN = {"case", "source", "date", "goods", "owes", "pays", "says", "secures", "quota", "origin"}
GOODS = {
    "code", "origin", "preferential_origin", "price", "net", "quantity", "procedure", "additional_procedures",
    "preference", "quota", "additional_code", "documents", "common_documents", "dispatched",
}  # fmt: skip
ORIGIN = {"verdict", "agreement", "proof", "rule", "fails", "says", "instead", "direct"}
INVOICE = "N935"


class GoodsCase(msgspec.Struct, frozen=True):
    """`owes`: amounts by tax type in the order of calculation, as text; `pays`: what of it is payable where that is less;
    `secures`: what must be secured; `says`: words that a remark must hold; `quota`: what is left of each quota; `origin`: what is said of a preference."""

    NEEDED: ClassVar[tuple[str, ...]] = ("goods", "owes")

    name: str
    source: str
    day: date
    goods: dict[str, Any]
    owes: dict[str, str]
    pays: str = ""
    says: str = ""
    secures: str = ""
    quota: dict[str, str] = {}
    origin: dict[str, Any] = {}

    @classmethod
    def read(cls, told: dict[str, Any]) -> GoodsCase:
        """The case as written. Raises ValueError, KeyError or InvalidOperation with what is wrong in it."""
        only(told, KNOWN, "a case")
        only(told["goods"], GOODS, "goods")
        only(told.get("origin", {}), ORIGIN, "origin")
        made = cls(
            name=told["case"],
            source=told["source"],
            day=date.fromisoformat(told["date"]),
            goods=told["goods"],
            owes=told["owes"],
            pays=told.get("pays", ""),
            says=told.get("says", ""),
            secures=told.get("secures", ""),
            quota=told.get("quota", {}),
            origin=told.get("origin", {}),
        )
        lodgement(made)
        return made

    def judge(self, book: Book) -> Judged:
        """Walk the goods along the line under `book` and compare."""
        at = datetime.combine(self.day, time(12), UTC)
        context = Context(book.on(self.day), at, b"worked cases")
        walked = walk(lodgement(self), context, number=1, by="case", format="json", digest="")
        if faults := [str(p) for p in walked.problems if p.severity == "error"]:
            return Judged(self.name, self.source, tuple(faults))
        declaration = _with_quotas(walked.declaration, self, context)
        if declaration.assessed is None:
            return Judged(self.name, self.source, tuple(_held(declaration)))
        found = (*_differences(self, declaration), *_of_origin(self, declaration))
        return Judged(self.name, self.source, found, declaration.assessed.duties)


def _with_quotas(declaration: Declaration, case: GoodsCase, context: Context) -> Declaration:
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


def _differences(case: GoodsCase, declaration: Declaration) -> Iterator[str]:
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
    if case.secures and assessed.secured.amount != Decimal(case.secures):
        yield f"secured: the case says {case.secures}, the house works out {assessed.secured.amount}"
    remarks = "; ".join(d.note for d in assessed.duties)
    if case.says not in remarks:
        yield f"no remark says {case.says!r}; said is {remarks!r}"


def _of_origin(case: GoodsCase, declaration: Declaration) -> Iterator[str]:
    """Every word of the case about the verdict on its preference; what it does not name must not be there."""
    told, origin = case.origin, declaration.origin.of(1) if declaration.origin else None
    if not told:
        return
    if origin is None:
        yield "nothing was found of the origin"
        return
    found = {
        "verdict": origin.verdict.value,
        "agreement": origin.agreement,
        "fails": [c.rule for c in origin.failing],
        "direct": "yes" if origin.direct else "no",
        "proof": origin.proof.partition(" ")[0],
        "rule": origin.rules[0].heading if origin.rules else "",
        "instead": origin.general.formula if origin.general else "",
    }
    expected = {"agreement": "", "fails": [], "direct": "yes"} | {k: v for k, v in told.items() if k != "says"}
    for word, value in expected.items():
        if found[word] != value:
            yield f"origin, {word}: the case says {value or 'nothing'}, the house finds {found[word] or 'nothing'}"
    if told.get("says", "") not in origin.remark:
        yield f"origin: no remark says {told['says']!r}; said is {origin.remark!r}"


# --- the declaration behind a case ------------------------------------------------------------------------------------


def lodgement(case: GoodsCase) -> r.Lodgement:
    """A declaration of nothing but these goods, delivered CIF, that breaks no rule by what it leaves out."""
    told = case.goods
    return r.Lodgement(
        lrn="CASE-1",
        type="IMA",
        declarant=r.Party(id="CASE"),
        documents=_papers(told.get("common_documents", ())),
        goods_shipment=r.GoodsShipment(
            items=(_item(told),),
            importer=r.Party(id="CASE"),
            export_country=told.get("dispatched", ""),
            terms=r.TradeTerms(code="CIF"),
        ),
    )


def _item(told: dict[str, Any]) -> r.GoodsItem:
    procedure, preference = told.get("procedure", "4000"), told.get("preference", "100")
    more = tuple(r.Procedure(code) for code in told.get("additional_procedures", ()))
    return r.GoodsItem(
        sequence=1,
        commodity=_commodity(told, preference),
        documents=_papers((INVOICE, *told.get("documents", ()))),
        procedures=(r.Procedure(procedure[:2], procedure[2:]), *more),
        origins=_origins(told),
        packages=(r.Packaging(sequence=1, quantity=Decimal(1), type="CT"),),
        valuation=r.CustomsValuation(method="1"),
    )


def _papers(codes: Iterable[str]) -> tuple[r.AdditionalDocument, ...]:
    return tuple(r.AdditionalDocument(category=c[:1], type=c[1:], id="1") for c in codes)


def _origins(told: dict[str, Any]) -> tuple[r.Origin, ...]:
    """The country of origin, and of preferential origin where another is named."""
    preferential = told.get("preferential_origin")
    return (r.Origin(told["origin"], "1"), *((r.Origin(preferential, "2"),) if preferential else ()))


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
