"""Unfinished declarations: saved field by field as they are typed, merged where two windows are open on one, never guessed.

A draft is a flat table of the fields of the lodging form. Every save says which version it started from. A field that
nobody else changed since is stored; one that somebody else changed to something else is left as it is and told back; when
fields came or went in between (an item was removed, and those after it are numbered anew) nothing is stored at all. Every window
has a name of its own, so that one whose answer was lost on the way may send again without meeting itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.registry import blobs

MOST_DRAFTS = 200
"""How many drafts and templates one person may keep."""
LARGEST = 2_000_000
"""Most characters of one draft, names and values together."""

KEY = re.compile(r"[a-z0-9-]{6,40}")
COLUMNS = "owner, key, trader, kind, title, about, fields::text, version, shape, shaped_by, started_at, saved_at"
GET = f"select {COLUMNS} from draft where owner = %s and key = %s"  # noqa: S608 - our own words only
LOCK = f"select {COLUMNS}, stamps::text from draft where owner = %s and key = %s for update"  # noqa: S608

Fields = Mapping[str, str]
Stamps = dict[str, tuple[int, str]]


class Owner(msgspec.Struct, frozen=True):
    """Whose drafts: the account that types, and the trader it acts for (EORI or TIN)."""

    name: str
    trader: str


class Draft(msgspec.Struct, frozen=True):
    """A draft or a template as it is stored; `about` is the declaration it would amend."""

    owner: str
    key: str
    trader: str
    kind: str
    title: str
    about: int | None
    fields: dict[str, str]
    version: int
    shape: int
    shaped_by: str
    started_at: datetime
    saved_at: datetime


class Saved(msgspec.Struct, frozen=True):
    """What a save did.

    `saved`: stored, but for the fields in `clashes` (name -> what the other window put there), which are as they were.
    `moved`: nothing stored, fields came or went in another window. `gone`: nothing stored, the draft was handed in or thrown
    away. `changed` are the fields that others changed since the version this save started from.
    """

    outcome: Literal["saved", "moved", "gone"]
    version: int = 0
    saved_at: datetime | None = None
    changed: dict[str, str] = {}
    clashes: dict[str, str] = {}


class TooMuch(ValueError):
    """There are too many drafts, or one is too large; the message says which, and nothing was stored."""


def save(who: Owner, key: str, base: int, window: str, changes: Fields, *, about: int | None = None) -> Saved:
    """Store the fields in `changes`, typed in a `window` that showed version `base` (0: never saved before).

    Raises TooMuch.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        found = _locked(cursor, who, key)
        if found is None:
            return Saved("gone") if base else _create(cursor, who, key, window, changes, about)
        held, stamps = found
        if held.shape > base > 0:
            return Saved("moved", held.version, held.saved_at)
        differs = {name: value for name, value in changes.items() if held.fields.get(name) != value}
        clashes = {name: held.fields.get(name, "") for name in differs if _by_others(stamps.get(name), base, window)}
        taken = {name: value for name, value in differs.items() if name not in clashes}
        others = {
            name: held.fields.get(name, "")
            for name, stamp in stamps.items()
            if name not in changes and _by_others(stamp, base, window)
        }
        if not taken:
            return Saved("saved", held.version, held.saved_at, others, clashes)
        at = _write(cursor, held, stamps, {**held.fields, **taken}, set(taken), window)
        return Saved("saved", held.version + 1, at, others, clashes)


def replace(
    who: Owner,
    key: str,
    base: int,
    window: str,
    fields: Fields,
    *,
    about: int | None = None,
    over: bool = False,
) -> Saved:
    """Store the whole form, typed over version `base`; with `over` whatever another window did since is replaced.

    Raises TooMuch.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        found = _locked(cursor, who, key)
        if found is None:
            return _create(cursor, who, key, window, fields, about)
        held, stamps = found
        if held.fields == fields:
            return Saved("saved", held.version, held.saved_at)
        shaped = _by_others((held.shape, held.shaped_by), base, window)
        if not over and (shaped or any(_by_others(stamp, base, window) for stamp in stamps.values())):
            return Saved("moved", held.version, held.saved_at)
        names = {name for name, value in fields.items() if held.fields.get(name) != value}
        at = _write(cursor, held, stamps, dict(fields), names, window)
        return Saved("saved", held.version + 1, at)


def _by_others(stamp: tuple[int, str] | None, base: int, window: str) -> bool:
    """Whether another window did this after version `base`."""
    return stamp is not None and stamp[0] > base and stamp[1] != window


def keep_template(who: Owner, key: str, title: str, fields: Fields) -> None:
    """Keep `fields` as a template under `key`. Raises TooMuch."""
    with transaction.atomic(), connection.cursor() as cursor:
        _create(cursor, who, key, "", fields, None, "template", title)


def get(who: Owner, key: str) -> Draft | None:
    """The draft or template of this key, when it is this person's own."""
    with connection.cursor() as cursor:
        cursor.execute(GET, [who.name, key])
        row = cursor.fetchone()
    return _read(row) if row and row[2] == who.trader else None


def own(who: Owner, kind: str = "") -> tuple[Draft, ...]:
    """The drafts and templates of a person, the one saved last first."""
    of_kind, values = ("and kind = %s", [kind]) if kind else ("", [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {COLUMNS} from draft where owner = %s and trader = %s {of_kind} order by saved_at desc limit %s",  # noqa: S608
            [who.name, who.trader, *values, MOST_DRAFTS],
        )
        return tuple(_read(row) for row in cursor.fetchall())


def delete(who: Owner, key: str) -> bool:
    """Throw a draft or template away, with papers that nothing else holds; whether there was one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select digest from draft_paper where owner = %s and key = %s", [who.name, key])
        beside = [bytes(digest).hex() for (digest,) in cursor.fetchall()]
        cursor.execute("delete from draft where owner = %s and key = %s and trader = %s", [who.name, key, who.trader])
        was_there = bool(cursor.rowcount)
        for digest in beside if was_there else ():
            blobs.store.drop_unheld(digest)
        return was_there


def _locked(cursor: Any, who: Owner, key: str) -> tuple[Draft, Stamps] | None:
    cursor.execute(LOCK, [who.name, key])
    row = cursor.fetchone()
    if row is None:
        return None
    if row[2] != who.trader:
        raise TooMuch("this draft was begun for another trader")
    return _read(row[:-1]), {name: (at, window) for name, (at, window) in json.loads(row[-1]).items()}


def _create(  # noqa: PLR0913 - one argument per column
    cursor: Any,
    who: Owner,
    key: str,
    window: str,
    fields: Fields,
    about: int | None,
    kind: str = "draft",
    title: str = "",
) -> Saved:
    _small_enough(fields)
    cursor.execute("select count(*) from draft where owner = %s", [who.name])
    if cursor.fetchone()[0] >= MOST_DRAFTS:
        raise TooMuch(f"a person keeps at most {MOST_DRAFTS} drafts; throw some away")
    at = datetime.now(UTC)
    row = [who.name, key, who.trader, kind, title, about, json.dumps(dict(fields)), _stamped(fields, 1, window), window]
    cursor.execute(
        "insert into draft (owner, key, trader, kind, title, about, fields, stamps, shaped_by, version, shape, started_at, saved_at) "
        "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 1, 1, %s, %s) on conflict do nothing",
        [*row, at, at],
    )
    if not cursor.rowcount:  # another window was first in this very moment
        return Saved("moved")
    return Saved("saved", 1, at)


def _write(cursor: Any, held: Draft, stamps: Stamps, fields: dict[str, str], names: set[str], window: str) -> datetime:
    """The next version of a draft, in which `names` changed."""
    _small_enough(fields)
    version, at = held.version + 1, datetime.now(UTC)
    same = fields.keys() == held.fields.keys()
    kept = {name: stamp for name, stamp in stamps.items() if name in fields}
    cursor.execute(
        "update draft set fields = %s, stamps = %s, version = %s, shape = %s, shaped_by = %s, saved_at = %s "
        "where owner = %s and key = %s",
        [
            json.dumps(fields),
            _stamped(names, version, window, kept),
            version,
            held.shape if same else version,
            held.shaped_by if same else window,
            at,
            held.owner,
            held.key,
        ],
    )
    return at


def _stamped(names: Iterable[str], version: int, window: str, before: Stamps | None = None) -> str:
    return json.dumps({**(before or {}), **dict.fromkeys(names, (version, window))})


def _small_enough(fields: Fields) -> None:
    if sum(len(name) + len(value) for name, value in fields.items()) > LARGEST:
        raise TooMuch(f"a draft has at most {LARGEST} characters; hand in a file instead")


def _read(row: tuple[Any, ...]) -> Draft:
    owner, key, trader, kind, title, about, fields, *rest = row
    return Draft(owner, key, trader, kind, title, about, json.loads(fields), *rest)
