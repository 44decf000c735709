"""The plain way to evaluate a rule: walk its tree. Slow and obvious; the generated functions are held equal to it."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from customhouse.law.rules.syntax import Rule

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
CALLS: dict[str, Callable[..., Any]] = {
    "starts": lambda text, *words: text.startswith(words),
    "contains": lambda text, *words: any(w in text for w in words),
    "length": len,
    "abs": abs,
}


def holds(rule: Rule, facts: Mapping[str, Any], lists: Mapping[str, Any]) -> bool:
    """Whether the rule is true of these facts (header and item facts in one mapping)."""
    return bool(_value(rule.tree, facts, lists))


def _value(e: ast.expr, facts: Mapping[str, Any], lists: Mapping[str, Any]) -> Any:
    match e:
        case ast.Name():
            return facts[e.id] if e.id in facts else lists[e.id]
        case ast.Constant():
            return e.value
        case ast.Tuple():
            return tuple(_value(x, facts, lists) for x in e.elts)
        case ast.BoolOp(op=ast.And()):
            return all(_value(x, facts, lists) for x in e.values)
        case ast.BoolOp():
            return any(_value(x, facts, lists) for x in e.values)
        case ast.UnaryOp(op=ast.Not()):
            return not _value(e.operand, facts, lists)
        case ast.UnaryOp():
            return -_value(e.operand, facts, lists)
        case ast.BinOp():
            return MATHS[type(e.op)](_value(e.left, facts, lists), _value(e.right, facts, lists))
        case ast.Compare():
            return COMPARE[type(e.ops[0])](_value(e.left, facts, lists), _value(e.comparators[0], facts, lists))
        case ast.Call(func=ast.Name(id=name)):
            return CALLS[name](*(_value(x, facts, lists) for x in e.args))
    raise TypeError(f"{type(e).__name__} is not part of the rule language")
