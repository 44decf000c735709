"""What of a DCSA transport document has a place in the record: its path, and the field of `record.manifest` it goes to."""

from __future__ import annotations

_PARTY = {
    "partyName": "name",
    "identifyingCodes[]/partyCode": "id",
    "identifyingCodes[]/codeListProvider": "(which code is the id)",
    "address/street": "address.line",
    "address/streetNumber": "address.line",
    "address/city": "address.city",
    "address/postCode": "address.postcode",
    "address/countryCode": "address.country",
    "address/stateRegion": "address.country_subdivision_name",
    "partyContactDetails[]/name": "contacts",
    "partyContactDetails[]/email": "communications",
    "partyContactDetails[]/phone": "communications",
}
_PACKAGING = {
    "numberOfPackages": "packages.count",
    "packageCode": "packages.kind",
    "description": "packages.description",
    "dangerousGoods[]/UNNumber": "dangerous.undg",
    "dangerousGoods[]/imoClass": "dangerous.hazard",
    "dangerousGoods[]/packingGroup": "dangerous.packing_group",
    "dangerousGoods[]/properShippingName": "dangerous.name",
}
_CARGO = {
    "equipmentReference": "stowage.equipment",
    **{f"cargoGrossWeight/{n}": "gross_mass" for n in ("value", "unit")},
    **{f"cargoNetWeight/{n}": "net_mass" for n in ("value", "unit")},
    **{f"cargoGrossVolume/{n}": "volume" for n in ("value", "unit")},
    **{f"outerPackaging/{path}": field for path, field in _PACKAGING.items()},
}
_ITEM = {
    "descriptionOfGoods": "lines.description",
    "descriptionOfGoods[]": "lines.description",
    "HSCodes[]": "lines.hs",
    "shippingMarks[]": "packages.marks",
    **{f"cargoItems[]/{path}": field for path, field in _CARGO.items()},
}
_EQUIPMENT = {
    "equipmentReference": "equipment.number",
    "ISOEquipmentCode": "equipment.size_type",
    "tareWeight/value": "equipment.tare",
    "tareWeight/unit": "equipment.tare",
    "equipment/equipmentReference": "equipment.number",
    "equipment/ISOEquipmentCode": "equipment.size_type",
    "equipment/tareWeight/value": "equipment.tare",
    "equipment/tareWeight/unit": "equipment.tare",
    "isShipperOwned": "equipment.shipper_owned",
    "emptyIndicatorCode": "equipment.fullness",
    "seals[]/number": "seals.number",
    "seals[]/source": "seals.issuer",
}
_PARTIES = {
    f"documentParties/{name}/{path}": f"{field}.{inner}"
    for name, field in (
        ("shipper", "consignor"),
        ("consignee", "consignee"),
        ("notifyParties[]", "notify"),
        ("notifyParty", "notify"),
    )
    for path, inner in _PARTY.items()
}
_PLACES = {
    f"transports/{name}/{path}": field
    for name, field in (
        ("placeOfReceipt", "acceptance"),
        ("portOfLoading", "loading"),
        ("portOfDischarge", "unloading"),
        ("placeOfDelivery", "delivery"),
    )
    for path in ("UNLocationCode", "locationName")
}
_WHOLE = {
    **{f"consignmentItems[]/{path}": field for path, field in _ITEM.items()},
    **{f"utilizedTransportEquipments[]/{path}": field for path, field in _EQUIPMENT.items()},
    **_PARTIES,
}

MAPPED: dict[str, str] = {
    "transportDocumentReference": "number, reference",
    "transportDocumentTypeCode": "type",
    "freightPaymentTermCode": "freight_payment",
    "isToOrder": "(whether a consignee may be missing)",
    "isHouseBillOfLadingsIssued": "consolidated",
    "issueDate": "issued",
    "shippedOnBoardDate": "shipped",
    "carrierCode": "carrier.name",
    "transports/plannedArrivalDate": "expected",
    "transports/plannedDepartureDate": "departed",
    "transports/vesselVoyages[]/vesselName": "conveyance.name",
    "transports/vesselVoyages[]/vesselIMONumber": "conveyance.id",
    "transports/vesselVoyages[]/carrierExportVoyageNumber": "voyage",
    **_PLACES,
    **_WHOLE,
    "houseBillOfLadings[]/houseBillOfLadingReference": "number",
    "houseBillOfLadings[]/methodOfPayment": "freight_payment",
    **{f"houseBillOfLadings[]/placeOfAcceptance/{n}": "acceptance" for n in ("UNLocationCode", "locationName")},
    **{f"houseBillOfLadings[]/placeOfFinalDelivery/{n}": "delivery" for n in ("UNLocationCode", "locationName")},
    **{f"houseBillOfLadings[]/{path}": field for path, field in _WHOLE.items()},
}
