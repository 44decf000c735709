"""Small declarations for tests of the register: one parcel, one item, under a reference of the test's own."""

from __future__ import annotations

import hashlib
import itertools
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from customhouse.clearance.context import context_now
from customhouse.clearance.invalidate import invalidate
from customhouse.clearance.line import walk
from customhouse.clearance.lodge import lodge
from customhouse.gates import json as json_gate
from customhouse.record.declaration import Declaration, Role
from customhouse.record.lanes import Lane
from customhouse.registry import numbers
from customhouse.registry.files import New

BROKER = "XM100000009"
EXAMPLES = Path(__file__).parents[2] / "examples" / "good"
PARCEL = "08-small-parcel.json"
RED = "07-footwear-undervalued.json"
_count = itertools.count(1)
_run = uuid.uuid4().hex[:8]


def reference() -> str:
    """A reference that was never used before."""
    return f"T-{_run}-{next(_count)}"


def paper(
    lrn: str, *, ucr: str = "", goods: str = "", refused: bool = False, example: str = PARCEL, declarant: str = BROKER
) -> bytes:
    """A declaration of the broker as JSON; `refused` is one that is of no known type."""
    told: dict[str, Any] = json.loads((EXAMPLES / example).read_text("utf-8"))
    told["lrn"], told["declarant"] = lrn, {"id": declarant}
    told["goods_shipment"]["ucr"] = {"trader_reference": ucr} if ucr else {}
    if goods:
        told["goods_shipment"]["items"][0]["commodity"]["description"] = goods
    if refused:
        told["type"] = "XXX"
    return json.dumps(told).encode()


def new(data: bytes, *, number: int | None = None, at: datetime | None = None) -> New:
    """`data` walked along the line under the law of today, ready to be stored."""
    lodged, digest = json_gate.read(data), hashlib.sha256(data).hexdigest()
    context = context_now(at or datetime.now(UTC))
    number = numbers.declaration() if number is None else number
    done = walk(lodged, context, number=number, by=BROKER, format="json", digest=digest)
    assert done.entry is not None
    return New(done.declaration, done.entry, data, digest)


def green() -> Declaration:
    """A stored declaration that waits for nothing but its payment; the random draw is passed by trying again."""
    for _ in range(50):
        d = lodge(paper(reference()), by=BROKER).declaration
        assert d is not None
        if [h.kind.value for h in d.holds] == ["payment"]:
            return d
    raise AssertionError("fifty declarations were all drawn for control")


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def stored(lrn: str) -> int:
    """How many declarations stand under a reference of the broker."""
    return int(rows("select count(*) from declaration where declarant = %s and lrn = %s", BROKER, lrn)[0][0])


def jobs(number: int) -> list[str]:
    """What the jobs that wait for a declaration will tell, in order."""
    found = rows(
        "select args ->> 'text' from procrastinate_jobs where (args ->> 'declaration')::bigint = %s order by id", number
    )
    return [text for (text,) in found]


def deferring(number: str, trader: str) -> Declaration:
    """A declaration that pays by deferment from an account; drawn again where the random draw asks for control."""
    for _ in range(50):
        told = json.loads(paper(reference()))
        told["authorisation_holders"] = [{"category": "DPO", "id": trader}, {"category": "CGU", "id": trader}]
        item = told["goods_shipment"]["items"][0]
        item["documents"] = [*item.get("documents", ()), {"category": "C", "type": "506", "id": number}]
        item["commodity"]["duties"] = [{"type": "A00", "payment": {"method": "E"}}]
        d = lodge(json.dumps(told).encode(), by=BROKER).declaration
        assert d is not None
        if d.lane is Lane.GREEN:
            return d
        invalidate(d.id, "drawn for control", by="officer", role=Role.OFFICER)  # and what it was charged comes back
    raise AssertionError("fifty declarations were all drawn for control")
