"""Results: counted in the database as they are counted one by one; the draw says how much is wrong and how much passes; people stay unnamed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from django.db import connection
from msgspec.structs import replace

from customhouse.clearance.results import ANONYMOUS_BELOW, officers, results
from customhouse.record.lanes import Lane
from customhouse.record.outcome import EXPLORE, PERSON, RANDOM, Look, Outcome, Result
from customhouse.registry import outcome_counts as counts
from customhouse.registry import outcome_days, outcomes

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
        outcome_days.mark(o.day for o in all_)
        outcome_days.count_changed()


def test_what_was_put_is_read_back(border: list[Outcome]) -> None:
    assert list(outcomes.between(*WHEN)) == border
    assert list(outcomes.between(*WHEN, office="XM000020", seen=True)) == [
        o for o in border if o.office == "XM000020" and o.is_seen
    ]


KEYS: dict[str, Callable[[Outcome], Iterable[str]]] = {
    "all": lambda o: [""],
    "reason": lambda o: o.chosen,
    "shadow": lambda o: [s.split()[0] for s in o.shadow],
    "model": lambda o: [o.model] if o.model else [],
    "office": lambda o: [o.office],
    "officer": lambda o: [o.looked_by] if o.looked_by else [],
    "overruler": lambda o: [o.changed_by] if o.changed_by else [],
    "lane": lambda o: [o.last_lane],
    "kind": lambda o: o.kinds,
    "cause": lambda o: [o.cause] if o.cause else [],
}


def one_by_one(outcomes: Iterable[Outcome], keys: Callable[[Outcome], Iterable[Any]]) -> dict[Any, list[Outcome]]:
    found: dict[Any, list[Outcome]] = defaultdict(list)
    for o in outcomes:
        for key in keys(o):
            found[key].append(o)
    return found


def delay(those: list[Outcome]) -> int | None:
    known = [o.delay for o in those if o.delay is not None]
    return int(median(known)) if known else None


def tallied(key: str, those: list[Outcome]) -> counts.Tally:
    """The plain way: from the outcomes themselves."""
    looks, finds = sum(o.is_seen for o in those), sum(o.is_found for o in those)
    not_done = sum(o.result is Result.NOT_DONE for o in those)
    sums = [sum(getattr(o, name) for o in those) for name in ("revenue", "minutes", "value")]
    return counts.Tally(key, len(those), looks, finds, not_done, *sums, delay(those))


def drawn_in(those: list[Outcome], name: str) -> tuple[int, int]:
    mine = [o for o in those if name in o.chosen]
    return sum(o.is_seen for o in mine), sum(o.is_found for o in mine)


def stratum(key: tuple[str, ...], those: list[Outcome]) -> counts.Stratum:
    let_go = sum(o.released_at is not None and not o.is_seen for o in those)
    looks, finds = sum(o.is_seen for o in those), sum(o.is_found for o in those)
    return counts.Stratum(key, len(those), sum(o.value for o in those), let_go, looks, finds, *drawn_in(those, RANDOM))


def size(n: int) -> str:
    return "1" if n == 1 else "2" if n < 10 else "10" if n < 100 else "100"


def step(begins: date, lane: str, those: list[Outcome]) -> counts.Step:
    looks, finds = sum(o.is_seen for o in those), sum(o.is_found for o in those)
    revenue = sum(o.revenue for o in those)
    two = (*drawn_in(those, RANDOM), *drawn_in(those, EXPLORE))
    return counts.Step(begins, lane, len(those), looks, finds, revenue, *two, (SHARE, 20_000), delay(those))


def let_go(those: Iterable[Outcome]) -> counts.Unseen:
    """What is released unseen, by whether anything but a draw had chosen it; what the draw says of the first."""
    plain = [o for o in those if set(o.chosen) <= {RANDOM, EXPLORE}]
    rest = [o for o in those if not set(o.chosen) <= {RANDOM, EXPLORE}]
    gone = [sum(o.released_at is not None and not o.is_seen for o in some) for some in (plain, rest)]
    return counts.Unseen(*gone, *drawn_in(plain, RANDOM))


@pytest.mark.parametrize(("office", "counted"), [("", "no day"), ("XM000020", "every day"), ("", "some days")])
def test_counts_are_those_of_one_by_one(border: list[Outcome], office: str, counted: str) -> None:
    """However many days are counted already, the figures are those of the outcomes themselves."""
    outcome_days.mark(o.day for o in border)
    if counted != "no day":
        outcome_days.count_changed()
    changed = [o for o in border if o.day.day % 7 == 0] if counted == "some days" else []
    outcomes.put(replace(o, value=o.value + 1) for o in changed)
    kept = list(outcomes.between(*WHEN, office=office))
    when = (*WHEN, office)
    try:
        for by, keys in KEYS.items():
            plain = {tallied(key, those) for key, those in one_by_one(kept, keys).items()}
            assert set(counts.tallies(by, *when)) == plain, by
        firms = one_by_one(kept, lambda o: [o.importer])
        strata: dict[str, Callable[[Outcome], Any]] = {
            "goods": lambda o: [(o.chapter, o.origin)],
            "office": lambda o: [(o.office,)],
            "importer": lambda o: [(size(len(firms[o.importer])),)],
        }
        for by, keys in strata.items():
            plain_ = {stratum(key, those) for key, those in one_by_one(kept, keys).items()}
            assert set(counts.strata(by, *when)) == plain_, by
        weeks = one_by_one(kept, lambda o: [(o.day - timedelta(o.day.weekday()), o.last_lane)])
        assert set(counts.steps("week", *when)) == {step(*key, those) for key, those in weeks.items()}
        sets = one_by_one(kept, lambda o: [o.chosen])
        assert set(counts.groups(*when)) == {
            (key, len(those), sum(o.is_seen for o in those), sum(o.is_found for o in those))
            for key, those in sets.items()
        }
        ours = [o for o in kept if o.is_seen and {RANDOM, EXPLORE} & set(o.chosen)]
        assert counts.chances(*when) == ((SHARE, 20_000, len(ours), sum(o.is_found for o in ours)),)
        assert counts.unseen(*when) == let_go(kept)
    finally:
        outcomes.put(changed)


def test_a_day_that_changes_while_it_is_counted_is_counted_again(border: list[Outcome]) -> None:
    outcome_days.count_changed()
    outcomes.put(border[:1])
    with connection.cursor() as cursor:
        cursor.execute("select day from outcome_changed where day >= %s", [BEGIN])
        assert cursor.fetchall() == [(border[0].day,)]
    assert outcome_days.count_changed() == 1 and outcome_days.count_changed() == 0


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
