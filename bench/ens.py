"""What an entry summary declaration costs, in CPU time of one core: reading, checking structure, all rules of a set.

    python -m bench.ens [--rules FILE_OR_DIR --messages DIR_OR_ARCHIVE]

Without options it takes our own samples and rules. Writes medians of several rounds to bench/results/ens.json.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path
from typing import Any

from bench import machine
from bench.pure import cpu_us

OWN = Path(__file__).parents[1] / "examples" / "ens"
SPREAD = 60
"""How many messages of a large set are timed, evenly chosen by size."""


def figures(rules_at: Path, messages_at: Path) -> dict[str, Any]:
    from customhouse.gates import ens
    from customhouse.gates.ens import reader, tree
    from customhouse.house.conformance.beside import ens_material
    from customhouse.house.conformance.material import pieces
    from customhouse.house.conformance.report import Skip
    from customhouse.kernel.problem import Refusal

    rules = ens.RuleSet(ens_material(messages_at, rules_at, None).rules)
    found = []
    for piece in pieces(messages_at):
        try:
            if not isinstance(piece, Skip):
                reader.summary(reader.message_of(tree.parse(piece.data)))
                found.append(piece.data)
        except Refusal:
            continue
    found.sort(key=len)
    chosen = found[:: max(1, len(found) // SPREAD)]
    parts: dict[str, list[float]] = {"parse": [], "structure": [], "rules": [], "write": []}
    for data in chosen:
        message = reader.message_of(tree.parse(data))
        summary = reader.summary(message)
        parts["parse"].append(cpu_us(lambda data=data: tree.parse(data), times=20, rounds=5))
        parts["structure"].append(cpu_us(lambda m=message: reader.summary(m), times=20, rounds=5))
        parts["rules"].append(cpu_us(lambda m=message: _forgotten(rules, m), times=20, rounds=5))
        parts["write"].append(cpu_us(lambda s=summary: ens.write(s), times=20, rounds=5))
    whole = [sum(three) for three in zip(parts["parse"], parts["structure"], parts["rules"], strict=True)]
    growth = {items: _grown(found[len(found) // 2], items, rules) for items in (1, 10, 100, 999)}
    return {
        "unit": "CPU microseconds per message, median over messages",
        "assertions": len(rules),
        "messages": len(found),
        "timed": len(chosen),
        **{name: round(statistics.median(times), 1) for name, times in parts.items()},
        "read_and_all_rules": round(statistics.median(whole), 1),
        "read_and_all_rules_worst": round(max(whole), 1),
        "by_number_of_items": growth,
    }


def _forgotten(rules: Any, message: Any) -> Any:
    """The rules over a message as if for the first time."""
    for node in message.walk():
        node.memo = None
    return rules.problems(message)


def _grown(data: bytes, items: int, rules: Any) -> float:
    """A message whose last goods item stands `items` times, from bytes to verdict."""
    from customhouse.gates.ens import reader, tree

    end = data.rindex(b"</GOOITEGDS>") + len(b"</GOOITEGDS>")
    item = data[data.rindex(b"<GOOITEGDS>") : end]
    grown = data[:end] + item * (items - 1) + data[end:]

    def judged() -> Any:
        message = reader.message_of(tree.parse(grown))
        reader.summary(message)
        return rules.problems(message)

    return cpu_us(judged, times=max(1, 50 // items), rounds=5)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rules", type=Path, default=OWN / "rules.json")
    options.add_argument("--messages", type=Path, default=OWN / "good")
    given = options.parse_args()
    told = figures(given.rules, given.messages)
    path = machine.write("ens", told)
    for name, value in told.items():
        sys.stdout.write(f"{name:<30} {value}\n")
    sys.stdout.write(f"written to {path}\n")


if __name__ == "__main__":
    main()
