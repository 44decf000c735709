"""The sandbox: a house of its own for makers of software, where the same declaration always has the same outcome.

It is the same program on another database, so nothing in it can touch, or be taken for, what is real. Its law leaves the random
draw out and has one more quota, which is empty.
"""

from __future__ import annotations

import json
from decimal import Decimal

from msgspec.structs import replace

from customhouse.api.scenarios import EMPTY_QUOTA, LAST_OF_THE_QUOTA
from customhouse.clearance import quota
from customhouse.clearance.lodge import lodge
from customhouse.law.book import bind
from customhouse.law.pack import country_directory, read_pack
from customhouse.registry import demo, lawbook

MODEL = "094001"  # the quota that the empty one is made after


def law(country: str) -> bytes:
    """The law of the country without chance, and with a quota that is used up."""
    contents = read_pack(country_directory(country))
    measures = tuple(replace(m, id=f"{m.id}-S", order=EMPTY_QUOTA) for m in contents.measures if m.order == MODEL)
    quotas = tuple(replace(q, order=EMPTY_QUOTA, volume=Decimal(1)) for q in contents.quotas if q.order == MODEL)
    changed = replace(
        contents,
        version=f"{contents.version}-sandbox",
        random_share=(),
        measures=(*contents.measures, *measures),
        quotas=(*contents.quotas, *quotas),
    )
    return bind(changed)


def seed(country: str) -> None:
    """The law, the traders and accounts of the demo, and a declaration that uses the quota up. Idempotent."""
    lawbook.publish(law(country), by="sandbox", in_force=demo.SINCE)
    demo.seed_people()
    lodge(json.dumps(LAST_OF_THE_QUOTA).encode(), by="sandbox")
    quota.allocate_waiting()
