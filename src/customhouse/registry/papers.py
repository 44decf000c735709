"""Papers of declarations and of drafts: who attached which bytes, when, under which name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from customhouse.record.declaration import Declaration, Role
from customhouse.record.paper import Paper
from customhouse.registry import blobs
from customhouse.registry.drafts import Owner


class Held(msgspec.Struct, frozen=True):
    """A paper of a declaration with who attached it and when."""

    paper: Paper
    by: str
    role: Role
    at: datetime


def together() -> AbstractContextManager[Any]:
    """Bytes, rows and acts that are stored in this block are stored together or not at all."""
    return transaction.atomic()


def note(d: Declaration, papers: Iterable[Paper], by: str, role: Role, at: datetime) -> None:
    """Write down that `papers`, whose bytes are kept already, belong to declaration `d`."""
    rows = [
        [d.id, d.lodged.declarant_id, bytes.fromhex(p.digest), p.name, p.type, p.size, p.about, by, role.value, at]
        for p in papers
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            'insert into paper (declaration, declarant, digest, name, type, size, about, "by", role, at) '
            "values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            rows,
        )


def of(number: int) -> tuple[Held, ...]:
    """The papers of declaration `number`, in the order in which they were attached."""
    with connection.cursor() as cursor:
        cursor.execute(
            'select digest, name, type, size, about, "by", role, at from paper where declaration = %s order by id',
            [number],
        )
        return tuple(
            Held(Paper(bytes(digest).hex(), name, type_, size, about), by, Role(role), at)
            for digest, name, type_, size, about, by, role, at in cursor.fetchall()
        )


# --- of drafts -------------------------------------------------------------------------------------------------------


def put_beside(who: Owner, key: str, papers: Sequence[tuple[Paper, bytes]]) -> None:
    """Keep papers beside a draft that is stored; one that lies there already is kept once."""
    with transaction.atomic(), connection.cursor() as cursor:
        for paper, data in papers:
            blobs.put(data)
            cursor.execute(
                "insert into draft_paper (owner, key, trader, digest, name, type, size) "
                "select owner, key, trader, %s, %s, %s, %s from draft where owner = %s and key = %s and trader = %s "
                "on conflict do nothing",
                [bytes.fromhex(paper.digest), paper.name, paper.type, paper.size, who.name, key, who.trader],
            )


def beside(who: Owner, key: str) -> tuple[Paper, ...]:
    """The papers that lie beside a draft."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select digest, name, type, size from draft_paper where owner = %s and key = %s and trader = %s order by at, name",
            [who.name, key, who.trader],
        )
        return tuple(Paper(bytes(digest).hex(), *rest) for digest, *rest in cursor.fetchall())


def take_away(who: Owner, key: str, digest: str) -> None:
    """Take a paper away from a draft, and its bytes where nothing else holds them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "delete from draft_paper where owner = %s and key = %s and trader = %s and digest = %s",
            [who.name, key, who.trader, bytes.fromhex(digest)],
        )
        blobs.store.drop_unheld(digest)
