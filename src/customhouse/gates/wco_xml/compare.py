"""Whether two messages say the same: compares content, not spelling.

Not compared: comments, processing instructions, white space between elements and at the ends of a value, order of
attributes, prefixes, xsi attributes. Numbers (elements that WCO names ...Amount, ...Measure, ...Quantity, ...Numeric)
are equal when value and number of decimals are: leading zeros and a plus sign are spelling, 1.50 and 1.5 are not.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice, zip_longest

from lxml import etree

from customhouse.gates.wco_xml.pointer import local, path_of

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
BLANK = " \t\r\n"
NUMERIC = ("Amount", "Measure", "Quantity", "Numeric")


def differences(one: etree._Element, other: etree._Element, *, strict: bool = True, limit: int = 10) -> tuple[str, ...]:
    """What the second message says otherwise, each with its WCO path; empty when they say the same.

    `strict` False is for messages no schema has checked: local names only, and the order of elements of different
    name is free, because we write schema order and the schema's namespace whatever came in.
    """
    return tuple(islice(_compare(one, other, strict), limit))


def _compare(one: etree._Element, other: etree._Element, strict: bool) -> Iterator[str]:
    where = path_of(one) or local(one.tag)
    if not _same_name(one, other, strict):
        yield f"{where}: {one.tag} became {other.tag}"
        return
    for name, value in sorted(_attributes(one) ^ _attributes(other)):
        yield f"{where}: attribute {name}={value!r} stands on one side only"
    if not _same_text(one, other):
        yield f"{where}: {_text(one)[:60]!r} became {_text(other)[:60]!r}"
    for mine, theirs in zip_longest(_children(one, strict), _children(other, strict)):
        if mine is None or theirs is None or not _same_name(mine, theirs, strict):
            was = local(mine.tag) if mine is not None else "nothing"
            now = local(theirs.tag) if theirs is not None else "nothing"
            yield f"{where}: {was} became {now}"
            return
        yield from _compare(mine, theirs, strict)


def _same_name(one: etree._Element, other: etree._Element, strict: bool) -> bool:
    return one.tag == other.tag if strict else local(one.tag) == local(other.tag)


def _children(element: etree._Element, ordered: bool) -> list[etree._Element]:
    found = [e for e in element if isinstance(e.tag, str)]
    return found if ordered else sorted(found, key=lambda e: local(e.tag))


def _attributes(element: etree._Element) -> set[tuple[str, str]]:
    return {(name, value) for name, value in element.items() if not name.startswith(XSI)}


def _text(element: etree._Element) -> str:
    parts = [element.text or "", *(child.tail or "" for child in element)]
    return "".join(parts).strip(BLANK)


def _same_text(one: etree._Element, other: etree._Element) -> bool:
    mine, theirs = _text(one), _text(other)
    if mine == theirs:
        return True
    if len(one) or not local(one.tag).endswith(NUMERIC):
        return False
    try:
        return Decimal(mine).as_tuple() == Decimal(theirs).as_tuple()
    except InvalidOperation:
        return False
