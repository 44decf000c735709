"""Where in a declaration something stands, in the three ways the field writes it down.

A WCO path names elements below Declaration, with a 1-based index on every element that may repeat
(``GoodsShipment/GovernmentAgencyGoodsItem[2]/Commodity``). The same place in WCO ids (``42A/67A/68A[2]/23A``) and as
the list of Pointer classes goes into answers and amendments (WCO Data Model, class 97A).
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from lxml import etree

from customhouse.gates.wco_xml.element import Class, Element
from customhouse.gates.wco_xml.table import DECLARATION
from customhouse.record.lodgement import Pointer

ROOTS = ("Declaration", "MetaData")
ROOT_ID = "42A"
_STEP = re.compile(r"([^/\[\]]+)(?:\[(\d+)\])?")


@cache
def rows_of(table: Class) -> dict[str, Element]:
    """The rows of a table by XML name."""
    return {row.tag: row for row in table.rows}


def local(tag: object) -> str:
    """The XML name without its namespace; empty for what is not an element."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


class Paths:
    """The WCO paths of elements of one message. Children are numbered once per parent, so many paths cost little.

    `roots` are the elements that paths begin below, `table` that of the first of them.
    """

    def __init__(self, roots: tuple[str, ...] = ROOTS, table: Class = DECLARATION) -> None:
        self._roots, self._table = roots, table
        self._numbers: dict[etree._Element, tuple[dict[etree._Element, int], Counter[str]]] = {}

    def of(self, element: etree._Element) -> str:
        """The path of an element; from the root of the message where it stands outside Declaration."""
        chain = [element, *element.iterancestors()]
        names = [local(e.tag) for e in chain]
        roots = [names.index(root) for root in self._roots if root in names]
        chain = chain[: min(roots, default=len(chain))]
        table: Class | None = self._table
        steps = []
        for here in reversed(chain):
            row = rows_of(table).get(local(here.tag)) if table else None
            steps.append(self._step(here, row))
            table = row.of if row else None
        return "/".join(steps)

    def _step(self, element: etree._Element, row: Element | None) -> str:
        """Name, and index where the table lets it repeat or it does repeat."""
        name, number, of = self._number(element)
        return f"{name}[{number}]" if number > 1 or (row.many if row else of > 1) else name

    def _number(self, element: etree._Element) -> tuple[str, int, int]:
        """Name, position among its siblings of that name, and how many of those there are."""
        name = local(element.tag)
        parent = element.getparent()
        if parent is None:
            return name, 1, 1
        if parent not in self._numbers:
            totals: Counter[str] = Counter()
            numbers: dict[etree._Element, int] = {}
            for child in parent:
                totals[local(child.tag)] += 1
                numbers[child] = totals[local(child.tag)]
            self._numbers[parent] = (numbers, totals)
        numbers, totals = self._numbers[parent]
        return name, numbers[element], totals[name]


def path_of(element: etree._Element) -> str:
    """The WCO path of one element of a parsed message."""
    return Paths().of(element)


def split(path: str) -> tuple[tuple[str, int | None], ...]:
    """The steps of a WCO path: (name, 1-based index or None)."""
    return tuple((name, int(number) if number else None) for name, number in _STEP.findall(path))


def ids(path: str) -> tuple[tuple[str, int | None], ...]:
    """The WCO ids of a path, from Declaration (42A) down; steps the table does not know end the list."""
    found: list[tuple[str, int | None]] = [(ROOT_ID, None)]
    table: Class | None = DECLARATION
    for name, number in split(path):
        row = rows_of(table).get(name) if table else None
        if row is None:
            break
        found.append((row.id, number))
        table = row.of
    return tuple(found)


def id_path(path: str) -> str:
    """The path in WCO ids: ``42A/67A/68A[2]/23A/137``."""
    return "/".join(f"{name}[{number}]" if number else name for name, number in ids(path))


def pointers(path: str) -> tuple[Pointer, ...]:
    """The path as Pointer classes: one per class, the element's own id as tag of the last (``68A``, 2, ``103``)."""
    found: list[Pointer] = []
    table: Class | None = DECLARATION
    section = ROOT_ID
    sequence: int | None = None
    for name, number in split(path):
        row = rows_of(table).get(name) if table else None
        if row is None:
            break
        if row.of is None:
            return (*found, Pointer(section, sequence, row.id))
        found.append(Pointer(section, sequence))
        section, sequence, table = row.id, number, row.of
    return (*found, Pointer(section, sequence))
