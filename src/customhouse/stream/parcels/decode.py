"""Lines of JSON or CSV as columns of text: a whole chunk at once where all of it is in order, else line by line.

Both ways take the same rows for the same parcels (tests/stream hold them together); the second one names what is wrong.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.json as arrow_json

from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.parcel import FIELDS, NAMES
from customhouse.stream.parcels.lines import BOM, LONGEST, Lines
from customhouse.stream.parcels.rows import SHOWN, Quarantined, Table, strings

Decoder = Callable[[Lines], Table]
DELIMITERS = (b",", b";", b"\t", b"|")
MUST = tuple(f.name for f in FIELDS if f.must)
_SCHEMA = pa.schema([(name, pa.string()) for name in NAMES])
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_WHOLE = 1 << 30  # a chunk is one block


class _Broken(ValueError):
    """A line that is no parcel."""

    def __init__(self, rule: str, why: str, hint: str = "") -> None:
        self.rule, self.why, self.hint = rule, why, hint
        super().__init__(why)


Broken = _Broken


# --- JSON lines -------------------------------------------------------------------------------------------------------


def json_lines(chunk: Lines) -> Table:
    """Each line one object with the fields of `record.parcel.FIELDS`; numbers may stand with or without quotes."""
    return _decoded(chunk, 0, _json_at_once, _json_row)


def _json_at_once(data: bytes, count: int) -> dict[str, pa.StringArray] | None:
    """The columns, or None where any line needs a closer look."""
    if b"\r" in data or b" \n" in data or data.endswith(b" "):
        data = b"\n".join(line.rstrip(b"\r ") for line in data.split(b"\n"))
    if data.count(b"}\n{") != count - 1 or data[:1] != b"{" or data[-1:] != b"}":
        return None
    if b"\\u" in data and _SURROGATE.search(data):
        return None
    try:
        if not data.isascii():
            data.decode("utf-8")
        made = arrow_json.read_json(
            pa.BufferReader(data),
            arrow_json.ReadOptions(use_threads=False, block_size=max(len(data) + 1, 1024)),
            arrow_json.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="error"),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None
    return {name: _one(made[name]) for name in made.column_names} if len(made) == count else None


def _json_row(line: bytes) -> list[str]:
    told = json_object(line)
    if unknown := [name for name in told if name not in NAMES]:
        raise _Broken("UnknownField", f"there is no field {unknown[0][:SHOWN]!r}", _near(unknown[0]))
    return [plain(name, told.get(name)) for name in NAMES]


def json_object(line: bytes) -> dict[str, Any]:
    """The object in a line; its numbers are text, digit by digit. Raises Broken."""
    try:
        told = json.loads(
            line.decode("utf-8"), parse_float=str, parse_int=str, parse_constant=_no_number, object_pairs_hook=_once
        )
    except UnicodeDecodeError as fault:
        raise _Broken("BadEncoding", f"byte {fault.start + 1} is not UTF-8", "save the file as UTF-8") from None
    except json.JSONDecodeError as fault:
        why = f"this is not one whole JSON object: {fault.msg} (column {fault.colno})"
        raise _Broken("NotJSON", why, "each line is one parcel; a value holds no line break") from None
    except RecursionError:
        raise _Broken("NotJSON", "the line is nested too deeply", "each line is one plain object") from None
    if not isinstance(told, dict):
        raise _Broken("NotJSON", "the line is no JSON object", "each line is one parcel: {...}")
    return told


def plain(name: str, value: Any) -> str:
    """A value as text; nothing is empty. Raises Broken for what is neither text nor a number."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Broken("WrongType", f"{name} is neither text nor a number", "")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Broken("BadEncoding", f"{name} holds half a character", "send whole characters") from None
    return value


def _no_number(word: str) -> Any:
    raise _Broken("InvalidNumber", f"{word} is no number", "")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) != len(pairs):
        raise _Broken("RepeatedField", "a field stands twice in the line", "give each field once")
    return told


# --- CSV --------------------------------------------------------------------------------------------------------------


def csv_lines(header: bytes) -> Decoder:
    """What decodes the lines below this header. Raises Refusal for a header whose columns are not those of parcels."""
    delimiter = max(DELIMITERS, key=header.count)
    names = _header(header, delimiter.decode())
    places = [(n, name) for n, name in enumerate(names)]

    def row(line: bytes) -> list[str]:
        cells = _cells(line, delimiter.decode())
        if len(cells) != len(names):
            why = f"the line has {len(cells)} cells, its header {len(names)}"
            raise _Broken("WrongCells", why, "quote a cell that holds the delimiter")
        told = {name: cells[n] for n, name in places}
        return [told.get(name, "") for name in NAMES]

    def decode(chunk: Lines) -> Table:
        header = int(chunk.first == 1)
        return _decoded(chunk, header, lambda data, count: _csv_at_once(data, count, names, delimiter), row)

    return decode


def _header(header: bytes, delimiter: str) -> list[str]:
    try:
        names = [c.strip() for c in _cells(header.removeprefix(BOM), delimiter)]
    except _Broken as fault:
        raise Refusal([Problem(fault.rule, f"The header cannot be read: {fault.why}", "1", fault.hint)]) from None
    return columns(names, "the first line of a CSV file names its columns")


def columns(names: Sequence[str], hint: str) -> list[str]:
    """The names of the columns of a file. Raises Refusal with every one that is missing, unknown or there twice."""
    wrong = [
        Problem("UnknownColumn", f"There is no column {name[:SHOWN]!r}", "1", _near(name, set(MUST) - set(names)))
        for name in names
        if name not in NAMES
    ]
    wrong += [
        Problem("MissingColumn", f"The column {name} is missing", "1", hint) for name in MUST if name not in names
    ]
    wrong += [
        Problem("RepeatedColumn", f"The column {name} is there twice", "1") for name in NAMES if names.count(name) > 1
    ]
    if wrong:
        raise Refusal(wrong)
    return list(names)


def _cells(line: bytes, delimiter: str) -> list[str]:
    try:
        text = line.decode("utf-8").rstrip("\r")
    except UnicodeDecodeError as fault:
        raise _Broken("BadEncoding", f"byte {fault.start + 1} is not UTF-8", "save the file as UTF-8") from None
    try:
        return next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), [])
    except csv.Error as fault:
        raise _Broken("NotCSV", f"the line is no whole row: {fault}", "a quoted cell ends in its line") from None


def _csv_at_once(data: bytes, count: int, names: Sequence[str], delimiter: bytes) -> dict[str, pa.StringArray] | None:
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").removesuffix(b"\r")
    if b"\r" in data or (b'"' in data and not _tame(data, delimiter)):
        return None
    try:
        made = arrow_csv.read_csv(
            pa.BufferReader(data),
            arrow_csv.ReadOptions(use_threads=False, block_size=_WHOLE, column_names=list(names)),
            arrow_csv.ParseOptions(delimiter=delimiter.decode(), ignore_empty_lines=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    return {name: _one(made[name]) for name in names} if len(made) == count else None


def _tame(data: bytes, delimiter: bytes) -> bool:
    """Whether quotes stand only around whole cells: each follows or precedes a delimiter or the end of a line."""
    around = data.count(b'"')
    edges = data.count(delimiter + b'"') + data.count(b'\n"') + data.startswith(b'"')
    edges += data.count(b'"' + delimiter) + data.count(b'"\n') + data.endswith(b'"')
    return b'""' not in data and around == edges


# --- both -------------------------------------------------------------------------------------------------------------


AtOnce = Callable[[bytes, int], dict[str, pa.StringArray] | None]
"""(lines in one piece, how many) -> their columns."""
FEW = 24
"""Lines that are looked at one by one where they do not go at once."""
FAN = 12


def _decoded(chunk: Lines, header: int, at_once: AtOnce, row: Callable[[bytes], list[str]]) -> Table:
    """The lines below so many of a header: all at once, else in parts, without those that are blank."""
    line = np.arange(chunk.first + header, chunk.first + chunk.count)
    data = chunk.data.partition(b"\n")[2] if header else chunk.data
    if len(line) and (made := at_once(data, len(line))) is not None:
        return Table(line, made, _too_long(chunk))
    line, lines = _present(chunk, header)
    return _joined([*_parts(line, lines, at_once, row)], _too_long(chunk))


def _parts(line: Any, lines: Sequence[bytes], at_once: AtOnce, row: Callable[[bytes], list[str]]) -> Iterator[Table]:
    """The lines in tables: as many at once as can be, so that a broken line costs its neighbours and not the chunk."""
    if not len(lines):
        return
    if (made := at_once(b"\n".join(lines), len(lines))) is not None:
        yield Table(line, made, [])
    elif len(lines) <= FEW:
        yield _one_by_one(line, lines, row)
    else:
        size = -(-len(lines) // FAN)
        for start in range(0, len(lines), size):
            yield from _parts(line[start : start + size], lines[start : start + size], at_once, row)


def _joined(tables: Sequence[Table], bad: list[Quarantined]) -> Table:
    """Several tables one after the other."""
    bad = [*bad, *(q for table in tables for q in table.bad)]
    if len(tables) == 1:
        return Table(tables[0].line, tables[0].columns, bad)
    names = [name for name in NAMES if any(name in table.columns for table in tables)]
    columns = {
        name: pa.concat_arrays([t.columns[name] if name in t.columns else _nothing(len(t.line)) for t in tables])
        for name in names
    }
    line = np.concatenate([table.line for table in tables]) if tables else np.zeros(0, np.int64)
    return Table(line, columns, bad)


def _nothing(size: int) -> pa.StringArray:
    return pa.nulls(size, pa.string())


def _one_by_one(line: Any, lines: Sequence[bytes], row: Callable[[bytes], list[str]]) -> Table:
    bad: list[Quarantined] = []
    kept: list[int] = []
    made: list[list[str]] = []
    for number, data in zip(line.tolist(), lines, strict=True):
        try:
            made.append(row(data))
            kept.append(number)
        except _Broken as fault:
            shown = data[:SHOWN].decode("utf-8", "replace")
            bad.append(Quarantined(number, fault.rule, fault.why, fault.hint, shown))
    return Table(np.array(kept, np.int64), strings(made), bad)


def row_by_row(chunk: Lines, row: Callable[[bytes], list[str]]) -> Table:
    """The table of lines each of which `row` takes apart, or raises Broken."""
    line, lines = _present(chunk)
    made = _one_by_one(line, lines, row)
    return Table(made.line, made.columns, [*_too_long(chunk), *made.bad])


def _present(chunk: Lines, header: int = 0) -> tuple[Any, list[bytes]]:
    """The lines below the header that hold anything, and their numbers."""
    lines = chunk.lines[header:]
    there = [n for n, line in enumerate(lines) if line.strip()]
    return np.array(there, np.int64) + chunk.first + header, [lines[n] for n in there]


def _too_long(chunk: Lines) -> list[Quarantined]:
    why = f"the line has more than {LONGEST} bytes"
    return [Quarantined(n, "LineTooLong", why, "each line is one parcel; end it with a line feed") for n in chunk.long]


def _near(name: str, among: Any = None) -> str:
    near = difflib.get_close_matches(name.lower(), sorted(among or NAMES), 1, 0.5) or difflib.get_close_matches(
        name.lower(), NAMES, 1
    )
    return f"Did you mean {near[0]}?" if near else f"The fields are {', '.join(NAMES)}"


def _one(column: pa.ChunkedArray) -> pa.StringArray:
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
