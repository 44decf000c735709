"""Officers' rules in the register: versions, two persons, the set on the line, its hash, and nothing shown to the trade."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction
from msgspec.structs import replace
from tests.registry.officers_rules import NOW, TODAY, content, count, goods, lived, step, withdraw, written
from tests.registry.papers import BROKER, paper, reference, rows

from customhouse.clearance.lodge import lodge
from customhouse.record.criterion import (
    Kind,
    ListContent,
    NotPermittedStep,
    PolicyContent,
    Status,
    Step,
    status,
)
from customhouse.record.declaration import Role
from customhouse.record.lanes import Lane
from customhouse.registry import criteria, criterion_versions
from customhouse.registry.reader import NOBODY, Reader, reading

pytestmark = pytest.mark.usefixtures("house")
OFFICE = Reader(writes=True, office="XM000010")


@pytest.fixture(autouse=True)
def withdrawn() -> Iterator[None]:
    yield
    withdraw()


def test_a_rule_gets_a_number_and_versions_that_never_change() -> None:
    first = written()
    second = criterion_versions.write(content("description == 'other'"), by="officer", at=NOW, id=first.id)
    assert first.id.startswith("SR") and (first.number, second.number) == (1, 2)
    assert [v.content for v in criterion_versions.versions(Kind.RULE, first.id)] == [first.content, second.content]
    for sql in ("update criterion set author = 'x'", "delete from criterion", "delete from criterion_event"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_what_is_published_sets_lanes_and_what_is_on_trial_only_says_what_it_would() -> None:
    word = goods()
    rule = written(f"contains(description, '{word}')")
    on_trial = lived(rule, to=Step.SHADOW)
    d = lodge(paper(reference(), goods=word), by=BROKER).declaration
    assert d is not None and d.selection is not None
    assert d.selection.shadow == (f"{rule.id} RED",) and rule.id not in {r.rule for r in d.selection.reasons}
    live = criterion_versions.record(on_trial, Step.SUBMITTED, by="officer", role=Role.OFFICER, at=NOW)
    live = step(live, Step.APPROVED, "supervisor", Role.SUPERVISOR, reason="emergency", trial=7)
    step(live, Step.LIVE, "supervisor", Role.SUPERVISOR)
    criteria.shelf.look()
    d = lodge(paper(reference(), goods=word), by=BROKER).declaration
    assert d is not None and d.selection is not None and d.lane is Lane.RED
    why = next(r for r in d.selection.reasons if r.rule == rule.id)
    assert why.confidential and why.text == "Own rule"
    kept = criteria.by_hash(d.selection.selectivity)
    assert kept is not None and [c.id for c in kept.criteria] == [rule.id]
    told = criteria.told(d.selection.selectivity)
    assert told is not None and told.criteria[0].text["fr"] == "Règle propre"


def test_a_trader_sees_no_row_and_an_officer_of_an_office_sees_them_all() -> None:
    rule = lived(written(), to=Step.SHADOW)
    hash = criteria.shelf.on(TODAY).hash
    for table in ("criterion", "criterion_event", "selectivity"):
        for who, sees in ((NOBODY, False), (Reader(writes=True, traders=(BROKER,)), False), (OFFICE, True)):
            with reading(who):
                assert bool(rows(f"select 1 from {table} limit 1")) is sees, (table, who)
    with reading(Reader(writes=True, traders=(BROKER,))):
        assert criteria.told(hash) is None and criteria.by_hash(hash) is None
        assert criterion_versions.versions(Kind.RULE, rule.id) == ()
    with reading(OFFICE):
        assert criteria.told(hash) is not None
        step(rule, Step.SUBMITTED)


def test_a_trader_who_lodges_is_judged_by_the_criteria_that_it_cannot_read() -> None:
    word = goods()
    lived(written(f"contains(description, '{word}')"))
    criteria.shelf.stamp = -1  # as in a process that has not looked yet
    criteria.shelf.forget()
    with reading(Reader(writes=True, traders=(BROKER,))):
        d = lodge(paper(reference(), goods=word), by=BROKER).declaration
    assert d is not None and d.lane is Lane.RED


def test_nobody_decides_on_what_they_wrote_even_where_a_program_asks_for_it() -> None:
    rule = criterion_versions.write(content(), by="supervisor", at=NOW)
    rule = step(rule, Step.TESTED, "supervisor", Role.SUPERVISOR)
    rule = step(rule, Step.SUBMITTED, "supervisor", Role.SUPERVISOR)
    with pytest.raises(NotPermittedStep, match="whoever wrote it"):
        step(rule, Step.APPROVED, "supervisor", Role.SUPERVISOR, reason="mine")
    sql = "insert into criterion_event (kind, id, version, step, by, role, at) values ('rule', %s, 1, %s, %s, 'supervisor', now())"
    for what, by in (("APPROVED", "supervisor"), ("LIVE", "other")):
        with pytest.raises((DatabaseError, psycopg.Error)), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [rule.id, what, by])


def test_warnings_of_the_back_test_are_confirmed_by_name_before_a_rule_is_handed_in() -> None:
    rule = step(written(), Step.TESTED, warnings=["matches-everything", "undecided"])
    with pytest.raises(NotPermittedStep, match="undecided"):
        step(rule, Step.SUBMITTED, confirmed=["matches-everything"])
    rule = step(rule, Step.SUBMITTED, confirmed=["matches-everything", "undecided"])
    assert status(rule, [rule], TODAY) is Status.SUBMITTED


def test_a_rule_stands_in_the_shadow_first_or_the_approver_says_why_not() -> None:
    rule = step(step(written(), Step.TESTED), Step.SUBMITTED)
    with pytest.raises(NotPermittedStep, match="0 of 7 days"):
        step(rule, Step.APPROVED, "supervisor", Role.SUPERVISOR, trial=7)
    assert (
        step(rule, Step.APPROVED, "supervisor", Role.SUPERVISOR, trial=7, reason="arms seized today").last
        is Step.APPROVED
    )
    other = step(step(written(), Step.TESTED), Step.SHADOW, at=NOW - timedelta(8))
    other = step(other, Step.SUBMITTED)
    assert step(other, Step.APPROVED, "supervisor", Role.SUPERVISOR, trial=7).last is Step.APPROVED


def test_a_rule_that_has_expired_fires_no_more_and_a_newer_version_takes_over() -> None:
    word = goods()
    short = lived(written(f"contains(description, '{word}')", since=TODAY, until=TODAY + timedelta(1)))
    assert [c.id for c in criteria.shelf.on(TODAY).criteria] == [short.id]
    tomorrow = TODAY + timedelta(1)
    assert criteria.shelf.on(tomorrow).criteria == ()
    assert status(short, [short], tomorrow) is Status.EXPIRED
    later = criterion_versions.write(
        content(f"contains(description, '{word}')", lane=Lane.YELLOW), by="officer", at=NOW, id=short.id
    )
    lived(later)
    assert [c.lane for c in criteria.shelf.on(TODAY).criteria] == ["YELLOW"]
    both = criterion_versions.versions(Kind.RULE, short.id)
    assert [status(v, both, TODAY) for v in both] == [Status.SUPERSEDED, Status.LIVE]
    step(both[1], Step.WITHDRAWN, "supervisor", Role.SUPERVISOR, reason="noisy")
    criteria.shelf.look()
    assert criteria.shelf.on(TODAY).criteria == (), "the version before came back"


def test_lists_and_policy_live_the_same_life() -> None:
    name = f"watched_{next(count)}"
    watched = ListContent(text="Watched importers", codes=("XM1", "XM2"), owner="Test desk")
    lived(criterion_versions.write(watched, by="officer", at=NOW, id=name))
    rule = lived(written(f"importer in {name}"))
    assert criteria.composed(NOW).lists == {name: ("XM1", "XM2")}
    with pytest.raises(NotPermittedStep, match=rule.id):
        step(criterion_versions.get(Kind.LIST, name), Step.WITHDRAWN, "supervisor", Role.SUPERVISOR, reason="no")
    lived(
        criterion_versions.write(
            PolicyContent(floor_ppm=20_000, exploration_ppm=5_000, blind_ppm=90_000), by="officer", at=NOW
        )
    )
    policy = criteria.current(NOW).policy
    assert policy is not None and (policy.floor_ppm, policy.exploration_ppm, policy.blind_ppm) == (
        20_000,
        5_000,
        90_000,
    )


def test_a_rule_whose_list_is_gone_is_left_out_and_told_and_the_others_go_on() -> None:
    rule = lived(written())
    gone = replace(rule, id="SR9999", content=content("importer in nowhere"))
    told = criteria.compose([rule, gone], TODAY)
    assert [c.id for c in told.criteria] == [rule.id]
    assert told.left_out and told.left_out[0][0] == "SR9999" and "nowhere" in told.left_out[0][1]


def test_what_applies_to_imports_is_asked_of_imports_only() -> None:
    assert criteria.expression(content("a or b", applies="import")) == "is_import and (a or b)"
    assert criteria.expression(content("a", applies="export")) == "not is_import and (a)"


def test_a_set_whose_content_was_changed_is_not_taken_for_what_was_decided_on() -> None:
    lived(written())
    found = criteria.shelf.composed(TODAY)
    forged = replace(found, criteria=(replace(found.criteria[0], lane="GREEN"),))
    criteria._told["f" * 64] = forged
    assert criteria.by_hash("f" * 64) is None


def test_the_day_a_rule_begins_is_the_first_on_which_it_fires() -> None:
    rule = written(since=TODAY + timedelta(1))
    lived(rule)
    assert criteria.shelf.on(TODAY).criteria == () and len(criteria.shelf.on(TODAY + timedelta(1)).criteria) == 1
