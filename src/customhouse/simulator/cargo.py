"""What is loaded and how it travels: lines of goods at going prices, and the journey that brings them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from customhouse.simulator.border import LOW_VALUE_USD, Entry, preference_for
from customhouse.simulator.carriers import (
    AIRLINES,
    HAULIERS,
    ShippingLine,
    air_waybill,
    boxes_needed,
    container_number,
)
from customhouse.simulator.draw import Draw
from customhouse.simulator.goods import Goods, catalogue, loading_place
from customhouse.simulator.money import priced
from customhouse.simulator.shipment import Container, Journey, Line
from customhouse.simulator.trader import Partner

GRAM = Decimal("0.001")
SCALES = ((20.0, GRAM), (1000.0, Decimal("0.1")), (float("inf"), Decimal(1)))
PIECES = ("NAR", "NPR", "LTR")
# How many lines a shipment has, with weights.
LINE_COUNTS = {1: 56, 2: 17, 3: 11, 4: 6, 5: 4, 8: 3, 12: 2, 20: 1}
# Share of importers who do not trouble to claim a preference they could have.
UNCLAIMED = 0.25
TRANSIT_DAYS = {"1": (12, 42), "3": (1, 3), "4": (1, 3)}
# Dollars a kilogram, least charge, and the most it can be as a share of the price.
FREIGHT = {"1": (0.14, 350.0), "3": (0.25, 180.0), "4": (4.2, 70.0)}
BULK_FREIGHT = 0.03
DEAREST = 0.35


def kilograms(mass: float) -> Decimal:
    """A mass as a scale of fitting size shows it: in grams, in hundred grams, in whole kilograms."""
    step = next(step for limit, step in SCALES if mass < limit)
    return max(Decimal(mass).quantize(step, ROUND_HALF_UP), step)


def fits_parcel(goods: Goods) -> bool:
    """Whether a few of these make a parcel of low value that needs no papers of its own."""
    return not goods.papers and (not goods.each or goods.usd / goods.each < LOW_VALUE_USD / 3)


def lines(draw: Draw, partner: Partner, day: date, *, parcel_usd: float = 0.0) -> tuple[Line, ...]:
    """What the partner ships this time; `parcel_usd` makes it one small parcel worth about that."""
    offered = [catalogue()[key] for key in partner.goods]
    count = 1 if parcel_usd else draw.weighted(LINE_COUNTS)
    if any(goods.lot > 100_000 for goods in offered):
        count = 1
    count = min(count, 4 * len(offered))
    chosen = [*draw.some(offered, count), *(draw.one(offered) for _ in range(count - len(offered)))]
    return tuple(_line(draw, goods, partner, day, count, parcel_usd) for goods in chosen)


def _line(draw: Draw, goods: Goods, partner: Partner, day: date, count: int, parcel_usd: float) -> Line:
    dear = partner.dearness * draw.around(1.0, goods.spread)
    if parcel_usd:
        packages, net = 1, parcel_usd / (goods.usd * dear)
    else:
        packages, net = _lot(draw, goods, count)
    net_mass = kilograms(net)
    quantity = _quantity(goods, net)
    if quantity is not None and goods.unit in PIECES and goods.each * goods.per > 0.9:
        net_mass = kilograms(float(quantity) / goods.each)
    gross = net_mass + kilograms(float(net_mass) * goods.tare * draw.between(0.85, 1.15)) if goods.tare else net_mass
    origin = partner.country if partner.country in goods.origins else "XM"
    offer = preference_for(goods.code, origin)
    return Line(
        goods=goods.key,
        code=goods.code,
        text=goods.text,
        origin=origin,
        net=net_mass,
        gross=gross,
        price=priced(float(net_mass) * goods.usd * dear, partner.currency, day),
        packages=packages,
        package_type=goods.pack,
        marks=f"{draw.letters(3)} {draw.digits(5)}" if packages > 1 else "as addressed",
        unit=goods.unit,
        quantity=quantity,
        preference=offer.code if offer and not parcel_usd and not draw.chance(UNCLAIMED) else "",
    )


def _lot(draw: Draw, goods: Goods, count: int) -> tuple[int, float]:
    """(packages, net kilograms) of one of `count` lines: whole packages, smaller lots when there are many lines."""
    wanted = draw.around(goods.lot, 0.55) / count**0.75
    packages = max(1, round(wanted / goods.per))
    if goods.per > 100_000:
        return 1, wanted
    return packages, packages * goods.per


def _quantity(goods: Goods, net: float) -> Decimal | None:
    if not goods.unit:
        return None
    if goods.unit in PIECES:
        return Decimal(max(1, round(net * goods.each)))
    return max(Decimal(net * goods.each).quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal("0.01"))


class Route(msgspec.Struct, frozen=True):
    """From where to where (UN/LOCODE) and when."""

    loading: str
    unloading: str
    departed: date
    arrived: date


def journey(
    draw: Draw,
    mode: str,
    abroad: str,
    entry: Entry,
    day: date,
    gross: Decimal,
    fleet: tuple[ShippingLine, ...],
) -> Journey:
    """An inward journey from the country `abroad` that ends at `entry` shortly before `day`."""
    departed = day - timedelta(days=draw.whole(*TRANSIT_DAYS[mode]))
    arrived = max(departed, day - timedelta(days=draw.whole(0, 2)))
    route = Route(loading_place(abroad, mode).locode, entry.locode, departed, arrived)
    if mode == "1":
        return _by_sea(draw, route, gross, fleet)
    return _by_air(draw, route) if mode == "4" else _by_road(draw, route)


def outward(
    draw: Draw,
    mode: str,
    abroad: str,
    entry: Entry,
    day: date,
    gross: Decimal,
    fleet: tuple[ShippingLine, ...],
) -> Journey:
    """The journey of an export that leaves `entry` soon after `day`."""
    leaves = day + timedelta(days=draw.whole(1, 4))
    there = loading_place(abroad, mode).locode
    route = Route(entry.locode, there, leaves, leaves + timedelta(days=draw.whole(*TRANSIT_DAYS[mode])))
    return _by_sea(draw, route, gross, fleet) if mode == "1" else _by_air(draw, route)


def _by_sea(draw: Draw, route: Route, gross: Decimal, fleet: tuple[ShippingLine, ...]) -> Journey:
    line = draw.one(fleet)
    ship = draw.one(line.ships)
    boxes = tuple(
        Container(container_number(line.boxes, draw.whole(100000, 999999)), f"{draw.letters(2)}{draw.digits(7)}")
        for _ in range(boxes_needed(gross))
    )
    return Journey(
        mode="1",
        carrier=line.name,
        means=ship.name,
        means_id=ship.imo,
        means_type="10",
        nationality=ship.flag,
        voyage=f"{route.arrived:%y%j}N",
        document=f"{line.code}{route.loading[2:]}{draw.digits(7)}",
        containers=boxes,
        **msgspec.structs.asdict(route),
    )


def _by_air(draw: Draw, route: Route) -> Journey:
    airline = draw.one(AIRLINES)
    flight = f"{airline.code}{draw.whole(100, 989)}"
    return Journey(
        mode="4",
        carrier=airline.name,
        means=flight,
        means_id=flight,
        means_type="40",
        nationality=airline.country,
        voyage=flight,
        document=air_waybill(airline.prefix, draw.whole(1_000_000, 9_999_999)),
        **msgspec.structs.asdict(route),
    )


def _by_road(draw: Draw, route: Route) -> Journey:
    plate = f"{draw.digits(4)}{draw.letters(2)}{draw.digits(2)}"
    return Journey(
        mode="3",
        carrier=draw.one(HAULIERS),
        means=plate,
        means_id=plate,
        means_type="30",
        nationality=route.loading[:2],
        voyage="",
        document=f"CMR{draw.digits(8)}",
        **msgspec.structs.asdict(route),
    )


def freight_usd(draw: Draw, mode: str, gross: Decimal, price_usd: float) -> float:
    """What the carriage costs in dollars."""
    rate, least = FREIGHT[mode]
    if not boxes_needed(gross):
        rate = BULK_FREIGHT
    cost = max(least, float(gross) * rate * draw.around(1.0, 0.25))
    return max(15.0, min(cost, price_usd * DEAREST))
