"""What the house knew of the actors of a declaration when its lane was set: counts over what was declared and examined before.

`HISTORY` belongs to the header vocabulary of the rule language (`record.facts.HEADER` names the rest). Every count stops
strictly before the declaration it is about. It is recorded with the lane, so that any decision can be judged again and
explained as it was (WCO Risk Management Compendium, volume 2: risk indicators over the record of the operator).
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

HISTORY: dict[str, tuple[Literal["int", "bool"], str]] = {
    "importer_days": ("int", "Days since the importer's first declaration; 0 for a new one"),
    "importer_today": ("int", "Declarations of the importer accepted on the same day before this one"),
    "importer_declarations_30": ("int", "Declarations of the importer in the 30 days before"),
    "importer_declarations_365": ("int", "Declarations of the importer in the 365 days before"),
    "importer_examined_365": ("int", "Of these, how many were examined with a result"),
    "importer_finds_365": ("int", "Of these, how many examinations found something"),
    "importer_value_30": ("int", "Customs value of the importer in the 30 days before, national minor units"),
    "importer_new_goods": ("bool", "The importer never declared goods of one of these headings (HS 4) before"),
    "consignee_parcels_today": (
        "int",
        "Parcels to the consignee (name and postcode) accepted on the same day before this one",
    ),
    "consignee_value_today": ("int", "Customs value of these, national minor units"),
    "address_parcels_today": (
        "int",
        "Parcels to the address accepted on the same day before this one, whoever the consignee",
    ),
    "address_value_today": ("int", "Customs value of these, national minor units"),
    "alike_today": ("int", "Of the parcels to the consignee, those from the same sender with the same goods and price"),
    "typical_value_percent": (
        "int",
        "Customs value per kilogram against what is typical of the heading (HS 4), per cent; 0: not known",
    ),
    "declarant_days": ("int", "Days since the declarant's first declaration; 0 for a new one"),
    "declarant_declarations_365": ("int", "Declarations of the declarant in the 365 days before"),
    "declarant_examined_365": ("int", "Of these, how many were examined with a result"),
    "declarant_finds_365": ("int", "Of these, how many examinations found something"),
    "exporter_declarations_365": ("int", "Declarations that name the exporter in the 365 days before"),
    "exporter_examined_365": ("int", "Of these, how many were examined with a result"),
    "exporter_finds_365": ("int", "Of these, how many examinations found something"),
}


class HistoryFacts(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The facts of `HISTORY`, one field each; 0 where nothing is known."""

    importer_days: int = 0
    importer_today: int = 0
    importer_declarations_30: int = 0
    importer_declarations_365: int = 0
    importer_examined_365: int = 0
    importer_finds_365: int = 0
    importer_value_30: int = 0
    importer_new_goods: bool = False
    consignee_parcels_today: int = 0
    consignee_value_today: int = 0
    address_parcels_today: int = 0
    address_value_today: int = 0
    alike_today: int = 0
    typical_value_percent: int = 0
    declarant_days: int = 0
    declarant_declarations_365: int = 0
    declarant_examined_365: int = 0
    declarant_finds_365: int = 0
    exporter_declarations_365: int = 0
    exporter_examined_365: int = 0
    exporter_finds_365: int = 0


NO_HISTORY = HistoryFacts()


def named(history: HistoryFacts) -> dict[str, Any]:
    """Name -> value, in the order of `HISTORY`."""
    return msgspec.structs.asdict(history)
