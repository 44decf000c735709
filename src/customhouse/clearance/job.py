"""How a consolidation handed in stands, as its declarant is told: bytes, place in the queue, parcels, verdicts, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.utils.module_loading import import_string

from customhouse.clearance import upload
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.law.book import Law, NotABook
from customhouse.registry import lawbook, parcel_look, parcel_orders, parcels, reader, uploads
from customhouse.registry.parcel_look import OfDay
from customhouse.registry.uploads import State, Upload


class Charge(msgspec.Struct, frozen=True):
    """What is due on the `parcels` parcels of a consolidation whose verdict is `due`, as one amount; they may go when it is `paid`.

    `number` is what it is called by, `amount` what it was at first, `owed` what is left to pay; `deferred` says that it stands on
    a deferment account, `receipts` are those given for it.
    """

    number: int
    amount: Money
    parcels: int
    owed: Money
    paid: bool
    deferred: bool
    receipts: tuple[str, ...]


class Job(msgspec.Struct, frozen=True):
    """A consolidation handed in over HTTP.

    `length` and `received` are bytes, `before` how many files the worker takes first. Of the `rows` parcels `done` are judged;
    `verdicts` and `lanes` count those that are stored. `consolidation` is its number once it is done and `charge` what is due on
    it, null where nothing is; `problems` why it was not taken. Where the work on it stopped, it goes on by itself at `again_at`;
    others are cleared meanwhile, and `problems` says so.
    """

    id: str
    reference: str
    office: str
    mode: str
    file: str
    sha256: str
    length: int
    received: int
    state: State
    before: int
    rows: int
    done: int
    consolidation: int | None
    verdicts: dict[str, int]
    lanes: dict[str, int]
    charge: Charge | None
    problems: tuple[Problem, ...]
    created_at: datetime
    changed_at: datetime
    again_at: datetime | None = None


RESTS = Problem(
    "TriedAgain", "The work on it stopped, and is tried again", "",
    "Nothing need be sent again. Whole chunks are stored, and it goes on where it stood. Customs sees what stopped it",
)  # fmt: skip


def of(one: Upload) -> Job:
    """The job of an upload that its reader may see."""
    received = upload.offset(one)
    if one.state == "receiving" and received == one.length:
        one = uploads.get(one.id) or one
    again_at = one.again_at if one.tries > 1 and one.is_under_way else None
    with reader.system():  # counts come from rows that are customs' alone
        stood = _stood(one)
        before = uploads.before(one) if one.state == "queued" else 0
    return Job(
        one.id, one.of.reference, one.of.office, one.of.mode, one.name, one.digest, one.length, received, one.state, before,
        one.rows, one.done, one.consolidation, stood.verdicts if stood else {}, stood.lanes if stood else {},
        _charge(stood), one.problems if again_at is None else (RESTS,), one.created_at, one.changed_at, again_at,
    )  # fmt: skip


def _charge(stood: OfDay | None) -> Charge | None:
    if stood is None or (due := stood.charge) is None:
        return None
    return Charge(due.number, due.amount, due.parcels, due.owed, due.is_paid, due.is_deferred, due.receipts)


def _stood(one: Upload) -> OfDay | None:
    """The consolidation behind an upload, as far as it is stored."""
    if one.state not in ("clearing", "done"):
        return None
    try:
        number = one.consolidation or parcels.by_reference(one.of.declarant, one.of.reference).id
    except LookupError:
        return None
    return counted(number)


def counted(number: int) -> OfDay:
    """A consolidation with its counts. As the house: its caller has opened it as the reader who asks. Raises LookupError."""
    begun = parcels.get(number)
    for one in parcel_look.day(begun.day, declarant=begun.of.declarant):
        if one.begun.id == number:
            return one
    raise LookupError(f"there is no consolidation {number}")


BLOCK = 1 << 18


def law_of(begun: parcels.Begun) -> Law | None:
    """The law that the parcels of a consolidation are judged by; None where its Book is not here."""
    with suppress(NotABook):
        if (book := lawbook.by_hash(begun.book)) is not None:
            return book.on(begun.day)
    return None


def _teller(language: str, law: Callable[[], Law | None] = lambda: None) -> Any:
    """What says reasons and problems in a language; None in English, in which they rest. The words are the desks', which are above: the
    house says by its settings where they are."""
    return None if language[:2] in ("", "en") else import_string(settings.REASONS_OF_PARCELS)(law(), language)


def told_in(language: str, one: Job) -> Job:
    """A job with what went wrong in the reader's language."""
    teller = _teller(language) if one.problems else None
    return msgspec.structs.replace(one, problems=tuple(map(teller.problem, one.problems))) if teller else one


def answer(number: int, *, as_json: bool, unreadable: bool = False, language: str = "") -> Iterator[bytes]:
    """The answer of a consolidation in pieces of a quarter of a megabyte, or only its unreadable lines; its sentences in this language
    (two letters of `settings.LANGUAGES`), in English where none is named.

    As the house: its caller has opened the consolidation as the reader who asks.
    """
    with reader.system():
        begun = parcels.get(number)
        teller = _teller(language, lambda: law_of(begun))
        rest: list[bytes] = []
        size = 0
        blocks = (
            parcel_orders.unreadable(number, as_json=as_json, teller=teller)
            if unreadable
            else parcels.answer(number, as_json=as_json, teller=teller)
        )
        for block in blocks:
            rest.append(block)
            size += len(block)
            if size >= BLOCK:
                yield b"".join(rest)
                rest, size = [], 0
        yield b"".join(rest)
