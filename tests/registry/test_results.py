"""Results: counted in the database as they are counted one by one; the draw says how much is wrong and how much passes; people stay unnamed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median

import pytest
from django.db import connection

from customhouse.clearance.results import ANONYMOUS_BELOW, officers, results
from customhouse.record.lanes import Lane
from customhouse.record.outcome import EXPLORE, PERSON, RANDOM, Look, Outcome, Result
from customhouse.registry import outcome_counts as counts
from customhouse.registry import outcomes

pytestmark = pytest.mark.usefixtures("house")
BEGIN = date(2031, 3, 3)
UNTIL = BEGIN + timedelta(28)
WHEN = (BEGIN, UNTIL)
FIRST = 9_000_000_000_000
SHARE = 60_000


def made(n: int, dice: random.Random) -> Outcome:
    """An outcome of a made-up border: criteria find 30 %, 5 % is wrong in truth, one stratum is never looked at."""
    at = datetime.combine(BEGIN + timedelta(n % 28), datetime.min.time(), UTC) + timedelta(hours=9)
    blind = n % 10 == 0
    draw = dice.randrange(1_000_000)
    rule = not blind and dice.random() < 0.03
    drawn, explored = not blind and draw < SHARE, not blind and dice.random() < 0.02
    chosen = (*(["dear-shoes"] if rule else []), *([RANDOM] if drawn else []), *([EXPLORE] if explored else []))
    if not blind and dice.random() < 0.004:
        chosen = (*chosen, PERSON)
    wrong = dice.random() < (0.3 if rule else 0.05)
    result = Result.PENDING
    if chosen:
        result = Result.NOT_DONE if dice.random() < 0.05 else Result.DISCREPANCY if wrong else Result.CONFORM
    found, seen = result is Result.DISCREPANCY, result in (Result.CONFORM, Result.DISCREPANCY)
    lane = Lane.RED if rule else Lane.YELLOW if chosen else Lane.GREEN
    return Outcome(
        declaration=FIRST + n,
        day=at.date(),
        routed_at=at,
        office="XM000010" if n % 3 else "XM000020",
        lane=lane,
        last_lane=lane,
        chosen=chosen,
        shadow=("new-rule RED",) if dice.random() < 0.01 else (),
        draw_ppm=draw,
        random_ppm=SHARE,
        explored_ppm=20_000,
        changed_by="officer" if PERSON in chosen else "",
        importer=f"XM{n % 37 % 11}",
        declarant="XM100000009",
        origin="ZZ" if blind else ("CN", "DE")[n % 2],
        chapter="64" if blind else ("84", "09")[n % 2],
        heading="6403",
        value=n,
        payable=100,
        currency="USD",
        look=Look.GOODS if seen and rule else Look.DOCUMENTS if seen else Look.NONE,
        looked_at=at if seen else None,
        looked_by=("examiner" if n % 201 else "rare") if seen else "",
        result=result,
        kinds=("value",) if found else (),
        cause="absent" if result is Result.NOT_DONE else "",
        revenue=1000 if found else 0,
        minutes=20 if seen else 0,
        released_at=at + timedelta(minutes=5 if lane is Lane.GREEN else 60 + n % 100) if n % 17 else None,
        is_over=bool(n % 17),
        acts=9,
    )


@pytest.fixture(scope="module")
def border(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[list[Outcome]]:
    dice = random.Random(5)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        all_ = [made(n, dice) for n in range(4000)]
        outcomes.put(all_)
        yield all_
        with connection.cursor() as cursor:
            cursor.execute("delete from outcome where declaration >= %s", [FIRST])


def test_what_was_put_is_read_back(border: list[Outcome]) -> None:
    assert list(outcomes.between(*WHEN)) == border
    assert list(outcomes.between(*WHEN, office="XM000020", seen=True)) == [
        o for o in border if o.office == "XM000020" and o.is_seen
    ]


def test_counts_are_those_of_one_by_one(border: list[Outcome]) -> None:
    for tally in counts.tallies("reason", *WHEN):
        mine = [o for o in border if tally.key in o.chosen]
        delays = [o.delay for o in mine if o.delay is not None]
        assert (tally.declarations, tally.looks, tally.finds) == (
            len(mine),
            sum(o.is_seen for o in mine),
            sum(o.is_found for o in mine),
        )
        assert (tally.revenue, tally.minutes) == (sum(o.revenue for o in mine), sum(o.minutes for o in mine))
        assert tally.not_done == sum(o.result is Result.NOT_DONE for o in mine)
        assert tally.delay == int(median(delays))
    assert {t.key for t in counts.tallies("shadow", *WHEN)} == {"new-rule"}
    for by in counts.SUBJECTS:
        assert all(t.key or by == "all" for t in counts.tallies(by, *WHEN))
    for by in counts.STRATA:
        told = counts.strata(by, *WHEN)
        assert sum(s.declarations for s in told) == len(border)
        assert sum(s.drawn for s in told) == sum(o.is_random and o.is_seen for o in border)
        assert sum(s.unseen for s in told) == sum(o.released_at is not None and not o.is_seen for o in border)
    steps = counts.steps("week", *WHEN)
    assert sum(s.declarations for s in steps) == len(border) and len({s.begins for s in steps}) == 4


def test_the_draw_measures_what_is_wrong_and_what_passes(border: list[Outcome]) -> None:
    told = results(*WHEN)
    assert told.rate and told.weighed and told.missed.share
    assert told.rate.low < 0.055 < told.rate.high
    assert told.weighed.low < 0.055 < told.weighed.high
    assert told.weighed.looks > told.rate.looks
    let_go = [o for o in border if o.released_at is not None and not o.is_seen and set(o.chosen) <= {RANDOM, EXPLORE}]
    assert told.missed.unseen == len(let_go)
    assert told.missed.low is not None and told.missed.high is not None
    assert told.missed.low < 0.05 * len(let_go) < told.missed.high
    assert (told.random_ppm, told.explored_ppm, told.currency) == (SHARE, 20_000, "USD")


def test_a_criterion_is_told_better_than_the_draw_only_beyond_doubt(border: list[Outcome]) -> None:
    told = results(*WHEN)
    (rule,) = told.reasons
    assert (rule.tally.key, rule.verdict) == ("dear-shoes", "better")
    assert rule.lift is not None and rule.lift > 3
    assert told.random is not None and told.random.verdict == "open"
    assert told.overruled is not None and told.explored is not None
    assert next(p.reason for p in told.curve) == "dear-shoes"
    assert told.curve[-1].looked == pytest.approx(told.total.looks / told.total.declarations)
    assert told.curve[-1].hit == pytest.approx(told.total.finds / told.total.looks)
    assert [p.looked for p in told.curve] == sorted(p.looked for p in told.curve)
    assert sum(s.declarations for s in told.stretches) == 4000
    assert sum(s.revenue for s in told.stretches) == told.total.revenue == 1000 * told.total.finds


def test_where_nobody_looks_is_told_with_the_most_that_may_hide_there(border: list[Outcome]) -> None:
    told = results(*WHEN)
    (spot,) = told.blind
    assert (spot.key, spot.declarations, spot.looks, spot.high) == (("XII", "ZZ"), 400, 0, 1.0)
    assert spot.likely.high < 1 and spot.likely.low < 0.05 < spot.likely.high
    assert {r.key for r in told.goods} == {("XII", "ZZ"), ("XVI", "CN"), ("II", "DE")}


def test_nobody_is_told_from_few_looks(border: list[Outcome]) -> None:
    told = officers(*WHEN)
    assert all(e.tally.looks >= ANONYMOUS_BELOW for e in (*told.looked, *told.overruled))
    assert "examiner" in {e.tally.key for e in told.looked}
    mine = sum(o.is_seen and o.looked_by == "rare" for o in border)
    assert (mine < ANONYMOUS_BELOW) == ("rare" not in {e.tally.key for e in told.looked})
    assert told.few >= 1


def test_a_time_without_trade_says_nothing_and_breaks_nothing() -> None:
    told = results(date(2040, 1, 1), date(2040, 2, 1))
    assert (told.total.declarations, told.rate, told.missed.share, told.curve, told.blind) == (0, None, None, (), ())
    assert told.proposal.why[0] == "too-little"
    with pytest.raises(ValueError, match="is empty"):
        results(UNTIL, BEGIN)
