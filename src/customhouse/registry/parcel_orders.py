"""What officers order for many parcels of a consolidation, how far the worker is with it, and what happened to each parcel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from django.db import connection

from customhouse.registry.parcel_answer import Teller, quoted

Act = Literal["release", "hold", "select"]
AT_ONCE = 5_000
"""Unreadable lines that are read at once."""
_ODD = re.compile(r'[,"\r\n]')


class Wanted(msgspec.Struct, frozen=True):
    """Parcels of a consolidation: of these verdicts and lanes, with these words (all where nothing is said), or these lines."""

    verdicts: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    words: str = ""
    lines: tuple[int, ...] = ()


class Order(msgspec.Struct, frozen=True):
    """An order. `lane` and `share_ppm` belong to a selection at random, `touches` is what its officer was shown before; `upto` is
    the line the worker has come to, `seen` how many parcels that were."""

    id: int
    consolidation: int
    act: Act
    lane: str
    share_ppm: int
    reason: str
    wanted: Wanted
    touches: int
    by: str
    role: str
    at: datetime
    state: Literal["waiting", "done", "failed"]
    upto: int
    seen: int
    why: str
    done: int = 0
    left: int = 0


COLUMNS = (
    "o.id, o.consolidation, o.act, o.lane, o.share_ppm, o.reason, o.verdicts, o.lanes, o.words, o.lines, o.touches, o.by, "
    "o.role, o.at, o.state, o.upto, o.seen, o.why, "
    "(select count(*) from parcel_order_line l where l.\"order\" = o.id and l.outcome = 'done'), "
    "(select count(*) from parcel_order_line l where l.\"order\" = o.id and l.outcome = 'left')"
)


def place(  # noqa: PLR0913 - one argument for each column
    consolidation: int, act: Act, wanted: Wanted, reason: str, *, touches: int, by: str, role: str, lane: str = "",
    share_ppm: int = 0,
) -> int:  # fmt: skip
    """Order it; the number of the order. The worker does it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into parcel_order (consolidation, act, lane, share_ppm, reason, verdicts, lanes, words, lines, touches, by, "
            "role) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning id",
            [consolidation, act, lane, share_ppm, reason, list(wanted.verdicts), list(wanted.lanes), wanted.words,
             list(wanted.lines), touches, by, role],
        )  # fmt: skip
        return int(cursor.fetchone()[0])


def of(consolidation: int) -> list[Order]:
    """The orders in a consolidation, the newest first."""
    return _orders("o.consolidation = %s order by o.id desc limit 50", [consolidation])


def next_waiting() -> Order | None:
    """The oldest order that is not done."""
    found = _orders("o.state = 'waiting' order by o.id limit 1", [])
    return found[0] if found else None


def _orders(where: str, values: Sequence[Any]) -> list[Order]:
    with connection.cursor() as cursor:
        cursor.execute(f"select {COLUMNS} from parcel_order o where {where}", values)  # noqa: S608 - our own words
        return [
            Order(*row[:6], Wanted(tuple(row[6]), tuple(row[7]), row[8], tuple(row[9])), *row[10:])
            for row in cursor.fetchall()
        ]


def begin_line(order: int, line: int, number: int) -> bool:
    """Whether this parcel is still to be done, which is then written down in the caller's transaction as done."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into parcel_order_line (\"order\", line, number, outcome) values (%s, %s, %s, 'done') "
            "on conflict do nothing returning line",
            [order, line, number],
        )
        return cursor.fetchone() is not None


def leave(order: int, line: int, number: int, why: str) -> None:
    """Nothing was done with this parcel, and why."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into parcel_order_line (\"order\", line, number, outcome, why) values (%s, %s, %s, 'left', %s) "
            "on conflict do nothing",
            [order, line, number, why[:400]],
        )


def advance(order: int, upto: int, seen: int) -> None:
    """The worker has come to this line."""
    with connection.cursor() as cursor:
        cursor.execute("update parcel_order set upto = %s, seen = seen + %s where id = %s", [upto, seen, order])


def finish(order: int, why: str = "") -> None:
    """The order is done, or failed and why."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update parcel_order set state = %s, why = %s, ended_at = now() where id = %s",
            ["failed" if why else "done", why[:400], order],
        )


def left(order: int) -> list[tuple[str, int]]:
    """Why parcels were left, and how many for each reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select why, count(*) from parcel_order_line where \"order\" = %s and outcome = 'left' group by why order by 2 desc, 1 "
            "limit 5",
            [order],
        )
        return cursor.fetchall()


# --- beside the rows --------------------------------------------------------------------------------------------------


class Standing(msgspec.Struct, frozen=True):
    """Where the file of a parcel stands now: lane, stage, kinds of its holds."""

    stage: str
    lane: str | None
    holds: tuple[str, ...]


def standing(numbers: Sequence[int]) -> dict[int, Standing]:
    """Where the files of these parcels stand, as far as they have one."""
    with connection.cursor() as cursor:
        cursor.execute("select id, stage, lane, holds from declaration where id = any(%s)", [list(numbers)])
        return {row[0]: Standing(row[1], row[2], tuple(row[3] or ())) for row in cursor.fetchall()}


class Unreadable(msgspec.Struct, frozen=True):
    """A line in which no parcel could be read: what stood there, why not, and what to do."""

    line: int
    rule: str
    why: str
    hint: str
    value: str


def quarantine(consolidation: int, *, after: int = 0, limit: int = 50) -> list[Unreadable]:
    """Unreadable lines in their order, beyond the line `after`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select line, rule, why, hint, value from parcel_quarantine where consolidation = %s and line > %s order by line "
            "limit %s",
            [consolidation, after, limit],
        )
        return [Unreadable(*row) for row in cursor.fetchall()]


def unreadable(consolidation: int, *, as_json: bool, teller: Teller | None = None) -> Iterator[bytes]:
    """Every unreadable line: CSV with a header, or JSON lines; in English, or as the `teller` says it."""
    if not as_json:
        yield ",".join(Unreadable.__struct_fields__).encode() + b"\n"
    after = 0
    while found := quarantine(consolidation, after=after, limit=AT_ONCE):
        after = found[-1].line
        if teller is not None:
            found = [_retold(one, teller) for one in found]
        yield b"".join(_as_json(one) if as_json else _as_csv(one) for one in found)


def _retold(one: Unreadable, teller: Teller) -> Unreadable:
    why, hint = teller.line(one.rule, one.why, one.hint)
    return Unreadable(one.line, one.rule, why, hint, one.value)


def _as_json(one: Unreadable) -> bytes:
    return msgspec.json.encode(one) + b"\n"


def _as_csv(one: Unreadable) -> bytes:
    """As PostgreSQL writes it: an empty text is quoted."""
    cells = (
        quoted(cell) if not cell or _ODD.search(cell) else cell for cell in (one.rule, one.why, one.hint, one.value)
    )
    return f"{one.line},{','.join(cells)}\n".encode()
