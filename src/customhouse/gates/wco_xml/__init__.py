"""The XML gate: declarations of the WCO Data Model (message DEC, as CDS uses it) in and out.

`table` maps every element of the schema to the record; `reader` and `writer` walk it; `parser` keeps hostile files out;
`schema` checks against the official schemas where their directory is given.
"""

from __future__ import annotations

from typing import IO

from customhouse.gates.wco_xml import reader, writer
from customhouse.gates.wco_xml.message import STANDARD, Message, Metadata, find
from customhouse.gates.wco_xml.parser import MAX_BYTES, parse
from customhouse.gates.wco_xml.schema import Schema
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import Lodgement

__all__ = ["MAX_BYTES", "STANDARD", "Message", "Metadata", "Schema", "read", "read_message", "write"]


def read(source: bytes | IO[bytes], schema: Schema | None = None, *, limit: int = MAX_BYTES) -> Lodgement:
    """The declaration in a message (bytes or a binary stream of at most `limit` bytes).

    Takes a MetaData message, a bare Declaration, or one inside an envelope; any prefixes. With `schema` the message is
    validated first. Raises Refusal with every problem found; rule names are those of `parser`, `reader` and `schema`.
    """
    return _read(source, schema, limit, envelope=False).lodgement


def read_message(source: bytes | IO[bytes], schema: Schema | None = None, *, limit: int = MAX_BYTES) -> Message:
    """The same with the MetaData around it."""
    return _read(source, schema, limit, envelope=True)


def write(lodgement: Lodgement, metadata: Metadata | None = STANDARD) -> bytes:
    """The declaration as a WCO message in UTF-8; a bare Declaration where `metadata` is None.

    Raises Refusal for content that XML cannot carry (control characters, numbers without end).
    """
    return writer.write(lodgement, metadata)


def _read(source: bytes | IO[bytes], schema: Schema | None, limit: int, *, envelope: bool) -> Message:
    found = find(parse(source, limit=limit))
    invalid = schema.problems(found.outer) if schema else ()
    if not invalid:
        lodgement = reader.lodgement(found.declaration)
        metadata = reader.metadata(found.metadata) if envelope and found.metadata is not None else None
        return Message(lodgement, metadata)
    try:
        reader.lodgement(found.declaration)
    except Refusal as refusal:
        known = {problem.where for problem in invalid}
        raise Refusal((*invalid, *(p for p in refusal.problems if p.where not in known))) from None
    raise Refusal(invalid)
