"""The JSON gate: declarations in our own JSON, which is the Lodgement of the record field by field.

Unknown fields are refused, not ignored; numbers may be JSON numbers or strings and keep their digits. `schema`
describes the format for OpenAPI 3.1.
"""

from __future__ import annotations

from typing import IO, Any

import msgspec

from customhouse.gates.json.bounds import may_hide, out_of_bounds
from customhouse.gates.json.survey import all_problems
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.codec import encode
from customhouse.record.lodgement import Lodgement

__all__ = ["MAX_BYTES", "read", "schema", "write"]

MAX_BYTES = 10 * 1024 * 1024
"""Largest message taken by default."""

REFERENCE = "#/components/schemas/{name}"
_BOM = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder(Lodgement).decode


def read(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Lodgement:
    """The declaration in `source` (bytes or a binary stream, read no further than `limit` bytes).

    Raises Refusal with every problem found: EmptyFile, TooLarge, WrongEncoding, MalformedJSON (line and column),
    UnknownField, MissingField, WrongType, InvalidNumber, InvalidCharacter. Places are written
    ``goods_shipment/items[2]/commodity``, counted from 1.
    """
    data = source if isinstance(source, bytes) else source.read(limit + 1)
    if len(data) > limit:
        raise _refusal("TooLarge", f"The message is larger than {limit} bytes", "Split the declaration")
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
    if not data.strip():
        raise _refusal("EmptyFile", "The message is empty", "Check that it was written completely")
    try:
        lodgement = _decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(all_problems(data)) from None
    if may_hide(data) and (problems := out_of_bounds(lodgement)):
        raise Refusal(problems)
    return lodgement


def write(lodgement: Lodgement) -> bytes:
    """The declaration as canonical JSON: fields in the order of the record, defaults left out, no white space."""
    return encode(lodgement)


def schema() -> dict[str, Any]:
    """The format as OpenAPI 3.1 `components.schemas`: class name -> JSON Schema; the message is `Lodgement`."""
    _, components = msgspec.json.schema_components((Lodgement,), ref_template=REFERENCE)
    return components


def _refusal(rule: str, label: str, hint: str) -> Refusal:
    return Refusal([Problem(rule, label, hint=hint)])
