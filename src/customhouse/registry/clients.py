"""Clients: the software of traders, its secrets and the access tokens it was given, as records.

A client's secret and a token are 256 random bits, so their SHA-256 is what is kept: there is nothing to guess, and a slow
hash would only slow the door. Tokens are opaque; what one opens is looked up and believed for `BELIEVED` seconds.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.db import connection, transaction

TOKEN_LIFE = timedelta(minutes=30)
OVERLAP = timedelta(hours=24)
"""How long the older secret still opens after a new one was made."""
BELIEVED = 2.0
"""Seconds a process believes what it knows of a token; so long a revoked one may still open."""
MOST_BELIEVED = 10_000
RATE = 100
"""Requests a second that one client may make, in each web process."""

SCOPES: dict[str, str] = {
    "declarations:lodge": "Lodge, amend and invalidate declarations, attach papers, answer queries",
    "declarations:read": "Read own declarations, their papers and notifications, what was recorded on them, and the feed of events",
    "cargo:write": "Report cargo, its houses and its arrival, lodge and amend entry summary declarations",
    "cargo:read": "Read own cargo reports and entry summary declarations",
    "consolidations:send": "Hand in consolidations of parcels, and take them back before they are cleared",
    "consolidations:read": "Read own consolidations, how far they are, and their answers",
    "payments:write": "Pay what is due",
    "webhooks:manage": "Subscribe to events by webhook, see and resend messages",
}
"""What a client may be allowed; every operation of the API names one."""


class Access(msgspec.Struct, frozen=True, gc=False):
    """What a token opens. `client` is empty for a personal token, which has every scope and no `rate` (0: no limit)."""

    trader: str
    client: str
    scopes: frozenset[str]
    rate: int
    until: float  # seconds since 1970

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


class Client(msgspec.Struct, frozen=True):
    """A client as its trader sees it; `secrets` tells of each secret when it was made and when it ends."""

    id: str
    trader: str
    name: str
    scopes: tuple[str, ...]
    rate: int
    created_at: datetime
    revoked: bool
    secrets: tuple[tuple[datetime, datetime | None], ...] = ()


class UnknownScope(ValueError):
    """A scope that is not in SCOPES."""


# $1 is the SHA-256 of a token in hex: trader, client, scopes, rate, end. One statement for the intake and for Django.
OPENS = """
    select a.trader, a.client, a.scopes, a.rate, extract(epoch from a.expires_at)::float8
    from api_access a join api_client c on c.id = a.client
    where a.digest = $1 and a.revoked_at is null and a.expires_at > now() and c.revoked_at is null
    union all
    select t.number, '', null, 0, 1e18 from registry_apitoken p join registry_trader t on t.id = p.trader_id
    where p.digest = $1 and p.revoked is null
"""


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def access(row: Any) -> Access:
    """The Access in a row of OPENS."""
    trader, client, scopes, rate, until = row
    return Access(trader, client, frozenset(SCOPES if scopes is None else scopes), rate, until)


class Memory:
    """What a process knows of tokens, each for a moment only; unknown ones are remembered too, so that they cost nothing."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Access | None]] = {}

    def get(self, token: str) -> tuple[bool, Access | None]:
        """(whether anything is known, what the token opens)."""
        known = self._known.get(token)
        if known is None or time.monotonic() > known[0]:
            return False, None
        found = known[1]
        return True, found if found is None or found.until > time.time() else None

    def put(self, token: str, found: Access | None) -> Access | None:
        if len(self._known) >= MOST_BELIEVED:
            self._known.clear()
        self._known[token] = (time.monotonic() + BELIEVED, found)
        return found


_memory = Memory()


def opens(token: str) -> Access | None:
    """What the token opens now, or None. For Django's side; the intake asks with a connection of its own."""
    known, found = _memory.get(token)
    if known:
        return found
    with connection.cursor() as cursor:
        cursor.execute(OPENS.replace("$1", "%s"), [digest(token)] * 2)
        row = cursor.fetchone()
    return _memory.put(token, access(row) if row else None)


def register(trader: str, name: str, scopes: Iterable[str], *, by: str, rate: int = RATE) -> tuple[str, str]:
    """A new client of a trader: (its id, its secret, which is shown once). Raises UnknownScope."""
    wanted = sorted(set(scopes))
    if unknown := set(wanted) - set(SCOPES):
        raise UnknownScope(", ".join(sorted(unknown)))
    number = "cl_" + secrets.token_hex(10)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into api_client (id, trader, name, scopes, rate, created_by) values (%s, %s, %s, %s, %s, %s)",
            [number, trader, name[:80], wanted, rate, by],
        )
        return number, _new_secret(cursor, number, trader)


def _new_secret(cursor: Any, client: str, trader: str) -> str:
    secret = "cs_" + secrets.token_urlsafe(32)
    cursor.execute(
        "insert into api_secret (client, trader, digest) values (%s, %s, %s)", [client, trader, digest(secret)]
    )
    return secret


def rotate(client: str, trader: str) -> str | None:
    """A further secret; the one before ends after OVERLAP, older ones at once. None when the trader has no such client."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select 1 from api_client where id = %s and trader = %s and revoked_at is null for update", [client, trader]
        )
        if cursor.fetchone() is None:
            return None
        cursor.execute("update api_secret set expires_at = now() where client = %s and expires_at > now()", [client])
        cursor.execute(
            "update api_secret set expires_at = now() + %s where client = %s and expires_at is null", [OVERLAP, client]
        )
        return _new_secret(cursor, client, trader)


def revoke(client: str, trader: str) -> bool:
    """End a client and every token it was given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update api_client set revoked_at = now() where id = %s and trader = %s and revoked_at is null",
            [client, trader],
        )
        return bool(cursor.rowcount)


def get(client: str) -> Client | None:
    found = _clients("c.id = %s", [client])
    return found[0] if found else None


def of(trader: str) -> tuple[Client, ...]:
    """The clients of a trader, newest first, ended ones last."""
    return _clients("c.trader = %s", [trader])


def _clients(test: str, values: list[Any]) -> tuple[Client, ...]:
    sql = (
        "select c.id, c.trader, c.name, c.scopes, c.rate, c.created_at, c.revoked_at is not null, "  # noqa: S608
        "array_agg(s.created_at order by s.id desc), array_agg(s.expires_at order by s.id desc) "
        "from api_client c join api_secret s on s.client = c.id and (s.expires_at is null or s.expires_at > now()) "
        f"where {test} group by c.id order by c.revoked_at is not null, c.created_at desc"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return tuple(
            Client(*row[:3], tuple(row[3]), *row[4:7], tuple(zip(row[7], row[8], strict=True)))
            for row in cursor.fetchall()
        )


def is_secret(client: str, secret: str) -> bool:
    """Whether this is a secret of the client that still opens."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select 1 from api_secret where client = %s and digest = %s and (expires_at is null or expires_at > now())",
            [client, digest(secret)],
        )
        return cursor.fetchone() is not None


def grant(token: str, client: Client, scopes: Iterable[str]) -> None:
    """Keep an access token that was given to a client; it opens for TOKEN_LIFE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into api_access (digest, client, trader, scopes, rate, expires_at) "
            "values (%s, %s, %s, %s, %s, now() + %s)",
            [digest(token), client.id, client.trader, sorted(scopes), client.rate, TOKEN_LIFE],
        )


def owner_of(token: str) -> str | None:
    """The client that this token was given to."""
    with connection.cursor() as cursor:
        cursor.execute("select client from api_access where digest = %s", [digest(token)])
        row = cursor.fetchone()
    return row[0] if row else None


def withdraw(token: str) -> None:
    """The token opens nothing any more, within BELIEVED seconds everywhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update api_access set revoked_at = coalesce(revoked_at, now()) where digest = %s", [digest(token)]
        )
    _memory.put(token, None)


def forget_ended() -> int:
    """Remove tokens that ended more than a day ago."""
    with connection.cursor() as cursor:
        cursor.execute("delete from api_access where expires_at < now() - interval '1 day'")
        return cursor.rowcount
