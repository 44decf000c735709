"""Rules as rows of a form: what is written is read back as it was, and means what the language says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.law.rules import syntax
from customhouse.law.rules.form import OPERATORS, Condition, operators_for, to_conditions, to_expression
from customhouse.law.rules.functions import word_list
from customhouse.law.rules.syntax import TYPES, RuleError

LISTS = {"watched": frozenset({"CN"}), "vague": frozenset({"gift"})}
INTS = sorted(n for n, t in TYPES.items() if t == "int")
texts = st.text(max_size=8)
numbers = st.integers(-(2**70), 2**70)


def _decimal(number: int) -> str:
    whole, part = divmod(abs(number), 1000)
    tail = f".{part:03d}".rstrip("0").rstrip(".")
    return f"{'-' if number < 0 else ''}{whole}{tail}"


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    fact = draw(st.sampled_from(sorted(TYPES)))
    kind = TYPES[fact]
    per = draw(st.sampled_from(["", *INTS])) if kind == "int" else ""
    operator = draw(st.sampled_from(operators_for(kind, per=bool(per))))
    value: st.SearchStrategy[Any] = numbers if kind == "int" or operator.name == "more_than" else texts
    if per:
        value = st.integers(-(10**9), 10**9).map(_decimal)
    if "words" in operator.name:
        value = texts.filter(lambda t: bool(word_list(t)))
    if operator.name in ("is", "is_not") and kind == "text":
        value = texts.filter(bool)
    match operator.takes:
        case "none":
            values: tuple[Any, ...] = ()
        case "list":
            values = (draw(st.sampled_from(sorted(LISTS))),)
        case "fact":
            values = (draw(st.sampled_from(sorted(n for n, t in TYPES.items() if t == kind))),)
        case takes:
            size = {"one": (1, 1), "two": (2, 2)}.get(takes, (1, 4))
            values = tuple(draw(st.lists(value, min_size=size[0], max_size=size[1])))
    return Condition(fact, operator.name, values, per)


@settings(max_examples=400)
@given(st.lists(conditions(), min_size=1, max_size=5).map(tuple))
def test_what_is_written_is_read_back_and_is_a_rule(written: tuple[Condition, ...]) -> None:
    expression = to_expression(written)
    assert to_conditions(expression) == written
    assert syntax.read(expression, LISTS).text == expression


@pytest.mark.parametrize(
    ("expression", "rows"),
    [
        ("'N935' in documents", [Condition("documents", "has", ("N935",))]),
        ("(is_import and starts(code, '64')) and not preference_granted",
         [Condition("is_import", "true"), Condition("code", "starts", ("64",)), Condition("preference_granted", "false")]),
        ("customs_value / net_mass < 0.5", [Condition("customs_value", "below", ("0.5",), "net_mass")]),
    ],
)  # fmt: skip
def test_rules_written_by_hand_are_read_too(expression: str, rows: list[Condition]) -> None:
    assert to_conditions(expression) == tuple(rows)


@pytest.mark.parametrize(
    "expression",
    [
        "is_import or gross_mass > 1",
        "not (is_import and gross_mass > 1)",
        "gross_mass + 1 > 2",
        "gross_mass > net_mass",
        "gross_mass >",
        "",
        "starts(code, '64', watched)",
        "nothing == 'a'",
        "count_items(gross_mass > 1) > 2",
        "not not is_import",
        "\0",
        "(" * 300,
    ],
)
def test_a_rule_that_is_no_form_is_left_to_the_expression(expression: str) -> None:
    assert to_conditions(expression) is None


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        (Condition("nothing", "is", ("a",)), "there is no fact 'nothing'"),
        (Condition("code", "below", (1,)), "code cannot be asked for 'below'"),
        (Condition("code", "is", ()), "wants one value"),
        (Condition("net_mass", "between", (1,)), "wants two values"),
        (Condition("net_mass", "below", ("1",)), "no whole number"),
        (Condition("net_mass", "below", (True,)), "no whole number"),
        (Condition("code", "starts", (64,)), "no text"),
        (Condition("code", "is", ("",)), "say that it is empty"),
        (Condition("origin", "in_list", ("a b",)), "is no list"),
        (Condition("origin", "in_list", ("code",)), "is no list"),
        (Condition("origin", "same_as", ("net_mass",)), "not of one kind"),
        (Condition("duty", "below", ("1,5",), "net_mass"), "no number with at most 6 decimals"),
        (Condition("duty", "below", ("1.50",), "net_mass"), "write '1.50' as '1.5'"),
        (Condition("duty", "below", ("1",), "code"), "that is no number"),
    ],
)
def test_a_wrong_row_is_refused_in_words(condition: Condition, why: str) -> None:
    with pytest.raises(RuleError, match=why):
        to_expression((condition,))
    with pytest.raises(RuleError, match="at least one condition"):
        to_expression(())


def test_every_type_of_fact_has_operators() -> None:
    assert set(OPERATORS) == set(TYPES.values())
