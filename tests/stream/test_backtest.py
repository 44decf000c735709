"""A back-test says the same one by one and in columns, and what it says is what happened."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rule_texts import EMPTY_HEADER, EMPTY_ITEM, LISTS

from customhouse.law.rules.syntax import RuleError
from customhouse.offices.risk.backtest import BackTest, Limits, Trial, backtest
from customhouse.offices.risk.selected import Selected
from customhouse.offices.risk.share import share
from customhouse.record.facts import HeaderFacts, ItemFacts
from customhouse.record.lanes import Lane
from customhouse.stream.backtest import backtest as in_columns
from customhouse.stream.past import PastColumns, gather

DAY = date(2026, 3, 1)
LANES = {"R1": Lane.RED, "R2": Lane.YELLOW}


def one(
    n: int, items: list[dict[str, Any]] | None = None, header: dict[str, Any] | None = None, **more: Any
) -> Selected:
    if "looked" in more:
        more["examined"], more["found"] = more.pop("looked")
    of = items if items is not None else [{"code": "640399", "value_per_kg": 500}]
    return Selected(
        number=n, mrn=f"M{n}", lodged=DAY, day=more.pop("day", DAY), office=more.pop("office", "XX01"),
        header=HeaderFacts(**{**EMPTY_HEADER, "importer": "I1", **(header or {})}),
        items=tuple(ItemFacts(**{**EMPTY_ITEM, **i}) for i in of), lane=more.pop("lane", Lane.GREEN), **more,
    )  # fmt: skip


pasts = st.lists(
    st.builds(
        one,
        st.integers(1, 10**6),
        st.lists(
            st.fixed_dictionaries({
                "code": st.sampled_from(["640399", "6103", "", "6", "9301"]), "value_per_kg": st.integers(-2, 3),
                "net_mass": st.sampled_from([0, 1, 2**64]), "description": st.sampled_from(["", "a gift", "\x00", "cafe\u0301"]),
                "documents": st.frozensets(st.sampled_from(["N935", "\ud800"])),
            }), max_size=3,
        ),
        st.fixed_dictionaries({"importer": st.sampled_from(["I1", "I2", ""]), "declarant": st.sampled_from(["D1", "D2"])}),
        lane=st.sampled_from(Lane), fired=st.lists(st.sampled_from(["R1", "R2", "random", "T2", "m", "earlier-lane"]), unique=True).map(tuple),
        drawn=st.booleans(), looked=st.sampled_from([(False, False), (True, False), (True, True)]),
        revenue=st.sampled_from([0, 5, 2**63]), minutes=st.integers(-1, 4), office=st.sampled_from(["XX01", ""]),
        day=st.integers(0, 70).map(lambda n: DAY + timedelta(n)),
    ),
    max_size=12,
)  # fmt: skip
TRIALS = (
    Trial("T1", "starts(code, '64') and value_per_kg > 0", Lane.RED, "R1"),
    Trial("T2", "value_per_kg / net_mass < 2", Lane.YELLOW),
    Trial("T3", "count_items(words(description, 'gift')) > 1 or importer == 'I2'", Lane.BLUE, "R9"),
    Trial("R2", "net_mass * net_mass > 5", Lane.YELLOW),
)


@settings(max_examples=100, deadline=None)
@given(pasts, st.integers(1, 5))
def test_columns_say_what_is_said_one_by_one(past: list[Selected], size: int) -> None:
    plain = backtest(TRIALS, past, LISTS, LANES)
    parts = [gather(past[n : n + size]) for n in range(0, len(past), size)]
    assert in_columns(TRIALS, parts, LISTS, LANES) == plain


@settings(max_examples=30, deadline=None)
@given(pasts)
def test_what_is_kept_in_a_file_is_what_it_was(tmp_path_factory: pytest.TempPathFactory, past: list[Selected]) -> None:
    path = tmp_path_factory.mktemp("past") / "2026-03.npz"
    made = gather(past)
    made.save(path)
    again = PastColumns.load(path)
    assert in_columns(TRIALS, [again], LISTS, LANES) == in_columns(TRIALS, [made], LISTS, LANES)
    early = [s for s in past if s.day < DAY + timedelta(9)]
    rows = [n for n, s in enumerate(past) if s.day < DAY + timedelta(9)]
    assert in_columns(TRIALS, [made.take(rows)], LISTS, LANES) == backtest(TRIALS, early, LISTS, LANES)  # type: ignore[arg-type]


def test_a_file_that_is_none_or_of_other_facts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(ValueError, match="holds no past declarations"):
        PastColumns.load(path)
    gather([one(1)]).save(path)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(ValueError, match="holds no past declarations"):
        PastColumns.load(path)
    gather([one(1)]).save(path)
    monkeypatch.setattr("customhouse.stream.past.VOCABULARY", ["1", "other int"])
    with pytest.raises(ValueError, match="made for other facts"):
        PastColumns.load(path)


def of(trial: Trial, past: list[Selected], limits: Limits | None = None) -> BackTest:
    (found,) = backtest([trial], past, LISTS, LANES, limits)
    assert in_columns([trial], [gather(past)], LISTS, LANES, limits) == (found,)
    return found


def test_the_whole_story_of_a_rule() -> None:
    low = [{"code": "640399", "value_per_kg": 100}, {"code": "9301", "value_per_kg": 50}]
    past = [
        one(1, low, lane=Lane.RED, fired=("R1",), examined=True, found=True, revenue=700, minutes=600),
        one(2, low, lane=Lane.GREEN, minutes=1, header={"importer": "I2"}),
        one(3, low, lane=Lane.YELLOW, fired=("random",), drawn=True, examined=True, minutes=61, day=date(2026, 4, 2)),
        one(4, lane=Lane.RED, fired=("R1", "R2"), examined=True, minutes=500),
        one(5, [], minutes=3),
    ]
    found = of(Trial("T", "value_per_kg < 200", Lane.YELLOW), past)
    assert (found.declarations, found.items, found.hits, found.item_hits, found.only) == (5, 7, 3, 6, 1)
    assert (found.precision.count, found.precision.of, found.today.count, found.today.of) == (1, 2, 1, 3)
    assert (found.random.count, found.random.of, found.random_today.of) == (0, 1, 1)
    assert (found.revenue, found.revenue_today) == (700, 700)
    assert found.before == {"GREEN": 2, "BLUE": 0, "YELLOW": 1, "RED": 2}
    assert found.after == {"GREEN": 1, "BLUE": 0, "YELLOW": 2, "RED": 2}
    assert [(m.before, m.after, m.declarations, m.minutes) for m in found.moves] == [(Lane.GREEN, Lane.YELLOW, 1, 60)]
    assert found.median == {"GREEN": 1, "BLUE": 0, "YELLOW": 61, "RED": 500} and found.delay == 60
    assert [(o.office, o.before, o.after, o.hits) for o in found.offices] == [("XX01", 3, 4, 3)]
    assert [(g.name, g.hits, g.examined, g.finds) for g in found.importers] == [("I1", 2, 2, 1), ("I2", 1, 0, 0)]
    assert [(g.name, g.hits) for g in found.chapters] == [("64", 3), ("93", 3)]
    assert [(o.rule, o.fired, o.both, o.jaccard) for o in found.overlaps] == [
        ("random", 1, 1, 333333),
        ("R1", 2, 1, 250000),
    ]
    assert [(m.month, m.declarations, m.hits) for m in found.months] == [("2026-03", 4, 2), ("2026-04", 1, 1)]
    assert (found.since, found.until) == (DAY, date(2026, 4, 2))


def test_a_rule_that_takes_the_place_of_another_may_soften_lanes() -> None:
    past = [
        one(1, lane=Lane.RED, fired=("R1",)),
        one(2, lane=Lane.RED, fired=("R1", "R2")),
        one(3, lane=Lane.RED, fired=("R1", "unknown")),
        one(4, lane=Lane.RED, fired=("R1", "random")),
        one(5, lane=Lane.YELLOW, fired=("R2",)),
    ]
    found = of(Trial("R1-2", "value_per_kg < 0", Lane.RED, "R1"), past)
    assert found.after == {"GREEN": 1, "BLUE": 0, "YELLOW": 3, "RED": 1}
    assert [w.code for w in found.warnings] == ["never-fires"]


@pytest.mark.parametrize(
    ("expression", "past", "codes"),
    [
        ("is_import", [], [("no-past", True)]),
        ("is_import", [one(1)], [("never-fires", True)]),
        ("not is_import", [one(1), one(2)], [("matches-everything", True), ("no-results", False)]),
        ("value_per_kg / net_mass < 1", [one(1)], [("never-fires", True), ("undecided", True)]),
        ("value_per_kg > 1", [one(n, fired=("R7",), examined=True) if n == 1 else one(n, []) for n in range(1, 30)],
         [("same-as", False)]),
    ],
)  # fmt: skip
def test_what_the_author_should_know_is_said(expression: str, past: list[Selected], codes: list[Any]) -> None:
    found = of(Trial("T", expression, Lane.RED), past)
    assert [(w.code, w.confirmed) for w in found.warnings] == codes


def test_two_rules_of_one_name_or_one_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(RuleError, match="two rules are called 'T'"):
        backtest([Trial("T", "is_import", Lane.RED)] * 2, [], LISTS)
    with pytest.raises(RuleError, match="no fact or list"):
        in_columns([Trial("T", "nought", Lane.RED)], [], LISTS)


def test_an_interval_holds_for_few_and_for_none() -> None:
    assert share(0, 0) == share(0, 0).__class__(0, 0, None, None, None)
    assert (share(0, 10).low, share(10, 10).high) == (0, 1_000_000)
    few, many = share(1, 10), share(100, 1000)
    assert few.ppm == many.ppm == 100_000
    assert few.low is not None and many.low is not None and few.low < many.low
    assert (few.low, few.high) == (17_876, 404_150)  # Wilson's interval of 1 in 10, as tables give it
