"""The guard at the SAD gate: bytes that nobody has checked become a harmless tree, or are refused.

No document type definition is taken, nothing is fetched, size and nesting are limited. Files of ASYCUDAWorld come in UTF-8
(often with a byte order mark), and in windows-1252 with a heading that says so or without any heading at all.
"""

from __future__ import annotations

import re
from typing import IO

from lxml import etree

from customhouse.kernel.incoming import beginning, take
from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 10 * 1024 * 1024
"""Largest file taken by default."""

MAX_DEPTH = 16
"""Deepest nesting taken; a SAD needs six levels."""

ENCODINGS = frozenset(
    [
        "utf-8",
        "utf8",
        "utf-16",
        "utf-16le",
        "utf-16be",
        "us-ascii",
        "ascii",
        "iso-8859-1",
        "latin1",
        "iso-8859-15",
        "windows-1252",
        "cp1252",
    ]
)
UNDECLARED = "windows-1252"
"""How a file is read that is not UTF-8 and does not say what it is."""

_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_DOCTYPE = tuple(x.encode(e) for x in ("<!DOCTYPE", "<!doctype") for e in ("ascii", "utf-16-le", "utf-16-be"))
_ENTITY = tuple("<!ENTITY".encode(e) for e in ("ascii", "utf-16-le", "utf-16-be"))
_ENCODING_FAULTS = ("encod", "proper UTF-8", "conversion")
HINTS = {
    "EmptyFile": "Check that the file was written completely",
    "ForbiddenDoctype": "Remove the <!DOCTYPE ...> line; a SAD needs none",
    "ForbiddenEntity": "Remove the <!DOCTYPE ...> part with its entities and write the text itself",
    "MalformedXML": "Mend the file at that place; an XML editor shows it",
    "NotXML": "Hand in the file that ASYCUDAWorld exports",
    "TooDeep": "A SAD needs six levels",
    "TooLarge": "A SAD of 999 items has about 6 MB; split it",
    "UnsupportedEncoding": "Save the file as UTF-8",
    "WrongEncoding": "Save the file as UTF-8, or name its real encoding in the first line",
}


def parse(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> tuple[etree._Element, tuple[Problem, ...]]:
    """(root element, warnings) of the file in `source`.

    Raises Refusal: EmptyFile, TooLarge, NotXML, UnsupportedEncoding, WrongEncoding, ForbiddenDoctype, ForbiddenEntity,
    MalformedXML (line and column), TooDeep.
    """
    data = source if isinstance(source, bytes) else take(source, limit)
    if len(data) > limit:
        raise _refusal("TooLarge", f"The file is larger than {limit} bytes")
    head = beginning(data)
    if not head:
        raise _refusal("EmptyFile" if not data.strip() else "NotXML", "The file is empty")
    if not head.startswith(b"<"):
        raise _refusal(
            "NotXML", "The file does not begin with <", "line 1, column 1", head[:40].decode("utf-8", "replace")
        )
    if any(mark in data for mark in _DOCTYPE):
        rule = "ForbiddenEntity" if any(mark in data for mark in _ENTITY) else "ForbiddenDoctype"
        raise _refusal(rule, "The file brings a document type definition", f"line {_line(data)}")
    named = _ENCODING.match(head)
    if named and named[1].lower().decode() not in ENCODINGS:
        raise _refusal("UnsupportedEncoding", "This encoding is not taken here", "line 1", named[1].decode())
    encoding, told = (None, ()) if named or _is_utf(data) else (UNDECLARED, (_ASSUMED,))
    root = _tree(data, encoding)
    if _depth(root) > MAX_DEPTH:
        raise _refusal("TooDeep", f"Elements are nested more than {MAX_DEPTH} deep")
    return root, told


_ASSUMED = Problem(
    "AssumedEncoding",
    f"The file does not say how it is encoded and is not UTF-8; it was read as {UNDECLARED}",
    "line 1",
    "Check accents in names and descriptions",
    severity="warning",
)


def _is_utf(data: bytes) -> bool:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:4]:
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _tree(data: bytes, encoding: str | None) -> etree._Element:
    guard = etree.XMLParser(
        encoding=encoding,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, guard)
    except etree.XMLSyntaxError as fault:
        raise Refusal(_faults(fault, guard)) from None


def _faults(fault: etree.XMLSyntaxError, guard: etree.XMLParser) -> list[Problem]:
    found: dict[tuple[int, int], Problem] = {}
    for entry in guard.error_log:
        if entry.level >= etree.ErrorLevels.ERROR:
            label = " ".join(entry.message.split())[:300]
            rule = "WrongEncoding" if any(x in label for x in _ENCODING_FAULTS) else "MalformedXML"
            rule = "TooDeep" if "depth" in label else rule
            place = f"line {entry.line}, column {entry.column}"
            found.setdefault((entry.line, entry.column), Problem(rule, label, place, HINTS[rule]))
    if not found:
        line, column = fault.position
        return [Problem("MalformedXML", fault.msg[:300], f"line {line}, column {column}", HINTS["MalformedXML"])]
    return list(found.values())[:20]


def _depth(root: etree._Element) -> int:
    """How deep the tree is, looked into no further than is needed to refuse it."""
    level, depth = [root], 1
    while level and depth <= MAX_DEPTH + 1:
        level = [child for element in level for child in element]
        depth += bool(level)
    return depth


def _line(data: bytes) -> int:
    at = min(x for mark in _DOCTYPE if (x := data.find(mark)) >= 0)
    return data[:at].count(b"\n") + 1


def _refusal(rule: str, label: str, where: str = "", value: str = "") -> Refusal:
    return Refusal([Problem(rule, label, where, HINTS[rule], value)])
