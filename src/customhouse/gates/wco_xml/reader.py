"""The reading clerk: walks a parsed Declaration along the mapping table and fills in a Lodgement.

The table is compiled once into one dictionary per WCO class: XML name with namespace -> what to do. Everything that
does not fit is noted with its WCO path and the reading goes on, so that all problems come back at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec
from lxml import etree
from msgspec.structs import replace

from customhouse.gates.wco_xml.element import ATTRIBUTES, Class, Element
from customhouse.gates.wco_xml.findings import XSI, Findings
from customhouse.gates.wco_xml.message import METADATA, Metadata
from customhouse.gates.wco_xml.pointer import Paths, local
from customhouse.gates.wco_xml.response_table import RESPONSE
from customhouse.gates.wco_xml.table import DECLARATION
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Amount, Lodgement, Measure, Stamp
from customhouse.record.response import Response

MAX_CACHED_NAMES = 512
BLANK = " \t\r\n"
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})").fullmatch
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(?:\.0{0,18})?").fullmatch

Take = Callable[[etree._Element, dict[str, Any], "Findings"], None]
Step = tuple[int, str, Take, "Plan | None"]
Frame = tuple["Plan", dict[str, Any], int, int, etree._Element]
PLAIN = ("text", "code", "identifier")


class Plan:
    """A WCO class ready for reading: XML name with namespace -> step. Each row of the table has a plan of its own."""

    def __init__(self, table: Class, row: Element | None = None, default: object = None) -> None:
        self.table = table
        self.record = table.record
        self.field = row.field if row else ""
        self.many = row is not None and row.many
        self.flat = row is not None and row.kind == "flat"
        self.absent = default if isinstance(default, msgspec.Struct) else None
        self.lists = tuple(_lists(table))
        self.bits = {r.tag: 0 if r.many else 1 << n for n, r in enumerate(table.rows)}
        self.required = sum(self.bits[r.tag] for r in table.rows if r.required)
        self.careful = bool(self.required or self.lists or self.absent is not None)
        defaults = {f.name: f.default for f in msgspec.structs.fields(table.record)}
        self.steps: dict[object, Step] = {r.tag: self._step(r, defaults.get(r.field)) for r in table.rows}

    def _step(self, row: Element, default: object) -> Step:
        plain = row.field if row.kind in PLAIN else ""
        inner = Plan(row.of, row, default) if row.of else None
        return self.bits[row.tag], plain, _TAKES[row.kind](row), inner

    def named(self, child: etree._Element, findings: Findings) -> Step:
        """The step for a name not met before, remembered under that name; a problem where the table has none."""
        step = self.steps.get(local(child.tag))
        if step is None and findings.full:
            findings.more += 1
            return IGNORED
        if step is None:
            near = _nearest(local(child.tag), self.bits)
            hint = f"Did you mean {near}?" if near else f"Remove it; {self.table.name} has no such element"
            findings.problem("UnknownElement", "The element is not known here", child, hint, local(child.tag))
            return IGNORED
        if len(self.steps) < MAX_CACHED_NAMES:
            self.steps[child.tag] = step
        return step

    def close(self, element: etree._Element, values: dict[str, Any], seen: int, findings: Findings) -> Any:
        """The record of a class whose children have all been read; None once there are problems."""
        if missing := self.required & ~seen:
            for tag, bit in self.bits.items():
                if bit & missing:
                    findings.problem("MissingElement", f"{tag} is missing", element, f"Add {tag}")
        if findings.problems:
            return None
        for name in self.lists:
            if name in values:
                values[name] = tuple(values[name])
        made = self.record(**values)
        if self.absent is not None and made == self.absent:
            findings.empty(element)
        return made


def _lists(table: Class) -> Iterator[str]:
    """The fields of a record class that are held as tuples, also those inside flat wrappers."""
    for row in table.rows:
        if row.many:
            yield row.field
        elif row.kind == "flat" and row.of is not None:
            yield from _lists(row.of)


class _Nothing(Plan):
    """The plan below an element that has been refused or taken already: nothing in it is looked at."""

    def __init__(self) -> None:
        super().__init__(Class("", msgspec.Struct, ()))
        self.flat = True

    def named(self, child: etree._Element, findings: Findings) -> Step:
        return IGNORED


def _walk(element: etree._Element, plan: Plan, findings: Findings) -> Any:
    """The record of a class element; None once there are problems.

    One loop over all descendants, because this is the busiest line of the gate: `frames` holds the classes still open,
    `left` counts the children to come.
    """
    values: dict[str, Any] = {}
    frames: list[Frame] = []
    seen, left = 0, len(element)
    steps = plan.steps
    _text_between(element.text, element, findings)
    for child in element.iterdescendants():
        while not left:
            plan, values, seen, left, element = _leave(plan, values, seen, element, frames.pop(), findings)
            steps = plan.steps
        left -= 1
        bit, plain, take, inner = steps.get(child.tag) or plan.named(child, findings)
        if seen & bit:
            findings.problem("DuplicateElement", "The element may stand here once only", child)
            take, plain, inner = _nothing, "", None
        seen |= bit
        text = child.text
        if child.tail is not None:
            _text_between(child.tail, element, findings)
        if inner is not None:
            if text is not None or child.items():
                take(child, values, findings)
        elif plain and text and not child.items() and not len(child) and (text := text.strip(BLANK)):
            values[plain] = text  # the common case; `take` handles every other
            continue
        else:
            take(child, values, findings)
            if not len(child):
                continue
            inner = NOTHING
        frames.append((plan, values, seen, left, element))
        plan, steps, seen, left, element = inner, inner.steps, 0, len(child), child
        if not plan.flat:
            values = {}
        elif not left:
            findings.empty(element)
    while frames:
        plan, values, seen, left, element = _leave(plan, values, seen, element, frames.pop(), findings)
    return plan.close(element, values, seen, findings)


def _leave(
    plan: Plan, values: dict[str, Any], seen: int, element: etree._Element, outer: Frame, findings: Findings
) -> Frame:
    """Close a class, hand its record to the class around it, and go on there."""
    if plan.flat:
        return outer
    made = plan.close(element, values, seen, findings) if plan.careful else plan.record(**values)
    if not plan.many:
        outer[1][plan.field] = made
    elif plan.field in outer[1]:
        outer[1][plan.field].append(made)
    else:
        outer[1][plan.field] = [made]
    return outer


def _nothing(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
    return None


def _nearest(word: str, known: dict[str, int]) -> str:
    from difflib import get_close_matches

    return next(iter(get_close_matches(word, known, 1, 0.75)), "")


def _text_between(text: str | None, element: etree._Element, findings: Findings) -> None:
    if text is not None and (text := text.strip(BLANK)):
        hint = "Move the text into an element"
        findings.problem("UnexpectedText", "Text stands between the elements", element, hint, text)


def _children(element: etree._Element, findings: Findings) -> None:
    for child in element:
        findings.problem(
            "UnknownElement",
            "No element may stand in a value",
            child,
            "Write the value only",
            local(child.tag),
        )


def _text(row: Element) -> Take:
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


def _number(row: Element) -> Take:
    field = row.field
    read = _read_integer if row.kind == "integer" else _read_decimal

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        value = read(element, findings)
        if value is not None:
            values[field] = value
        if element.items():
            findings.attributes(element, row)

    return take


def _quantity(row: Element) -> Take:
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


def _stamp(row: Element) -> Take:
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
            _text_between((element.text or "") + (inner.tail or ""), element, findings)
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
    hint = "Write digits with a point, at most 18 before and 18 after it"
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


def _class(row: Element) -> Take:
    """What is due when a class or wrapper opens; its children are read by the walk."""

    def take(element: etree._Element, values: dict[str, Any], findings: Findings) -> None:
        if element.items():
            findings.attributes(element, row)
        if element.text is not None:
            _text_between(element.text, element, findings)

    return take


_TAKES: dict[str, Callable[[Element], Take]] = {
    "text": _text,
    "code": _text,
    "identifier": _text,
    "decimal": _number,
    "integer": _number,
    "amount": _quantity,
    "measure": _quantity,
    "stamp": _stamp,
    "class": _class,
    "flat": _class,
}
IGNORED: Step = (0, "", _nothing, None)
NOTHING = _Nothing()

_DECLARATION = Plan(DECLARATION)
_METADATA = Plan(METADATA)
_METADATA.steps["Declaration"] = _METADATA.steps["Response"] = IGNORED
_RESPONSE = Plan(RESPONSE)


def lodgement(element: etree._Element) -> Lodgement:
    """The Lodgement of a Declaration element. Raises Refusal with every problem found."""
    made: Lodgement = _read(element, _DECLARATION)
    return made


def metadata(element: etree._Element) -> Metadata:
    """The Metadata of a MetaData element, without the Declaration in it. Raises Refusal with every problem found."""
    made: Metadata = _read(element, _METADATA)
    return made


def response(element: etree._Element) -> Response:
    """The Response of a Response element. Raises Refusal with every problem found.

    A second Declaration in it holds what was changed; it is taken out of the tree, because its table is another.
    """
    _, *changed = element.findall("{*}Declaration")
    if len(changed) > 1:
        raise Refusal(
            [Problem("DuplicateElement", "An answer names one declaration and one change of it", "Declaration")]
        )
    for one in changed:
        element.remove(one)
    made: Response = _read(element, _RESPONSE, Paths(("Response",), RESPONSE))
    return replace(made, changed=lodgement(changed[0])) if changed else made


def _read(element: etree._Element, plan: Plan, paths: Paths | None = None) -> Any:
    findings = Findings(paths)
    for name, value in element.items():
        if not name.startswith(XSI):
            findings.problem("UnknownAttribute", f"The attribute {name} is not known here", element, "Remove it", value)
    made = _walk(element, plan, findings)
    if findings.problems:
        findings.raise_all(element)
    if findings.notations:
        made = replace(made, notations=tuple(sorted(findings.notations, key=lambda n: (n.path, n.name))))
    return made
