"""A declaration of the material walked through our own line, with the events that the material shows and none that it decides.

What the line does by itself is never put in: acceptance, assessment, taxes, release. An event stands for something that
people or the world do outside the declaration (docs/conformance.md lists them).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

import msgspec

from customhouse.clearance.line import Context, proceed
from customhouse.clearance.notification import Notification, notifications
from customhouse.house.conformance.duty.tariff import ALWAYS, OVERLAY
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.law.book import Book, Contents, Law
from customhouse.law.pack import read_pack
from customhouse.law.terms import Line, Rate
from customhouse.offices import longroom, treasury
from customhouse.record import acts as a
from customhouse.record.account import Charge
from customhouse.record.acts import Act, Entry
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Receipt, Role, Stage
from customhouse.record.flow import fold
from customhouse.record.lodgement import Lodgement

Kind = Literal[
    "presented", "amended", "withdrawn", "invalidated", "controlled", "documents", "asked", "short", "settled", "left",
    "rejected",
]  # fmt: skip
RATE = Decimal(1)
"""The rate of exchange of every currency: which it is bears on amounts, never on the order of messages."""

MANUAL = "manual_calculation"
SOURCE = "stated for the order of messages, bears on no message"


class Event(msgspec.Struct, frozen=True):
    """Something outside the declaration: its kind, who did it, and a word that goes with it (place, account, rule)."""

    kind: Kind
    word: str = ""
    by: Role = Role.OFFICER
    lodged: Lodgement | None = None


class Stuck(Exception):
    """The line cannot go on; the message says where it stands and why."""


class Laws:
    """The law of a course: the overlay pack, a line for every code declared, and rates for every currency declared."""

    def __init__(self) -> None:
        self._overlay = read_pack(OVERLAY)
        self._untaxed = msgspec.structs.replace(self._overlay, measures=(), lists={**self._overlay.lists, MANUAL: ()})

    def of(self, lodged: Sequence[Lodgement], day: date, *, taxed: bool) -> Law:
        """The law for these declarations; `taxed` False leaves out every measure, and amounts worked out by hand."""
        contents: Contents = self._overlay if taxed else self._untaxed
        codes = sorted({i.commodity.code for one in lodged for i in one.items if i.commodity.code})
        lines = tuple(
            Line(code=c, text={"en": "goods declared"}, unit="", validity=ALWAYS, source=SOURCE) for c in codes
        )
        found = {c for one in lodged for c in _currencies(msgspec.to_builtins(one)) if c != contents.currency}
        rates = tuple(Rate(currency=c, value=RATE, validity=ALWAYS, source=SOURCE) for c in sorted(found))
        return Book.of(msgspec.structs.replace(contents, lines=lines, rates=(*contents.rates, *rates))).on(day)


def _currencies(value: object) -> set[str]:
    if isinstance(value, dict):
        own = {str(value["currency"])} if value.get("currency") and isinstance(value["currency"], str) else set()
        return own.union(*(_currencies(v) for v in value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(_currencies(v) for v in value))
    return set()


class Course:
    """One declaration from lodgement on; `entries` is everything recorded.

    `detained`: the scenario shows that the goods were not free at once, so a hold that no message tells stands from
    acceptance until it is settled.
    """

    def __init__(self, lodged: Lodgement, law: Law, at: datetime, *, detained: bool = False) -> None:
        self._first, self._context, self._detained = lodged, Context(law, at, b"conformance"), detained
        self.entries: list[Entry] = []
        self._state: Declaration | None = None

    @property
    def d(self) -> Declaration:
        if self._state is None:
            raise Stuck("nothing was lodged")
        return self._state

    def run(self, events: Sequence[Event]) -> tuple[Notification, ...]:
        """What is told when the events happen in this order. Raises Stuck, or NotPermitted where the flow forbids one."""
        self._record(Role.SYSTEM, a.Lodged(self._first, "xml", ""))
        if events and events[0].kind == "rejected":
            self._record(Role.SYSTEM, a.Refused((Problem(events[0].word, "a rule of the authority"),)))
            events = events[1:]
        else:
            decision, _ = longroom.decide(self._first, self._context.law, 1)
            self._decided(decision)
        for event in events:
            self._happen(event)
        return notifications(self.entries)

    def _happen(self, event: Event) -> None:
        match event.kind:
            case "presented":
                self._record(event.by, a.Presented("office", event.word))
                self._decided(longroom.accept(self.d, self._context.law))
            case "amended":
                self._end_of_controls()
                self._decided(a.Amended(event.lodged or self._first, "xml", "", ""), Role.BROKER)
            case "withdrawn":
                self._end_of_controls()
                self._go(Role.BROKER, a.Invalidated("asked for"))
            case "invalidated":
                self._go(Role.OFFICER, a.Invalidated("by customs"))
            case "controlled":
                self._go(Role.OFFICER, a.Held(_hold(HoldKind.INSPECTION)))
            case "documents":
                self._go(Role.OFFICER, a.Held(_hold(HoldKind.DOCUMENTS)))
            case "asked":
                self._go(Role.OFFICER, a.Queried("a question"))
            case "short":
                self._go(Role.OFFICER, a.Held(Hold(HoldKind.PAYMENT, event.word or "account", (Role.CASHIER,))))
            case "settled":
                self._settle()
            case "left":
                self._go(Role.CARRIER, a.Exited("office", self._context.at.date()))
            case _:
                raise Stuck(f"a {event.kind} declaration cannot come here")

    def _decided(self, decision: Act, role: Role = Role.SYSTEM) -> None:
        """Record that a version was accepted (or not), and go on along the line."""
        self._record(role, decision)
        if self._detained and self.d.stage is Stage.ACCEPTED:
            self._record(Role.SUPERVISOR, a.Held(_hold(HoldKind.LAW)))
        self._proceed()

    def _settle(self) -> None:
        """Whatever people had ordered is over, and what is due is paid."""
        for query in self.d.queries:
            if query.is_open:
                self._go(Role.BROKER, a.Answered(query.number, "an answer"))
        for hold in self.d.holds:
            if hold.kind is not HoldKind.PAYMENT or hold.ref:
                self._record(Role.SUPERVISOR if Role.SUPERVISOR in hold.lifted_by else Role.SYSTEM, _lifted(hold))
        self._proceed()
        if self.d.stage is Stage.ROUTED and self.d.settled and self.d.settled.outstanding.minor:
            self._go(Role.CASHIER, a.Paid(Receipt("1", self.d.settled.outstanding, "transfer")))
        if self.d.stage is not Stage.RELEASED:
            held = "; ".join(r.text for h in self.d.holds for r in h.reasons)
            raise Stuck(f"our line stands at {self.d.stage.value}: {held or 'nothing holds it'}")

    def _end_of_controls(self) -> None:
        """No message tells the end of a control; before a trader's next request it is over."""
        for hold in self.d.holds:
            if hold.kind is HoldKind.INSPECTION:
                self._record(Role.SUPERVISOR, _lifted(hold))

    def _go(self, role: Role, act: Act) -> None:
        self._record(role, act)
        self._proceed()

    def _proceed(self) -> None:
        walked = proceed(self.d, self._context)
        if walked.entry is not None:
            self._keep(walked.declaration, walked.entry)
        if self.d.hold(HoldKind.ACCOUNT) is not None:
            self._charge()

    def _charge(self) -> None:
        """The accounts that the declaration names suffice; where one does not, the scenario tells it (14)."""
        waited = {hold.ref for hold in self.d.holds if hold.kind is HoldKind.ACCOUNT}
        for one in treasury.wanted(self.d, self._context.law):
            if one.kind.value in waited:
                holder, number = next(iter(one.holders), ""), next(iter(one.numbers), "")
                amount = Money(one.minor, self._context.law.currency)
                self._record(Role.SYSTEM, a.Charged(Charge(one.kind, number, holder, amount)))
        self._proceed()

    def _record(self, role: Role, act: Act) -> None:
        law, first = self._context.law, self._state.acts + 1 if self._state else 1
        entry = Entry(1, first, role.value, role, self._context.at, law.date, law.book_hash, (act,))
        self._keep(fold(self._state, entry), entry)

    def _keep(self, declaration: Declaration, entry: Entry | None) -> None:
        self._state = declaration
        if entry is not None:
            self.entries.append(entry)


def _hold(kind: HoldKind) -> Hold:
    return Hold(kind, "officer", (Role.OFFICER, Role.SUPERVISOR), (Reason("officer", "ordered by customs"),))


def _lifted(hold: Hold) -> a.Lifted:
    return a.Lifted(hold.kind, "done", hold.ref)
