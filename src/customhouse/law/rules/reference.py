"""The rule language in tables, as the documentation shows them: `python -m customhouse.law.rules.reference FILE` renews a page."""

from __future__ import annotations

import sys
from pathlib import Path

from customhouse.law.rules import units
from customhouse.law.rules.functions import FUNCTIONS
from customhouse.law.rules.told import LABELS
from customhouse.record.facts import HEADER, ITEM
from customhouse.record.history import HISTORY

BEGIN, END = "<!-- made from the code: begin -->", "<!-- made from the code: end -->"
COUNTED = {
    units.MONEY: "minor units", units.MASS: "grams", units.THOUSANDTHS: "thousandths", units.DAY: "20261224",
    units.WEEKDAY: "1 to 7", units.MONTH: "1 to 12",
}  # fmt: skip
TYPES = {"text": "text", "int": "number", "codes": "codes", "bool": "true or false"}


def tables() -> str:
    """Functions and facts, in Markdown."""
    lines = ["### Functions", "", "| function | gives | meaning |", "|---|---|---|"]
    gives = {"bool": "true or false", "int": "number"}
    lines += [f"| `{f.written}` | {gives[f.gives]} | {f.told} |" for f in FUNCTIONS.values()]
    for title, facts in (
        ("Facts of the declaration", HEADER), ("What is known of the actors", HISTORY), ("Facts of an item", ITEM),
    ):  # fmt: skip
        lines += ["", f"### {title}", "", "| fact | told as | type | meaning |", "|---|---|---|---|"]
        lines += [
            f"| `{name}` | {LABELS[name]} | {TYPES[kind]}{_counted(name)} | {text} |"
            for name, (kind, text) in facts.items()
        ]
    return "\n".join(lines)


def _counted(name: str) -> str:
    found = COUNTED.get(units.unit_of(name))
    return f", {found}" if found else ""


def renewed(page: str) -> str:
    """The page with the tables as they are now. Raises ValueError where it has no place for them."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no place for the tables: {BEGIN} ... {END}")
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")
