"""The border of Meridia as traders know it: where goods arrive, which papers they need, which preferences are on offer.

Traders know the law of the land in their own words; that their knowledge agrees with the country's pack is tested.
"""

from __future__ import annotations

import msgspec

from customhouse.kernel.number import iso6346_check

COUNTRY = "XM"


class Entry(msgspec.Struct, frozen=True):
    """A place of entry: UN/LOCODE, its customs office, the code of the place where goods may be examined."""

    locode: str
    name: str
    office: str
    location: str


PORT = Entry("XMPME", "Port Meridia", "XM000010", "XMPMEQ1")
FERRY_RAMP = Entry("XMPME", "Port Meridia", "XM000010", "XMPMEF1")
NORTH = Entry("XMNHB", "North Harbour", "XM000030", "XMNHBQ1")
AIRPORT = Entry("XMMIA", "Meridia International Airport", "XM000020", "XMMIAA1")

# Places of entry and exit by mode of transport, with weights.
ENTRIES: dict[str, tuple[tuple[Entry, float], ...]] = {
    "1": ((PORT, 8.0), (NORTH, 2.0)),
    "3": ((FERRY_RAMP, 1.0),),
    "4": ((AIRPORT, 1.0),),
}

INVOICE, PACKING_LIST, CARGO_REPORT = "N935", "N271", "N785"
TRANSPORT_DOCUMENT = {"1": "N705", "3": "N730", "4": "N740"}


class Preference(msgspec.Struct, frozen=True):
    """A preference on offer: its code, the countries that have it, the proof it asks for, the chapters it covers.

    No chapters means all but those in `not_for`.
    """

    code: str
    countries: frozenset[str]
    proof: str
    chapters: frozenset[str] = frozenset()
    not_for: frozenset[str] = frozenset()

    def covers(self, code: str, country: str) -> bool:
        chapter = code[:2]
        offered = chapter in self.chapters if self.chapters else chapter not in self.not_for
        return country in self.countries and offered


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


ATOLL = Preference(
    "300",
    _set("FJ WS TO VU SB KI TV NR PG"),
    "N954",
    chapters=_set("02 03 04 07 08 16 17 19 20 22 39 61 62 63 64 69 73 84 85 87 94 95"),
)
LEAST_DEVELOPED = Preference("200", _set("BD ET KH MM UG TZ"), "N865", not_for=_set("22 24 27 93"))
PREFERENCES = (ATOLL, LEAST_DEVELOPED)

# Goods under anti-dumping duty when they come from the country: (tariff code, country).
DUMPED = frozenset({("72142000", "CN")})

# Headings whose duties, excises or levies are charged on mass or quantity, so that declaring less of it pays.
BY_QUANTITY = _set("0402 0406 1701 2202 2203 2204 2208 2402 2523 2710 4011 6309 8507")

# Parcels up to this value are declared under the low value procedure.
LOW_VALUE_USD = 150
LOW_VALUE_PROCEDURE = "C07"


def preference_for(code: str, country: str) -> Preference | None:
    """The preference on offer for goods of this tariff code that originate in `country`."""
    return next((p for p in PREFERENCES if p.covers(code, country)), None)


def guarantee_reference(year: int, serial: int) -> str:
    """A guarantee reference number: year, country, twelve characters, check character of ISO 6346."""
    head = f"{year % 100:02d}{COUNTRY}{serial:012d}"
    return head + iso6346_check(head)
