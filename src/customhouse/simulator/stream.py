"""A live stream of trade into a running house: declarations come in at a calm pace, traders pay and answer in time.

The stream waits where the house is away and then sends the same bytes again, which is safe: one reference with one
content is one declaration. Every run has a name of its own in its references, so a restart never repeats one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from itertools import count
from typing import Any, TypeVar

import msgspec

from customhouse.kernel.money import Money
from customhouse.record.codec import encode
from customhouse.simulator.carrier import Carrier
from customhouse.simulator.client import Answer, House, HouseAway
from customhouse.simulator.draw import Draw
from customhouse.simulator.filing import file
from customhouse.simulator.shipment import Shipment
from customhouse.simulator.truth import Truth
from customhouse.simulator.world import World

# Seconds to wait when the house is away: doubling from the first to the last.
BACK_OFF = (1.0, 60.0)
# Seconds (least, most) until a trader looks whether customs has asked something, and until it answers.
LOOKS_AFTER, ANSWERS_AFTER = (60.0, 180.0), (15.0, 90.0)
COMES_AFTER = (60.0, 240.0)  # seconds between the steps of a carrier that come after a declaration
OVERDUE = 20  # how many times as long one that is overdue takes
LOOKS = 8
BAD = 400
# Seconds of the stream that stand for an hour of business: who takes three hours to pay, takes a minute and a half.
HOUR = 30.0
Anything = TypeVar("Anything")
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
REPLIES = (
    "The goods are as declared; the invoice shows model, quantity and price.",
    "The price is a contract price for the whole year. We can show the contract.",
    "The document named was sent by courier and will be shown at the counter.",
    "Our supplier confirms origin and composition in writing.",
)


class Followed(msgspec.Struct):
    """A declaration that its trader keeps an eye on."""

    mrn: str
    looks: int = 0
    answered: set[int] = msgspec.field(default_factory=set)


class Told(msgspec.Struct, frozen=True):
    """One line of the stream's log: what happened to which declaration."""

    what: str
    reference: str
    text: str


def run_name(now: datetime) -> str:
    """The name of a run begun at `now`: T and the second in base 36, so that later runs sort later and none repeats."""
    left, text = int(now.timestamp()), ""
    while left:
        left, digit = divmod(left, 36)
        text = DIGITS[digit] + text
    return f"T{text}"


def endless(world: World, run: str, today: Callable[[], date]) -> Iterator[Shipment]:
    """Shipments of the present day without end: when the trade of a day has been sent, another course of it follows."""
    for course in count(1):
        yield from world.day(today(), run=f"{run}.{course}")


class Stream:
    """Hands in the trade of `world` at `rate` declarations a minute.

    `clock` gives seconds (monotonic), `sleep` waits that many; `keep` takes the truth of each declaration before the
    house has it, so that none can be without; `tell` hears what happens; `carrier` reports cargo, where there is one. Time is an argument, so that a test can run an
    hour in a moment.
    """

    def __init__(  # noqa: PLR0913 - who is met, at what pace, and where time and words go
        self,
        house: House,
        shipments: Iterator[Shipment],
        *,
        rate: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        keep: Callable[[Truth], None],
        tell: Callable[[Told], None],
        carrier: Carrier | None = None,
    ) -> None:
        if rate <= 0:
            raise ValueError("the rate is a number of declarations a minute above nought")
        self.house, self._shipments = house, shipments
        self._gap = 60.0 / rate
        self._clock, self._sleep, self._keep, self._tell = clock, sleep, keep, tell
        self._carrier = carrier
        self._chance = Draw("stream", clock())
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.lodged = 0

    def run(self, n: int | None = None) -> int:
        """Hand in `n` declarations (without `n`: go on until interrupted); how many the house took or refused.

        Raises `client.Unwelcome` when the house does not accept the token.
        """
        self._later(0.0, partial(self._lodge_next, n))
        while self._due:
            when, _, act = heapq.heappop(self._due)
            if (wait := when - self._clock()) > 0:
                self._sleep(wait)
            act()
            if n is not None and self.lodged >= n:
                break
        return self.lodged

    def _later(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, (self._clock() + seconds, next(self._order), act))

    def _patiently(self, ask: Callable[[], Anything]) -> Anything:
        """Ask until the house answers, waiting longer each time it is away."""
        wait, most = BACK_OFF
        while True:
            try:
                return ask()
            except HouseAway as away:
                pause = max(wait, min(away.wait, most))
                self._tell(Told("away", "", f"{away}; trying again in {pause:.0f} s"))
                self._sleep(pause)
                wait = min(2 * wait, most)

    def _lodge_next(self, n: int | None) -> None:
        shipment = next(self._shipments)
        filed = file(shipment)
        data = encode(filed.lodgement)
        self._keep(filed.truth)
        told = shipment.carriage if self._carrier is not None else None
        for step in told.before if told else ():
            self._carry(shipment, step)
        answer = self._patiently(lambda: self.house.lodge(data))
        self.lodged += 1
        self._hear(shipment, answer)
        for turn, step in enumerate(told.after if told else (), 1):
            late = OVERDUE if told and told.fault == "overdue" else 1
            self._later(late * turn * self._chance.between(*COMES_AFTER), partial(self._carry, shipment, step))
        if n is None or self.lodged < n:
            self._later(self._gap * self._chance.between(0.5, 1.5), partial(self._lodge_next, n))

    def _carry(self, shipment: Shipment, step: str) -> None:
        """One step of the carrier: it tells of the goods, or arrives with them."""
        if self._carrier is None:
            return
        carrier = self._carrier
        if (answer := self._patiently(lambda: carrier.take(shipment, step))) is not None:
            name = shipment.carriage.reference if shipment.carriage else ""
            self._tell(Told(step if answer.status < BAD else f"{step}: {answer.status}", name, ""))

    def _hear(self, shipment: Shipment, answer: Answer) -> None:
        body = answer.body
        reference = shipment.reference
        mrn = body.get("mrn") or ""
        if not mrn:
            rules = ", ".join(sorted({str(p.get("rule")) for p in body.get("problems", ())}))
            self._tell(Told(body.get("outcome") or str(answer.status), reference, rules))
            return
        waits = [hold.get("kind", "") for hold in body.get("holds", ())]
        self._tell(Told(f"{body.get('lane') or body.get('stage')}", reference, f"{mrn} {' '.join(waits)}".strip()))
        if "payment" in waits:
            self._later(shipment.pays_after * HOUR, partial(self._pay, mrn))
        if not body.get("released"):
            self._later(self._chance.between(*LOOKS_AFTER), partial(self._look, Followed(mrn)))

    def _pay(self, mrn: str) -> None:
        """Pay what is open now, which may differ from what was first assessed."""
        found = self._patiently(lambda: self.house.look(mrn)).body
        if (due := open_amount(found)) is not None:
            answer = self._patiently(lambda: self.house.order(mrn))
            if page := online_page(answer.body):
                answer = self._patiently(lambda: self.house.pay(page))
            self._tell(Told("paid" if answer.status < BAD else f"payment: {answer.status}", mrn, str(due)))

    def _look(self, followed: Followed) -> None:
        """See whether customs asks something; look again later while the goods are not released."""
        found = self._patiently(lambda: self.house.look(followed.mrn)).body
        for number in open_queries(found) - followed.answered:
            followed.answered.add(number)
            self._later(self._chance.between(*ANSWERS_AFTER), partial(self._reply, followed.mrn, number))
        followed.looks += 1
        if found.get("mrn") and not found.get("released") and followed.looks < LOOKS:
            self._later(self._chance.between(*LOOKS_AFTER) * followed.looks, partial(self._look, followed))

    def _reply(self, mrn: str, query: int) -> None:
        text = self._chance.one(REPLIES)
        answer = self._patiently(lambda: self.house.answer(mrn, query, {"text": text}))
        self._tell(Told("answered" if answer.status < BAD else f"answer: {answer.status}", mrn, text))


def open_amount(found: dict[str, Any]) -> Money | None:
    """What a declaration, as the API tells it, still waits for; None when it waits for no payment."""
    payable = found.get("payable")
    if not payable or not any(hold.get("kind") == "payment" for hold in found.get("holds", ())):
        return None
    return Money(int(payable["minor"]), str(payable["currency"]))


def online_page(told: dict[str, Any]) -> str:
    """Where a payment order, as the API tells it, is paid at the stand-in for a provider; empty where the house has none."""
    pages = (way.get("url", "") for way in told.get("ways", ()) if way.get("provider") == "demo")
    return str(next(pages, ""))


def open_queries(found: dict[str, Any]) -> set[int]:
    """The numbers of the questions that customs still holds a declaration for."""
    refs = (hold.get("ref", "") for hold in found.get("holds", ()) if hold.get("kind") == "query")
    return {int(ref) for ref in refs if ref.isdigit()}
