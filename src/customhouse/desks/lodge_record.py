"""What was typed in the lodging form, as parts of a declaration; what has no field is kept from the one amended."""

from __future__ import annotations

import re
from decimal import Decimal

from msgspec.structs import replace

from customhouse.record.lodgement import (
    AdditionalDocument,
    Address,
    Amount,
    ChargeDeduction,
    Classification,
    Commodity,
    CustomsValuation,
    DeclaredDuty,
    DeclaredPayment,
    GoodsItem,
    GoodsLocation,
    Measure,
    Origin,
    Packaging,
    PreviousDocument,
    Procedure,
    TransportConsignment,
    TransportEquipment,
    Ucr,
)


def invoice(items: tuple[GoodsItem, ...]) -> Amount | None:
    """The total of the prices, where every item has one and all are in one currency."""
    prices = [i.commodity.price for i in items]
    currencies = {p.currency if p else "" for p in prices}
    if len(currencies) != 1 or "" in currencies:
        return None
    return Amount(sum((p.value for p in prices if p), Decimal(0)), currencies.pop())


def gross(items: tuple[GoodsItem, ...]) -> Measure | None:
    masses = [i.commodity.gross_mass for i in items]
    if not masses or not all(m is not None and m.unit in ("", "KGM") for m in masses):
        return None
    return Measure(sum((m.value for m in masses if m), Decimal(0)), "KGM")


def transport(h: dict[str, str], base: TransportConsignment) -> TransportConsignment:
    numbers = [c.strip().upper() for c in h["containers"].split(",") if c.strip()]
    known = {e.id: e for e in base.equipment}
    location = base.goods_location or GoodsLocation(
        type="A", address=Address(country=h["destination"].upper(), type="U")
    )
    return replace(
        base,
        container_code="1" if numbers else "0",
        goods_location=replace(location, name=h["location"]) if h["location"] else None,
        equipment=tuple(
            replace(known.get(number, TransportEquipment()), sequence=n, id=number)
            for n, number in enumerate(numbers, 1)
        ),
    )


def ucr(typed: str, base: Ucr | None) -> Ucr | None:
    if not typed:
        return None
    if base and typed in (base.id, base.trader_reference):
        return base
    return Ucr(trader_reference=typed)


SIMPLIFIED = "YSDE"
"""The code of a previous document that is a simplified declaration (category Y, type SDE)."""


def previous(typed: str, base: tuple[PreviousDocument, ...]) -> tuple[PreviousDocument, ...]:
    """The simplified declarations that are completed; other previous documents are kept."""
    numbers = codes_in(typed)
    known = {p.id: p for p in base if p.code == SIMPLIFIED}
    others = tuple(p for p in base if p.code != SIMPLIFIED)
    return (*others, *(known.get(n, PreviousDocument(SIMPLIFIED[:1], SIMPLIFIED[1:], n)) for n in numbers))


def document(code: str, number: str, base: GoodsItem) -> AdditionalDocument:
    """A document as typed; the one of the amended declaration where it is the same."""
    same = next((d for d in base.documents if (d.code, d.id) == (code.upper(), number)), None)
    return same or AdditionalDocument(category=code[:1].upper(), type=code[1:].upper(), id=number)


def codes_in(typed: str) -> list[str]:
    """Codes typed with commas or spaces between them."""
    return [code.upper() for code in re.split(r"[\s,;]+", typed) if code]


def classes(code: str, additional: str, base: Commodity) -> tuple[Classification, ...]:
    digits = re.sub(r"[\s.]", "", code)
    known = {c.id: c for c in base.classifications if c.type not in ("TSP", "TRC")}
    others = tuple(known.get(one, Classification(one, "TRA")) for one in codes_in(additional))
    if not digits:
        return others
    national = (Classification(digits[8:], "TRC"),) if len(digits) > 8 else ()
    return (Classification(digits[:8], "TSP"), *national, *others)


def duties(preference: str, order: str, method: str, base: Commodity) -> tuple[DeclaredDuty, ...]:
    """The duties declared: the preference and the quota stand on those that bore them, else on the first."""
    made = [replace(d, payment=replace(d.payment, method=method)) if d.payment else d for d in base.duties]
    if not made:
        made = [DeclaredDuty(type="A00")]
    if made[0].payment is None:
        made[0] = replace(made[0], payment=DeclaredPayment(method=method))
    claims = next((n for n, d in enumerate(made) if d.regime), 0)
    made[claims] = replace(made[claims], regime=preference)
    draws = next((n for n, d in enumerate(made) if d.quota), claims)
    made[draws] = replace(made[draws], quota=order)
    return tuple(made)


def measure(value: Decimal | None, base: Measure | None) -> Measure | None:
    return None if value is None else Measure(value, base.unit if base else "")


def procedures(code: str, additional: str) -> tuple[Procedure, ...]:
    """The procedure, and the additional ones; 000 says that there is none."""
    others = tuple(Procedure(one) for one in codes_in(additional))
    return (Procedure(code[:2], code[2:4]), *(others or (Procedure("000"),))) if code else others


def valuation(typed: list[tuple[str, Decimal | None, str]], base: CustomsValuation | None) -> CustomsValuation | None:
    """Additions and deductions of the whole shipment; a row without an amount declares nothing."""
    charges = tuple(
        ChargeDeduction(code, Amount(value, currency)) for code, value, currency in typed if value is not None
    )
    if base is None and not charges:
        return None
    base = base or CustomsValuation()
    return replace(base, charges=(*charges, *(c for c in base.charges if c.amount is None)))


def origins(country: str, preference: str, base: GoodsItem) -> tuple[Origin, ...]:
    if country == base.origin and base.origins:
        return base.origins
    return (Origin(country, "2" if preference[:1] in ("2", "3") else "1"),) if country else ()


def packages(quantity: Decimal | None, kind: str, base: GoodsItem) -> tuple[Packaging, ...]:
    first, *others = base.packages or (Packaging(sequence=1),)
    if quantity is None:
        return tuple(others)
    return (replace(first, quantity=quantity, type=kind), *others)
