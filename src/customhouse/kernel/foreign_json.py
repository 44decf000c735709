"""JSON of others, read with bounds: size, encoding, depth; numbers keep their digits; every value that was told can be listed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec

from customhouse.kernel.incoming import BLANKS, BYTE_ORDER_MARKS
from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 60
_BYTE = re.compile(r"\(byte (\d+)\)")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_decode = msgspec.json.Decoder(float_hook=Decimal).decode


def parse(data: bytes, *, limit: int = MAX_BYTES) -> Any:
    """The value in `data`; fractions are Decimal. Raises Refusal: EmptyFile, TooLarge, WrongEncoding, MalformedJSON
    (line and column), TooDeep, InvalidCharacter, InvalidNumber."""
    if len(data) > limit:
        raise Refusal([Problem("TooLarge", f"The message is larger than {limit} bytes", "", "Split it")])
    data = data.removeprefix(BYTE_ORDER_MARKS[0])
    if not data.strip(BLANKS):
        raise Refusal([Problem("EmptyFile", "The message is empty", "", "Check that it was written completely")])
    try:
        data.decode()
        value = _decode(data)
    except UnicodeDecodeError as fault:
        where = place(data, fault.start)
        raise Refusal([Problem("WrongEncoding", "These bytes are not UTF-8", where, "Save it as UTF-8")]) from None
    except RecursionError:
        raise Refusal([_too_deep()]) from None
    except msgspec.DecodeError as fault:
        at = _BYTE.search(str(fault))
        label = _BYTE.sub("", str(fault)).strip().removeprefix("JSON is malformed: ")
        where = place(data, int(at[1]) if at else len(data))
        told = Problem("MalformedJSON", label[:1].upper() + label[1:], where, "Mend the JSON at that place")
        raise Refusal([told]) from None
    if problems := list(_faults(value)):
        raise Refusal(problems[:100])
    return value


def place(data: bytes, byte: int) -> str:
    """Line and column of a byte, both from 1."""
    before = data[:byte]
    return f"line {before.count(10) + 1}, column {byte - (before.rfind(10) + 1) + 1}"


def leaves(value: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of everything that is no object and no list; paths read ``a/b[2]/c``, counted from 1."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, f"{where}/{name}" if where else str(name))
    elif isinstance(value, list):
        for number, each in enumerate(value, 1):
            yield from leaves(each, f"{where}[{number}]")
    elif value is not None:
        yield where, value


def pattern(path: str) -> str:
    """A path with its numbers left out: ``a/b[]/c``."""
    return re.sub(r"\[\d+\]", "[]", path)


def _too_deep() -> Problem:
    return Problem("TooDeep", f"The message is nested more than {MAX_DEPTH} levels deep", "", "Flatten it")


def _faults(value: Any, where: str = "", depth: int = 0) -> Iterator[Problem]:
    """What no message can mean: control characters, numbers without end, nesting without end."""
    if depth > MAX_DEPTH:
        yield _too_deep()
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _faults(each, f"{where}/{name[:40]}" if where else name[:40], depth + 1)
    elif isinstance(value, list):
        for number, each in enumerate(value, 1):
            yield from _faults(each, f"{where}[{number}]", depth + 1)
    elif isinstance(value, str) and _CONTROL.search(value):
        yield Problem("InvalidCharacter", "A control character has no meaning here", where, "Remove it")
    elif isinstance(value, int | Decimal) and not isinstance(value, bool) and _endless(value):
        yield Problem("InvalidNumber", "This is not a number of customs size", where, "", str(value)[:40])


def _endless(value: int | Decimal) -> bool:
    number = Decimal(value)
    return not number.is_finite() or number.adjusted() > 17 or int(number.as_tuple().exponent) < -18
