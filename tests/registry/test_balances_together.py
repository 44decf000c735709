"""One permit, one quota and one guarantee in every draw, from many connections at once: exact, and nobody waits in a ring.

The bench of the same (bench/balances.py) makes ten thousand draws; here are four hundred, over eight threads.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from bench.balances import ASKED, PART, draws
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.registry.permit_papers import HEALTH, application, granted, issued

from customhouse.clearance import permit
from customhouse.registry import balance

pytestmark = pytest.mark.usefixtures("house")
D = Decimal
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_four_hundred_draws_on_three_balances_over_eight_connections_are_exact():
    told = draws(400, 8)
    fit = int(ASKED * 400 * PART // ASKED)
    assert (told["granted"], told["refused"], told["deadlocks"]) == (fit, 400 - fit, 0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["use", "back", "amend"]), st.integers(0, 5), st.decimals(1, 700, places=3, allow_nan=False)
        ),
        max_size=12,
    )
)
def test_what_was_issued_is_what_is_left_and_what_was_written_off(steps):
    p = issued()
    out: dict[str, Decimal] = {}
    volume = D(1000)
    for n, (what, number, amount) in enumerate(steps):
        reference = f"{number}.{n}.1"
        if what == "use":
            try:
                balance.draw([balance.Draw("permit", p.number, reference, amount)], at=AT)
                out[reference] = amount
            except balance.Exhausted:
                assert amount > volume - sum(out.values())
        elif what == "back" and out:
            reference = sorted(out)[number % len(out)]
            assert balance.give_back("permit", p.number, reference, at=AT) == out.pop(reference)
        elif what == "amend":
            grant = granted(application(), quantity=amount * 2)
            if amount * 2 < sum(out.values()):
                with pytest.raises(balance.Exhausted):
                    permit.amend(p.id, grant, "another quantity", actor=HEALTH)
            else:
                permit.amend(p.id, grant, "another quantity", actor=HEALTH)
                volume = amount * 2
        assert permit.left(p) == volume - sum(out.values())
        assert sum(u.amount for u in permit.uses(p)) == permit.left(p)
    assert balance.audit() == []
