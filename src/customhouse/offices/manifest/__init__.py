"""The manifest office: checks cargo reports and degroupages, and says what declarations ask of them.

Every check answers with all of its Problems; warnings do not refuse. What a country accepts (offices, modes, words that say
nothing, how far masses may differ) is law. Source: WCO SAFE Framework, advance electronic cargo information; Revised Kyoto
Convention, Specific Annex A; ISO 6346 for containers.
"""

from __future__ import annotations

from customhouse.offices.manifest.check import check, check_degroupage, merged
from customhouse.offices.manifest.claim import (
    AWAITED,
    CargoClaim,
    awaited,
    claims,
    key,
    nested_key,
    tolerated,
    wait,
    waits,
)
from customhouse.offices.manifest.sight import is_forwarder, sight
from customhouse.offices.manifest.stock import Overdue, Stock, overdue, stock, storage_days

__all__ = [
    "AWAITED",
    "CargoClaim",
    "Overdue",
    "Stock",
    "awaited",
    "check",
    "check_degroupage",
    "claims",
    "is_forwarder",
    "key",
    "merged",
    "nested_key",
    "overdue",
    "sight",
    "stock",
    "storage_days",
    "tolerated",
    "wait",
    "waits",
]
