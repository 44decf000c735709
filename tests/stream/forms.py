"""Parcels as WCO XML and as rows, for the tests of the forms that consolidations come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from customhouse.gates import wco_xml
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import GoodsShipment
from customhouse.record.parcel import Consolidation, Parcel, lodgement
from customhouse.stream.parcels.batches import Source
from customhouse.stream.parcels.rows import Quarantined, settle

SAMPLES = Path(__file__).resolve().parents[2] / "examples/parcels"
OF = Consolidation("XM100000009", "MORNING", "XM000040", "5", "XM")
FULL = Parcel(
    reference="RR473124829CN", consignor="Fischer & Söhne <42>", consignor_country="CN", consignee="Kira García",
    consignee_id="XM100000033", address="902 Coral Avenue", postcode="30004", city="Westbay", description="Building blocks",
    code="95030000", origin="CN", packages="2", gross_mass="0.906", net_mass="0.815", price="13.50", currency="EUR",
    freight="4.20", procedures="C07 F48", scheme="IM0000000017", invoice="SO-0", dispatch="HK", posted="20261120",
    consignor_address="8 Harbour Road", consignor_postcode="518000", consignor_city="Shenzhen", agent="XM100000017",
    representation="2", nationality="XM", location="WESTBAY|A|U|XM|2", previous="N740|172-12345675; Z271|P-1|4",
    documents="C635|XMLIC7|AC; Y922|||No fur of cats", statements="00500|Importer; NIIMP", tax_parties="FR2|XM55; FR1",
)  # fmt: skip


def declaration(parcel: Parcel) -> bytes:
    """A parcel as the gate writes it, with carriage where its schema has it, and without the XML declaration before it."""
    return message(parcel).partition(b"?>")[2].strip()


def message(parcel: Parcel, metadata: Any = None) -> bytes:
    whole = lodgement(parcel, OF)
    shipment = whole.goods_shipment
    assert shipment is not None
    return wco_xml.write(replace(whole, goods_shipment=_settled(shipment)), metadata)


def _settled(shipment: GoodsShipment) -> GoodsShipment:
    """Carriage of the one item as that of the shipment, and its packages numbered."""
    item = shipment.items[0]
    packages = tuple(replace(p, sequence=1) for p in item.packages)
    return replace(shipment, valuation=item.valuation, items=(replace(item, valuation=None, packages=packages),))


def whole(*inside: bytes) -> bytes:
    return b"<Consolidation>\n" + b"\n".join(inside) + b"\n</Consolidation>\n"


def read(path: Path, size: int = 4, of: Consolidation | None = OF) -> tuple[dict[int, Parcel], dict[int, Quarantined]]:
    source, found, bad, first = Source(path, size, of), {}, {}, 1
    for chunk in source.chunks():
        assert chunk.first == first
        first += chunk.rows
        rows, wrong = settle(source.table(chunk))
        assert len(rows) + len(wrong) == chunk.rows <= size
        found |= {int(rows.line[n]): rows.parcel(n) for n in range(len(rows))}
        bad |= {q.line: q for q in wrong}
    assert first - 1 <= source.rows and sorted((*found, *bad)) == list(range(1, first))
    return found, bad


def one(tmp_path: Path, data: bytes) -> Parcel | Quarantined:
    path = tmp_path / "one.xml"
    path.write_bytes(whole(data))
    found, bad = read(path)
    return {**found, **bad}[1]


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as fault:
        read(path)
    return "; ".join(str(p) for p in fault.value.problems)
