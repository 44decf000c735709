"""From the tree of a message to the record, checking structure on the way: order, repetition, presence, formats."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from customhouse.gates.ens.table import MESSAGES, PARTS, Group, Leaf, namespace
from customhouse.gates.ens.tree import BLANK, XSI, Node
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.ens import EntrySummary

MAX_PROBLEMS = 100
_HARMLESS = frozenset((f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"))

LABELS = {
    "DuplicateElement": "The element stands here more than once",
    "InvalidCharacters": "These characters are not allowed in the element",
    "InvalidDecimal": "This is no decimal number",
    "InvalidValue": "The value is not of the form of the element",
    "MisplacedElement": "The element stands too late here; the order of the message is fixed",
    "MissingElement": "A required element is missing",
    "TooLong": "The value is too long",
    "TooManyRepetitions": "The element stands here too often",
    "TooShort": "The value is too short",
    "UnexpectedText": "Text stands between elements",
    "UnknownAttribute": "The message has no attributes",
    "UnknownElement": "The element is not known here",
}


def message_of(root: Node) -> Node:
    """The IE315 or IE313 in a document: its root, or alone inside an envelope. Raises Refusal."""
    found = [node for node in root.walk() if node.name in MESSAGES and node.namespace == namespace(node.name)]
    if len(found) == 1:
        found[0].parent, found[0].number = None, 1
        return found[0]
    hint = "Hand in one CC315A (IE315) or CC313A (IE313) of ICS1, in its own namespace"
    if found:
        raise Refusal([Problem("SeveralMessages", f"{len(found)} declarations stand in one document", hint=hint)])
    place = f"line {root.line}"
    label = "There is no entry summary declaration in the document"
    raise Refusal([Problem("NotAnEntrySummary", label, place, hint, root.qname[:80])])


def summary(message: Node) -> EntrySummary:
    """The record of a message. Raises Refusal with every fault of its structure, at most 100."""
    taker = _Taker()
    found = taker.fields(message, MESSAGES[message.name])
    if taker.problems:
        raise Refusal(_limited(taker.problems))
    return EntrySummary(**found)


def _limited(problems: list[Problem]) -> Iterable[Problem]:
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return problems
    told = Problem("TooManyProblems", f"{more} further problems are not listed", hint="Mend these first")
    return [*problems[:MAX_PROBLEMS], told]


_PLACES: dict[int, dict[str, int]] = {}


def _places(rows: tuple[Leaf | Group, ...]) -> dict[str, int]:
    """Where each element stands among `rows`, which are rows of the table and live as long as it."""
    found = _PLACES.get(id(rows))
    if found is None:
        found = _PLACES[id(rows)] = {row.tag: place for place, row in enumerate(rows)}
    return found


class _Taker:
    """Walks tree and table side by side and remembers what does not fit."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def told(self, rule: str, node: Node, hint: str = "", value: str = "") -> None:
        if len(self.problems) < 10 * MAX_PROBLEMS:
            label = f"{LABELS[rule]} (line {node.line})"
            self.problems.append(Problem(rule, label, node.location, hint, value[:80]))

    def fields(self, node: Node, rows: tuple[Leaf | Group, ...]) -> dict[str, Any]:
        """What the children of a group say, as the fields of a record."""
        self.check_group(node)
        places = _places(rows)
        taken: dict[str, list[Any]] = {}
        last = -1
        for child in node.children:
            place = places.get(child.name)
            if place is None or child.namespace:
                self.told("UnknownElement", child, f"Known here: {', '.join(places)}"[:200])
                continue
            if place < last:
                self.told("MisplacedElement", child, f"Write it before {rows[last].tag}")
            last = max(last, place)
            row = rows[place]
            values = taken.setdefault(row.tag, [])
            values.append(self.leaf(child, row) if isinstance(row, Leaf) else self.group(child, row))
            self.check_count(child, row, len(values))
        return self.gathered(node, rows, taken)

    def gathered(self, node: Node, rows: tuple[Leaf | Group, ...], taken: dict[str, list[Any]]) -> dict[str, Any]:
        into: dict[str, Any] = {}
        parts: dict[str, dict[str, Any]] = {}
        for row in rows:
            values = taken.get(row.tag)
            if values is None:
                if row.required:
                    self.told("MissingElement", node, f"Add {row.tag}", row.tag)
                continue
            if isinstance(row, Group) and row.most != 1:
                into[row.field] = tuple(values)
            elif row.field:
                part, dot, inner = row.field.partition(".")
                if dot:
                    parts.setdefault(part, {})[inner] = values[0]
                else:
                    into[row.field] = values[0]
            elif isinstance(values[0], dict):  # a group whose fields are those of what encloses it
                into |= values[0]
        for part, given in parts.items():
            into[part] = PARTS[part](**given)
        return into

    def check_group(self, node: Node) -> None:
        self.check_attributes(node)
        if node.text and node.text.strip(BLANK):
            self.told("UnexpectedText", node, "Remove the text", node.text.strip(BLANK))

    def check_attributes(self, node: Node) -> None:
        for name in node.attributes:
            if name not in _HARMLESS:
                self.told("UnknownAttribute", node, "Remove the attribute", name)

    def check_count(self, node: Node, row: Leaf | Group, count: int) -> None:
        most = row.most if isinstance(row, Group) else 1
        if most and count == most + 1:
            rule = "DuplicateElement" if most == 1 else "TooManyRepetitions"
            self.told(rule, node, f"At most {most} may stand here" if most > 1 else "Remove one of them")

    def group(self, node: Node, row: Group) -> Any:
        found = self.fields(node, row.rows)
        if row.only:
            return found.get("only", "")
        return row.record(**found) if row.record is not None else found

    def leaf(self, node: Node, row: Leaf) -> Any:
        if node.attributes:
            self.check_attributes(node)
        for child in node.children:
            self.told("UnknownElement", child, f"{row.tag} holds a value only")
        value = row.format.value(node.text)
        if fault := row.format.check(value):
            self.told(fault, node, f"The format is {row.format.name}", value)
            return None if row.type is not str else ""
        return value if row.type is str else row.type(value)
