"""Watch lists as taken, version after version; nothing is changed and nothing removed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.record.watch_list import ListedParty, Version, WatchList
from customhouse.registry import turn

COLUMNS = (
    "id, name, format, encode(digest, 'hex'), dated, entries, names, jsonb_array_length(skipped), \"by\", at, withdrawn"
)

TURN = "versions of a watch list"
CHANNEL = "watch_list"
"""Where it is told that other lists count, or that a pair of names is known or no more."""
NEWS = f"select pg_notify('{CHANNEL}', '')"


class Kept(msgspec.Struct, frozen=True):
    """What became of a list: its version, and whether the same files counted already."""

    version: Version
    again: bool


def keep(name: str, listed: WatchList, by: str, at: datetime) -> Kept:
    """Make a list the one that counts under its name. The files that count already are not kept twice; an older version
    that comes back is a new version."""
    with transaction.atomic(), connection.cursor() as cursor:
        turn.wait_in_transaction(TURN, name)
        before = _counting(cursor, name)
        if (
            before is not None
            and not before.withdrawn
            and _told(before) == (listed.digest, listed.dated, len(listed.skipped))
        ):
            return Kept(before, again=True)
        cursor.execute(NEWS)
        cursor.execute(
            'insert into watch_list (name, format, digest, dated, parties, entries, names, skipped, "by", at) '  # noqa: S608 - our own columns
            f"values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning {COLUMNS}",
            [
                name,
                listed.format,
                bytes.fromhex(listed.digest),
                listed.dated,
                msgspec.json.encode(listed.parties).decode(),
                len(listed.parties),
                listed.names,
                msgspec.json.encode(listed.skipped).decode(),
                by,
                at,
            ],
        )
        return Kept(Version(*cursor.fetchone()), again=False)


def _told(one: Version) -> tuple[str, date | None, int]:
    return one.digest, one.dated, one.skipped


def _counting(cursor: Any, name: str) -> Version | None:
    cursor.execute(f"select {COLUMNS} from watch_list where name = %s order by id desc limit 1", [name])  # noqa: S608 - our own columns
    row = cursor.fetchone()
    return Version(*row) if row else None


def versions(name: str = "") -> tuple[Version, ...]:
    """Every version, of one list or of all, the newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {COLUMNS} from watch_list where %s in ('', name) order by id desc",  # noqa: S608 - our own columns
            [name],
        )
        return tuple(Version(*row) for row in cursor.fetchall())


def counting() -> tuple[Version, ...]:
    """The version that counts of every list, by name."""
    with connection.cursor() as cursor:
        cursor.execute(f"select distinct on (name) {COLUMNS} from watch_list order by name, id desc")  # noqa: S608 - our own columns
        found = (Version(*row) for row in cursor.fetchall())
        return tuple(one for one in found if not one.withdrawn)


def withdraw(name: str, by: str, at: datetime) -> Version:
    """The list of this name counts no more; its versions stay. Raises KeyError when none counts under it."""
    with transaction.atomic(), connection.cursor() as cursor:
        turn.wait_in_transaction(TURN, name)
        before = _counting(cursor, name)
        if before is None or before.withdrawn:
            raise KeyError(name)
        cursor.execute(NEWS)
        cursor.execute(
            'insert into watch_list (name, format, digest, dated, parties, entries, names, withdrawn, "by", at) '  # noqa: S608 - our own columns
            "select name, format, digest, dated, '[]', 0, 0, true, %s, %s from watch_list where id = %s "
            f"returning {COLUMNS}",
            [by, at, before.number],
        )
        return Version(*cursor.fetchone())


def parties(number: int) -> tuple[ListedParty, ...]:
    """The parties of a version. Raises KeyError when there is none of this number."""
    with connection.cursor() as cursor:
        cursor.execute("select parties::text from watch_list where id = %s", [number])
        row = cursor.fetchone()
    if row is None:
        raise KeyError(number)
    return msgspec.json.decode(row[0], type=tuple[ListedParty, ...])
