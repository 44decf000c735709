"""The border of Meridia as traders know it: where goods arrive, which papers go with them, which preferences are on offer."""

from __future__ import annotations

import msgspec

COUNTRY = "XM"


class Entry(msgspec.Struct, frozen=True):
    """A place of entry: UN/LOCODE, its customs office, the code of the place where goods may be examined."""

    locode: str
    name: str
    office: str
    location: str


# Places of entry by mode of transport.
ENTRIES: dict[str, tuple[tuple[Entry, float], ...]] = {
    "1": (
        (Entry("XMPSV", "Port Sauveur", "XM000101", "XMPSVQ1"), 8.0),
        (Entry("XMNCP", "Northcape", "XM000103", "XMNCPQ1"), 2.0),
    ),
    "3": ((Entry("XMPSV", "Port Sauveur", "XM000101", "XMPSVF1"), 1.0),),
    "4": ((Entry("XMBLM", "Belombre Airport", "XM000102", "XMBLMA1"), 1.0),),
}

INVOICE, PACKING_LIST = "N935", "N271"
TRANSPORT_DOCUMENT = {"1": "N705", "3": "N730", "4": "N740"}


class Preference(msgspec.Struct, frozen=True):
    """A preference on offer: its code, the countries that have it, the proof of origin it asks for."""

    code: str
    countries: frozenset[str]
    proof: str


PREFERENCES: tuple[Preference, ...] = (
    Preference("300", frozenset("AT BE DE ES FR GR IE IT NL PT".split()), "N954"),
    Preference("200", frozenset("BD IN KE LK PK VN".split()), "N865"),
)

# Parcels up to this value are declared under the low value procedure.
LOW_VALUE_USD = 150
LOW_VALUE_PROCEDURE = "C07"


def preference_for(country: str) -> Preference | None:
    """The preference on offer for goods that originate in `country`."""
    return next((p for p in PREFERENCES if country in p.countries), None)
