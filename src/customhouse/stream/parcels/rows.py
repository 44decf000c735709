"""The rows of a chunk in columns: texts by dictionary, numbers as whole numbers, and those that could not be read.

A row that is no parcel at all (half a line, a number that is none, a date of two meanings) is quarantined with its line and the
reason; every other row stands in `Rows`. The numbers are read once for each distinct text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from customhouse.record.parcel import BY_NAME, FIELDS, NAMES, Field, Parcel, entries
from customhouse.stream.items import Ints

PRICE_SCALE, MASS_SCALE = 10_000, 1_000_000
"""A price is held in ten-thousandths, a mass in milligrams: four and six decimals."""
_NUMBERS = {
    "price": (r"\A-?[0-9]{1,13}(\.[0-9]{1,4})?\z", 4, "at most 13 digits and 4 decimals after a point: 12.50"),
    "mass": (
        r"\A-?[0-9]{1,9}(\.[0-9]{1,6})?\z",
        6,
        "kilograms, at most 9 digits and 6 decimals after a point: 0.250",
    ),
    "count": (r"\A-?[0-9]{1,9}\z", 0, "a whole number of at most 9 digits"),
}
TEXTUAL = ("text", "day", "entries")
"""Kinds of fields that are no numbers."""
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)|(\d{4})(\d\d)(\d\d)")
DAY_HINT = "write the day as 2026-11-24 or 20261124 (24/11/26 could be several days)"
CONTROL, DELETE = r"[\x00-\x1f\x7f]", 0x7F
LONGEST_TEXT = 2000
FEW_TEXTS = 64
_BLANK = r"\s\p{Z}\x{85}\x0b\x1c-\x1f"
"""What Python takes for a blank."""
_SECOND = rf"(^|;)([^|;]*)\|[^|;]*[^|;{_BLANK}][^|;]*"
SHOWN = 80


class Quarantined(msgspec.Struct, frozen=True):
    """A row that could not be read: its line, the rule, why, what to do, and what stood there."""

    line: int
    rule: str
    why: str
    hint: str = ""
    value: str = ""


class Coded(msgspec.Struct, frozen=True):
    """A column by dictionary: the distinct texts, and for each row the place of its own."""

    words: pa.StringArray
    code: NDArray[np.int32]

    def texts(self) -> pa.StringArray:
        return self.words.take(pa.array(self.code))

    def text(self, n: int) -> str:
        """The text of row `n`."""
        return str(self.words[int(self.code[n])].as_py())

    def says(self) -> bool:
        """Whether any row may say anything."""
        return len(self.words) > 1 or (len(self.words) == 1 and bool(self.words[0].as_py()))

    def part(self, keep: NDArray[Any] | slice) -> Coded:
        return Coded(self.words, self.code[keep])


class Rows(msgspec.Struct, frozen=True):
    """Parcels in columns. `line` is the line of each in its file, `number` holds the columns of numbers, scaled."""

    line: Ints
    text: dict[str, Coded]
    number: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.line)

    def parcel(self, n: int) -> Parcel:
        """Row `n` as a parcel."""
        return Parcel(**{name: self.text[name].text(n) for name in NAMES})

    def part(self, keep: NDArray[Any]) -> Rows:
        return Rows(
            self.line[keep],
            {name: c.part(keep) for name, c in self.text.items()},
            {name: n[keep] for name, n in self.number.items()},
        )


Texts = pa.StringArray | pa.DictionaryArray
"""A column of text, as it stands or by a dictionary of distinct ones, some of which may be of no row."""


class Table(msgspec.Struct):
    """A chunk as a gate of this room leaves it: one array of text for each field, all of one length, their lines, and what
    could not even be taken apart."""

    line: Ints
    columns: dict[str, Texts]
    bad: list[Quarantined]


def settle(table: Table) -> tuple[Rows, list[Quarantined]]:
    """The rows of a table, and everything quarantined, in the order of lines."""
    size = len(table.line)
    text: dict[str, Coded] = {}
    number: dict[str, Ints] = {}
    bad = list(table.bad)
    broken = np.zeros(size, bool)
    for name in NAMES:
        found = coded(table.columns.get(name), size)
        faults = _text_faults(name, found.words)
        match BY_NAME[name].kind:
            case "text":
                pass
            case "entries":
                faults.update(_entry_faults(BY_NAME[name], found.words))
            case "day":
                found, more = _days(name, found)
                faults.update(more)
            case kind:
                values, more = numbers(name, kind, found.words)
                faults.update(more)
                number[name] = values[found.code]
        text[name] = found
        if faults:
            _quarantine(faults, found, table.line, broken, bad)
    for field in FIELDS:
        if field.instead:
            _quarantine_silent(field, text, table.line, broken, bad)
    rows = Rows(table.line, text, number)
    if broken.any():
        rows = rows.part(np.flatnonzero(~broken))
    return rows, sorted(bad, key=lambda one: one.line)


def _quarantine(
    faults: dict[int, Quarantined], found: Coded, line: Ints, broken: NDArray[np.bool_], bad: list[Quarantined]
) -> None:
    """Put aside every row that holds one of these texts; a row is named once, for its first fault."""
    for n in np.flatnonzero(np.isin(found.code, list(faults))).tolist():
        if not broken[n]:
            bad.append(msgspec.structs.replace(faults[int(found.code[n])], line=int(line[n])))
            broken[n] = True


def _quarantine_silent(
    field: Field, text: dict[str, Coded], line: Ints, broken: NDArray[np.bool_], bad: list[Quarantined]
) -> None:
    """Put aside every row where neither this field nor the one instead says anything."""
    places = [(text[name], text[name].words.index("").as_py()) for name in (field.name, field.instead)]
    if places[0][1] < 0:
        return
    silent = np.logical_and.reduce([column.code == place for column, place in places]) & ~broken
    hint = f"every parcel says it, or {field.instead}"
    one = Quarantined(0, "MissingField", f"{field.name} is missing", hint)
    bad += [msgspec.structs.replace(one, line=n) for n in line[silent].tolist()]
    broken |= silent


def coded(array: Texts | None, size: int) -> Coded:
    """A column of text by dictionary; an absent one is empty everywhere."""
    if array is None:
        return Coded(pa.array([""], pa.string()), np.zeros(size, np.int32))
    distinct = not pa.types.is_dictionary(array.type)
    if array.null_count:
        array = pc.fill_null(array, "")
    made = array.dictionary_encode() if distinct else array
    words, code = made.dictionary, _places(made)
    trimmed = pc.utf8_trim_whitespace(words)
    if not (distinct and trimmed.equals(words)):  # some may be the same
        again = trimmed.dictionary_encode()
        words, code = again.dictionary, _places(again)[code]
    return Coded(words, code)


def _places(array: pa.DictionaryArray) -> NDArray[np.int32]:
    found: NDArray[np.int32] = array.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
    return found


def laid(words: pa.StringArray) -> tuple[Ints, NDArray[np.uint8]]:
    """(where the bytes of each text begin, and those of the last end; all bytes)."""
    size = len(words)
    if not size or words.buffers()[2] is None:
        return np.zeros(size + 1, np.int64), np.zeros(0, np.uint8)
    offsets = np.frombuffer(words.buffers()[1], np.int32)[words.offset : words.offset + size + 1].astype(np.int64)
    return offsets - offsets[0], np.frombuffer(words.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]


def _text_faults(name: str, words: pa.StringArray) -> dict[int, Quarantined]:
    found: dict[int, Quarantined] = {}
    offsets, data = laid(words)
    if BY_NAME[name].must and not BY_NAME[name].instead and (empty := words.index("").as_py()) >= 0:
        found[empty] = Quarantined(0, "MissingField", f"{name} is missing", "every parcel says it")
    if ((data < ord(" ")) | (data == DELETE)).any():  # seldom, and the bytes of all texts are quicker gone through
        for n in _places_of(pc.match_substring_regex(words, CONTROL)):
            shown = repr(words[n].as_py()[:SHOWN])
            found[n] = Quarantined(0, "ControlCharacter", f"{name} holds a control character", "send plain text", shown)
    if np.diff(offsets).max(initial=0) > LONGEST_TEXT:
        for n in _places_of(pc.greater(pc.utf8_length(words), LONGEST_TEXT)):
            found[n] = Quarantined(0, "TextTooLong", f"{name} has more than {LONGEST_TEXT} characters", "shorten it")
    return found


def _places_of(true: pa.BooleanArray) -> list[int]:
    found: list[int] = np.flatnonzero(true.to_numpy(zero_copy_only=False)).tolist()
    return found


def _entry_faults(field: Field, words: pa.StringArray) -> dict[int, Quarantined]:
    """Texts that are no entries as the field has them."""
    found: dict[int, Quarantined] = {}
    shapes, place = shaped(words)
    for n, shape in enumerate(shapes):
        told = entries(shape)
        whole = all(len(parts) <= field.parts and (parts[0] or not field.many) for parts in told)
        if (shape and not told) or not whole or (len(told) > 1 and not field.many):
            why = f"{field.name} is not written as it is taken"
        elif field.name == "previous" and not all(p[2:] in ((), ("",)) or _is_line(p[2]) for p in told):
            why = f"{field.name} names a line that is no number"
        else:
            continue
        hint = f"{field.told.rpartition(': ')[2].replace(', ', '|')}, with a semicolon between several"
        found[n] = Quarantined(0, "InvalidEntry", why, hint)
    return {
        n: msgspec.structs.replace(found[int(place[n])], value=words[n].as_py()[:SHOWN])
        for n in np.flatnonzero(np.isin(place, list(found))).tolist()
    }


def shaped(words: pa.StringArray) -> tuple[list[str], Ints]:
    """Entries of which the second part, a number or words, is only there or not: (the distinct ones, the place of each text's own).

    Where every row has numbers of its own they are few, and what offices and rules read of entries is read of these."""
    if len(words) <= FEW_TEXTS:
        return words.to_pylist(), np.arange(len(words))
    made = pc.replace_substring_regex(words, _SECOND, r"\1\2|1").dictionary_encode()
    return made.dictionary.to_pylist(), _places(made).astype(np.int64)


def _is_line(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5


def numbers(name: str, kind: str, words: pa.StringArray) -> tuple[Ints, dict[int, Quarantined]]:
    """The scaled number of each distinct text; empty is 0, but one package where none is counted."""
    form, digits, hint = _NUMBERS[kind]
    said = pc.match_substring_regex(words, form)
    there = pc.if_else(said, words, "1" if kind == "count" else "0")
    # two whole numbers of 64 bits for each, of which the lower one holds it all: none has more than 17 digits
    values = np.frombuffer(there.cast(pa.decimal128(18, digits)).buffers()[1], np.int64)[: 2 * len(words) : 2]
    faults: dict[int, Quarantined] = {}
    for n in _places_of(pc.invert(said)):
        if word := words[n].as_py():
            faults[n] = Quarantined(0, "InvalidNumber", f"{name} is no number that can be taken", hint, word[:SHOWN])
    return values.astype(np.int64), faults


def _days(name: str, found: Coded) -> tuple[Coded, dict[int, Quarantined]]:
    """Days as eight digits, whichever of the two forms they came in."""
    words = found.words.to_pylist()
    faults: dict[int, Quarantined] = {}
    for n, word in enumerate(words):
        if word and (made := day(word)) is None:
            faults[n] = Quarantined(0, "InvalidDate", f"{name} is no day that can be taken", DAY_HINT, word[:SHOWN])
        elif word:
            words[n] = made
    return Coded(pa.array(words, pa.string()), found.code), faults


def day(text: str) -> str | None:
    """The eight digits of a day, or None for what is none or could be several."""
    if not text.isascii() or (match := _DAY.fullmatch(text)) is None:
        return None
    year, month, of_month = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, of_month).strftime("%Y%m%d")
    except ValueError:
        return None


def strings(values: Sequence[Sequence[str]], names: Sequence[str] = NAMES) -> dict[str, pa.StringArray]:
    """Columns of text from rows of text."""
    columns = zip(*values, strict=True) if values else ((),) * len(names)
    return {name: pa.array(list(column), pa.string()) for name, column in zip(names, columns, strict=True)}
