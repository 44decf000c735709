"""The simulated world: its traders, and what they ship day after day.

A day depends on the seed, the date and the name of the run only, so any day can be made without the days before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

import msgspec

from customhouse.simulator import permit
from customhouse.simulator.border import (
    ENTRIES,
    INVOICE,
    LOW_VALUE_USD,
    PACKING_LIST,
    TRANSPORT_DOCUMENT,
    preference_for,
)
from customhouse.simulator.cargo import fits_parcel, freight_usd, journey, lines, outward
from customhouse.simulator.carriage import carriage
from customhouse.simulator.carriers import ShippingLine, fleet
from customhouse.simulator.draw import Draw
from customhouse.simulator.goods import catalogue
from customhouse.simulator.mistake import MISTAKES
from customhouse.simulator.money import in_usd, priced
from customhouse.simulator.shipment import Firm, Journey, Line, Paper, Shipment
from customhouse.simulator.trader import RING, Broker, Partner, Trader, brokers, ring_supplier, traders

# Trade of a weekday relative to the mean of the week (Monday first).
WEEKDAYS = (1.25, 1.3, 1.3, 1.25, 1.2, 0.5, 0.2)
PARCEL_SHARE = 0.05
MISTAKE_RATE = 0.06
RING_DAILY = 0.02
RING_PARCELS = (5, 8)


class World:
    """A border in a box from `start` on. `traders`, `brokers` and `fleet` are there to be looked at.

    The same `seed` always gives the same traders, the same days and the same declarations, byte for byte. `broker` (a
    code such as HBL) makes one broker lodge for everybody. With `whole` the carriers report their cargo and traders name
    permits of the register (`permit.held`); shipments are otherwise the same.
    """

    def __init__(self, seed: int, start: date, broker: str = "", *, whole: bool = False) -> None:
        self.seed, self.start, self.whole = seed, start, whole
        self.brokers: dict[str, Broker] = {broker.code: broker for broker in brokers()}
        if broker and broker not in self.brokers:
            raise ValueError(f"{broker!r} is no broker of this world; there are {', '.join(self.brokers)}")
        self.traders: tuple[Trader, ...] = traders(seed, broker)
        self.fleet: tuple[ShippingLine, ...] = fleet(Draw(seed, "fleet"))
        self.permits = {(p.document, p.holder): p for p in permit.held(self.traders)} if whole else {}

    def day(self, day: date, run: str = "") -> list[Shipment]:
        """Everything that is declared on `day`, in the order of the clock.

        `run` names another course of the same day (same traders, other shipments) and stands in every reference.
        """
        wanted: list[tuple[datetime, str, Trader]] = []
        for trader in self.traders:
            draw = Draw(self.seed, run, day, trader.key)
            happening = draw.count(trader.weekly / 7 * WEEKDAYS[day.weekday()])
            wanted.extend(
                (_moment(draw, day), f"{self.seed}/{run}/{day}/{trader.key}/{n}", trader) for n in range(happening)
            )
        wanted.sort(key=lambda one: one[:2])
        references = (f"{run or format(day, '%y%m%d')}-{n:04d}" for n in count(1))
        shipments = [self._shipment(trader, at, seed, next(references), Draw(seed)) for at, seed, trader in wanted]
        shipments.extend(self._ring(day, run, references))
        if self.whole:
            shipments = [self._widened(shipment) for shipment in shipments]
        return sorted(shipments, key=lambda s: s.at)

    def _widened(self, shipment: Shipment) -> Shipment:
        """The same shipment with its permits and its cargo report."""
        known = permit.with_permits(shipment, self.permits)
        return msgspec.structs.replace(known, carriage=carriage(known))

    def trade(self, n: int | None = None, run: str = "") -> Iterator[Shipment]:
        """The first `n` shipments from `start` on (without `n`: without end)."""
        left = n
        day = self.start
        while left is None or left > 0:
            for shipment in self.day(day, run)[:left]:
                yield shipment
                left = left if left is None else left - 1
            day += timedelta(days=1)

    def _shipment(self, trader: Trader, at: datetime, seed: str, reference: str, draw: Draw) -> Shipment:
        partner = draw.one(trader.partners)
        fraud = (trader.fraud,) if trader.fraud and draw.chance(trader.fraud_rate) else ()
        small = trader.direction == "import" and not fraud and _can_be_small(partner)
        parcel = draw.between(18, LOW_VALUE_USD * 0.95) if small and draw.chance(PARCEL_SHARE) else 0.0
        goods = lines(draw, partner, at.date(), parcel_usd=parcel)
        if trader.direction == "export":
            way = self._way_out(draw, partner, at.date(), goods)
        else:
            way = self._way_in(draw, partner, at.date(), goods)
        return self._packed(trader, partner, goods, way, at, seed, reference, draw, fraud, bool(parcel))

    def _way_in(self, draw: Draw, partner: Partner, day: date, goods: tuple[Line, ...]) -> Journey:
        entry = draw.weighted(dict(ENTRIES[partner.mode]))
        return journey(draw, partner.mode, partner.country, entry, day, _gross(goods), self.fleet)

    def _way_out(self, draw: Draw, partner: Partner, day: date, goods: tuple[Line, ...]) -> Journey:
        mode = "1" if partner.mode == "3" else partner.mode
        entry = draw.weighted(dict(ENTRIES[mode]))
        return outward(draw, mode, partner.country, entry, day, _gross(goods), self.fleet)

    def _packed(  # noqa: PLR0913 - everything that has been decided about one shipment, put together once
        self,
        trader: Trader,
        partner: Partner,
        goods: tuple[Line, ...],
        way: Journey,
        at: datetime,
        seed: str,
        reference: str,
        draw: Draw,
        frauds: tuple[str, ...],
        parcel: bool,
    ) -> Shipment:
        day = at.date()
        broker = self.brokers[trader.broker]
        home = way.unloading if trader.direction == "import" else way.loading
        entry = next(e for e, _ in ENTRIES[way.mode] if e.locode == home)
        price = sum((line.price for line in goods), Decimal(0))
        value = float(in_usd(price, partner.currency, day))
        carriage = freight_usd(draw, way.mode, _gross(goods), value)
        return Shipment(
            reference=f"{broker.code}-{reference}",
            seed=seed,
            at=at,
            direction=trader.direction,
            trader=trader.key,
            procedure=trader.procedure,
            home=trader.firm,
            abroad=partner.firm,
            broker=broker.firm,
            office=entry.office,
            location=entry.location,
            lines=goods,
            journey=way,
            currency=partner.currency,
            incoterm=partner.incoterm if trader.direction == "import" else "FOB",
            freight=priced(carriage, "USD", day),
            insurance=priced(max(5.0, value * 0.003), "USD", day),
            papers=_papers(draw, partner.firm, trader.firm, goods, way, day),
            pays_after=trader.pays_after,
            deferred=trader.deferred,
            parcel=parcel,
            frauds=frauds,
            mistakes=_mistakes(draw, broker),
            network=trader.network if frauds == ("splitting",) else "",
        )

    def _ring(self, day: date, run: str, references: Iterator[str]) -> Iterator[Shipment]:
        """Now and then the ring brings in one consignment as many small parcels for several of its members."""
        draw = Draw(self.seed, run, day, RING)
        members = [t for t in self.traders if t.network == RING]
        if not members or not draw.chance(RING_DAILY):
            return
        partner = ring_supplier(self.seed)
        parts = draw.whole(*RING_PARCELS)
        whole = self._way_in(draw, partner, day, ())
        at = _moment(draw, day)
        for n in range(parts):
            seed = f"{self.seed}/{run}/{day}/{RING}/{n}"
            part = Draw(seed)
            goods = lines(part, partner, day, parcel_usd=part.between(0.86, 0.98) * LOW_VALUE_USD)
            way = msgspec.structs.replace(whole, document=f"{whole.document}/{n + 1:02d}", master=whole.document)
            member = members[n % len(members)]
            moment = at + timedelta(minutes=n * part.whole(2, 9))
            yield self._packed(
                member, partner, goods, way, moment, seed, next(references), part, ("splitting",), parcel=True
            )


def _moment(draw: Draw, day: date) -> datetime:
    """A time of the working day, most often in the morning."""
    minutes = min(1439.0, max(0.0, draw.around(11 * 60, 0.22)))
    return datetime.combine(day, time(), UTC) + timedelta(seconds=int(minutes * 60))


def _gross(goods: tuple[Line, ...]) -> Decimal:
    return sum((line.gross for line in goods), Decimal(0))


def _can_be_small(partner: Partner) -> bool:
    return partner.mode == "4" and all(fits_parcel(catalogue()[key]) for key in partner.goods)


def _mistakes(draw: Draw, broker: Broker) -> tuple[str, ...]:
    return (draw.weighted(MISTAKES),) if draw.chance(MISTAKE_RATE * broker.slips) else ()


def _papers(
    draw: Draw, abroad: Firm, home: Firm, goods: tuple[Line, ...], way: Journey, day: date
) -> tuple[Paper, ...]:
    """The papers that really exist for these goods: those of the trade, those of the law, proofs of origin."""
    issued = min(way.departed, day) - timedelta(days=draw.whole(1, 9))
    seller = abroad if any(line.origin != "XM" for line in goods) else home
    papers = [
        Paper(INVOICE, f"INV-{issued:%y}-{draw.digits(5)}", seller.name, issued),
        Paper(PACKING_LIST, f"PL-{issued:%y}-{draw.digits(5)}", seller.name, issued),
        Paper(TRANSPORT_DOCUMENT[way.mode], way.document, way.carrier, way.departed),
    ]
    for number, line in enumerate(goods, 1):
        papers.extend(
            Paper(code, f"{code}/{draw.digits(6)}", _issuer(code, line), issued, number)
            for code in catalogue()[line.goods].papers
        )
        if line.preference and (offer := preference_for(line.code, line.origin)):
            papers.append(Paper(offer.proof, f"{line.origin}{draw.digits(7)}", abroad.name, issued, number))
    return tuple(papers)


def _issuer(code: str, line: Line) -> str:
    """Certificates come from the country of origin, permits from the authorities here."""
    return f"Authority of {line.origin if code.startswith('N') else 'XM'}"
