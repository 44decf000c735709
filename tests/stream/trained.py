"""Made-up parcels, and a small model that learned from some of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from msgspec.structs import replace

from customhouse.clearance.line import Context
from customhouse.clearance.parcel import ParcelLine
from customhouse.labs.targeting.model import Model, train_model
from customhouse.record.parcel import NAMES, Consolidation, Parcel
from customhouse.simulator.parcels import parcels
from customhouse.stream.parcels.day import Day
from customhouse.stream.parcels.facts import ParcelFacts
from customhouse.stream.parcels.kernel import Eyes, Kernel, Verdicts
from customhouse.stream.parcels.rows import Table, settle, strings
from customhouse.stream.parcels.scores import rows

KEY = b"k" * 32


def made(count: int, seed: str) -> list[Parcel]:
    """Parcels of which some owe duty at odd rates, weigh nothing, or have a value that no model can believe."""
    odd = (
        {"price": "9999999999999", "procedures": ""},
        {"net_mass": "0"},
        {"origin": ""},
        {"price": "333.33", "procedures": ""},
    )
    return [replace(p, **odd[n % 9]) if n % 9 < len(odd) else p for n, p in enumerate(parcels(count, seed))]


def judged(kernel: Kernel, of: list[Parcel]) -> Verdicts:
    of = [replace(p, currency=p.currency or "USD") for p in of]
    table = Table(np.arange(1, len(of) + 1), strings([[getattr(p, n) for n in NAMES] for p in of]), [])
    return kernel.judge(settle(table)[0], 7, Day())


def facts_of(law: Any, of: Consolidation, v: Verdicts) -> ParcelFacts:
    return ParcelFacts(v.rows, of, law, {"customs_value": v.value, "duty": v.duty, "payable": v.payable, **v.history})


def trained(law: Any, of: Consolidation, seed: int) -> Model:
    """A model of twelve small trees that holds dear parcels for likely finds; another for every seed."""
    from catboost import CatBoostClassifier

    line = ParcelLine(of, Context(law, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY))
    past = rows(facts_of(law, of, judged(Kernel(law, of, Eyes(KEY), line), made(500, "past"))), of.office)
    chance = np.random.default_rng(seed).random(len(past))
    past.found = (chance < np.where(past.numbers["price"] > 20, 0.5, 0.1)).astype(float)
    past.day = past.day - np.arange(len(past))[::-1] // 30
    trees = {"iterations": 12, "depth": 3, "thread_count": 1, "verbose": 0, "allow_writing_files": False}
    return train_model(past, make=lambda number: CatBoostClassifier(random_seed=number, **trees))
