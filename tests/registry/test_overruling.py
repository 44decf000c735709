"""Overruling the line: select and deselect with a reason, ahead of the lane, at random; and what may not be undone."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from msgspec.structs import replace
from papers import BROKER, green, paper, reference, rows
from tests import traffic as samples

from customhouse.clearance import amend, present, target
from customhouse.clearance.context import context_now
from customhouse.clearance.line import proceed
from customhouse.clearance.lodge import lodge
from customhouse.clearance.trial import try_out
from customhouse.law.selectivity import Policy, Selectivity
from customhouse.offices.risk import overruling
from customhouse.record.acts import LaneChanged
from customhouse.record.declaration import Declaration, HoldKind, Mark, Role, Stage
from customhouse.record.flow import NotPermitted
from customhouse.record.lanes import Lane
from customhouse.registry import ahead, files

pytestmark = pytest.mark.usefixtures("house")
OFFICER = {"by": "officer", "role": Role.OFFICER}
SUPERVISOR = {"by": "supervisor", "role": Role.SUPERVISOR}


def drawn() -> Declaration:
    """A stored declaration that the random draw fell on and nothing else."""
    for _ in range(600):
        d = lodge(paper(reference()), by=BROKER).declaration
        assert d is not None
        if d.selection and [r.rule for r in d.selection.reasons] == ["random"] and d.stage is Stage.ROUTED:
            return d
    raise AssertionError("six hundred declarations were all passed over by the draw")


def test_a_selection_says_why_in_a_word_that_can_be_learned_from() -> None:
    d = target.choose(green().id, Lane.RED, "the seller is a week old", code="party", **OFFICER)
    assert (d.lane, d.hold(HoldKind.INSPECTION) is not None) == (Lane.RED, True)
    act = next(a for e in files.entries(d.id) for a in e.acts if isinstance(a, LaneChanged))
    assert (act.code, act.reason, act.drawn_ppm) == ("party", "the seller is a week old", 0)
    assert overruling.ways(d) == ("officer",)
    with pytest.raises(NotPermitted, match="called off by a supervisor only"):
        target.choose(d.id, Lane.GREEN, "seen it", code="seen", **OFFICER)
    back = target.choose(d.id, Lane.GREEN, "seen it", code="seen", **SUPERVISOR)
    assert (back.lane, back.hold(HoldKind.INSPECTION)) == (Lane.GREEN, None)


@pytest.mark.parametrize(
    ("lane", "code"), [(Lane.RED, "seen"), (Lane.RED, ""), (Lane.RED, "' or 1=1"), (Lane.RED, "sample")]
)
def test_a_word_that_is_no_reason_changes_nothing(lane: Lane, code: str) -> None:
    d = green()
    with pytest.raises(ValueError, match="no reason for this"):
        target.choose(d.id, lane, "because", code=code, **OFFICER)
    assert files.get(d.id).lane is d.lane


def test_a_random_draw_is_not_taken_out_but_by_a_supervisor() -> None:
    d = drawn()
    for lane in (Lane.GREEN, Lane.BLUE):
        with pytest.raises(NotPermitted, match="measure what nobody suspects"):
            target.choose(d.id, lane, "harmless", code="explained", **OFFICER)
    assert files.get(d.id).lane is Lane.YELLOW
    assert target.choose(d.id, Lane.RED, "a tip", code="intelligence", **OFFICER).lane is Lane.RED
    assert target.choose(d.id, Lane.YELLOW, "papers will do", code="other", **SUPERVISOR).lane is Lane.YELLOW
    assert target.choose(d.id, Lane.GREEN, "perishable", code="other", **SUPERVISOR).lane is Lane.GREEN


def test_a_look_asked_for_ahead_is_taken_when_the_goods_come() -> None:
    d = samples.bring(example="08-small-parcel.json", ahead=True)
    assert d.stage is Stage.REGISTERED
    marked = target.choose(d.id, Lane.RED, "a tip from the port", code="intelligence", **OFFICER)
    assert marked.marked == Mark(Lane.RED, "a tip from the port", "intelligence")
    came = present.present(d.id, office="XM000010", place="", document="M-1", **OFFICER)
    assert came.lane is Lane.RED
    assert came.selection is not None
    why = next(r for r in came.selection.reasons if r.rule == "targeted")
    assert (why.text, why.confidential) == ("a tip from the port", True)
    assert "officer" in overruling.ways(came)


def test_a_look_asked_for_can_be_taken_back_and_survives_an_amendment() -> None:
    d = samples.bring(example="08-small-parcel.json", ahead=True)
    with pytest.raises(NotPermitted, match="no look was asked for"):
        target.target_ahead(d.id, Lane.GREEN, "nothing", **OFFICER)
    target.choose(d.id, Lane.YELLOW, "a tip", code="intelligence", **OFFICER)
    told = json.loads(paper(d.lodged.lrn, declarant=d.lodged.declarant_id)) | {"type": "IMD"}
    after = amend.amend(d.id, json.dumps(told).encode(), "wrong mass", by=BROKER, role=Role.BROKER)
    assert after.marked is not None
    assert target.choose(d.id, Lane.GREEN, "explained", code="explained", **OFFICER).marked is None


def test_the_line_asks_for_no_less_than_was_marked_and_criteria_may_ask_for_more() -> None:
    d = replace(green(), stage=Stage.ASSESSED, lane=None, selection=None, holds=())
    lanes = {}
    for wanted in (Lane.YELLOW, Lane.RED):
        walked = proceed(replace(d, marked=Mark(wanted, "a tip")), context_now()).declaration
        assert walked.selection is not None
        lanes[wanted] = walked.selection.lane
    assert lanes == {Lane.YELLOW: Lane.YELLOW, Lane.RED: Lane.RED}


def test_a_sample_keeps_what_it_was_drawn_over_and_how_likely_it_was() -> None:
    numbers = [green().id for _ in range(6)]
    done = target.sample(numbers, 500_000, Lane.YELLOW, "chapter=64", **OFFICER)
    kept = rows("select share_ppm, population, chosen, lane, asked from target_sample where id = %s", done.number)
    assert kept == [(500_000, numbers, list(done.chosen), "YELLOW", "chapter=64")]
    for number in numbers:
        acts = [a for e in files.entries(number) for a in e.acts if isinstance(a, LaneChanged)]
        assert bool(acts) is (number in done.chosen)
        assert all((a.code, a.drawn_ppm) == ("sample", 500_000) for a in acts)
    everything = target.sample(numbers, 1_000_000, Lane.YELLOW, "", **OFFICER)
    assert (everything.population, everything.chosen) == (6, tuple(numbers))
    assert everything.changed == 6 - done.changed
    for bad in (0, -1, 1_000_001):
        with pytest.raises(ValueError, match="no share"):
            target.sample(numbers, bad, Lane.YELLOW, "", **OFFICER)


def test_goods_that_nobody_has_declared_yet_are_marked_by_what_they_will_name() -> None:
    bill = samples.number()
    number = ahead.wish(
        "document", bill, bill, Mark(Lane.RED, "a tip", "intelligence"), date.today() + timedelta(9), "officer"
    )
    told = json.loads(paper(reference()))
    told["goods_shipment"]["items"][0]["documents"].append(
        {"category": "N", "type": "705", "id": f" {bill[:4]}-{bill[4:]}"}
    )
    named = lodge(json.dumps(told).encode(), by=BROKER).declaration
    assert named is not None
    assert named.selection is not None
    assert (named.lane, named.marked) == (Lane.RED, None)
    assert any((r.rule, r.text, r.confidential) == ("targeted", "a tip", True) for r in named.selection.reasons)
    tried = try_out(named.lodged, context_now()).declaration
    assert tried.selection is not None
    assert all(r.rule != "targeted" for r in tried.selection.reasons), "nobody finds out by trying"
    assert ahead.take_back(number, "it was another ship", "officer")
    assert not ahead.take_back(number, "twice", "officer")
    told["lrn"] = reference()
    after = lodge(json.dumps(told).encode(), by=BROKER).declaration
    assert after is not None
    assert after.selection is not None
    assert all(r.rule != "targeted" for r in after.selection.reasons)


def test_a_wish_ends_with_its_last_day_and_the_stricter_of_two_counts() -> None:
    held, day, key = ahead.Shelf(), date.today() + timedelta(30), reference()
    for mark, until in ((Mark(Lane.YELLOW, "x", "other"), day), (Mark(Lane.RED, "y", "other"), day - timedelta(1))):
        ahead.wish("container", key, key, mark, until, "officer")
    held.look()
    assert held.held(day - timedelta(1))["container", key] == Mark(Lane.RED, "y", "other")
    assert held.held(day)["container", key] == Mark(Lane.YELLOW, "x", "other")
    assert ("container", key) not in held.held(day + timedelta(1))
    for kind, key in (("planet", "A"), ("container", "")):
        with pytest.raises(ValueError, match="nothing can be asked for"):
            ahead.wish(kind, key, key, Mark(Lane.RED, "x"), day, "officer")


def test_exploration_is_a_draw_too() -> None:
    context = replace(context_now(), selectivity=Selectivity(policy=Policy(0, 1_000_000)))
    d = proceed(replace(green(), stage=Stage.ASSESSED, lane=None, selection=None, holds=()), context).declaration
    assert "explore" in overruling.ways(d)
    assert overruling.refusal(d, Lane.GREEN, Role.OFFICER)
    assert not overruling.refusal(d, Lane.GREEN, Role.SUPERVISOR)
