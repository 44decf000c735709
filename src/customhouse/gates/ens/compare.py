"""Whether two messages say the same: content, not spelling.

Spelling is: prefixes, comments, white space between elements, at the ends of a value and doubled within (not in a TIN),
leading zeros and a plus sign of a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, zip_longest

from customhouse.gates.ens.table import MESSAGES, Leaf, rows_of
from customhouse.gates.ens.tree import Node

_ROWS = {root: rows_of(table) for root, table in MESSAGES.items()}


def differences(one: Node, other: Node, limit: int = 10) -> tuple[str, ...]:
    """What the second message says otherwise, each with its place; empty when they say the same."""
    if one.name != other.name:
        return (f"{one.name} became {other.name}",)
    return tuple(islice(_compare(one, other, _ROWS[one.name]), limit))


def _compare(one: Node, other: Node, rows: dict[str, object]) -> Iterator[str]:
    row = rows.get(one.name)
    if isinstance(row, Leaf):
        mine, theirs = row.format.value(one.text), row.format.value(other.text)
        if mine != theirs and (row.type is str or not mine or not theirs or row.type(mine) != row.type(theirs)):
            yield f"{one.location}: {mine[:60]!r} became {theirs[:60]!r}"
        elif row.type is not str and mine.partition(".")[2] != theirs.partition(".")[2]:
            yield f"{one.location}: the digits of {mine[:60]!r} became those of {theirs[:60]!r}"
        return
    for before, after in zip_longest(one.children, other.children):
        if before is None or after is None or before.name != after.name:
            was, now = (node.name if node else "nothing" for node in (before, after))
            yield f"{one.location}: {was} became {now}"
            return
        yield from _compare(before, after, rows)
