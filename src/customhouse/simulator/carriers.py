"""Carriers of the simulated world and the numbers their means and boxes bear; all check digits are right.

Ships, airlines and box owners are made up. Container numbers follow ISO 6346, ship numbers the IMO scheme, air waybills
IATA resolution 600a (serial modulo 7).
"""

from __future__ import annotations

from decimal import Decimal
from math import ceil

import msgspec

from customhouse.kernel.number import iso6346_check
from customhouse.simulator.draw import Draw
from customhouse.simulator.names import words


class Ship(msgspec.Struct, frozen=True):
    name: str
    imo: str
    flag: str


class ShippingLine(msgspec.Struct, frozen=True):
    """A liner company: its code, the owner prefix on its boxes, its ships."""

    code: str
    name: str
    boxes: str
    ships: tuple[Ship, ...]


class Airline(msgspec.Struct, frozen=True):
    """An air carrier: designator, air waybill prefix, country of registration."""

    code: str
    name: str
    prefix: str
    country: str


SHIP_NAMES = words(
    "Alder Trader | Breakwater | Cape Verity | Dunlin | Ebb Constance | Fathom Star | Gannet | Harbour Lyric | "
    "Isle of Rowan | Juniper Bay | Kittiwake | Long Meridian | Mistral Pride | Northing | Ocean Thistle | "
    "Petrel Express"
)
FLAGS = ("PA", "LR", "MH", "SG", "MT", "XM")
LINES = (
    ("BLTL", "Blue Latitude Line", "BLTU"),
    ("MSSC", "Meridia Straits Shipping", "MSTU"),
    ("ORCA", "Orca Container Service", "ORCU"),
    ("TDWN", "Tradewind Liner", "TDWU"),
)
AIRLINES = (
    Airline("ZM", "Air Meridia", "913", "XM"),
    Airline("ZQ", "Crossing Air Cargo", "927", "AE"),
    Airline("ZH", "Halcyon Freighters", "951", "NL"),
)
HAULIERS = ("Causeway Haulage", "Two Shores Transport", "Ferry Lane Logistics")


def imo_number(serial: int) -> str:
    """The ship number whose first six digits are `serial`."""
    digits = f"{serial:06d}"
    check = sum(int(digit) * weight for digit, weight in zip(digits, range(7, 1, -1), strict=True)) % 10
    return f"{digits}{check}"


def container_number(owner: str, serial: int) -> str:
    """The freight container `serial` (six digits) of the owner prefix, three letters and U."""
    head = f"{owner}{serial:06d}"
    return head + iso6346_check(head)


def air_waybill(prefix: str, serial: int) -> str:
    """The air waybill with this seven-digit serial, prefix and number joined by a hyphen."""
    return f"{prefix}-{serial:07d}{serial % 7}"


def fleet(draw: Draw) -> tuple[ShippingLine, ...]:
    """The shipping lines that call, with their ships."""
    names = draw.some(SHIP_NAMES, len(SHIP_NAMES))
    share = len(names) // len(LINES)
    lines = []
    for n, (code, name, boxes) in enumerate(LINES):
        ships = tuple(
            Ship(ship, imo_number(draw.whole(910000, 989999)), draw.one(FLAGS))
            for ship in names[n * share : (n + 1) * share]
        )
        lines.append(ShippingLine(code, name, boxes, ships))
    return tuple(lines)


# Payload of a box in kilograms, and the share of it that is filled on average.
PAYLOAD = Decimal(24_000)
BULK = Decimal(400_000)


def boxes_needed(gross: Decimal) -> int:
    """How many containers a gross mass needs; none for bulk, which travels in holds and tanks."""
    return 0 if gross > BULK else max(1, ceil(gross / PAYLOAD))
