"""Shared balances that declarations draw on: quotas, guarantees, permits. First come, first served, never below zero.

A balance is one row, its movements are appended for ever, and the standing is always the sum of the movements. Draws join
the transaction of whoever asks; the rows are locked in one order, so that two who need the same two balances never wait
for each other. A draw is named by its reference: asked again, it gets the same answer and takes nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction

OPENING = "opened"
LOCK = (
    "select b.id, b.kind, b.key, b.volume, b.standing, b.movements from balance b "
    "join unnest(%s::text[], %s::text[]) as w(kind, key) on b.kind = w.kind and b.key = w.key order by b.id for update of b"
)
KNOWN = (
    "select balance, reference, amount, standing from movement where balance = any(%s) and reference = any(%s::text[])"
)


class UnknownBalance(LookupError):
    """No balance has been opened under this kind and key."""


class Exhausted(Exception):
    """Less is left than must be drawn whole; nothing was drawn."""

    def __init__(self, draw: Draw, left: Decimal) -> None:
        self.draw, self.left = draw, left
        super().__init__(f"{draw.kind} {draw.key} has {left} left, {draw.asked} are asked for")


class Draw(msgspec.Struct, frozen=True):
    """`asked` of a balance's unit for `reference`; with `partial`, what is left will do."""

    kind: str
    key: str
    reference: str
    asked: Decimal
    partial: bool = False


class Drawn(msgspec.Struct, frozen=True):
    """What a draw got, and what is left after it of the volume the balance was opened with."""

    taken: Decimal
    left: Decimal
    volume: Decimal


class Standing(msgspec.Struct, frozen=True):
    """A balance as it stands."""

    unit: str
    volume: Decimal
    left: Decimal


class Movement(msgspec.Struct, frozen=True):
    """One movement of a balance: what came (above nothing) or went, and what stood after it."""

    number: int
    reference: str
    at: datetime
    amount: Decimal
    standing: Decimal


class _Row(msgspec.Struct):
    """A locked balance while draws are worked out."""

    id: int
    volume: Decimal
    left: Decimal
    movements: int


class _Movement(NamedTuple):
    balance: int
    number: int
    reference: str
    asked: Decimal
    amount: Decimal
    standing: Decimal


def open_balance(kind: str, key: str, unit: str, volume: Decimal, *, at: datetime) -> None:
    """Open a balance with its volume; opening it again does nothing. Raises ValueError when it stands in another unit."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into balance (kind, key, unit, volume, standing, movements) values (%s, %s, %s, %s, %s, 1) "
            "on conflict do nothing returning id",
            [kind, key, unit, volume, volume],
        )
        made = cursor.fetchone()
        if made is not None:
            _append(cursor, [_Movement(made[0], 1, OPENING, volume, volume, volume)], at)
            return
        cursor.execute("select unit from balance where kind = %s and key = %s", [kind, key])
        if (stands := cursor.fetchone()[0]) != unit:
            raise ValueError(f"{kind} {key} is kept in {stands}, not in {unit}")


def open_balances(kind: str, wanted: Sequence[tuple[str, str, Decimal]], *, at: datetime) -> None:
    """Open many new balances at once, each with its (key, unit, volume); those that are open already stay as they are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into balance (kind, key, unit, volume, standing, movements) select %s, w.key, w.unit, w.volume, "
            "w.volume, 1 from unnest(%s::text[], %s::text[], %s::numeric[]) as w(key, unit, volume) "
            "on conflict do nothing returning id, volume",
            [kind, *([w[n] for w in wanted] for n in range(3))],
        )
        made = [_Movement(number, 1, OPENING, volume, volume, volume) for number, volume in cursor.fetchall()]
        _append(cursor, made, at)


def draw(draws: Sequence[Draw], *, at: datetime) -> tuple[Drawn, ...]:
    """Draw all or nothing, in the order given. Raises Exhausted or UnknownBalance; then nothing is drawn."""
    if any(d.asked < 0 for d in draws):
        raise ValueError("nobody draws less than nothing")
    with transaction.atomic(), connection.cursor() as cursor:
        rows = _locked(cursor, {(d.kind, d.key) for d in draws})
        known = _known(cursor, rows, [d.reference for d in draws])
        answers: list[Drawn] = []
        movements: list[_Movement] = []
        for one in draws:
            row = rows[one.kind, one.key]
            before = known.get((row.id, one.reference))
            if before is None:
                movement = _take(row, one)
                movements.append(movement)
                before = known[row.id, one.reference] = (-movement.amount, movement.standing)
            answers.append(Drawn(before[0], before[1], row.volume))
        _append(cursor, movements, at)
        _settle(cursor, rows)
    return tuple(answers)


def give_back(kind: str, key: str, reference: str, *, at: datetime) -> Decimal:
    """Undo the draw `reference` and return how much came back; again, or without such a draw, nothing comes back."""
    undone = f"{reference} given back"
    with transaction.atomic(), connection.cursor() as cursor:
        rows = _locked(cursor, {(kind, key)})
        row = rows[kind, key]
        known = _known(cursor, rows, [reference, undone])
        taken = known.get((row.id, reference), (Decimal(0), Decimal(0)))[0]
        if not taken or (row.id, undone) in known:
            return Decimal(0)
        row.left += taken
        row.movements += 1
        _append(cursor, [_Movement(row.id, row.movements, undone, taken, taken, row.left)], at)
        _settle(cursor, rows)
    return taken


def change_volume(kind: str, key: str, reference: str, volume: Decimal, *, at: datetime) -> Decimal:
    """Let the balance hold `volume` in all from now on, and answer what is left; named by its reference like a draw.

    Raises Exhausted when more has been drawn than the new volume; then nothing is changed.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        rows = _locked(cursor, {(kind, key)})
        row = rows[kind, key]
        if (row.id, reference) in _known(cursor, rows, [reference]):
            return row.left
        more = volume - row.volume
        if row.left + more < 0:
            raise Exhausted(Draw(kind, key, reference, row.volume - row.left), volume)
        row.left += more
        row.movements += 1
        _append(cursor, [_Movement(row.id, row.movements, reference, volume, more, row.left)], at)
        cursor.execute("update balance set volume = %s where id = %s", [volume, row.id])
        _settle(cursor, rows)
    return row.left


def locked(kind: str, keys: Sequence[str]) -> dict[str, Standing]:
    """The balances of these keys as they stand, locked in the one order until the transaction ends; those that were
    never opened are left out. For deciding on several draws before any of them is made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select key, unit, volume, standing from balance where kind = %s and key = any(%s) order by id for update",
            [kind, list(keys)],
        )
        return {key: Standing(*row) for key, *row in cursor.fetchall()}


def movements(kind: str, key: str) -> tuple[Movement, ...]:
    """Everything that ever moved a balance, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select m.number, m.reference, m.at, m.amount, m.standing from movement m join balance b on b.id = m.balance "
            "where b.kind = %s and b.key = %s order by m.number",
            [kind, key],
        )
        return tuple(Movement(*row) for row in cursor.fetchall())


def standing(kind: str, key: str) -> Standing | None:
    """The balance as it stands, or None when none was opened."""
    return standings(kind, [key]).get(key)


def standings(kind: str, keys: Sequence[str]) -> dict[str, Standing]:
    """The balances of these keys as they stand; those that were never opened are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select key, unit, volume, standing from balance where kind = %s and key = any(%s)", [kind, list(keys)]
        )
        return {key: Standing(*row) for key, *row in cursor.fetchall()}


def audit() -> list[str]:
    """Every balance whose standing is not the sum of its movements; empty when the books are right."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select b.kind, b.key, b.standing, coalesce(sum(m.amount), 0), count(m.*), b.movements "
            "from balance b left join movement m on m.balance = b.id group by b.id "
            "having b.standing <> coalesce(sum(m.amount), 0) or count(m.*) <> b.movements order by b.kind, b.key"
        )
        return [
            f"{kind} {key} stands at {stands}; its {found} movements of {counted} make {total}"
            for kind, key, stands, total, found, counted in cursor.fetchall()
        ]


def _locked(cursor: Any, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], _Row]:
    pairs = sorted(wanted)
    cursor.execute(LOCK, [[kind for kind, _ in pairs], [key for _, key in pairs]])
    rows = {(kind, key): _Row(number, volume, left, n) for number, kind, key, volume, left, n in cursor.fetchall()}
    for kind, key in pairs:
        if (kind, key) not in rows:
            raise UnknownBalance(f"{kind} {key} has not been opened")
    return rows


def _known(
    cursor: Any, rows: dict[tuple[str, str], _Row], references: list[str]
) -> dict[tuple[int, str], tuple[Decimal, Decimal]]:
    """(taken, left) of the draws made before under these references."""
    cursor.execute(KNOWN, [[r.id for r in rows.values()], references])
    return {(number, reference): (-amount, left) for number, reference, amount, left in cursor.fetchall()}


def _take(row: _Row, one: Draw) -> _Movement:
    taken = min(one.asked, row.left) if one.partial else one.asked
    if taken > row.left:
        raise Exhausted(one, row.left)
    row.left -= taken
    row.movements += 1
    return _Movement(row.id, row.movements, one.reference, one.asked, -taken, row.left)


def _append(cursor: Any, movements: list[_Movement], at: datetime) -> None:
    if not movements:
        return
    columns = [list(column) for column in zip(*movements, strict=True)]
    cursor.execute(
        "insert into movement (balance, number, reference, asked, amount, standing, at) select m.*, %s from "
        "unnest(%s::bigint[], %s::bigint[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[]) as m",
        [at, *columns],
    )


def _settle(cursor: Any, rows: dict[tuple[str, str], _Row]) -> None:
    cursor.execute(
        "update balance b set standing = n.standing, movements = n.movements from "
        "unnest(%s::bigint[], %s::numeric[], %s::bigint[]) as n(id, standing, movements) where b.id = n.id",
        [[r.id for r in rows.values()], [r.left for r in rows.values()], [r.movements for r in rows.values()]],
    )
