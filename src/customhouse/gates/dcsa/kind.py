"""Which DCSA message a piece of JSON is, told by what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TRANSPORT_DOCUMENT = "a transport document"
SHIPPING_INSTRUCTIONS = "shipping instructions"
ISSUANCE = "an issuance of a transport document"
UNKNOWN = "no known DCSA message"

Test = Callable[[dict[str, Any]], bool]


def _has(*names: str) -> Test:
    return lambda told: all(name in told for name in names)


def _any(*names: str) -> Test:
    return lambda told: any(name in told for name in names)


def _cargo(told: dict[str, Any]) -> bool:
    return "consignmentItems" in told and "transportDocumentReference" in told


# The first that fits names the message; in a list, the first object speaks for all.
KINDS: tuple[tuple[str, Test], ...] = (
    ("a notification", _has("specversion", "type")),
    ("an error message", _has("statusCode", "errors")),
    ("an arrival notice", _any("arrivalNotices", "arrivalNotice")),
    ("a notification of arrival", _any("arrivalNoticeNotifications")),
    ("a declaration of verified gross mass", _any("VGMDeclarations", "VGMQueries", "VGM")),
    (
        ISSUANCE,
        lambda told: isinstance(told.get("document"), dict) and _any("issueTo", "issuanceManifestSignedContent")(told),
    ),
    ("a request to surrender a transport document", _any("surrenderRequestReference", "surrenderRequestCode")),
    ("a response to an issuance", _any("issuanceResponseCode")),
    (
        "a transfer of a transport document between platforms",
        _any("envelopeManifestSignedContent", "envelopeTransferChain"),
    ),
    (TRANSPORT_DOCUMENT, _cargo),
    ("a house bill of lading alone", _has("houseBillOfLadingReference", "consignmentItems")),
    (SHIPPING_INSTRUCTIONS, _has("consignmentItems", "utilizedTransportEquipments")),
    (
        "a booking",
        _any("requestedEquipments", "carrierBookingRequestReference", "bookingStatus", "confirmedEquipments"),
    ),
    ("a state of shipping instructions", _any("shippingInstructionsStatus")),
    ("a state of a transport document", _any("transportDocumentStatus", "transportDocumentReference")),
    ("a message of events", _any("events", "eventType", "eventClassifierCode")),
    ("a schedule", _any("vesselSchedules", "solutionNumber", "legs", "carrierServiceCode")),
    (
        "a call at a port or terminal",
        _any("portCallServiceID", "terminalCallID", "portCallID", "portCallServiceTypeCode"),
    ),
)


def kind_of(value: Any) -> str:
    """The message as a noun with its article (``a booking``), or UNKNOWN."""
    told = value[0] if isinstance(value, list) and value else value
    if not isinstance(told, dict):
        return UNKNOWN
    kind = next((name for name, test in KINDS if test(told)), UNKNOWN)
    return f"a list with {kind}" if isinstance(value, list) and kind != UNKNOWN else kind
