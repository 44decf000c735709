"""Nearest past cases of a declaration: the examined ones most like it, with what was found, for the targeter's desk and appeals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from customhouse.clearance import learn
from customhouse.clearance.learn import Case
from customhouse.registry import decided

DAYS = 365
MOST = 3000  # examined declarations that are compared, the newest


class Near(msgspec.Struct, frozen=True):
    """A past case: which declaration and item, how far (0 to 1), in what alike, and what its examination found."""

    number: int
    mrn: str
    item: int
    at: datetime
    distance: float
    alike: tuple[str, ...]
    found: bool
    text: str


def nearest(number: int, k: int = 5) -> tuple[Near, ...]:
    """The `k` nearest cases examined before the lane of this declaration was set; empty where no lane was set. Needs the extra
    `targeting` (raises ImportError without it)."""
    one = decided.one(number)
    if one is None or one.declaration.acceptance is None:
        return ()
    told = learn.cases(one.at - timedelta(DAYS), one.at, examined=True, most=MOST)
    return among(None, learn.case(one), told, k)


def among(model: Any, asked: Case, told: Sequence[Case], k: int = 5) -> tuple[Near, ...]:
    """The nearest of these to the likeliest item of `asked` (by `model`; its first item where there is none): one row a declaration,
    and only results that were known when its lane was set."""
    import numpy as np

    from customhouse.labs.targeting import lodged, nearest

    at = asked.decided.at
    known = [
        c
        for c in told
        if c.decided.examined_at
        and c.decided.examined_at < at
        and c.decided.declaration.id != asked.decided.declaration.id
    ]
    if not known or not asked.rows:
        return ()
    rows = lodged.columns(asked.rows)
    best = int(model.probability(rows).argmax()) if model is not None else 0
    one, others = rows.take(np.array([best])), learn.columns(known)
    whose = [(c, r) for c in known for r in c.rows]
    far = nearest.distances(one, others)
    out: list[Near] = []
    for n in np.argsort(far, kind="stable"):
        case, row = whose[int(n)]
        d = case.decided.declaration
        if any(o.number == d.id for o in out):
            continue
        result = case.decided.result
        item = int(row.id.rpartition("/")[2])
        out.append(Near(d.id, d.mrn, item, case.decided.at, round(float(far[n]), 4), nearest.alike(one, others, int(n)),
                        row.found > 0, result.text if result else ""))  # fmt: skip
        if len(out) == k:
            break
    return tuple(out)
