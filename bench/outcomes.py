"""The page of results over a year of made-up outcomes: counted from the outcomes themselves, and from the cells that are counted by day.

`python -m bench.outcomes [--outcomes 300000]`: a year of twelve offices, 20,000 importers and 1,200 strata of goods, of which 6 % are looked at.
Wall and CPU of the database beside each other, since the machine may be shared; the last day but one has changed, as on a working day. Both
ways must tell the same. Writes bench/results/outcomes.json.
"""

# ruff: noqa: E402
from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="ch-bench-outcomes-"))
os.environ["CUSTOMHOUSE_DATA"] = str(FOLDER)
os.environ["DJANGO_SETTINGS_MODULE"] = "customhouse.house.settings"

from customhouse.house.embedded import OWNER, Server

server = Server(FOLDER, durable=False)
os.environ["CUSTOMHOUSE_DATABASE_URL"] = server.url()
os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"] = server.url(OWNER)

import django

django.setup()

import argparse
import json
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import psycopg

from bench.machine import cpu_seconds, write
from customhouse.clearance.results import results
from customhouse.house.start import migrate
from customhouse.registry import outcome_days, reader

UNTIL = date(2026, 1, 1)
WHEN = (UNTIL - timedelta(365), UNTIL)
ROUNDS = 5
FILL = """
    insert into outcome
    select n, d, d + interval '9 hours', 'XM0000' || 10 + n %% 12, lane, lane, chosen, '{}', '', 'm' || n / 100000, null, 0, 20000, 10000,
        false, case when n %% 997 = 0 then 'officer' || n %% 40 else '' end, 'XM' || (20000 * power(random(), 3))::int, '', 'XM1',
        'O' || (30 * power(random(), 2))::int, lpad((1 + 40 * power(random(), 2))::int::text, 2, '0'), '', n, 100, 'USD',
        case when seen then 'documents' else '' end, null, case when seen then 'examiner' || n %% 60 else '' end,
        case when not seen then '' when n %% 7 = 0 then 'discrepancy' else 'conform' end, '',
        case when seen and n %% 7 = 0 then '{value}'::text[] else '{}' end, '', case when seen and n %% 7 = 0 then 1000 else 0 end,
        case when seen then 20 else 0 end,
        d + interval '9 hours' + make_interval(mins => (case when seen then 3000 else 400 end * random())::int), true, 9
    from (
        select n, %(since)s::date + (n * 365 / %(many)s)::int as d, cardinality(chosen) > 0 as seen, chosen,
            case when cardinality(chosen) = 0 then 'GREEN' when 'random' = any(chosen) then 'YELLOW' else 'RED' end as lane
        from (
            select n, array_remove(array[case when n %% 50 = 0 then 'random' end, case when n %% 91 = 0 then 'explore' end,
                case when n %% 29 = 0 then 'rule-' || n %% 120 end], null) as chosen from generate_series(0, %(many)s - 1) n
        ) a
    ) b
"""


def filled(many: int) -> None:
    server.ensure()
    migrate()
    reader.serve_as(reader.SYSTEM)
    with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
        for name, value in reader.told(reader.SYSTEM).items():
            owner.execute("select set_config(%s, %s, false)", [name, value])
        owner.execute(FILL, {"since": WHEN[0], "many": many})
        owner.execute("insert into outcome_changed select distinct day from outcome")
        owner.execute("vacuum analyze outcome")


def _cpu() -> float:
    """CPU seconds that the database has used so far."""
    return cpu_seconds(int((server.cluster / "postmaster.pid").read_text().split()[0]))


def timed(work: Callable[[], Any], rounds: int) -> tuple[Any, dict[str, float]]:
    """What it answers, and the median of its wall and CPU seconds."""
    wall, cpu, told = [], [], None
    for _ in range(rounds):
        began, used = time.perf_counter(), _cpu()
        told = work()
        wall.append(time.perf_counter() - began)
        cpu.append(_cpu() - used)
    return told, {"wall s": round(sorted(wall)[rounds // 2], 2), "CPU s": round(sorted(cpu)[rounds // 2], 2)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outcomes", type=int, default=300_000)
    asked = parser.parse_args()
    figures: dict[str, Any] = {"outcomes": asked.outcomes}
    try:
        filled(asked.outcomes)
        plain, figures["from the outcomes"] = timed(lambda: results(*WHEN), 1)
        _, figures["counting a year by day"] = timed(outcome_days.count_changed, 1)
        with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
            owner.execute("vacuum analyze outcome_cell")
            figures["cells"] = owner.execute(
                "select reltuples::int from pg_class where relname = 'outcome_cell'"
            ).fetchone()[0]  # type: ignore[index]
        outcome_days.mark([UNTIL - timedelta(2)])
        told, figures["from the cells"] = timed(lambda: results(*WHEN), ROUNDS)
        _, figures["a day counted again"] = timed(outcome_days.count_changed, 1)
    finally:
        server.stop()
        shutil.rmtree(FOLDER, ignore_errors=True)
    if told != plain:
        raise SystemExit("the two ways do not tell the same")
    write("outcomes", {"figures": figures})
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
