"""The table gate: declarations of small traders as CSV or XLSX, one row for each goods item, several declarations in a file.

`columns` is the table of headings; `sheet` turns bytes into rows; `cells` reads numbers and dates; `reader` puts rows together;
`template` makes what one can download and fill in.
"""

from __future__ import annotations

from typing import IO

from customhouse.gates.table import reader, sheet
from customhouse.gates.table.reader import Part
from customhouse.gates.table.sheet import MAX_BYTES, is_workbook
from customhouse.kernel.incoming import take
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement

__all__ = ["MAX_BYTES", "Part", "is_workbook", "read", "read_all"]


def read_all(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> tuple[Part, ...]:
    """The declarations of a table; each was read, or has its problems.

    Raises Refusal where the table itself cannot be read: the rules of `sheet.open_sheets` and of `reader.parts`.
    """
    data = source if isinstance(source, bytes) else take(source, limit)
    return reader.parts(*sheet.open_sheets(data, limit))


def read(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Lodgement:
    """The declaration of a table that holds one. Raises Refusal with every problem found, or SeveralDeclarations."""
    found = read_all(source, limit=limit)
    if len(found) != 1:
        hint = "Hand in one declaration here, or the whole file where several are taken"
        raise Refusal([Problem("SeveralDeclarations", f"The table holds {len(found)} declarations", "row 2", hint)])
    if found[0].reading is None:
        raise Refusal(found[0].problems)
    return found[0].reading.lodgement
