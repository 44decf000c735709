"""The engine of the mapping tables: walks a placed message along a table into a record, and back.

A table says for each segment of a group, by its qualifier, which part of the record it speaks of (`base`) and which field
each component fills. Reader and writer walk the same rows, so an element is described in one place only. What no row takes
is a leftover with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from customhouse.gates.edifact.structure import Group, Position
from customhouse.gates.edifact.syntax import Segment, segment
from customhouse.record.paths import flat, kind_of
from customhouse.record.reading import NO_PLACE, Draft

SERVICE = ("UNH", "UNS", "UNT")
"""Segments of a message that carry no content of their own."""

QUALIFIER: dict[str, tuple[tuple[int, int], ...]] = {
    "BGM": ((0, 0),),
    "LOC": ((0, 0),),
    "DTM": ((0, 0),),
    "GEI": ((0, 0), (1, 0)),
    "MEA": ((0, 0), (1, 0)),
    "NAD": ((0, 0),),
    "MOA": ((0, 0),),
    "RFF": ((0, 0),),
    "FTX": ((0, 0),),
    "TDT": ((0, 0),),
    "EQD": ((0, 0),),
    "CNT": ((0, 0),),
    "TOD": ((0, 0),),
    "PCI": ((0, 0),),
    "QTY": ((0, 0),),
    "CTA": ((0, 0),),
    "TAX": ((0, 0),),
    "DGS": ((0, 0),),
}
"""Where a segment says what it is about: the components that choose its row."""

LISTS = {
    "BGM": ((0, 1), (0, 2)),
    "CNI": ((0, 0),),
    "CST": tuple((e, c) for e in range(1, 6) for c in (1, 2)),
    "LOC": ((1, 1), (1, 2), (2, 1), (2, 2), (3, 1), (3, 2)),
    "NAD": ((1, 1), (1, 2), (6, 1), (6, 2)),
    "FTX": ((2, 1), (2, 2)),
    "DOC": ((0, 1), (0, 2)),
    "PAC": ((2, 1), (2, 2)),
    "TAX": ((1, 1), (1, 2), (2, 1), (2, 2), (4, 1), (4, 2)),
    "GEI": ((1, 1), (1, 2)),
    "TDT": ((3, 1), (3, 2), (4, 1), (4, 2), (7, 2)),
    "TOD": ((2, 1), (2, 2)),
    "EQD": ((1, 1), (1, 2), (2, 1), (2, 2)),
    "SEL": ((1, 1), (1, 2)),
    "GID": ((1, 2), (1, 3)),
    "SGP": ((0, 1), (0, 2)),
    "DGS": ((1, 1),),
}
"""Components that name a code list or its keeper (elements 1131 and 3055), or only count: they are not kept."""

_LAST = re.compile(r"\[\]$")


class Conversion(NamedTuple):
    """How several components make one value: reading raises ValueError with the reason; `covers` are the components taken."""

    covers: tuple[tuple[int, int], ...]
    read: Callable[[Segment], str]
    write: Callable[[str], dict[tuple[int, int], str]]


class Field(NamedTuple):
    """One component and the field it fills, relative to the base of its row.

    `split` cuts the text in two for two fields joined with ``|`` (procedure 4000 -> 40, 00). `span` joins that many components
    to one text, `length` characters each. `words` translates codes. `lead` stands before a code of three digits in our record
    and not in the message. `convert` makes one value of several components.
    """

    at: tuple[int, int]
    field: str
    span: int = 1
    length: int = 0
    split: int = 0
    words: dict[str, str] = {}
    lead: str = ""
    convert: Conversion | None = None


class Row(NamedTuple):
    """One segment of one group and what it says. `means` is for people; `fixed` are fields that hang on the qualifier alone.

    `qualifier` joins the qualifying components with a colon; alternatives, which are read and not written, follow after ``|``.
    """

    group: str
    tag: str
    qualifier: str
    base: str
    fields: tuple[Field, ...]
    means: str
    fixed: dict[str, str] = {}
    reads_only: bool = False
    keeper: tuple[str, ...] = ()


def one(at: tuple[int, int], field: str, **more: Any) -> Field:
    """A component that fills a field."""
    return Field(at, field, **more)


class Table:
    """The rows of a message type, found by group and tag."""

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self.rows = rows
        self.at: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            self.at.setdefault((row.group, row.tag), []).append(row)

    def find(self, group: str, s: Segment) -> Row | None:
        """The row of this segment in that group, or None."""
        said = [s.at(*place) for place in QUALIFIER.get(s.tag, ())]
        for row in self.at.get((group, s.tag), ()):
            if any(_matches(q, said) for q in row.qualifier.split("|")) and self._kept(row, s):
                return row
        return None

    @staticmethod
    def _kept(row: Row, s: Segment) -> bool:
        """Whether the codes of this segment are those of a list the row knows (element 3055, next but one to the code)."""
        if not row.keeper:
            return True
        return all(s.at(f.at[0], f.at[1] + 2) in row.keeper for f in row.fields if f.at[0] > 0)


def _matches(qualifier: str, said: list[str]) -> bool:
    wanted = qualifier.split(":") if qualifier else []
    return all(w in ("*", have) for w, have in zip(wanted, said, strict=False))


class Reader:
    """Takes the values of one message into a draft."""

    def __init__(self, table: Table, draft: Draft[Any], aside: dict[str, str] | None = None) -> None:
        self.table, self.draft = table, draft
        self.counts: dict[str, int] = {}
        self.aside = aside or {}

    def group(self, group: Group, base: str = "") -> None:
        """Read a group and all within; `base` is the part of the record that the group around it speaks of."""
        own = base
        for n, s in enumerate(group.segments):
            if s.tag in SERVICE:
                continue
            row = self.table.find(group.name, s)
            if row is None or s.tag in self.aside:
                self.draft.leave(s.where, spelled(s), self.aside.get(s.tag, NO_PLACE))
                continue
            here = self._entry(own, row.base)
            if n == 0 and group.name:
                own = here
            self._take(s, row, here)
        for inner in group.groups:
            self.group(inner, own)

    def number(self) -> None:
        """Give every entry of a list its place as its number, where it has none and its class has a field for one."""
        for head, count in self.counts.items():
            for n in range(1, count + 1):
                path = f"{head}[{n}].sequence"
                if path not in self.draft.values and _has(self.draft.record, path):
                    self.draft.put(path, str(n), head)

    def _entry(self, base: str, row_base: str) -> str:
        """The part of the record this segment speaks of; the next of a list where the base ends with []."""
        path = ".".join(x for x in (base, row_base) if x)
        if not path.endswith("[]"):
            return path
        head = _LAST.sub("", path)
        self.counts[head] = self.counts.get(head, 0) + 1
        return f"{head}[{self.counts[head]}]"

    def _take(self, s: Segment, row: Row, base: str) -> None:
        taken = {*QUALIFIER.get(s.tag, ())}
        found = False
        for field in row.fields:
            element, component = field.at
            if field.convert is not None:
                taken.update(field.convert.covers)
                found = self._convert(s, field, base) or found
                continue
            taken.update((element, component + n) for n in range(field.span))
            if text := _joined([s.at(element, component + n) for n in range(field.span)], field.length):
                found = True
                self._put(base, field, text, _place(s, element, component))
        if found or not row.fields:
            for name, value in row.fixed.items():
                self._put(base, Field((0, 0), name), value, s.where)
        self._leave(s, taken)

    def _convert(self, s: Segment, field: Field, base: str) -> bool:
        assert field.convert is not None
        shown = ":".join(s.at(*place) for place in field.convert.covers)
        if not shown.strip(":"):
            return False
        try:
            self._put(base, Field(field.at, field.field), field.convert.read(s), _place(s, *field.at))
        except ValueError as fault:
            self.draft.problem("InvalidValue", str(fault), _place(s, *field.at), "", shown)
        return True

    def _put(self, base: str, field: Field, text: str, where: str) -> None:
        if field.words:
            if text not in field.words:
                self.draft.leave(where, text, "the code is not one of the table")
                return
            text = field.words[text]
        if field.lead and len(text) == 3 and text.isascii() and text.isdigit():
            text = field.lead + text
        names = field.field.split("|")
        parts = [text[: field.split], text[field.split :]] if field.split else [text]
        for name, part in zip(names, parts, strict=True):
            if part or name.endswith("previous"):
                path = ".".join(x for x in (base, name) if x)
                self.draft.put(path, part, where)

    def _leave(self, s: Segment, taken: set[tuple[int, int]]) -> None:
        """Whatever the table does not take of this segment."""
        quiet = LISTS.get(s.tag, ())
        for element, repetitions in enumerate(s.elements):
            for r, components in enumerate(repetitions):
                for component, text in enumerate(components):
                    at = (element, component)
                    if text and (r or at not in taken) and at not in quiet:
                        qualifier = "+".join(s.at(*q) for q in QUALIFIER.get(s.tag, ()) if q != at)
                        where = _place(s, element, component) + (f" ({s.tag}+{qualifier})" if qualifier else "")
                        self.draft.leave(where, text)


def spelled(s: Segment) -> str:
    """The elements of a segment as one line, for people."""
    return "+".join("*".join(":".join(c) for c in e) for e in s.elements)


def _place(s: Segment, element: int, component: int) -> str:
    return f"{s.where} element {element + 1}" + (f" component {component + 1}" if component else "")


def _joined(parts: list[str], length: int) -> str:
    """Components that carry one text: joined with a blank, or with nothing where one is full and the text went on."""
    text = parts[0]
    for before, part in pairwise(parts):
        if part:
            text += part if length and len(before) == length else f" {part}" if text else part
    return text


class Writer:
    """Makes the segments of a message from the values of a record, in the order of its structure."""

    def __init__(self, table: Table, record: Any) -> None:
        self.table = table
        self.values = flat(record, defaults=True)
        found: dict[str, dict[int, str]] = {}
        for entry in {x for p in self.values for x in _entries(p)}:
            head, _, number = entry[:-1].rpartition("[")
            found.setdefault(head, {})[int(number)] = entry
        self.entries = {head: [entries[n] for n in sorted(entries)] for head, entries in found.items()}

    def segments(self, rows: tuple[Position, ...], group: str = "", base: str = "") -> list[Segment]:
        """The segments at these positions, without those of the first row where a group has written its trigger."""
        found: list[Segment] = []
        sections = iter("DS")
        for position in rows:
            if position.name == "UNS":
                found.append(segment("UNS", next(sections)))
            elif not position.rows:
                written = [s for row, b in self._bases(group, position.name, base) if (s := self._made(row, b))]
                if position.required and not written:
                    written = [_segment(row, {}) for row in self.table.at.get((group, position.name), ())]
                found.extend(written[: position.most])
            else:
                found.extend(self._groups(position, base))
        return found

    def _groups(self, position: Position, base: str) -> list[Segment]:
        found: list[Segment] = []
        times = 0
        seen: set[str] = set()
        for row, inner in self._bases(position.name, position.rows[0].name, base):
            rest = [] if inner in seen else self.segments(position.rows[1:], position.name, inner)
            if not rest and any(p.required for p in position.rows[1:]):
                continue
            seen.add(inner)
            trigger = self._made(row, inner) or (_segment(row, {}) if rest else None)
            if trigger is not None and times < position.most:
                found += [trigger, *rest]
                times += 1
        return found

    def _bases(self, group: str, tag: str, base: str) -> Iterator[tuple[Row, str]]:
        """(row, part of the record) for every segment of this place, in the order of the record where it is a list."""
        rows = [r for r in self.table.at.get((group, tag), ()) if not r.reads_only]
        done: set[str] = set()
        for row in rows:
            path = ".".join(x for x in (base, row.base) if x)
            if not path.endswith("[]"):
                if self._speaks(row, path):
                    yield row, path
            elif path not in done:
                done.add(path)
                yield from self._listed(rows, row.base, path[:-2])

    def _listed(self, rows: list[Row], base: str, head: str) -> Iterator[tuple[Row, str]]:
        same = [r for r in rows if r.base == base]
        for entry in self.entries.get(head, ()):
            row = next((r for r in same if self._speaks(r, entry)), None)
            if row is not None:
                yield row, entry

    def _speaks(self, row: Row, base: str) -> bool:
        return all(self.values.get(f"{base}.{n}" if base else n, "") == v for n, v in row.fixed.items())

    def _made(self, row: Row, base: str) -> Segment | None:
        parts: dict[tuple[int, int], str] = {}
        for field in row.fields:
            if text := self._text(field, base):
                if field.convert is not None:
                    parts.update(field.convert.write(text))
                    continue
                if field.span == 1:
                    parts[field.at] = text
                    continue
                size = field.length or len(text)
                pieces = [text[n : n + size] for n in range(0, len(text), size)][: field.span]
                parts.update({(field.at[0], field.at[1] + n): piece for n, piece in enumerate(pieces)})
        return _segment(row, parts) if parts or not row.fields else None

    def _text(self, field: Field, base: str) -> str:
        names = [f"{base}.{n}" if base else n for n in field.field.split("|")]
        text = "".join(self.values.get(n, "") for n in names)
        if field.split and (len(self.values.get(names[0], "")) != field.split or names[1] not in self.values):
            return ""
        if field.words:
            return next((code for code, word in field.words.items() if word == text), "") if text else ""
        if field.lead and text[:1] == field.lead and text[1:].isdigit() and len(text) == 4:
            return text[1:]
        return text


def _segment(row: Row, parts: dict[tuple[int, int], str]) -> Segment:
    qualifier = row.qualifier.split("|")[0].split(":") if row.qualifier else []
    for spot, text in zip(QUALIFIER.get(row.tag, ()), qualifier, strict=False):
        parts.setdefault(spot, "" if text == "*" else text)
    width = max((e for e, _ in parts), default=-1) + 1
    elements = []
    for e in range(width):
        most = max((c for x, c in parts if x == e), default=-1) + 1
        elements.append((tuple(parts.get((e, c), "") for c in range(most)) or ("",),))
    return Segment(row.tag, tuple(elements))


def _entries(path: str) -> Iterator[str]:
    """The entries of lists that a path leads through: ``items[1].packages[2].type`` goes through two."""
    return (path[: m.end()] for m in re.finditer(r"\[\d+\]", path))


def _has(record: type, path: str) -> bool:
    try:
        return kind_of(record, path) is int
    except KeyError:
        return False
