"""The plain way to evaluate a rule: walk its tree. Slow and obvious; the generated functions are held equal to it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from customhouse.law.rules.functions import FUNCTIONS, word_list
from customhouse.law.rules.syntax import Rule, decimal

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}
MATHS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}


class Undecided(Exception):
    """A divisor is 0."""


def _has_words(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words, or of the words in a row, stands in the text."""
    found = word_list(text)
    rows = [word_list(w) for w in words]
    return any(row and row == found[n : n + len(row)] for row in rows for n in range(len(found)))


CALLS: dict[str, Callable[..., Any]] = {
    "starts": lambda text, words: any(text[: len(w)] == w for w in words),
    "ends": lambda text, words: any(not w or text[-len(w) :] == w for w in words),
    "contains": lambda text, words: any(w in text for w in words),
    "words": _has_words,
    "meets": lambda codes, words: any(c in codes for c in words),
    "between": lambda number, low, high: low <= number <= high,
    "length": len,
    "abs": abs,
}


def holds(
    rule: Rule, facts: Mapping[str, Any], lists: Mapping[str, Any], items: Sequence[Mapping[str, Any]] = ()
) -> bool:
    """Whether the rule is true of these facts (header and item facts in one mapping); a rule that cannot be decided is not.

    `items` are the facts of all items, for rules that count over them.
    """
    return decided(rule, facts, lists, items) is True


def decided(
    rule: Rule, facts: Mapping[str, Any], lists: Mapping[str, Any], items: Sequence[Mapping[str, Any]] = ()
) -> bool | None:
    """True, false, or None where a divisor is 0 and the rest does not settle it (Kleene)."""
    return _truth(rule.tree, _Facts(facts, lists, items))


class _Facts:
    def __init__(self, facts: Mapping[str, Any], lists: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> None:
        self.facts, self.lists, self.items = facts, lists, items

    def of(self, name: str) -> Any:
        return self.facts[name] if name in self.facts else self.lists[name]

    def each(self) -> list[_Facts]:
        """The same with the facts of each item in turn."""
        return [_Facts({**self.facts, **item}, self.lists, ()) for item in self.items]


def _truth(e: ast.expr, at: _Facts) -> bool | None:
    match e:
        case ast.BoolOp(op=ast.And()):
            found = [_truth(x, at) for x in e.values]
            return False if False in found else None if None in found else True
        case ast.BoolOp():
            found = [_truth(x, at) for x in e.values]
            return True if True in found else None if None in found else False
        case ast.UnaryOp(op=ast.Not()):
            one = _truth(e.operand, at)
            return None if one is None else not one
    try:
        return bool(_value(e, at))
    except Undecided:
        return None


def _value(e: ast.expr, at: _Facts) -> Any:
    match e:
        case ast.Name():
            return at.of(e.id)
        case ast.Constant():
            return e.value if isinstance(e.value, str | int) else decimal(e.value)
        case ast.Tuple():
            return tuple(_value(x, at) for x in e.elts)
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            if (found := _truth(e, at)) is None:
                raise Undecided
            return found
        case ast.UnaryOp():
            return -_value(e.operand, at)
        case ast.BinOp(op=ast.Div()):
            top, bottom = _value(e.left, at), _value(e.right, at)
            if bottom == 0:
                raise Undecided
            return Fraction(top, bottom)
        case ast.BinOp():
            return MATHS[type(e.op)](_value(e.left, at), _value(e.right, at))
        case ast.Compare():
            return COMPARE[type(e.ops[0])](_value(e.left, at), _value(e.comparators[0], at))
        case ast.Call(func=ast.Name(id=name)):
            return _call(name, e.args, at)
    raise TypeError(f"{type(e).__name__} is not part of the rule language")


def _call(name: str, args: Sequence[ast.expr], at: _Facts) -> Any:
    function = FUNCTIONS[name]
    if function.over_items:
        found = [_value(args[0], item) for item in at.each()]
        return any(found) if name == "any_item" else sum(found)
    values = [_value(x, at) for x in args]
    if isinstance(function.rest, str):
        named = isinstance(args[1], ast.Name)
        return CALLS[name](values[0], values[1] if named else values[1:])
    return CALLS[name](*values)
