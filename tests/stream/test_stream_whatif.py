"""A draft on past trade: the scan of columns says what judging every declaration again says, to the minor unit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd import CLAIMS, DEMO, items, odd_law

from customhouse.clearance.impact import Impact
from customhouse.clearance.line import Context, walk
from customhouse.clearance.replay import again
from customhouse.kernel.money import Rounding
from customhouse.law.book import Book, Contents
from customhouse.record.declaration import Declaration
from customhouse.simulator import World, file
from customhouse.stream.duty import Engine
from customhouse.stream.history import History, gather
from customhouse.stream.items import Claim
from customhouse.stream.whatif import whatif

BOOK = Book.of(DEMO)
START = date(2026, 5, 4)


def trade(seed: int, count: int) -> list[Declaration]:
    """Declarations of the simulated world, decided under the demo's law."""
    return [d for d in _trade(seed, count) if d.acceptance]


def _trade(seed: int, count: int) -> Iterator[Declaration]:
    for n, shipment in enumerate(World(seed, START).trade(count)):
        context = Context(BOOK.on(shipment.at.date()), shipment.at, b"key")
        yield walk(file(shipment).lodgement, context, number=n, by="b", format="json", digest="00").declaration


def one_by_one(declarations: list[Declaration], book: Book, as_of: date | None = None) -> Impact:
    sums = Impact("USD")
    for d in declarations:
        assert d.acceptance
        day = d.acceptance.tax_date
        law = book.on(as_of or day, rates=day)
        sums.add(d, again(d, lambda _, law=law: law))  # type: ignore[misc]
    return sums


def in_columns(declarations: list[Declaration], history: History, book: Book, as_of: date | None = None) -> Impact:
    """The scan, and one by one what it leaves."""
    found = whatif(history, Engine(book), as_of)
    sums = one_by_one([d for d in declarations if d.id in found.left], book, as_of)
    sums.add_sums(found)
    return sums


def told(sums: Impact) -> Any:
    """The sums without what is zero, however they were made."""
    plain = msgspec.to_builtins(sums)
    del plain["singly"]
    for part in ("chapters", "origins", "taxes"):
        plain[part] = {k: c for k, c in plain[part].items() if any(c.values())}
    return plain


@pytest.mark.parametrize("as_of", [None, date(2026, 9, 1), date(2027, 2, 3)])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_scan_of_columns_is_the_sum_of_every_declaration(seed: int, as_of: date | None) -> None:
    declarations = trade(seed, 400)
    history = gather(declarations)
    odd = odd_law(Rounding(), seed)
    # Values are as they were: a draft for columns keeps the rates and the rounding.
    for book in (BOOK, Book.of(odd)):
        sums = in_columns(declarations, history, book, as_of)
        assert told(sums) == told(one_by_one(declarations, book, as_of))
        assert sums.declarations + len(sums.unjudged) == len(declarations) > 300 and len(sums.unjudged) < 90
        assert sums.singly < 100
    same = whatif(history, Engine(BOOK))
    assert same.changed == 0 and same.left == ()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 5))
def test_days_groups_and_seasons_cut_the_runs_where_the_law_turns(seed: int, odd_seed: int) -> None:
    """Items of one code, years apart, under a law that changes all the time: the scan against the columns item by item."""
    contents = odd_law(Rounding("half_even"), odd_seed)
    history = spread_out(contents, 600, seed)
    engine = Engine(Book.of(contents))
    found = whatif(history, engine)
    kept = history.without(np.array(found.left, np.int64))
    owed = engine.assess(kept.items)
    assert owed.left.size == 0
    after = owed.payable.sum(axis=0)
    assert sum(c[2] for c in found.chapters.values()) == sum(c[2] for c in found.origins.values()) == int(after.sum())
    assert sum(c[3] for c in found.chapters.values()) == int((after > kept.before).sum())
    assert sum(c[4] for c in found.chapters.values()) == int((after < kept.before).sum())
    assert {t: a for t, (_, a) in found.taxes.items() if a} == {
        t: int(a) for t, a in zip(owed.taxes, owed.payable.sum(axis=1), strict=True) if a
    }
    changed = np.unique(kept.declaration[after != kept.before])
    assert found.changed == len(changed) and found.declarations == len(np.unique(kept.declaration))
    assert whatif(history, engine, threads=3) == found


def spread_out(contents: Contents, count: int, seed: int) -> History:
    """Random items of a few codes over four years, three to a declaration, with something paid before."""
    dice = np.random.default_rng(seed)
    claims = (*CLAIMS, Claim(is_import=False), Claim(additional_codes=("C001",)))
    asked = items(contents, count, seed, claims, most=20)
    asked = msgspec.structs.replace(asked, code=asked.code % 12)
    order = np.lexsort((asked.day, asked.claim, asked.origin, asked.code))
    by_tax = dice.integers(0, 100, (2, count)) * dice.integers(0, 2, (2, count))
    office = (dice.random(count) < 0.01).astype(np.int64)
    return History(
        asked.part(order), dice.integers(0, count // 3, count), ("A00", "B00"), by_tax, office, np.zeros(0, np.int64)
    )


def test_columns_are_kept_in_a_file(tmp_path: Path) -> None:
    declarations = trade(3, 60)
    history = gather(declarations)
    path = tmp_path / "2026-05.npz"
    history.save(path)
    again = History.load(path)
    assert whatif(again, Engine(BOOK)) == whatif(history, Engine(BOOK))
    assert again.items.claims == history.items.claims and (again.declaration == history.declaration).all()
    assert [p.name for p in tmp_path.iterdir()] == ["2026-05.npz"]
    whole = path.read_bytes()
    for damaged in (b"", b"nothing", whole[: len(whole) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match="holds no columns"):
            History.load(path)


def test_nothing_at_all() -> None:
    empty = gather([])
    assert len(empty) == 0
    found = whatif(empty, Engine(BOOK))
    assert (found.declarations, found.changed, found.chapters, found.left) == (0, 0, {}, ())
    later = whatif(gather(trade(1, 5)), Engine(BOOK), START + timedelta(400))
    assert later.declarations == len(trade(1, 5))
