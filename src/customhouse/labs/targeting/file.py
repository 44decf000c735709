"""A model as a file: JSON named by its own SHA-256, with its card beside it.

Nothing is pickled. What is read is typed, its hash must be the name it goes by, its version and features must be this program's,
and every number that will be used as a place in a table is checked, since the inner loops do not look again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting.actors import NAMES as ACTORS
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.features import LEVELS, MEASURED, NAMES, USUAL, Medians, Past
from customhouse.labs.targeting.forest import Forest
from customhouse.labs.targeting.levels import Found
from customhouse.labs.targeting.model import Model
from customhouse.labs.targeting.side import HISTORY, PRIOR, Half, Line, Side

FORMAT = "customhouse targeting model"
VERSION = 1
NAME = re.compile(r"[0-9a-f]{64}\.json")
LARGEST = 1 << 29  # bytes


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table as text: keys (unsigned 64 bit) and values (64-bit floats), little-endian, base64."""

    keys: str
    values: tuple[str, ...]


class StoredSide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    forest: Forest
    line: Line


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in the file."""

    format: str
    version: int
    features: tuple[str, ...]
    mean: float
    found: tuple[Columns, ...]
    usual: tuple[Columns, ...]
    prior: StoredSide
    history: StoredSide
    rows: int
    finds: int
    first: date
    last: date
    seed: int
    actors: bool = False


class _Head(msgspec.Struct, frozen=True):
    format: str = ""
    version: int = 0
    features: tuple[str, ...] = ()
    actors: bool = False


def save(model: Model, folder: Path) -> Path:
    """Write the model into `folder` under its hash and give back its path; the same model is the same file. Raises TargetingProblem
    as `written`."""
    raw = written(model)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(raw).hexdigest()}.json"
    draft = path.with_suffix(".part")
    draft.write_bytes(raw)
    draft.replace(path)
    return path


def written(model: Model) -> bytes:
    """The bytes of a model's file.

    Raises TargetingProblem for a model with a foreign estimator: keeping one would need a pickle, which may run anything.
    """
    if model.prior.forest is None or model.history.forest is None:
        raise TargetingProblem(
            "Only models of trees can be kept: a foreign estimator would have to be pickled, and a pickle may run anything. "
            "Compare it on the boards; train without --estimator to keep a model"
        )
    stored = Stored(
        FORMAT,
        VERSION,
        model.past.names,
        model.past.mean,
        tuple(_written(t.keys, t.sums, t.counts) for t in model.past.found),
        tuple(_written(t.keys, t.values) for t in model.past.usual),
        StoredSide(model.prior.forest, model.prior.line),
        StoredSide(model.history.forest, model.history.line),
        model.rows,
        model.finds,
        model.first,
        model.last,
        model.seed,
        model.past.actors,
    )
    return msgspec.json.encode(stored)


def load(path: Path) -> Model:
    """The model of a file; raises TargetingProblem when it is not what its name says, or not for this program."""
    if not NAME.fullmatch(path.name):
        raise TargetingProblem(f"{path.name} is not named by a SHA-256; a model file is called <64 hex digits>.json")
    if not path.is_file():
        raise TargetingProblem(f"The model {path} is not there; train one with customhouse risk train")
    if path.stat().st_size > LARGEST:
        raise TargetingProblem(f"{path.name} is larger than any model")
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != path.stem:
        raise TargetingProblem(
            f"{path.name} was changed: its content has another hash. Get the file again; nothing was scored"
        )
    return read(raw)


def read(raw: bytes) -> Model:
    """The model of bytes whose hash was checked already."""
    try:
        head = msgspec.json.decode(raw, type=_Head)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise TargetingProblem(f"This is no targeting model: {fault}") from fault
    if head.format != FORMAT:
        raise TargetingProblem("This is no targeting model; give a file that customhouse risk train has written")
    ours = (*(ACTORS if head.actors else ()), *NAMES)
    if head.version != VERSION or head.features != ours:
        raise TargetingProblem(
            f"The model was made by another version (format {head.version}, {len(head.features)} features; this program has "
            f"format {VERSION}, {len(ours)} features). Train it again on the same data"
        )
    try:
        stored = msgspec.json.decode(raw, type=Stored)
    except msgspec.DecodeError as fault:
        raise TargetingProblem(f"The model cannot be read: {fault}") from fault
    return _checked(stored)


def _checked(stored: Stored) -> Model:
    if len(stored.found) != len(LEVELS) or len(stored.usual) != len(MEASURED) * len(USUAL) or not 0 < stored.mean < 1:
        raise TargetingProblem("The model lacks a table of past results; get the file again")
    found = tuple(Found(*_read(c, 2)) for c in stored.found)
    for table in found:
        table.check()
    usual = tuple(Medians(*_read(c, 1)) for c in stored.usual)
    if any(not bool((t.keys[1:] > t.keys[:-1]).all()) for t in usual):
        raise TargetingProblem("A table of usual prices in the model is broken; get the file again")
    return Model(
        Past(stored.mean, found, usual, stored.actors),
        _side(stored.prior, PRIOR, stored.actors),
        _side(stored.history, HISTORY, stored.actors),
        stored.rows,
        stored.finds,
        stored.first,
        stored.last,
        stored.seed,
    )


def _side(stored: StoredSide, half: Half, with_actors: bool) -> Side:
    stored.forest.check(half.width + (len(ACTORS) if with_actors else 0))
    return Side(stored.forest, stored.line)


def _written(keys: Any, *values: Any) -> Columns:
    return Columns(_text(keys, "<u8"), tuple(_text(v, "<f8") for v in values))


def _text(numbers: Any, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(numbers, kind).tobytes()).decode()


def _read(columns: Columns, values: int) -> list[Any]:
    try:
        keys = np.frombuffer(base64.b64decode(columns.keys, validate=True), "<u8")
        read_ = [np.frombuffer(base64.b64decode(v, validate=True), "<f8") for v in columns.values]
    except (binascii.Error, ValueError) as fault:
        raise TargetingProblem(f"A table of the model cannot be read: {fault}") from fault
    if len(read_) != values or any(len(v) != len(keys) or not np.isfinite(v).all() for v in read_):
        raise TargetingProblem("A table of the model has columns of different lengths; get the file again")
    return [keys, *read_]
