"""How a segment of parcels lies: two Parquet files and the hashes of its references, each a pure function of its rows.

`facts` hold what is counted, filtered and tried (codes by dictionary, amounts, what was known of the day), one group of rows;
`texts` who, where and what, in groups of `GROUP` rows, so that one parcel is read without all the others. Both are packed by
zstd and name the library that wrote them and nothing else: no time, no machine. A parcel's reference is looked for among
the sorted fingerprints, four bytes for each row. Written by `stream.parcels.segment`; needs pyarrow (the extra `parcels`).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt
from typing import TYPE_CHECKING, Any

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
    "gross_mass", "net_mass", "price", "freight",
)  # fmt: skip
"""Texts of few kinds, by dictionary, as declared; a lane is empty where there is none."""
FACTS = (LINE, *CODES, *NUMBERS)
PLAIN = ("reference", "consignee", "address", "invoice")
"""Texts that hardly repeat: they lie one after the other."""
TEXTS = (
    "reference", "consignor", "consignee", "consignee_id", "address", "postcode", "city", "description", "invoice", "posted",
    "told",
)  # fmt: skip
"""`told` are the reasons as JSON, empty where there are none."""
GROUP = 20_000
CODED = (*CODES, *(name for name in TEXTS if name not in PLAIN))


def schema(names: Sequence[str]) -> pa.Schema:
    """The columns of `FACTS` or `TEXTS` as they are written. Nothing is ever null."""
    import pyarrow as pa

    kinds = {LINE: pa.int32(), **dict.fromkeys(NUMBERS, pa.int64()), **dict.fromkeys(PLAIN, pa.string())}
    coded = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([pa.field(name, kinds.get(name, coded), nullable=False) for name in names])


def unpacked(blob: bytes, columns: Sequence[str] = (), *, groups: Sequence[int] | None = None) -> pa.Table:
    """The columns of a packed file in this order (all where none is named), each in one piece, coded ones by dictionary; of
    some of its groups of rows where they are named. Raises pyarrow.ArrowException for bytes that are no such file."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    buffer = pa.BufferReader(blob)
    head = parquet.read_metadata(buffer)
    wanted = list(columns) or head.schema.names
    with parquet.ParquetFile(buffer, metadata=head, read_dictionary=[n for n in wanted if n in CODED]) as file:
        if groups is None:
            table = file.read(columns=wanted, use_threads=False)
        else:
            table = file.read_row_groups(list(groups), columns=wanted, use_threads=False)
    return table.select(wanted).unify_dictionaries().combine_chunks()


# --- references -------------------------------------------------------------------------------------------------------

_WIDE, _ALL = 256, (1 << 64) - 1
_MIX, _MORE = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F
FINGERPRINT = 4
"""Bytes of one."""


def fingerprint(reference: str) -> int:
    """The upper four bytes of the hash of a text: `stream.parcels.counters.hashed`, for one. It is stored, so it never changes."""
    data = reference.encode()
    made = _MIX ^ len(data) * _MORE & _ALL
    for start in range(0, min(_WIDE, len(data)), 8):
        made = (made ^ int.from_bytes(data[start : start + 8], "little")) * _MIX & _ALL
        made = (made ^ made >> 29) * _MORE & _ALL
        made ^= made >> 29
    return made >> 32


def window(rows: int, sought: int) -> tuple[int, int]:
    """(first, beyond) of the places among so many sorted fingerprints where one is, unless it lies very oddly: hashes are spread
    evenly, so it stands about where its size says."""
    middle, half = sought * rows >> 32, 4 * isqrt(rows) + 16
    return max(0, middle - half), min(rows, middle + half)


def stands(part: bytes, sought: int, *, begins: bool, ends: bool) -> bool | None:
    """Whether a fingerprint is among these; None where it could lie outside of them. `begins` and `ends` say that there is nothing
    before or behind."""
    found = memoryview(part).cast("I") if part else memoryview(b"").cast("I")
    if not len(found):
        return False
    if (found[0] >= sought and not begins) or (found[-1] < sought and not ends):
        return None
    return sought in set(found)


def places(columns: Any, name: str, word: str) -> list[int]:
    """The places of the rows of a table that hold exactly this text."""
    import pyarrow.compute as pc

    return [int(n) for n in pc.indices_nonzero(pc.equal(columns[name], word)).to_pylist()]
