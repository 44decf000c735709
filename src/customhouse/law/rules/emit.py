"""A checked rule as the text of a Python expression, for the generated functions.

Facts are the local names ``f_...``, lists the global names ``l_...`` (and what is made of them), so that no list can take a
name of Python's. What depends on a divisor of 0 is false where the rule must be sure, and true where it must be possible.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from customhouse.law.rules.functions import FUNCTIONS, spaced, word_list
from customhouse.law.rules.syntax import TYPES, Rule, decimal
from customhouse.record.facts import ITEM

SIGNS: dict[type[ast.AST], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.In: "in",
    ast.NotIn: "not in", ast.Add: "+", ast.Sub: "-", ast.Mult: "*",
}  # fmt: skip
MANY = 8  # words of a list from which on they are looked up in a set
COSTS = {"starts": 4, "ends": 4, "meets": 5, "between": 3, "contains": 8, "words": 9, "length": 3, "abs": 3}


class Emitter:
    """Writes rules as Python. `names` are the values that the text needs, `texts` the facts whose words it needs."""

    def __init__(self, lists: Mapping[str, Any]) -> None:
        self.lists = lists
        self.names: dict[str, Any] = {"spaced": spaced}
        self.texts: set[str] = set()
        self._each = False

    def rule(self, rule: Rule, *, sure: bool = True) -> str:
        """The text that is true where the rule is true (`sure`), or where it is not false."""
        return self._truth(rule.tree, sure)

    def _truth(self, e: ast.expr, sure: bool) -> str:
        match e:
            case ast.BoolOp(op=ast.And()):
                return f"({' and '.join(self._truth(x, sure) for x in sorted(e.values, key=cost))})"
            case ast.BoolOp():
                return f"({' or '.join(self._truth(x, sure) for x in sorted(e.values, key=cost))})"
            case ast.UnaryOp(op=ast.Not()):
                return f"(not {self._truth(e.operand, not sure)})"
            case ast.Compare():
                return self._compare(e.left, SIGNS[type(e.ops[0])], e.comparators[0], sure)
            case ast.Call(func=ast.Name(id="between")):
                number, low, high = e.args
                if not divides(number):
                    return f"({self._value(low)} <= {self._value(number)} <= {self._value(high)})"
                return f"({self._compare(number, '>=', low, sure)} and {self._compare(number, '<=', high, sure)})"
        return self._value(e)

    def _compare(self, left: ast.expr, sign: str, right: ast.expr, sure: bool) -> str:
        if not (divides(left) or divides(right)):
            return f"({self._value(left)} {sign} {self._value(right)})"
        (n1, d1), (n2, d2) = self._ratio(left), self._ratio(right)
        zeros = [d for d in (d1, d2) if d]
        one = "*".join((f"({n1})", *([f"({d1})"] if d1 else []), *([f"({d2})", f"({d2})"] if d2 else [])))
        other = "*".join((f"({n2})", *([f"({d2})"] if d2 else []), *([f"({d1})", f"({d1})"] if d1 else [])))
        if sure:
            return f"({' and '.join(f'{d} != 0' for d in zeros)} and {one} {sign} {other})"
        return f"({' or '.join(f'{d} == 0' for d in zeros)} or {one} {sign} {other})"

    def _ratio(self, e: ast.expr) -> tuple[str, str]:
        """(what is divided, the divisor or nothing)."""
        if isinstance(e, ast.BinOp) and isinstance(e.op, ast.Div):
            return self._value(e.left), f"({self._value(e.right)})"
        if (number := fraction(e)) is not None:
            return str(number[0]), f"({number[1]})" if number[1] != 1 else ""
        return self._value(e), ""

    def _value(self, e: ast.expr) -> str:
        match e:
            case ast.Name():
                return self._name(e.id)
            case ast.Constant():
                return repr(e.value)
            case ast.Tuple():
                return f"({''.join(f'{x.value!r}, ' for x in e.elts if isinstance(x, ast.Constant))})"
            case ast.UnaryOp(op=ast.USub()):
                return f"(-{self._value(e.operand)})"
            case ast.BinOp():
                return f"({self._value(e.left)} {SIGNS[type(e.op)]} {self._value(e.right)})"
            case ast.Call(func=ast.Name(id=name)):
                return self._call(name, e.args)
        return self._truth(e, True)

    def _name(self, name: str) -> str:
        if name not in TYPES:
            self.names[f"l_{name}"] = frozenset(self.lists[name])
            return f"l_{name}"
        return f"x.{name}" if self._each and name in ITEM else f"f_{name}"

    def _call(self, name: str, args: Sequence[ast.expr]) -> str:
        if FUNCTIONS[name].over_items:
            self._each = True
            of = self._truth(args[0], True) if name != "sum_items" else self._value(args[0])
            self._each = False
            body = {"any_item": f"any({of} for x in i)", "count_items": f"sum(1 for x in i if {of})"}
            return body.get(name, f"sum([{of} for x in i])")
        value = self._value(args[0])
        if name in ("length", "abs"):
            return f"{'len' if name == 'length' else 'abs'}({value})"
        return getattr(self, f"_{name}")(value, args)  # type: ignore[no-any-return]

    def _texts(self, args: Sequence[ast.expr]) -> tuple[str, ...]:
        named = args[1]
        if isinstance(named, ast.Name):
            return tuple(sorted(self.lists[named.id]))
        return tuple(str(a.value) for a in args[1:] if isinstance(a, ast.Constant))

    def _tuple(self, args: Sequence[ast.expr]) -> str:
        """The texts as a tuple: written out, or under a name of their own."""
        texts, named = self._texts(args), args[1]
        if not isinstance(named, ast.Name):
            return repr(texts)
        self.names[f"t_{named.id}"] = texts
        return f"t_{named.id}"

    def _starts(self, value: str, args: Sequence[ast.expr]) -> str:
        return f"{value}.startswith({self._tuple(args)})"

    def _ends(self, value: str, args: Sequence[ast.expr]) -> str:
        return f"{value}.endswith({self._tuple(args)})"

    def _contains(self, value: str, args: Sequence[ast.expr]) -> str:
        if isinstance(args[1], ast.Name):
            return f"any([w in {value} for w in {self._tuple(args)}])"
        return f"({' or '.join(f'{w!r} in {value}' for w in self._texts(args))})"

    def _meets(self, value: str, args: Sequence[ast.expr]) -> str:
        other = self._name(args[1].id) if isinstance(args[1], ast.Name) else self._tuple(args)
        return f"(not {value}.isdisjoint({other}))"

    def _words(self, value: str, args: Sequence[ast.expr]) -> str:
        fact = args[0].id if isinstance(args[0], ast.Name) else ""
        if fact and value == f"f_{fact}":
            self.texts.add(fact)
            text = f"s_{fact}"
        else:
            text = f"spaced({value})"
        rows = sorted({spaced(w) for w in self._texts(args) if word_list(w)})
        if len(rows) < MANY:
            return f"({' or '.join(f'{r!r} in {text}' for r in rows) or 'False'})"
        name = f"w{len(self.names)}"
        self.names[name] = frozenset(r.strip() for r in rows if r.count(" ") == 2)
        self.names[f"{name}_rows"] = tuple(r for r in rows if r.count(" ") > 2)
        return f"(not {name}.isdisjoint({text}.split()) or any([w in {text} for w in {name}_rows]))"


def divides(e: ast.expr) -> bool:
    """Whether a number is a ratio."""
    return isinstance(e, ast.BinOp) and isinstance(e.op, ast.Div)


def fraction(e: ast.expr) -> tuple[int, int] | None:
    """A written number, maybe with decimals or a sign, as a fraction; None where it is none."""
    if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub):
        found = fraction(e.operand)
        return (-found[0], found[1]) if found else None
    if isinstance(e, ast.Constant) and not isinstance(e.value, str | bool):
        return decimal(e.value).as_integer_ratio()
    return None


def cost(e: ast.expr) -> int:
    """Roughly how dear a test is; cheap ones are asked first, which changes no answer."""
    match e:
        case ast.Name() | ast.Constant():
            return 1
        case ast.Call(func=ast.Name(id=name)):
            return COSTS.get(name, 100)
        case ast.BoolOp():
            return sum(cost(x) for x in e.values)
        case ast.UnaryOp():
            return cost(e.operand) + 1
        case ast.BinOp():
            return cost(e.left) + cost(e.right)
        case ast.Compare():
            return cost(e.left) + cost(e.comparators[0])
    return 2
