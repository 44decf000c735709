"""Consignments by the agencies that hold them: the registrar's side of the agency desks and of the view of everybody."""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db import connection

from customhouse.record.agency_flow import is_of_an_agency
from customhouse.record.declaration import Declaration
from customhouse.registry.rows import STATE, read_state

MOST = 2000


class Held(msgspec.Struct, frozen=True):
    """A consignment that waits for agencies: its declaration, and since when it is in the register."""

    declaration: Declaration
    lodged_at: datetime

    @property
    def agencies(self) -> tuple[str, ...]:
        return tuple(h.ref for h in self.declaration.holds if is_of_an_agency(h))


def held(agency: str = "", limit: int = MOST) -> tuple[Held, ...]:
    """What is held for an agency (empty: for any), the oldest first; looked for among the `limit` that wait longest."""
    sql = (
        f"select d.lodged_at, {STATE} where d.holds @> '{{agency}}' "
        "and d.stage not in ('RELEASED', 'REFUSED', 'INVALIDATED') order by d.id limit %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [limit])
        found = (Held(read_state(row[1:]), row[0]) for row in cursor.fetchall())
        return tuple(one for one in found if (agency in one.agencies if agency else one.agencies))
