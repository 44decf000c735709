"""Which tariff goods pay that enter Northern Ireland: that of the United Kingdom, or that of the European Union.

Goods are at risk of moving on to the Union unless the duty there is not higher, or an authorised trader says that they
stay and the difference is less than three per cent of their value; goods from Great Britain pay nothing when an authorised
trader says that they stay. Source: Decision 4/2020 of the Withdrawal Agreement Joint Committee, article 3; Decision 1/2023.
"""

from __future__ import annotations

from typing import Literal

from customhouse.record.lodgement import GoodsItem, Lodgement

Side = Literal["UK", "EU"]
FROM_ABROAD, FROM_GREAT_BRITAIN, STAYS, UK_QUOTA, EU_PREFERENCE = "NIIMP", "NIDOM", "NIREM", "NIQUO", "EUPRF"
TRUSTED = ("UKIM", "UKTS")
UNION = ("A50", "A70", "A80", "A85", "A90", "A95", "B05", "CSD")
"""Tax types that only the tariff of the Union brings."""

PERCENT = 3


def statements(item: GoodsItem, lodged: Lodgement | None) -> dict[str, str]:
    """The additional information of an item and of the header: code to text."""
    said = item.information if lodged is None else (*lodged.information, *item.information)
    return {s.code: s.text for s in said if s.code}


def trusted(lodged: Lodgement | None) -> bool:
    """Whether an authorisation for goods that stay is declared."""
    return lodged is not None and any(h.category in TRUSTED for h in lodged.authorisation_holders)


def side(said: dict[str, str], trust: bool, value: int, uk: int | None, eu: int | None) -> Side | None:
    """The tariff that applies to an item of `value` that would pay `uk` or `eu` (minor units; None: not known).

    None where it hangs on a duty that is not known.
    """
    if FROM_GREAT_BRITAIN in said:
        return "EU"
    if FROM_ABROAD not in said or UK_QUOTA in said:
        return "UK"
    if uk is None or eu is None:
        return None
    if eu <= uk or (STAYS in said and trust and (eu - uk) * 100 < value * PERCENT):
        return "UK"
    return "EU"
