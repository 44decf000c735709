"""docs/access.md, made from the tables: `python -m tests.desks.access_page` writes it."""

from __future__ import annotations

from pathlib import Path

from customhouse.record.access import ACTIONS, EVERYONE
from customhouse.record.flow import MAY

PAGE = Path(__file__).resolve().parents[2] / "docs" / "access.md"
HEAD = """# Who may do what

Made from the tables `ACTIONS` in [`record/access.py`](../src/customhouse/record/access.py) and `MAY` in
[`record/flow.py`](../src/customhouse/record/flow.py) by `python -m tests.desks.access_page`; a test holds them together, and
another walks every page and every API route with each role, on own and foreign files (`tests/desks/test_matrix.py`).

## Actions and roles

A cell says on whose file the role may do it. **own**: its trader is the declarant. **party**: its trader is declarant, importer
or exporter, or was authorised by one of them to read. **office**: files of the customs office of the account; all, where the
account has none. **agency**: held for or routed to the account's agency. **all**: every file. **self**: no file is concerned.
The software of a trader may do what its broker may. Whoever asks for a file that is not theirs gets the answer of one that
does not exist (404).

"""
ACTS = """
## Acts on a declaration

Which act each role may record, once the file is theirs to act on; the automatic line (`system`) records the others.

"""


def table(rows: dict[str, dict[str, str]], first: str) -> str:
    """A table in Markdown: a row per key, a column per role."""
    lines = [f"| {first} | " + " | ".join(r.value for r in EVERYONE) + " |", "|---" * (len(EVERYONE) + 1) + "|"]
    lines += [
        f"| {name} | " + " | ".join(cells.get(r.value, "") for r in EVERYONE) + " |" for name, cells in rows.items()
    ]
    return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page."""
    actions = {f"`{name}`": {r.value: w.value for r, w in cells.items()} for name, cells in ACTIONS.items()}
    acts = {name: {r.value: "yes" for r in roles} for name, roles in MAY.items() if any(r in EVERYONE for r in roles)}
    return HEAD + table(actions, "action") + ACTS + table(acts, "act")


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
