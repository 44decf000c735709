"""Names: what screening costs a declaration, with as many invented names listed as the large public lists have.

`python -m bench.names [--names 23000]`: the time to make the index, what it holds in memory, and what one declaration costs whose
traders come for the first time, and again; CPU time of one thread, since the machine may be shared.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time

from bench.machine import RESULTS, machine
from customhouse.clearance.screen import Screen
from customhouse.clearance.screening import Asked
from customhouse.record.lodgement import GoodsShipment, Lodgement
from customhouse.record.parts import Party
from customhouse.record.screening import ListedIn
from customhouse.record.watch_list import ListedParty, PartyKind
from customhouse.simulator import spelling
from customhouse.simulator.draw import Draw

LIST = ListedIn("bench", 1, "00")
DECLARATIONS = 2000


def listed(names: int) -> list[ListedParty]:
    """Invented parties under several names each, until there are so many names."""
    found: list[ListedParty] = []
    total = 0
    for firm in spelling.firms(900, names // 2):
        ways = tuple(
            dict.fromkeys(w.name for w in spelling.written(900, firm, Draw(900, "n", firm.entity).whole(1, 4)))
        )
        found.append(ListedParty(str(firm.entity), ways, PartyKind.ORGANISATION))
        total += len(ways)
        if total >= names:
            break
    return found


def declarations(n: int) -> list[Lodgement]:
    """Declarations of four traders each, whom nobody listed but some of whom bear names alike."""
    firms = spelling.firms(901, 4 * n)
    parties = [Party(name=f"{f.stem} {f.town} {f.trade} {f.form}") for f in firms]
    return [
        Lodgement(
            declarant=parties[k],
            exporter=parties[k + 1],
            goods_shipment=GoodsShipment(importer=parties[k + 2], consignee=parties[k + 3]),
        )
        for k in range(0, 4 * n, 4)
    ]


def each(asked: Asked, lodged: list[Lodgement]) -> list[float]:
    """Microseconds of CPU for each declaration."""
    spent = []
    for one in lodged:
        began = time.thread_time_ns()
        asked.look(one)
        spent.append((time.thread_time_ns() - began) / 1000)
    return spent


def run(names: int) -> dict[str, float]:
    parties = listed(names)
    lodged = declarations(DECLARATIONS)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.thread_time()
    screen = Screen([(LIST, party) for party in parties])
    built = time.thread_time() - began
    asked = Asked((LIST,), screen)
    first, again = each(asked, lodged), each(asked, lodged)
    return {
        "listed_names": sum(len(p.names) for p in parties),
        "index_s": round(built, 2),
        "index_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
        "declarations": len(lodged),
        "new_traders_us_median": round(statistics.median(first)),
        "new_traders_us_p99": round(statistics.quantiles(first, n=100)[98]),
        "known_traders_us_median": round(statistics.median(again), 1),
        "known_traders_us_p99": round(statistics.quantiles(again, n=100)[98], 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=int, default=23_000)
    told = {"screening": run(parser.parse_args().names), "machine": machine()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "names.json").write_text(json.dumps(told, indent=1) + "\n")
    print(json.dumps(told["screening"], indent=1))


if __name__ == "__main__":
    main()
