"""The columns against the office, item by item: not one minor unit apart, on the demo's Book and on one full of odd measures."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pytest

from customhouse.kernel.money import Rounding
from customhouse.kernel.validity import Validity
from customhouse.law.book import Book, Contents
from customhouse.law.expression import parse
from customhouse.law.measure import Condition, Measure, Season
from customhouse.law.pack import country_directory, read_pack
from customhouse.law.terms import Relief
from customhouse.offices.duty import assess_item
from customhouse.stream.duty import Duties, Engine
from customhouse.stream.items import Claim, Items
from customhouse.stream.tables import Tables

DEMO = read_pack(country_directory("meridia"))
MANY = int(os.environ.get("CUSTOMHOUSE_TEST_ITEMS", "20000"))
FIRST, LAST = date(2023, 1, 1), date(2026, 12, 1)
ORIGINS = ("CN", "US", "FR", "FJ", "WS", "UG", "HT", "MW", "")
CLAIMS = (
    Claim(),
    Claim(preference="100"),
    Claim(preference="300", documents=("U164", "N954", "U162")),
    Claim(preference="200", documents=("N954", "N865", "U164")),
    Claim(preference="200"),
    Claim(preference="300", procedure="5100", documents=("U164",)),
    Claim(procedure="7100", unit="LTR"),
    Claim(procedure="4071", unit="LTR"),
    Claim(unit="NAR"),
    Claim(unit="LPA"),
    Claim(procedure="9999"),
)


def items(contents: Contents, count: int, seed: int, claims: tuple[Claim, ...] = CLAIMS, most: float = 30.0) -> Items:
    """Random items over every code of the law and some that it does not have; values up to e ** `most`."""
    dice = np.random.default_rng(seed)

    def whole(low: int, high: int) -> np.ndarray:
        return dice.integers(low, high, count)

    lines = [x.code for x in contents.lines]
    codes = (*lines, "0", "", "99999999", *(f"{code}1000"[:10] for code in lines))
    return Items(
        codes=codes, origins=ORIGINS, claims=claims,
        code=whole(0, len(codes)), origin=whole(0, len(ORIGINS)), claim=whole(0, len(claims)),
        day=(days := whole(FIRST.toordinal(), LAST.toordinal())), rate_day=days - whole(0, 90),
        value=np.exp(dice.uniform(0, most, count)).astype(np.int64) * (dice.random(count) > 0.01),
        grams=whole(0, 30_000_000) * (dice.random(count) > 0.05),
        supplementary=np.where(dice.random(count) < 0.5, -1, whole(0, 90_000_000)),
        packages=whole(0, 500),
    )  # fmt: skip


def differing(asked: Items, got: Duties, book: Book) -> list[Any]:
    """Every item on which the office says anything else."""
    wrong = []
    for n in range(len(asked)):
        item, value = asked.item(n, str(book.pages.currency))
        amounts, payable = dict.fromkeys(got.taxes, 0), dict.fromkeys(got.taxes, 0)
        for due in assess_item(item, value, asked.law(n, book)):
            amounts[due.type] += due.amount.minor
            payable[due.type] += due.payable.minor
        if list(amounts.values()) != got.amounts[:, n].tolist() or list(payable.values()) != got.payable[:, n].tolist():
            wrong.append((n, item, value, amounts, got.amounts[:, n].tolist()))
    return wrong


def test_the_demo_law_on_many_items() -> None:
    book = Book.of(DEMO)
    asked = items(DEMO, MANY, 1)
    got = Engine(Tables(book)).assess(asked)
    assert differing(asked, got, book) == []
    assert got.measures > MANY and len(got.left) < MANY // 50
    assert got.amounts.any(axis=1).sum() >= 5  # taxes that really were charged


ODD = (
    "12 % + 147 USD / 100 KGM", "8 % MIN 2 USD / KGM", "8 % MIN 2 USD / KGM MAX 20 %", "3.7125 %", "0.0001 %", "free",
    "250 % of value and duties", "2 EUR / LTR", "1.5 EUR / 100 KGM + 3 %", "7 USD / 3 KGM", "5 USD / NAR MAX 4 %",
    "1 % + 2 % + 3 USD / KGM", "0.00001 %", "1.23456789 JPY / GRM", "10 % MAX 4 USD / LPA", "9 GBP / TNE MIN 1 %",
)  # fmt: skip


def odd_law(rounding: Rounding, seed: int = 5) -> Contents:
    """Measures of every kind that an expression allows, for areas, seasons, procedures and times drawn at random."""
    dice = np.random.default_rng(seed)

    def one(*of: Any) -> Any:
        return of[dice.integers(0, len(of))]

    measures = []
    codes = [x.code for x in DEMO.lines]
    for n in range(1500):
        text, preference = one(*ODD), one("", "", "", "200", "300")
        start = date(2022 + int(dice.integers(0, 4)), int(dice.integers(1, 13)), 1)
        measures.append(
            Measure(
                id=f"O{n}", code=one(*codes), tax_type=one("A00", "A00", "A30", "X01", "X02", "B00"), area=one("*", "*", "AOC", "LDC", "CN", "FR"),
                validity=Validity(start, one(None, date(2026, 7, 1))), source="Act", expression=parse(text), expression_text=text,
                preference=preference, documents=one((), ("U164",), ("N954", "N865")) if preference else (),
                procedures=one((), (), ("40",), ("51", "71")), excluded=one((), (), ("CN",), ("AOC",)), flow=one("import", "both", "export"),
                season=one(None, None, Season((6, 1), (10, 1)), Season((11, 15), (2, 1))),
                additional_code=one("", "", "", "C001"), order=one("", "", "", "", "090001"),
                conditions=one((), (), (), (Condition("B", "apply", document="N851"),)),
            )
        )  # fmt: skip
    return msgspec.structs.replace(DEMO, measures=(*DEMO.measures, *measures), rounding=rounding)


@pytest.mark.parametrize("mode", ["half_up", "half_even", "down", "up"])
@pytest.mark.parametrize("unit", [1, 100])
def test_a_law_full_of_odd_measures(mode: Any, unit: int) -> None:
    contents = odd_law(Rounding(mode, unit))
    book = Book.of(contents)
    claims = (*CLAIMS, Claim(additional_codes=("C001",)), Claim(additional_codes=("C9",), documents=("N851",)))
    asked = items(contents, MANY // 10, 2, claims, most=39)
    got = Engine(Tables(book)).assess(asked)
    assert differing(asked, got, book) == []
    assert 0 < len(got.left) < len(asked)


def test_reliefs_are_left_to_the_office() -> None:
    relief = Relief(code="C07", text={"en": "small parcels"}, validity=Validity(FIRST))
    contents = msgspec.structs.replace(DEMO, reliefs=(relief,))
    book = Book.of(contents)
    asked = items(contents, 300, 3, (Claim(), Claim(additional_procedures=("C07",))))
    got = Engine(Tables(book)).assess(asked)
    assert got.left.tolist() == np.flatnonzero(asked.claim == 1).tolist()
    assert differing(asked, got, book) == []


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
    got = Engine(Tables(book)).assess(asked)
    assert {2, 3, 4, 5} <= set(got.left.tolist()) and 0 not in got.left
    assert differing(asked, got, book) == []
    value, total = int(asked.value[2]), got.amounts[:, 2].sum()
    assert value * 150_000 > greatest and total > Decimal(value) * 15 / 100


def test_no_items_and_a_law_without_measures() -> None:
    bare = msgspec.structs.replace(DEMO, measures=())
    for contents in (DEMO, bare):
        engine = Engine(Tables(Book.of(contents)))
        assert engine.assess(items(contents, 0, 1)).amounts.shape == (len(DEMO.tax_types), 0)
        assert not engine.assess(items(bare, 50, 1)).amounts.any() or contents is DEMO
