"""The law as data: rules mean what they say however they are run, expressions print as they read, packs are checked."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.law import expression
from customhouse.law.book import Book, Law, bind, compile_pack
from customhouse.law.compare import compare
from customhouse.law.expression import Component, Expression
from customhouse.law.pack import PackError, country_directory
from customhouse.law.rules import interpret, syntax
from customhouse.law.rules.compiled import failing, firing
from customhouse.record.facts import ITEM, WHOLE, HeaderFacts, ItemFacts

PACK = country_directory("meridia")
BOOK = Book.open(compile_pack(PACK))
TODAY = date(2026, 11, 24)
WORDS = ("", "64", "6403", "93011000", "CN", "FR", "N935", "phone", "IMA", "1", "USD", "goods")
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(WORDS),
    "int": st.integers(-5, 5_000_000),
    "bool": st.booleans(),
    "codes": st.frozensets(st.sampled_from(WORDS), max_size=3),
}
headers = st.fixed_dictionaries({n: VALUES[t] for n, (t, _) in WHOLE.items()})
items = st.fixed_dictionaries({n: VALUES[t] for n, (t, _) in ITEM.items()})
LISTS = {name: frozenset(words) for name, words in BOOK.contents.lists.items()}


# --- rules


@st.composite
def booleans(draw: st.DrawFn, depth: int = 3) -> str:
    """The text of a well-typed rule."""
    if depth and draw(st.integers(0, 2)):
        kind = draw(st.sampled_from(["and", "or", "not"]))
        if kind == "not":
            return f"not ({draw(booleans(depth - 1))})"
        return f"({draw(booleans(depth - 1))}) {kind} ({draw(booleans(depth - 1))})"
    facts = {**WHOLE, **ITEM}
    name = draw(st.sampled_from(sorted(facts)))
    kind, word = facts[name][0], draw(st.sampled_from(WORDS))
    number = draw(st.integers(0, 5_000_000))
    match kind:
        case "int":
            op = draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="]))
            return f"{name} * {draw(st.integers(0, 9))} + 3 {op} abs({number} - {name})"
        case "text":
            forms = [f"{name} == {word!r}", f"{name} not in ({word!r}, 'x')", f"starts({name}, {word!r}, '9')",
                     f"contains({name}, {word!r})", f"length({name}) > 2", f"{name} in currencies"]  # fmt: skip
            return draw(st.sampled_from(forms))
        case "codes":
            return draw(st.sampled_from([f"{word!r} in {name}", f"length({name}) >= 1"]))
    return name


@settings(max_examples=150)
@given(st.lists(booleans(), min_size=1, max_size=6), headers, items)
def test_the_generated_functions_say_what_the_tree_says(texts: list[str], header: Any, item: Any) -> None:
    rules = [syntax.read(t, LISTS) for t in texts]
    facts = header | item
    plain = [n for n, rule in enumerate(rules) if interpret.holds(rule, facts, LISTS)]
    h, i = HeaderFacts(**header), ItemFacts(**item)
    assert firing(rules, LISTS)(h, i) == plain
    assert failing(rules, LISTS)(h, i) == [n for n in range(len(rules)) if n not in plain]


@settings(max_examples=100)
@given(headers, items)
def test_the_rules_of_the_demo_country_too(header: Any, item: Any) -> None:
    law = BOOK.on(TODAY)
    h, i = HeaderFacts(**header), ItemFacts(**item)
    hits = {hit.id for hit in law.select(h, (i,))}
    expected = {
        c.id for c in BOOK.contents.criteria if interpret.holds(syntax.read(c.expression, LISTS), header | item, LISTS)
    }
    assert hits == expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("gros_mass > 1", "did you mean gross_mass"),
        ("gross_mass", "true or false, this is a number"),
        ("gross_mass > 'a'", "only numbers have an order"),
        ("code == 5", "cannot compare a text with a number"),
        ("gross_mass > 1.5", "minor units"),
        ("gross_mass // 2 > 1", "only [+] - [*] and /"),
        ("code.upper() == 'A'", "the functions are"),
        ("__import__('os')", "the functions are"),
        ("[1][0] == 1", "not part of the rule language"),
        ("lambda: 1", "not part of the rule language"),
        ("starts(code)", "wants the texts"),
        ("starts(gross_mass, 'a')", "wants a text"),
        ("1 < gross_mass < 3", "two comparisons"),
        ("gross_mass >", "cannot be read"),
        ("code in documents and", "cannot be read"),
    ],
)
def test_a_bad_rule_is_refused_with_its_place(text: str, why: str) -> None:
    with pytest.raises(syntax.RuleError, match=why) as caught:
        syntax.read(text, LISTS)
    assert caught.value.column >= 1


# --- duty expressions

numbers = (
    st.decimals(0, 10_000, places=2)
    .map(lambda d: d.normalize() if d else Decimal(0))
    .filter(lambda d: "E" not in str(d))
)
components = st.one_of(
    st.builds(Component, rate=numbers, basis=st.sampled_from(["value", "value_and_duties", "duties"])),
    st.builds(
        Component, rate=numbers, basis=st.just("quantity"), unit=st.sampled_from(["KGM", "LTR", "NAR", "DTN#Z", "ASV#X"]),
        per=st.sampled_from([Decimal(1), Decimal(100)]), currency=st.sampled_from(["USD", "EUR"]),
    ),
    st.builds(Component, rate=numbers, basis=st.just("item"), currency=st.sampled_from(["USD", "EUR"])),
    st.builds(Component, rate=st.just(Decimal(0)), basis=st.just("component"), unit=st.sampled_from(["EA", "ADSZ", "ADFM"])),
)  # fmt: skip
plain = st.lists(components, min_size=1, max_size=3).map(tuple)
bracketed = st.builds(
    Component, rate=st.just(Decimal(0)), basis=st.just("sum"), terms=plain,
    minimum=st.just(()) | plain, maximum=st.just(()) | plain,
)  # fmt: skip
sums = st.lists(components | bracketed, min_size=1, max_size=3).map(tuple)


@given(st.builds(Expression, sums, st.just(()) | sums, st.just(()) | sums))
def test_an_expression_prints_as_it_reads(one: Expression) -> None:
    assert expression.parse(str(one)) == one


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "5 % +",
        "5 USD",
        "5 % MIN",
        "3 usd / KGM",
        "x %",
        "5 % MAX 3 % MIN 2 %",
        "5 % MIN 1 % MIN 2 %",
        "(5 %",
        "5 %)",
        "()",
        "5 % of wind",
        "2 USD / KGM#",
    ],
)
def test_a_bad_expression_is_refused(text: str) -> None:
    with pytest.raises(expression.InvalidExpression):
        expression.parse(text)


# --- the Book


def test_the_same_pack_makes_the_same_book_and_it_never_changes_under_its_hash() -> None:
    again = Book.open(compile_pack(PACK))
    assert again.hash == BOOK.hash
    with pytest.raises(AttributeError):
        BOOK.contents.country = "YY"  # type: ignore[misc]
    with pytest.raises(ValueError, match="not a compiled Book"):
        Book.open(b"nothing")


@given(st.sampled_from([line.code for line in BOOK.contents.lines]), st.sampled_from(["CN", "FJ", "UG", "FR", ""]))
def test_measures_are_in_force_for_the_code_and_origin_most_specific_first(code: str, origin: str) -> None:
    law = BOOK.on(TODAY)
    found = law.measures(code, origin)
    assert found == law.measures(code, origin)
    assert all(m.validity.contains(TODAY) and code.startswith(m.code) for m in found)
    assert [len(m.code) for m in found] == sorted((len(m.code) for m in found), reverse=True)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)))
def test_there_is_one_rate_of_every_currency_on_every_day(day: date) -> None:
    for rates in ({r.currency for r in BOOK.contents.rates},):
        for currency in rates:
            assert sum(r.currency == currency and r.validity.contains(day) for r in BOOK.contents.rates) == 1


def test_what_an_edition_changes_is_listed() -> None:
    before, after = date(2026, 6, 30), date(2026, 7, 1)
    changes = {(c.part, c.key) for c in compare(BOOK, BOOK, before, after)}
    assert {("measures", "MD8517-A"), ("measures", "MD8517-B"), ("measures", "MD8703-B")} <= changes
    assert compare(BOOK, BOOK, TODAY, TODAY) == []


def test_everything_wrong_in_a_pack_is_reported_at_once_with_its_place(tmp_path: Path) -> None:
    pack = tmp_path / "broken"
    shutil.copytree(PACK, pack)
    with (pack / "measures.csv").open("a") as file:
        file.write("B1,8517,A00,*,five,,,,,,,,,,source\n")
        file.write("B2,8517,A00,NOWHERE,5 %,,,,,,,,,,source\n")
        file.write("B3,8517,A00,*,5 %,,,,,,,2026-01-01,2025-01-01,,source\n")
        file.write("B4,01,A00,*,5 %,,,,,,,,,,source\n")
    criteria = (pack / "criteria.toml").read_text().replace("starts(code, '93')", "starts(kode, '93')", 1)
    (pack / "criteria.toml").write_text(criteria)
    (pack / "release.toml").unlink()
    with pytest.raises(PackError) as caught:
        compile_pack(pack)
    told = "\n".join(str(p) for p in caught.value.problems)
    for piece in ("'five'", "B2", "not after it begins", "overlaps in time", "did you mean code", "release.toml:1"):
        assert piece in told


def test_contents_round_trip() -> None:
    again = Book.open(bind(BOOK.contents))
    assert again.hash == BOOK.hash and again.contents == BOOK.contents


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(WORDS)), min_size=1, max_size=30))
def test_what_the_law_remembers_is_what_it_would_answer(asked: list[tuple[str, str]]) -> None:
    law = BOOK.on(TODAY)

    def measures(law: Law, code: str, origin: str) -> tuple[str, ...]:
        return tuple(m.id for m in law.measures(code, origin))

    for code, origin in (*asked, *asked):
        assert law.remembered(measures, code, origin) == measures(law, code, origin)


def test_the_law_forgets_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("customhouse.law.in_force.MOST_REMEMBERED", 10)
    law = Book.open(compile_pack(PACK)).on(TODAY)
    for n in range(35):
        assert law.remembered(_double, n) == 2 * n
    assert len(law._remembered) <= 10


def _double(law: Law, n: int) -> int:
    return 2 * n
