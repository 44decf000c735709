"""Every code that a declarant may meet can be looked up: what it means, what to do, by which law."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from lxml import html

from customhouse.desks.problem_table import BY_NAME, FOUND_BY
from customhouse.house.lawbooks import embedded_book

SOURCE = Path(__file__).resolve().parents[2] / "src" / "customhouse"
# The rooms whose problems reach declarants by these names.
ROOMS = (
    "gates/json/*.py",
    "gates/wco_xml/*.py",
    "gates/papers/*.py",
    "offices/classify/*.py",
    "offices/duty/*.py",
    "offices/longroom/*.py",
    "clearance/lodge.py",
    "clearance/amend.py",
    "api/intake.py",
    "api/papers.py",
    "desks/lodge*.py",
    "desks/views/lodge.py",
)
TELLS = ("Problem", "refuse", "_refusal", "_problem", "problem", "_no", "Lacking")


def named() -> set[str]:
    """The names of problems in those rooms, as they are told."""
    found = set()
    for path in (path for room in ROOMS for path in SOURCE.glob(room)):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(first := node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in TELLS and re.fullmatch(r"[A-Z]\w+", str(first.value)):
                    found.add(str(first.value))
    return found


def listed(page: str) -> dict[str, str]:
    """Code -> what the page says of it."""
    places = html.fromstring(page).xpath("//dl[@class='problems']/div")
    return {place.get("id"): " ".join(place.text_content().split()) for place in places}


def test_every_named_problem_is_explained() -> None:
    found = named()
    assert len(found) > 40
    assert sorted(found - BY_NAME.keys()) == []
    every = [one for _title, group in FOUND_BY for one in group]
    assert len(every) == len(BY_NAME)
    assert [one.rule for one in every if not str(one.means) or not str(one.do)] == []


def test_the_page_lists_every_rule_of_the_law_with_its_source(desk: Callable[..., Client]) -> None:
    told = listed(desk("broker").get("/problems").content.decode())
    rules = embedded_book().contents.rules
    assert len(rules) > 30
    for rule in rules:
        assert re.sub(r"\{\w+\}", "…", rule.text["en"]) in told[rule.id]
        assert rule.source in told[rule.id]
        assert rule.hint.get("en", "") in told[rule.id]
    assert told.keys() == {r.id for r in rules} | BY_NAME.keys()


@pytest.mark.parametrize(
    ("asked", "found"), [("xm103", "XM103"), ("DuplicateLRN", "DuplicateLRN"), ("macro script", "ActiveContent")]
)
def test_a_code_or_words_find_it(asked: str, found: str, desk: Callable[..., Client]) -> None:
    told = listed(desk("officer").get("/problems", {"q": asked}).content.decode())
    assert found in told
    assert len(told) < 5


def test_what_is_not_there_is_said(desk: Callable[..., Client]) -> None:
    page = desk("carrier").get("/problems?q=%00<b>zzz").content.decode()
    assert "Nothing fits." in page
    assert "<b>zzz" not in page


def test_it_speaks_french(desk: Callable[..., Client]) -> None:
    told = listed(desk("broker", "fr").get("/problems").content.decode())
    assert "La déclaration porte la référence du déclarant" in told["XM001"]
    assert "Que faire" in told["DuplicateLRN"]


def test_a_problem_leads_to_its_explanation(desk: Callable[..., Client], typed: Callable[..., dict[str, str]]) -> None:
    page = desk("broker").post("/lodge", typed(lodge="1", dispatch="ZQ")).content.decode()
    assert 'href="/problems?q=XM011"' in page
