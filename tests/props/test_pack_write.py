"""A layer says what it was told: written and read back it is the same, and it is put in place whole or not at all."""

from __future__ import annotations

import string
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customhouse.kernel.validity import Validity
from customhouse.law import expression, pack_write
from customhouse.law.layer import PARTS, Layer, circle, merge, orphans, without_overlaps
from customhouse.law.measure import Condition, Measure, Season
from customhouse.law.pack import read_layer
from customhouse.law.pack_write import normal, write_layer
from customhouse.law.terms import (
    Footnote,
    Line,
    ListEntry,
    Membership,
    Place,
    Procedure,
    ProductRule,
    Quota,
    Rate,
    Relief,
)
from customhouse.law.valuation import COSTS, Charge, Incoterm

LANGUAGES = ("en", "fr")
codes = st.text(string.ascii_uppercase + string.digits, min_size=1, max_size=6)
many = st.lists(codes, max_size=3).map(tuple)
prose = st.text(max_size=40) | st.sampled_from(['a "quoted", text', "two\nlines", "a\rb", "=1+1", " blanks ", "é|ü;"])
texts = st.dictionaries(st.sampled_from(["en", "fr", "de"]), prose, max_size=3)
numbers = st.decimals(0, 10**9, places=4, allow_nan=False) | st.sampled_from([Decimal("1E+3"), Decimal("0.0000001")])
days = st.dates(date(1958, 1, 1), date(2090, 1, 1))
validities = st.builds(
    lambda start, length: Validity(start, start + timedelta(days=length) if length else None), days, st.integers(0, 900)
)
expressions = st.sampled_from(["", "free", "5 %", "12 % + 147 USD / 100 KGM", "8 % MIN 2 EUR / DTN MAX 20 %"])
dated: dict[str, Any] = {"validity": validities, "source": prose}


def priced(made: type, /, **fields: Any) -> st.SearchStrategy[Any]:
    """A measure or condition whose expression is one that the grammar has, or words that it has not."""

    def make(text: str, words: str, **rest: Any) -> Any:
        read = expression.parse(text) if text else None
        return made(expression=read, expression_text=text or words, **rest)

    return st.builds(make, text=expressions, words=prose, **fields)


costs = st.lists(st.sampled_from(tuple(COSTS)), max_size=3, unique=True).map(tuple)
conditions = priced(
    Condition, group=codes, action=st.sampled_from(["apply", "rate", "void", "forbid"]), document=codes,
    threshold=st.none() | numbers, currency=codes, unit=codes, at_most=st.booleans(),
)  # fmt: skip
measures = priced(
    Measure, id=codes, code=st.text(string.digits, max_size=10), tax_type=codes, area=codes, kind=codes, preference=codes,
    additional_code=codes, order=codes, documents=many, procedures=many, flow=st.sampled_from(["import", "export", "both"]),
    excluded=many, season=st.none() | st.just(Season((6, 1), (10, 1))), footnotes=many,
    conditions=st.lists(conditions, max_size=3).map(tuple), **dated,
)  # fmt: skip
WORDS: dict[str, st.SearchStrategy[Any]] = {
    "lines": st.builds(
        Line, code=st.text(string.digits, min_size=2, max_size=10), text=texts, unit=codes | st.just(""), **dated
    ),
    "measures": measures,
    "memberships": st.builds(Membership, group=codes, country=codes, **dated),
    "rates": st.builds(
        Rate, currency=codes, value=numbers.filter(bool), units=st.integers(1, 1000), inverse=st.booleans(), **dated
    ),
    "procedures": st.builds(
        Procedure, code=codes, text=texts, duties_payable=st.booleans(), guarantee=st.booleans(), note=prose, **dated
    ),
    "reliefs": st.builds(
        lambda effect, **told: Relief(suspended=effect == 1, deposited=effect == 2, **told),
        effect=st.integers(0, 2), code=codes, text=texts, tax_types=many.filter(bool), document=codes, off=many, **dated,
    ),
    "quotas": st.builds(
        Quota, order=codes, volume=numbers, unit=codes, critical_ppm=st.integers(0, 1_000_000), currency=codes, text=texts,
        **dated,
    ),
    "incoterms": st.builds(
        Incoterm, code=codes, text=texts, includes=costs, may_include=costs, modes=many, **dated
    ),
    "charges": st.builds(
        Charge, code=codes, text=texts, effect=st.sampled_from(["add", "deduct", "none"]), covers=costs,
        spread=st.sampled_from(["", "value", "weight"]), percent=st.booleans(), **dated,
    ),
    "product_rules": st.builds(
        ProductRule, rules=codes, low=codes, high=codes, heading=prose, goods=prose, classes=many, text=prose, source=prose
    ),
    "footnotes": st.builds(Footnote, code=codes, text=texts, **dated),
    "entries": st.builds(ListEntry, list=codes, code=codes, text=texts, **dated),
    "places": st.builds(
        Place, code=codes, name=prose, country=codes, latitude=st.none() | numbers, longitude=st.none() | numbers,
        function=codes | st.just(""), **dated,
    ),
}  # fmt: skip


def unique(part: str) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(WORDS[part], max_size=4, unique_by=PARTS[part].key).map(tuple)


layers = st.builds(Layer, **{name: unique(name) for name in PARTS})


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(layers)
def test_what_is_written_reads_back_the_same_and_is_written_once(tmp_path: Path, layer: Layer) -> None:
    place = tmp_path / "layer"
    write_layer(place, layer, LANGUAGES)
    again = read_layer(place, LANGUAGES)
    assert again == normal(layer, LANGUAGES)
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in place.iterdir()}
    assert write_layer(place, again, LANGUAGES) is False
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in place.iterdir()} == before


@settings(max_examples=60)
@given(layers, layers)
def test_merging_twice_changes_nothing(one: Layer, other: Layer) -> None:
    merged, _ = merge(one, other)
    again, changes = merge(merged, other)
    assert again == merged
    assert all((c.added, c.changed, c.removed) == (0, 0, 0) for c in changes)
    stated, changes = merge(merged, other, [(part, "*") for part in PARTS])
    assert stated == merge(Layer(), other)[0]
    assert sum(c.removed for c in changes) == sum(len(getattr(merged, p)) - len(getattr(stated, p)) for p in PARTS)


@given(st.lists(WORDS["lines"], max_size=8, unique_by=PARTS["lines"].key))
def test_of_overlapping_words_only_one_stands(lines: list[Line]) -> None:
    stands, left_out = without_overlaps(lines, "lines")
    assert len(stands) + len(left_out) == len(lines)
    for n, one in enumerate(stands):
        assert not any(one.code == two.code and one.validity.overlaps(two.validity) for two in stands[n + 1 :])
    assert all(word.validity.overlaps(before.validity) for word, before in left_out)


def test_a_layer_that_would_read_back_otherwise_is_refused_and_the_old_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "layer"
    old = Layer(rates=(Rate(currency="EUR", value=Decimal("1.1"), validity=Validity(date(2026, 1, 1))),))
    write_layer(place, old)
    held = (place / "rates.csv").read_bytes()
    new = msgspec.structs.replace(old, rates=(msgspec.structs.replace(old.rates[0], value=Decimal("1.2")),))
    monkeypatch.setitem(pack_write.ROWS, "rates", lambda w: {**pack_write._rate(w), "value": "7"})
    with pytest.raises(ValueError, match=r"rates\.csv would not say"):
        write_layer(place, new)
    assert (place / "rates.csv").read_bytes() == held
    assert [p.name for p in tmp_path.iterdir()] == ["layer"]


def test_a_loader_that_was_stopped_between_two_names_leaves_the_old_layer(tmp_path: Path) -> None:
    place = tmp_path / "layer"
    layer = Layer(footnotes=(Footnote(code="TM001", text={"en": "A remark"}, validity=Validity(date(2026, 1, 1))),))
    write_layer(place, layer)
    place.rename(tmp_path / ".layer.old")
    assert write_layer(place, layer) is False
    assert read_layer(place) == normal(layer, ("en",))


def test_circles_of_groups_and_lines_without_a_heading_are_found() -> None:
    assert circle({"A": ["B", "FR"], "B": ["C"], "C": ["A"], "D": ["A"]}) == ("A", "B", "C", "A")
    assert circle({"A": ["B", "FR"], "B": ["FR"], "D": ["A", "B"]}) == ()
    always = Validity(date(2026, 1, 1))
    lines = [Line(code=c, text={"en": c}, validity=always) for c in ("01", "0101", "010121", "020110", "9999")]
    assert [line.code for line in orphans(lines)] == ["020110", "9999"]
