"""The reading clerk of the SAD gate: walks an ASYCUDA tree along the mapping table and fills in a Lodgement.

Every value of the file ends in the record or in the list of what found no place. Rows are taken in the order of the table, not
of the file, so that lists come out in one order whatever a release of ASYCUDAWorld writes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from lxml import etree

from customhouse.gates.asycuda.table import FLAGS, REPEATED, Row, by_path, rows
from customhouse.kernel.problem import Problem
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import kind_of
from customhouse.record.reading import Draft, Reading

EXPORT = {
    "goods_shipment.importer": "goods_shipment.consignee",
    "goods_shipment.consignment.arrival_means": "goods_shipment.consignment.departure_means",
    "presentation_office": "exit_office",
}
"""Fields of an import and what stands in the same box of an export."""

TYPES = {"IM": "IMA", "EX": "EXA", "CO": "COA"}
COMPUTED = "worked out or given by the system the file comes from; kept with the source"
ONE_ONLY = "the record holds one supplementary quantity"
_SCIENTIFIC = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,2}").fullmatch
_BOX_OF_SYSTEM = ("A", "47", "-")


class Leaf:
    """A value of the file: its row, its text, its place, and the repeated elements it stands in."""

    def __init__(self, row: Row | None, text: str, where: str, within: list[etree._Element]) -> None:
        self.row, self.text, self.where, self.within = row, text, where, within


def read(root: etree._Element, told: tuple[Problem, ...] = ()) -> Reading:
    """The declaration of an ASYCUDA element. Raises Refusal with every problem found."""
    return _Reading(root).run(told)


class _Reading:
    def __init__(self, root: etree._Element) -> None:
        self.draft: Draft[Lodgement] = Draft(Lodgement)
        order = {row.path.lower(): n for n, row in enumerate(rows())}
        found = list(leaves(root))
        self.leaves = sorted(found, key=lambda x: order[x.row.path.lower()] if x.row else len(order))
        self.counts: dict[str, int] = {}
        self.entries: dict[tuple[str, int], int] = {}
        kind = next((x.text for x in self.leaves if x.row and x.row.rule == "kind"), "")
        self.is_export = kind.strip().upper().startswith("EX")
        self.items = [e for e in root if _name(e) == "item"]

    def run(self, told: tuple[Problem, ...]) -> Reading:
        values = self.draft.values
        for n, _ in enumerate(self.items, 1):
            values[f"goods_shipment.items[{n}].sequence"] = str(n)
        self.counts["goods_shipment.items"] = len(self.items)
        for n, element in enumerate(self.items, 1):
            self.entries["goods_shipment.items", id(element)] = n
        for leaf in self.leaves:
            self._take(leaf)
        self._complete()
        lodgement = self.draft.finish()
        return Reading(lodgement, tuple(self.draft.leftovers), told)

    def _take(self, leaf: Leaf) -> None:
        row, text = leaf.row, leaf.text
        if row is None:
            self.draft.leave(leaf.where, text, "the element is not known")
        elif row.rule in SPECIAL:
            SPECIAL[row.rule](self, row, leaf)
        elif not row.field:
            why = COMPUTED if row.box in _BOX_OF_SYSTEM else "our record has no field for it"
            self.draft.leave(leaf.where, text, why)
        else:
            self.put(row, leaf, text)

    def put(self, row: Row, leaf: Leaf, text: str, field: str = "") -> None:
        path = self.path(field or row.field, leaf)
        self.draft.put(path, self.number(path, text), leaf.where)
        entry = path.rpartition("].")[0]
        for name, value in row.fixed:
            self.draft.values.setdefault(f"{entry}].{name}", value)

    def path(self, field: str, leaf: Leaf) -> str:
        """The field with the positions of its lists: one for each repeated element around, or the next entry."""
        for mine, theirs in EXPORT.items() if self.is_export else ():
            if field == mine or field.startswith(f"{mine}."):
                field = theirs + field[len(mine) :]
        within = list(leaf.within)
        while "[]" in field:
            head, _, rest = field.partition("[]")
            owner = within.pop(0) if within else leaf
            key = (head, id(owner))
            if key not in self.entries:
                self.counts[head] = self.counts.get(head, 0) + 1
                self.entries[key] = self.counts[head]
            field = f"{head}[{self.entries[key]}]{rest}"
        return field

    @staticmethod
    def number(path: str, text: str) -> str:
        """A number as Java may have written it (1.2E7) in plain digits; other text as it is."""
        plain = kind_of(Lodgement, path) in (Decimal, int) and _SCIENTIFIC(text)
        return f"{Decimal(text):f}" if plain else text

    def _complete(self) -> None:
        """What the SAD says once for all items: the currency of the invoice is that of the prices; equipment is numbered."""
        values = self.draft.values
        currency = values.get("invoice.currency", "")
        for n in range(1, len(self.items) + 1):
            price = f"goods_shipment.items[{n}].commodity.price"
            if currency and f"{price}.value" in values and f"{price}.currency" not in values:
                values[f"{price}.currency"] = currency
            if f"goods_shipment.items[{n}].packages[1].quantity" in values:
                values.setdefault(f"goods_shipment.items[{n}].packages[1].sequence", "1")
        if currency and {"invoice.value", "currency_exchanges[1].rate"} <= set(values):
            values["currency_exchanges[1].currency"] = currency
        equipment = "goods_shipment.consignment.equipment"
        for n in range(1, self.counts.get(equipment, 0) + 1):
            values[f"{equipment}[{n}].sequence"] = str(n)


def _kind(reading: _Reading, row: Row, leaf: Leaf) -> None:
    text = leaf.text.upper()
    reading.put(row, leaf, TYPES.get(text, text))


def _general(reading: _Reading, row: Row, leaf: Leaf) -> None:
    """The first digit of the procedure, which the items repeat: left over only where they do not."""
    asked = {v[:1] for p, v in reading.draft.values.items() if p.endswith(".procedures[1].current")}
    found = {x.text[:1] for x in reading.leaves if x.row and x.row.rule == "split2"}
    if (asked or found) != {leaf.text}:
        reading.draft.leave(leaf.where, leaf.text, "the procedures of the items say otherwise")


def _flow(reading: _Reading, row: Row, leaf: Leaf) -> None:
    if leaf.text.upper() != ("E" if reading.is_export else "I"):
        reading.draft.leave(leaf.where, leaf.text, "the type of declaration says otherwise")


def _flag(reading: _Reading, row: Row, leaf: Leaf) -> None:
    reading.put(row, leaf, FLAGS.get(leaf.text.lower(), leaf.text))


def _cost(reading: _Reading, row: Row, leaf: Leaf) -> None:
    """An amount of nothing says nothing: ASYCUDAWorld writes 0 where no cost was declared."""
    try:
        if Decimal(leaf.text) == 0:
            return
    except InvalidOperation:
        pass
    reading.put(row, leaf, leaf.text)


def _again(reading: _Reading, row: Row, leaf: Leaf) -> None:
    """The same thing told a second time: taken where the first is missing, left over where it differs."""
    path = reading.path(row.field, leaf)
    held = reading.draft.values.get(path)
    text = reading.number(path, leaf.text)
    try:
        same = held is not None and Decimal(held) == Decimal(text)
    except InvalidOperation:
        same = held == text
    if not same:
        reading.put(row, leaf, leaf.text)


def _first(reading: _Reading, row: Row, leaf: Leaf) -> None:
    unit = leaf.within[-1]
    parent = unit.getparent()
    siblings = [e for e in parent if _name(e) == "supplementary_unit"] if parent is not None else [unit]
    if siblings[0] is not unit:
        reading.draft.leave(leaf.where, leaf.text, ONE_ONLY)
    else:
        _cost(reading, row, leaf)


def _split(reading: _Reading, row: Row, leaf: Leaf) -> None:
    head, _, names = row.field.rpartition(".")
    current, previous = names.split("|")
    reading.put(row, leaf, leaf.text[:2], f"{head}.{current}")
    reading.put(row, leaf, leaf.text[2:], f"{head}.{previous}")


def _document(reading: _Reading, row: Row, leaf: Leaf) -> None:
    head, _, names = row.field.rpartition(".")
    category, type = names.split("|")
    if len(leaf.text) == 4 and leaf.text[0].isalpha():
        reading.put(row, leaf, leaf.text[0], f"{head}.{category}")
        reading.put(row, leaf, leaf.text[1:], f"{head}.{type}")
    else:
        reading.put(row, leaf, leaf.text, f"{head}.{type}")


def _party(reading: _Reading, row: Row, leaf: Leaf) -> None:
    """Name and address in lines, as the box is printed: the first is the name."""
    name, *lines = [x for x in (line.strip() for line in leaf.text.splitlines()) if x]
    reading.put(row, leaf, name)
    if lines:
        reading.put(row, leaf, ", ".join(lines), f"{row.field.rpartition('.')[0]}.address.line")


def _more(reading: _Reading, row: Row, leaf: Leaf) -> None:
    path = reading.path("goods_shipment.items[].packages[1].marks", leaf)
    held = reading.draft.values.get(path)
    reading.draft.values[path] = f"{held} {leaf.text}" if held else leaf.text
    reading.draft.places.setdefault(path, leaf.where)


def _fallback(reading: _Reading, row: Row, leaf: Leaf) -> None:
    path = reading.path("goods_shipment.items[].commodity.description", leaf)
    if path in reading.draft.values:
        if reading.draft.values[path] != leaf.text:
            reading.draft.leave(leaf.where, leaf.text, "the words of the tariff; the commercial description is taken")
    else:
        reading.draft.put(path, leaf.text, leaf.where)


def _plain(reading: _Reading, row: Row, leaf: Leaf) -> None:
    reading.put(row, leaf, leaf.text)


SPECIAL = {
    "kind": _kind,
    "general": _general,
    "flow": _flow,
    "flag": _flag,
    "cost": _cost,
    "again": _again,
    "first": _first,
    "split2": _split,
    "document": _document,
    "party": _party,
    "more": _more,
    "fallback": _fallback,
    "reads": _plain,
}


def leaves(root: etree._Element) -> Iterator[Leaf]:
    """Every value below ASYCUDA: texts of elements without children, texts between elements, and attributes."""
    stack: list[tuple[etree._Element, str, str, list[etree._Element]]] = [(root, "", "", [])]
    known = by_path()
    while stack:
        element, path, shown, within = stack.pop()
        children = [c for c in element if isinstance(c.tag, str)]
        inner = [c for c in children if _name(c) != "null"]
        texts = [element.text or "", *(c.tail or "" for c in children)]
        text = "".join(texts).strip()
        place = f"{shown or 'ASYCUDA'} (line {element.sourceline})"
        for name, value in element.items():
            if not name.startswith("{http://www.w3.org/2001/XMLSchema-instance}"):
                yield Leaf(None, value, f"{place} attribute {etree.QName(name).localname}", within)
        if text:
            row = known.get(path) if not inner else None
            box = f", box {row.box}" if row is not None and row.box != "-" else ""
            yield Leaf(row, text, place[:-1] + box + ")", within)
        numbers: dict[str, int] = {}
        below = []
        for child in inner:
            name = _name(child)
            numbers[name] = numbers.get(name, 0) + 1
            whole = f"{path}/{name}" if path else name
            mark = f"[{numbers[name]}]" if whole in REPEATED else ""
            told = f"{shown}/{_local(child)}{mark}" if shown else f"{_local(child)}{mark}"
            below.append((child, whole, told, [*within, child] if whole in REPEATED else within))
        stack.extend(reversed(below))


def _local(element: etree._Element) -> str:
    return str(etree.QName(element).localname)


def _name(element: etree._Element) -> str:
    return _local(element).lower()
