"""The JSON gate: declarations and cargo reports in our own JSON, which is that of the record field by field.

Unknown fields are refused, not ignored; numbers may be JSON numbers or strings and keep their digits. `schema`
describes the format for OpenAPI 3.1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Any, TypeVar

import msgspec

from customhouse.gates.json.bounds import may_hide, out_of_bounds
from customhouse.gates.json.survey import all_problems
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.codec import encode
from customhouse.record.lodgement import Lodgement
from customhouse.record.manifest import Degroupage, Manifest

__all__ = ["MAX_BYTES", "read", "read_degroupage", "read_manifest", "schema", "write"]

MAX_BYTES = 10 * 1024 * 1024
"""Largest message taken by default."""

REFERENCE = "#/components/schemas/{name}"
_BOM = b"\xef\xbb\xbf"
_decode = msgspec.json.Decoder(Lodgement).decode
_manifest = msgspec.json.Decoder(Manifest).decode
_degroupage = msgspec.json.Decoder(Degroupage).decode
T = TypeVar("T", bound=msgspec.Struct)


def read(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Lodgement:
    """The declaration in `source` (bytes or a binary stream, read no further than `limit` bytes).

    Raises Refusal with every problem found: EmptyFile, TooLarge, WrongEncoding, MalformedJSON (line and column),
    UnknownField, MissingField, WrongType, InvalidNumber, InvalidCharacter. Places are written
    ``goods_shipment/items[2]/commodity``, counted from 1.
    """
    return _read(source, _decode, Lodgement, limit)


def read_manifest(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Manifest:
    """The cargo report in `source`, refused as a declaration would be; places read ``documents[2]/lines[1]``."""
    return _read(source, _manifest, Manifest, limit)


def read_degroupage(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Degroupage:
    """The houses of a master in `source`, refused as a declaration would be."""
    return _read(source, _degroupage, Degroupage, limit)


def _read(source: bytes | IO[bytes], decode: Callable[[bytes], T], record: type, limit: int) -> T:
    data = source if isinstance(source, bytes) else source.read(limit + 1)
    if len(data) > limit:
        raise _refusal("TooLarge", f"The message is larger than {limit} bytes", "Split the declaration")
    if data.startswith(_BOM):
        data = data[len(_BOM) :]
    if not data.strip():
        raise _refusal("EmptyFile", "The message is empty", "Check that it was written completely")
    try:
        message = decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal(all_problems(data, record)) from None
    if may_hide(data) and (problems := out_of_bounds(message)):
        raise Refusal(problems)
    return message


def write(lodgement: Lodgement) -> bytes:
    """The declaration as canonical JSON: fields in the order of the record, defaults left out, no white space."""
    return encode(lodgement)


def schema() -> dict[str, Any]:
    """The format as OpenAPI 3.1 `components.schemas`: class name -> JSON Schema; a declaration is `Lodgement`, a cargo report `Manifest`, its houses `Degroupage`."""
    _, components = msgspec.json.schema_components((Lodgement,), ref_template=REFERENCE)
    _, of_cargo = msgspec.json.schema_components((Manifest, Degroupage), ref_template=REFERENCE)
    # A seal of a cargo report says more than one of a declaration: classes of one name that differ are told apart.
    clash = [name for name in of_cargo if name in components and of_cargo[name] != components[name]]
    written = msgspec.json.encode(of_cargo)
    for name in clash:
        old, new = (REFERENCE.format(name=n).encode() for n in (name, f"Cargo{name}"))
        written = written.replace(b'"%s"' % old, b'"%s"' % new)
    renamed = {f"Cargo{n}" if n in clash else n: told for n, told in msgspec.json.decode(written).items()}
    return {**components, **renamed}


def _refusal(rule: str, label: str, hint: str) -> Refusal:
    return Refusal([Problem(rule, label, hint=hint)])
