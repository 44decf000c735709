"""The declarations that a rule chose, newest first, and those it would have chosen on trial; as the reader may see them."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import connection

SQL = """
    select o.declaration, coalesce(d.mrn, d.lrn), o.routed_at, d.importer, d.goods, o.office, o.last_lane, o.result, o.revenue,
        o.currency, o.chosen, not (%(rule)s = any(o.chosen))
    from outcome o join declaration d on d.id = o.declaration
    where (%(rule)s = any(o.chosen) or o.shadow && %(shadow)s::text[]) and (%(before)s = 0 or o.declaration < %(before)s)
    order by o.declaration desc limit %(limit)s
"""
LANES = ("GREEN", "BLUE", "YELLOW", "RED")


class RuleHit(msgspec.Struct, frozen=True):
    """A declaration that a rule chose; `trial` where it was on trial and had no effect. Money in minor units."""

    declaration: int
    mrn: str
    at: datetime
    importer: str
    goods: str
    office: str
    lane: str
    result: str
    revenue: int
    currency: str
    chosen: tuple[str, ...]
    trial: bool


def of(rule: str, limit: int = 50, before: int = 0) -> tuple[RuleHit, ...]:
    """The last hits of a rule, before declaration `before` where that is given."""
    values = {"rule": rule, "shadow": [f"{rule} {lane}" for lane in LANES], "before": before, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(SQL, values)
        return tuple(RuleHit(*row[:10], tuple(row[10]), row[11]) for row in cursor.fetchall())
