"""What a compiled part of a rule is, and the operators that make one of two.

A part takes the scope (the element of the rule, then those that conditions name) and gives a truth, a number or a text;
never an exception: kinds and nesting are settled before.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from customhouse.gates.ens.tree import Node

Kind = Literal["truth", "number", "text", "condition"]
Scope = tuple[Node, ...]
Run = Callable[[Scope], Any]

MAX_HEIGHT = 100
WORDS = {"truth": "true or false", "number": "a number", "text": "a text", "condition": "a condition in { }"}


class RuleError(ValueError):
    """A test that cannot be used; `column` counts from 1 in the text of the test."""

    def __init__(self, message: str, column: int) -> None:
        self.message, self.column = message, column
        super().__init__(f"{message} (column {column})")


class Token(NamedTuple):
    kind: str
    text: str
    column: int


class Code(NamedTuple):
    """A compiled part of a test.

    `uses` are the elements of the scope it looks at, `literal` its value where it is written out, `height` how many
    parts it is built of, one upon the other. `all_of` are the parts of an &&, `equal` the two sides of an ==: conditions
    over many elements are answered from them at once.
    """

    kind: Kind
    run: Run
    column: int
    uses: frozenset[int] = frozenset()
    height: int = 1
    literal: Any = None
    all_of: tuple[Code, ...] = ()
    equal: tuple[Code, ...] = ()


def built(kind: Kind, run: Run, column: int, parts: tuple[Code, ...], uses: frozenset[int] | None = None) -> Code:
    """A part made of others; `uses` where it is not just what they use. Raises RuleError where too many are stacked."""
    height = 1 + max((part.height for part in parts), default=0)
    if height > MAX_HEIGHT:
        raise RuleError(f"more than {MAX_HEIGHT} operators and functions within one another", column)
    return Code(kind, run, column, frozenset().union(*(p.uses for p in parts)) if uses is None else uses, height)


def must_be(code: Code, kind: Kind, what: str) -> Code:
    if code.kind != kind:
        raise RuleError(f"{what} must be {WORDS[kind]}, this is {WORDS[code.kind]}", code.column)
    return code


def either_of(parts: tuple[Code, ...]) -> Code:
    runs = tuple(part.run for part in parts)

    def run(scope: Scope) -> bool:
        for each in runs:  # noqa: SIM110 - a plain loop is half the time of any()
            if each(scope):
                return True
        return False

    return built("truth", run, parts[0].column, parts)


def all_of(parts: tuple[Code, ...]) -> Code:
    runs = tuple(part.run for part in parts)
    flat = tuple(each for part in parts for each in (part.all_of or (part,)))

    def run(scope: Scope) -> bool:
        for each in runs:  # noqa: SIM110
            if not each(scope):
                return False
        return True

    return built("truth", run, parts[0].column, parts)._replace(all_of=flat)


def same(left: Code, right: Code, sign: Token) -> Code:
    """== and !=, of two values of one kind."""
    one, other = left.run, right.run
    number = left.kind == "number"
    sides = (left, right)
    if sign.text == "!=":
        if number:
            return built("truth", lambda s: not _equal(one(s), other(s)), sign.column, sides)
        return built("truth", lambda s: one(s) != other(s), sign.column, sides)
    run: Run = (lambda s: _equal(one(s), other(s))) if number else (lambda s: one(s) == other(s))
    return built("truth", run, sign.column, sides)._replace(equal=sides)


def _equal(one: Decimal | int | None, other: Decimal | int | None) -> bool:
    return one is not None and one == other


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MATHS: dict[str, Callable[[Any, Any], Any]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def ordered(left: Code, right: Code, sign: Token) -> Code:
    """< <= > >=; false where a side is no number."""
    one, other, compare = left.run, right.run, _ORDERS[sign.text]

    def run(scope: Scope) -> bool:
        a, b = one(scope), other(scope)
        return a is not None and b is not None and compare(a, b)

    return built("truth", run, sign.column, (left, right))


def reckoned(left: Code, right: Code, sign: Token) -> Code:
    """+ - *; no number where a side is none."""
    one, other, reckon = left.run, right.run, _MATHS[sign.text]

    def run(scope: Scope) -> Any:
        a, b = one(scope), other(scope)
        return None if a is None or b is None else reckon(a, b)

    return built("number", run, left.column, (left, right))


def negated(inner: Code, sign: Token) -> Code:
    run = inner.run
    return built("truth", lambda s: not run(s), sign.column, (inner,))


def minus(inner: Code, sign: Token) -> Code:
    run = must_be(inner, "number", "what follows -").run

    def negative(scope: Scope) -> Any:
        value = run(scope)
        return None if value is None else -value

    return built("number", negative, sign.column, (inner,))
