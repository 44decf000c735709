"""Interpreted, generated and in columns: three ways to ask the same rules, one answer."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rule_texts import EMPTY_HEADER, EMPTY_ITEM, LISTS, VALUES, rules

from customhouse.law.rules import interpret, syntax
from customhouse.law.rules.compiled import failing, firing
from customhouse.record.facts import ITEM, WHOLE, HeaderFacts, ItemFacts
from customhouse.stream import criteria
from customhouse.stream import facts as columns
from customhouse.stream.criteria import Criteria, NotInColumns


@st.composite
def asked(draw: st.DrawFn) -> tuple[list[syntax.Rule], Any]:
    """Some rules, and declarations whose facts differ where the rules look."""
    read = [syntax.read(t, LISTS) for t in draw(st.lists(rules(), min_size=1, max_size=6))]
    used = frozenset().union(*(r.facts for r in read))
    header = st.fixed_dictionaries({n: VALUES[t] for n, (t, _) in WHOLE.items() if n in used})
    item = st.fixed_dictionaries({n: VALUES[t] for n, (t, _) in ITEM.items() if n in used})
    past = draw(st.lists(st.tuples(header, st.lists(item, max_size=3)), min_size=1, max_size=5))
    return read, [({**EMPTY_HEADER, **h}, [{**EMPTY_ITEM, **i} for i in of]) for h, of in past]


def _places(rule: syntax.Rule, past: Any, wanted: bool | None) -> list[int]:
    """The rows that a rule says `wanted` of, one by one."""
    found, row = [], 0
    for n, (header, of) in enumerate(past):
        if rule.level == "header":
            if interpret.decided(rule, header, LISTS, of) is wanted:
                found.append(n)
            continue
        for item in of:
            if interpret.decided(rule, header | item, LISTS) is wanted:
                found.append(row)
            row += 1
    return found


@settings(max_examples=100, deadline=None)
@given(asked(), st.integers(1, 4), st.sampled_from([1, 8]), st.sampled_from([0, 8]))
def test_every_way_gives_the_same_answer(
    given_: tuple[list[syntax.Rule], Any], at_once: int, few: int, often: int
) -> None:
    """With few and often as in use, and so that rows are always picked out, by an index where there can be one."""
    read, past = given_
    as_structs = [(HeaderFacts(**h), [ItemFacts(**i) for i in of]) for h, of in past]
    with patch.object(criteria, "FEW", few), patch.object(criteria, "OFTEN", often):
        fired = Criteria(read, LISTS).run(columns.gather(as_structs), at_once)
    for n, rule in enumerate(read):
        assert fired.rows[n].tolist() == _places(rule, past, True)
        assert fired.undecided[n].tolist() == _places(rule, past, None)
    whole = [r for r in read if r.level == "header"]
    each = [r for r in read if r.level == "item"]
    of_whole, of_each = firing(whole, LISTS), firing(each, LISTS)
    not_whole, not_each = failing(whole, LISTS), failing(each, LISTS)
    for (header, of), (h, i) in zip(past, as_structs, strict=True):
        said = [interpret.decided(r, header, LISTS, of) for r in whole]
        assert of_whole(h, i) == [n for n, one in enumerate(said) if one is True]
        assert not_whole(h, i) == [n for n, one in enumerate(said) if one is False]
        for item, facts in zip(i, of, strict=True):
            said = [interpret.decided(r, header | facts, LISTS) for r in each]
            assert of_each(h, item) == [n for n, one in enumerate(said) if one is True]
            assert not_each(h, item) == [n for n, one in enumerate(said) if one is False]


def test_of_nothing_nothing_fires() -> None:
    rule = syntax.read("is_import and starts(code, '64')", LISTS)
    fired = Criteria([rule], LISTS).run(columns.gather([]))
    assert [len(rows) for rows in fired.rows] == [0]


def test_a_set_compared_with_a_set_is_refused_with_the_reason() -> None:
    rule = syntax.read("documents == tax_types", LISTS)
    with pytest.raises(NotInColumns, match="compares two sets of codes"):
        Criteria([rule], LISTS)


def test_a_number_that_leaves_64_bits_is_worked_out_exactly() -> None:
    past = [({"price": 2**62}, 2**62), ({"price": 3}, 2**63 - 1)]
    header = {n: columns.column(t, [{"text": "", "int": 1, "codes": frozenset(), "bool": False}[t]] * 2)
              for n, (t, _) in columns.WHOLE.items()}  # fmt: skip
    of = {"price": np.array([p[0]["price"] for p in past]), "duty": np.array([p[1] for p in past])}
    found = columns.Facts(header, of, np.array([0, 1, 2]))
    rule = syntax.read("price * duty * 4 > 2 * price * (duty + duty) - 1", LISTS)
    assert Criteria([rule], LISTS).run(found).rows[0].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "why", "column"),
    [
        ("words(description)", "wants the texts", 1),
        ("words(description, ' - ')", "a word has letters or digits", 20),
        ("net_mass / 2 + 1 > 2", "expected a number, found a ratio", 1),
        ("net_mass > 1.5", "1.5 is no number or text; money is in minor units", 12),
        ("net_mass / duty > 1.1234567", "at most 6 decimals", 19),
        ("net_mass / duty > 1e999", "at most 6 decimals", 19),
        ("(net_mass / duty > 1) == is_import", "cannot be compared with true or false", 26),
        ("count_items(net_mass / duty > 1) > 2", "no division inside", 13),
        ("count_items(is_import) > 1 and net_mass > 1", "not both; put net_mass inside any_item", 1),
        ("any_item(any_item(is_import))", "not inside another", 10),
        ("between(net_mass, 1)", "between is written between", 1),
        ("origin in (1, 2)", "a text is never in a list with a number", 12),
        ("net_mass in watched", "hold texts, not numbers", 13),
        ("wrds(description, 'a')", "did you mean words", 1),
        ("'h\u00e9' == code and nought == 'a'", "there is no fact or list 'nought'", 18),
        ("is_import and\n  nought == 'a'", "there is no fact or list 'nought'", 17),
        ("  nought == 'a'", "there is no fact or list 'nought'", 3),
        ("\0", "cannot be read", 1),
        ("(" * 2000 + "is_import" + ")" * 2000, "cannot be read", 1),
        ("not " * 5000 + "is_import", "at most 10000 characters", 1),
        ("not " * 100 + "is_import", "stand inside one another", 1),
        ("net_mass > " + "9" * 5000, "cannot be read", 1),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_with_place_and_hint(text: str, why: str, column: int) -> None:
    with pytest.raises(syntax.RuleError, match=why) as caught:
        syntax.read(text, LISTS)
    assert caught.value.column == column or column == 1
