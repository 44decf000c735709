"""The doors: which formats declarations come in, how bytes are told apart, and files that bring several declarations.

`FORMATS` is the table; every door of the house (desk, API, command) asks it. A file is read into one `Received` for each
declaration, with the bytes that are kept as its evidence and the notes that its sender is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from customhouse.gates import asycuda, edifact, table, wco_xml
from customhouse.gates import json as json_gate
from customhouse.gates.table.columns import by_heading, plain
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.reading import Reading

_COMMENT = re.compile(rb"<!--.*?-->|<\?.*?\?>|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", re.DOTALL)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]+)")
HEAD = 4096  # bytes looked at to tell a format


class Received(msgspec.Struct, frozen=True):
    """A declaration as it came: its evidence, and what was read of it or the problems why not. `notes` are told beside any answer."""

    data: bytes
    lodged: Lodgement | None
    notes: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    label: str = ""


class Format(NamedTuple):
    """A format: what people call it, its content types and file names, how one declaration is read, how all of a file are."""

    title: str
    types: tuple[str, ...]
    suffixes: tuple[str, ...]
    read: Callable[[bytes], Lodgement]
    each: Callable[[bytes], tuple[Received, ...]]


def _one(read: Callable[[bytes], Lodgement]) -> Callable[[bytes], tuple[Received, ...]]:
    return lambda data: (Received(data, read(data)),)


def _of_reading(data: bytes, reading: Reading, label: str = "") -> Received:
    return Received(data, reading.lodgement, reading.notes, (), label)


def _sad(data: bytes) -> tuple[Received, ...]:
    return (_of_reading(data, asycuda.read_all(data)),)


def _interchange(data: bytes) -> tuple[Received, ...]:
    """One for each message. The file itself is the evidence where it holds one; else each message in an envelope of its own."""
    found = edifact.open_interchange(data)
    if found.is_test:
        raise Refusal([TEST])
    alone = len(found.messages) == 1
    received = []
    for message in found.messages:
        evidence = data if alone else found.alone(message)
        label = "" if alone else message.reference
        try:
            received.append(_of_reading(evidence, edifact.declaration(message), label))
        except Refusal as refusal:
            received.append(Received(evidence, None, (), refusal.problems, label))
    return tuple(received)


TEST = Problem(
    "TestInterchange",
    "The interchange is marked as a test, and nothing of it is lodged",
    "segment 1 UNB element 11",
    "Send it without the mark when it is meant",
    "1",
)
"""A test that became a declaration would bind its declarant; the mark is data element 0035."""


def _table(data: bytes) -> tuple[Received, ...]:
    """One for each reference. Its own rows are the evidence, so that a table that grows day by day says the same of old rows."""
    return tuple(
        _of_reading(part.data, part.reading, part.reference)
        if part.reading is not None
        else Received(part.data, None, (), part.problems, part.reference)
        for part in table.read_all(data)
    )


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS: dict[str, Format] = {
    "xml": Format("WCO XML", ("application/xml", "text/xml"), (".xml",), wco_xml.read, _one(wco_xml.read)),
    "json": Format("JSON", ("application/json",), (".json",), json_gate.read, _one(json_gate.read)),
    "edifact": Format("UN/EDIFACT", ("application/edifact",), (".edi", ".edifact"), edifact.read, _interchange),
    "sad": Format("ASYCUDA SAD", ("application/vnd.asycuda.sad+xml",), (".xml", ".sad"), asycuda.read, _sad),
    "csv": Format("CSV", ("text/csv",), (".csv", ".tsv"), table.read, _table),
    "xlsx": Format("XLSX", (XLSX,), (".xlsx",), table.read, _table),
}
"""Name of the format -> everything about it."""

SUFFIXES = tuple(dict.fromkeys(suffix for f in FORMATS.values() for suffix in f.suffixes))


def sniff(data: bytes) -> str:
    """The format of these bytes, told by how they begin."""
    head = data[:HEAD].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").replace(b"\0", b"")
    if head[:1] == b"<":
        root = _ROOT.search(_COMMENT.sub(b"", head))
        return "sad" if root is not None and root[1].upper() == b"ASYCUDA" else "xml"
    if head[:4] in (b"UNA:", b"UNB+") or re.match(rb"UNA.{6}\s*UNB|UNB\W", head, re.DOTALL):
        return "edifact"
    if head[:4] == b"PK\x03\x04" or data[:4] == b"PK\x03\x04":
        return "xlsx"
    return "csv" if _has_headings(head) else "json"


def _has_headings(head: bytes) -> bool:
    if head[:1] in (b"{", b"["):
        return False
    first = head.splitlines()[0].decode("utf-8", "replace") if head else ""
    known = by_heading()
    return any(plain(cell) in known for cell in re.split(r"[;,\t|]", first))


def receive(data: bytes, format: str = "") -> tuple[Received, ...]:
    """Every declaration in a file. Raises Refusal where the file as a whole cannot be read."""
    return FORMATS[format or sniff(data)].each(data)


def of_content_type(header: str) -> str:
    """The format of a content type, or the empty string."""
    kind = header.partition(";")[0].strip().lower()
    return next((name for name, f in FORMATS.items() if kind in f.types), "")
