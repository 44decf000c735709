"""The functions of the rule language, each with the kinds it takes and gives.

A path names elements from where the rule stands: ``.``, ``..``, ``NAME``, ``../HEAHEA/ComRefNumHEA``; it is written out,
never worked out. An element that is not there has the empty text and no number.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NamedTuple

from customhouse.gates.ens.code import WORDS, Code, Kind, RuleError, Run, Scope, Token, built
from customhouse.gates.ens.pattern import Pattern, PatternError
from customhouse.gates.ens.tree import BLANK, Node, collapsed

MAX_NUMBER = 64
"""A longer text is no number; the largest total of a declaration has 16 digits."""

MAX_VALUE = 4096
"""A longer text fits no pattern."""

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)", re.ASCII).fullmatch
_STEP = re.compile(r"\.\.?|[A-Za-z_][\w.-]*").fullmatch

Find = Callable[[Node], list[Node]]


def number_of(text: str) -> Decimal | None:
    """The number a value means, or None: digits with an optional sign and point, white space around them allowed."""
    text = text.strip(BLANK)
    return Decimal(text) if len(text) <= MAX_NUMBER and _NUMBER(text) else None


class Path(NamedTuple):
    """A path that has been read: so many steps up, then names down (or, rarely, any steps in any order)."""

    up: int
    down: tuple[str, ...]

    def anchor(self, node: Node) -> Node | None:
        """The element where the way down begins; None above the message."""
        for _ in range(self.up):
            if node.parent is None:
                return None
            node = node.parent
        return node

    def below(self, node: Node) -> list[Node]:
        found = [node]
        for name in self.down:
            if len(found) == 1:
                found = found[0].named.get(name, [])
            else:
                found = [child for each in found for child in each.named.get(name, ())]
        return found

    def find(self, node: Node) -> list[Node]:
        start = self.anchor(node)
        return [] if start is None else self.below(start)

    def first(self, node: Node) -> str:
        """The text of the first element, or the empty text."""
        found = self.find(node)
        return found[0].text if found else ""


def path_of(text: str, column: int) -> Path:
    """Reads a path. Raises RuleError for what is none, or one that goes up after it went down."""
    up, down = 0, list[str]()
    for step in text.split("/"):
        if not _STEP(step):
            raise RuleError(f"'{text}' is no path; write names, . and .. with / between them", column)
        if step == "..":
            if down:
                raise RuleError(f"the path '{text}' goes up after it went down", column)
            up += 1
        elif step != ".":
            down.append(step)
    return Path(up, tuple(down))


class Function(NamedTuple):
    """`takes` the kinds of the arguments ("path" and "pattern" are texts written out; a trailing ? may be absent)."""

    takes: tuple[str, ...]
    gives: Kind
    make: Callable[..., Callable[[Scope], Any]]


def must_know(name: Token) -> None:
    """Raises RuleError where nothing may be called by this name."""
    if name.text not in OF_ELEMENTS and name.text != BEFORE:
        raise RuleError(f"there is no function {name.text}; known: {', '.join(OF_ELEMENTS)}", name.column)


def call(name: Token, about: int, given: list[Code], size: int) -> Code:
    """The code of ``name(given)`` for the element `about` of the scope; `size` elements are in scope."""
    if name.text == BEFORE:
        return _made(name, OF_TEXT[BEFORE], given)
    uses = frozenset((about,)).union(*(g.uses - {size} for g in given))
    return _made(name, OF_ELEMENTS[name.text], given, uses, about, size)


def method(name: Token, of: Code, given: list[Code]) -> Code:
    """The code of ``text.name(given)``."""
    function = OF_TEXT.get(name.text)
    if function is None:
        raise RuleError(f"there is no function {name.text} of a text; known: {', '.join(OF_TEXT)}", name.column)
    return _made(name, function, [of, *given])


def _made(
    name: Token, function: Function, given: list[Code], uses: frozenset[int] | None = None, *context: int
) -> Code:
    least = sum(not kind.endswith("?") for kind in function.takes)
    if not least <= len(given) <= len(function.takes):
        wanted = str(least) if least == len(function.takes) else f"{least} to {len(function.takes)}"
        raise RuleError(f"{name.text} takes {wanted} arguments, {len(given)} are given", name.column)
    read = [_argument(name, kind.rstrip("?"), code) for kind, code in zip(function.takes, given, strict=False)]
    return built(function.gives, function.make(*context, *read), name.column, tuple(given), uses)


def _argument(name: Token, kind: str, code: Code) -> Any:
    if kind not in ("path", "pattern"):
        if code.kind != kind:
            told = f"{name.text} takes {WORDS[kind]} here, this is {WORDS[code.kind]}"
            raise RuleError(told, code.column)
        return code
    if code.kind != "text" or code.literal is None:
        raise RuleError(f"{name.text} takes a {kind} here, written out in quotes", code.column)
    if kind == "path":
        return path_of(code.literal, code.column)
    try:
        return Pattern(code.literal)
    except PatternError as fault:
        raise RuleError(f"the pattern cannot be read: {fault}", code.column) from None


def _exists(about: int, size: int, path: Path, condition: Code | None = None) -> Run:
    if condition is not None:
        return _some(about, size, path, condition)
    find = path.find
    return lambda scope: bool(find(scope[about]))


def _some(about: int, size: int, path: Path, condition: Code) -> Run:
    """Whether an element fits the condition.

    Where the condition is made of parts about the one side, parts about the other, and values that must be equal, the
    elements are looked through once per message and not once per element that asks.
    """
    new = frozenset((size,))
    parts = condition.all_of or (condition,)
    theirs = [part.run for part in parts if part.uses <= new]
    mine = [part.run for part in parts if size not in part.uses]
    pairs = [_sides(part, size) for part in parts if size in part.uses and not part.uses <= new]
    if any(pair is None for pair in pairs):
        test, find = condition.run, path.find
        return lambda scope: any(test((*scope, node)) for node in find(scope[about]))
    keys = [pair[0].run for pair in pairs if pair]
    asked = [pair[1].run for pair in pairs if pair]

    def looked_through(start: Node, scope: Scope) -> set[tuple[Any, ...]]:
        found = set()
        for node in path.below(start):
            inner = (*scope, node)
            if all(test(inner) for test in theirs):
                found.add(tuple(key(inner) for key in keys))
        return found

    def run(scope: Scope) -> bool:
        start = path.anchor(scope[about])
        if start is None or not all(test(scope) for test in mine):
            return False
        if start.memo is None:
            start.memo = {}
        found = start.memo.get(id(run))
        if found is None:
            found = start.memo[id(run)] = looked_through(start, scope)
        wanted = tuple(key(scope) for key in asked)
        return None not in wanted and wanted in found

    return run


def _sides(part: Code, size: int) -> tuple[Code, Code] | None:
    """The two sides of an equality, the one about the new element first; None where they are not apart."""
    new = frozenset((size,))
    for theirs, mine in (part.equal, part.equal[::-1]) if part.equal else ():
        if theirs.uses <= new and size not in mine.uses:
            return theirs, mine
    return None


def _not(about: int, _size: int, path: Path) -> Run:
    find = path.find
    return lambda scope: not find(scope[about])


def _value(about: int, _size: int, path: Path) -> Run:
    first = path.first
    return lambda scope: first(scope[about])


def _trim(about: int, _size: int, path: Path) -> Run:
    first = path.first
    return lambda scope: first(scope[about]).strip(BLANK)


def _number(about: int, _size: int, path: Path) -> Run:
    first = path.first
    return lambda scope: number_of(first(scope[about]))


def _whole_or(about: int, _size: int, path: Path, otherwise: Code) -> Run:
    first, instead = path.first, otherwise.run

    def run(scope: Scope) -> Any:
        found = number_of(first(scope[about]))
        return found if found is not None and found == found.to_integral_value() else instead(scope)

    return run


def _count(about: int, _size: int, path: Path) -> Run:
    find = path.find
    return lambda scope: len(find(scope[about]))


def _count_equal(about: int, _size: int, path: Path, value: Code) -> Run:
    find, wanted = path.find, value.run

    def run(scope: Scope) -> int:
        text = wanted(scope)
        return sum(node.text.strip(BLANK) == text for node in find(scope[about]))

    return run


def _count_distinct(about: int, _size: int, path: Path, spelling: Code) -> Run:
    """The flag says that white space is spelling, as in xs:token."""
    find, flag = path.find, spelling.run

    def run(scope: Scope) -> int:
        texts = (node.text for node in find(scope[about]))
        return len(set(map(collapsed, texts) if flag(scope) else texts))

    return run


def _count_shapes(about: int, _size: int, path: Path) -> Run:
    find = path.find
    return lambda scope: len({len(node.children) for node in find(scope[about])})


def _sum(about: int, _size: int, path: Path) -> Run:
    find = path.find

    def run(scope: Scope) -> Decimal:
        return sum((number_of(node.text) or Decimal(0) for node in find(scope[about])), Decimal(0))

    return run


def _indices(about: int, _size: int, path: Path) -> Run:
    find = path.find
    return lambda scope: all(number_of(node.text) == place for place, node in enumerate(find(scope[about]), 1))


def _for_all(about: int, _size: int, path: Path, inner: Path, value: Code) -> Run:
    find, within, wanted = path.find, inner.find, value.run

    def run(scope: Scope) -> bool:
        text = wanted(scope)
        return all(any(n.text.strip(BLANK) == text for n in within(node)) for node in find(scope[about]))

    return run


def _fits(about: int, _size: int, path: Path, pattern: Pattern) -> Run:
    first, fits = path.first, pattern.fits

    def run(scope: Scope) -> bool:
        text = first(scope[about])
        return len(text) <= MAX_VALUE and fits(text)

    return run


def _begins(text: Code, start: Code) -> Run:
    one, other = text.run, start.run
    return lambda scope: one(scope).startswith(other(scope))


def _holds(text: Code, part: Code) -> Run:
    one, other = text.run, part.run
    return lambda scope: other(scope) in one(scope)


def _length(text: Code) -> Run:
    run = text.run
    return lambda scope: len(run(scope))


def _take(text: Code, number: Code) -> Run:
    run, many = text.run, number.run

    def taken(scope: Scope) -> str:
        count, text = many(scope), str(run(scope))
        return text[: min(int(count), MAX_VALUE)] if count is not None and count > 0 else ""

    return taken


def _after(text: Code, mark: Code) -> Run:
    one, other = text.run, mark.run

    def run(scope: Scope) -> str:
        sought = other(scope)
        return one(scope).partition(sought)[2] if sought else one(scope)

    return run


OF_ELEMENTS: dict[str, Function] = {
    "exists": Function(("path", "condition?"), "truth", _exists),
    "not": Function(("path",), "truth", _not),
    "existsForAll": Function(("path", "path", "text"), "truth", _for_all),
    "areIndices": Function(("path",), "truth", _indices),
    "applyRegex": Function(("path", "pattern"), "truth", _fits),
    "getValue": Function(("path",), "text", _value),
    "trim": Function(("path",), "text", _trim),
    "number": Function(("path",), "number", _number),
    "intOrElse": Function(("path", "number"), "number", _whole_or),
    "count": Function(("path",), "number", _count),
    "countEquals": Function(("path", "text"), "number", _count_equal),
    "countDistinct": Function(("path", "truth"), "number", _count_distinct),
    "countDistinctChildCount": Function(("path",), "number", _count_shapes),
    "sum": Function(("path",), "number", _sum),
}
"""Functions of the element a rule stands at, or of an element that a condition names."""

OF_TEXT: dict[str, Function] = {
    "startsWith": Function(("text", "text"), "truth", _begins),
    "contains": Function(("text", "text"), "truth", _holds),
    "length": Function(("text",), "number", _length),
    "take": Function(("text", "number"), "text", _take),
    "substringAfter": Function(("text", "text"), "text", _after),
}
"""Functions of a text, written after it: text.take(2)."""

BEFORE = "substringAfter"
"""The one that is also written before its text: substringAfter(text, mark)."""
