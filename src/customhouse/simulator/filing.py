"""From a shipment to what is handed in: the lodgement, and beside it the truth."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from customhouse.record.lodgement import Lodgement
from customhouse.simulator.carriage import cargo_truth
from customhouse.simulator.claim import Claim, honest, lodgement
from customhouse.simulator.draw import Draw
from customhouse.simulator.fraud import FRAUDS
from customhouse.simulator.mistake import SLIPS
from customhouse.simulator.money import in_usd
from customhouse.simulator.shipment import Shipment
from customhouse.simulator.truth import TrueItem, Truth


class Filing(msgspec.Struct, frozen=True):
    """A lodgement as handed in, and the truth about it."""

    lodgement: Lodgement
    truth: Truth


def file(shipment: Shipment) -> Filing:
    """What is declared for `shipment`, with its frauds and mistakes; always the same for the same shipment."""
    claim = honest(shipment)
    kinds: list[str] = []
    for kind in shipment.frauds:
        bent = FRAUDS[kind](claim)
        if bent is not claim and bent == claim:
            continue
        claim = bent
        kinds.append(kind)
    lodged = lodgement(claim)
    deceit = bool(kinds)
    draw = Draw(shipment.seed, "slip")
    for kind in shipment.mistakes:
        slipped = SLIPS[kind](lodged, draw)
        if slipped != lodged:
            lodged = slipped
            kinds.append(kind)
    kinds.extend(_of_the_border(shipment))
    return Filing(lodged, _truth(shipment, claim, tuple(kinds), honest=not deceit))


def _of_the_border(shipment: Shipment) -> list[str]:
    """Kinds of what is wrong with permits and cargo, each once."""
    kinds = [fault.split()[2] for fault in shipment.permit_faults]
    if shipment.carriage is not None and shipment.carriage.fault:
        kinds.append(f"cargo_{shipment.carriage.fault}")
    return list(dict.fromkeys(kinds))


def _truth(shipment: Shipment, claim: Claim, kinds: tuple[str, ...], *, honest: bool) -> Truth:
    declared = sum((line.price for line in claim.lines), Decimal(0))
    understated = in_usd(shipment.price - declared, shipment.currency, shipment.day)
    return Truth(
        lrn=shipment.reference,
        declarant=shipment.broker.id,
        trader=shipment.home.id,
        day=shipment.day,
        honest=honest,
        kinds=kinds,
        items=tuple(
            TrueItem(n, x.code, x.text, x.origin, x.price, shipment.currency, x.net, x.quantity, x.unit)
            for n, x in enumerate(shipment.lines, 1)
        ),
        network=shipment.network,
        understated=understated,
        stake=_stake(shipment, claim, understated),
        permits=shipment.permit_faults or msgspec.UNSET,
        cargo=cargo_truth(shipment) or msgspec.UNSET,
    )


def _stake(shipment: Shipment, claim: Claim, understated: Decimal) -> str:
    """What separates the claim from the truth, in words: one clause per difference."""
    clauses: list[str] = []
    if understated:
        clauses.append(f"value understated by {understated} USD")
    for line, real in zip(claim.lines, shipment.lines, strict=True):
        if line.code != real.code:
            clauses.append(f"item {line.number}: declared under {line.code}, is {real.code}")
        if line.origin != real.origin:
            clauses.append(f"item {line.number}: declared to originate in {line.origin}, is of {real.origin}")
        if line.net != real.net:
            clauses.append(f"item {line.number}: {real.net - line.net} kg net not declared")
    if "splitting" in shipment.frauds:
        clauses.append(f"one part of a consignment cut into low value parcels under {shipment.journey.master}")
    return "; ".join(clauses)
