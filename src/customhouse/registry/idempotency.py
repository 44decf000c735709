"""Requests that carry an Idempotency-Key, and the answers they got: the same key gives the same answer for two days.

The row is made in the transaction of the act itself, so an answer is kept exactly when the act is; a second request with
the same key waits for the first one's transaction.
"""

from __future__ import annotations

import hashlib

import msgspec
from django.db import OperationalError, connection

from customhouse.registry import secret

MOST = 255  # characters of a key
KEPT = "2 days"
PATIENCE = 5000  # milliseconds that a request waits for another one with its key

# One form for both sides: ($1 trader, $2 client, $3 key) -> request, status, type, answer.
LOOK = "select request, status, type, answer from api_idempotency where trader = $1 and client = $2 and key = $3"
KEEP = (
    "insert into api_idempotency (trader, client, key, request, status, type, answer) values ($1, $2, $3, $4, $5, $6, $7) "
    "on conflict do nothing"
)


class InFlight(Exception):
    """Another request with this key is being worked on, and takes long."""


class OtherRequest(Exception):
    """The key was used for another request."""


class Kept(msgspec.Struct, frozen=True):
    """An answer given before, with its content type."""

    status: int
    type: str
    body: bytes


def is_key(text: str) -> bool:
    """Whether this may be a key: 1 to MOST visible ASCII characters."""
    return 0 < len(text) <= MOST and all("!" <= c <= "~" for c in text)


def fingerprint(method: str, path: str, body: bytes) -> str:
    """What makes two requests the same."""
    return hashlib.sha256(b"\0".join((method.encode(), path.encode(), body))).hexdigest()


def begin(trader: str, client: str, key: str, request: str) -> Kept | None:
    """Take the key inside the open transaction: None when it is new, else the answer given before.

    Raises OtherRequest, and InFlight when another transaction holds the key too long.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"set local lock_timeout = {PATIENCE}")
        try:
            cursor.execute(
                "insert into api_idempotency (trader, client, key, request) values (%s, %s, %s, %s) on conflict do nothing",
                [trader, client, key, request],
            )
        except OperationalError as fault:
            if getattr(fault.__cause__, "sqlstate", "") == "55P03":
                raise InFlight(key) from fault
            raise
        cursor.execute("set local lock_timeout = 0")
        cursor.execute(_django(LOOK), [trader, client, key])
        before, status, type, answer = cursor.fetchone()
    if before != request:
        raise OtherRequest(key)
    return None if status is None else Kept(status, type, opened(bytes(answer)))


def finish(trader: str, client: str, key: str, status: int, type: str, body: bytes) -> None:
    """Keep the answer, in the same transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update api_idempotency set status = %s, type = %s, answer = %s where trader = %s and client = %s and key = %s",
            [status, type, sealed(body), trader, client, key],
        )


def forget_old() -> int:
    """Remove what has been kept long enough."""
    with connection.cursor() as cursor:
        cursor.execute(f"delete from api_idempotency where created_at < now() - interval '{KEPT}'")  # noqa: S608
        return cursor.rowcount


def sealed(body: bytes) -> bytes:
    """An answer as it is kept: encrypted, because some answers show a secret once."""
    return secret.hide(body, "idempotency")


def opened(kept: bytes) -> bytes:
    """What `sealed` was given."""
    return secret.reveal(kept, "idempotency")


def _django(sql: str) -> str:
    for number in ("$1", "$2", "$3"):
        sql = sql.replace(number, "%s")
    return sql
