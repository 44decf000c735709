"""Descriptions that name no goods: what the law's own words know, in which languages, and what they leave alone."""

from __future__ import annotations

import csv
import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from customhouse.house.lawbooks import embedded_book
from customhouse.offices.longroom import vague


@pytest.fixture(scope="module")
def law() -> Any:
    return embedded_book().on(date(2026, 11, 26))


def test_a_vague_description_is_told_what_to_write_instead(law: Any) -> None:
    gift, parts = (vague.check(text, 1, law) for text in ("Gift!", "2 x spare parts"))
    assert gift is not None and "wool scarf" in gift.hint and parts is not None and "brake pads" in parts.hint
    assert vague.check("wool scarf", 1, law) is None and vague.check("", 1, law) is None


@pytest.mark.parametrize(
    ("vague_one", "told", "true_one"),
    [
        ("Geschenk für Kinder XL", "", "Holzspielzeug: Eisenbahn"),
        ("84% polyester 16% nylon", "what is made of it", "polyester curtain"),
        ("bathroom accessories", "", "bathroom wash-basin taps"),
        ("RBR-2210 / PK", "A code is no description", "TV, 32 inches"),
        ("valve", "One word is not enough", "valve for radiators"),
        ("запчасти и аксессуары", "", "деревянные шахматы"),
        ("礼品", "a gift of a wool scarf", "木制国际象棋"),
        ("regalo di natale", "", "sciarpa di lana merino"),
        ("handling fee", "A fee, a paper", "handling gloves"),
    ],
)
def test_words_of_several_languages_materials_trades_and_codes_name_no_goods(
    law: Any, vague_one: str, told: str, true_one: str
) -> None:
    problem = vague.check(vague_one, 1, law)
    assert problem is not None and told in problem.hint and problem.hint.count("(Customs (Parcels) Regulations") == 1
    assert vague.check(true_one, 1, law) is None


@pytest.mark.conformance
def test_how_many_of_foreign_vague_descriptions_our_list_knows(law: Any, shared_data: Path) -> None:
    """The list was written with one half of each set in sight; what counts is the other. Brands, codes and cut-off titles make
    up most of what it does not know; what it takes for vague among true descriptions are abbreviations and bare materials."""
    folder = shared_data / "docs/hs"

    def share(texts: list[str]) -> float:
        held = [text for text in texts if hashlib.sha256(text.encode()).digest()[0] & 1]
        return sum(vague.check(text, 1, law) is not None for text in held) / len(held)

    def column(name: str, file: str) -> list[str]:
        with (folder / file).open(encoding="utf-8") as rows:
            return [row[name] for row in csv.DictReader(rows)]

    with (folder / "vague_terms.csv").open(encoding="utf-8") as file:
        assert share([row[0] for row in csv.reader(file) if row]) > 0.25
    assert share(column("description", "hs2022_en.csv")) < 0.005
    assert share(column("description", "uk_descriptions_dev.csv")) < 0.03
    titles = (folder / "hscodecomp_dev.jsonl").read_text(encoding="utf-8").splitlines()
    assert share([msgspec.json.decode(line)["product_name"] for line in titles]) == 0
