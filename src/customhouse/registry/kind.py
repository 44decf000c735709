"""What kind of house a database belongs to: one of record, or a sandbox. Said once and kept."""

from __future__ import annotations

from django.db import connection


def settle(*, sandbox: bool) -> bool:
    """Whether the database is a sandbox's; one that has not been told is told now. A house that has declarations is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into house_kind (sandbox) values (%s and not exists (select from declaration)) on conflict do nothing",
            [sandbox],
        )
        cursor.execute("select sandbox from house_kind")
        return bool(cursor.fetchone()[0])
