"""From the record to the message, in the order of the table."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from customhouse.gates.ens.table import MESSAGES, Group, Leaf, namespace
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.ens import EntrySummary

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]").search


def write(summary: EntrySummary) -> bytes:
    """The declaration as IE315, or as IE313 where it names the MRN it amends; in UTF-8.

    Raises Refusal for characters that XML cannot carry.
    """
    root = "CC313A" if summary.amends else "CC315A"
    out: list[str] = []
    put(out, summary, MESSAGES[root], 1)
    return document(root, out)


def document(root: str, lines: list[str]) -> bytes:
    """A whole message around lines that are indented already."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<ie:{root} xmlns:ie="{namespace(root)}">\n'
    return f"{head}{''.join(lines)}</ie:{root}>\n".encode()


def put(out: list[str], record: Any, rows: tuple[Leaf | Group, ...], depth: int) -> None:
    """Append the elements that `record` fills."""
    for row in rows:
        if isinstance(row, Leaf):
            line(out, row.tag, text_of(_value(record, row.field)), depth)
        elif not row.field:
            _flat(out, record, row, depth)
        else:
            value = getattr(record, row.field)
            for each in value if isinstance(value, tuple) else (value,):
                _group(out, each, row, depth)


def line(out: list[str], tag: str, text: str, depth: int) -> None:
    """Append one element with a value; nothing for the empty text."""
    if not text:
        return
    if found := _FORBIDDEN(text):
        label = f"The character U+{ord(found[0]):04X} cannot stand in XML"
        raise Refusal([Problem("InvalidCharacter", label, tag, "Remove the character")])
    shown = escape(text, {"\r": "&#13;"})
    out.append(f"{'  ' * depth}<{tag}>{shown}</{tag}>\n")


def text_of(value: Any) -> str:
    """A value as the message writes it; the empty text for what is absent."""
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _value(record: Any, field: str) -> Any:
    for name in field.split("."):
        record = getattr(record, name)
    return record


def _flat(out: list[str], record: Any, row: Group, depth: int) -> None:
    within: list[str] = []
    put(within, record, row.rows, depth + 1)
    _wrapped(out, row.tag, within, depth, empty=row.required)


def _group(out: list[str], value: Any, row: Group, depth: int) -> None:
    if value is None or value == "":
        return
    within: list[str] = []
    if row.only:
        line(within, row.rows[0].tag, text_of(value), depth + 1)
    else:
        put(within, value, row.rows, depth + 1)
    _wrapped(out, row.tag, within, depth, empty=True)


def _wrapped(out: list[str], tag: str, within: list[str], depth: int, *, empty: bool) -> None:
    indent = "  " * depth
    if within:
        out.extend((f"{indent}<{tag}>\n", *within, f"{indent}</{tag}>\n"))
    elif empty:
        out.append(f"{indent}<{tag}/>\n")
