"""The books of any life of a declaration: balanced after every act, and what stands on it is what the record says."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.props.test_flow import AT, Life, _payload

from customhouse.offices.treasury.books import MONEY, journals
from customhouse.offices.treasury.events import EVENTS, PAYMENT, RECEIPTS, TRADERS, Line, Of, journal
from customhouse.record.account import CHART, AccountKind, Journal
from customhouse.record.declaration import Role, Stage
from customhouse.record.flow import MAY

K = AccountKind
AUTOMATIC = ("Accepted", "Verified", "Classified", "Valued", "OriginDetermined", "Assessed", "LaneAssigned", "Due")


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """A life in which money moves: the line is walked to the amount due, then up to 14 acts, the line again after each
    amendment."""
    life = Life()
    life.attempt(draw(_payload("Lodged", None)), Role.SYSTEM)
    steps = [*AUTOMATIC, *draw(st.lists(st.sampled_from([*MONEY, "Amended", "Released"]), max_size=14))]
    while steps:
        name = steps.pop(0)
        if life.attempt(draw(_payload(name, life.declaration)), sorted(MAY[name])[-1]) and name == "Amended":
            steps[:0] = AUTOMATIC[1:-1] if draw(st.booleans()) else AUTOMATIC[1:]
    return life


def balances(made: tuple[Journal, ...]) -> Counter[tuple[AccountKind, str]]:
    sums: Counter[tuple[AccountKind, str]] = Counter()
    for one in made:
        for posting in one.postings:
            sums[posting.account.kind, posting.account.key] += posting.minor
    return sums


@settings(max_examples=200, deadline=None)
@given(lives())
def test_every_act_leaves_the_books_balanced_and_true_to_the_record(life: Life):
    made = journals(life.entries)
    assert len({(j.source, j.event) for j in made}) == len(made)
    sums = balances(made)
    assert sum(sums.values()) == 0
    d = life.declaration
    owed = 0
    if d is not None and d.settled is not None:
        due = 0 if d.stage is Stage.INVALIDATED else d.settled.due.minor
        owed = due - d.settled.paid - d.settled.charged
    assert sums[K.RECEIVABLE, "7"] == owed
    for kind in (K.DEFERMENT, K.GUARANTEE):
        stands = d.charged(kind) if d is not None else 0
        assert sum(minor for (k, _), minor in sums.items() if k is kind) == stands
    assert all(j.receipt for j in made if j.event in RECEIPTS)


@settings(max_examples=100, deadline=None)
@given(lives())
def test_the_journals_of_the_first_acts_are_the_first_journals(life: Life):
    """What was booked stays as it was, whatever is recorded later: so it may be posted at once, and once."""
    made = journals(life.entries)
    for n in range(len(life.entries)):
        early = journals(life.entries[:n])
        assert made[: len(early)] == early


@given(
    st.sampled_from(sorted(EVENTS)),
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(-99, 99))),
)
def test_every_row_of_the_table_makes_a_journal_that_adds_up(event: str, moved: list[tuple[str, str, int]]):
    made = journal(event, [Line(*line) for line in moved], Of("s", AT, "t", "USD", trader="XM1"))
    if made is None:
        return
    assert sum(p.minor for p in made.postings) == 0 and all(p.minor for p in made.postings)
    assert {p.account.kind for p in made.postings} <= {EVENTS[event].debit, EVENTS[event].credit}
    assert all((p.account.trader == "XM1") == (p.account.kind in TRADERS) for p in made.postings)


def test_the_table_and_the_chart_name_each_other():
    used = {row.debit for row in EVENTS.values()} | {row.credit for row in EVENTS.values()}
    assert used == set(CHART) == set(AccountKind)
    assert set(PAYMENT.values()) <= set(RECEIPTS)
    between_debts = {"paid_with_consolidation"}  # from the debt of a file to that of its consolidation
    assert {name for name, row in EVENTS.items() if row.debit is row.credit} == between_debts
    assert "Due" in MONEY


@pytest.mark.parametrize("event", ["assessed", "refund"])
def test_nothing_moved_is_no_journal(event):
    assert journal(event, [Line("a", "b", 5), Line("a", "b", -5)], Of("s", AT, "t", "USD")) is None
