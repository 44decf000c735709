"""Small WCO messages of our own for the tests of the XML gate."""

from __future__ import annotations

DEC = "urn:wco:datamodel:WCO:DEC-DMS:2"
DS = "urn:wco:datamodel:WCO:Declaration_DS:DMS:2"
MD = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"

BODY = """
    <d:AcceptanceDateTime><s:DateTimeString formatCode="304">20261124093000Z</s:DateTimeString></d:AcceptanceDateTime>
    <d:FunctionCode>9</d:FunctionCode>
    <d:FunctionalReferenceID>LANTERN-0001</d:FunctionalReferenceID>
    <d:TypeCode>IMA</d:TypeCode>
    <d:GoodsItemQuantity>2</d:GoodsItemQuantity>
    <d:InvoiceAmount currencyID="EUR">1500.50</d:InvoiceAmount>
    <d:TotalGrossMassMeasure unitCode="KGM">210.0</d:TotalGrossMassMeasure>
    <d:CurrencyExchange><d:RateNumeric>1.08500</d:RateNumeric></d:CurrencyExchange>
    <d:Declarant><d:ID>XM100200300</d:ID></d:Declarant>
    <d:ExitOffice><d:ID>XM000101</d:ID></d:ExitOffice>
    <d:GoodsShipment>
      <d:Destination><d:CountryCode>XM</d:CountryCode></d:Destination>
      <d:ExportCountry><d:ID>PT</d:ID></d:ExportCountry>
      <d:GovernmentAgencyGoodsItem>
        <d:SequenceNumeric>1</d:SequenceNumeric>
        <d:AdditionalDocument>
          <d:CategoryCode>N</d:CategoryCode><d:ID>INV-77</d:ID><d:TypeCode>935</d:TypeCode>
          <d:Submitter><d:Name>Lamp chamber</d:Name></d:Submitter>
        </d:AdditionalDocument>
        <d:Commodity>
          <d:Description>Paper lanterns &amp; strings</d:Description>
          <d:Classification>
            <d:ID>94055000</d:ID><d:IdentificationTypeCode>TSP</d:IdentificationTypeCode>
          </d:Classification>
          <d:GoodsMeasure>
            <d:GrossMassMeasure>10.5</d:GrossMassMeasure><d:NetNetWeightMeasure>9.250</d:NetNetWeightMeasure>
          </d:GoodsMeasure>
          <d:InvoiceLine><d:ItemChargeAmount currencyID="EUR">500.50</d:ItemChargeAmount></d:InvoiceLine>
        </d:Commodity>
        <d:GovernmentProcedure>
          <d:CurrentCode>40</d:CurrentCode><d:PreviousCode>00</d:PreviousCode>
        </d:GovernmentProcedure>
        <d:GovernmentProcedure><d:CurrentCode>C07</d:CurrentCode></d:GovernmentProcedure>
        <d:Origin><d:CountryCode>PT</d:CountryCode><d:TypeCode>1</d:TypeCode></d:Origin>
      </d:GovernmentAgencyGoodsItem>
      <d:GovernmentAgencyGoodsItem>
        <d:SequenceNumeric>2</d:SequenceNumeric>
        <d:Commodity><d:Description>Glass lanterns</d:Description></d:Commodity>
      </d:GovernmentAgencyGoodsItem>
    </d:GoodsShipment>
"""


def bare(body: str = BODY) -> bytes:
    """A Declaration alone; `body` uses the prefixes d and s."""
    return f'<d:Declaration xmlns:d="{DEC}" xmlns:s="{DS}">{body}</d:Declaration>'.encode()


def wrapped(body: str = BODY) -> bytes:
    """The usual message, with MetaData around it."""
    inner = bare(body).decode()
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<m:MetaData xmlns:m="{MD}">'
        "<m:WCODataModelVersionCode>3.6</m:WCODataModelVersionCode><m:WCOTypeName>DEC</m:WCOTypeName>"
        f"<m:ResponsibleCountryCode>XM</m:ResponsibleCountryCode>{inner}</m:MetaData>"
    ).encode()


def item(content: str) -> bytes:
    """A declaration of one item with this content after its number."""
    return bare(
        "<d:FunctionCode>9</d:FunctionCode><d:GoodsShipment><d:GovernmentAgencyGoodsItem>"
        f"<d:SequenceNumeric>1</d:SequenceNumeric>{content}"
        "</d:GovernmentAgencyGoodsItem></d:GoodsShipment>"
    )


AMENDMENT = """
    <d:FunctionCode>13</d:FunctionCode>
    <d:FunctionalReferenceID>LANTERN-0001-A</d:FunctionalReferenceID>
    <d:ID>26XM11AAAAAAAAAAR5</d:ID>
    <d:TypeCode>COR</d:TypeCode>
    <d:AdditionalInformation>
      <d:StatementDescription>The second item was counted twice</d:StatementDescription>
      <d:StatementTypeCode>AES</d:StatementTypeCode>
      <d:Pointer>
        <d:SequenceNumeric>1</d:SequenceNumeric><d:DocumentSectionCode>42A</d:DocumentSectionCode>
      </d:Pointer>
      <d:Pointer>
        <d:SequenceNumeric>1</d:SequenceNumeric><d:DocumentSectionCode>06A</d:DocumentSectionCode>
      </d:Pointer>
    </d:AdditionalInformation>
    <d:Amendment>
      <d:ChangeReasonCode>32</d:ChangeReasonCode>
      <d:Pointer>
        <d:SequenceNumeric>1</d:SequenceNumeric><d:DocumentSectionCode>42A</d:DocumentSectionCode>
      </d:Pointer>
      <d:Pointer><d:DocumentSectionCode>67A</d:DocumentSectionCode></d:Pointer>
      <d:Pointer>
        <d:SequenceNumeric>2</d:SequenceNumeric><d:DocumentSectionCode>68A</d:DocumentSectionCode>
        <d:TagID>114</d:TagID>
      </d:Pointer>
    </d:Amendment>
    <d:GoodsShipment>
      <d:GovernmentAgencyGoodsItem>
        <d:SequenceNumeric>2</d:SequenceNumeric>
        <d:StatisticalValueAmount currencyID="EUR">900</d:StatisticalValueAmount>
      </d:GovernmentAgencyGoodsItem>
    </d:GoodsShipment>
"""

CANCELLATION = """
    <d:FunctionCode>13</d:FunctionCode>
    <d:FunctionalReferenceID>LANTERN-0001-C</d:FunctionalReferenceID>
    <d:ID>26XM11AAAAAAAAAAR5</d:ID>
    <d:TypeCode>INV</d:TypeCode>
    <d:AdditionalInformation>
      <d:StatementDescription>Lodged twice by mistake</d:StatementDescription>
      <d:StatementTypeCode>AES</d:StatementTypeCode>
      <d:Pointer>
        <d:SequenceNumeric>1</d:SequenceNumeric><d:DocumentSectionCode>42A</d:DocumentSectionCode>
      </d:Pointer>
      <d:Pointer>
        <d:SequenceNumeric>1</d:SequenceNumeric><d:DocumentSectionCode>06A</d:DocumentSectionCode>
      </d:Pointer>
    </d:AdditionalInformation>
    <d:Amendment><d:ChangeReasonCode>1</d:ChangeReasonCode></d:Amendment>
"""
