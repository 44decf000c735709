"""Traders, their suppliers and brokers: people with habits that stay the same from shipment to shipment."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from customhouse.record.lodgement import Address
from customhouse.simulator.border import BY_QUANTITY
from customhouse.simulator.draw import Draw
from customhouse.simulator.goods import Goods, catalogue, loading_place
from customhouse.simulator.money import HOME_CURRENCY
from customhouse.simulator.names import BROKERS, FORMS, KNOWN, PROFILES, STEMS, STREETS, TOWNS, TRADES, Profile
from customhouse.simulator.shipment import Firm


class Partner(msgspec.Struct, frozen=True):
    """A firm abroad that a trader deals with: what it sells (or buys), on which terms, how dear it is (1 usual)."""

    firm: Firm
    country: str
    goods: tuple[str, ...]
    mode: str
    currency: str
    incoterm: str
    dearness: float


class Broker(msgspec.Struct, frozen=True):
    """A customs agent; `slips` is how often it lets mistakes through, relative to the usual."""

    code: str
    firm: Firm
    slips: float


class Trader(msgspec.Struct, frozen=True):
    """A trader of the country.

    `weekly`: shipments a week on average. `fraud`: the kind it commits, in the share `fraud_rate` of its shipments.
    `network`: the group it acts with. `pays_after`: hours until it pays what is due. `deferred`: its deferment account.
    """

    key: str
    firm: Firm
    profile: str
    direction: str
    procedure: str
    partners: tuple[Partner, ...]
    broker: str
    weekly: float
    pays_after: float
    deferred: str = ""
    fraud: str = ""
    fraud_rate: float = 0.0
    network: str = ""


class FraudHabit(msgspec.Struct, frozen=True):
    """A planted habit: which kinds of trader have it, how many of them, in what share of their shipments."""

    kind: str
    profiles: tuple[str, ...]
    traders: int
    rate: float


FRAUD_HABITS: tuple[FraudHabit, ...] = (
    FraudHabit("undervaluation", ("fashion", "vehicles", "electronics"), 2, 0.35),
    FraudHabit("misclassification", ("wine", "fashion", "household"), 2, 0.3),
    FraudHabit("misdescription", ("electronics", "jewel", "beauty"), 1, 0.3),
    FraudHabit("origin", ("builder", "household", "furniture"), 1, 0.35),
    FraudHabit("weight", ("wine", "grocer"), 1, 0.3),
)
# Those who cheat trade less than others, so that planted frauds stay near one shipment in fifty.
QUIET = 0.55
RING = "parcel-ring"
RING_PROFILES = ("electronics", "fashion", "jewel")
RING_SIZE = 4
RING_GOODS = ("sports_shoes", "fashion_jewels", "skin_cream", "t_shirts")

IMPORT_TERMS = {"FOB": 4.0, "CIF": 4.0, "CFR": 1.0, "EXW": 0.7}
AIR_TERMS = {"FCA": 4.0, "CIP": 3.0, "EXW": 1.0}
# Goods that travel on a lorry over the ferry from the nearest neighbours.
FERRY = ("FJ", "VU")
BUYERS = ("AU", "NZ", "JP", "US", "FR", "SG", "FJ")


def brokers() -> tuple[Broker, ...]:
    """The customs agents: the same in every world."""
    found = []
    for n, (code, name, slips) in enumerate(BROKERS):
        town, postcode = TOWNS[n % 3]
        address = Address(city=town, country="XM", line=f"{n + 3} {STREETS[n % len(STREETS)]}", postcode=postcode)
        number = KNOWN.get(name, f"XM7{n:02d}000{(n * 37 + 11) % 1000:03d}")
        found.append(Broker(code, Firm(number, name, address), slips))
    return tuple(found)


def traders(seed: int, broker: str = "") -> tuple[Trader, ...]:
    """All traders of the world `seed`, honest ones and others; with `broker`, all are clients of that one."""
    found = [
        _trader(seed, profile, name, number)
        for number, (profile, name) in enumerate(((p, n) for p in PROFILES for n in p.names), 1)
    ]
    if broker:
        found = [replace(trader, broker=broker) for trader in found]
    return tuple(_with_habits(seed, found))


def _trader(seed: int, profile: Profile, name: str, number: int) -> Trader:
    draw = Draw(seed, "trader", number)
    town, postcode = draw.one(TOWNS)
    address = Address(city=town, country="XM", line=f"{draw.whole(1, 120)} {draw.one(STREETS)}", postcode=postcode)
    firm = Firm(KNOWN.get(name, f"XM1{number:03d}{draw.digits(5)}"), name, address)
    return Trader(
        key=f"T{number:03d}",
        firm=firm,
        profile=profile.key,
        direction=profile.direction,
        procedure=profile.procedure,
        partners=_partners(draw, profile),
        broker=draw.one(BROKERS)[0],
        weekly=profile.weekly * draw.around(1.0, 0.45),
        pays_after=draw.around(3.0, 0.9),
        deferred=f"XMDPO{number:05d}" if draw.chance(0.25) else "",
    )


def _partners(draw: Draw, profile: Profile) -> tuple[Partner, ...]:
    """Suppliers for a handful of the goods of the profile; goods from one country come from one firm."""
    offered = [goods for goods in catalogue().values() if goods.sector in profile.sectors]
    chosen = draw.some(offered, draw.whole(4, 12))
    by_place: dict[tuple[str, str], list[Goods]] = {}
    for goods in chosen:
        mode = draw.weighted(goods.modes)
        countries = list(goods.origins) if profile.direction == "import" else list(BUYERS)
        for country in draw.some(countries, draw.whole(1, 2)):
            by_place.setdefault((country, mode), []).append(goods)
    return tuple(_partner(draw, country, mode, goods) for (country, mode), goods in by_place.items())


def _partner(draw: Draw, country: str, mode: str, goods: list[Goods]) -> Partner:
    bulk = all(g.lot > 100_000 for g in goods)
    if mode == "1" and country in FERRY and not bulk and draw.chance(0.6):
        mode = "3"
    place = loading_place(country, mode)
    form = FORMS.get(country, "Ltd")
    name = f"{draw.one(STEMS)} {draw.one(TRADES)} {form}"
    address = Address(city=place.name, country=country, line=f"{draw.whole(1, 250)} {draw.one(STEMS)} Road")
    home = HOME_CURRENCY.get(country, "USD")
    return Partner(
        firm=Firm("", name, address),
        country=country,
        goods=tuple(g.key for g in goods),
        mode=mode,
        currency=home if draw.chance(0.5) else "USD",
        incoterm=draw.weighted(AIR_TERMS if mode in "34" else IMPORT_TERMS),
        dearness=draw.around(1.0, 0.1),
    )


def ring_supplier(seed: int) -> Partner:
    """The one firm abroad that stands behind all parcels of the ring."""
    draw = Draw(seed, RING)
    place = loading_place("HK", "4")
    name = f"{draw.one(STEMS)} {draw.one(TRADES)} Ltd"
    address = Address(city=place.name, country="HK", line=f"Unit {draw.whole(1, 40)}, {draw.whole(1, 90)} Wharf Road")
    return Partner(Firm("", name, address), "CN", RING_GOODS, "4", "USD", "CIP", 1.0)


def _with_habits(seed: int, found: list[Trader]) -> list[Trader]:
    """Some become dishonest: who, depends on the seed; how, on the table of habits."""
    draw = Draw(seed, "habits")
    free = {trader.key: trader for trader in found if trader.firm.name not in KNOWN}
    changed: dict[str, Trader] = {}
    for habit in FRAUD_HABITS:
        able = [t for t in free.values() if t.profile in habit.profiles and _able(t, habit.kind)]
        for trader in draw.some(able, habit.traders):
            del free[trader.key]
            changed[trader.key] = replace(
                trader, fraud=habit.kind, fraud_rate=habit.rate, weekly=max(1.5, trader.weekly * QUIET)
            )
    ring = draw.some([t for t in free.values() if t.profile in RING_PROFILES], RING_SIZE)
    for trader in ring:
        changed[trader.key] = replace(trader, network=RING)
    return [changed.get(trader.key, trader) for trader in found]


def _able(trader: Trader, kind: str) -> bool:
    """Whether the trader's goods let it commit this kind of fraud at all."""
    if kind == "origin":
        return any(partner.country == "CN" for partner in trader.partners)
    if kind == "weight":
        goods = [catalogue()[key] for partner in trader.partners for key in partner.goods]
        return 2 * sum(g.code[:4] in BY_QUANTITY for g in goods) >= len(goods)
    if kind in ("misclassification", "misdescription"):
        return any(catalogue()[key].decoys for partner in trader.partners for key in partner.goods)
    return True
