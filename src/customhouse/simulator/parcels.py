"""Made-up parcels: a day of small orders, with the faults and tricks that such days hold.

About one in forty is wrong or suspicious: a vague description, an unknown currency or code, a split order, a price far too
low, the same parcel twice. Everything comes from the seed.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec.structs import replace

from customhouse.record.parcel import Parcel
from customhouse.simulator.draw import Draw

GOODS: tuple[tuple[str, str, str, float, float], ...] = (
    # description, tariff code, origin, usual price, kilograms
    ("Cotton T-shirt, printed", "61091000", "CN", 11, 0.18),
    ("Men's trousers of cotton", "62034200", "BD", 24, 0.55),
    ("Plastic salad bowl", "39241000", "CN", 9, 0.5),
    ("Handbag of imitation leather", "42022200", "CN", 22, 0.6),
    ("Plastic lunch box", "39241000", "CN", 8, 0.3),
    ("Wooden bird house", "94036000", "CN", 27, 1.9),
    ("Building blocks for children", "95030000", "CN", 18, 0.9),
    ("Smartphone, refurbished", "85171300", "CN", 95, 0.35),
    ("Battery pack of lithium-ion cells", "85076000", "CN", 21, 0.3),
    ("Blades for an electric shaver", "85109000", "DE", 16, 0.1),
    ("Roasted coffee beans", "09012100", "ET", 14, 0.5),
    ("Cheese, matured", "04069000", "FR", 26, 1.0),
    ("Ceramic tiles, samples of three", "69072100", "IT", 12, 2.4),
    ("Brake pads for cars", "87089900", "DE", 44, 1.6),
)
VAGUE = ("gift", "spare parts", "various goods", "Black, size L", "samples", "accessories for ladies")
STREETS = ("Harbour Street", "Lighthouse Road", "Market Lane", "Coral Avenue", "Station Street", "Mill Hill")
TOWNS = (("10001", "Port Meridia"), ("20010", "North Harbour"), ("30004", "Westbay"), ("41100", "Hilltop"))
NAMES = ("Ana", "Bruno", "Chloe", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Léa", "Marco")
SURNAMES = (
    "Adler",
    "Bianchi",
    "Costa",
    "Dubois",
    "Evans",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jensen",
    "Keller",
)
RATES = {"USD": 1.0, "EUR": 1.05, "GBP": 1.27}


def parcels(count: int, *seed: object) -> Iterator[Parcel]:
    """So many parcels of one consolidation; a longer one begins like a shorter one."""
    draw = Draw("parcels", *seed)
    chance = Random("/".join(map(str, ("parcels of", *seed))))  # noqa: S311 - made-up trade, not secrets
    last = Parcel()
    for n in range(count):
        made = _plain(n, draw, chance)
        if n and chance.random() < 0.025:
            made = _odd(made, last, chance)
        last = made
        yield made


def _plain(n: int, draw: Draw, chance: Random) -> Parcel:
    goods, code, origin, price, mass = chance.choice(GOODS)
    currency = chance.choice(tuple(RATES))
    worth = max(0.5, chance.gauss(price, price / 5))
    town = chance.choice(TOWNS)
    relieved = worth < 140
    gross = max(0.02, chance.gauss(mass, mass / 8))
    own = draw.letters(5)  # a nation's people and doors: among millions of parcels, few go to the same
    return Parcel(
        reference=f"LX{n:09d}{origin}",
        consignor=f"{chance.choice(SURNAMES)} Trading {chance.randrange(60)}",
        consignor_country=origin,
        consignee=f"{chance.choice(NAMES)} {chance.choice(SURNAMES)} {own[:3]}",
        address=f"{chance.randrange(1, 4000)} {chance.choice(STREETS)}, flat {own[3:]}",
        postcode=town[0],
        city=town[1],
        description=f"{goods}, article {chance.randrange(400)}",
        code=code,
        origin=origin,
        packages="1",
        gross_mass=f"{gross:.3f}",
        net_mass=f"{gross * 0.9:.3f}",
        price=f"{worth / RATES[currency]:.2f}",
        currency=currency,
        procedures="C07 F48" if relieved else "",
        scheme=f"IM{chance.randrange(100):010d}" if relieved else "",
        invoice=f"SO-{n}",
        posted="20261120",
    )


def _odd(made: Parcel, last: Parcel, chance: Random) -> Parcel:
    match chance.randrange(7):
        case 0:
            return replace(made, description=chance.choice(VAGUE))
        case 1:
            return replace(made, code=chance.choice(("", "12", "999999")))
        case 2:
            return replace(made, currency=chance.choice(("XXZ", "eur", "")))
        case 3:
            to = {name: getattr(last, name) for name in ("consignee", "address", "postcode", "city")}
            return replace(made, **to, price="139.00", currency="USD", procedures="C07", scheme="")
        case 4:
            return replace(made, price=f"{float(made.price) / 50:.2f}")
        case 5:
            return replace(made, procedures="C07 F48", scheme="")
    return last
