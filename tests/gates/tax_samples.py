"""Made-up declarations and tax answers for tests of the conformance kit: small, of our own, nobody's data."""

from __future__ import annotations

NS = "urn:wco:datamodel:WCO:DEC-DMS:2"


def declaration(lrn: str, *items: str, head: str = "", kind: str = "IMA") -> bytes:
    """A declaration of `items`, each made by `item`."""
    return f"""<Declaration xmlns="{NS}"><FunctionCode>9</FunctionCode><FunctionalReferenceID>{lrn}</FunctionalReferenceID>
    <TypeCode>{kind}</TypeCode>{head}<GoodsShipment>{"".join(items)}</GoodsShipment></Declaration>""".encode()


def item(
    code: str = "44219999",
    *,
    number: int = 1,
    price: str = "1000",
    currency: str = "GBP",
    net: str = "500",
    quantity: str = "",
    procedure: str = "4000",
    additional: tuple[str, ...] = (),
    codes: tuple[str, ...] = (),
    said: tuple[str, ...] = (),
    duties: str = "",
    regime: str = "100",
    method: str = "E",
) -> str:
    more = "".join(f"<GovernmentProcedure><CurrentCode>{a}</CurrentCode></GovernmentProcedure>" for a in additional)
    classes = "".join(
        f"<Classification><ID>{c}</ID><IdentificationTypeCode>GN</IdentificationTypeCode></Classification>"
        for c in codes
    )
    statements = "".join(
        f"<AdditionalInformation><StatementCode>{s}</StatementCode></AdditionalInformation>" for s in said
    )
    tariff = f"<TariffQuantity>{quantity}</TariffQuantity>" if quantity else ""
    return f"""<GovernmentAgencyGoodsItem><SequenceNumeric>{number}</SequenceNumeric>{statements}
    <Commodity><Description>Made-up goods</Description>
      <Classification><ID>{code}</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification>{classes}
      <DutyTaxFee><DutyRegimeCode>{regime}</DutyRegimeCode><TypeCode>A00</TypeCode>
        <Payment><MethodCode>{method}</MethodCode></Payment></DutyTaxFee>{duties}
      <GoodsMeasure><NetNetWeightMeasure>{net}</NetNetWeightMeasure>{tariff}</GoodsMeasure>
      <InvoiceLine><ItemChargeAmount currencyID="{currency}">{price}</ItemChargeAmount></InvoiceLine></Commodity>
    <CustomsValuation><MethodCode>1</MethodCode></CustomsValuation>
    <GovernmentProcedure><CurrentCode>{procedure[:2]}</CurrentCode><PreviousCode>{procedure[2:]}</PreviousCode>
    </GovernmentProcedure>{more}
    <Origin><CountryCode>US</CountryCode><TypeCode>1</TypeCode></Origin></GovernmentAgencyGoodsItem>"""


def amendment(lrn: str, body: str) -> bytes:
    return f"""<Declaration xmlns="{NS}"><FunctionCode>13</FunctionCode>
    <FunctionalReferenceID>{lrn}</FunctionalReferenceID><TypeCode>COR</TypeCode>
    <GoodsShipment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric>{body}</GovernmentAgencyGoodsItem>
    </GoodsShipment></Declaration>""".encode()


def row(
    tax: str,
    assessed: str,
    *,
    rate: str = "",
    base: str = "",
    payable: str | None = None,
    deduct: str = "",
    regime: str = "100",
) -> str:
    parts = [f'<AdValoremTaxBaseAmount currencyID="GBP">{base}</AdValoremTaxBaseAmount>' if base else ""]
    parts += [f"<DeductAmount>{deduct}</DeductAmount>" if deduct else "", f"<DutyRegimeCode>{regime}</DutyRegimeCode>"]
    parts += [f"<TaxRateNumeric>{rate}</TaxRateNumeric>" if rate else "", f"<TypeCode>{tax}</TypeCode>"]
    paid = assessed if payable is None else payable
    pays = f"<PaymentAmount>{paid}</PaymentAmount>" if paid else ""
    return f"<DutyTaxFee>{''.join(parts)}<Payment><TaxAssessedAmount>{assessed}</TaxAssessedAmount>{pays}</Payment></DutyTaxFee>"


def answer(lrn: str, *rows: str, version: int = 1, number: int = 1, more: str = "") -> bytes:
    """A tax answer without any namespace."""
    return f"""<MetaData><Response><FunctionCode>13</FunctionCode>
    <IssueDateTime><DateTimeString formatCode="304">20250601120000Z</DateTimeString></IssueDateTime>
    <Status><NameCode>4</NameCode></Status><Declaration><FunctionalReferenceID>{lrn}</FunctionalReferenceID>
    <ID>25GB00000000000000</ID><VersionID>{version}</VersionID><GoodsShipment>
    <GovernmentAgencyGoodsItem><SequenceNumeric>{number}</SequenceNumeric><Commodity>{"".join(rows)}</Commodity>
    </GovernmentAgencyGoodsItem>{more}</GoodsShipment></Declaration></Response></MetaData>""".encode()
