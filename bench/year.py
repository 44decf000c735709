"""The simulated year: rows made a second, features of the moment, and scores with expected revenue; CPU time on one core.

`python -m bench.year [--rows 500000]`. "Made" is the whole generator with truth and oracle; "features" all features of the moment as of each day,
with results; "scored" the probability and the expected revenue from features in memory.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from bench.machine import write
from customhouse.house import year as years
from customhouse.labs.targeting.expected import learn
from customhouse.labs.targeting.moment import NAMES, Scene, asof
from customhouse.simulator.year import Plan, make

SMALL = 8_000


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds, and what came of it."""
    began = time.process_time()
    out = work()
    return time.process_time() - began, out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    asked = parser.parse_args()
    warm = years.trial(make(Plan(rows=SMALL)))  # compiles the kernels
    asof(Scene(warm.declared), warm.found, 0.03)
    making, year = spent(lambda: make(Plan(rows=asked.rows)))
    telling, rows = spent(lambda: years.declared(year))
    trial = years.trial(year)
    seeing, scene = spent(lambda: Scene(rows))
    remembering, told = spent(lambda: asof(scene, trial.found, float(trial.found.mean())))
    some = np.flatnonzero(rows.day < trial.edge)[:: max(1, len(rows) // 100_000)]
    learning, model = spent(lambda: learn(told[some], trial.found[some], trial.lost[some]))
    model.revenue(told[:1000])
    scoring, _ = spent(lambda: model.revenue(told))
    n = len(year)
    figures = {
        "rows": n,
        "made rows/s": n / making,
        "handed over rows/s": n / telling,
        "features rows/s": n / (seeing + remembering),
        "features": len(NAMES),
        "learning CPU s": learning,
        "scored rows/s": n / scoring,
    }
    for name, value in figures.items():
        print(f"{name:24} {value:,.2f}")
    print(write("year", {"figures": figures}))


if __name__ == "__main__":
    main()
