"""Targeting: rows scored and explained a second on one core, from made-up trade; CPU time, since the machine may be shared.

`python -m bench.risk [--data DIR] [--rows 200000]`: with --data the model learns from CSV files there, without from the simulator.
Every row also says what was known of its actors (counted strictly before it), and these are features of the model.
What one declaration costs on the line, with its reads, is measured by `bench.risk_line`.
"Scored" starts from columns of keys and numbers in memory (as a store of columns holds them) and ends with calibrated probabilities:
key joining, past results by kind, usual prices, both halves, blend. Reading CSV and hashing distinct texts are counted apart.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench.machine import RESULTS, machine
from customhouse.labs.targeting import declared as data
from customhouse.labs.targeting import reasons
from customhouse.labs.targeting.declared import Declared
from customhouse.labs.targeting.features import BASIC, features
from customhouse.labs.targeting.levels import earlier
from customhouse.labs.targeting.model import Model, train_model
from customhouse.labs.targeting.side import PRIOR
from customhouse.record.history import HISTORY

ROUNDS = 5


def best(work: Callable[[], Any]) -> float:
    """The least CPU seconds of some rounds, after one that compiles."""
    work()
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def with_actors(declared: Declared) -> Declared:
    """The same rows with the history of importer, declarant and seller, counted over the days before each."""
    for name in HISTORY:
        declared.numbers[name] = np.zeros(len(declared))
    for kind, column in (("importer", "importer"), ("declarant", "declarant"), ("exporter", "seller")):
        finds, looks = earlier(declared.together((column,)), declared.day, declared.found)
        declared.numbers[f"{kind}_finds_365"], declared.numbers[f"{kind}_examined_365"] = finds, looks
        declared.numbers[f"{kind}_declarations_365"] = looks
    return declared


def repeated(declared: Declared, rows: int) -> Declared:
    """As many rows as asked for, the given ones over and over in a drawn order."""
    return declared.take(np.random.default_rng(1).integers(0, len(declared), rows))


def keyed(declared: Declared) -> Declared:
    """The same rows with the keys of single columns made, and none of those that are worked out when scoring."""
    for name in BASIC:
        declared.key(name)
    single = {name: declared._keys[name] for name in BASIC}
    return Declared(declared.ids, declared.day, declared.texts, declared.numbers, declared.found, single)


def run(model: Model, declared: Declared) -> dict[str, float]:
    """Rows a second and microseconds a row, all on one core."""
    n = len(declared)
    ready = keyed(declared)
    fresh = [
        Declared(ready.ids, ready.day, ready.texts, ready.numbers, ready.found, dict(ready._keys))
        for _ in range(3 * ROUNDS + 3)
    ]
    rows = features(declared, model.past)
    prior, history = model.prior.forest, model.history.forest
    assert prior is not None and history is not None
    narrow = np.ascontiguousarray(rows[:, : model.past.before + PRIOR.width])
    prior.usual, history.usual  # noqa: B018 - builds the tables, once for a model
    one = [declared.take(np.array([i])) for i in range(300)]
    waits = []
    for row in one:
        began = time.perf_counter()
        model.probability(row)
        reasons.explain(row, model)
        waits.append((time.perf_counter() - began) * 1e3)
    seconds = {
        "score": best(lambda: model.probability(fresh.pop())),
        "history": best(lambda: with_actors(fresh[0])),
        "features": best(lambda: features(fresh.pop(), model.past)),
        "prior trees": best(lambda: prior.margin(narrow)),
        "history trees": best(lambda: history.margin(rows)),
        "prior reasons": best(lambda: prior.reasons(narrow)),
        "history reasons": best(lambda: history.reasons(rows)),
    }
    few = declared.take(np.arange(300))
    return {
        "rows": n,
        "scored rows/s/core": n / seconds["score"],
        "history counted us/row (3 actors)": seconds["history"] / n * 1e6,
        "features us/row": seconds["features"] / n * 1e6,
        "prior trees us/row": seconds["prior trees"] / n * 1e6,
        "history trees us/row": seconds["history trees"] / n * 1e6,
        "exact contributions us/row, prior": seconds["prior reasons"] / n * 1e6,
        "exact contributions us/row, history": seconds["history reasons"] / n * 1e6,
        "sentences us/row": best(lambda: reasons.explain(few, model)) / len(few) * 1e6,
        "one row, score and sentences, p50 ms (clock)": float(np.percentile(waits[1:], 50)),
        "one row, score and sentences, p99 ms (clock)": float(np.percentile(waits[1:], 99)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rows", type=int, default=200_000)
    asked = parser.parse_args()
    before = machine()
    if asked.data:
        past = data.read(data.files(asked.data))
    else:
        from tests.labs import trade

        past = data.of_rows(trade.rows(20_000))
    began = time.process_time()
    model = train_model(with_actors(past))
    trained = time.process_time() - began
    figures = {"training rows": len(past), "training CPU s": trained, **run(model, repeated(past, asked.rows))}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "risk.json").write_text(json.dumps({"machine": before, "figures": figures}, indent=1) + "\n")
    for name, value in figures.items():
        print(f"{name:48} {value:,.2f}")


if __name__ == "__main__":
    main()
