"""Replay: judged again under an unchanged Book, a declaration is what it was, to the cent and to the last word of the trace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.clearance.impact import Impact
from customhouse.clearance.line import Context, proceed, walk
from customhouse.clearance.replay import again, as_recorded, differences, judged
from customhouse.law.book import Book, compile_pack
from customhouse.law.expression import parse
from customhouse.law.pack import country_directory
from customhouse.record import codec
from customhouse.record.acts import Amended, Entry
from customhouse.record.declaration import Declaration, Role, Stage
from customhouse.record.flow import NotPermitted, fold
from customhouse.simulator import Shipment, World, file

DATA = compile_pack(country_directory("meridia"))
BOOK = Book.open(DATA)
LATER = Book.of(msgspec.structs.replace(BOOK.contents, version="later"))
DAYS = st.integers(0, 500).map(lambda n: date(2025, 3, 1) + timedelta(n))
SEEDS = st.integers(0, 2**32)


@dataclass
class Filed:
    """A shipment declared, walked, perhaps amended under a later edition: its entries and where it stands."""

    entries: list[Entry]
    declaration: Declaration


def filed(shipment: Shipment, number: int, amend: Shipment | None = None) -> Filed:
    context = Context(BOOK.on(shipment.at.date()), shipment.at, b"key")
    walked = walk(file(shipment).lodgement, context, number=number, by="b", format="json", digest="00")
    assert walked.entry is not None
    entries, d = [walked.entry], walked.declaration
    if amend is not None:
        law = LATER.on(shipment.at.date())
        act = Amended(file(amend).lodgement, "json", "00", "amended")
        entry = Entry(number, d.acts + 1, "b", Role.BROKER, shipment.at, law.date, law.book_hash, (act,))
        try:
            d = fold(d, entry)
        except NotPermitted:
            return Filed(entries, d)
        walked = proceed(d, Context(law, shipment.at, b"key"))
        assert walked.entry is not None
        entries, d = [*entries, entry, walked.entry], walked.declaration
    return Filed(entries, d)


def opened_anew(digest: str) -> Book:
    """Books that have answered nothing yet, so that nothing kept can help."""
    book = {BOOK.hash: lambda: Book.open(DATA), LATER.hash: lambda: Book.of(LATER.contents)}[digest]()
    assert book.hash == digest
    return book


@settings(max_examples=25, deadline=None)
@given(SEEDS, DAYS, st.integers(1, 5))
def test_an_unchanged_book_says_the_same_again(seed: int, day: date, every: int) -> None:
    shipments = list(World(seed, day).trade(12))
    for n, shipment in enumerate(shipments):
        case = filed(shipment, n, shipments[n - 1] if n and n % every == 0 else None)
        past = judged(case.declaration, [(act.name, e.book, e.on) for e in case.entries for act in e.acts])
        if case.declaration.acceptance is None:
            continue
        becomes = again(past.declaration, as_recorded(past, opened_anew))
        assert differences(past.declaration, becomes) == ()
        for section in ("verified", "classified", "valued", "origin", "assessed"):
            assert codec.encode(getattr(becomes, section)) == codec.encode(getattr(case.declaration, section))
        assert past.book == (LATER.hash if len(case.entries) > 1 else BOOK.hash)


DRAFT = Book.of(
    msgspec.structs.replace(
        BOOK.contents,
        version="draft",
        measures=tuple(
            msgspec.structs.replace(m, expression=parse("30 %"), expression_text="30 %")
            if m.tax_type == "A00" and m.code.startswith("85")
            else m
            for m in BOOK.contents.measures
        ),
    )
)


@settings(max_examples=10, deadline=None)
@given(SEEDS, DAYS)
def test_a_draft_is_told_apart_and_its_sums_add_up(seed: int, day: date) -> None:
    sums, due = Impact(BOOK.on(day).currency), {"before": 0, "after": 0}
    for n, shipment in enumerate(World(seed, day).trade(15)):
        was = filed(shipment, n).declaration
        if was.acceptance is None:
            continue
        law = DRAFT.on(shipment.at.date())
        becomes = again(was, lambda _, law=law: law)  # type: ignore[misc]
        sums.add(was, becomes)
        assert (was.assessed is None) == (becomes.assessed is None)
        if was.assessed is None or becomes.assessed is None:  # held: something that the law asks for was not declared
            assert sums.unjudged[-1][0] == was.mrn
            continue
        due["before"] += was.assessed.payable.minor
        due["after"] += becomes.assessed.payable.minor
        touched = any(i.commodity.code.startswith("85") for i in was.lodged.items) and was.lodged.is_import
        assert touched or differences(was, becomes) == ()
    for changes in ([sums.total], sums.chapters.values(), sums.origins.values(), sums.taxes.values()):
        assert {"before": sum(c.before for c in changes), "after": sum(c.after for c in changes)} == due
        assert sum(c.difference for c in changes) == due["after"] - due["before"]
    assert all(c.difference == 0 for chapter, c in sums.chapters.items() if chapter != "85")


def test_where_the_draft_lacks_a_rate_it_says_so() -> None:
    poor = Book.of(msgspec.structs.replace(BOOK.contents, rates=()))
    shipments = (filed(s, n).declaration for n, s in enumerate(World(5, date(2026, 5, 4)).trade(60)))
    was = next(d for d in shipments if d.assessed and any(s.rate != "1" for i in d.valued.items for s in i.steps))
    becomes = again(was, lambda _: poor.on(date(2026, 5, 4)))
    assert becomes.stage is Stage.CLASSIFIED and becomes.assessed is None
    sums = Impact("USD")
    sums.add(was, becomes)
    assert sums.declarations == 0 and "no rate of exchange" in sums.unjudged[0][1]


def test_what_was_refused_was_never_judged() -> None:
    refused = Declaration(1, file(next(World(1, date(2026, 5, 4)).trade(1))).lodgement, Stage.REFUSED)
    with pytest.raises(ValueError, match="not accepted"):
        again(refused, lambda _: BOOK.on(date(2026, 5, 4)))


def test_rates_of_another_day_and_rules_shared_between_days() -> None:
    spring, autumn = date(2026, 3, 15), date(2026, 10, 15)
    law = BOOK.on(autumn, rates=spring)
    assert law.date == autumn and law.rate("EUR") == BOOK.on(spring).rate("EUR") != BOOK.on(autumn).rate("EUR")
    assert BOOK.on(spring)._criteria is BOOK.on(spring + timedelta(1))._criteria
