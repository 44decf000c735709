"""The writing clerk of the SAD gate: a Lodgement as an ASYCUDAWorld SAD, along the same table.

What the SAD has no box for is not written; `left_out` of the gate says what that is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from customhouse.gates.asycuda.reader import EXPORT
from customhouse.gates.asycuda.table import COSTS, FLAGS, REPEATED, Row, rows
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import flat

SLOTS = {
    "goods_shipment.valuation.charges": tuple(code for _, code in COSTS),
    "commodity.classifications": ("TSP", "TRC", "GN", "GN", "GN"),
    "].procedures": ("with a previous one", "alone"),
}
"""Lists of which the SAD has one box for each entry: the types of the boxes in order."""

_NOT_WRITTEN = ("again", "reads", "general", "flow", "more", "fallback")
_INDEX = re.compile(r"\[(\d+)\]")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(lodgement: Lodgement) -> bytes:
    """The declaration as a SAD in UTF-8. Raises Refusal for text that XML cannot carry."""
    return etree.tostring(_Writing(lodgement).run(), xml_declaration=True, encoding="UTF-8", pretty_print=True)


class _Writing:
    def __init__(self, lodgement: Lodgement) -> None:
        self.lodgement = lodgement
        self.values = _in_slots(flat(lodgement))
        self.root = etree.Element("ASYCUDA")
        self.used: set[tuple[str, str]] = set()
        self.made: dict[tuple[str, tuple[int, ...]], etree._Element] = {}

    def run(self) -> etree._Element:
        first = next((v for p, v in self.values.items() if p.endswith("procedures[1].current")), "")
        for row in rows():
            if row.path.startswith("Item/") and ("Item", (1,)) not in self.made:
                for n in range(1, len(self.lodgement.items) + 1):  # an item of which nothing can be written is an item
                    self.made["Item", (n,)] = etree.SubElement(self.root, "Item")
            if row.rule == "general" and first:
                self._set(row, (), first[:1])
            elif row.rule == "flow":
                self._set(row, (), "I" if self.lodgement.is_import else "E")
            elif row.field and row.rule not in _NOT_WRITTEN:
                for index, text in self._values(row):
                    self._set(row, index, text)
        return self.root

    def _values(self, row: Row) -> Iterator[tuple[tuple[int, ...], str]]:
        """(positions of the repeated elements, text) for every value of this row."""
        field = row.field
        for mine, theirs in EXPORT.items() if not self.lodgement.is_import else ():
            if field == mine or field.startswith(f"{mine}."):
                field = theirs + field[len(mine) :]
        head, _, name = field.rpartition(".")
        names = name.split("|")
        form = re.compile(re.escape(f"{head}." if head else "").replace(r"\[\]", r"\[(\d+)\]") + re.escape(names[-1]))
        levels = sum(p in REPEATED for p in _prefixes(row.path))
        for path in [p for p in self.values if form.fullmatch(p)]:
            entry = path.rpartition("].")[0]
            if any(self.values.get(f"{entry}].{n}") != v for n, v in row.fixed if entry):
                continue
            match = form.fullmatch(path)
            index = tuple(int(x) for x in match.groups()) if match else ()
            if len(index) > levels:  # the box is there once: the first entry that nothing else has written takes it
                slot = (row.path, str(index[:levels]))
                if slot in self.used or (entry, name) in self.used:
                    continue
                self.used.update((slot, (entry, name)))
            yield index[:levels], self._text(row, path, names)

    def _text(self, row: Row, path: str, names: list[str]) -> str:
        text = self.values[path]
        if len(names) == 2:
            text = self.values.get(path.removesuffix(names[1]) + names[0], "") + text
        if row.rule == "kind":
            return text[:2]
        if row.rule == "flag":
            return next((word for word, flag in FLAGS.items() if flag == text), text)
        if row.rule == "party":
            address = path.removesuffix("name") + "address."
            parts = [self.values.get(address + x, "") for x in ("line", "postcode", "city", "country")]
            return "\n".join(x for x in (text, *parts) if x)
        return text

    def _set(self, row: Row, index: tuple[int, ...], text: str) -> None:
        if _UNFIT.search(text):
            raise Refusal(
                [Problem("InvalidCharacter", "XML cannot carry this character", row.path, value=repr(text)[:40])]
            )
        here, path, left = self.root, "", list(index)
        where: tuple[int, ...] = ()
        for name in row.path.split("/"):
            path = f"{path}/{name}" if path else name
            if path.lower() in REPEATED and left:
                where = (*where, left.pop(0))
            key = (path, where)
            if key not in self.made:
                self.made[key] = etree.SubElement(here, name)
            here = self.made[key]
        here.text = text


def _prefixes(path: str) -> Iterator[str]:
    parts = path.lower().split("/")
    return ("/".join(parts[:n]) for n in range(1, len(parts) + 1))


def _in_slots(values: dict[str, str]) -> dict[str, str]:
    """The values with entries of lists that have one box each moved to the position of their box."""
    found: dict[str, str] = {}
    moved: dict[str, str] = {}
    taken: set[str] = set()
    last: dict[str, int] = {}
    for path, value in values.items():
        list_end = next((f"{name}[" for name in SLOTS if f"{name}[" in path), "")
        if not list_end:
            found[path] = value
            continue
        at = path.index(list_end) + len(list_end)
        entry = path[: path.index("]", at) + 1]
        if entry not in moved:
            kind, head = _kind(values, entry), path[:at]
            free = [n for n, code in enumerate(SLOTS[list_end[:-1]], 1) if code == kind and f"{head}{n}]" not in taken]
            later = [n for n in free if n > last.get(head, 0)]  # boxes in the order of the entries, where that can be
            box = next(iter(later or free), 0)
            last[head] = max(box, last.get(head, 0))
            moved[entry] = f"{head}{box}]" if box else ""
            taken.add(moved[entry])
        if moved[entry]:
            found[moved[entry] + path[len(entry) :]] = value
    return found


def _kind(values: dict[str, str], entry: str) -> str:
    """What chooses the box of an entry: its type; of a procedure, whether a previous one stands with it."""
    if ".procedures[" in entry:
        return "with a previous one" if f"{entry}.previous" in values else "alone"
    return values.get(f"{entry}.type", "")
