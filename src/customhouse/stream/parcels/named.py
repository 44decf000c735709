"""Rows that name what an officer asked a look for, before anything of it was declared.

What a declaration names is said by `offices.risk.network`, of each of its parts by itself. So parts of rows are put to it instead of rows:
each distinct receiver, address and transport document once, and only those of kinds that a look was asked for.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from customhouse.offices.risk import network
from customhouse.record.parcel import Consolidation, Parcel, lodgement
from customhouse.stream.items import Flags
from customhouse.stream.parcels.claims import alike
from customhouse.stream.parcels.rows import Rows

PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("importer", ("consignee_id", "consignee")),
    ("exporter", ("consignor",)),
    ("address", ("address", "postcode", "city")),
    ("address", ("consignor_address", "consignor_postcode", "consignor_city", "consignor_country")),
    ("document", ("documents",)),
    ("document", ("previous",)),
)
"""What a parcel can name: the kind of the link, and the fields that it is made of. The declarant is one for all; an invoice is no
transport document, and parcels have no telephones, containers or numbers of means."""


class Named:
    """Asks rows of a consolidation for what is marked: kinds and keys of links."""

    def __init__(self, marked: Collection[tuple[str, str]], of: Consolidation) -> None:
        self.marked, self.of = marked, of
        self.kinds = {kind for kind, _ in marked}

    def __call__(self, rows: Rows) -> Flags:
        """The rows that name any of it."""
        found = np.full(len(rows), self._is_named(Parcel()))
        for kind, fields in PARTS:
            if kind in self.kinds:
                found |= self._of_part(rows, fields)
        return found

    def _of_part(self, rows: Rows, fields: tuple[str, ...]) -> Flags:
        which = np.zeros(len(rows), np.int64)
        for name in fields:
            column = rows.text[name]
            _, which, _ = alike(which * len(column.words) + column.code, len(rows) * len(column.words))
        first = np.zeros(int(which.max(initial=-1)) + 1, np.int64)
        first[which] = np.arange(len(rows))
        asked = [self._is_named(Parcel(**{name: rows.text[name].text(n) for name in fields})) for n in first.tolist()]
        return np.array(asked, bool)[which]

    def _is_named(self, part: Parcel) -> bool:
        return any((link.kind, link.key) in self.marked for link in network.links(lodgement(part, self.of)))
