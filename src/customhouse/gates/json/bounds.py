"""What a well-formed JSON declaration may still hold that no declaration can mean.

Endless numbers and control characters: they would break arithmetic and storage further in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from customhouse.kernel.problem import Problem
from customhouse.record.lodgement import Lodgement

WHOLE_DIGITS = 18
PLACES = 18
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]").search

# Digits and the point as 0, the letters of an exponent, NaN and Infinity in lower case, everything else blank: quick to search.
_SHAPE = bytes(
    ord("0") if chr(byte) in "0123456789_." else ord(chr(byte).lower()) if chr(byte) in "eEnNaAiIfF" else ord(" ")
    for byte in range(256)
)
_RUN = b"0" * (WHOLE_DIGITS + 1)
_ESCAPE = re.compile(rb"\\[ubf]").search
_EXPONENT = re.compile(b"0e").search
_WORD = re.compile(b"n(?:an|(?<=in)f)").search  # nan, inf: a pattern that begins with a plain letter is found fastest

Check = Callable[[Any, str], Iterator[Problem]]


def may_hide(data: bytes) -> bool:
    """Whether the message could hold such a thing at all; cheap, and wrong on the careful side only.

    A number out of bounds needs a long run of digits, an exponent, a word (NaN, Infinity), digits outside ASCII or an
    escape; a control character needs an escape.
    """
    if not data.isascii() or (b"\\" in data and _ESCAPE(data) is not None):
        return True
    shape = data.translate(_SHAPE)
    return _RUN in shape or _EXPONENT(shape) is not None or _WORD(shape) is not None


def decimal_fits(value: Decimal) -> bool:
    """At most 18 digits before and 18 after the point, and a number at all."""
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and value.adjusted() < WHOLE_DIGITS and -PLACES <= exponent < WHOLE_DIGITS


def out_of_bounds(message: msgspec.Struct) -> list[Problem]:
    """Problems with numbers and characters."""
    numbers = _NUMBERS if isinstance(message, Lodgement) else _checks_of(type(message), {})
    return [*numbers(message, ""), *_characters(message, "")]


def _characters(value: Any, where: str) -> Iterator[Problem]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _characters(getattr(value, name), f"{where}/{name}" if where else name)
    elif isinstance(value, tuple):
        for number, each in enumerate(value, 1):
            yield from _characters(each, f"{where}[{number}]")
    elif isinstance(value, str) and (found := _CONTROL(value)):
        label = f"The control character U+{ord(found[0]):04X} has no meaning in a message"
        yield Problem("InvalidCharacter", label, where, "Remove the character")


def _number(value: Any, where: str) -> Iterator[Problem]:
    fits = decimal_fits(value) if isinstance(value, Decimal) else abs(value) < 10**WHOLE_DIGITS
    if not fits:
        hint = f"Write at most {WHOLE_DIGITS} digits before and {PLACES} after the point"
        yield Problem("InvalidNumber", "This is not a number of customs size", where, hint, str(value)[:80])


def _checks_of(record: type, made: dict[type, Check]) -> Check:
    """The check of a class: only the fields that hold numbers, at any depth, are looked at."""
    if record in made:
        return made[record]
    kinds = _kinds(record)
    inner = {
        name: _number if of is None else _checks_of(of, made)
        for name, (of, _) in kinds.items()
        if of is None or _holds_numbers(of)
    }
    fields = tuple((name, kinds[name][1], inner[name]) for name in inner)

    def check(value: Any, where: str) -> Iterator[Problem]:
        before = f"{where}/" if where else ""
        for name, many, each in fields:
            found = getattr(value, name)
            if found is None:
                continue
            if many:
                for number, one in enumerate(found, 1):
                    yield from each(one, f"{before}{name}[{number}]")
            else:
                yield from each(found, before + name)

    made[record] = check
    return check


def _kinds(record: type) -> dict[str, tuple[type | None, bool]]:
    """Fields that are numbers (None) or hold a class, and whether there may be many."""
    kinds: dict[str, tuple[type | None, bool]] = {}
    info = msgspec.inspect.type_info(record)
    assert isinstance(info, msgspec.inspect.StructType)
    for field in info.fields:
        kind = _bare(field.type)
        many = isinstance(kind, msgspec.inspect.VarTupleType)
        if isinstance(kind, msgspec.inspect.VarTupleType):
            kind = _bare(kind.item_type)
        if isinstance(kind, msgspec.inspect.StructType):
            kinds[field.name] = (kind.cls, many)
        elif isinstance(kind, msgspec.inspect.DecimalType | msgspec.inspect.IntType):
            kinds[field.name] = (None, many)
    return kinds


def _bare(kind: msgspec.inspect.Type) -> msgspec.inspect.Type:
    """The type without `| None`."""
    if isinstance(kind, msgspec.inspect.UnionType):
        return next(t for t in kind.types if not isinstance(t, msgspec.inspect.NoneType))
    return kind


def _holds_numbers(record: type) -> bool:
    return any(of is None or _holds_numbers(of) for of, _ in _kinds(record).values())


_NUMBERS = _checks_of(Lodgement, {})
