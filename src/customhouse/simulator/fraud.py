"""Planted frauds: how a dishonest trader bends a claim away from what is true.

The way a trader bends (how far, towards what) hangs on the trader and its supplier, so that it is a habit which can be
found again, not noise.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from msgspec.structs import replace

from customhouse.kernel.currency import minor_digits
from customhouse.simulator.border import BY_QUANTITY, DUMPED, LEAST_DEVELOPED
from customhouse.simulator.cargo import GRAM
from customhouse.simulator.claim import Claim, ClaimLine
from customhouse.simulator.draw import Draw
from customhouse.simulator.goods import Goods, catalogue
from customhouse.simulator.shipment import Paper

UNDERVALUED = (0.35, 0.65)
LIGHTENED = (0.55, 0.8)
RELABELLED = (0.4, 0.7)


def _habit(claim: Claim) -> Draw:
    return Draw("habit", claim.shipment.trader, claim.shipment.abroad.name)


def _share(amount: Decimal, factor: float, unit: Decimal) -> Decimal:
    return max((amount * Decimal(factor)).quantize(unit, ROUND_HALF_UP), unit)


def _cent(claim: Claim) -> Decimal:
    return Decimal(1).scaleb(-minor_digits(claim.shipment.currency))


def undervaluation(claim: Claim) -> Claim:
    """A second invoice with lower prices; the rest is paid another way."""
    factor = _habit(claim).between(*UNDERVALUED)
    return replace(claim, lines=tuple(replace(x, price=_share(x.price, factor, _cent(claim))) for x in claim.lines))


def weight(claim: Claim) -> Claim:
    """Less mass and less quantity than there is, where duty falls on mass or quantity."""
    factor = _habit(claim).between(*LIGHTENED)
    return replace(claim, lines=tuple(_lighter(x, factor) for x in claim.lines))


def _lighter(line: ClaimLine, factor: float) -> ClaimLine:
    if line.code[:4] not in BY_QUANTITY:
        return line
    tare = line.gross - line.net
    net = _share(line.net, factor, GRAM)
    quantity = line.quantity
    if quantity is not None:
        unit = Decimal(1) if quantity == quantity.to_integral_value() else Decimal("0.01")
        quantity = _share(quantity, factor, unit)
    return replace(line, net=net, gross=net + tare, quantity=quantity)


def misclassification(claim: Claim) -> Claim:
    """The right words under the code of other goods that are dutied less."""
    return _disguised(claim, lambda line, decoy: replace(line, code=decoy.code, **_measured(line, decoy)))


def misdescription(claim: Claim) -> Claim:
    """Words, code and price of goods that are dutied less; the box holds something else."""
    factor = _habit(claim).between(*RELABELLED)

    def relabel(line: ClaimLine, decoy: Goods) -> ClaimLine:
        price = _share(line.price, factor, _cent(claim))
        return replace(line, code=decoy.code, text=decoy.text, price=price, **_measured(line, decoy))

    return _disguised(claim, relabel)


def _measured(line: ClaimLine, decoy: Goods) -> dict[str, object]:
    """The supplementary quantity that the decoy's tariff line asks for."""
    if not decoy.unit:
        return {"unit": "", "quantity": None}
    quantity = max(Decimal(1), (line.net * Decimal(decoy.each)).quantize(Decimal(1), ROUND_HALF_UP))
    return {"unit": decoy.unit, "quantity": quantity}


def _disguised(claim: Claim, disguise: Callable[[ClaimLine, Goods], ClaimLine]) -> Claim:
    goods = [catalogue()[line.goods] for line in claim.shipment.lines]
    return replace(
        claim,
        lines=tuple(
            disguise(line, catalogue()[real.decoys[0]]) if real.decoys else line
            for line, real in zip(claim.lines, goods, strict=True)
        ),
    )


def origin(claim: Claim) -> Claim:
    """Goods of one country claimed to come from another: for a preference, or to escape anti-dumping duty."""
    return replace(claim, lines=tuple(_moved(x, claim) for x in claim.lines))


def _moved(line: ClaimLine, claim: Claim) -> ClaimLine:
    if line.origin != "CN":
        return line
    habit = _habit(claim)
    if (line.code, line.origin) in DUMPED:
        return replace(line, origin=habit.one(("MY", "TR")))
    country = habit.one(("BD", "KH", "MM"))
    proof = Paper(
        LEAST_DEVELOPED.proof,
        f"{country}{Draw(claim.shipment.seed, line.number).digits(7)}",
        claim.shipment.abroad.name,
        claim.shipment.journey.departed,
        line.number,
    )
    return replace(line, origin=country, preference=LEAST_DEVELOPED.code, papers=(*line.papers, proof))


def splitting(claim: Claim) -> Claim:
    """One consignment cut into parcels, each below the low value limit: every parcel is true, the whole is not."""
    return claim


FRAUDS: dict[str, Callable[[Claim], Claim]] = {
    "undervaluation": undervaluation,
    "misclassification": misclassification,
    "misdescription": misdescription,
    "origin": origin,
    "weight": weight,
    "splitting": splitting,
}
