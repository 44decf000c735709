"""What a compiled part of a rule is, and the operators that make one of two.

A part takes the scope (the element of the rule, then those that conditions name) and gives a truth, a number or a text;
never an exception: kinds are settled before.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from customhouse.gates.ens.tree import Node

Kind = Literal["truth", "number", "text", "condition"]
Scope = tuple[Node, ...]
Run = Callable[[Scope], Any]

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

    `uses` are the elements of the scope it looks at, `literal` its value where it is written out. `all_of` are the
    parts of an &&, `equal` the two sides of an ==: conditions over many elements are answered from them at once.
    """

    kind: Kind
    run: Run
    column: int
    uses: frozenset[int] = frozenset()
    literal: Any = None
    all_of: tuple[Code, ...] = ()
    equal: tuple[Code, ...] = ()


def must_be(code: Code, kind: Kind, what: str) -> Code:
    if code.kind != kind:
        raise RuleError(f"{what} must be {WORDS[kind]}, this is {WORDS[code.kind]}", code.column)
    return code


def either_of(parts: list[Code]) -> Code:
    runs = tuple(part.run for part in parts)

    def run(scope: Scope) -> bool:
        return any(each(scope) for each in runs)

    if len(runs) == 2:
        first, second = runs
        return Code("truth", lambda s: first(s) or second(s), parts[0].column, uses_of(*parts))
    return Code("truth", run, parts[0].column, uses_of(*parts))


def all_of(parts: list[Code]) -> Code:
    runs = tuple(part.run for part in parts)
    flat = tuple(each for part in parts for each in (part.all_of or (part,)))
    return Code("truth", lambda s: all(r(s) for r in runs), parts[0].column, uses_of(*parts), all_of=flat)


def same(left: Code, right: Code, sign: Token) -> Code:
    one, other = left.run, right.run
    if sign.text == "==":
        if left.kind == "number":
            return Code("truth", lambda s: _equal(one(s), other(s)), sign.column, uses_of(left, right), equal=(left, right))
        return Code("truth", lambda s: one(s) == other(s), sign.column, uses_of(left, right), equal=(left, right))
    if left.kind == "number":
        return Code("truth", lambda s: not _equal(one(s), other(s)), sign.column, uses_of(left, right))
    return Code("truth", lambda s: one(s) != other(s), sign.column, uses_of(left, right))


def _equal(one: Decimal | int | None, other: Decimal | int | None) -> bool:
    return one is not None and one == other


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_MATHS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


def ordered(left: Code, right: Code, sign: Token) -> Code:
    one, other, compare = left.run, right.run, _ORDERS[sign.text]

    def run(scope: Scope) -> bool:
        a, b = one(scope), other(scope)
        return a is not None and b is not None and compare(a, b)

    return Code("truth", run, sign.column, uses_of(left, right))


def reckoned(left: Code, right: Code, sign: Token) -> Code:
    one, other, reckon = left.run, right.run, _MATHS[sign.text]

    def run(scope: Scope) -> Any:
        a, b = one(scope), other(scope)
        return None if a is None or b is None else reckon(a, b)

    return Code("number", run, left.column, uses_of(left, right))


def negated(inner: Code, sign: Token) -> Code:
    run = inner.run
    return Code("truth", lambda s: not run(s), sign.column, inner.uses)


def minus(inner: Code, sign: Token) -> Code:
    run = must_be(inner, "number", "what follows -").run

    def negative(scope: Scope) -> Any:
        value = run(scope)
        return None if value is None else -value

    return Code("number", negative, sign.column, inner.uses)


def uses_of(*parts: Code) -> frozenset[int]:
    return frozenset().union(*(part.uses for part in parts))
