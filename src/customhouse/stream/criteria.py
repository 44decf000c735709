"""Rules on facts in columns: the same answers as one by one (`law.rules.interpret`), for millions of rows.

A rule is gone through condition by condition, cheap ones first, and only on the rows that are left once these are few. What
many rules ask is asked once a part. Parts hold so many rows that they stay in the processor's cache; memory does not grow with
what comes after them.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from customhouse.law.rules.emit import cost, divides, fraction
from customhouse.law.rules.functions import FUNCTIONS
from customhouse.law.rules.interpret import CALLS, COMPARE
from customhouse.law.rules.syntax import TYPES, Rule
from customhouse.record.facts import ITEM
from customhouse.stream import numbers
from customhouse.stream.facts import Facts, Index, Text
from customhouse.stream.items import Ints, distinct, spread
from customhouse.stream.numbers import Mask, Number
from customhouse.stream.rows import NotInColumns, Rows

AT_ONCE = 1 << 16
TEXT_TESTS = ("starts", "ends", "contains", "words")
OFTEN = 8  # an index of a text is made where so many rules begin with a test of it
FEW = 8  # rows are picked out when not one in so many is left


class Fired(msgspec.Struct, frozen=True):
    """For each rule the rows it fires on, ascending: places of items, or of declarations for a rule of the whole; and those
    where it stays undecided because a divisor is 0."""

    rows: tuple[Ints, ...]
    undecided: tuple[Ints, ...]


class Criteria:
    """Rules to be asked together. Raises NotInColumns for one that cannot be."""

    def __init__(self, rules: Sequence[Rule], lists: Mapping[str, Any]) -> None:
        self.rules = tuple(rules)
        self.lists = {name: tuple(sorted(lists[name])) for rule in rules for name in rule.lists}
        self.keys: dict[int, str] = {}
        self.of_items: set[int] = set()
        for rule in self.rules:
            check(rule)
            self._know(rule.tree)
        often = Counter(self.keys.values())
        self.shared = {key for key, count in often.items() if count > 1}
        self.tests = {
            id(part): found for rule in self.rules for part in _joined(rule.tree) if (found := self._test(part))
        }
        asked = Counter(fact for fact, _, _ in self.tests.values())
        self.tests = {part: found for part, found in self.tests.items() if asked[found[0]] >= OFTEN}
        self.parts = [sorted(_joined(rule.tree), key=self._order) for rule in self.rules]

    def _know(self, e: ast.expr) -> bool:
        """Note of each part how it is written, and whether it is about an item; say so."""
        below = [self._know(x) for x in ast.iter_child_nodes(e) if isinstance(x, ast.expr)]
        counted = isinstance(e, ast.Call) and isinstance(e.func, ast.Name) and FUNCTIONS[e.func.id].over_items
        about = (any(below) and not counted) or (isinstance(e, ast.Name) and e.id in ITEM)
        if about:
            self.of_items.add(id(e))
        if isinstance(e, ast.Compare | ast.Call) or (isinstance(e, ast.Name) and TYPES.get(e.id) == "bool"):
            self.keys[id(e)] = ast.unparse(e)
        return about

    def _test(self, e: ast.expr) -> tuple[str, str, tuple[str, ...]] | None:
        """(fact, test, texts) of a condition that is a test of a text against texts."""
        match e:
            case ast.Call(func=ast.Name(id=name), args=[ast.Name(id=fact), *rest]) if name in TEXT_TESTS:
                pass
            case ast.Compare(left=ast.Name(id=fact), ops=[ast.Eq()], comparators=[ast.Constant() as one]):
                name, rest = "is", [one]
            case ast.Compare(left=ast.Name(id=fact), ops=[ast.In()], comparators=[ast.Tuple(elts=rest)]):
                name = "is"
            case ast.Compare(left=ast.Name(id=fact), ops=[ast.In()], comparators=[ast.Name() as one]):
                name, rest = "is", [one]
            case _:
                return None
        return (fact, name, self.texts(rest)) if TYPES.get(fact) == "text" else None

    def texts(self, rest: Sequence[ast.expr]) -> tuple[str, ...]:
        """The texts that are written after a fact, or those of the list that is named there."""
        if len(rest) == 1 and isinstance(rest[0], ast.Name):
            return self.lists.get(rest[0].id, ())
        return tuple(str(x.value) for x in rest if isinstance(x, ast.Constant))

    def _order(self, e: ast.expr) -> tuple[bool, int]:
        return self.keys.get(id(e), "") not in self.shared, cost(e)

    def run(self, facts: Facts, at_once: int = AT_ONCE) -> Fired:
        """Every rule on every row."""
        rows: list[list[Ints]] = [[] for _ in self.rules]
        undecided: list[list[Ints]] = [[] for _ in self.rules]
        for start, part in facts.parts(at_once):
            scan = _Scan(self, part)
            first = int(facts.first[start] - facts.first[0])
            for n, rule in enumerate(self.rules):
                base = first if rule.level == "item" else start
                sure = scan.rows(n, True)
                if len(sure):
                    rows[n].append(sure + base)
                if rule.divides:
                    unsure = np.setdiff1d(scan.rows(n, False), sure, assume_unique=True)
                    undecided[n].append(unsure + base)
        nothing = np.zeros(0, np.int64)
        return Fired(
            tuple(np.concatenate(found) if found else nothing for found in rows),
            tuple(np.concatenate(found) if found else nothing for found in undecided),
        )


def declarations(rule: Rule, rows: Ints, facts: Facts) -> Ints:
    """The places of the declarations that rows of a rule belong to, each once."""
    return rows if rule.level == "header" else distinct(facts.of[rows])


def _joined(tree: ast.expr) -> list[ast.expr]:
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in _joined(value)]
    return [tree]


def check(rule: Rule) -> None:
    """Refuse what would need a set compared with a set, row by row. Raises NotInColumns."""
    for node in ast.walk(rule.tree):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and TYPES.get(node.left.id) == "codes":
            raise NotInColumns(
                f"{ast.unparse(node)!r} compares two sets of codes, which columns cannot; ask for codes with meets(...)"
            )


class _Scan:
    """All rules on one part. A mask is an array of one answer per row, or one answer for all."""

    def __init__(self, criteria: Criteria, facts: Facts) -> None:
        self.c, self.facts = criteria, facts
        self.size = {"header": len(facts), "item": facts.item_count}
        self.kept: dict[tuple[str, str, bool], Mask] = {}
        self.columns: dict[tuple[str, str], Any] = {}

    # --- a rule -----------------------------------------------------------------------------------------------------

    def rows(self, n: int, sure: bool) -> Ints:
        """The rows on which rule `n` is true, or is not false."""
        level, total = self.c.rules[n].level, self.size[self.c.rules[n].level]
        mask: Mask = True
        rows, settled = self._picked(n, level)
        for part in self.c.parts[n]:
            if part is settled:
                continue
            found = self.truth(part, level, sure, rows)
            if found is False:
                return np.zeros(0, np.int64)
            if found is True:
                continue
            if rows is not None:
                rows = rows[found]
            else:
                mask = found if mask is True else mask & found
                if np.count_nonzero(mask) * FEW < total:
                    rows = np.flatnonzero(mask)
            if rows is not None and not len(rows):
                return rows
        if rows is not None:
            return rows if settled is None else np.sort(rows)
        return np.arange(total) if mask is True else np.flatnonzero(mask)

    def _picked(self, n: int, level: str) -> tuple[Ints | None, ast.expr | None]:
        """The rows that pass the test of a text which fewest pass, and that test; nothing where many do."""
        best: tuple[int, ast.expr | None, str, Ints | None] = (self.size[level] // FEW, None, "", None)
        for part in self.c.parts[n]:
            if (asked := self.c.tests.get(id(part))) is None:
                continue
            fact, name, texts = asked
            side = "item" if fact in ITEM else "header"
            column = (self.facts.items if side == "item" else self.facts.header)[fact]
            assert isinstance(column, Text)
            _, which = column.words.test(name, texts)
            if (fact, "index") not in self.columns:
                self.columns[fact, "index"] = Index(column)
            count = self.columns[fact, "index"].count(which) * (self.size[level] // max(1, self.size[side]) or 1)
            if count < best[0]:
                best = count, part, fact, which
        _, settled, fact, which = best
        if which is None:
            return None, None
        rows = self.columns[fact, "index"].rows(which)
        if level == "item" and fact not in ITEM:
            first = self.facts.first - self.facts.first[0]
            rows, _ = spread(first[rows], first[rows + 1] - first[rows])
        return rows, settled

    def truth(self, e: ast.expr, level: str, sure: bool, rows: Ints | None) -> Mask:
        """Where a condition is true (or not false), on all rows of the level or on some."""
        match e:
            case ast.BoolOp(op=op, values=values):
                return self._joined(values, isinstance(op, ast.And), (level, sure, rows))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                found = self.truth(inner, level, not sure, rows)
                return ~found if isinstance(found, np.ndarray) else not found
        key = self.c.keys.get(id(e), "")
        if level == "item" and id(e) not in self.c.of_items:
            found = self._whole(e, key, sure)
            if isinstance(found, bool):
                return found
            return found[self.facts.of if rows is None else self.facts.of[rows]]
        if key not in self.c.shared:
            return self._test(e, level, sure, rows)
        found = self._once(e, key, level, sure)
        return found if rows is None or isinstance(found, bool) else found[rows]

    def _joined(self, values: Sequence[ast.expr], both: bool, how: tuple[str, bool, Ints | None]) -> Mask:
        made: Mask = both
        for value in sorted(values, key=cost):
            found = self.truth(value, *how)
            if isinstance(found, bool):
                if found is not both:
                    return found
            elif isinstance(made, bool):
                made = found
            else:
                made = made & found if both else made | found
        return made

    def _whole(self, e: ast.expr, key: str, sure: bool) -> Mask:
        return self._once(e, key, "header", sure) if key in self.c.shared else self._test(e, "header", sure, None)

    def _once(self, e: ast.expr, key: str, level: str, sure: bool) -> Mask:
        found = self.kept.get((key, level, sure))
        if found is None:
            found = self.kept[key, level, sure] = self._test(e, level, sure, None)
        return found

    # --- a test -----------------------------------------------------------------------------------------------------

    def _test(self, e: ast.expr, level: str, sure: bool, rows: Ints | None) -> Mask:
        at = Rows(self, level, rows)
        match e:
            case ast.Constant(value=value):
                return bool(value)
            case ast.Name(id=name):
                return at.column(name)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(at, left, op, right, sure)
            case ast.Call(func=ast.Name(id="any_item"), args=[inner]):
                found = self.counted(self.truth(inner, "item", True, None)) > 0
                return found if rows is None else found[rows]
            case ast.Call(func=ast.Name(id="between"), args=[number, low, high]):
                one = self._sides(at, low, ast.LtE(), number, sure)
                return _and(one, self._sides(at, number, ast.LtE(), high, sure))
            case ast.Call(func=ast.Name(id=name), args=[value, *rest]):
                return self._texts(at, name, value, rest)
        raise NotInColumns(f"{ast.unparse(e)!r} cannot be asked of columns")

    def _compare(self, at: Rows, left: ast.expr, op: ast.cmpop, right: ast.expr, sure: bool) -> Mask:
        if isinstance(op, ast.In | ast.NotIn):
            found = self._member(at, left, right)
            if isinstance(op, ast.In):
                return found
            return ~found if isinstance(found, np.ndarray) else not found
        kind = self._kind(left)
        if kind == "int":
            return self._sides(at, left, op, right, sure)
        found = self._alike(at, left, right) if kind == "text" else self._equal(at, left, right)
        if isinstance(op, ast.NotEq):
            return ~found if isinstance(found, np.ndarray) else not found
        return found

    def _kind(self, e: ast.expr) -> str:
        match e:
            case ast.Name(id=name):
                return TYPES[name]
            case ast.Constant(value=value):
                return "text" if isinstance(value, str) else "bool" if isinstance(value, bool) else "int"
            case ast.Call(func=ast.Name(id=name)):
                return FUNCTIONS[name].gives
            case ast.BoolOp() | ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return "bool"
        return "int"

    def _sides(self, at: Rows, left: ast.expr, op: ast.cmpop, right: ast.expr, sure: bool) -> Mask:
        """Two numbers; where a divisor is 0 the answer is false when it must be sure, else true."""
        how = COMPARE[type(op)]
        if not (divides(left) or divides(right)):
            return numbers.compared(how, at.number(left), at.number(right))
        (n1, d1), (n2, d2) = self._ratio(at, left), self._ratio(at, right)
        one = numbers.times(numbers.times(n1, numbers.size(d2)), numbers.sign(d1))
        other = numbers.times(numbers.times(n2, numbers.size(d1)), numbers.sign(d2))
        zero = _or(*(numbers.compared(COMPARE[ast.Eq], d, numbers.constant(0)) for d in (d1, d2)))
        found = numbers.compared(how, one, other)
        return _or(found, zero) if not sure else _and(found, _not(zero))

    def _ratio(self, at: Rows, e: ast.expr) -> tuple[Number, Number]:
        if isinstance(e, ast.BinOp) and isinstance(e.op, ast.Div):
            return at.number(e.left), at.number(e.right)
        if (found := fraction(e)) is not None:
            return numbers.constant(found[0]), numbers.constant(found[1])
        return at.number(e), numbers.constant(1)

    def _member(self, at: Rows, left: ast.expr, right: ast.expr) -> Mask:
        if isinstance(right, ast.Name) and TYPES.get(right.id) == "codes":
            if isinstance(left, ast.Constant):
                return at.meets(right.id, (str(left.value),))
            return at.has(left, right.id)
        values = self._values(right)
        if self._kind(left) == "int":
            number = at.number(left)
            return _or(*(numbers.compared(COMPARE[ast.Eq], number, numbers.constant(int(v))) for v in values))
        return self._texts(at, "is", left, [ast.Constant(v) for v in values])

    def _values(self, e: ast.expr) -> tuple[Any, ...]:
        if isinstance(e, ast.Name):
            return self.c.lists[e.id]
        return tuple(x.value for x in e.elts if isinstance(x, ast.Constant)) if isinstance(e, ast.Tuple) else ()

    def _texts(self, at: Rows, name: str, value: ast.expr, rest: Sequence[ast.expr]) -> Mask:
        """A test of a text, or of a set of codes, against texts."""
        texts = self.c.texts(rest)
        if name == "meets" and isinstance(value, ast.Name):
            return at.meets(value.id, texts)
        if isinstance(value, ast.Constant):
            return value.value in texts if name == "is" else bool(CALLS[name](value.value, texts))
        assert isinstance(value, ast.Name)
        return at.text(value.id, name, texts)

    def _alike(self, at: Rows, left: ast.expr, right: ast.expr) -> Mask:
        """Whether two texts are the same."""
        if isinstance(left, ast.Constant):
            left, right = right, left
        if isinstance(right, ast.Constant):
            return self._texts(at, "is", left, [right])
        assert isinstance(left, ast.Name) and isinstance(right, ast.Name)
        return at.same(left.id, right.id)

    def _equal(self, at: Rows, left: ast.expr, right: ast.expr) -> Mask:
        one, other = (self.truth(e, at.level, True, at.rows) for e in (left, right))
        return one == other if isinstance(one, np.ndarray) or isinstance(other, np.ndarray) else one is other

    def counted(self, mask: Mask) -> Ints:
        """How many items of each declaration a mask marks."""
        if isinstance(mask, bool):
            return np.diff(self.facts.first) * int(mask)
        upto = np.concatenate(([0], np.cumsum(mask, dtype=np.int64)))
        first = self.facts.first - self.facts.first[0]
        return np.asarray(upto[first[1:]] - upto[first[:-1]], np.int64)

    def summed(self, number: Number) -> Number:
        """A number of the items summed over those of each declaration."""
        count = self.size["item"]
        most = max(abs(number.low), abs(number.high)) * max(1, count)
        values = number.value
        if not isinstance(values, np.ndarray):
            return numbers.times(number, numbers.column(np.diff(self.facts.first)))
        exact = most > numbers.MOST
        upto = np.zeros(count + 1, object if exact else np.int64)
        upto[1:] = np.cumsum(number.exact if exact else values)
        first = self.facts.first - self.facts.first[0]
        return numbers.column(upto[first[1:]] - upto[first[:-1]])


def _and(one: Mask, other: Mask) -> Mask:
    return one & other


def _or(*masks: Mask) -> Mask:
    made: Mask = False
    for mask in masks:
        made = made | mask
    return made


def _not(mask: Mask) -> Mask:
    return ~mask if isinstance(mask, np.ndarray) else not mask
