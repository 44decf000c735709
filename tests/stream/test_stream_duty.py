"""The columns against the office, item by item: not one minor unit apart, on the demo's Book and on one full of odd measures."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest
from odd import CLAIMS, DEMO, MANY, items, odd_law

from customhouse.kernel.money import Rounding
from customhouse.law.book import Book
from customhouse.offices.duty import ItemDuties, assess_item
from customhouse.offices.origin import determine_item
from customhouse.record.lodgement import Lodgement
from customhouse.stream.duty import Duties, Engine
from customhouse.stream.items import Claim, Items


def differing(asked: Items, got: Duties, book: Book) -> list[Any]:
    """Every item on which the office says anything else."""
    wrong, unassessed = [], set(got.unassessed.tolist())
    for n in range(len(asked)):
        item, value = asked.item(n, str(book.pages.currency))
        amounts, payable = dict.fromkeys(got.taxes, 0), dict.fromkeys(got.taxes, 0)
        law = asked.law(n, book)
        made = ItemDuties()
        if asked.claims[asked.claim[n]].is_import:
            made = assess_item(item, value, law, origin=determine_item(item, Lodgement(), law))
        for due in made.duties:
            amounts[due.type] += due.amount.minor
            payable[due.type] += due.payable.minor
        if (
            bool(made.problems) is not (n in unassessed)
            or list(amounts.values()) != got.amounts[:, n].tolist()
            or list(payable.values()) != got.payable[:, n].tolist()
        ):
            wrong.append((n, item, value, amounts, got.amounts[:, n].tolist()))
    return wrong


def test_the_demo_law_on_many_items() -> None:
    book = Book.of(DEMO)
    asked = items(DEMO, MANY, 1)
    got = Engine(book).assess(asked)
    assert differing(asked, got, book) == []
    assert got.measures > MANY and len(got.left) - len(got.unassessed) < MANY // 100
    assert got.amounts.any(axis=1).sum() >= 5  # taxes that really were charged


@pytest.mark.parametrize("mode", ["half_up", "half_even", "down", "up"])
@pytest.mark.parametrize("unit", [1, 100])
def test_a_law_full_of_odd_measures(mode: Any, unit: int) -> None:
    contents = odd_law(Rounding(mode, unit))
    book = Book.of(contents)
    claims = (*CLAIMS, Claim(additional_codes=("C001",)), Claim(additional_codes=("C9",), documents=("N851",)))
    asked = items(contents, MANY // 10, 2, claims, most=39)
    got = Engine(book).assess(asked)
    assert differing(asked, got, book) == []
    assert 0 < len(got.left) < len(asked) // 2 and got.measures > len(asked) // 2


def test_reliefs_and_what_is_put_down_for_them() -> None:
    """Nothing is payable on goods relieved, suspended or deposited, and columns say so without the office."""
    claims = (
        Claim(),
        Claim(additional_procedures=("C07",)),
        Claim(additional_procedures=("1FV",)),
        Claim(procedure="5100"),
    )
    book = Book.of(DEMO)
    asked = items(DEMO, 2000, 3, claims)
    got = Engine(book).assess(asked)
    assert differing(asked, got, book) == [] and len(got.left) < len(got.unassessed) + 20
    duty = got.taxes.index("A00")
    for claim in (1, 2, 3):
        assert got.amounts[duty, asked.claim == claim].any() and not got.payable[duty, asked.claim == claim].any()
    assert (got.payable[:, asked.claim == 0] == got.amounts[:, asked.claim == 0]).all()


def test_numbers_that_leave_64_bits_are_left_to_the_office() -> None:
    book = Book.of(DEMO)
    one = items(DEMO, 6, 4, (Claim(),))
    greatest = 2**63 - 1
    edge = greatest // 150_000  # 15 % in parts per million
    columns = {"value": np.array([edge // 2, edge - 200, edge * 2, greatest // 64 + 1, greatest // 200, -5])}
    columns |= {
        "code": np.full(6, one.codes.index("8517")),
        "origin": np.full(6, 0),
        "grams": np.array([1, 2, 3, 4, -1, 0]),
    }
    asked = msgspec.structs.replace(one, **columns)
    got = Engine(book).assess(asked)
    assert {2, 3, 4, 5} <= set(got.left.tolist()) and 0 not in got.left
    assert differing(asked, got, book) == []
    value, total = int(asked.value[2]), got.amounts[:, 2].sum()
    assert value * 150_000 > greatest and total > Decimal(value) * 15 / 100


def test_no_items_and_a_law_without_measures() -> None:
    bare = msgspec.structs.replace(DEMO, measures=())
    for contents in (DEMO, bare):
        engine = Engine(Book.of(contents))
        assert engine.assess(items(contents, 0, 1)).amounts.shape == (len(DEMO.tax_types), 0)
        assert not engine.assess(items(bare, 50, 1)).amounts.any() or contents is DEMO
