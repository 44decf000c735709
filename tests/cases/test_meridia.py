"""The worked cases of the demo country, walked along the whole line: what a jurist wrote is what the house does."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from customhouse.clearance.case import Case, InvalidCase, judge, read
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory

PACK = country_directory("meridia")
CASES = [case for path in sorted((PACK / "cases").glob("duties*.yaml")) for case in read(path)]


@pytest.fixture(scope="module")
def book() -> Book:
    return Book.open(compile_pack(PACK))


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_case(case: Case, book: Book) -> None:
    judged = judge(case, book)
    assert judged.differences == ()
    assert all(d.source and d.measure and d.formula for d in judged.duties), "an amount that cannot say why is a bug"
    for one in judged.duties:
        assert sum(c.amount for c in one.components) == one.amount.minor


def test_every_case_names_its_law_and_no_two_have_one_name() -> None:
    assert len({c.name for c in CASES}) == len(CASES) > 50
    assert [c.name for c in CASES if not c.source] == []


def test_a_case_that_differs_says_how(book: Book) -> None:
    wrong = msgspec.structs.replace(CASES[0], owes={"A00": "1.00", "A30": "2.00"}, pays="3.00", says="by decree")
    told = "\n".join(judge(wrong, book).differences)
    assert "A00: the case says 1.00, the house works out 200.00" in told
    assert "A30: the case says 2.00, the house works out nothing" in told
    assert "payable: the case says 3.00" in told and "no remark says 'by decree'" in told


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing: here", "is no list of cases"),
        ("- source: x", "every case begins with `case:`"),
        ("- {case: a, goods: {code: '1'}}", "source, date, owes is missing"),
        ("- {case: a, source: s, date: today, goods: {code: '1'}, owes: {A00: 1}}", "Invalid isoformat"),
        ("- {case: a, source: s, date: 2026-01-01, goods: {colour: red}, owes: {A00: 1}}", "not known here: colour"),
        ("- {case: a, source: s, date: 2026-01-01, goods: {code: '1', origin: FR}, owes: {A00: 1}}", "'price'"),
        ("- [", "cannot be read"),
    ],
)
def test_a_case_that_cannot_be_read_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(InvalidCase, match=re.escape(said)):
        read(tmp_path / "bad.yaml")


def test_every_release_term_names_a_test_that_the_office_knows(book: Book) -> None:
    from customhouse.offices.release import PREDICATES

    assert {t.predicate for t in book.contents.release_terms} <= set(PREDICATES)


def test_there_are_words_in_every_language(book: Book) -> None:
    c = book.contents
    for thing in (
        *c.lines,
        *c.procedures,
        *c.rules,
        *c.criteria,
        *c.release_terms,
        *c.tax_types,
        *c.reliefs,
        *c.quotas,
    ):
        assert all(thing.text.get(language) for language in c.languages), thing
