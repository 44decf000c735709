"""What a kilogram of the goods of a heading is usually worth, worked out from the columns of a consolidation. Needs numpy."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("line", "verdict", "code", "gross_mass", "value")
TAKEN = ("released", "due", "file")
LEAST = 30  # parcels of a heading that make a typical value
MANY, SHARE = 20_000, 16  # of so many parcels one in so many says it
_SCALE = 1_000_000  # milligrams


def usual(tables: Iterable[pa.Table], parcels: int) -> list[tuple[str, int, int]]:
    """(heading, parcels, minor units by the kilogram) of the headings with enough parcels that were taken, weigh and are worth
    something: the middle one, of an even number the lower. `tables` hold `COLUMNS`, `parcels` is how many there are in all."""
    import numpy as np

    headings: list[Any] = []
    worth: list[Any] = []
    for table in tables:
        keep = np.isin(_of(table, "verdict", lambda word: word), TAKEN)
        mass = _of(table, "gross_mass", lambda word: int(Decimal(word or "0") * _SCALE))
        value = table["value"].to_numpy()
        keep &= (mass > 0) & (value > 0)
        if parcels >= MANY:
            keep &= table["line"].to_numpy() % SHARE == 0
        headings.append(_of(table, "code", lambda word: word[:4])[keep])
        worth.append(value[keep] * _SCALE // mass[keep])
    if not headings:
        return []
    heading, per_kg = np.concatenate(headings), np.concatenate(worth)
    order = np.lexsort((per_kg, heading))
    heading, per_kg = heading[order], per_kg[order]
    names, first, counts = np.unique(heading, return_index=True, return_counts=True)
    return [
        (str(name), int(n), int(per_kg[start + (n - 1) // 2]))
        for name, start, n in zip(names, first, counts, strict=True)
        if n >= LEAST
    ]


def _of(table: pa.Table, name: str, how: Any) -> Any:
    """A coded column with something made of each of its words."""
    import numpy as np

    column = table[name].combine_chunks()
    made = np.array([how(word) for word in column.dictionary.to_pylist()])
    return made[column.indices.to_numpy()] if len(made) else made.astype(np.int64)


def middle(values: list[tuple[int, int]]) -> int:
    """The weighted median of (value, weight)."""
    half, upto = sum(n for _, n in values) / 2, 0
    for value, n in values:
        upto += n
        if upto >= half:
            return value
    return 0
