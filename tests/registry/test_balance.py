"""Shared balances: first come first served, never below zero, nothing drawn twice, and the books always right."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customhouse.registry import balance
from customhouse.registry.balance import Draw, Drawn, Exhausted, UnknownBalance, draw, give_back, open_balance, standing

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
D = Decimal


@pytest.fixture
def quota(house):
    """A quota of 100 tonnes of its own."""
    key = f"094001@{uuid.uuid4()}"
    open_balance("quota", key, "TNE", D(100), at=AT)
    return key


def left(key: str) -> Decimal:
    found = standing("quota", key)
    assert found is not None
    return found.left


def test_what_is_drawn_is_gone_and_the_answer_says_what_is_left(quota):
    assert draw([Draw("quota", quota, "a", D("60.5"))], at=AT) == (Drawn(D("60.5"), D("39.5"), D(100)),)
    assert left(quota) == D("39.5")
    assert balance.audit() == []


def test_the_same_reference_again_gets_the_same_answer_and_takes_nothing(quota):
    first = draw([Draw("quota", quota, "a", D(60))], at=AT)
    assert draw([Draw("quota", quota, "a", D(60))], at=AT) == first
    assert draw([Draw("quota", quota, "b", D(10)), Draw("quota", quota, "b", D(10))], at=AT)[1].left == D(30)
    assert left(quota) == D(30)


def test_the_last_one_gets_what_is_left_where_a_part_will_do(quota):
    draw([Draw("quota", quota, "a", D(90))], at=AT)
    assert draw([Draw("quota", quota, "b", D(30), partial=True)], at=AT)[0].taken == D(10)
    assert draw([Draw("quota", quota, "c", D(30), partial=True)], at=AT)[0].taken == D(0)
    assert left(quota) == 0


def test_more_than_is_left_is_refused_and_nothing_else_of_it_is_drawn(quota):
    with pytest.raises(Exhausted, match="has 40 left, 50 are asked for"):
        draw([Draw("quota", quota, "a", D(60)), Draw("quota", quota, "b", D(50))], at=AT)
    assert left(quota) == D(100)


def test_what_is_given_back_can_be_drawn_again_but_comes_back_once(quota):
    draw([Draw("quota", quota, "a", D(60))], at=AT)
    assert give_back("quota", quota, "a", at=AT) == D(60)
    assert give_back("quota", quota, "a", at=AT) == 0
    assert give_back("quota", quota, "never drawn", at=AT) == 0
    assert left(quota) == D(100)
    assert balance.audit() == []


def test_an_unknown_balance_and_a_negative_draw_are_refused(quota):
    with pytest.raises(UnknownBalance, match="quota nothing has not been opened"):
        draw([Draw("quota", "nothing", "a", D(1))], at=AT)
    with pytest.raises(ValueError, match="less than nothing"):
        draw([Draw("quota", quota, "a", D(-1))], at=AT)
    with pytest.raises(ValueError, match="kept in TNE, not in KGM"):
        open_balance("quota", quota, "KGM", D(1), at=AT)


def test_a_draw_belongs_to_the_transaction_of_whoever_asks(quota):
    with pytest.raises(RuntimeError), transaction.atomic():
        draw([Draw("quota", quota, "a", D(60))], at=AT)
        raise RuntimeError("the declaration could not be stored")
    assert left(quota) == D(100)


def test_movements_are_final(quota):
    for statement in ("update movement set amount = 0", "delete from movement"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_many_at_once_never_overdraw_and_never_wait_in_a_ring(quota):
    """Eight who draw on two balances in opposite orders: exact to the last unit, and all come home."""
    other = f"{quota}-other"
    open_balance("quota", other, "TNE", D(100), at=AT)
    taken: list[Decimal] = []
    faults: list[BaseException] = []

    def many(me: int) -> None:
        try:
            for n in range(20):
                pair = [Draw("quota", k, f"{me}-{n}", D("0.7"), partial=True) for k in (quota, other)]
                got = draw(pair if me % 2 else pair[::-1], at=AT)
                taken.extend(d.taken for d in got)
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=many, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == [] and not any(t.is_alive() for t in threads)
    assert sum(taken) == D(200) and left(quota) == left(other) == 0
    assert balance.audit() == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.booleans(), st.integers(0, 9), st.decimals(0, 40, places=3, allow_nan=False)), max_size=15
    )
)
def test_the_standing_is_always_the_volume_less_what_is_out(house, steps):
    key = f"p-{uuid.uuid4()}"
    open_balance("quota", key, "KGM", D(100), at=AT)
    out: dict[str, Decimal] = {}
    seen: set[str] = set()
    for back, number, amount in steps:
        reference = str(number)
        if back:
            assert give_back("quota", key, reference, at=AT) == out.pop(reference, D(0))
        elif reference not in seen:
            seen.add(reference)
            out[reference] = draw([Draw("quota", key, reference, amount, partial=True)], at=AT)[0].taken
        assert left(key) == D(100) - sum(out.values())
    assert balance.audit() == []
