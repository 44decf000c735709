"""Supplementary declarations: what a simplified declaration leaves owed, and which one completes it.

A simplified declaration (third letter of its type B, C, E or F) lets goods go on less than everything; the rest is
owed by a day that the law sets, in a supplementary declaration (X, Y, Z) that names the first as its previous document.
"""

from __future__ import annotations

from datetime import date, timedelta

from customhouse.kernel.mrn import MRN
from customhouse.law.book import Law
from customhouse.record.lodgement import Lodgement

SIMPLIFIED, SUPPLEMENTARY = "BCEF", "XYZ"
# The kind of supplementary declaration that completes each kind of simplified one: occasional (B, E), regular (C, F).
COMPLETED_BY = {"B": "X", "E": "X", "C": "Y", "F": "Y"}


def owed_by(lodged: Lodgement, accepted: date, law: Law) -> date | None:
    """The last day to complete `lodged`; None where it is no simplified declaration, or the law sets no day."""
    term = law.supplementary
    if lodged.type[2:3] not in SIMPLIFIED or not lodged.type[2:3] or term is None:
        return None
    months = accepted.year * 12 + accepted.month - 1 + term.months
    first = date(months // 12, months % 12 + 1, 1)
    after = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return min(first + timedelta(days=term.day - 1), after - timedelta(days=1))


def completes(lodged: Lodgement) -> tuple[str, ...]:
    """The MRNs that a supplementary declaration names as previous documents, each once; empty for any other declaration."""
    if lodged.type[2:3] not in SUPPLEMENTARY or not lodged.type[2:3]:
        return ()
    shipment = lodged.goods_shipment
    named = (*shipment.previous_documents, *(p for item in shipment.items for p in item.previous_documents))
    return tuple(dict.fromkeys(p.id.upper() for p in named if MRN.is_valid(p.id.upper())))
