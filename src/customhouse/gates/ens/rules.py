"""Rule files: what a country asks of an entry summary declaration beyond its structure, as data.

A rule file is JSON, one object or a list of them:

    {"element": "/GOOITEGDS/PACGS2",
     "name": "packages",
     "asserts": [{"test": "exists('KinOfPacGS23')", "errorCode": "1001", "errorMessage": "Say what kind of packages"}]}

`element` names the elements that are looked at, from the message down (``/`` is the message itself); at each of them
every `test` (see `expression`) must hold, or its code and text are told with the place. A file NAME_New stands in for a
file NAME of the same set. Keys that are not known here are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec

from customhouse.gates.ens.code import RuleError
from customhouse.gates.ens.expression import compile_test
from customhouse.gates.ens.tree import Node
from customhouse.kernel.problem import Problem, Refusal

MAX_PROBLEMS = 1000
"""Most problems told of one message."""

_NEW = re.compile(r"[_-]new$", re.IGNORECASE)
_ELEMENT = re.compile(r"/(?:[A-Za-z_][\w.-]*(?:/[A-Za-z_][\w.-]*)*)?", re.ASCII).fullmatch
_HINT = "See the format of rule files in docs/conformance.md"


class Assertion(msgspec.Struct, frozen=True, rename="camel"):
    """One thing that must hold, and what is told where it does not."""

    test: str
    error_code: str
    error_message: str


class RuleFile(msgspec.Struct, frozen=True):
    """What must hold at one kind of element."""

    element: str
    asserts: tuple[Assertion, ...]
    name: str = ""


class Check(NamedTuple):
    """An assertion that has been compiled."""

    test: Callable[[Node], bool]
    code: str
    text: str


class RuleSet:
    """Rules that have been read and compiled, grouped by element."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        """Compiles the rule files by name. Raises Refusal with everything wrong in any of them, each with its place."""
        problems: list[Problem] = []
        self._at: dict[tuple[str, ...], list[Check]] = {}
        for name in current(files):
            for number, file in enumerate(_read(name, files[name], problems), 1):
                self._compile(name, number, file, problems)
        if problems:
            raise Refusal(problems)

    def _compile(self, name: str, number: int, file: RuleFile, problems: list[Problem]) -> None:
        if not _ELEMENT(file.element):
            label = "The element of a rule is a path from the message down, such as /GOOITEGDS/PACGS2"
            problems.append(Problem("InvalidRuleElement", label, f"{name} rule {number}", _HINT, file.element[:80]))
            return
        checks = self._at.setdefault(tuple(step for step in file.element.split("/") if step), [])
        for at, one in enumerate(file.asserts, 1):
            try:
                checks.append(Check(compile_test(one.test), one.error_code, one.error_message))
            except RuleError as fault:
                place = f"{name} rule {number} assert {at}, column {fault.column}"
                shown = one.test[max(0, fault.column - 20) :][:60]
                problems.append(Problem("InvalidRule", fault.message, place, _HINT, shown))

    @property
    def codes(self) -> frozenset[str]:
        """Every code that these rules can tell."""
        return frozenset(check.code for checks in self._at.values() for check in checks)

    def __len__(self) -> int:
        return sum(len(checks) for checks in self._at.values())

    def problems(self, message: Node) -> tuple[Problem, ...]:
        """What does not hold in `message` (its root element): `rule` is the code, `where` the XPath
        of the element; at most MAX_PROBLEMS of them."""
        return tuple(islice(self._broken(message), MAX_PROBLEMS))

    def _broken(self, message: Node) -> Iterator[Problem]:
        for steps, checks in self._at.items():
            for node in _elements(message, steps):
                for check in checks:
                    if not check.test(node):
                        yield _told(check, node)


def _told(check: Check, node: Node) -> Problem:
    value = "" if node.children else node.text.strip()[:80]
    return Problem(check.code, check.text, node.location, value=value)


def _elements(message: Node, steps: tuple[str, ...]) -> Iterable[Node]:
    found = [message]
    for name in steps:
        found = [child for node in found for child in node.named.get(name, ())]
    return found


def current(names: Iterable[str]) -> list[str]:
    """The files that count, in order of name: where there is a NAME and a NAME_New, the new one alone."""
    stems = {str(PurePosixPath(name.replace("!", "/")).with_suffix("")): name for name in names}
    replaced = {_NEW.sub("", stem) for stem in stems if _NEW.search(stem)}
    return sorted(name for stem, name in stems.items() if stem not in replaced)


def is_rule_file(data: bytes) -> bool:
    """Whether these bytes look like a rule file, whatever their name is."""
    return b'"asserts"' in data and b'"element"' in data and data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _read(name: str, data: bytes, problems: list[Problem]) -> list[RuleFile]:
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        if data.lstrip()[:1] == b"[":
            return msgspec.json.decode(data, type=list[RuleFile])
        return [msgspec.json.decode(data, type=RuleFile)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        place = f"{name}, line {_line(data, str(fault))}" if "byte" in str(fault) else name
        problems.append(Problem("InvalidRuleFile", str(fault)[:200], place, _HINT))
        return []


def _line(data: bytes, words: str) -> int:
    found = re.search(r"byte (\d+)", words)
    return data[: int(found[1])].count(b"\n") + 1 if found else 1
