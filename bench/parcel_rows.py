"""Stored parcels as plain rows of text: what a register with a row for each would have copied into a table (the limit of bench.parcels)."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from customhouse.registry import parcel_packed, parcels, segment

WHOLE = (segment.LINE, *segment.NUMBERS)
COLUMNS = ("id", "mrn", *segment.FACTS, *segment.TEXTS)
TABLE = (
    "create table bench_parcel (id bigint primary key, mrn text not null, "
    + ", ".join(f"{name} {'bigint' if name in WHOLE else 'text'} not null" for name in COLUMNS[2:])
    + ")"
)


def chunks(number: int) -> list[bytes]:
    """The rows of a consolidation, tab between columns and line feed at the end, segment by segment."""
    return [_text(parcels.get(number), one) for one in parcel_packed.of(number)]


def _text(of: parcels.Begun, one: parcel_packed.Packed) -> bytes:
    facts, texts = segment.unpacked(one.facts), segment.unpacked(one.texts)
    numbers = facts[segment.LINE].to_numpy().astype("int64") + parcels.span(of.id)[0]
    columns = [pa.array(numbers).cast(pa.string()), segment.mrns(of.of.destination, of.day, numbers)]
    columns += [_column(table[name].combine_chunks()) for table in (facts, texts) for name in table.column_names]
    lines = pc.binary_join_element_wise(*columns, "\t").to_pylist()
    return ("\n".join(lines) + "\n").encode()


def _column(column: Any) -> Any:
    if pa.types.is_integer(column.type):
        return column.cast(pa.string())
    if pa.types.is_dictionary(column.type):
        return pc.replace_substring(column.dictionary, "\\", "\\\\").take(column.indices)
    return pc.replace_substring(column, "\\", "\\\\")
