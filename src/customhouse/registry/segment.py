"""How a segment of parcels lies: two Parquet files and the hashes of its references, each a pure function of its rows.

`facts` hold what is counted, filtered and tried (codes by dictionary, amounts, what was known of the day), one group of rows;
`texts` who, where and what, in groups of `GROUP` rows, so that one parcel is read without all the others. Both are packed by
zstd and name the library that wrote them and nothing else: no time, no machine. A parcel's reference is looked for among
the sorted fingerprints, four bytes for each row. Written by `stream.parcels.segment`; needs pyarrow (the extra `parcels`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from customhouse.kernel.number import ISO6346_VALUES
from customhouse.offices.longroom import DIGITS, IMPORT, SEQUENCE_LENGTH, issue_mrn
from customhouse.record.parcel import ADDED

if TYPE_CHECKING:
    import pyarrow as pa

HISTORY = (
    "consignee_parcels_today", "consignee_value_today", "address_parcels_today", "address_value_today", "alike_today",
    "typical_value_percent",
)  # fmt: skip
LINE = "line"
AMOUNTS = ("value", "duty", "payable")
NUMBERS = (*AMOUNTS, *HISTORY)
"""Whole numbers of 64 bits; amounts in minor units."""
CODES = (
    "verdict", "lane", "code", "origin", "consignor_country", "dispatch", "currency", "procedures", "scheme", "packages",
    "gross_mass", "net_mass", "price", "freight", "agent", "representation", "nationality", "location", "documents", "statements",
    "tax_parties",
)  # fmt: skip
"""Texts of few kinds, by dictionary, as declared; a lane is empty where there is none."""
FACTS = (LINE, *CODES, *NUMBERS)
PLAIN = ("reference", "consignee", "address", "invoice")
"""Texts that hardly repeat: they lie one after the other."""
TEXTS = (
    "reference", "consignor", "consignee", "consignee_id", "address", "postcode", "city", "description", "invoice", "posted",
    "consignor_address", "consignor_postcode", "consignor_city", "previous", "told",
)  # fmt: skip
"""`told` are the reasons as JSON, empty where there are none."""
GROUP = 20_000
_AT = len("26XM11")  # where the sequence of an MRN begins
CODED = (*CODES, *(name for name in TEXTS if name not in PLAIN))


def schema(names: Sequence[str]) -> pa.Schema:
    """The columns of `FACTS` or `TEXTS` as they are written. Nothing is ever null."""
    import pyarrow as pa

    kinds = {LINE: pa.int32(), **dict.fromkeys(NUMBERS, pa.int64()), **dict.fromkeys(PLAIN, pa.string())}
    coded = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([pa.field(name, kinds.get(name, coded), nullable=False) for name in names])


def unpacked(blob: bytes, columns: Sequence[str] = (), *, groups: Sequence[int] | None = None) -> pa.Table:
    """The columns of a packed file in this order (all where none is named), each in one piece, coded ones by dictionary; of
    some of its groups of rows where they are named. A field that was added after the file was written is empty. Raises pyarrow.ArrowException for bytes that are no such file."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    buffer = pa.BufferReader(blob)
    head = parquet.read_metadata(buffer)
    wanted, there = list(columns) or head.schema.names, head.schema.names
    lacking = [n for n in wanted if n in ADDED and n not in there]
    read = [n for n in wanted if n not in lacking]
    with parquet.ParquetFile(buffer, metadata=head, read_dictionary=[n for n in read if n in CODED]) as file:
        if groups is None:
            table = file.read(columns=read, use_threads=False)
        else:
            table = file.read_row_groups(list(groups), columns=read, use_threads=False)
    for name in lacking:
        table = table.append_column(name, pa.array([""] * len(table), pa.string()).dictionary_encode())
    return table.select(wanted).unify_dictionaries().combine_chunks()


def at(blob: bytes, places: Sequence[int], columns: Sequence[str] = ()) -> pa.Table:
    """The rows in these places (from 0, rising), of no more groups of rows than they lie in."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    head = parquet.read_metadata(pa.BufferReader(blob))
    groups, rows, before, begins = [], [], 0, 0
    for n in range(head.num_row_groups):
        size = head.row_group(n).num_rows
        if here := [place - begins for place in places if begins <= place < begins + size]:
            groups.append(n)
            rows += [before + place for place in here]
            before += size
        begins += size
    return unpacked(blob, columns, groups=groups).take(pa.array(rows, pa.int64()))


def mrns(country: str, day: date, numbers: Any) -> pa.StringArray:
    """The MRN of each number, as `offices.longroom.issue_mrn` gives it, from an array of whole numbers."""
    import numpy as np
    import pyarrow as pa

    if not len(numbers):
        return pa.array([], pa.string())
    pattern = np.frombuffer(issue_mrn(country, day, 0).encode(), np.uint8)
    made = np.tile(pattern, (len(numbers), 1))
    digits, rest = np.frombuffer(DIGITS.encode(), np.uint8), numbers
    for place in range(_AT + SEQUENCE_LENGTH - 1, _AT - 1, -1):
        rest, digit = np.divmod(rest, 36)
        made[:, place] = digits[digit]
    assert chr(pattern[_AT + SEQUENCE_LENGTH]) == IMPORT
    values = np.zeros(128, np.int64)
    values[[ord(letter) for letter in ISO6346_VALUES]] = list(ISO6346_VALUES.values())
    powers = np.left_shift(1, np.arange(len(pattern) - 1))
    made[:, -1] = values[made[:, :-1]] @ powers % 11 % 10 + ord("0")
    offsets = np.arange(len(numbers) + 1, dtype=np.int32) * len(pattern)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(made.tobytes()))


# --- references -------------------------------------------------------------------------------------------------------

_WIDE, _ALL = 256, (1 << 64) - 1
_MIX, _MORE = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
FINGERPRINT = 4
"""Bytes of one."""


def fingerprint(reference: str) -> int:
    """The upper four bytes of the hash of a text: `stream.parcels.counters.hashed`, for one. It is stored, so it never changes."""
    data = reference.encode()
    made = _MIX ^ len(data) * _MORE & _ALL
    for start in range(0, max(1, min(_WIDE, len(data))), 8):
        made = (made ^ int.from_bytes(data[start : start + 8], "little")) * _MIX & _ALL
        made = (made ^ made >> 29) * _MORE & _ALL
        made ^= made >> 29
    return made >> 32


def stands(part: bytes, sought: int, *, begins: bool, ends: bool) -> bool | None:
    """Whether a fingerprint is among these; None where it could lie outside of them. `begins` and `ends` say that there is nothing
    before or behind."""
    found = memoryview(part).cast("I")
    if not len(found):
        return False
    if (found[0] >= sought and not begins) or (found[-1] < sought and not ends):
        return None
    n = bisect_left(found, sought)
    return n < len(found) and found[n] == sought
