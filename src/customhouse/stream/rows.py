"""The facts of a part on the rows of a level, all of them or some: numbers with their bounds, and tests of texts and codes."""

from __future__ import annotations

import ast
from typing import Any, Protocol

import numpy as np

from customhouse.record.facts import ITEM
from customhouse.stream import numbers
from customhouse.stream.facts import Codes, Column, Facts, Text
from customhouse.stream.items import Ints
from customhouse.stream.kept import NotInColumns
from customhouse.stream.numbers import Mask, Number

RISING: dict[type[ast.operator], Any] = {ast.Add: numbers.added, ast.Sub: numbers.less, ast.Mult: numbers.times}


__all__ = ["NotInColumns", "Rows", "Scan"]


class Scan(Protocol):
    """What is asked of the whole part: `columns` keeps what was worked out of it."""

    facts: Facts
    columns: dict[tuple[str, str], Any]

    def truth(self, e: ast.expr, level: str, sure: bool, rows: Ints | None) -> Mask: ...

    def counted(self, mask: Mask) -> Ints: ...

    def summed(self, number: Number) -> Number: ...


class Rows:
    """Facts on the rows of a level, all of them or some."""

    def __init__(self, scan: Scan, level: str, rows: Ints | None) -> None:
        self.scan, self.level, self.rows = scan, level, rows

    def _column(self, name: str) -> tuple[Column, Ints | None]:
        """The column of a fact, and the rows of it that are asked for (None: all)."""
        facts = self.scan.facts
        if name in ITEM:
            return facts.items[name], self.rows
        if self.level == "header":
            return facts.header[name], self.rows
        return facts.header[name], facts.of if self.rows is None else facts.of[self.rows]

    def column(self, name: str) -> Any:
        """The values of a fact that is a number, or true or false."""
        column, rows = self._column(name)
        return column if rows is None else column[rows]  # type: ignore[index]

    def text(self, name: str, test: str, texts: tuple[str, ...]) -> Mask:
        column, rows = self._column(name)
        assert isinstance(column, Text)
        passed, which = column.words.test(test, texts)
        if len(which) in (0, len(passed)):
            return len(which) > 0
        code = column.code if rows is None else column.code[rows]
        return code == which[0] if len(which) == 1 else passed[code]

    def same(self, one: str, other: str) -> Mask:
        (left, of_left), (right, of_right) = self._column(one), self._column(other)
        assert isinstance(left, Text) and isinstance(right, Text)
        places = self._places(one, left, other, right)
        return places[left.code if of_left is None else left.code[of_left]] == (
            right.code if of_right is None else right.code[of_right]
        )

    def _places(self, one: str, left: Text, other: str, right: Text | Codes) -> Ints:
        kept = self.scan.columns
        if (one, other) not in kept:
            kept[one, other] = left.words.places_in(right.words)
        return kept[one, other]  # type: ignore[no-any-return]

    def meets(self, name: str, texts: tuple[str, ...]) -> Mask:
        column, rows = self._column(name)
        assert isinstance(column, Codes)
        passed, which = column.words.test("is", texts)
        if not len(which):
            return False
        found = np.zeros(len(column.starts) - 1, bool)
        found[self._owner(name, column)[passed[column.code]]] = True
        return found if rows is None else found[rows]

    def has(self, left: ast.expr, name: str) -> Mask:
        """Whether the text of each row is among its codes."""
        assert isinstance(left, ast.Name)
        column, rows = self._column(name)
        text, of = self._column(left.id)
        assert isinstance(column, Codes) and isinstance(text, Text)
        if name in ITEM and left.id not in ITEM:
            wanted = text.code[self.scan.facts.of]
        elif name not in ITEM and left.id in ITEM:
            return self._has_of_whole(
                text.code if of is None else text.code[of], rows, self._places(left.id, text, name, column), column
            )
        else:
            wanted = text.code
        owner = self._owner(name, column)
        found = np.zeros(len(column.starts) - 1, bool)
        found[owner[self._places(left.id, text, name, column)[wanted[owner]] == column.code]] = True
        return found if rows is None else found[rows]

    def _has_of_whole(self, text: Any, whole: Ints | None, places: Ints, column: Codes) -> Mask:
        """Whether the text of an item is among the codes of its declaration: by pairs of (declaration, code) in order."""
        assert whole is not None
        wide = len(column.words) + 1
        owner = np.repeat(np.arange(len(column.starts) - 1), np.diff(column.starts))
        pairs = np.sort(owner * wide + column.code)
        asked = whole * wide + places[text]
        at = np.searchsorted(pairs, asked)
        return (places[text] >= 0) & (at < len(pairs)) & (pairs.take(at, mode="clip") == asked if len(pairs) else False)

    def _owner(self, name: str, column: Codes) -> Ints:
        kept = self.scan.columns
        if ("owner", name) not in kept:
            kept["owner", name] = np.repeat(np.arange(len(column.starts) - 1), np.diff(column.starts))
        return kept["owner", name]  # type: ignore[no-any-return]

    # --- numbers ----------------------------------------------------------------------------------------------------

    def number(self, e: ast.expr) -> Number:
        match e:
            case ast.Constant(value=int(value)):
                return numbers.constant(value)
            case ast.Name(id=name):
                return self._fact(name)
            case ast.UnaryOp(operand=inner):
                return numbers.negative(self.number(inner))
            case ast.BinOp(left=left, op=op, right=right):
                return RISING[type(op)](self.number(left), self.number(right))  # type: ignore[no-any-return]
            case ast.Call(func=ast.Name(id="abs"), args=[inner]):
                return numbers.size(self.number(inner))
            case ast.Call(func=ast.Name(id="length"), args=[inner]):
                return self._length(inner)
            case ast.Call(func=ast.Name(id="count_items"), args=[inner]):
                return self._of_whole(numbers.column(self.scan.counted(self.scan.truth(inner, "item", True, None))))
            case ast.Call(func=ast.Name(id="sum_items"), args=[inner]):
                return self._of_whole(self.scan.summed(Rows(self.scan, "item", None).number(inner)))
        raise NotInColumns(f"{ast.unparse(e)!r} cannot be worked out in columns")

    def _of_whole(self, number: Number) -> Number:
        return number if self.rows is None else number.rows(self.rows)

    def _fact(self, name: str) -> Number:
        column, rows = self._column(name)
        kept = self.scan.columns
        if ("bounds", name) not in kept:
            kept["bounds", name] = numbers.column(column)  # type: ignore[arg-type]
        whole: Number = kept["bounds", name]
        return whole if rows is None else whole.rows(rows)

    def _length(self, e: ast.expr) -> Number:
        if isinstance(e, ast.Constant):
            return numbers.constant(len(str(e.value)))
        assert isinstance(e, ast.Name)
        column, rows = self._column(e.id)
        if isinstance(column, Codes):
            values = np.diff(column.starts)
        else:
            assert isinstance(column, Text)
            values = column.words.lengths[column.code]
        return numbers.column(values if rows is None else values[rows])
