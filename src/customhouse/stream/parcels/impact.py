"""What a draft law would have brought in on stored parcels, and which lanes it would have set, from what `again` makes of them."""

from __future__ import annotations

import msgspec
import numpy as np

from customhouse.stream.backtest import Chosen
from customhouse.stream.items import Flags, Ints
from customhouse.stream.parcels.again import Verdicts
from customhouse.stream.parcels.past import Outcomes, Stored, columns, filed, lanes
from customhouse.stream.parcels.rows import Coded
from customhouse.stream.past import PastColumns


class Sums(msgspec.Struct):
    """As `stream.whatif.Sums`, with the tax of each parcel left out: what rests says the sum of all. `left` are the numbers of the
    parcels that are in none of the sums, `refused` those that the form of the draft would not take, by rule; `files` are files as
    they were, and under the draft."""

    chapters: dict[str, list[int]]
    origins: dict[str, list[int]]
    taxes: dict[str, list[int]]
    declarations: int
    changed: int
    left: tuple[int, ...]
    refused: dict[str, int]
    files: tuple[int, int]


def sums(stored: Stored, found: Verdicts) -> Sums:
    """The sums of a part of which `found` was made under a draft."""
    before, after = stored.part.ints("payable"), found.payable
    out = found.refused >= 0
    kept = np.flatnonzero(~found.left & ~out)
    code, origin = stored.part.coded("code"), stored.part.coded("origin")
    numbers = np.array([np.ones(len(before), np.int64), before, after, after > before, after < before], np.int64)
    counts = np.bincount(found.refused[out & ~found.left], minlength=len(found.rules)).tolist()
    return Sums(
        _grouped(code, 2, numbers, kept), _grouped(origin, None, numbers, kept), {}, len(kept),
        int(np.count_nonzero((after != before)[kept])), tuple(stored.part.number()[found.left].tolist()),
        {rule: n for rule, n in zip(found.rules, counts, strict=True) if n},
        (int(np.count_nonzero(filed(stored.part)[kept])), int(np.count_nonzero(found.file[kept]))),
    )  # fmt: skip


def moved(
    stored: Stored, found: Verdicts, judged: Flags, facts: frozenset[str], outcomes: Outcomes
) -> tuple[PastColumns, Chosen]:
    """The parcels of a part that were `judged` and have a lane, as a past; those whose lane the draft changes are chosen."""
    part = columns(stored, facts, outcomes, waiting=True)
    at = np.flatnonzero(judged & (lanes(stored.part) >= 0))
    if len(at) < len(part):
        part = part.take(at)
    lane = found.lane[at]
    hits = lane != part.lane
    rows = np.flatnonzero(hits)
    return part, Chosen(rows, hits, np.zeros(len(part), bool), lane, len(rows), final=True)


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
