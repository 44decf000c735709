"""Any sequence of what people, banks and providers do leaves the books right: balanced, within limits, and the audit silent."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from papers import BROKER, deferring, green, rows
from test_treasury import opened

from camt_samples import E, statement
from customhouse.clearance import online, order, reconcile, refund
from customhouse.clearance.amend import amend
from customhouse.clearance.invalidate import invalidate
from customhouse.clearance.settle import pay, reverse
from customhouse.kernel.money import Money
from customhouse.record.account import AccountKind
from customhouse.record.declaration import Declaration, Role
from customhouse.record.flow import NotPermitted
from customhouse.registry import bank, booking, claims, files, treasury_audit
from customhouse.registry.claims import ClaimRefused
from customhouse.registry.treasury import Overdrawn, facilities, open_facility

pytestmark = pytest.mark.usefixtures("house")
WHO = {"by": "cashier", "role": Role.CASHIER}
OPEN = (NotPermitted, ClaimRefused, Overdrawn, ValueError)  # what a step may answer instead of doing something
STEPS = (
    "lodge", "defer", "cash", "card", "bank", "stray", "place", "online", "reverse", "invalidate", "amend", "claim", "grant",
    "send", "month", "limit", "book",
)  # fmt: skip


class World:
    """One trader with an account, its declarations, and the money that nobody knows."""

    def __init__(self) -> None:
        self.trader, self.key = opened(5_000)
        self.numbers = [green().id]
        self.strays: list[int] = []

    def take(self, step: str, pick: int, minor: int) -> None:
        d = files.get(self.numbers[pick % len(self.numbers)])
        getattr(self, step)(d, minor)

    def lodge(self, d: Declaration, minor: int) -> None:
        self.numbers.append(green().id)

    def defer(self, d: Declaration, minor: int) -> None:
        self.numbers.append(deferring("ACC1", self.trader).id)

    def cash(self, d: Declaration, minor: int) -> None:
        pay(d.id, Money(minor, "USD"), "cash", **WHO)

    def card(self, d: Declaration, minor: int) -> None:
        pay(d.id, Money(minor, "USD"), "card", by="cashier", role=Role.CASHIER)

    def bank(self, d: Declaration, minor: int) -> None:
        reconcile.take(statement(E(f"{minor / 100:.2f}", text=d.mrn)), **WHO)

    def stray(self, d: Declaration, minor: int) -> None:
        (result,) = reconcile.take(statement(E(f"{minor / 100:.2f}", party="Nobody"), E("0.30", side="DBIT")), **WHO)
        self.strays.append(result.outcomes[0].kept.id)

    def place(self, d: Declaration, minor: int) -> None:
        if self.strays:
            reconcile.place_on_declaration(self.strays[minor % len(self.strays)], d.id, **WHO)

    def online(self, d: Declaration, minor: int) -> None:
        asked, _new = order.order_one(d.id, BROKER, by="broker")
        assert order.order_one(d.id, BROKER, by="broker") == (asked, False)
        payment = online.begin(asked.reference, "demo", by="broker").partition("=")[2]
        assert online.begin(asked.reference, "demo", by="broker").endswith(payment)
        if minor % 3 == 0:
            pay(d.id, asked.open, "cash", **WHO)
        for _ in range(2):
            body, headers = online.stand_in().message(payment, asked.open, paid=minor % 2 == 0, at=int(time.time()))
            online.take("demo", body, headers)

    def reverse(self, d: Declaration, minor: int) -> None:
        receipts = d.settled.receipts if d.settled else ()
        if receipts:
            reverse(d.id, receipts[minor % len(receipts)].number, "mistaken", **WHO)

    def invalidate(self, d: Declaration, minor: int) -> None:
        invalidate(d.id, "withdrawn", by="broker", role=Role.BROKER)

    def amend(self, d: Declaration, minor: int) -> None:
        data = files.source(d.id).replace(b'"86.50"', b'"%d.50"' % (20 + minor % 90))
        amend(d.id, data, "another price", by="broker", role=Role.BROKER)

    def claim(self, d: Declaration, minor: int) -> None:
        left = refund.left_of(d)
        if minor % 2 and left:
            tax = min(left)
            refund.claim("refund", d.id, {tax: min(left[tax], minor)}, "broken", by="broker")
        else:
            refund.claim("repayment", d.id, {}, "too much", by="broker")

    def grant(self, d: Declaration, minor: int) -> None:
        for claim in claims.of(declaration=d.id)[:1]:
            refund.decide(claim.id, grant=minor % 4 != 0, reason="so be it", by="supervisor")

    def send(self, d: Declaration, minor: int) -> None:
        for claim in claims.of(declaration=d.id)[:1]:
            refund.send(claim.id, by="cashier")

    def month(self, d: Declaration, minor: int) -> None:
        asked = order.order_month(self.trader, "ACC1", datetime.now(UTC).date().replace(day=1), by="cashier")
        if asked is not None:
            order.pay_order(asked.reference, Money(minor, "USD"), "cash", **WHO)

    def limit(self, d: Declaration, minor: int) -> None:
        at = datetime.now(UTC)
        open_facility(AccountKind.DEFERMENT, "ACC1", self.trader, Money(minor, "USD"), by="t", at=at, reason="t")

    def book(self, d: Declaration, minor: int) -> None:
        booking.book_news()


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5), st.integers(1, 3000)), min_size=3, max_size=12))
def test_whatever_happens_the_books_are_right(house: None, steps: list[tuple[str, int, int]]) -> None:
    world = World()
    for step, pick, minor in steps:
        try:
            world.take(step, pick, minor)
        except OPEN:
            continue
        (account,) = facilities(AccountKind.DEFERMENT, [world.trader])
        assert account.left.minor >= 0
    while booking.book_news():
        pass
    assert treasury_audit.audit().wrong == []
    assert rows("select currency from account group by currency having sum(balance) <> 0") == []
    assert all(bank.get(number).left.minor >= 0 for number in world.strays)
