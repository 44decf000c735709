"""Figures of rules over outcomes: hits, precision with its interval, delay, overlap, dead and noisy."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from customhouse.offices.risk.figures import standing
from customhouse.record.lanes import Lane
from customhouse.record.outcome import Outcome, Result

AT = datetime(2026, 5, 4, 8, tzinfo=UTC)


def outcome(n: int, *chosen: str, days: int = 0, delay: int = 10, **more: Any) -> Outcome:
    at = AT + timedelta(days=days)
    said: dict[str, Any] = {
        "declaration": n, "day": at.date(), "routed_at": at, "office": "XM1", "lane": Lane.YELLOW if chosen else Lane.GREEN,
        "last_lane": Lane.GREEN, "chosen": chosen, "released_at": at + timedelta(minutes=delay),
    }  # fmt: skip
    return Outcome(**{**said, **more})


FOUND, NOTHING = {"result": Result.DISCREPANCY}, {"result": Result.CONFORM}


def test_hits_finds_revenue_delay_and_what_is_shared() -> None:
    told = standing(
        [
            outcome(1), outcome(2, delay=20),
            outcome(3, "SR0001", "SR0002", delay=70, revenue=500, minutes=30, **FOUND),
            outcome(4, "SR0001", delay=15, minutes=15, days=40, **NOTHING),
            outcome(5, "SR0001", delay=5, days=41),
            outcome(6, "random", **NOTHING), outcome(7, "random", "SR0002", **FOUND),
        ]
    )  # fmt: skip
    one = told.of("SR0001")
    assert (one.hits, one.only, one.precision.count, one.precision.of, one.revenue, one.work) == (3, 2, 1, 2, 500, 45)
    assert one.delay == (70 - 10) + (15 - 10), "longer than a green one usually takes; shorter is no gain"
    assert [(m.month, m.declarations, m.hits, m.examined, m.finds) for m in one.months] == [
        ("2026-05", 5, 1, 1, 1), ("2026-06", 2, 2, 1, 0),
    ]  # fmt: skip
    assert [(o.rule, o.fired, o.both, o.jaccard) for o in one.overlaps] == [("SR0002", 2, 1, 250_000)]
    low, high = one.precision.low, one.precision.high
    assert low is not None and high is not None and low < 500_000 < high
    assert (told.random.count, told.random.of, told.looked.count, told.looked.of) == (1, 2, 2, 4)
    assert told.declarations == 7 and told.of("SR9").hits == 0


def test_what_is_on_trial_is_counted_apart() -> None:
    told = standing([outcome(1, shadow=("SR0003 RED",)), outcome(2, "random", shadow=("SR0003 RED",), **FOUND)])
    three = told.of("SR0003")
    assert (three.hits, three.trial, three.trial_precision.count, three.trial_precision.of) == (0, 2, 1, 1)


def test_a_rule_is_noisy_when_it_finds_less_than_chance() -> None:
    drawn = [outcome(n, "random", **(FOUND if n % 5 == 0 else NOTHING)) for n in range(100)]
    hits = [outcome(1000 + n, "SR0001", **NOTHING) for n in range(9)]
    assert not standing(drawn + hits).is_noisy("SR0001"), "nine looks say nothing yet"
    hits.append(outcome(2000, "SR0001", **NOTHING))
    told = standing(drawn + hits)
    assert told.is_noisy("SR0001") and not told.is_surely_noisy("SR0001")
    many = standing(drawn + [outcome(3000 + n, "SR0001", **NOTHING) for n in range(100)])
    assert many.is_surely_noisy("SR0001")
    good = standing(drawn + [outcome(3000 + n, "SR0001", **(FOUND if n % 2 else NOTHING)) for n in range(20)])
    assert not good.is_noisy("SR0001")


def test_a_rule_is_dead_when_it_has_long_been_there_and_chose_nothing() -> None:
    told = standing([outcome(1, "SR0001")])
    today = date(2026, 9, 1)
    assert told.is_dead("SR0001", date(2026, 1, 1), today) and told.is_dead("SR0002", date(2026, 1, 1), today)
    assert not told.is_dead("SR0002", date(2026, 8, 1), today), "it is new"
    assert not told.is_dead("SR0001", date(2026, 1, 1), date(2026, 6, 1)), "it chose a month ago"


def test_nothing_is_divided_by_nothing() -> None:
    told = standing([])
    assert (told.declarations, told.random.ppm, told.of("SR0001").precision.ppm) == (0, None, None)
    assert not told.is_noisy("SR0001")
