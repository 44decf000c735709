"""XML of any size given to expat piece by piece: one document, or several one behind the other, with the same memory.

No tree is built, no document type and no entity is taken; depth, distinct names and single marks are bounded. A file that is not
well-formed to its end is refused before anything of it is taken, because nobody can say what its rest was.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from customhouse.kernel.problem import Problem, Refusal
from customhouse.stream.parcels.lines import blocks

PIECE = 1 << 16
"""Bytes given to expat at once."""
DEEPEST, MOST_NAMES, LONGEST_MARK = 100, 10_000, 1 << 20
"""Levels, distinct names of elements and attributes, and bytes of one tag or comment; a file with more is refused."""
_NEXT_DOCUMENT = (
    expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT],
    expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI],
)
_AGAIN = "Nothing of it was taken; mend it and send it again"


class TooMuch(Exception):
    """The file goes beyond a bound."""

    def __init__(self, rule: str, why: str) -> None:
        self.rule = rule
        super().__init__(why)


def _no_doctype(*_: object) -> None:
    raise TooMuch("ForbiddenDoctype", "The file brings a document type definition")


class Elements:
    """What expat calls outside of declarations, and in what is left out; `number` declarations have begun."""

    def __init__(self) -> None:
        self.number = self.depth = self.skipped = self.lines = 0
        self.text: list[str] = []
        self.expat: Any = None

    def parser(self, lines: int) -> Any:
        """A parser of the next document, with so many lines of the file before it."""
        made = self.expat = expat.ParserCreate(namespace_separator=" ")
        made.buffer_text, made.buffer_size = True, PIECE
        made.StartDoctypeDeclHandler = _no_doctype
        self.lines = lines
        self._outside()
        return made

    def checked(self) -> None:
        """Called when expat has read a piece."""

    def _outside(self) -> None:
        self.expat.StartElementHandler, self.expat.EndElementHandler = self._start, self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooMuch("TooDeep", f"Elements stand inside each other more than {DEEPEST} deep")
        local = name.rpartition(" ")[2]
        if local == "Declaration":
            self.number += 1
            self._declaration(attributes)
        elif local.endswith("Response"):  # answers of customs, which only quote declarations
            self._skip()

    def _end(self, _: str) -> None:
        self.depth -= 1

    def _declaration(self, _: dict[str, str]) -> None:
        self._skip()

    def _skip(self) -> None:
        """Leave out the element that has begun."""
        self.skipped = 1
        self.expat.StartElementHandler, self.expat.EndElementHandler = self._skip_start, self._skip_end

    def _skip_start(self, _: str, __: dict[str, str]) -> None:
        self.skipped += 1
        if self.skipped + self.depth > DEEPEST:
            raise TooMuch("TooDeep", f"Elements stand inside each other more than {DEEPEST} deep")

    def _skip_end(self, _: str) -> None:
        self.skipped -= 1
        if not self.skipped:
            self._skipped()

    def _skipped(self) -> None:
        self.depth -= 1
        self._outside()


def read(path: Path, reader: Elements) -> Iterator[None]:
    """Give the file to expat, piece by piece; documents may stand one behind the other. Raises Refusal."""
    parser, lines = reader.parser(0), 0
    window, before = b"", 0  # bytes that the parser may still be in, and how many of the document stand before them
    try:
        for piece in _pieces(path):
            rest = piece
            while rest:
                window += rest
                try:
                    parser.Parse(rest)
                    rest = b""
                except expat.ExpatError as fault:
                    if fault.code not in _NEXT_DOCUMENT or reader.depth:
                        raise
                    rest = window[parser.ErrorByteIndex - before :]
                    lines += parser.ErrorLineNumber - 1
                    parser, window, before = reader.parser(lines), b"", 0
            reader.checked()
            passed = max(parser.CurrentByteIndex - before, 0)
            window, before = window[passed:], before + passed
            _bounded(parser, len(window))
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError as fault:
        place = f"line {lines + fault.lineno}, column {fault.offset + 1}"
        raise Refusal(
            [
                Problem(
                    "MalformedXML", f"The file breaks off or is no XML: {expat.ErrorString(fault.code)}", place, _AGAIN
                )
            ]
        ) from None
    except TooMuch as fault:
        place = f"line {lines + parser.CurrentLineNumber}"
        raise Refusal([Problem(fault.rule, str(fault), place, _AGAIN)]) from None
    except (LookupError, ValueError) as fault:
        raise Refusal(
            [
                Problem(
                    "UnsupportedEncoding",
                    f"The encoding is not taken here: {fault}",
                    path.name,
                    "Save the file as UTF-8",
                )
            ]
        ) from None


def _pieces(path: Path) -> Iterator[bytes]:
    for block in blocks(path):
        for start in range(0, len(block), PIECE):
            yield block[start : start + PIECE]


def _bounded(parser: Any, waiting: int) -> None:
    if waiting > LONGEST_MARK:
        raise TooMuch("TooLarge", f"A tag, comment or instruction has more than {LONGEST_MARK} bytes")
    if len(parser.intern) > MOST_NAMES:
        raise TooMuch("TooLarge", f"There are more than {MOST_NAMES} distinct names")
