"""A rule as sentences that a person reads: "Import; code starts with 64; value per kg below 6.00".

A `Phrase` is an English sentence with places for other phrases and for values, so that a page can put every part into another
language; `say` puts it together. Values are told as a person reads them (`units`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from typing import Union

import msgspec

from customhouse.law.rules import form, units
from customhouse.law.rules.emit import SIGNS
from customhouse.law.rules.syntax import TYPES, RuleError

LABELS: dict[str, str] = {
    **{name: name.replace("_", " ") for name in TYPES},
    "is_import": "Import",
    "type": "declaration type",
    "lrn": "local reference number",
    "value_per_kg": "value per kg",
    "item_count": "number of items",
    "charge_least": "smallest addition or deduction",
    "item_charge_least": "smallest addition or deduction of the item",
    "supplementary": "quantity in the supplementary unit",
    "importer_days": "days since the importer's first declaration",
    "importer_today": "earlier declarations of the importer on the day",
    "importer_declarations_30": "declarations of the importer in 30 days",
    "importer_declarations_365": "declarations of the importer in 365 days",
    "importer_examined_365": "examinations of the importer in 365 days",
    "importer_finds_365": "finds at the importer in 365 days",
    "importer_value_30": "customs value of the importer in 30 days",
    "importer_new_goods": "Goods that the importer never declared before",
    "consignee_parcels_today": "earlier parcels to the consignee on the day",
    "consignee_value_today": "customs value of earlier parcels to the consignee on the day",
    "address_parcels_today": "earlier parcels to the address on the day",
    "address_value_today": "customs value of earlier parcels to the address on the day",
    "alike_today": "earlier parcels alike on the day",
    "typical_value_percent": "value per kg in percent of the usual",
    "declarant_days": "days since the declarant's first declaration",
    "declarant_declarations_365": "declarations of the declarant in 365 days",
    "declarant_examined_365": "examinations of the declarant in 365 days",
    "declarant_finds_365": "finds at the declarant in 365 days",
    "exporter_declarations_365": "declarations that name the exporter in 365 days",
    "exporter_examined_365": "examinations of the exporter in 365 days",
    "exporter_finds_365": "finds at the exporter in 365 days",
}
"""The short name of each fact."""

FALSE = {"is_import": "Export"}
"""How it is told that a fact is not so, where there is a word for it."""

GENERAL = {
    "<": "{left} below {right}", "<=": "{left} at most {right}", ">": "{left} above {right}", ">=": "{left} at least {right}",
    "==": "{left} is {right}", "!=": "{left} is not {right}", "in": "{left} is in {right}", "not in": "{left} is not in {right}",
    "+": "{left} + {right}", "-": "{left} - {right}", "*": "{left} x {right}", "/": "{left} divided by {right}",
}  # fmt: skip
CALLS = {
    "any_item": "an item with: {inside}", "count_items": "the number of items with: {inside}",
    "sum_items": "the sum over items of {inside}", "length": "the length of {inside}", "abs": "the size of {inside}",
}  # fmt: skip
OR, AND, NOT, LISTED, LAST, BOTH = (
    "{one}, or {rest}", "{one}; {rest}", "not ({inside})", "{one}, {rest}", "{one} or {rest}", "{one} and {rest}",
)  # fmt: skip
PLACE = re.compile(r"\{(\w+)\}")
PER, BRACKETS = "{fact} per {per}", "({inside})"

MESSAGES: tuple[str, ...] = tuple(
    dict.fromkeys(
        (
            *LABELS.values(), *FALSE.values(), *(o.text for found in form.OPERATORS.values() for o in found),
            *GENERAL.values(), *CALLS.values(), OR, AND, NOT, LISTED, LAST, BOTH, PER, BRACKETS, *units.WEEKDAYS, *units.MONTHS,
        )
    )
)  # fmt: skip
"""Everything that a rule may be told in, for those who put it into other languages."""


class Phrase(msgspec.Struct, frozen=True):
    """`text` is English with places {like this}, each filled by a part: another phrase, or a value as it stands."""

    text: str
    parts: dict[str, Union[Phrase, str]] = {}  # noqa: UP007 - a class named before it is made


def say(phrase: Phrase | str, translate: Callable[[str], str] = str) -> str:
    """The sentence in one piece; `translate` puts the English into another language."""
    if isinstance(phrase, str):
        return phrase
    parts = phrase.parts

    def filled(place: re.Match[str]) -> str:
        return say(parts[place[1]], translate) if place[1] in parts else place[0]

    return PLACE.sub(filled, translate(phrase.text))


def told(expression: str, digits: int = 2) -> tuple[Phrase, ...]:
    """The conditions of a rule, one phrase each, all of which must be true. `digits` are those of the national currency.

    Raises RuleError for an expression that cannot be read at all; one with names that are not known is told as it stands.
    """
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
        return tuple(_Teller(digits).phrase(part) for part in form.joined(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise RuleError(f"cannot be read: {fault}") from None


class _Teller:
    def __init__(self, digits: int) -> None:
        self.digits = digits

    def phrase(self, e: ast.expr) -> Phrase:
        if (condition := form.condition(e)) is not None:
            return self.condition(condition)
        match e:
            case ast.BoolOp(op=op, values=values):
                return self._bracketed(_joined([self.phrase(v) for v in values], OR if isinstance(op, ast.Or) else AND))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                found = self.phrase(inner)
                return Phrase(NOT, {"inside": found.parts["inside"] if found.text == BRACKETS else found})
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in SIGNS:
                return self._sides(SIGNS[type(op)], left, right)
            case ast.BinOp(left=left, op=op, right=right) if isinstance(op, ast.Div) or type(op) in SIGNS:
                return self._sides("/" if isinstance(op, ast.Div) else SIGNS[type(op)], left, right)
            case ast.Call(func=ast.Name(id=name), args=[inner]) if name in CALLS:
                return Phrase(CALLS[name], {"inside": self.phrase(inner)})
            case ast.Name(id=name) if name in LABELS:
                return Phrase(LABELS[name])
            case ast.Constant(value=value):
                return Phrase("{value}", {"value": str(value)})
        return Phrase("{value}", {"value": ast.unparse(e)})

    def _bracketed(self, phrase: Phrase) -> Phrase:
        return Phrase(BRACKETS, {"inside": phrase}) if phrase.text in (AND, OR) else phrase

    def _sides(self, sign: str, left: ast.expr, right: ast.expr) -> Phrase:
        return Phrase(GENERAL[sign], {"left": self.phrase(left), "right": self.phrase(right)})

    def condition(self, c: form.Condition) -> Phrase:
        """One row of the form."""
        asked = form.operator(c)
        label = Phrase(LABELS[c.fact])
        if c.operator == "false" and c.fact in FALSE:
            return Phrase(FALSE[c.fact])
        if c.operator == "true":
            return label
        fact = Phrase(PER, {"fact": label, "per": Phrase(LABELS[c.per])}) if c.per else label
        values = [self._value(c, asked.takes, v) for v in c.values]
        if not values:
            return Phrase(asked.text, {"fact": fact})
        joined = Phrase(BOTH, {"one": values[0], "rest": values[1]}) if asked.takes == "two" else _listed(values)
        return Phrase(asked.text, {"fact": fact, "values": joined})

    def _value(self, c: form.Condition, takes: str, value: str | int) -> Phrase | str:
        if takes == "fact":
            return Phrase(LABELS[str(value)])
        if takes == "list" or c.operator == "more_than":
            return str(value)
        names = {units.WEEKDAY: units.WEEKDAYS, units.MONTH: units.MONTHS}.get(units.unit_of(c.fact))
        if names and not c.per and 1 <= int(value) <= len(names):
            return Phrase(names[int(value) - 1])
        try:
            return units.shown(c.fact, value, self.digits, c.per)
        except RuleError:
            return str(value)


def _joined(parts: Sequence[Phrase | str], how: str) -> Phrase:
    *before, last = parts
    made: Phrase | str = last
    for part in reversed(before):
        made = Phrase(how, {"one": part, "rest": made})
    return made if isinstance(made, Phrase) else Phrase("{value}", {"value": made})


def _listed(values: Sequence[Phrase | str]) -> Phrase | str:
    if len(values) == 1:
        return values[0]
    *before, one, last = values
    made = Phrase(LAST, {"one": one, "rest": last})
    return _joined([*before, made], LISTED)
