"""The declaration that the benches hand in: `items` items with documents, packages, previous documents, payment deferred."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import count

from bench import load

BROKER = "XM100000009"


def declaration(items: int) -> bytes:
    """A declaration of `items` items with documents, packages and previous documents; the LRN is a place to fill in."""
    from customhouse.record import codec
    from customhouse.record import lodgement as r

    def item(n: int) -> r.GoodsItem:
        return r.GoodsItem(
            sequence=n,
            documents=tuple(
                r.AdditionalDocument(category="N", type=t, id=f"INV-{n}{t}") for t in ("935", "705", "730")
            ),
            commodity=r.Commodity(
                description="Shavers and hair clippers with a motor of their own",
                classifications=(r.Classification("85101000", "TSP"), r.Classification("00", "TRC")),
                duties=(
                    r.DeclaredDuty(type="A00", regime="100", payment=r.DeclaredPayment(method="E")),
                    r.DeclaredDuty(type="B00", payment=r.DeclaredPayment(method="E")),
                ),
                gross_mass=r.Measure(Decimal("150.5")),
                net_mass=r.Measure(Decimal(100)),
                price=r.Amount(Decimal("1000.50"), "EUR"),
            ),
            valuation=r.CustomsValuation(method="1"),
            procedures=(r.Procedure("40", "00"), r.Procedure("000")),
            origins=(r.Origin("US", "1"),),
            packages=(r.Packaging(sequence=1, marks="BX-1234228/34", quantity=Decimal(50), type="BX"),),
            previous_documents=(r.PreviousDocument("Z", "355", f"21GB34F7Y1O2CX8PT{n}", 1),),
        )

    party = r.Address(city="Port Meridia", country="XM", line="1 Customs Quay", postcode="1001")
    return codec.encode(
        r.Lodgement(
            lrn="@LRN-0000000000@",
            type="IMA",
            item_count=items,
            package_count=Decimal(50 * items),
            agent=r.Party(function="2"),
            authorisation_holders=(r.AuthorisationHolder("CGU", BROKER), r.AuthorisationHolder("DPO", BROKER)),
            border_means=r.TransportMeans(mode="1", nationality="US"),
            declarant=r.Party(id=BROKER, name="Harbour Brokers Ltd", address=party),
            exporter=r.Party(
                name="Clipper Works", address=r.Address(city="Boston", country="US", line="1 Pier", postcode="0")
            ),
            goods_shipment=r.GoodsShipment(
                transaction_nature="1",
                consignment=r.TransportConsignment(
                    container_code="1",
                    arrival_means=r.TransportMeans("9321483", "10"),
                    goods_location=r.GoodsLocation(name="XMPRT1", type="A", address=r.Address(country="XM", type="U")),
                    equipment=(r.TransportEquipment(1, "MSKU1234565"),),
                ),
                destination="XM",
                export_country="US",
                items=tuple(item(n) for n in range(1, items + 1)),
                importer=r.Party(id="XM100000058", name="Green Valley Farms", address=party),
                terms=r.TradeTerms(code="CIF", location="XMPRT"),
            ),
        )
    )


def requests(path: str, body: bytes, token: str, start: str) -> Iterator[bytes]:
    """The same bytes for both servers but for the reference, which is new each time and as long."""
    for n in count():
        yield load.request(path, body.replace(b"@LRN-0000000000@", f"{start}{n:012d}".encode()), token)
