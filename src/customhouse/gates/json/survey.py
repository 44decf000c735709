"""The second, slow look at a JSON message that could not be read: finds everything that is wrong with it at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from difflib import get_close_matches
from itertools import islice
from typing import Any

import msgspec
from msgspec import inspect

from customhouse.kernel.problem import Problem
from customhouse.record.lodgement import Lodgement

MAX_PROBLEMS = 100
NEAR_ENOUGH = 0.65
MAX_NAMES = 12
_BYTE = re.compile(r"\(byte (\d+)\)")
_JSON_NAMES = {
    "NoneType": "null",
    "bool": "true or false",
    "int": "a number",
    "float": "a number",
    "str": "text",
    "list": "a list",
    "dict": "an object",
}
_WANTED = {
    inspect.StrType: "text",
    inspect.IntType: "a whole number",
    inspect.DecimalType: "a number",
    inspect.VarTupleType: "a list",
    inspect.StructType: "an object",
    inspect.BoolType: "true or false",
    inspect.DateTimeType: "a date and time",
    inspect.EnumType: "one of the known words",
}


def all_problems(data: bytes, record: type = Lodgement) -> list[Problem]:
    """Every problem of a message that did not decode; never empty."""
    try:
        data.decode()
    except UnicodeDecodeError as fault:
        where = _place(data, fault.start)
        return [Problem("WrongEncoding", "These bytes are not UTF-8", where, "Save the message as UTF-8")]
    try:
        value = msgspec.json.decode(data)
    except RecursionError:
        return [Problem("TooDeep", "The message is nested too deeply", hint="A message needs less than 10 levels")]
    except msgspec.DecodeError as fault:
        return [_malformed(data, fault)]
    found = list(islice(_survey(value, inspect.type_info(record), ""), MAX_PROBLEMS))
    return found or [_as_told(data, record)]


def _malformed(data: bytes, fault: msgspec.DecodeError) -> Problem:
    words = str(fault)
    at = _BYTE.search(words)
    label = _BYTE.sub("", words).strip().removeprefix("JSON is malformed: ")
    place = _place(data, int(at[1]) if at else len(data))
    return Problem("MalformedJSON", label[:1].upper() + label[1:], place, "Mend the JSON at that place")


def _as_told(data: bytes, record: type) -> Problem:
    """What the decoder itself says, where our own look found nothing."""
    try:
        msgspec.json.decode(data, type=record)
    except msgspec.DecodeError as fault:
        return Problem("WrongType", str(fault), hint="See the JSON schema of the message")
    raise ValueError("the message reads well")


def _place(data: bytes, byte: int) -> str:
    before = data[:byte]
    return f"line {before.count(10) + 1}, column {byte - (before.rfind(10) + 1) + 1}"


def _survey(value: Any, kind: inspect.Type, where: str) -> Iterator[Problem]:
    if isinstance(kind, inspect.UnionType):
        if value is None:
            return
        kind = next(t for t in kind.types if not isinstance(t, inspect.NoneType))
    if isinstance(kind, inspect.StructType):
        yield from _object(value, kind, where) if isinstance(value, dict) else _wrong(value, kind, where)
    elif isinstance(kind, inspect.VarTupleType):
        if not isinstance(value, list):
            yield from _wrong(value, kind, where)
            return
        for number, each in enumerate(value, 1):
            yield from _survey(each, kind.item_type, f"{where}[{number}]")
    elif not _fits(value, kind):
        yield from _wrong(value, kind, where)


def _object(value: dict[str, Any], kind: inspect.StructType, where: str) -> Iterator[Problem]:
    before = f"{where}/" if where else ""
    fields = {field.encode_name: field for field in kind.fields}
    for name in value:
        if name not in fields:
            near = get_close_matches(name, fields, 1, NEAR_ENOUGH)
            hint = f"Did you mean {near[0]}?" if near else _known(fields)
            yield Problem("UnknownField", "The field is not known here", before + name[:80], hint, name[:80])
    for name, field in fields.items():
        if name in value:
            yield from _survey(value[name], field.type, before + name)
        elif field.required:
            yield Problem("MissingField", f"The field {name} is missing", where or name, f"Add {name}")


def _known(fields: dict[str, Any]) -> str:
    names = ", ".join(islice(fields, MAX_NAMES))
    return f"Known here: {names}" + (" ..." if len(fields) > MAX_NAMES else "")


def _fits(value: Any, kind: inspect.Type) -> bool:
    if isinstance(value, bool) or isinstance(kind, inspect.BoolType):
        return isinstance(value, bool) and isinstance(kind, inspect.BoolType)
    if isinstance(kind, inspect.DateTimeType | inspect.EnumType):
        return _converts(value, kind)
    if isinstance(kind, inspect.StrType):
        return isinstance(value, str)
    if isinstance(kind, inspect.IntType):
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, int | float) or _is_decimal(value)


def _converts(value: Any, kind: inspect.DateTimeType | inspect.EnumType) -> bool:
    wanted: type = kind.cls if isinstance(kind, inspect.EnumType) else datetime
    try:
        msgspec.convert(value, wanted)
    except msgspec.ValidationError:
        return False
    return isinstance(value, str)


def _is_decimal(value: Any) -> bool:
    from decimal import Decimal, InvalidOperation

    try:
        return isinstance(value, str) and Decimal(value) is not None
    except InvalidOperation:
        return False


def _wrong(value: Any, kind: inspect.Type, where: str) -> Iterator[Problem]:
    wanted = _WANTED[type(kind)]
    found = _JSON_NAMES[type(value).__name__]
    shown = "" if value is None or isinstance(value, dict | list) else str(value)[:80]
    none = found == "text" and wanted not in ("text", "a list", "an object", "true or false")
    label = f"Expected {wanted}, found {found}" + (" that is none" if none else "")
    yield Problem("WrongType", label, where, _advice(kind, wanted), shown)


def _advice(kind: inspect.Type, wanted: str) -> str:
    if isinstance(kind, inspect.EnumType):
        return f"Write one of {', '.join(str(word.value) for word in kind.cls)}"
    return f"Write {wanted} here" + (" (2026-11-27T06:00:00Z)" if isinstance(kind, inspect.DateTimeType) else "")
