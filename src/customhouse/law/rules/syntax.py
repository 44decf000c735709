"""Reading a rule: a restricted Python expression whose names are facts, checked for types before it is believed.

    gross_mass >= net_mass        starts(code, '64') and value_per_kg < 500       'N935' in documents
    origin in ('AA', 'BB')        words(description, 'gift', 'used tyres')        not is_import or importer != ''
    between(day, 20261201, 20261231)      customs_value / net_mass < 0.5          count_items(starts(code, '64')) > 3

Allowed: and, or, not; comparisons; in / not in a tuple, a named code list or a codes fact; + - * of whole numbers; one
division compared with something (a ratio, exact); the functions of `functions.FUNCTIONS`. Nothing else: no attribute, no
index, no other call.

Where a divisor is 0 the comparison is neither true nor false, and neither is what depends on it (Kleene's logic, as of SQL's
NULL): the rule does not fire, and evaluators can say that it was undecided.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from numbers import Real
from typing import cast

import msgspec

from customhouse.law.rules.functions import FUNCTIONS, TEXTS, word_list
from customhouse.record.facts import ITEM, WHOLE

TYPES: dict[str, str] = {**{n: t for n, (t, _) in WHOLE.items()}, **{n: t for n, (t, _) in ITEM.items()}}
LIST, RATIO, SHARE = "list", "ratio", "share"
MATHS = (ast.Add, ast.Sub, ast.Mult)
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
EQUAL = (ast.Eq, ast.NotEq)
NUMBERS = ("int", RATIO, SHARE)
LONGEST = 10_000  # characters of a rule
DEEPEST = 60  # how far one thing may stand inside another
FINEST = 6  # decimals of a number that a ratio is compared with


class RuleError(ValueError):
    """A rule that cannot be used; `column` (from 1) points at the place in the expression, `hint` says what would be right."""

    def __init__(self, message: str, column: int = 1, hint: str = "") -> None:
        self.message, self.column, self.hint = message, column, hint
        super().__init__(f"{message}{f'; {hint}' if hint else ''} (column {column})")


class Rule(msgspec.Struct, frozen=True):
    """An expression that has been read and checked. `level` is item when it uses any fact of an item, else header; what it
    counts over all items (count_items and the like) makes it no rule of an item. `divides` says whether it may be undecided."""

    text: str
    tree: ast.expr
    facts: frozenset[str]
    lists: frozenset[str]
    level: str
    divides: bool = False
    counts: bool = False


def read(text: str, lists: Mapping[str, object], facts: Mapping[str, str] = TYPES) -> Rule:
    """Read and check `text`; `lists` are the named code lists it may use, `facts` the names with their types (those of a
    declaration, unless it is about something else). Raises RuleError."""
    source = _one_line(text)
    if len(source) > LONGEST:
        raise RuleError(f"a rule has at most {LONGEST} characters, this has {len(source)}", 1, "write several rules")
    try:
        tree = ast.parse(source, mode="eval").body
        tree = _placed(tree, source, len(text) - len(text.lstrip()))
    except SyntaxError as fault:
        raise RuleError(f"cannot be read: {fault.msg}", fault.offset or 1) from None
    except (ValueError, RecursionError, MemoryError) as fault:
        raise RuleError(f"cannot be read: {fault or 'it is nested too deeply'}") from None
    checker = _Checker(lists, facts)
    if (kind := checker.type_of(tree)) != "bool":
        raise RuleError(f"a rule is true or false, this is {_words(kind)}", tree.col_offset + 1)
    level = "item" if any(name in ITEM for name in checker.outside) else "header"
    if checker.counts and level == "item":
        raise RuleError(
            "a rule looks at one item or counts over all of them, not both",
            hint=f"put {', '.join(sorted(n for n in checker.outside if n in ITEM))} inside any_item(...)",
        )
    return Rule(
        text, tree, frozenset(checker.facts), frozenset(checker.lists), level, checker.divides, bool(checker.counts)
    )


def _one_line(text: str) -> str:
    """The expression on one line, as long as it was, without spaces around it; what is inside quotes has no line break."""
    return text.translate({9: " ", 10: " ", 13: " "}).strip()


def _placed(tree: ast.expr, source: str, before: int) -> ast.expr:
    """The tree with columns in characters of the text as it was written; Python counts bytes of UTF-8."""
    line = source.encode("utf-8", "surrogatepass")
    plain = len(line) == len(source)
    for node, depth in _walk(tree):
        if depth > DEEPEST:
            raise RecursionError(f"more than {DEEPEST} things stand inside one another")
        at = getattr(node, "col_offset", None)
        if at is not None:
            found = at if plain else len(line[:at].decode("utf-8", "surrogatepass"))
            node.col_offset = found + before  # type: ignore[attr-defined]
    return cast(ast.expr, _Signs().visit(tree))


class _Signs(ast.NodeTransformer):
    """A number with a sign before it as one number, so that it may stand in a list."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        self.generic_visit(node)
        value = node.operand
        if isinstance(node.op, ast.USub) and isinstance(value, ast.Constant) and type(value.value) is int:
            return ast.copy_location(ast.Constant(-value.value), node)
        return node


def _walk(tree: ast.AST) -> Iterator[tuple[ast.AST, int]]:
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting.extend((child, depth + 1) for child in ast.iter_child_nodes(node))


def decimal(value: object) -> Fraction:
    """A number as it is written in a rule, exactly: 0.1 is one tenth."""
    return Fraction(Decimal(str(value)))


def _words(kind: str) -> str:
    return {
        "int": "a number", "text": "a text", "codes": "a set of codes", LIST: "a list", "bool": "true or false",
        RATIO: "a ratio", SHARE: "a number with decimals",
    }[kind]  # fmt: skip


class _Checker:
    def __init__(self, lists: Mapping[str, object], types: Mapping[str, str]) -> None:
        self.known, self.types = lists, types
        self.facts: set[str] = set()
        self.outside: set[str] = set()  # facts that are not inside count_items(...) and the like
        self.lists: set[str] = set()
        self.divides = False
        self.counts = 0
        self._inside = False

    def type_of(self, e: ast.expr) -> str:
        method = getattr(self, "_" + type(e).__name__.lower(), None)
        if method is None:
            raise RuleError(f"{type(e).__name__} is not part of the rule language", e.col_offset + 1)
        return str(method(e))

    def _want(self, e: ast.expr, kind: str, hint: str = "") -> None:
        if (found := self.type_of(e)) != kind:
            raise RuleError(f"expected {_words(kind)}, found {_words(found)}", e.col_offset + 1, hint)

    def _name(self, e: ast.Name) -> str:
        if e.id in self.types:
            self.facts.add(e.id)
            if not self._inside:
                self.outside.add(e.id)
            return self.types[e.id]
        if e.id in self.known:
            self.lists.add(e.id)
            return LIST
        near = difflib.get_close_matches(e.id, [*self.types, *self.known], 1)
        hint = f"did you mean {near[0]}?" if near else ""
        raise RuleError(f"there is no fact or list {e.id!r}", e.col_offset + 1, hint)

    def _constant(self, e: ast.Constant) -> str:
        for kind, name in ((bool, "bool"), (int, "int"), (str, "text")):
            if isinstance(e.value, kind):
                return name
        raise RuleError(
            f"{e.value!r} is no number or text", e.col_offset + 1,
            "money is in minor units, mass in grams; decimals only where a ratio is compared",
        )  # fmt: skip

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
        if not isinstance(e.op, (*MATHS, ast.Div)):
            raise RuleError("only + - * and / are allowed", e.col_offset + 1)
        hint = "a ratio is compared, not calculated with" if not isinstance(e.op, ast.Div) else "divide whole numbers"
        self._want(e.left, "int", hint)
        self._want(e.right, "int", hint)
        if not isinstance(e.op, ast.Div):
            return "int"
        if self._inside:
            raise RuleError("there is no division inside what is counted over items", e.col_offset + 1)
        self.divides = True
        return RATIO

    def _side(self, e: ast.expr) -> str:
        """The type of one side of a comparison, where a number may have decimals (if the other is a ratio)."""
        value = e.operand if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub) else e
        if isinstance(value, ast.Constant) and isinstance(value.value, Real) and not isinstance(value.value, int):
            if not _is_fine(value.value):
                raise RuleError(f"a number has at most {FINEST} decimals and 15 digits", e.col_offset + 1)
            return SHARE
        return self.type_of(e)

    def _compare(self, e: ast.Compare) -> str:
        if len(e.ops) != 1:
            raise RuleError("write two comparisons joined with and", e.col_offset + 1, "or between(number, low, high)")
        op, other = e.ops[0], e.comparators[0]
        place = other.col_offset + 1
        if isinstance(op, ast.In | ast.NotIn):
            self._member(e.left, other)
            return "bool"
        left, right = self._side(e.left), self._side(other)
        if SHARE in (left, right) and RATIO not in (left, right):
            self.type_of(e.left if left == SHARE else other)
        if left in NUMBERS and right in NUMBERS and isinstance(op, (*ORDER, *EQUAL)):
            return "bool"
        if isinstance(op, ORDER):
            raise RuleError(f"only numbers have an order, not {_words(left)} and {_words(right)}", place)
        if not isinstance(op, EQUAL) or left != right or left == LIST:
            raise RuleError(f"cannot compare {_words(left)} with {_words(right)}", place)
        if left == "bool" and any(isinstance(x, ast.Div) for x in ast.walk(e)):
            raise RuleError("what divides cannot be compared with true or false", place, "join it with and, or, not")
        return "bool"

    def _member(self, value: ast.expr, group: ast.expr) -> None:
        left, right = self.type_of(value), self.type_of(group)
        place = group.col_offset + 1
        if left not in ("text", "int") or right not in (LIST, "codes"):
            raise RuleError(f"cannot look for {_words(left)} in {_words(right)}", place)
        if isinstance(group, ast.Tuple):
            for element in group.elts:
                if (kind := self.type_of(element)) != left:
                    raise RuleError(f"{_words(left)} is never in a list with {_words(kind)}", element.col_offset + 1)
        elif left == "int":
            raise RuleError("named lists and sets of codes hold texts, not numbers", place, "write it in quotes")

    def _call(self, e: ast.Call) -> str:
        name = e.func.id if isinstance(e.func, ast.Name) else ""
        known = FUNCTIONS.get(name)
        if known is None or e.keywords or not e.args:
            near = difflib.get_close_matches(name, FUNCTIONS, 1)
            hint = f"did you mean {near[0]}?" if near and not known else ""
            raise RuleError(f"the functions are {', '.join(FUNCTIONS)}", e.col_offset + 1, hint)
        if known.over_items:
            return self._over_items(e, name)
        first = self.type_of(e.args[0])
        if first not in known.first:
            raise RuleError(f"{name} wants {_words(known.first[0])}, found {_words(first)}", e.args[0].col_offset + 1)
        if known.rest == TEXTS:
            self._texts(e, name)
        elif len(e.args) != 1 + len(known.rest):
            raise RuleError(f"{name} is written {known.written}", e.col_offset + 1)
        for value in e.args[1:] if known.rest != TEXTS else ():
            if (kind := self._side(value)) not in (("int", SHARE) if first == RATIO else ("int",)):
                raise RuleError(f"expected a number, found {_words(kind)}", value.col_offset + 1)
        return known.gives

    def _texts(self, e: ast.Call, name: str) -> None:
        """The texts to look for: written one after the other, or one named list."""
        rest = e.args[1:]
        if len(rest) == 1 and isinstance(rest[0], ast.Name) and self.type_of(rest[0]) == LIST:
            return
        if not rest or not all(isinstance(a, ast.Constant) and isinstance(a.value, str) for a in rest):
            raise RuleError(
                f"{name} wants the texts to look for after the fact, or the name of a list", e.col_offset + 1
            )
        for word in rest if name == "words" else ():
            if isinstance(word, ast.Constant) and not word_list(str(word.value)):
                raise RuleError("a word has letters or digits", word.col_offset + 1)

    def _over_items(self, e: ast.Call, name: str) -> str:
        if self._inside or len(e.args) != 1:
            raise RuleError(f"{name} is written {FUNCTIONS[name].written}, and not inside another", e.col_offset + 1)
        self._inside = True
        self._want(e.args[0], FUNCTIONS[name].first[0])
        self._inside = False
        self.counts += 1
        return FUNCTIONS[name].gives


def _is_fine(value: Real) -> bool:
    """Whether a number with decimals is short enough that it is exactly what was written."""
    found = Decimal(str(value)).normalize().as_tuple()
    return isinstance(found.exponent, int) and found.exponent >= -FINEST and len(found.digits) <= 15
