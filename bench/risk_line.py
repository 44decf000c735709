"""One declaration on the line with the risk office in it: the read of its actors' history, the walk, the model's score with reasons.

    python -m bench.risk_line [--actors 4000] [--rounds 2000]

A house in a temporary directory holds a year of counts for so many importers (a row for every third day of each) and a live model
trained on simulated trade. Clock time, one after another, in one process (on a shared machine the clock also counts the neighbours: believe p50 and CPU); `target` is the step of the line that sets the lane. Writes
bench/results/risk_line.json.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="ch-bench-"))
os.environ["CUSTOMHOUSE_DATA"] = str(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "customhouse.house.settings"
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_name] = "1"

from customhouse.house.embedded import OWNER, Server

server = Server(FOLDER, durable=False)
os.environ["CUSTOMHOUSE_DATABASE_URL"], os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"] = server.url(), server.url(OWNER)

import django

django.setup()

import argparse
import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

import asyncpg
import numpy as np
import psycopg
from msgspec.structs import replace

from bench.machine import RESULTS, machine
from customhouse.clearance import learn, line, scorer, sight
from customhouse.clearance.context import context_now
from customhouse.house import practice
from customhouse.house.start import migrate
from customhouse.record.lanes import Lane
from customhouse.record.targeting import ModelStep, Threshold
from customhouse.registry import demo, models_kept, reader
from customhouse.simulator import file

FILL = """
    insert into actor_day (kind, actor, goods, day, declarations, examined, finds, value)
    select kind, actor, '', d::date, 2, 1, (extract(day from d)::int %% 7 = 0)::int, 100000
    from (select 'importer' as kind, 'XX' || n as actor from generate_series(1, %(actors)s) n
          union all select kind, actor from unnest(%(kinds)s::text[], %(known)s::text[]) k(kind, actor)) a,
         generate_series(now() - interval '1 year', now() - interval '1 day', %(every)s::interval) d
    on conflict do nothing
"""


def prepared(actors: int) -> list[Any]:
    """A house with counts and a live model; the lodgements that are measured."""
    server.ensure()
    migrate()
    reader.serve_as(reader.SYSTEM)
    demo.seed()
    now = datetime.now(UTC)
    made = learn.train(practice.cases(900, now.date()), simulated=True)
    digest = models_kept.register(made.data, made.card, made.facts, by="bench", at=now)
    for step, by in ((ModelStep.PROPOSED, "a"), (ModelStep.PUBLISHED, "b")):
        models_kept.take(digest, step, by=by, at=now, reason="bench", thresholds=(Threshold(Lane.YELLOW, 1e-6),))
    lodged = [file(s).lodgement for s in practice.trade(practice.world(9, now.date()), 200)]
    known = {("declarant", x.declarant_id) for x in lodged}
    known |= {("importer", x.goods_shipment.importer.id) for x in lodged if x.goods_shipment.importer}
    known |= {("exporter", x.exporter.id or x.exporter.name) for x in lodged if x.exporter}
    with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
        for name, value in reader.told(reader.SYSTEM).items():
            owner.execute("select set_config(%s, %s, false)", [name, value])
        kinds, names = [k for k, _ in known], [n for _, n in known]
        owner.execute(FILL, {"actors": actors, "kinds": [], "known": [], "every": "3 days"})
        owner.execute(FILL, {"actors": 0, "kinds": kinds, "known": names, "every": "1 day"})  # the busiest there can be
        owner.execute("vacuum analyze actor_day")
        sys.stderr.write(f"{owner.execute('select count(*) from actor_day').fetchone()[0]:,} rows of counts\n")  # type: ignore[index]
    return lodged


async def measured(lodged: list[Any], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each part, declaration after declaration."""
    out: dict[str, list[float]] = {
        name: []
        for name in ("history", "walk with the model", "walk without", "target", "score", "together", "target, CPU")
    }
    base = await asyncio.to_thread(context_now)
    plain = replace(base, score=None)
    pool = await asyncpg.create_pool(server.url(), min_size=1, max_size=2, server_settings=reader.told(reader.SYSTEM))
    step = {fn.__name__: fn for _, fn in line.LINE}["target"]
    for n in range(rounds + 200):
        one = lodged[n % len(lodged)]
        began = time.perf_counter()
        known = await sight.history_of(pool, one, base.at)
        asked = time.perf_counter()
        context = replace(base, history=known)
        walked = line.walk(one, context, number=n + 1, by="bench", format="json", digest="")
        done = time.perf_counter()
        line.walk(one, plain, number=n + 1, by="bench", format="json", digest="")
        bare = time.perf_counter()
        if n < 200 or walked.declaration.selection is None:
            continue
        header, items = learn.assessed_facts(walked.declaration, known)
        ready = time.perf_counter()
        base.score(walked.declaration, header, items)  # type: ignore[misc]
        scored = time.perf_counter()
        step(walked.declaration, context)
        targeted = time.perf_counter()
        began_cpu = time.process_time()
        step(walked.declaration, context)
        out["target, CPU"].append((time.process_time() - began_cpu) * 1e3)
        for name, a, b in (
            ("history", began, asked),
            ("walk with the model", asked, done),
            ("walk without", done, bare),
            ("score", ready, scored),
            ("target", scored, targeted),
        ):
            out[name].append((b - a) * 1e3)
        out["together"].append((asked - began + targeted - scored) * 1e3)
    await pool.close()
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--actors", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=2000)
    asked = parser.parse_args()
    try:
        lodged = prepared(asked.actors)
        before = machine()
        scorer.shelf.renew()
        took = asyncio.run(measured(lodged, asked.rounds))
    finally:
        server.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
    figures = {f"{name}, p{p} ms": round(float(np.percentile(ms, p)), 3) for name, ms in took.items() for p in (50, 99)}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "risk_line.json").write_text(json.dumps({"machine": before, "figures": figures}, indent=1) + "\n")
    for name, value in figures.items():
        sys.stdout.write(f"{name:36} {value:,.3f}\n")


if __name__ == "__main__":
    main()
