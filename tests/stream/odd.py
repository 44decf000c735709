"""Random items, and a law full of odd measures, for the tests of the columns."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from customhouse.kernel.money import Rounding
from customhouse.kernel.validity import Validity
from customhouse.law.book import Contents
from customhouse.law.expression import parse
from customhouse.law.measure import Condition, Measure, Season
from customhouse.law.pack import country_directory, read_pack
from customhouse.law.terms import ListEntry, Relief, TaxType
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
    Claim(additional_procedures=("C07",), statements=("1FV",)),
    Claim(additional_procedures=("1FV", "C30"), documents=("N851",)),
    Claim(procedure="4200", paid=("B00",), roles=("FR1",)),
    Claim(roles=("FR1",), waived=(("N954", "XP"), ("N851", "XX"))),
    Claim(preference="200", preferential="HT", dispatched="FR", waived=(("N954", "XP"), ("N865", "XX"))),
    Claim(preference="300", preferential="FJ", dispatched="US", documents=("N954", "9120")),
    Claim(preference="120", quota="090001"),
    Claim(preference="120", quota="094001", additional_procedures=("C45",)),
    Claim(by_hand=True, statements=("NIIMP",)),
    Claim(is_import=False),
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
    "1 % + 2 % + 3 USD / KGM", "0.00001 %", "20 % of duties", "25 USD per item", "3 EUR per item + 1 %", "1 % + (2 USD / KGM + 3 %)",
    "2 % + (4 USD / KGM MAX 5 %)", "7 USD / KGM#G", "1 USD / LPA", "2 USD / C62", "5 % of duties + 1 % of value and duties", "EA + 2 %",
    "30 % MAX 9 % of duties + 4 USD / NPR", "0.05 XPF / HLT MIN 2 % of value and duties", "1.23456789 JPY / GRM", "10 % MAX 4 USD / LPA", "9 GBP / TNE MIN 1 %",
)  # fmt: skip


CONDITIONS = (
    (Condition("B", "apply", document="N851"), Condition("B", "void")),
    (Condition("B", "rate", document="N851", expression=parse("3 % + 1 USD / KGM"), expression_text="3 % + 1 USD / KGM"), Condition("B", "apply")),
    (Condition("B", "forbid", document="N851"), Condition("B", "apply")),
    (Condition("V", "apply", threshold=Decimal("0.6"), currency="USD", unit="KGM"), Condition("V", "rate", expression=parse("9 %"), expression_text="9 %")),
)  # fmt: skip


def odd_law(rounding: Rounding, seed: int = 5) -> Contents:
    """Measures of every kind that an expression allows, for areas, seasons, procedures and times drawn at random."""
    dice = np.random.default_rng(seed)

    def one(*of: Any) -> Any:
        return of[dice.integers(0, len(of))]

    measures = []
    codes = [x.code for x in DEMO.lines]
    for n in range(1500):
        text, preference = one(*ODD), one("", "", "", "200", "300", "120")
        start = date(2022 + int(dice.integers(0, 4)), int(dice.integers(1, 13)), 1)
        measures.append(
            Measure(
                id=f"O{n}", code=one(*codes), tax_type=one("A00", "A00", "A30", "X01", "X02", "B00"), area=one("*", "*", "AOC", "LDC", "CN", "FR"),
                validity=Validity(start, one(None, date(2026, 7, 1))), source="Act", expression=parse(text), expression_text=text,
                kind=one("", "", "103", "112", "142", "551", "552", "EA"),
                preference=preference, documents=one((), ("U164",), ("N954", "N865")) if preference else (),
                procedures=one((), (), ("40",), ("51", "71")), excluded=one((), (), ("CN",), ("AOC",)), flow=one("import", "both", "export"),
                season=one(None, None, Season((6, 1), (10, 1)), Season((11, 15), (2, 1))),
                additional_code=one("", "", "", "C001"), order=one("", "", "", "", "090001"),
                conditions=one((), (), (), (), *CONDITIONS),
            )
        )  # fmt: skip
    words = {"en": "odd"}
    more: dict[str, Any] = {
        "tax_types": tuple(_odd_tax(t) for t in DEMO.tax_types),
        "reliefs": (
            *DEMO.reliefs,
            Relief(code="NIIMP", text=words, tax_types=("A00",), off=("B00",), validity=Validity(FIRST)),
        ),
        "entries": (
            *DEMO.entries,
            ListEntry(list="proof_pending", code="XP", text=words, validity=Validity(date(2024, 5, 1))),
            ListEntry(list="manual_calculation", code="NIIMP", text=words, validity=Validity(FIRST, date(2025, 1, 1))),
        ),
    }
    return msgspec.structs.replace(DEMO, measures=(*DEMO.measures, *measures), rounding=rounding, **more)


def _odd_tax(tax: TaxType) -> TaxType:
    changes: dict[str, dict[str, Any]] = {
        "B00": {"base": ("A00", "X*"), "postponed": ("FR1",)},
        "X02": {"code_required": True, "order": 30},
    }
    return msgspec.structs.replace(tax, **changes.get(tax.code, {}))
