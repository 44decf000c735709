"""Random items, and a law full of odd measures, for the tests of the columns."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

import msgspec
import numpy as np

from customhouse.kernel.money import Rounding
from customhouse.kernel.validity import Validity
from customhouse.law.book import Contents
from customhouse.law.expression import parse
from customhouse.law.measure import Condition, Measure, Season
from customhouse.law.pack import country_directory, read_pack
from customhouse.stream.items import Claim, Items

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
