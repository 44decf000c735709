"""Reading a rule: a restricted Python expression whose names are facts, checked for types before it is believed.

    gross_mass >= net_mass        starts(code, '64') and value_per_kg < 500       'N935' in documents
    origin in ('AA', 'BB')        currency in currencies                          not is_import or importer != ''

Allowed: and, or, not; comparisons; in / not in a tuple, a named code list or a codes fact; + - *; starts(text, ...),
contains(text, ...), length(text or codes), abs(number). Nothing else: no attribute, no index, no other call.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping

import msgspec

from customhouse.record.facts import ITEM, WHOLE

TYPES: dict[str, str] = {**{n: t for n, (t, _) in WHOLE.items()}, **{n: t for n, (t, _) in ITEM.items()}}
LIST = "list"
FUNCTIONS = {"starts": "bool", "contains": "bool", "length": "int", "abs": "int"}
MATHS = (ast.Add, ast.Sub, ast.Mult)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


class RuleError(ValueError):
    """A rule that cannot be used; `column` (from 1) points at the place in the expression."""

    def __init__(self, message: str, column: int = 1) -> None:
        self.message, self.column = message, column
        super().__init__(f"{message} (column {column})")


class Rule(msgspec.Struct, frozen=True):
    """An expression that has been read and checked. `level` is item when it uses any fact of an item, else header."""

    text: str
    tree: ast.expr
    facts: frozenset[str]
    lists: frozenset[str]
    level: str


def read(text: str, lists: Mapping[str, object], facts: Mapping[str, str] = TYPES) -> Rule:
    """Read and check `text`; `lists` are the named code lists it may use, `facts` the names with their types (those of a
    declaration, unless it is about something else). Raises RuleError."""
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as fault:
        raise RuleError(f"cannot be read: {fault.msg}", fault.offset or 1) from None
    checker = _Checker(lists, facts)
    if (kind := checker.type_of(tree)) != "bool":
        raise RuleError(f"a rule is true or false, this is {_words(kind)}", tree.col_offset + 1)
    level = "item" if any(name in ITEM for name in checker.facts) else "header"
    return Rule(text, tree, frozenset(checker.facts), frozenset(checker.lists), level)


def _words(kind: str) -> str:
    return {"int": "a number", "text": "a text", "codes": "a set of codes", LIST: "a list", "bool": "true or false"}[
        kind
    ]


class _Checker:
    def __init__(self, lists: Mapping[str, object], types: Mapping[str, str]) -> None:
        self.known, self.types = lists, types
        self.facts: set[str] = set()
        self.lists: set[str] = set()

    def type_of(self, e: ast.expr) -> str:
        method = getattr(self, "_" + type(e).__name__.lower(), None)
        if method is None:
            raise RuleError(f"{type(e).__name__} is not part of the rule language", e.col_offset + 1)
        return str(method(e))

    def _want(self, e: ast.expr, kind: str) -> None:
        if (found := self.type_of(e)) != kind:
            raise RuleError(f"expected {_words(kind)}, found {_words(found)}", e.col_offset + 1)

    def _name(self, e: ast.Name) -> str:
        if e.id in self.types:
            self.facts.add(e.id)
            return self.types[e.id]
        if e.id in self.known:
            self.lists.add(e.id)
            return LIST
        near = difflib.get_close_matches(e.id, [*self.types, *self.known], 1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise RuleError(f"there is no fact or list {e.id!r}{hint}", e.col_offset + 1)

    def _constant(self, e: ast.Constant) -> str:
        for kind, name in ((bool, "bool"), (int, "int"), (str, "text")):
            if isinstance(e.value, kind):
                return name
        raise RuleError(f"{e.value!r} is no number or text; money is in minor units, mass in grams", e.col_offset + 1)

    def _tuple(self, e: ast.Tuple) -> str:
        for element in e.elts:
            if not isinstance(element, ast.Constant):
                raise RuleError("a list holds plain values", element.col_offset + 1)
            self.type_of(element)
        return LIST

    def _boolop(self, e: ast.BoolOp) -> str:
        for value in e.values:
            self._want(value, "bool")
        return "bool"

    def _unaryop(self, e: ast.UnaryOp) -> str:
        kind = "bool" if isinstance(e.op, ast.Not) else "int"
        if not isinstance(e.op, ast.Not | ast.USub):
            raise RuleError("this sign is not part of the rule language", e.col_offset + 1)
        self._want(e.operand, kind)
        return kind

    def _binop(self, e: ast.BinOp) -> str:
        if not isinstance(e.op, MATHS):
            raise RuleError("only + - * are allowed; compare products instead of dividing", e.col_offset + 1)
        self._want(e.left, "int")
        self._want(e.right, "int")
        return "int"

    def _compare(self, e: ast.Compare) -> str:
        if len(e.ops) != 1:
            raise RuleError("write two comparisons joined with and", e.col_offset + 1)
        left, op, right = self.type_of(e.left), e.ops[0], self.type_of(e.comparators[0])
        place = e.comparators[0].col_offset + 1
        if isinstance(op, ast.In | ast.NotIn):
            if left not in ("text", "int") or right not in (LIST, "codes"):
                raise RuleError(f"cannot look for {_words(left)} in {_words(right)}", place)
        elif isinstance(op, ORDER):
            if (left, right) != ("int", "int"):
                raise RuleError(f"only numbers have an order, not {_words(left)} and {_words(right)}", place)
        elif left != right:
            raise RuleError(f"cannot compare {_words(left)} with {_words(right)}", place)
        return "bool"

    def _call(self, e: ast.Call) -> str:
        name = e.func.id if isinstance(e.func, ast.Name) else ""
        if name not in FUNCTIONS or e.keywords or not e.args:
            raise RuleError(f"the functions are {', '.join(FUNCTIONS)}", e.col_offset + 1)
        first = self.type_of(e.args[0])
        wanted = {"starts": ("text",), "contains": ("text",), "length": ("text", "codes"), "abs": ("int",)}[name]
        if first not in wanted:
            raise RuleError(f"{name} wants {_words(wanted[0])}, found {_words(first)}", e.args[0].col_offset + 1)
        if name in ("starts", "contains"):
            if len(e.args) < 2 or not all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in e.args[1:]):
                raise RuleError(f"{name} wants the texts to look for after the fact", e.col_offset + 1)
        elif len(e.args) != 1:
            raise RuleError(f"{name} wants one value", e.col_offset + 1)
        return FUNCTIONS[name]
