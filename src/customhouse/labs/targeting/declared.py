"""Past declarations, one goods item a row, as columns: read from CSV files and checked before anything learns from them.

Two headings are known: our own words (`FIELDS`) and those of the Korean synthetic declarations (Korea Customs Service and
Institute for Basic Science, 2023). Texts are kept as numbers of a list of distinct values, with a hash of each value that is the
same in every process, so that a stored model finds again what it has seen.
"""

from __future__ import annotations

import csv
import gzip
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from customhouse.labs.targeting import kernels
from customhouse.labs.targeting.fault import TargetingProblem

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

TEXTS = {
    "office": "Office ID",
    "process": "Process Type",
    "import_type": "Import Type",
    "use": "Import Use",
    "payment": "Payment Type",
    "transport": "Mode of Transport",
    "declarant": "Declarant ID",
    "importer": "Importer ID",
    "seller": "Seller ID",
    "courier": "Courier ID",
    "address": "Importer Address",
    "hs": "HS6 Code",
    "departure": "Country of Departure",
    "origin": "Country of Origin",
    "tax_type": "Tax Type",
    "marking": "Country of Origin Indicator",
}
NUMBERS = {"rate": "Tax Rate", "mass": "Net Mass", "price": "Item Price"}
NEEDED = {"id": "Declaration ID", "day": "Date", **{k: TEXTS[k] for k in ("hs", "departure", "origin")}, **NUMBERS}
FOUND = "Fraud"
FIELDS = ("id", "day", *TEXTS, *NUMBERS, "found")
LARGEST = 1e15  # kilograms or money; beyond it somebody made a mistake
MANY = 20
HS_DIGITS = 6


def hashes(texts: Iterable[str]) -> Keys:
    """Eight bytes of BLAKE2b for each text."""
    return np.frombuffer(b"".join([blake2b(t.encode(), digest_size=8).digest() for t in texts]), "<u8")


@dataclass(frozen=True)
class Texts:
    """A column of texts: the distinct values, and for each row the number of its value."""

    values: tuple[str, ...]
    codes: Ints
    _hashed: dict[int | None, Keys] = field(default_factory=dict, repr=False, compare=False)

    def keys(self, digits: int | None = None) -> Keys:
        """The hash of each row's value, or of its first characters; each value is hashed once, for all rows that are taken of it."""
        if digits not in self._hashed:
            self._hashed[digits] = hashes(v[:digits] for v in self.values)
        table = self._hashed[digits]
        return table[self.codes] if len(table) else np.zeros(0, np.uint64)

    def take(self, at: Ints | slice) -> Texts:
        """Some of the rows."""
        return Texts(self.values, self.codes[at], self._hashed)


@dataclass
class Declared:
    """Rows of past declarations. `day` counts days since 1970; `found` is 1, 0, or not a number where nobody looked."""

    ids: tuple[str, ...]
    day: Ints
    texts: dict[str, Texts]
    numbers: dict[str, Floats]
    found: Floats
    _keys: dict[str, Keys] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unit_price(self) -> Floats:
        """Price per kilogram to six places, -1 where there is no mass."""
        mass = self.numbers["mass"]
        safe = np.where(mass > 0, mass, 1.0)
        return np.where(mass > 0, np.round(self.numbers["price"] / safe, 6), -1.0)

    @property
    def stake(self) -> Floats:
        """The duty on the declared price: what is at stake, in the money of the price."""
        return self.numbers["price"] * self.numbers["rate"] / 100

    def key(self, name: str) -> Keys:
        """The hash of a column; `hs4`, `hs2` and `unit` are derived, and a column that is not there is one value."""
        if name not in self._keys:
            self._keys[name] = self._key(name)
        return self._keys[name]

    def _key(self, name: str) -> Keys:
        if name in ("hs4", "hs2"):
            return self.texts["hs"].keys(int(name[2]))
        if name in self.texts:
            return self.texts[name].keys()
        if name == "unit" or name in self.numbers:
            numbers = self.unit_price if name == "unit" else self.numbers[name]
            return (numbers + 0.0).view(np.uint64)  # + 0.0: the two zeros are one
        return np.zeros(len(self), np.uint64)

    def together(self, names: Sequence[str]) -> Keys:
        """The key of several columns together, such as a goods tuple."""
        name = "(" + "+".join(names) + ")"
        if name not in self._keys:
            key = np.empty(len(self), np.uint64)
            kernels.join_all(np.stack([self.key(n) for n in names]), np.arange(len(names)), key)
            self._keys[name] = key
        return self._keys[name]

    def take(self, rows: Ints | Flags) -> Declared:
        """Some of the rows, in the order asked for."""
        at = np.flatnonzero(rows) if rows.dtype == bool else rows
        return Declared(
            tuple(self.ids[i] for i in at),
            self.day[at],
            {k: v.take(at) for k, v in self.texts.items()},
            {k: v[at] for k, v in self.numbers.items()},
            self.found[at],
            {k: v[at] for k, v in self._keys.items()},
        )

    def part(self, start: int, stop: int) -> Declared:
        """Rows that stand together, without copying them."""
        return Declared(
            self.ids[start:stop],
            self.day[start:stop],
            {k: v.take(slice(start, stop)) for k, v in self.texts.items()},
            {k: v[start:stop] for k, v in self.numbers.items()},
            self.found[start:stop],
            {k: v[start:stop] for k, v in self._keys.items()},
        )

    def row(self, at: int) -> dict[str, str | float]:
        """One row in words and numbers, for people."""
        said: dict[str, str | float] = {k: v.values[v.codes[at]] for k, v in self.texts.items()}
        return said | {k: float(v[at]) for k, v in self.numbers.items()}


def read(paths: Iterable[Path]) -> Declared:
    """All rows of CSV files (plain or .gz), each declaration once: one that comes twice, word for word, counts once.

    Raises TargetingProblem with the first faults and their lines; nothing is guessed and no row is dropped silently.
    """
    wrong: list[str] = []
    rows: dict[str, list[str]] = {}
    for path in paths:
        for place, row in _rows(path):
            fault = _fault(row)
            if fault is None and rows.setdefault(row[0], row) != row:
                fault = f"declaration {row[0]} stands there twice with different content"
            if fault is not None and len(wrong) < MANY:
                wrong.append(f"{place}: {fault}")
    if wrong:
        raise TargetingProblem("These rows cannot be used:\n  " + "\n  ".join(wrong) + "\nCorrect them and try again.")
    if not rows:
        raise TargetingProblem("There is no declaration in the data; name a CSV file or a folder that holds some")
    return of_rows(list(rows.values()))


def of_rows(rows: Sequence[Sequence[str]]) -> Declared:
    """Columns from rows in the order of `FIELDS`, already checked."""
    columns = dict(zip(FIELDS, zip(*rows, strict=True), strict=True))
    texts = {}
    for name in TEXTS:
        number: dict[str, int] = {}
        codes = np.array([number.setdefault(v, len(number)) for v in columns[name]], np.int64)
        texts[name] = Texts(tuple(number), codes)
    return Declared(
        tuple(columns["id"]),
        np.array([date.fromisoformat(d).toordinal() - date(1970, 1, 1).toordinal() for d in columns["day"]], np.int64),
        texts,
        {name: np.array([float(v) for v in columns[name]]) for name in NUMBERS},
        np.array([float(v) if v else math.nan for v in columns["found"]]),
    )


def files(folder: Path, but: Path | None = None) -> list[Path]:
    """The CSV files of a folder in the order of their names, without `but`."""
    if not folder.is_dir():
        raise TargetingProblem(f"{folder} is no folder; name the folder that holds the past declarations as CSV")
    found = sorted(p for p in folder.iterdir() if p.name.endswith((".csv", ".csv.gz")))
    return [p for p in found if but is None or p.resolve() != but.resolve()]


def before(folder: Path, test: Path) -> list[Path]:
    """The files to learn board A from: those that call themselves training parts, or all when none does; never `test`."""
    found = files(folder, test)
    return [p for p in found if "train" in p.name] or found


def split(declared: Declared, last: int) -> tuple[Declared, Declared]:
    """The earlier days, and the later ones that hold about `last` percent of the rows; no day is in both."""
    edge = np.quantile(declared.day, 1 - last / 100)
    return declared.take(declared.day < edge), declared.take(declared.day >= edge)


def _rows(path: Path) -> Iterator[tuple[str, list[str]]]:
    if not path.is_file():
        raise TargetingProblem(f"{path} is not there; name a CSV file (.csv or .csv.gz)")
    try:
        raw = gzip.decompress(path.read_bytes()) if path.name.endswith(".gz") else path.read_bytes()
        reader = csv.reader(io.StringIO(raw.decode("utf-8-sig")), strict=True)
        heading = next(reader, [])
        places = _places(path, heading)
        for line in reader:
            if len(line) != len(heading):
                raise TargetingProblem(
                    f"{path.name}, line {reader.line_num}: {len(line)} cells under {len(heading)} headings"
                )
            yield f"{path.name}, line {reader.line_num}", [line[at] if at is not None else "" for at in places]
    except (UnicodeDecodeError, csv.Error, gzip.BadGzipFile, EOFError) as fault:
        raise TargetingProblem(f"{path.name} cannot be read as CSV in UTF-8: {fault}") from fault


def _places(path: Path, heading: list[str]) -> list[int | None]:
    """Where each of our fields stands in the file."""
    theirs = {"id": NEEDED["id"], "day": NEEDED["day"], **TEXTS, **NUMBERS, "found": FOUND}
    at = {name: n for n, name in enumerate(heading)}
    places = {ours: at.get(ours, at.get(theirs[ours])) for ours in FIELDS}
    missing = [f"{name} (or {NEEDED[name]})" for name in NEEDED if places[name] is None]
    if missing:
        raise TargetingProblem(f"{path.name} lacks the columns {', '.join(missing)}")
    return [places[name] for name in FIELDS]


def _fault(row: list[str]) -> str | None:
    """What is wrong with one row, in words."""
    said = dict(zip(FIELDS, row, strict=True))
    try:
        date.fromisoformat(said["day"])
    except ValueError:
        return f"{said['day']!r} is no day (2026-03-31)"
    for name in NUMBERS:
        try:
            number = float(said[name])
        except ValueError:
            return f"{name} {said[name]!r} is no number"
        if not 0 <= number <= LARGEST:
            return f"{name} {said[name]} is below zero or absurd"
    if not said["id"]:
        return "the declaration has no id"
    if not (said["hs"].isascii() and said["hs"].isdigit() and len(said["hs"]) >= HS_DIGITS):
        return f"{said['hs']!r} is no HS code of six digits or more"
    if said["found"] not in ("", "0", "1"):
        return f"found is {said['found']!r}, not 1, 0 or empty"
    return None
