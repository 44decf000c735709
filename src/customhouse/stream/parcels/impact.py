"""What a draft law would have brought in on stored parcels, from the columns of the shelf: value and duty by the kernel's own `Worth`.

The offices are asked once for each distinct code, origin and claim; parcels that columns leave to the offices are named.
"""

from __future__ import annotations

from datetime import date

import msgspec
import numpy as np

from customhouse.law.book import Book
from customhouse.stream.duty import Engine
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels.past import Stored
from customhouse.stream.parcels.rows import Coded
from customhouse.stream.parcels.worth import Worth


class Sums(msgspec.Struct):
    """As `stream.whatif.Sums`, with the tax of each parcel left out: what rests says the sum of all. `left` are the numbers of the
    parcels that are in none of the sums."""

    chapters: dict[str, list[int]]
    origins: dict[str, list[int]]
    taxes: dict[str, list[int]]
    declarations: int
    changed: int
    left: tuple[int, ...]


def sums(stored: Stored, draft: Book, engine: Engine, as_of: date | None = None) -> Sums:
    """The sums of a part under a draft, whose `engine` is kept from part to part; on the day of each or as it stands on one."""
    before, number = stored.part.ints("payable"), stored.part.number()
    after, left = np.zeros(len(before), np.int64), np.zeros(len(before), bool)
    for of, whole, run in stored.runs():
        worth = Worth(draft.on(as_of or whole.day, rates=whole.day), of, engine)
        rows = stored.rows(run)
        value, certain = worth.values(rows)
        owed = worth.owed(rows, value)
        after[run], left[run] = owed.payable, owed.left | ~certain
    kept = np.flatnonzero(~left)
    code, origin = stored.part.coded("code"), stored.part.coded("origin")
    numbers = np.array([np.ones(len(before), np.int64), before, after, after > before, after < before], np.int64)
    return Sums(
        _grouped(code, 2, numbers, kept), _grouped(origin, None, numbers, kept), {}, len(kept),
        int(np.count_nonzero((after != before) & ~left)), tuple(number[left].tolist()),
    )  # fmt: skip


def _grouped(column: Coded, size: int | None, numbers: Ints, kept: Flags | Ints) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    totals = np.zeros((len(numbers), len(column.words)), np.int64)
    for total, values in zip(totals, numbers, strict=True):
        np.add.at(total, column.code[kept], values[kept])
    for n in np.flatnonzero(totals[0]).tolist():
        into = found.setdefault(column.words[n].as_py()[:size] or "?", [0] * len(numbers))
        for at, total in enumerate(totals[:, n].tolist()):
            into[at] += total
    return found
