"""The guard at the XML gate: takes bytes that nobody has checked and hands on a harmless tree, or says why not.

No entity is resolved, no DTD is taken, nothing is fetched, size and nesting are limited, comments and processing
instructions are dropped.
"""

from __future__ import annotations

import re
from contextlib import suppress
from threading import local
from typing import IO
from xml.parsers import expat

from lxml import etree

from customhouse.kernel.incoming import beginning, take
from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 10 * 1024 * 1024
"""Largest message taken by default; a declaration of 999 items is about 3 MB."""

_UTF = ("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be")
_SINGLE_BYTE = ("us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252")
ENCODINGS = frozenset((*_UTF, *_SINGLE_BYTE))
_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_ENTITY = tuple("<!ENTITY".encode(e) for e in ("ascii", "utf-16-le", "utf-16-be"))
_ENCODING_FAULTS = frozenset(
    (
        etree.ErrorTypes.ERR_INVALID_CHAR,
        etree.ErrorTypes.ERR_INVALID_ENCODING,
        etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
        etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
        etree.ErrorTypes.I18N_CONV_FAILED,
        etree.ErrorTypes.I18N_NO_HANDLER,
    )
)

RESOURCE_LIMIT = 114
"""The error number of libxml2 for its own limits: 256 levels, 10 million characters in one value."""

_LOCAL = local()

HINTS = {
    "MalformedXML": "Mend the file at that place; an XML editor shows it",
    "WrongEncoding": "Save the file as UTF-8, or name its real encoding in the first line",
    "UnsupportedEncoding": "Save the file as UTF-8",
    "ForbiddenDoctype": "Remove the <!DOCTYPE ...> line; a declaration needs none",
    "ForbiddenEntity": "Remove the <!DOCTYPE ...> part with its entities and write the text itself",
    "TooLarge": "Split the declaration, or ask customs to raise the limit",
    "TooDeep": "The schema of the declaration needs 10 levels",
    "EmptyFile": "Check that the file was written completely",
    "NotXML": "Hand in the declaration as WCO XML, or as JSON at the JSON gate",
}


def _parser() -> etree.XMLParser:
    """The hardened parser of this thread (a parser holds the errors of its last message)."""
    found: etree.XMLParser | None = getattr(_LOCAL, "parser", None)
    if found is None:
        found = _LOCAL.parser = _new_parser()
    return found


def _new_parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
    )


def parse(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> etree._Element:
    """The root element of the message in `source` (bytes or a binary stream, read no further than `limit` bytes).

    Raises Refusal with EmptyFile, TooLarge, NotXML, UnsupportedEncoding, WrongEncoding, ForbiddenDoctype,
    ForbiddenEntity or MalformedXML (with line and column).
    """
    data = source if isinstance(source, bytes) else take(source, limit)
    if len(data) > limit:
        raise _refusal("TooLarge", f"The file is larger than {limit} bytes")
    _check_start(data)
    if b"DOCTYPE" in data or b"\0" in data[:4]:
        _check_doctype(data)
    guard = _parser()
    try:
        root = etree.fromstring(data, guard)
    except etree.XMLSyntaxError as fault:
        raise Refusal(_faults(fault, guard.error_log)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _refusal("ForbiddenDoctype", "The file brings a document type definition")
    return root


def _check_start(data: bytes) -> None:
    head = beginning(data)
    if not head:
        if len(data) > 256:
            raise _refusal("NotXML", "The file begins with blanks only", "line 1, column 1")
        raise _refusal("EmptyFile", "The file is empty")
    if not head.startswith(b"<"):
        raise _refusal("NotXML", "The file does not begin with <", "line 1, column 1", _shown(head))
    if (named := _ENCODING.match(head)) and named[1].lower().decode() not in ENCODINGS:
        raise _refusal("UnsupportedEncoding", "This encoding is not taken here", "line 1", named[1].decode())


def _check_doctype(data: bytes) -> None:
    """Raise where a DOCTYPE really stands in the prologue (the word may also stand in a comment or in text)."""
    found: list[int] = []
    reader = expat.ParserCreate()

    def doctype(*_: object) -> None:
        found.append(reader.CurrentLineNumber)
        raise _Stop

    def element(*_: object) -> None:
        raise _Stop

    reader.StartDoctypeDeclHandler = doctype
    reader.StartElementHandler = element
    with suppress(_Stop, expat.ExpatError):  # what expat cannot read, libxml2 reports with its place
        reader.Parse(data, True)
    if not found:
        return
    if any(mark in data for mark in _ENTITY):
        raise _refusal("ForbiddenEntity", "The file defines entities of its own", f"line {found[0]}")
    raise _refusal("ForbiddenDoctype", "The file brings a document type definition", f"line {found[0]}")


class _Stop(Exception):
    """Enough has been seen."""


def _faults(fault: etree.XMLSyntaxError, log: etree._ListErrorLog) -> list[Problem]:
    """All faults in the parser's own log; the log of the exception would also hold those of files read before."""
    found: dict[tuple[int, int, str], Problem] = {}
    for entry in log:
        if entry.level < etree.ErrorLevels.ERROR:
            continue
        rule = _rule(entry)
        place = f"line {entry.line}, column {entry.column}"
        label = " ".join(entry.message.split())[:300]
        found.setdefault((entry.line, entry.column, label), Problem(rule, label, place, HINTS[rule]))
    if not found:
        line, column = fault.position
        label = " ".join(fault.msg.split())[:300]
        return [Problem("MalformedXML", label, f"line {line}, column {column}", HINTS["MalformedXML"])]
    return list(found.values())


def _rule(entry: etree._LogEntry) -> str:
    if entry.type == RESOURCE_LIMIT:
        return "TooDeep" if "depth" in entry.message else "TooLarge"
    return "WrongEncoding" if entry.type in _ENCODING_FAULTS else "MalformedXML"


def _shown(head: bytes) -> str:
    return head[:40].decode("utf-8", "replace")


def _refusal(rule: str, label: str, where: str = "", value: str = "") -> Refusal:
    return Refusal([Problem(rule, label, where, HINTS[rule], value)])
