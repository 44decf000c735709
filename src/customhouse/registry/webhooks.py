"""Webhooks: who wants to be told of what, the messages that wait, and every attempt to deliver one.

The table of messages is the queue: what waits is taken by one worker, for as long as an attempt may last, and a worker that is
killed loses nothing. What is told comes from the record itself (`clearance.inform`), so the intake does no work for it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.registry import feed, turn
from customhouse.registry import secret as keys
from customhouse.registry.feed import Place

PURPOSE, PREFIX = "webhook", "whsec_"
OVERLAP = timedelta(hours=24)
"""How long messages are signed with the secret before as well, after it was changed."""
MOST = 20  # webhooks of one trader
AT_ONCE = 16  # messages that go to one receiver at a time
LEASE = timedelta(seconds=60)  # longer than an attempt takes

State = Literal["active", "disabled", "ended"]


class Webhook(msgspec.Struct, frozen=True):
    """A subscription: where events of these names go. `failing_since`: no message has arrived since then."""

    id: str
    url: str
    events: tuple[str, ...]
    state: State
    created_at: datetime
    failing_since: datetime | None


class Attempt(msgspec.Struct, frozen=True):
    """One try: `status` of the receiver's answer and how it began, or the `fault` that came before any answer."""

    number: int
    at: datetime
    took_ms: int
    status: int | None
    excerpt: str
    fault: str


class Message(msgspec.Struct, frozen=True):
    """A message to one receiver; `next_at` is when a waiting one is tried again."""

    id: int
    event: str
    subject: str
    state: Literal["waiting", "delivered", "failed"]
    created_at: datetime
    attempts: int
    next_at: datetime | None


class Taken(msgspec.Struct, frozen=True):
    """A message taken for an attempt: `tried` counts this attempt, `secrets` are those it is signed with."""

    id: int
    webhook: str
    trader: str
    url: str
    body: str
    subject: str
    tried: int
    created_at: datetime
    secrets: tuple[bytes, ...]


class TooManyWebhooks(ValueError):
    """A trader has MOST webhooks already."""


COLUMNS = "id, url, events, state, created_at, failing_since"
MESSAGE = (
    "m.id, m.event, m.subject, m.state, m.created_at, "
    "(select count(*) from webhook_attempt a where a.message = m.id), case when m.state = 'waiting' then m.next_at end"
)


def shown(secret: bytes) -> str:
    """A secret as its owner sees it, once (Standard Webhooks)."""
    return PREFIX + base64.b64encode(secret).decode()


def subscribe(trader: str, url: str, events: Iterable[str], *, by: str) -> tuple[Webhook, str]:
    """(a new webhook, its secret, which is shown once). Raises TooManyWebhooks."""
    number, secret = "wh_" + secrets.token_hex(10), os.urandom(32)
    with transaction.atomic(), connection.cursor() as cursor:
        turn.wait_in_transaction("webhooks of a trader", trader)
        cursor.execute("select count(*) from webhook where trader = %s and state <> 'ended'", [trader])
        if cursor.fetchone()[0] >= MOST:
            raise TooManyWebhooks(f"{trader} has {MOST} webhooks already")
        if place() is None:
            keep_place(feed.end())
        cursor.execute(
            "insert into webhook (id, trader, url, events, secret, created_by) values (%s, %s, %s, %s, %s, %s) "  # noqa: S608
            f"returning {COLUMNS}",
            [number, trader, url, sorted(set(events)), keys.hide(secret, PURPOSE), by],
        )
        return _webhook(cursor.fetchone()), shown(secret)


def of(trader: str) -> tuple[Webhook, ...]:
    """The webhooks of a trader, newest first."""
    sql = f"select {COLUMNS} from webhook where trader = %s and state <> 'ended' order by created_at desc"  # noqa: S608
    return tuple(_webhook(row) for row in _all(sql, [trader]))


def get(number: str, trader: str) -> Webhook | None:
    """The webhook, when it is this trader's and has not ended."""
    found = _all(
        f"select {COLUMNS} from webhook where id = %s and trader = %s and state <> 'ended'",  # noqa: S608
        [number, trader],
    )
    return _webhook(found[0]) if found else None


def change(number: str, *, url: str, events: Iterable[str], active: bool) -> None:
    """Send elsewhere, or other events, or nothing for now; what waits is tried at once when it is switched on again."""
    state = "active" if active else "disabled"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update webhook set url = %s, events = %s, state = %s, failing_since = case when %s then null else failing_since end "
            "where id = %s and state <> 'ended'",
            [url, sorted(set(events)), state, active, number],
        )
        if active:
            cursor.execute(
                "update webhook_message set next_at = now() where webhook = %s and state = 'waiting'", [number]
            )


def end(number: str) -> None:
    """Tell this receiver nothing any more; what was sent stays in the record."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update webhook set state = 'ended' where id = %s", [number])
        cursor.execute("update webhook_message set state = 'failed' where webhook = %s and state = 'waiting'", [number])


def rotate(number: str) -> str:
    """A new secret, shown once; messages are signed with the one before as well for OVERLAP."""
    secret = os.urandom(32)
    with connection.cursor() as cursor:
        cursor.execute(
            "update webhook set before = secret, before_until = now() + %s, secret = %s where id = %s",
            [OVERLAP, keys.hide(secret, PURPOSE), number],
        )
    return shown(secret)


def tell(trader: str, event: str, subject: str, source: str, body: bytes, since: datetime | None = None) -> int:
    """Put a message into the queue of every webhook of the trader that wants this event, in the caller's transaction.

    `source` names what the event comes from: told twice, it is one message. `since`: webhooks made after it are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into webhook_message (webhook, trader, event, subject, source, body) "
            "select id, trader, %s, %s, %s, %s from webhook where trader = %s and state <> 'ended' "
            "and %s = any(events) and created_at <= coalesce(%s, now()) on conflict do nothing",
            [event, subject, source, body.decode(), trader, event, since],
        )
        return cursor.rowcount


def test(webhook: str, trader: str, event: str, source: str, body: bytes) -> int:
    """Put a message into the queue of one webhook; its number."""
    return int(
        _all(
            "insert into webhook_message (webhook, trader, event, subject, source, body) values (%s, %s, %s, '', %s, %s) returning id",
            [webhook, trader, event, source, body.decode()],
        )[0][0]
    )


def wanted() -> tuple[str, ...]:
    """The traders who have webhooks."""
    return tuple(row[0] for row in _all("select distinct trader from webhook where state <> 'ended'", []))


def is_reader() -> bool:
    """Whether this transaction may read the record on; one worker does."""
    return turn.in_transaction("reading for webhooks")


def place() -> Place | None:
    """How far the record has been read, None before the first time."""
    found = _all("select upto_xid::text, upto_id from webhook_reading", [])
    return Place(int(found[0][0]), found[0][1]) if found else None


def keep_place(upto: Place) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into webhook_reading (upto_xid, upto_id) values (%s::xid8, %s) "
            "on conflict (one) do update set upto_xid = excluded.upto_xid, upto_id = excluded.upto_id",
            [str(upto.xid), upto.id],
        )


def take(busy: Sequence[str], receivers: int) -> tuple[Taken, ...]:
    """Messages that are due, of receivers that are not `busy`; another worker will not take them for LEASE."""
    rows = _all(
        """
        with due as (
            select distinct m.webhook from webhook_message m join webhook w on w.id = m.webhook and w.state = 'active'
            where m.state = 'waiting' and m.next_at <= now() and m.webhook <> all(%s) limit %s),
        mine as (
            select one.id from due cross join lateral (
                select id from webhook_message m where m.webhook = due.webhook and m.state = 'waiting' and m.next_at <= now()
                order by m.next_at, m.id limit %s for update skip locked) one)
        update webhook_message m set attempts = m.attempts + 1, next_at = now() + %s from webhook w
        where m.id in (select id from mine) and w.id = m.webhook
        returning m.id, m.webhook, m.trader, w.url, m.body, m.subject, m.attempts, m.created_at, w.secret,
            case when w.before_until > now() then w.before end
        """,
        [list(busy), receivers, AT_ONCE, LEASE],
    )
    return tuple(
        Taken(*row[:8], tuple(keys.reveal(bytes(s), PURPOSE) for s in row[8:] if s is not None)) for row in rows
    )


def attempted(taken: Taken, attempt: Attempt, *, delivered: bool, wait: timedelta | None, gone: bool = False) -> bool:
    """Record an attempt and what follows: delivered, tried again after `wait`, or failed for good (None).

    True when the webhook was switched off: the receiver is `gone`, or nothing has reached it since this message was made.
    """
    state = "delivered" if delivered else "waiting" if wait is not None else "failed"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into webhook_attempt (message, trader, number, at, took_ms, status, excerpt, fault) values "
            "(%s, %s, (select count(*) + 1 from webhook_attempt where message = %s), %s, %s, %s, %s, %s)",
            [
                taken.id,
                taken.trader,
                taken.id,
                attempt.at,
                attempt.took_ms,
                attempt.status,
                attempt.excerpt,
                attempt.fault,
            ],
        )
        cursor.execute(
            "update webhook_message set state = %s, next_at = now() + %s where id = %s",
            [state, wait or timedelta(0), taken.id],
        )
        if delivered:
            cursor.execute(
                "update webhook set failing_since = null where id = %s and failing_since is not null", [taken.webhook]
            )
            return False
        cursor.execute(
            "update webhook set failing_since = coalesce(failing_since, %s) where id = %s", [attempt.at, taken.webhook]
        )
        cursor.execute(
            "update webhook set state = 'disabled' where id = %s and state = 'active' and (%s or (%s and not exists ("
            "select from webhook_message m where m.webhook = webhook.id and m.state = 'delivered' and m.id >= %s)))",
            [taken.webhook, gone, state == "failed", taken.id],
        )
        return bool(cursor.rowcount)


def resend(message: int, webhook: str) -> bool:
    """Try a message again now, from the first attempt of its round."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update webhook_message set state = 'waiting', attempts = 0, next_at = now() where id = %s and webhook = %s",
            [message, webhook],
        )
        return bool(cursor.rowcount)


def messages(webhook: str, *, before: int | None = None, state: str = "", limit: int = 50) -> tuple[Message, ...]:
    """Messages of a webhook, newest first."""
    rows = _all(
        f"select {MESSAGE} from webhook_message m where m.webhook = %s and m.id < %s and (%s = '' or m.state = %s) "  # noqa: S608
        "order by m.id desc limit %s",
        [webhook, before if before is not None else (1 << 62), state, state, limit],
    )
    return tuple(Message(*row) for row in rows)


def message(number: int, webhook: str) -> tuple[Message, dict[str, Any], tuple[Attempt, ...]] | None:
    """(a message, its body, every attempt), or None when the webhook has no such message."""
    rows = _all(
        f"select {MESSAGE}, m.body from webhook_message m where m.id = %s and m.webhook = %s",  # noqa: S608
        [number, webhook],
    )
    if not rows:
        return None
    return Message(*rows[0][:7]), json.loads(rows[0][7]), attempts(number)


def attempts(message: int) -> tuple[Attempt, ...]:
    """Every attempt to deliver a message, in order."""
    sql = "select number, at, took_ms, status, excerpt, fault from webhook_attempt where message = %s order by number"
    return tuple(Attempt(*row) for row in _all(sql, [message]))


def _webhook(row: Sequence[Any]) -> Webhook:
    number, url, events, *rest = row
    return Webhook(number, url, tuple(events), *rest)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
