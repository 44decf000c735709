"""Files of cargo: found out what they are, read at the gate they belong to, and completed with what they do not say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from customhouse.gates import cargo_csv, dcsa, edifact, one_record
from customhouse.gates import json as json_gate
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.manifest import Conveyance, Manifest
from customhouse.record.parts import Party

Take = Callable[[bytes], Manifest]


def _interchange(data: bytes) -> Manifest:
    """The cargo report of an interchange that holds one CUSCAR."""
    messages = edifact.open_interchange(data).messages
    if len(messages) != 1:
        said = f"There are {len(messages)} messages in the interchange"
        raise Refusal([Problem("SeveralMessages", said, "UNB", "Hand in one CUSCAR at a time")])
    return edifact.manifest(messages[0]).manifest


# format: its gate
GATES: dict[str, Take] = {
    "json": json_gate.read_manifest,
    "dcsa": lambda data: dcsa.read(data).manifest,
    "one_record": lambda data: one_record.read(data).manifest,
    "csv": cargo_csv.read,
    "edifact": _interchange,
}
CONTENT_TYPES = {
    "application/json": "json",
    "application/ld+json": "one_record",
    "application/vnd.dcsa+json": "dcsa",
    "text/csv": "csv",
    "application/edifact": "edifact",
}
LINKED = (b'"@type"', b'"@context"', b'"@graph"', b'"@id"')
OWN = (b'"documents"', b'"conveyance"', b'"carrier"', b'"voyage"', b'"reference"')


def sniff(data: bytes) -> str:
    """The format of these bytes: one of GATES. JSON is our own when it uses our words, else taken for DCSA's."""
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:3] in (b"UNA", b"UNB"):
        return "edifact"
    if head[:1] not in (b"{", b"["):
        return "csv"
    if any(mark in head for mark in LINKED):
        return "one_record"
    return "json" if head[:1] == b"{" and sum(word in head for word in OWN) > 1 else "dcsa"


def read(data: bytes, format: str = "") -> tuple[Manifest, str]:
    """(the cargo report in `data`, its format). Raises Refusal with every problem."""
    format = format or sniff(data)
    return GATES[format](data), format


class Head(msgspec.Struct, frozen=True):
    """What is typed beside a file: for whom, where, and what else the file may not say."""

    reference: str = ""
    carrier: str = ""
    office: str = ""
    mode: str = ""
    voyage: str = ""
    conveyance: str = ""
    expected: str = ""


def complete(told: Manifest, head: Head) -> Manifest:
    """The report with what it does not say itself; what it says stands. Raises ValueError for a date that is none."""
    expected = told.expected
    if expected is None and head.expected:
        expected = datetime.fromisoformat(head.expected)
        expected = expected if expected.tzinfo else expected.replace(tzinfo=UTC)
    means = told.conveyance
    if head.conveyance and not means.id:
        means = Conveyance(head.conveyance, means.id_type, means.name, means.nationality, means.type)
    return msgspec.structs.replace(
        told,
        reference=told.reference or head.reference,
        carrier=told.carrier if told.carrier.id else Party(id=head.carrier, name=told.carrier.name),
        office=told.office or head.office,
        mode=told.mode or head.mode,
        voyage=told.voyage or head.voyage,
        conveyance=means,
        expected=expected,
    )
