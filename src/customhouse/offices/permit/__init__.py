"""The permit office: which permits a declaration names, whether each fits the goods, and the hold where one does not.

What is left of a permit is known to the register alone; here is decided what is asked of it and what an answer means. A
declaration that names no document of the permit register asks nothing and waits for nothing.
Source: the documents of agencies in the Book; WTO Agreement on Import Licensing Procedures, articles 1.8 and 3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from customhouse.law.agency import USES, AgencyDocument
from customhouse.law.book import Law
from customhouse.record.acts import Held
from customhouse.record.agency import PermitUse
from customhouse.record.agency_flow import PERMIT, hold_for
from customhouse.record.counted import converted, in_unit
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason
from customhouse.record.lodgement import AdditionalDocument, GoodsItem, Lodgement
from customhouse.record.permit import Permit, State

KIND = "permit"


class PermitClaim(msgspec.Struct, frozen=True, gc=False):
    """A permit that an item names; `asked` in the unit of `document`, None where the declaration does not say how much."""

    item: int
    number: str
    document: AgencyDocument
    unit: str
    asked: Decimal | None
    goods: str
    origin: str
    user: str


def reference(declaration: int, version: int, item: int, document: AgencyDocument | None = None) -> str:
    """The name of a write-off: each version of a declaration writes off anew, and counts once where uses are counted."""
    once = document is not None and document.write_off == "uses"
    return f"{declaration}.{version}" if once else f"{declaration}.{version}.{item}"


def references(declaration: int, version: int, item: int) -> tuple[str, str]:
    """The names that a write-off may bear: by its item, or once for the declaration."""
    return f"{declaration}.{version}.{item}", f"{declaration}.{version}"


def names_any(lodged: Lodgement, law: Law) -> bool:
    """Whether the declaration names a document that is looked up in the permit register."""
    electronic = law.electronic
    if not electronic:
        return False
    for item in lodged.items:
        for d in item.documents:
            if d.code in electronic and _asked_of_us(d, law):
                return True
    return any(d.code in electronic and _asked_of_us(d, law) for d in lodged.documents)


def _asked_of_us(d: AdditionalDocument, law: Law) -> bool:
    return not d.exemption and law.agency_documents[d.code].is_ours(d.id)


def numbers(lodged: Lodgement, law: Law) -> set[str]:
    """Numbers of all permits that the declaration names, whatever the law asks them for."""
    papers = (*lodged.documents, *(d for item in lodged.items for d in item.documents))
    return {d.id.strip().upper() for d in papers if d.id and d.code in law.electronic and _asked_of_us(d, law)}


def claims(d: Declaration, law: Law) -> tuple[PermitClaim, ...]:
    """Every permit that the declaration names; one named for the whole stands for the items that the law asks it for."""
    return tuple(_claims(d, law)) if names_any(d.lodged, law) else ()


def _claims(d: Declaration, law: Law) -> Iterator[PermitClaim]:
    met = {(r.item, r.met_by) for r in d.verified.requirements} if d.verified else set()
    for item in d.lodged.items:
        own = [x for x in item.documents if x.code in law.electronic and _asked_of_us(x, law)]
        whole = [
            x
            for x in d.lodged.documents
            if x.code in law.electronic and _asked_of_us(x, law) and (item.sequence, x.id or x.code) in met
        ]
        for paper in own or whole:
            document = law.agency_documents[paper.code]
            number = paper.id.strip().upper()
            asked, unit = _asked(d, item, paper, document, law)
            alone = len([x for x in own or whole if x.code == paper.code]) == 1
            if alone and document.write_off == "quantity":
                asked = in_unit(item, document.unit) or None
            user = _user(d.lodged)
            goods = item.commodity.code
            yield PermitClaim(item.sequence, number, document, unit, asked, goods, item.origin, user)


def _user(lodged: Lodgement) -> str:
    """Who must hold the permit: the importer, or the exporter of goods that leave; the declarant where none is named."""
    party = lodged.goods_shipment.importer if lodged.is_import else lodged.exporter
    return (party.id if party else "") or lodged.declarant_id


def _asked(
    d: Declaration, item: GoodsItem, paper: AdditionalDocument, document: AgencyDocument, law: Law
) -> tuple[Decimal | None, str]:
    """(how much a use takes, in which unit): where one item names several permits, what it states for each of them."""
    if document.write_off == "quantity":
        stated = paper.write_off.quantity if paper.write_off else None
        return (converted(stated, document.unit) if stated else None), document.unit
    if document.write_off == "uses":
        return Decimal(1), USES
    if document.write_off == "value":
        found = next((v.value for v in d.valued.items if v.item == item.sequence), None) if d.valued else None
        return (Decimal(found.amount) if found is not None else None), law.currency
    return Decimal(0), ""


def wait(d: Declaration, law: Law) -> Held | None:
    """The hold until the permit register has answered; None where no permit is named."""
    if not names_any(d.lodged, law):
        return None
    reasons = tuple(
        Reason(
            "permit",
            f"Document {c.document.code} {c.number} is looked up".replace("  ", " "),
            c.item,
            c.document.source,
        )
        for c in claims(d, law)
    )
    return Held(Hold(HoldKind.PERMIT, "", (), reasons)) if reasons else None


def fit(permit: Permit | None, claim: PermitClaim, day: date) -> str:
    """Why the permit does not do for what is claimed on `day`, but for how much is left; empty when it does."""
    if not claim.number:
        return "The declaration gives no number"
    if permit is None or permit.grant is None:
        return "There is no such permit"
    if (permit.agency, permit.document) != (claim.document.agency, claim.document.code):
        return f"It is a document {permit.document}, not {claim.document.code}"
    if permit.holder != claim.user:
        return "It belongs to another holder"
    if permit.state is State.SUSPENDED:
        return "It is suspended"
    if permit.state is State.REVOKED:
        return "It has been revoked"
    grant = permit.grant
    if day < grant.start:
        return f"It is valid from {grant.start}"
    if day >= grant.until:
        return f"It was valid until before {grant.until}"
    if not claim.goods.startswith(grant.commodities):
        return f"It is for goods of {', '.join(grant.commodities)}"
    if grant.origins and claim.origin not in grant.origins:
        return f"It is for goods of origin {', '.join(grant.origins)}"
    return ""


def answer(
    asked: tuple[PermitClaim, ...], register: Mapping[str, Permit], left: Mapping[str, Decimal], day: date
) -> tuple[PermitUse, ...]:
    """What becomes of each claim, in the order of the items, when `left` is left of the permits of these numbers.

    One permit serves several items as long as it lasts; a use that it does not cover whole takes nothing.
    """
    rest = dict(left)
    used: set[str] = set()
    uses: list[PermitUse] = []
    for claim in asked:
        document = claim.document
        why = fit(register.get(claim.number), claim, day)
        taken = Decimal(0)
        if not why and document.write_off != "none":
            again = document.write_off == "uses" and claim.number in used
            why, taken = ("", Decimal(0)) if again else _taken(claim, rest.get(claim.number, Decimal(0)))
            rest[claim.number] = rest.get(claim.number, Decimal(0)) - taken
            used.add(claim.number)
        unit = claim.unit if document.write_off != "none" else ""
        remains = rest.get(claim.number, Decimal(0)) if unit and claim.number in register else Decimal(0)
        uses.append(
            PermitUse(
                claim.item, document.code, claim.number, document.agency, unit, taken, remains, why, document.source
            )
        )
    return tuple(uses)


def _taken(claim: PermitClaim, rest: Decimal) -> tuple[str, Decimal]:
    if not claim.asked or claim.asked < 0:
        return f"The declaration does not say how much, in {claim.unit}", Decimal(0)
    if claim.asked > rest:
        if claim.document.write_off == "uses":
            return "All its uses are written off", Decimal(0)
        return f"It has {plain(rest)} {claim.unit} left, {plain(claim.asked)} are declared", Decimal(0)
    return "", claim.asked


def plain(number: Decimal) -> str:
    """A quantity in digits, without zeros that say nothing."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def holds(uses: tuple[PermitUse, ...], standing: tuple[Hold, ...]) -> tuple[Held, ...]:
    """One hold for each agency whose permit does not do, with every reason."""
    reasons: dict[str, list[Reason]] = {}
    for use in uses:
        if not use.met:
            text = f"Permit {use.number}: {use.why}" if use.number else use.why
            reasons.setdefault(use.agency, []).append(Reason(f"{PERMIT}{use.code}", text, use.item, use.source))
    return tuple(Held(hold_for(agency, tuple(whys), standing)) for agency, whys in reasons.items())
