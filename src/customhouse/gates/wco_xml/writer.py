"""The writing clerk: turns a Lodgement back into a WCO Declaration, in the order of the mapping table.

Each row becomes a small function with its tags ready made, so writing is one pass without a tree. What the record has
no field for (code list attributes, elements that stood empty) comes from the notations.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from customhouse.gates.wco_xml.element import Class, Element
from customhouse.gates.wco_xml.message import METADATA, Metadata
from customhouse.gates.wco_xml.response_table import RESPONSE
from customhouse.gates.wco_xml.schema import DECLARATION_NS, METADATA_NS, RESPONSE_NS
from customhouse.gates.wco_xml.table import DECLARATION
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement, Notation
from customhouse.record.response import Response

STAMP_NS = "urn:wco:datamodel:WCO:Declaration_DS:DMS:2"
ANSWER_STAMP_NS = "urn:wco:datamodel:WCO:Response_DS:DMS:2"
MAX_EXPONENT = 30

Notes = dict[str, list[tuple[str, str]]]
Put = Callable[[list[str], Any, Notes, str], None]

_SPECIAL = re.compile('[&<>"\r\n\t\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]').search
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]").search


def write(lodgement: Lodgement, metadata: Metadata | None) -> bytes:
    """The message as UTF-8 bytes; bare Declaration where `metadata` is None.

    Raises Refusal (InvalidCharacter, InvalidDecimal) for content that XML cannot carry.
    """
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n']
    names = f'xmlns="{DECLARATION_NS}" xmlns:ds="{STAMP_NS}"'
    notes = _notes(lodgement.notations)
    if metadata is None:
        out.append(f"<Declaration {names}>")
        _BARE(out, lodgement, notes, "")
        out.append("\n</Declaration>\n")
    else:
        out.append(f'<md:MetaData xmlns:md="{METADATA_NS}">')
        _METADATA(out, metadata, _notes(metadata.notations), "")
        out.append(f"\n  <Declaration {names}>")
        _WRAPPED(out, lodgement, notes, "")
        out.append("\n  </Declaration>\n</md:MetaData>\n")
    return "".join(out).encode()


def write_responses(responses: Sequence[Response], metadata: Metadata) -> bytes:
    """Answers of customs in one message, as UTF-8 bytes. Raises Refusal like `write`."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>\n', f'<md:MetaData xmlns:md="{METADATA_NS}">']
    _METADATA(out, metadata, _notes(metadata.notations), "")
    for response in responses:
        out.append(f'\n  <Response xmlns="{RESPONSE_NS}" xmlns:ds="{ANSWER_STAMP_NS}">')
        _RESPONSE(out, response, _notes(response.notations), "")
        if response.changed is not None:
            out.append(f'\n    <Declaration xmlns="{DECLARATION_NS}" xmlns:ds="{STAMP_NS}">')
            _CHANGED(out, response.changed, _notes(response.changed.notations), "")
            out.append("\n    </Declaration>")
        out.append("\n  </Response>")
    out.append("\n</md:MetaData>\n")
    return "".join(out).encode()


def _notes(notations: tuple[Notation, ...]) -> Notes:
    notes: Notes = {}
    for notation in notations:
        notes.setdefault(notation.path, []).append((notation.name, notation.value))
    return notes


def _escape(text: str, tag: str) -> str:
    """Text or attribute value as XML. Carriage returns are written as references, or a reader would lose them."""
    if not _SPECIAL(text):
        return text
    if found := _ILLEGAL(text):
        hint = "Remove the character; XML has no way to write it"
        code = f"U+{ord(found[0]):04X}"
        raise Refusal([Problem("InvalidCharacter", f"{code} cannot be written in XML", tag, hint)])
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text.replace("\r", "&#13;")


def _attribute(text: str, tag: str) -> str:
    return _escape(text, tag).replace("\n", "&#10;").replace("\t", "&#9;")


def _digits(value: Decimal, tag: str) -> str:
    """A decimal as XML Schema writes it: its own digits, no exponent."""
    if not value.is_finite() or abs(value.adjusted()) > MAX_EXPONENT:
        hint = "Give a number of customs size"
        raise Refusal([Problem("InvalidDecimal", "This number cannot be written", tag, hint, str(value)[:80])])
    return format(value, "f")


def _marks(notes: Notes, path: str, tag: str) -> str:
    """The attributes noted for a path, ready to stand in a tag."""
    found = notes.get(path, ())
    return "".join(f' {name}="{_attribute(value, tag)}"' for name, value in found if name)


def _tags(tag: str, depth: int, prefix: str) -> tuple[str, str, str]:
    """Opening tag without its bracket, closing tag of a value, closing tag of a class on its own line."""
    line = "\n" + "  " * depth
    return f"{line}<{prefix}{tag}", f"</{prefix}{tag}>", f"{line}</{prefix}{tag}>"


def _put(row: Element, depth: int, prefix: str, default: object) -> Put:
    if row.kind == "flat":
        return _put_flat(row, depth, prefix)
    if row.kind == "class":
        return _put_many(row, depth, prefix) if row.many else _put_one(row, depth, prefix, default)
    return _put_value(row, depth, prefix, _CONTENT[row.kind])


def _put_value(row: Element, depth: int, prefix: str, content: Callable[[Any, str], tuple[str, str]]) -> Put:
    tag, field = row.tag, row.field
    start, end, _ = _tags(tag, depth, prefix)

    def put(out: list[str], record: Any, notes: Notes, path: str) -> None:
        value = getattr(record, field)
        here = path + tag if notes else ""
        if value is None or value == "":
            if here in notes:
                out.append(f"{start}{_marks(notes, here, tag)}/>")
            return
        attributes, inner = content(value, tag)
        if here in notes:
            attributes += _marks(notes, here, tag)
        out.append(f"{start}{attributes}>{inner}{end}")

    return put


def _text(value: str, tag: str) -> tuple[str, str]:
    return "", _escape(value, tag)


def _decimal(value: Decimal, tag: str) -> tuple[str, str]:
    return "", _digits(value, tag)


def _integer(value: int, tag: str) -> tuple[str, str]:
    return "", str(value)


def _amount(value: Any, tag: str) -> tuple[str, str]:
    of = f' currencyID="{_attribute(value.currency, tag)}"' if value.currency else ""
    return of, _digits(value.value, tag)


def _measure(value: Any, tag: str) -> tuple[str, str]:
    of = f' unitCode="{_attribute(value.unit, tag)}"' if value.unit else ""
    return of, _digits(value.value, tag)


def _stamp(value: Any, tag: str) -> tuple[str, str]:
    of = f' formatCode="{_attribute(value.format, tag)}"'
    return "", f"<ds:DateTimeString{of}>{_escape(value.text, tag)}</ds:DateTimeString>"


_CONTENT: dict[str, Callable[[Any, str], tuple[str, str]]] = {
    "text": _text,
    "code": _text,
    "identifier": _text,
    "decimal": _decimal,
    "integer": _integer,
    "amount": _amount,
    "measure": _measure,
    "stamp": _stamp,
}


def _put_one(row: Element, depth: int, prefix: str, default: object) -> Put:
    tag, field = row.tag, row.field
    start, _, end = _tags(tag, depth, prefix)
    inner = _class(row.of, depth + 1, prefix)

    def put(out: list[str], record: Any, notes: Notes, path: str) -> None:
        value = getattr(record, field)
        here = path + tag if notes else ""
        if value is None:
            return
        if value == default and not any(p == here or p.startswith(here + "/") for p in notes):
            return
        out.append(f"{start}>")
        inner(out, value, notes, here + "/")
        out.append(end)

    return put


def _put_many(row: Element, depth: int, prefix: str) -> Put:
    tag, field = row.tag, row.field
    start, _, end = _tags(tag, depth, prefix)
    inner = _class(row.of, depth + 1, prefix)

    def put(out: list[str], record: Any, notes: Notes, path: str) -> None:
        for number, value in enumerate(getattr(record, field), 1):
            out.append(f"{start}>")
            inner(out, value, notes, f"{path}{tag}[{number}]/" if notes else "")
            out.append(end)

    return put


def _put_flat(row: Element, depth: int, prefix: str) -> Put:
    tag = row.tag
    start, _, end = _tags(tag, depth, prefix)
    inner = _class(row.of, depth + 1, prefix)

    def put(out: list[str], record: Any, notes: Notes, path: str) -> None:
        here = path + tag if notes else ""
        within: list[str] = []
        inner(within, record, notes, here + "/")
        if within or here in notes:
            out.append(f"{start}>")
            out.extend(within)
            out.append(end)

    return put


def _class(table: Class | None, depth: int, prefix: str = "") -> Put:
    assert table is not None
    defaults = {f.name: f.default for f in msgspec.structs.fields(table.record)} if table.record else {}
    puts = tuple(_put(row, depth, prefix, defaults.get(row.field)) for row in table.rows)

    def put(out: list[str], record: Any, notes: Notes, path: str) -> None:
        for each in puts:
            each(out, record, notes, path)

    return put


_BARE = _class(DECLARATION, 1)
_WRAPPED = _class(DECLARATION, 2)
_CHANGED = _class(DECLARATION, 3)
_RESPONSE = _class(RESPONSE, 2)
_METADATA = _class(METADATA, 1, "md:")
