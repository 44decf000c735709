"""The file of a Book: what is found in it is what a plain scan finds, the same law is the same bytes, dates never overlap."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.kernel.validity import Validity
from customhouse.law.book import Book, Contents, bind, compile_pack
from customhouse.law.expression import parse
from customhouse.law.measure import Measure, Season
from customhouse.law.pack import PackError, country_directory, read_pack
from customhouse.law.terms import Line, Membership

PACK = country_directory("meridia")
DEMO = read_pack(PACK)
FIRST = date(2024, 1, 1)
days = st.integers(0, 700).map(lambda n: FIRST + timedelta(n))
spans = st.tuples(st.integers(0, 700), st.none() | st.integers(1, 400)).map(
    lambda s: Validity(FIRST + timedelta(s[0]), None if s[1] is None else FIRST + timedelta(s[0] + s[1]))
)
codes = st.text("012", max_size=6)
origins = st.sampled_from(["CN", "FR", "FJ", ""])
areas = st.sampled_from(["*", "CN", "FR", "G1", "G2"])
month_days = st.tuples(st.integers(1, 12), st.integers(1, 28))
seasons = st.none() | st.builds(Season, month_days, month_days)


@st.composite
def laws(draw: st.DrawFn) -> Contents:
    """The demo's law with measures, lines and groups of our own, many of which share a code or a beginning of it."""
    measures = draw(
        st.lists(
            st.builds(
                Measure,
                id=st.uuids().map(str), code=codes, tax_type=st.sampled_from(["A00", "B00", ""]), area=areas,
                validity=spans, source=st.just("Act"), season=seasons, excluded=st.sampled_from([(), ("CN",), ("G2",)]),
                expression=st.sampled_from([None, parse("5 %"), parse("12 % + 147 USD / 100 KGM")]),
            ),
            max_size=30,
        )
    )  # fmt: skip
    lines = draw(st.lists(st.builds(Line, code=codes, validity=spans, text=st.just({"en": "goods"})), max_size=20))
    groups = draw(
        st.lists(
            st.builds(Membership, group=st.sampled_from(["G1", "G2"]), country=st.sampled_from(["CN", "FJ"]), validity=spans),
            max_size=5,
        )
    )  # fmt: skip
    return msgspec.structs.replace(DEMO, measures=tuple(measures), lines=tuple(lines), memberships=tuple(groups))


def scan(law: Contents, code: str, origin: str, day: date) -> list[Measure]:
    """Every measure looked at, one by one."""
    groups = {m.group for m in law.memberships if m.country == origin and m.validity.contains(day)}
    wanted = {"*", origin, *groups}
    found = [
        m
        for m in law.measures
        if code.startswith(m.code) and m.in_force(day) and m.area in wanted and not wanted & set(m.excluded)
    ]
    return sorted(found, key=lambda m: (-len(m.code), m.season is None))


@settings(max_examples=150, deadline=None)
@given(laws(), st.lists(st.tuples(codes, origins, days), min_size=1, max_size=12))
def test_the_book_answers_as_a_scan_of_all_its_words(law: Contents, asked: list[tuple[str, str, date]]) -> None:
    data = bind(law)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "law.book"
        path.write_bytes(data)
        for book in (Book.open(data), Book.open(path)):
            for code, origin, day in asked:
                assert list(book.on(day).measures(code, origin)) == scan(law, code, origin, day)
                lines = [x for x in law.lines if len(x.code) > 1 and code.startswith(x.code)]
                lines = [x for x in lines if x.validity.contains(day)]
                longest = max((len(x.code) for x in lines), default=0)
                line = book.on(day).line(code)
                assert line == next((x for x in lines if len(x.code) == longest), None)


@settings(max_examples=50, deadline=None)
@given(laws())
def test_the_same_law_is_the_same_file_and_nothing_is_lost(law: Contents) -> None:
    data = bind(law)
    assert bind(law) == data
    book = Book.open(data)
    again = book.contents
    for name in ("measures", "lines"):
        was, becomes = getattr(law, name), getattr(again, name)
        assert len(was) == len(becomes) and set(map(repr, was)) == set(map(repr, becomes))
    for field in msgspec.structs.fields(Contents):
        if field.name not in ("measures", "lines"):
            assert getattr(again, field.name) == getattr(law, field.name) == getattr(book.pages, field.name)
    assert bind(again) == data


def test_a_pack_is_the_same_file_wherever_it_lies(tmp_path: Path) -> None:
    shutil.copytree(PACK, tmp_path / "copy")
    assert compile_pack(tmp_path / "copy") == compile_pack(PACK)


HEADING = "id,code,tax_type,area,expression,preference,additional_code,order,documents,procedures,flow,from,until,source,excluded,season\n"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["01", "0101"]), spans, seasons), min_size=1, max_size=5), days)
def test_what_is_published_never_overlaps(rows: list[tuple[str, Validity, Season | None]], day: date) -> None:
    """A pack is refused exactly when two measures for the same goods overlap in their dates and in their seasons."""
    clashes = [
        (one, other)
        for one, other in combinations(range(len(rows)), 2)
        if rows[one][0] == rows[other][0] and _clash(rows[one][1:], rows[other][1:])
    ]
    with TemporaryDirectory() as folder:
        pack = Path(folder) / "pack"
        shutil.copytree(PACK, pack)
        (pack / "conditions.csv").unlink()
        with (pack / "measures.csv").open("w") as file:
            file.write(HEADING)
            for n, (code, span, season) in enumerate(rows):
                file.write(f"M{n},{code},A00,*,{n} %,,,,,,,{span.start},{span.until or ''},Act,,{season or ''}\n")
        try:
            book = Book.open(compile_pack(pack))
        except PackError as refused:
            told = [str(p) for p in refused.problems]
            assert len(told) == len(clashes)
            for one, other in clashes:
                pair = (f"measures.csv:{one + 2}", f"measures.csv:{other + 2}")
                assert any(all(place in t for place in pair) for t in told)
            return
    assert not clashes
    for code in ("01", "0101"):
        found = [m for m in book.on(day).measures(code, "CN") if m.code == code]
        assert len([m for m in found if m.season is None]) <= 1 and len([m for m in found if m.season]) <= 1
        assert [m.season is None for m in found] == sorted(m.season is None for m in found)


def _clash(one: tuple[Validity, Season | None], other: tuple[Validity, Season | None]) -> bool:
    """A season is the exception to the whole year and may lie in it; two seasons are looked through day by day."""
    (mine, season), (others, second) = one, other
    if not mine.overlaps(others):
        return False
    if season is None or second is None:
        return season is second
    year = [date(2024, 1, 1) + timedelta(n) for n in range(366)]
    return any(season.contains(d) and second.contains(d) for d in year)
