"""Simple rules as rows of a form: conditions that must all be true, each a fact, an operator and values.

`to_expression` writes them in the rule language, `to_conditions` reads them back where a rule is that simple (None where it is
not: then the expression itself is edited). Reading back what was written gives the same conditions.
"""

from __future__ import annotations

import ast
from fractions import Fraction

import msgspec

from customhouse.law.rules.emit import fraction
from customhouse.law.rules.syntax import FINEST, TYPES, RuleError

Value = str | int


class Condition(msgspec.Struct, frozen=True):
    """One row. `values` are texts or whole numbers as the fact counts them (minor units, grams); the name of a list for the
    operators that want one; decimals as text ('0.25') where `per` names the number that the fact is divided by."""

    fact: str
    operator: str
    values: tuple[Value, ...] = ()
    per: str = ""


class Operator(msgspec.Struct, frozen=True):
    """An operator of the form. `takes`: none, one, two or many values, a list (its name), or a fact (its name).

    `text` is the English sentence, with places for the fact and the values.
    """

    name: str
    takes: str
    text: str


def _o(name: str, takes: str, text: str) -> Operator:
    return Operator(name, takes, text)


OPERATORS: dict[str, tuple[Operator, ...]] = {
    "text": (
        _o("is", "one", "{fact} is {values}"),
        _o("is_not", "one", "{fact} is not {values}"),
        _o("one_of", "many", "{fact} is one of {values}"),
        _o("none_of", "many", "{fact} is none of {values}"),
        _o("in_list", "list", "{fact} is in the list {values}"),
        _o("not_in_list", "list", "{fact} is not in the list {values}"),
        _o("starts", "many", "{fact} starts with {values}"),
        _o("not_starts", "many", "{fact} does not start with {values}"),
        _o("starts_list", "list", "{fact} starts with one of the list {values}"),
        _o("ends", "many", "{fact} ends with {values}"),
        _o("contains", "many", "{fact} contains {values}"),
        _o("not_contains", "many", "{fact} does not contain {values}"),
        _o("words", "many", "{fact} has the word {values}"),
        _o("not_words", "many", "{fact} does not have the word {values}"),
        _o("words_list", "list", "{fact} has a word of the list {values}"),
        _o("empty", "none", "{fact} is empty"),
        _o("given", "none", "{fact} is given"),
        _o("same_as", "fact", "{fact} is the same as {values}"),
        _o("other_than", "fact", "{fact} is not the same as {values}"),
    ),
    "int": (
        _o("below", "one", "{fact} below {values}"),
        _o("at_most", "one", "{fact} at most {values}"),
        _o("above", "one", "{fact} above {values}"),
        _o("at_least", "one", "{fact} at least {values}"),
        _o("between", "two", "{fact} between {values}"),
        _o("not_between", "two", "{fact} not between {values}"),
        _o("equals", "one", "{fact} is {values}"),
        _o("differs", "one", "{fact} is not {values}"),
        _o("one_of", "many", "{fact} is one of {values}"),
        _o("none_of", "many", "{fact} is none of {values}"),
    ),
    "bool": (_o("true", "none", "{fact}"), _o("false", "none", "not: {fact}")),
    "codes": (
        _o("has", "many", "{fact} include {values}"),
        _o("has_not", "many", "{fact} do not include {values}"),
        _o("has_list", "list", "{fact} include one of the list {values}"),
        _o("has_no_list", "list", "{fact} include none of the list {values}"),
        _o("more_than", "one", "more than {values} {fact}"),
        _o("none", "none", "no {fact}"),
    ),
}
RATIO = ("below", "at_most", "above", "at_least", "between", "not_between")
"""Operators of a number that is divided by another."""

SIGNS = {"below": "<", "at_most": "<=", "above": ">", "at_least": ">=", "equals": "==", "differs": "!="}
CALLS = {
    "starts": "starts", "starts_list": "starts", "ends": "ends", "contains": "contains", "words": "words",
    "words_list": "words", "has": "meets", "has_list": "meets",
}  # fmt: skip
NEGATED = {
    "not_starts": "starts", "not_contains": "contains", "not_words": "words", "has_not": "has", "has_no_list": "has_list",
    "not_between": "between",
}  # fmt: skip
WORDS = {"==": ("is", "equals"), "!=": ("is_not", "differs")}


def operators_for(fact_type: str, *, per: bool = False) -> tuple[Operator, ...]:
    """The operators for facts of a type (text, int, bool, codes); `per`: for a number divided by another."""
    found = OPERATORS[fact_type]
    return tuple(o for o in found if o.name in RATIO) if per else found


def operator(condition: Condition) -> Operator:
    """The operator of a condition. Raises RuleError where the fact or the operator is not known."""
    kind = TYPES.get(condition.fact)
    if kind is None:
        raise RuleError(f"there is no fact {condition.fact!r}")
    found = next((o for o in operators_for(kind, per=bool(condition.per)) if o.name == condition.operator), None)
    if found is None:
        raise RuleError(f"{condition.fact} cannot be asked for {condition.operator!r}")
    return found


def to_expression(conditions: tuple[Condition, ...]) -> str:
    """The conditions as a rule, joined with and. Raises RuleError with what is wrong in a condition."""
    if not conditions:
        raise RuleError("a rule has at least one condition")
    return " and ".join(_written(c) for c in conditions)


def _written(c: Condition) -> str:
    takes = operator(c).takes
    _check(c, takes)
    if c.operator in NEGATED:
        return f"not {_written(msgspec.structs.replace(c, operator=NEGATED[c.operator]))}"
    fact = f"{c.fact} / {c.per}" if c.per else c.fact
    values = [str(v) if takes in ("list", "fact") or c.per else repr(v) for v in c.values]
    group = f"({', '.join(values)}{',' if len(values) == 1 else ''})"
    sign = SIGNS.get(c.operator) or {"is": "==", "is_not": "!=", "same_as": "==", "other_than": "!="}.get(c.operator)
    if sign:
        return f"{fact} {sign} {values[0]}"
    if c.operator in CALLS:
        return f"{CALLS[c.operator]}({fact}, {', '.join(values)})"
    return {
        "one_of": f"{fact} in {group}", "none_of": f"{fact} not in {group}", "in_list": f"{fact} in {''.join(values)}",
        "not_in_list": f"{fact} not in {''.join(values)}", "empty": f"{fact} == ''", "given": f"{fact} != ''",
        "true": fact, "false": f"not {fact}", "between": f"between({fact}, {', '.join(values)})",
        "more_than": f"length({fact}) > {''.join(values)}", "none": f"length({fact}) == 0",
    }[c.operator]  # fmt: skip


def _check(c: Condition, takes: str) -> None:
    many = len(c.values)
    if not {"none": many == 0, "two": many == 2, "many": many >= 1}.get(takes, many == 1):
        wanted = {"none": "no value", "two": "two values", "many": "at least one value"}.get(takes, "one value")
        raise RuleError(f"{c.fact}: {c.operator} wants {wanted}")
    if c.per and TYPES.get(c.per) != "int":
        raise RuleError(f"{c.fact} cannot be divided by {c.per!r}: that is no number")
    if takes in ("list", "fact"):
        if not str(c.values[0]).isidentifier() or (str(c.values[0]) in TYPES) != (takes == "fact"):
            raise RuleError(f"{c.fact}: {c.values[0]!r} is no {takes}")
        if takes == "fact" and TYPES[str(c.values[0])] != TYPES[c.fact]:
            raise RuleError(f"{c.fact} and {c.values[0]} are not of one kind")
        return
    if c.per:
        for value in c.values:
            _decimal(c, value)
        return
    kind = int if TYPES[c.fact] == "int" or c.operator == "more_than" else str
    if c.operator in ("is", "is_not") and c.values == ("",):
        raise RuleError(f"{c.fact}: say that it is empty, or given")
    for value in c.values:
        if not isinstance(value, kind) or isinstance(value, bool):
            raise RuleError(f"{c.fact}: {value!r} is no {'whole number' if kind is int else 'text'}")


def _decimal(c: Condition, value: Value) -> None:
    text = str(value)
    whole, _, part = text.removeprefix("-").partition(".")
    if (
        not (whole.isascii() and whole.isdigit())
        or len(part) > FINEST
        or (part and not part.isdigit())
        or text[-1] == "."
    ):
        raise RuleError(f"{c.fact}: {value!r} is no number with at most {FINEST} decimals")
    if str(_plain(Fraction(text))) != text:
        raise RuleError(f"{c.fact}: write {text!r} as {_plain(Fraction(text))!r}")


# --- and back


def to_conditions(expression: str) -> tuple[Condition, ...] | None:
    """The conditions of a rule, or None where it is more than conditions that must all be true, or cannot be read."""
    try:
        tree = ast.parse(expression.strip(), mode="eval").body
        return tuple(_checked(part) for part in joined(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError, _Another):
        return None


class _Another(Exception):
    """This part is no condition of the form."""


def joined(tree: ast.expr) -> list[ast.expr]:
    """The parts of a rule that must all be true."""
    if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And):
        return [part for value in tree.values for part in joined(value)]
    return [tree]


def condition(e: ast.expr) -> Condition | None:
    """The condition that a part of a rule is, or None."""
    try:
        return _checked(e)
    except (ValueError, _Another):
        return None


def _checked(e: ast.expr) -> Condition:
    found = _read(e)
    _written(found)
    return found


def _read(e: ast.expr) -> Condition:
    match e:
        case ast.Name(id=name):
            return Condition(name, "true")
        case ast.UnaryOp(op=ast.Not(), operand=inner):
            one = _read(inner)
            back = {"true": "false", **{plain: negated for negated, plain in NEGATED.items()}}
            if one.operator not in back:
                raise _Another
            return msgspec.structs.replace(one, operator=back[one.operator])
        case ast.Call(func=ast.Name(id=name), args=[first, *rest], keywords=[]):
            return _read_call(name, first, rest)
        case ast.Compare(
            left=ast.Call(func=ast.Name(id="length"), args=[ast.Name(id=name)]), ops=[op], comparators=[n]
        ):
            if isinstance(op, ast.Gt):
                return Condition(name, "more_than", (_literal(n),))
            if isinstance(op, ast.Eq) and _literal(n) == 0:
                return Condition(name, "none")
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return _read_comparison(left, op, right)
    raise _Another


def _read_call(name: str, first: ast.expr, rest: list[ast.expr]) -> Condition:
    fact, per = _fact(first)
    named = len(rest) == 1 and isinstance(rest[0], ast.Name)
    wanted = next((o for o, call in CALLS.items() if call == name and o.endswith("_list") == named), "")
    if name == "between":
        return Condition(fact, "between", tuple(_number(v, per) for v in rest), per)
    if not wanted or per:
        raise _Another
    return Condition(fact, wanted, tuple(v.id if named and isinstance(v, ast.Name) else _literal(v) for v in rest))


def _read_comparison(left: ast.expr, op: ast.cmpop, right: ast.expr) -> Condition:
    if isinstance(op, ast.In) and isinstance(left, ast.Constant) and isinstance(right, ast.Name):
        return Condition(right.id, "has", (_literal(left),))
    fact, per = _fact(left)
    sign = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}.get(type(op))
    if sign is None:
        negated = isinstance(op, ast.NotIn)
        if isinstance(right, ast.Name):
            return Condition(fact, "not_in_list" if negated else "in_list", (right.id,))
        if isinstance(right, ast.Tuple):
            return Condition(fact, "none_of" if negated else "one_of", tuple(_literal(v) for v in right.elts))
        raise _Another
    if isinstance(right, ast.Name):
        if sign not in WORDS:
            raise _Another
        return Condition(fact, "same_as" if sign == "==" else "other_than", (right.id,))
    value = _number(right, per)
    if isinstance(value, str) and not per:
        if sign not in WORDS:
            raise _Another
        if not value:
            return Condition(fact, "empty" if sign == "==" else "given")
        return Condition(fact, WORDS[sign][0], (value,))
    return Condition(fact, next(o for o, s in SIGNS.items() if s == sign), (value,), per)


def _fact(e: ast.expr) -> tuple[str, str]:
    """(fact, the fact that it is divided by or nothing)."""
    match e:
        case ast.Name(id=name):
            return name, ""
        case ast.BinOp(left=ast.Name(id=name), op=ast.Div(), right=ast.Name(id=per)):
            return name, per
    raise _Another


def _literal(e: ast.expr) -> Value:
    if isinstance(e, ast.Constant) and isinstance(e.value, str | int) and not isinstance(e.value, bool):
        return e.value
    if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub) and isinstance(found := _literal(e.operand), int):
        return -found
    raise _Another


def _number(e: ast.expr, per: str) -> Value:
    if not per:
        return _literal(e)
    if (found := fraction(e)) is None:
        raise _Another
    return _plain(Fraction(*found))


def _plain(number: Fraction) -> str:
    """A number with a few decimals as it is written: '0.25', '3'."""
    scaled = number * 10**FINEST
    if scaled.denominator != 1:
        raise _Another
    sign, (whole, part) = "-" if scaled < 0 else "", divmod(abs(int(scaled)), 10**FINEST)
    decimals = f"{part:0{FINEST}d}".rstrip("0")
    return f"{sign}{whole}{'.' + decimals if decimals else ''}"
