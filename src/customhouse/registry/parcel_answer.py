"""The answer of a consolidation, segment by segment: one line for every parcel and every line that could not be read.

CSV as PostgreSQL writes it (an absent value is empty, an empty text is quoted), or JSON lines without what is absent. Needs
pyarrow; knows no register.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

if TYPE_CHECKING:
    import pyarrow as pa

NAMES = ("line", "reference", "verdict", "mrn", "lane", "value", "payable", "reasons")
HEADER = ",".join(NAMES).encode() + b"\n"
FACTS = ("line", "verdict", "lane", "value", "payable")
TEXTS = ("reference", "told")
Quarantine = Sequence[tuple[int, str, str, str, str]]
"""(line, rule, why, hint, value) of each line that could not be read."""


class Teller(Protocol):
    """Says reasons in another language than that in which they rest, English."""

    def row(self, told: str) -> str:
        """The reasons of a row, JSON as it rests, with other sentences."""

    def line(self, rule: str, why: str, hint: str) -> tuple[str, str]:
        """(why, hint) of a line that could not be read."""


def retold(texts: pa.Table, teller: Teller) -> pa.Table:
    """The texts of a segment with the reasons as somebody else says them, each distinct one asked for once."""
    import pyarrow as pa

    column = texts["told"].combine_chunks()
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    words = pa.array([teller.row(told) for told in column.dictionary.to_pylist()], pa.string())
    return texts.set_column(texts.column_names.index("told"), "told", words.take(column.indices))


def csv_lines(facts: pa.Table, texts: pa.Table, mrns: pa.Array, quarantine: Quarantine) -> bytes:
    """The lines of a segment in order. `mrns` are those of its rows, empty where a row was not taken."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def text(name: str, table: pa.Table) -> Any:
        column = table[name].combine_chunks()
        if pa.types.is_dictionary(column.type):
            return _quoted(column.dictionary).take(column.indices)
        return _quoted(column)

    line = facts["line"].combine_chunks()
    columns = (
        line.cast(pa.string()), text("reference", texts), text("verdict", facts), mrns, text("lane", facts),
        facts["value"].combine_chunks().cast(pa.string()), facts["payable"].combine_chunks().cast(pa.string()),
        text("told", texts),
    )  # fmt: skip
    rows = pc.binary_join_element_wise(*columns, ",")
    told = [f'{one[0]},"",unreadable,,,,,' + quoted(_as_postgresql(one)) for one in quarantine]
    return _in_order(line, rows, [one[0] for one in quarantine], told)


def json_lines(facts: pa.Table, texts: pa.Table, mrns: pa.Array, quarantine: Quarantine) -> bytes:
    """The same as JSON, one object a line."""
    import pyarrow as pa

    encode = msgspec.json.Encoder().encode
    columns = (facts["line"], texts["reference"], facts["verdict"], mrns, facts["lane"], facts["value"],
               facts["payable"], texts["told"])  # fmt: skip
    made = []
    for told in zip(*(column.to_pylist() for column in columns), strict=True):
        one = dict(zip(NAMES, told, strict=True))
        reasons = one.pop("reasons")
        one = {name: value for name, value in one.items() if value != ""}
        if reasons:
            one["reasons"] = msgspec.Raw(reasons.encode())
        made.append(encode(one).decode())
    told = [
        encode({"line": line, "reference": "", "verdict": "unreadable",
                "reasons": [{"rule": rule, "label": why, "hint": hint, "value": value}]}).decode()
        for line, rule, why, hint, value in quarantine
    ]  # fmt: skip
    return _in_order(facts["line"].combine_chunks(), pa.array(made, pa.string()), [q[0] for q in quarantine], told)


def with_alarms(texts: pa.Table, line: Any, alarms: dict[int, list[dict[str, str]]]) -> pa.Table:
    """The texts of a segment, in which each line with an alarm is told of it as well, behind its other reasons."""
    import pyarrow as pa

    told = texts["told"].to_pylist()
    for n, of in enumerate(line.tolist()):
        if of in alarms:
            before = msgspec.json.decode(told[n]) if told[n] else []
            told[n] = msgspec.json.encode([*before, *alarms[of]]).decode()
    at = texts.column_names.index("told")
    return texts.set_column(at, "told", pa.array(told, pa.string()))


def _in_order(line: pa.Array, rows: pa.Array, others: list[int], told: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.compute as pc

    if told:
        order = pc.sort_indices(pa.concat_arrays([line, pa.array(others, line.type)]))
        rows = pa.concat_arrays([rows, pa.array(told, pa.string())]).take(order)
    return "".join(pc.binary_join_element_wise(rows, "", "\n").to_pylist()).encode()


def _quoted(words: pa.Array) -> pa.Array:
    """Each text as a cell; an empty one is absent here."""
    import pyarrow.compute as pc

    doubled = pc.replace_substring(words, '"', '""')
    return pc.if_else(
        pc.match_substring_regex(words, '[,"\r\n]'), pc.binary_join_element_wise('"', doubled, '"', ""), words
    )


def quoted(word: str) -> str:
    """A text as a quoted cell."""
    return '"' + word.replace('"', '""') + '"'


def _as_postgresql(one: tuple[int, str, str, str, str]) -> str:
    """The reason as PostgreSQL builds JSON."""
    names = ("rule", "label", "hint", "value")
    pairs = (f'"{name}" : {msgspec.json.encode(value).decode()}' for name, value in zip(names, one[1:], strict=True))
    return "[{" + ", ".join(pairs) + "}]"
