"""The words of the mapping table: what one element of a WCO message is, and which of our fields holds it.

A table row is an `Element`, a WCO class is a `Class` with its rows in schema order. Reader, writer, pointers and tests
all walk the same rows, so an element is described in one place only.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

Kind = Literal["text", "code", "identifier", "decimal", "integer", "amount", "measure", "stamp", "class", "flat"]

LANGUAGE = ("languageID",)
SCHEME = (
    "schemeID",
    "schemeName",
    "schemeAgencyID",
    "schemeAgencyName",
    "schemeVersionID",
    "schemeDataURI",
    "schemeURI",
)
LIST = (
    "listID",
    "listAgencyID",
    "listAgencyName",
    "listName",
    "listVersionID",
    "name",
    "languageID",
    "listURI",
    "listSchemeURI",
)
UNIT = ("unitCode",)

ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "text": LANGUAGE,
    "code": LIST,
    "identifier": SCHEME,
    "decimal": UNIT,
    "integer": UNIT,
    "amount": ("currencyID",),
    "measure": UNIT,
    "stamp": (),
    "class": (),
    "flat": (),
}
"""Attributes that UN/CEFACT core component types allow on each kind; any other is refused as unknown."""


class Element(NamedTuple):
    """One row of the table.

    `tag` is the XML name, `id` the WCO data element or class id, `field` the field of the record class ("" for a flat
    wrapper). `kind` says how the content is read; `of` is the table of a class, or the wrapped rows of a flat wrapper,
    whose fields stand directly in the enclosing record class. `many`: held as a tuple. `required`: the message must
    have it.
    """

    tag: str
    id: str
    field: str
    kind: Kind
    of: Class | None = None
    many: bool = False
    required: bool = False


class Class(NamedTuple):
    """A WCO class in one place of the message: its record class and its rows in schema order."""

    name: str
    record: type[msgspec.Struct]
    rows: tuple[Element, ...]


def text(tag: str, id: str, field: str) -> Element:
    """Free text; white space at its ends means nothing and is not kept."""
    return Element(tag, id, field, "text")


def code(tag: str, id: str, field: str, *, required: bool = False) -> Element:
    """A value of a code list."""
    return Element(tag, id, field, "code", required=required)


def identifier(tag: str, id: str, field: str) -> Element:
    """A name or number that stands for one thing."""
    return Element(tag, id, field, "identifier")


def decimal(tag: str, id: str, field: str) -> Element:
    """A number that keeps the digits it came with."""
    return Element(tag, id, field, "decimal")


def integer(tag: str, id: str, field: str, *, required: bool = False) -> Element:
    """A count or a position."""
    return Element(tag, id, field, "integer", required=required)


def amount(tag: str, id: str, field: str) -> Element:
    """A decimal with `currencyID`."""
    return Element(tag, id, field, "amount")


def measure(tag: str, id: str, field: str) -> Element:
    """A decimal with `unitCode`."""
    return Element(tag, id, field, "measure")


def stamp(tag: str, id: str, field: str) -> Element:
    """A date and time: the child `DateTimeString` with its `formatCode`."""
    return Element(tag, id, field, "stamp")


def one(tag: str, id: str, field: str, of: Class) -> Element:
    """A class that stands at most once."""
    return Element(tag, id, field, "class", of)


def many(tag: str, id: str, field: str, of: Class) -> Element:
    """A class that may repeat; it is held as a tuple."""
    return Element(tag, id, field, "class", of, many=True)


def flat(tag: str, id: str, *rows: Element) -> Element:
    """A wrapper whose content stands directly in the enclosing record class."""
    return Element(tag, id, "", "flat", Class(tag, msgspec.Struct, rows))
