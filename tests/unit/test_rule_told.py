"""Rules told in sentences, and values as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.law.rules import units
from customhouse.law.rules.form import OPERATORS
from customhouse.law.rules.syntax import TYPES, RuleError
from customhouse.law.rules.told import CALLS, GENERAL, LABELS, MESSAGES, say, told
from customhouse.law.rules.units import entered, shown


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            "is_import and starts(code, '64') and value_per_kg < 600",
            "Import; code starts with 64; value per kg below 6.00",
        ),
        ("not is_import or origin in ('CN', 'QA', 'AA')", "(Export, or origin is one of CN, QA or AA)"),
        ("count_items(starts(code, '64')) > 3", "the number of items with: code starts with 64 above 3"),
        ("weekday in (6, 7) and month == 12", "weekday is one of Saturday or Sunday; month is December"),
        ("customs_value / net_mass < 0.5", "customs value per net mass below 5"),
        ("not (is_import and net_mass > 500000)", "not (Import; net mass above 500 kg)"),
        ("between(day, 20261201, 20261231)", "day between 2026-12-01 and 2026-12-31"),
        ("contains(description, '{fact}')", "description contains {fact}"),
        ("gross_mass > net_mass * 2", "gross mass above net mass x 2"),
        ("abs(gross_mass - net_mass) >= 5", "the size of gross mass - net mass at least 5"),
        ("importer in watched", "importer is in the list watched"),
        ("strange(thing) == 4", "strange(thing) is 4"),
    ],
)
def test_a_rule_is_told_as_an_officer_would_say_it(rule: str, sentence: str) -> None:
    assert "; ".join(say(p) for p in told(rule)) == sentence


def test_every_part_can_be_said_in_another_language() -> None:
    asked: list[str] = []
    for phrase in told("is_import and starts(code, '64', '65') and (weekday == 1 or customs_value / duty > 2)"):
        say(phrase, lambda m: asked.append(m) or f"<{m}>")  # type: ignore[func-returns-value]
    assert set(asked) <= set(MESSAGES)
    assert set(TYPES) == set(LABELS)
    assert {o.text for found in OPERATORS.values() for o in found} | {*GENERAL.values(), *CALLS.values()} <= set(
        MESSAGES
    )


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        told("code ==")


@given(st.sampled_from(sorted(n for n, t in TYPES.items() if t == "int")), st.integers(0, 10**15), st.integers(0, 3))
def test_what_is_shown_can_be_entered(fact: str, number: int, digits: int) -> None:
    if units.unit_of(fact) == units.DAY:
        number = 20261224
    assert entered(fact, shown(fact, number, digits), digits) == number


@pytest.mark.parametrize(
    ("fact", "text", "why"),
    [
        ("duty", "six", "no number"),
        ("duty", "1.005", "finer"),
        ("net_mass", "0.0001", "finer"),
        ("day", "24/12/2026", "write 2026-12-24"),
        ("duty", "NaN", "no number"),
        ("duty", "Infinity", "no number"),
        ("item_count", "1.5", "finer"),
    ],
)
def test_a_value_that_cannot_be_taken_is_refused(fact: str, text: str, why: str) -> None:
    with pytest.raises(RuleError, match=why):
        entered(fact, text)


def test_a_ratio_is_told_in_the_units_of_people() -> None:
    assert shown("customs_value", "0.5", 2, "net_mass") == "5"  # cents a gram are 5.00 a kilogram
    assert entered("customs_value", "5.00", 2, "net_mass") == "0.5"
