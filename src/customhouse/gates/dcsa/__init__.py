"""The DCSA gate: electronic bills of lading (DCSA eBL 3) as transport documents of a cargo report.

`read` takes a transport document, or the issuance of one, and answers with a cargo report that holds it, its houses and
its containers; what the document does not say (customs office, carrier's number) is left empty. Every other DCSA message
is refused by its name. Source: DCSA Open API, EBL 3.0; the table of what is mapped is `table.MAPPED`.
"""

from __future__ import annotations

from typing import Any

import msgspec

from customhouse.gates.dcsa.kind import ISSUANCE, SHIPPING_INSTRUCTIONS, TRANSPORT_DOCUMENT, kind_of
from customhouse.gates.dcsa.mapping import report_of
from customhouse.gates.dcsa.table import MAPPED
from customhouse.kernel.foreign_json import MAX_BYTES, leaves, parse, pattern
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.manifest import Manifest

__all__ = ["Reading", "kind_of", "read"]


class Reading(msgspec.Struct, frozen=True):
    """What was read: the kind of message, the cargo report, and every value that has no place in the record."""

    kind: str
    manifest: Manifest
    unmapped: tuple[tuple[str, str], ...] = ()


def read(data: bytes, *, drafts: bool = False, limit: int = MAX_BYTES) -> Reading:
    """The transport document in `data`.

    With `drafts`, shipping instructions are read as well: the same content before the carrier gave it a number. Raises
    Refusal with every problem: those of `kernel.foreign_json.parse`, NotATransportDocument, WrongType, MissingField.
    """
    value = parse(data, limit=limit)
    kind = kind_of(value)
    told: Any = value
    if kind == ISSUANCE:
        told = value["document"]
    elif kind == SHIPPING_INSTRUCTIONS and not drafts:
        hint = "Hand in the transport document that the carrier issues on them"
        label = "These are shipping instructions, not a transport document"
        raise Refusal([Problem("NotATransportDocument", label, "", hint)])
    elif kind not in (TRANSPORT_DOCUMENT, SHIPPING_INSTRUCTIONS):
        hint = "Hand in a DCSA eBL transport document (with transportDocumentReference and consignmentItems)"
        raise Refusal([Problem("NotATransportDocument", f"This is {kind}, not a transport document", "", hint)])
    problems: list[Problem] = []
    manifest = report_of(told, problems)
    if problems:
        raise Refusal(problems[:100])
    rest = tuple((path, str(found)) for path, found in leaves(told) if pattern(path) not in MAPPED)
    return Reading(kind, manifest, rest)
