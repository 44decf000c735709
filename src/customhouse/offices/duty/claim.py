"""What an item claims: everything declared that decides which measures bite, and nothing that decides how much they take.

Two items with the same claim have the same plan under the same law, so plans are worked out once per claim.
"""

from __future__ import annotations

from typing import NamedTuple

from customhouse.law.book import Law
from customhouse.record.lodgement import GoodsItem, Lodgement
from customhouse.record.origin import ItemOrigin

PENDING = "proof_pending"
"""The code list of a Book with the document statuses (LPCO exemption codes) that say: the proof will follow."""


class Claim(NamedTuple):
    """`code` and `origin` choose measures, the rest which of them; documents whose proof is still to come stand apart.

    `granted` is the measure under which the origin office granted a preference, `refusal` why it refused one; where it
    has not spoken both are empty, and the conditions of the measures decide.
    """

    code: str
    origin: str
    preferential_origin: str
    preference: str
    order: str
    procedure: str
    additional: tuple[str, ...]
    codes: tuple[str, ...]
    documents: tuple[str, ...]
    pending: tuple[str, ...]
    statements: tuple[str, ...]
    roles: tuple[str, ...]
    granted: str = ""
    refusal: str = ""

    @classmethod
    def of(cls, item: GoodsItem, law: Law, lodged: Lodgement | None = None, found: ItemOrigin | None = None) -> Claim:
        """The claim of an import item; `lodged` adds what stands in the header, `found` what was found of its origin."""
        goods = item.commodity
        papers = item.documents if lodged is None else (*item.documents, *lodged.documents)
        statements = item.information if lodged is None else (*item.information, *lodged.information)
        parties = item.tax_parties if lodged is None else (*item.tax_parties, *lodged.goods_shipment.tax_parties)
        later = law.list_of(PENDING)
        origin = item.origin
        return cls(
            goods.code,
            origin,
            item.preferential_origin or origin,
            item.preference,
            next((d.quota for d in goods.duties if d.quota), ""),
            item.procedure,
            item.additional_procedures,
            goods.additional_codes,
            tuple([d.category + d.type for d in papers if d.exemption not in later]),
            tuple([d.category + d.type for d in papers if d.exemption in later]) if later else (),
            tuple([s.code for s in statements if s.code]),
            tuple([p.role for p in parties]),
            found.rate.measure if found is not None and found.granted and found.rate else "",
            found.remark if found is not None and found.preference and not found.granted else "",
        )
