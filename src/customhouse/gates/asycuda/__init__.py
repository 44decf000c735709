"""The SAD gate: declarations as ASYCUDAWorld exports them, in and out. The door for migration from some hundred countries.

`table` maps every element to its box of the Single Administrative Document and to our field; `reader` and `writer` walk it;
`parser` keeps hostile files out. What has no place in the record is reported and stays in the source.
"""

from __future__ import annotations

from typing import IO

from customhouse.gates.asycuda import reader, writer
from customhouse.gates.asycuda.parser import MAX_BYTES, parse
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import differences
from customhouse.record.reading import Reading

__all__ = ["MAX_BYTES", "left_out", "read", "read_all", "write"]


def read(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Lodgement:
    """The declaration in a SAD file. Raises Refusal with every problem found."""
    return read_all(source, limit=limit).lodgement


def read_all(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Reading:
    """The same with everything that found no place in the record.

    Raises Refusal: the rules of `parser.parse`, NotSAD, InvalidNumber, Incomplete.
    """
    root, told = parse(source, limit=limit)
    name = str(root.tag).rpartition("}")[2]
    if name.upper() != "ASYCUDA":
        hint = "The root element of a SAD file is ASYCUDA"
        raise Refusal([Problem("NotSAD", "This is no SAD of ASYCUDAWorld", "line 1", hint, name[:40])])
    return reader.read(root, told)


def write(lodgement: Lodgement) -> bytes:
    """The declaration as a SAD file in UTF-8; `left_out` says what has no box there."""
    return writer.write(lodgement)


def left_out(lodgement: Lodgement) -> tuple[str, ...]:
    """The fields of the record that a SAD written from it does not carry, or not in the same form."""
    back = read(write(lodgement))
    return tuple(path for path, _, _ in differences(lodgement, back))
