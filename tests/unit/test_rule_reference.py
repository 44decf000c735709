"""The page on the rule language shows the language as it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from customhouse.law.rules.reference import renewed
from customhouse.law.rules.syntax import read

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
LISTS = {name: frozenset[str]() for name in ("watched_origins", "sensitive_codes", "vague_words")}


def test_the_tables_are_those_of_the_code() -> None:
    assert renewed(PAGE) == PAGE, "run: python -m customhouse.law.rules.reference docs/rules.md"
    with pytest.raises(ValueError, match="no place for the tables"):
        renewed("nothing")


def test_every_rule_on_the_page_is_one() -> None:
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.S)
    rules = [line for block in blocks for line in block.strip().splitlines()]
    assert len(rules) == 5
    for rule in rules:
        read(rule, LISTS)
