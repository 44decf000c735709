"""The party office: which names of a declaration are asked, the hold until they are answered, what a confirmed party means.

Who is looked for is decided outside (watch lists); whether a declared party is one of them is decided by a person.
Source: WCO Risk Management Compendium, Volume 2 (profiles and targeting of parties); UN Security Council sanctions regimes.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from customhouse.law.book import Hit
from customhouse.record.acts import Held
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason
from customhouse.record.lanes import Lane
from customhouse.record.lodgement import Lodgement
from customhouse.record.parts import Party, TransportMeans
from customhouse.record.party_flow import confirmed
from customhouse.record.screening import PartyRole, Screening

R = PartyRole


class Named(msgspec.Struct, frozen=True, gc=False):
    """A party as the declaration names it; `number` and `country` are empty where it does not say."""

    role: PartyRole
    name: str
    number: str = ""
    country: str = ""


def named(lodged: Lodgement) -> tuple[Named, ...]:
    """Every party that the declaration names, each once under its first role; those without a name too."""
    found: dict[tuple[str, str], Named] = {}
    for one in _all(lodged):
        found.setdefault((one.name, one.number), one)
    return tuple(found.values())


def _all(lodged: Lodgement) -> Iterator[Named]:
    shipment, cover = lodged.goods_shipment, lodged.consignment
    carried = shipment.consignment
    yield from _parties(
        (R.IMPORTER, shipment.importer),
        (R.EXPORTER, lodged.exporter),
        (R.DECLARANT, lodged.declarant),
        (R.AGENT, lodged.agent),
        (R.CONSIGNEE, shipment.consignee),
        (R.CONSIGNOR, shipment.consignor),
        (R.BUYER, shipment.buyer),
        (R.SELLER, shipment.seller),
        (R.PAYER, shipment.payer),
        (R.SURETY, shipment.surety),
    )
    for transport in (carried, cover):
        if transport is not None:
            yield from _parties((R.CARRIER, transport.carrier), (R.CONSIGNOR, transport.consignor))
            yield from _parties(*((R.CONSIGNOR, one.consignor) for one in transport.items))
            yield from _means(transport.arrival_means, transport.departure_means)
    yield from _means(lodged.border_means)
    for item in shipment.items:
        yield from _parties(
            (R.CONSIGNEE, item.consignee), (R.CONSIGNOR, item.consignor), (R.BUYER, item.buyer), (R.SELLER, item.seller)
        )


def _parties(*declared: tuple[PartyRole, Party | None]) -> Iterator[Named]:
    for role, party in declared:
        if party is not None and (party.name.strip() or party.id):
            yield Named(role, party.name.strip(), party.id, party.address.country if party.address else "")
        for contact in party.contacts if party is not None else ():
            if contact.name.strip():
                yield Named(role, contact.name.strip())


def _means(*declared: TransportMeans | None) -> Iterator[Named]:
    for means in declared:
        if means is not None and means.name.strip():
            yield Named(R.MEANS, means.name.strip(), means.id, means.nationality)


def wait() -> Held:
    """The hold until the names can be asked: longer than a moment only where the lists cannot be read here."""
    why = Reason("screening", "The parties of the declaration are being looked up")
    return Held(Hold(HoldKind.SCREENING, "", (), (why,)))


def with_earlier(found: Screening, before: Screening | None) -> Screening:
    """A screening with the alarms that an earlier version of the declaration left, unless they were found again."""
    if before is None:
        return found
    keys = {a.key for a in found.alarms}
    kept = tuple(a for a in before.alarms if a.earlier and a.key not in keys)
    return msgspec.structs.replace(found, alarms=(*found.alarms, *kept)) if kept else found


def hits(d: Declaration) -> tuple[Hit, ...]:
    """What targeting is told: goods of a confirmed party are examined."""
    if not confirmed(d):
        return ()
    return (Hit("party", Lane.RED.value, "Customs has questions about a party", confidential=True),)
