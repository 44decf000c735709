"""Fields of a record by path: ``goods_shipment.items[2].commodity.price.value``, counted from 1.

What a mapping table of a foreign format points to: gates whose messages are not shaped like the record put values under
paths and have the record assembled, or take a record apart into paths and values. Values are text, as they were written.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import msgspec

Record = TypeVar("Record", bound=msgspec.Struct)
_STEP = re.compile(r"([a-z_]+)(?:\[(\d*)\])?")
_INDEX = re.compile(r"\[\d*\]")


def steps(path: str) -> list[str | int]:
    """Names and positions of a path: ``a.b[2].c`` is a, b, 2, c."""
    found: list[str | int] = []
    for part in path.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            raise ValueError(f"{path!r} is no path")
        found.append(match[1])
        if match[2]:
            found.append(int(match[2]))
    return found


@cache
def kind_of(record: type, path: str) -> type:
    """What the field at `path` of `record` holds: str, int, bool, Decimal, datetime, or a class of the record.

    Positions do not matter. Raises KeyError for a path that leads nowhere.
    """
    here: Any = record
    for name in _INDEX.sub("", path).split("."):
        hints = _hints(here)
        here = _inner(hints[name])
    return typing.cast("type", here)


@cache
def _hints(record: type) -> dict[str, Any]:
    return typing.get_type_hints(record) if isinstance(record, type) and issubclass(record, msgspec.Struct) else {}


def _inner(hint: Any) -> Any:
    """The class inside ``X | None`` and ``tuple[X, ...]``."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        hint = next(a for a in typing.get_args(hint) if a is not type(None))
    if typing.get_origin(hint) is tuple:
        hint = typing.get_args(hint)[0]
    return hint


def assemble(record: type[Record], values: Mapping[str, str]) -> Record:
    """The record that has these values. Positions are taken in their order; gaps close.

    Raises msgspec.ValidationError where a value does not fit its field or a required one is missing.
    """
    tree: dict[Any, Any] = {}
    for path, value in values.items():
        *way, last = steps(path)
        here = tree
        for step in way:
            here = here.setdefault(step, {})
        here[last] = value
    return msgspec.convert(_lists(tree), record, strict=False)


def _lists(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    if tree and all(isinstance(key, int) for key in tree):
        return [_lists(tree[key]) for key in sorted(tree)]
    return {key: _lists(value) for key, value in tree.items()}


def flat(record: msgspec.Struct, *, defaults: bool = False) -> dict[str, str]:
    """Every value of the record as text under its path; those that are the default of their field only with `defaults`."""
    found: dict[str, str] = {}
    _take_apart(record, "", found, defaults)
    return found


def _take_apart(value: Any, path: str, found: dict[str, str], defaults: bool) -> None:
    if isinstance(value, msgspec.Struct):
        for field in msgspec.structs.fields(value):
            held = getattr(value, field.name)
            if field.required or held != field.default or (defaults and isinstance(held, str | bool) and held != ""):
                _take_apart(held, f"{path}.{field.name}" if path else field.name, found, defaults)
    elif isinstance(value, tuple):
        for n, held in enumerate(value, 1):
            _take_apart(held, f"{path}[{n}]", found, defaults)
    elif value is not None:
        found[path] = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def differences(one: msgspec.Struct, other: msgspec.Struct) -> tuple[tuple[str, str, str], ...]:
    """(path, here, there) for every value that differs between two records of one class."""
    mine, theirs = flat(one), flat(other)
    paths = [*mine, *(p for p in theirs if p not in mine)]
    return tuple((p, mine.get(p, ""), theirs.get(p, "")) for p in paths if mine.get(p, "") != theirs.get(p, ""))
