"""What is noticed while reading one message: problems with their places, and notations of what the record has no field for."""

from __future__ import annotations

from lxml import etree

from customhouse.gates.wco_xml.element import ATTRIBUTES, Element
from customhouse.gates.wco_xml.pointer import Paths, local
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Notation

MAX_PROBLEMS = 100
"""Problems described one by one; a message with more is not a declaration that somebody will mend line by line."""

MAX_DEPTH = 24
"""Deepest nesting looked into; the schema needs 8 below Declaration."""

XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
too_deep = etree.XPath("boolean(" + "/".join("*" * MAX_DEPTH) + ")")
"""Whether a tree is nested deeper than that. Asked of refused messages only: what the table reads is never deep."""


class Findings:
    """What was noticed while reading one message: problems, and notations that the record classes have no field for."""

    def __init__(self, paths: Paths | None = None) -> None:
        self.problems: list[Problem] = []
        self.notations: list[Notation] = []
        self.more = 0
        self.paths = paths or Paths()

    @property
    def full(self) -> bool:
        return len(self.problems) >= MAX_PROBLEMS

    def problem(self, rule: str, label: str, element: etree._Element, hint: str = "", value: str | None = "") -> None:
        if self.full:
            self.more += 1
            return
        where = self.paths.of(element) or local(element.tag)
        self.problems.append(Problem(rule, f"{label} (line {element.sourceline})", where, hint, (value or "")[:80]))

    def empty(self, element: etree._Element) -> None:
        self.notations.append(Notation(self.paths.of(element)))

    def attributes(self, element: etree._Element, row: Element, used: str = "") -> None:
        """Keep the attributes that the element may carry, refuse the others."""
        allowed = ATTRIBUTES[row.kind]
        for name, value in element.items():
            if name == used or name.startswith(XSI):
                continue
            if name in allowed:
                self.notations.append(Notation(self.paths.of(element), name, value))
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
