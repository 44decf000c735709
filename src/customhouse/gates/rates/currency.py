"""Which currency a country of the table of rates had in a month (ISO 4217, historic codes included)."""

from __future__ import annotations

from datetime import date

CURRENCIES: dict[str, tuple[tuple[str, str], ...]] = {
    "Australia": (("", "AUD"),),
    "Austria": (("", "ATS"), ("2002-01", "EUR")),
    "Belgium": (("", "BEF"), ("2002-01", "EUR")),
    "Brazil": (("1994-07", "BRL"),),
    "Canada": (("", "CAD"),),
    "China": (("", "CNY"),),
    "Denmark": (("", "DKK"),),
    "Euro": (("1999-01", "EUR"),),
    "Finland": (("", "FIM"), ("2002-01", "EUR")),
    "France": (("", "FRF"), ("2002-01", "EUR")),
    "Germany": (("", "DEM"), ("2002-01", "EUR")),
    "Greece": (("", "GRD"), ("2001-01", "EUR")),
    "Hong Kong": (("", "HKD"),),
    "India": (("", "INR"),),
    "Ireland": (("", "IEP"), ("2002-01", "EUR")),
    "Italy": (("", "ITL"), ("2002-01", "EUR")),
    "Japan": (("", "JPY"),),
    "Malaysia": (("", "MYR"),),
    "Mexico": (("1993-01", "MXN"),),
    "Netherlands": (("", "NLG"), ("2002-01", "EUR")),
    "New Zealand": (("", "NZD"),),
    "Norway": (("", "NOK"),),
    "Portugal": (("", "PTE"), ("2002-01", "EUR")),
    "Singapore": (("", "SGD"),),
    "South Africa": (("", "ZAR"),),
    "South Korea": (("", "KRW"),),
    "Spain": (("", "ESP"), ("2002-01", "EUR")),
    "Sri Lanka": (("", "LKR"),),
    "Sweden": (("", "SEK"),),
    "Switzerland": (("", "CHF"),),
    "Taiwan": (("", "TWD"),),
    "Thailand": (("", "THB"),),
    "United Kingdom": (("", "GBP"),),
    "Venezuela": (("", "VEF"), ("2018-09", "VES")),
}
"""Country: (first month, currency), in order. The table restates old bolivars of Venezuela in those of 2008."""


def currency_of(country: str, month: date) -> str:
    """The currency of a country in a month; empty when it is not known."""
    found = ""
    for first, currency in CURRENCIES.get(country, ()):
        if f"{month:%Y-%m}" >= first:
            found = currency
    return found
