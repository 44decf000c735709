"""What a parcel's number says: its MRN, and where its random draws fell."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from customhouse.kernel.number import ISO6346_VALUES
from customhouse.offices.longroom import DIGITS, IMPORT, SEQUENCE_LENGTH, issue_mrn
from customhouse.offices.risk import PPM, parcel_draw
from customhouse.stream.items import Ints

_DIGITS = np.frombuffer(DIGITS.encode(), np.uint8)
_VALUES = np.zeros(128, np.int64)
for _letter, _value in ISO6346_VALUES.items():
    _VALUES[ord(_letter)] = _value
_AT = len("26XM11")


def mrns(country: str, day: date, numbers: Ints) -> pa.StringArray:
    """The MRN of each number, as `offices.longroom.issue_mrn` gives it."""
    if not len(numbers):
        return pa.array([], pa.string())
    pattern = np.frombuffer(issue_mrn(country, day, 0).encode(), np.uint8)
    made = np.tile(pattern, (len(numbers), 1))
    rest = numbers
    for place in range(_AT + SEQUENCE_LENGTH - 1, _AT - 1, -1):
        rest, digit = np.divmod(rest, 36)
        made[:, place] = _DIGITS[digit]
    assert chr(pattern[_AT + SEQUENCE_LENGTH]) == IMPORT
    powers = np.left_shift(1, np.arange(len(pattern) - 1))
    made[:, -1] = _VALUES[made[:, :-1]] @ powers % 11 % 10 + ord("0")
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * len(pattern)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(made.tobytes()))


def draws(key: bytes, numbers: Ints) -> tuple[Ints, Ints]:
    """Where the random draw of each parcel falls, and that of exploration, 0 to 999,999: `offices.risk.parcel_draw`, many at
    once."""
    blocks = np.zeros((len(numbers), 2), np.uint64)
    blocks[:, 0] = numbers
    made = np.frombuffer(parcel_draw.cipher(key).update(blocks.tobytes()), np.uint64).reshape(-1, 2) % PPM
    return made[:, 0].astype(np.int64), made[:, 1].astype(np.int64)
