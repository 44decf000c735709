"""Where the random draws of a parcel fell, as its number says (its MRN: `registry.segment.mrns`)."""

from __future__ import annotations

import numpy as np

from customhouse.offices.risk import PPM, parcel_draw
from customhouse.stream.items import Ints


def draws(key: bytes, numbers: Ints) -> tuple[Ints, Ints]:
    """Where the random draw of each parcel falls, and that of exploration, 0 to 999,999: `offices.risk.parcel_draw`, many at
    once."""
    blocks = np.zeros((len(numbers), 2), np.uint64)
    blocks[:, 0] = numbers
    made = np.frombuffer(parcel_draw.cipher(key).update(blocks.tobytes()), np.uint64).reshape(-1, 2) % PPM
    return made[:, 0].astype(np.int64), made[:, 1].astype(np.int64)
