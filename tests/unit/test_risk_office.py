"""The risk office: criteria, models and draws meet in one lane, and every reason is kept."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace
from tests.registry.papers import EXAMPLES, PARCEL

from customhouse.gates import json as json_gate
from customhouse.kernel.validity import Validity
from customhouse.law.rules.syntax import RuleError
from customhouse.law.selectivity import NO_SELECTIVITY, Policy, Selectivity
from customhouse.law.terms import Criterion, Hit
from customhouse.offices.risk import PPM, Draws, Finding, Scored, Seen, decide
from customhouse.offices.risk.told import BY_ANALYSIS, told_to_the_trade
from customhouse.record.declaration import Reason
from customhouse.record.facts import header_facts, item_facts
from customhouse.record.history import HISTORY, NO_HISTORY, HistoryFacts, named
from customhouse.record.lanes import Lane

ALWAYS = Validity(date(2026, 1, 1))
HIGH = Draws(PPM - 1, PPM - 1)


def rules(draws: Draws = HIGH, policy: Policy | None = None, share: int = 0, **seen: object) -> tuple[Lane, list[str]]:
    selection = decide(Seen(**seen), draws, share, policy).selection  # type: ignore[arg-type]
    return selection.lane, [r.rule for r in selection.reasons]


def test_history_has_a_field_for_every_fact() -> None:
    assert list(HISTORY) == list(named(NO_HISTORY))
    assert all(type(v).__name__ == HISTORY[k][0] for k, v in named(NO_HISTORY).items())


def test_the_strictest_wins_and_every_reason_stays() -> None:
    hit = Hit("R1", "YELLOW", "cheap", 1, "memo", confidential=True)
    found = Finding(0.8, Lane.RED, (Reason("model", "far below the median", 1, "", True),), "abc")
    assert rules(hits=[hit], scored=Scored((found,))) == (Lane.RED, ["R1", "model"])
    assert rules() == (Lane.GREEN, ["no-finding"])


def test_a_trial_sets_no_lane_but_is_kept() -> None:
    hit, found = Hit("R2", "RED", "x"), Finding(0.9, Lane.RED, (), "abc")
    selection = decide(Seen(shadow=[hit, hit], scored=Scored(shadow=(found,))), HIGH, 0).selection
    assert (selection.lane, selection.shadow) == (Lane.GREEN, ("R2 RED", "abc RED"))


@pytest.mark.parametrize(
    ("policy", "share", "failed", "expected"),
    [
        (None, 10_000, "", 10_000),
        (Policy(20_000), 10_000, "", 20_000),
        (Policy(5_000), 10_000, "", 10_000),  # the officers may not go below the law
        (None, 10_000, "no model file", 50_000),
        (Policy(20_000, blind_ppm=80_000), 10_000, "no model file", 80_000),
    ],
)
def test_the_random_share(policy: Policy | None, share: int, failed: str, expected: int) -> None:
    scored = Scored(failed=failed)
    below = decide(Seen(scored=scored), Draws(expected - 1), share, policy).selection
    at = decide(Seen(scored=scored), Draws(expected), share, policy).selection
    assert (below.lane, at.lane) == (Lane.YELLOW, Lane.GREEN)
    assert (below.random_share_ppm, below.blind) == (expected, failed)


def test_exploration_goes_where_little_is_known() -> None:
    policy = Policy(0, 100_000)
    draws = Draws(PPM - 1, 150_000)
    assert rules(draws, policy, scored=Scored(novelty_ppm=2 * PPM)) == (Lane.YELLOW, ["explore"])
    assert rules(draws, policy, scored=Scored(novelty_ppm=PPM)) == (Lane.GREEN, ["no-finding"])
    assert rules(draws, policy, scored=Scored(novelty_ppm=PPM**3))[0] is Lane.YELLOW
    blind = decide(Seen(scored=Scored(novelty_ppm=9 * PPM, failed="down")), Draws(PPM - 1, 0), 0, policy).selection
    assert (blind.lane, blind.explored_ppm) == (Lane.GREEN, 0)


def test_the_trade_is_not_told_what_is_looked_for() -> None:
    secret = (Reason("R1", "footwear below 6.00", 1, "memo", True), Reason("R2", "x", confidential=True))
    assert told_to_the_trade((*secret, Reason("random", "by lot"))) == (BY_ANALYSIS, Reason("random", "by lot"))


def criterion(expression: str, id: str = "R1", lane: str = "YELLOW") -> Criterion:
    return Criterion(id=id, expression=expression, lane=lane, text={"en": "why"}, validity=ALWAYS)


def test_selectivity_fires_on_history_and_items_and_is_known_by_its_hash() -> None:
    paper = json_gate.read((EXAMPLES / PARCEL).read_bytes())
    items = tuple(replace(item_facts(i, paper), customs_value=10) for i in paper.items)
    header = replace(header_facts(paper, items), **named(HistoryFacts(importer_finds_365=3)))
    chosen = Selectivity([criterion("importer_finds_365 > 2"), criterion("customs_value == 10", "R2")],
                         [criterion("importer_today == 0", "T1")])  # fmt: skip
    assert [(h.id, h.item, h.confidential) for h in chosen.fire(header, items)] == [
        ("R1", 0, True),
        *(("R2", i.sequence, True) for i in items),
    ]
    assert [h.id for h in chosen.shadow(header, items)] == ["T1"]
    assert (NO_SELECTIVITY.hash, NO_SELECTIVITY.fire(header, items)) == ("", ())
    assert chosen.hash != Selectivity([criterion("importer_finds_365 > 3")]).hash != ""


def test_a_criterion_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(RuleError, match="there is no fact or list 'importer_find'"):
        Selectivity([criterion("importer_find > 2")])
