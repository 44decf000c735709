"""The reading clerk: walks a parsed Declaration along the mapping table and fills in a Lodgement.

The table is compiled once into one dictionary per WCO class: XML name with namespace -> what to do. Everything that does
not fit is noted with its WCO path and the reading goes on, so that all problems come back at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec
from lxml import etree

from customhouse.gates.wco_xml.element import ATTRIBUTES, Class, Element
from customhouse.gates.wco_xml.message import METADATA, Metadata
from customhouse.gates.wco_xml.pointer import local, path_of
from customhouse.gates.wco_xml.table import DECLARATION
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Amount, Lodgement, Measure, Notation, Stamp

MAX_PROBLEMS = 100
"""Problems described one by one; a message with more is not a declaration that somebody will mend line by line."""

MAX_DEPTH = 24
"""Deepest nesting looked into; the schema needs 8 below Declaration."""

MAX_CACHED_NAMES = 512
BLANK = " \t\r\n"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
too_deep = etree.XPath("boolean(" + "/".join("*" * MAX_DEPTH) + ")")
"""Whether a tree is nested deeper than MAX_DEPTH. Only asked of refused messages: what the table reads is never deep."""
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})").fullmatch
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(?:\.0{0,12})?").fullmatch

Take = Callable[[etree._Element, dict[str, Any], "Findings"], None]
Step = tuple[int, str, Take]
PLAIN = ("text", "code", "identifier")


class Findings:
    """What was noticed while reading one message: problems, and notations that the record classes have no field for."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.notations: list[Notation] = []
        self.more = 0

    def problem(self, rule: str, label: str, element: etree._Element, hint: str = "", value: str | None = "") -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            self.more += 1
            return
        where = path_of(element) or local(element.tag)
        self.problems.append(Problem(rule, f"{label} (line {element.sourceline})", where, hint, (value or "")[:80]))

    def empty(self, element: etree._Element) -> None:
        self.notations.append(Notation(path_of(element)))

    def attributes(self, element: etree._Element, row: Element, used: str = "") -> None:
        """Keep the attributes that the element may carry, refuse the others."""
        allowed = ATTRIBUTES[row.kind]
        for name, value in element.items():
            if name == used or name.startswith(XSI):
                continue
            if name in allowed:
                self.notations.append(Notation(path_of(element), name, value))
            else:
                hint = f"Known here: {', '.join(allowed)}" if allowed else "Remove it; the element carries none"
                self.problem("UnknownAttribute", f"The attribute {name} is not known here", element, hint, value)

    def raise_all(self, root: etree._Element) -> None:
        if too_deep(root):
            hint = "The schema of the declaration needs 10"
            self.problems.append(Problem("TooDeep", f"Elements are nested more than {MAX_DEPTH} deep", hint=hint))
        if self.more:
            self.problems.append(
                Problem("TooManyProblems", f"{self.more} further problems are not listed", hint="Mend these first")
            )
        raise Refusal(self.problems)


class Plan:
    """A WCO class ready for reading: XML name -> (bit if it may stand once only, field of a plain text, what to do)."""

    def __init__(self, table: Class) -> None:
        self.table = table
        self.steps: dict[object, Step] = {}
        self.required = 0
        self.bits: dict[str, int] = {}
        self.lists = tuple(row.field for row in table.rows if row.many)
        defaults = {f.name: f.default for f in msgspec.structs.fields(table.record)}
        for n, row in enumerate(table.rows):
            bit = 0 if row.many else 1 << n
            self.bits[row.tag] = bit
            self.required |= bit if row.required else 0
            plain = row.field if row.kind in PLAIN else ""
            self.steps[row.tag] = (bit, plain, _TAKES[row.kind](row, defaults.get(row.field)))

    def fill(self, element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        """Read the children of `element` into `values` (field -> value)."""
        steps, seen = self.steps, 0
        for child in element:
            step = steps.get(child.tag) or self._named(child)
            if step is None:
                self._unknown(child, findings)
                continue
            bit, plain, take = step
            if seen & bit:
                findings.problem("DuplicateElement", "The element may stand here once only", child)
                continue
            seen |= bit
            text = child.text if plain else None
            if text and not child.items() and not len(child) and (text := text.strip(BLANK)):
                values[plain] = text  # the common case; `take` handles every other
            else:
                take(child, values, findings)
            if (text := child.tail) is not None and text.strip(BLANK):
                _stray(text, element, findings)
        if self.required & ~seen:
            self._missing(element, seen, findings)
        if (text := element.text) is not None and text.strip(BLANK):
            _stray(text, element, findings)

    def _named(self, child: etree._Element) -> Step | None:
        """The step for a name with namespace, remembered under that name."""
        step = self.steps.get(local(child.tag))
        if step is not None and len(self.steps) < MAX_CACHED_NAMES:
            self.steps[child.tag] = step
        return step

    def _unknown(self, child: etree._Element, findings: Findings) -> None:
        near = _nearest(local(child.tag), self.bits)
        hint = f"Did you mean {near}?" if near else f"Remove it; {self.table.name} has no such element"
        findings.problem("UnknownElement", "The element is not known here", child, hint, local(child.tag))

    def _missing(self, element: etree._Element, seen: int, findings: Findings) -> None:
        for row in self.table.rows:
            if row.required and not seen & self.bits[row.tag]:
                findings.problem("MissingElement", f"{row.tag} is missing", element, f"Add {row.tag}")


def _nearest(word: str, known: dict[str, int]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, 1, 0.75)), "")


def _stray(words: str, element: etree._Element, findings: Findings) -> None:
    hint = "Move the text into an element"
    findings.problem("UnexpectedText", "Text stands between the elements", element, hint, words.strip(BLANK))


def _children(element: etree._Element, findings: Findings) -> None:
    for child in element:
        findings.problem(
            "UnknownElement",
            "No element may stand in a value",
            child,
            "Write the value only",
            local(child.tag),
        )


def _text(row: Element, _: object) -> Take:
    field, required = row.field, row.required

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        text = element.text
        if text is not None:
            text = text.strip(BLANK)
        if text:
            values[field] = text
        elif required:
            findings.problem("MissingElement", "The element is empty", element, "Give it a value")
        else:
            findings.empty(element)
        if len(element):
            _children(element, findings)
        if element.items():
            findings.attributes(element, row)

    return take


def _number(row: Element, _: object) -> Take:
    field = row.field
    read = _read_integer if row.kind == "integer" else _read_decimal

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        value = read(element, findings)
        if value is not None:
            values[field] = value
        if element.items():
            findings.attributes(element, row)

    return take


def _quantity(row: Element, _: object) -> Take:
    """Amount or measure: a decimal and the one attribute that says of what."""
    field, (attribute,) = row.field, ATTRIBUTES[row.kind]
    record: type[Amount] | type[Measure] = Amount if row.kind == "amount" else Measure

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        value = _read_decimal(element, findings)
        of = element.get(attribute, "")
        if len(element.items()) != (1 if of else 0):
            findings.attributes(element, row, attribute if of else "")
        if value is not None:
            values[field] = record(value, of)

    return take


def _stamp(row: Element, _: object) -> Take:
    field = row.field

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        if element.items():
            findings.attributes(element, row)
        if len(element) != 1 or local(element[0].tag) != "DateTimeString":
            hint = "Write it as <DateTimeString formatCode=...>"
            findings.problem("InvalidDateTime", "Exactly one DateTimeString belongs here", element, hint)
            return
        inner = element[0]
        format_code = inner.get("formatCode", "")
        if not (element.text is None and inner.tail is None):
            _stray((element.text or "") + (inner.tail or ""), element, findings)
        if len(inner):
            _children(inner, findings)
        text = (inner.text or "").strip(BLANK)
        if not text or len(inner.items()) != 1 or not format_code:
            hint = "Write for instance <DateTimeString formatCode='304'>20261124120000Z</DateTimeString>"
            findings.problem("InvalidDateTime", "A date needs its text and its formatCode", inner, hint, text)
        values[field] = Stamp(text, format_code)

    return take


def _read_decimal(element: etree._Element, findings: Findings) -> Decimal | None:
    text = (element.text or "").strip(BLANK)
    if len(element):
        _children(element, findings)
    if _DECIMAL(text):
        return Decimal(text)
    hint = "Write digits with a point, at most 18 before and 12 after it"
    findings.problem("InvalidDecimal", "This is not a decimal number", element, hint, text)
    return None


def _read_integer(element: etree._Element, findings: Findings) -> int | None:
    text = (element.text or "").strip(BLANK)
    if len(element):
        _children(element, findings)
    if _INTEGER(text):
        return int(text.partition(".")[0])
    findings.problem("InvalidInteger", "This is not a whole number", element, "Write digits only", text)
    return None


def _class(row: Element, default: object) -> Take:
    assert row.of is not None
    plan, record, field, many = Plan(row.of), row.of.record, row.field, row.many
    absent = default if isinstance(default, msgspec.Struct) else None
    lists = plan.lists

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        if element.items():
            findings.attributes(element, row)
        inner: dict[str, Any] = {}
        plan.fill(element, inner, findings)
        if findings.problems:
            return
        for name in lists:
            if name in inner:
                inner[name] = tuple(inner[name])
        made = record(**inner)
        if many:
            values.setdefault(field, []).append(made)
            return
        values[field] = made
        if absent is not None and made == absent:
            findings.empty(element)

    return take


def _flat(row: Element, _: object) -> Take:
    assert row.of is not None
    plan = Plan(row.of)

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        if element.items():
            findings.attributes(element, row)
        if not len(element):
            findings.empty(element)
        plan.fill(element, values, findings)

    return take


_TAKES: dict[str, Callable[[Element, object], Take]] = {
    "text": _text,
    "code": _text,
    "identifier": _text,
    "decimal": _number,
    "integer": _number,
    "amount": _quantity,
    "measure": _quantity,
    "stamp": _stamp,
    "class": _class,
    "flat": _flat,
}

_DECLARATION = Plan(DECLARATION)
_METADATA = Plan(METADATA)
_METADATA.steps["Declaration"] = (0, "", lambda element, values, findings: None)


def lodgement(element: etree._Element) -> Lodgement:
    """The Lodgement of a Declaration element. Raises Refusal with every problem found."""
    return _read(element, _DECLARATION, Lodgement)


def metadata(element: etree._Element) -> Metadata:
    """The Metadata of a MetaData element, without the Declaration in it. Raises Refusal with every problem found."""
    return _read(element, _METADATA, Metadata)


def _read(element: etree._Element, plan: Plan, record: Any) -> Any:
    findings, values = Findings(), {}
    plan.fill(element, values, findings)
    for name, value in element.items():
        if not name.startswith(XSI):
            findings.problem("UnknownAttribute", f"The attribute {name} is not known here", element, "Remove it", value)
    if findings.problems:
        findings.raise_all(element)
    for name in plan.lists:
        if name in values:
            values[name] = tuple(values[name])
    if findings.notations:
        values["notations"] = tuple(sorted(findings.notations, key=lambda n: (n.path, n.name)))
    return record(**values)
