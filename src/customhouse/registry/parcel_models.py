"""The models that are asked about the parcels of a consolidation: those of its beginning, whatever is published afterwards.

Table in parcel_models.sql. They are read as the house: whose consolidation it is need not be shown what customs looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from django.db import connection

from customhouse.record.targeting import Thresholds
from customhouse.registry import reader
from customhouse.registry.models_kept import OnLine


class Asked(msgspec.Struct, frozen=True):
    """A model that is asked, and why it is silent all along; empty where it speaks."""

    model: OnLine
    silent: str = ""


def keep(cursor: Any, consolidation: int, asked: Sequence[Asked]) -> None:
    """Record the models of a consolidation, in the transaction that begins it."""
    if asked:
        cursor.executemany(
            "insert into consolidation_model (consolidation, place, digest, live, thresholds, silent) "
            "values (%s, %s, %s, %s, %s, %s)",
            [
                (consolidation, place, bytes.fromhex(one.model.digest), one.model.live,
                 msgspec.json.encode(one.model.thresholds).decode(), one.silent)
                for place, one in enumerate(asked)
            ],
        )  # fmt: skip


def of(consolidation: int) -> tuple[Asked, ...]:
    """The models of a consolidation, in the order in which they are asked."""
    with reader.system(), connection.cursor() as cursor:
        cursor.execute(
            "select encode(digest, 'hex'), live, thresholds::text, silent from consolidation_model where consolidation = %s "
            "order by place",
            [consolidation],
        )
        return tuple(
            Asked(OnLine(digest, live, msgspec.json.decode(told, type=Thresholds)), silent)
            for digest, live, told, silent in cursor.fetchall()
        )
