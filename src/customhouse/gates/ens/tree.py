"""The guard at the ENS gate: bytes that nobody has checked become a light tree of names and texts, or are refused.

No document type definition is taken, so no entity exists to be expanded or fetched; size and nesting are limited;
comments and processing instructions are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

from customhouse.kernel.incoming import BYTE_ORDER_MARKS, beginning, take
from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 10 * 1024 * 1024
"""Largest message taken by default."""

MAX_DEPTH = 64
_UTF = ("utf-8", "utf8", "utf-16", "utf-16le", "utf-16be")
_SINGLE_BYTE = ("us-ascii", "ascii", "iso-8859-1", "latin1", "iso-8859-15", "windows-1252")
ENCODINGS = frozenset((*_UTF, *_SINGLE_BYTE))
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BLANK = " \t\r\n"
_RUN = re.compile(f"[{BLANK}]+")
_SEPARATOR = "\t"

HINTS = {
    "EmptyFile": "Check that the file was written completely",
    "ForbiddenDoctype": "Remove the <!DOCTYPE ...> part; a message needs none",
    "ForbiddenEntity": "Remove the <!DOCTYPE ...> part with its entities and write the text itself",
    "MalformedXML": "Mend the file at that place; an XML editor shows it",
    "NotXML": "Hand in the message as XML",
    "TooDeep": "An entry summary declaration needs four levels",
    "TooLarge": "Split the declaration, or ask customs to raise the limit",
    "UnsupportedEncoding": "Save the file as UTF-8",
    "WrongEncoding": "Save the file as UTF-8, or name its real encoding in the first line",
}


_NO_CHILDREN: list[Node] = []
_NO_NAMES: dict[str, list[Node]] = {}
_NO_ATTRIBUTES: dict[str, str] = {}
# shared by all elements that have none, which are most; never written to


class Node:
    """An element: its names, its text (of a group: only what should not be there), its children, its place.

    `number` counts elements of the same name under one parent from 1; `memo` is for what rules look up repeatedly.
    """

    __slots__ = (
        "attributes",
        "children",
        "line",
        "memo",
        "name",
        "named",
        "namespace",
        "number",
        "parent",
        "prefix",
        "text",
    )

    def __init__(self, name: str, namespace: str = "", prefix: str = "", parent: Node | None = None) -> None:
        self.name, self.namespace, self.prefix, self.parent = name, namespace, prefix, parent
        self.text = ""
        self.children: list[Node] = _NO_CHILDREN
        self.named: dict[str, list[Node]] = _NO_NAMES
        self.attributes: dict[str, str] = _NO_ATTRIBUTES
        self.memo: dict[int, Any] | None = None
        self.number, self.line = 1, 0

    def add(self, child: Node) -> None:
        """Hang `child` under this element, as its last."""
        if self.named is _NO_NAMES:
            self.named, self.children = {}, []
        same = self.named.get(child.name)
        if same is None:
            self.named[child.name] = same = []
        same.append(child)
        child.parent, child.number = self, len(same)
        self.children.append(child)

    @property
    def qname(self) -> str:
        return f"{self.prefix}:{self.name}" if self.prefix else self.name

    @property
    def location(self) -> str:
        """XPath of the element from the message down, every step numbered: ``/ie:CC315A[1]/GOOITEGDS[2]/PACGS2[1]``."""
        steps, here = [], self
        while True:
            above = here.parent
            steps.append(f"/{here.qname}[{here.number}]")
            if above is None:
                return "".join(reversed(steps))
            here = above

    def walk(self) -> Iterator[Node]:
        """This element and everything below, in the order of the message."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def collapsed(text: str) -> str:
    """The text as xs:token has it: no white space at the ends, one blank for any within."""
    return _RUN.sub(" ", text).strip(" ")


class _Stop(Exception):
    """Reading ends here, for the reason in the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Builder:
    """Hears what expat reads and builds the tree."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.here: Node | None = None
        self.depth = 0
        self.text: list[str] = []
        self.doctype = 0
        self.reader = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.reader.namespace_prefixes = True
        self.reader.buffer_text = True
        self.reader.StartElementHandler = self.start
        self.reader.EndElementHandler = self.end
        self.reader.CharacterDataHandler = self.text.append
        self.reader.XmlDeclHandler = self.declared
        self.reader.StartDoctypeDeclHandler = self.seen_doctype
        self.reader.EntityDeclHandler = self.seen_entity
        self.reader.EndDoctypeDeclHandler = self.end_doctype

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding and encoding.lower() not in ENCODINGS:
            raise _Stop(_problem("UnsupportedEncoding", "This encoding is not taken here", "line 1", encoding[:40]))

    def seen_doctype(self, *_: object) -> None:
        self.doctype = self.reader.CurrentLineNumber

    def seen_entity(self, *_: object) -> None:
        raise _Stop(_problem("ForbiddenEntity", "The file defines entities of its own", f"line {self.doctype}"))

    def end_doctype(self) -> None:
        raise _Stop(_problem("ForbiddenDoctype", "The file brings a document type definition", f"line {self.doctype}"))

    def start(self, told: str, attributes: dict[str, str]) -> None:
        if self.doctype:
            self.end_doctype()
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _Stop(_problem("TooDeep", f"Nested more than {MAX_DEPTH} deep", self.place()))
        node = Node(*_names(told), self.here)
        node.line = self.reader.CurrentLineNumber
        if attributes:
            node.attributes = {_attribute(name): value for name, value in attributes.items()}
        if self.here is None:
            self.root = node
        else:
            self.settle(self.here)
            self.here.add(node)
        self.here = node

    def end(self, _told: str) -> None:
        assert self.here is not None
        self.settle(self.here)
        self.here = self.here.parent
        self.depth -= 1

    def settle(self, node: Node) -> None:
        """What was read since the last mark is text of `node`; white space beside child elements is none."""
        if self.text:
            text = "".join(self.text)
            self.text.clear()
            node.text = text if not node.children and not node.text else node.text + text

    def place(self) -> str:
        return f"line {self.reader.CurrentLineNumber}, column {self.reader.CurrentColumnNumber + 1}"


def parse(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Node:
    """The root of the document in `source` (bytes or a binary stream, read no further than `limit` bytes).

    Raises Refusal with one of the rules in HINTS, with line and column where there are any.
    """
    data = source if isinstance(source, bytes) else take(source, limit)
    if len(data) > limit:
        raise Refusal([_problem("TooLarge", f"The file is larger than {limit} bytes")])
    _check_start(data)
    builder = _Builder()
    try:
        builder.reader.Parse(data, True)
    except _Stop as stop:
        raise Refusal([stop.problem]) from None
    except expat.ExpatError as fault:
        raise Refusal([_malformed(data, fault)]) from None
    except (LookupError, ValueError):
        raise Refusal([_problem("UnsupportedEncoding", "This encoding is not taken here", "line 1")]) from None
    assert builder.root is not None
    return builder.root


@lru_cache(maxsize=1024)
def _names(told: str) -> tuple[str, str, str]:
    """Name, namespace, prefix of what expat tells as ``namespace name prefix``."""
    parts = told.split(_SEPARATOR)
    if len(parts) == 1:
        return parts[0], "", ""
    return parts[1], parts[0], parts[2] if len(parts) > 2 else ""


def _attribute(told: str) -> str:
    name, namespace, _ = _names(told)
    return f"{{{namespace}}}{name}" if namespace else name


def _check_start(data: bytes) -> None:
    head = beginning(data)
    if not head:
        rule, words = ("NotXML", "begins with blanks only") if len(data) > 256 else ("EmptyFile", "is empty")
        raise Refusal([_problem(rule, f"The file {words}")])
    if not head.startswith(b"<"):
        shown = head[:40].decode("utf-8", "replace")
        raise Refusal([_problem("NotXML", "The file does not begin with <", "line 1, column 1", shown)])


def _malformed(data: bytes, fault: expat.ExpatError) -> Problem:
    words = expat.ErrorString(fault.code) or "not well-formed"
    place = f"line {fault.lineno}, column {fault.offset + 1}"
    unknown = (expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING],)
    if fault.code in unknown:
        return _problem("UnsupportedEncoding", "This encoding is not taken here", place)
    if fault.code == expat.errors.codes[expat.errors.XML_ERROR_INCORRECT_ENCODING] or not _is_utf8(data):
        return _problem("WrongEncoding", f"The bytes are not what the first line says: {words}", place)
    return _problem("MalformedXML", words[:1].upper() + words[1:], place)


def _is_utf8(data: bytes) -> bool:
    """True also for a message that says it is something else: then the bytes are not what is wrong."""
    if b"encoding" in data[:200] and b"utf-8" not in data[:200].lower():
        return True
    if data.startswith(BYTE_ORDER_MARKS[1:]):
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _problem(rule: str, label: str, where: str = "", value: str = "") -> Problem:
    return Problem(rule, label, where, HINTS[rule], value)
