"""Draws over a list: what was drawn over, with which probability, and on which declarations it fell. Kept for ever."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.db import connection, transaction

from customhouse.record.lanes import Lane
from customhouse.registry import reader


def keep(
    asked: str, share_ppm: int, lane: Lane, population: Sequence[int], by: str, falls_on: Callable[[int, int], bool]
) -> tuple[int, tuple[int, ...]]:
    """Draw and keep it, in one transaction: (number of the draw, the declarations it fell on).

    `falls_on(number, declaration)` says where the draw of that number falls; `asked` is the filter that showed them.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select nextval('target_sample_number')")
        number = int(cursor.fetchone()[0])
        chosen = tuple(one for one in population if falls_on(number, one))
        cursor.execute(
            'insert into target_sample (id, "by", office, asked, share_ppm, lane, population, chosen) '
            "values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [number, by, reader.current().office, asked, share_ppm, lane.value, list(population), list(chosen)],
        )
    return number, chosen
