"""The alphabet of UN/EDIFACT (ISO 9735): service characters, character sets, segments; bytes to segments and back.

The reading of a stream of segments is our own because the library at hand gets some interchanges wrong; ADR 0014 says which,
and a test holds both equal where the library is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import IO, NamedTuple

import msgspec

from customhouse.kernel.incoming import take
from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 10 * 1024 * 1024
"""Largest interchange taken by default."""

MAX_SEGMENTS = 200_000
MAX_SEGMENT = 20_000
"""Longest segment, in characters; the longest that a directory allows has some 3,000."""

CHARACTER_SETS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOX": "iso2022_jp_2",
    "UNOY": "utf-8",
}
"""Syntax identifiers (data element 0001) and how their bytes are read."""

_BLANK = "\r\n\t "
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1b\x1e\x7f]")
_LINES = re.compile(r"[\r\n]+")
Element = tuple[tuple[str, ...], ...]


class Characters(NamedTuple):
    """The service characters in the order of the UNA string; `release` and `repetition` are empty where there is none."""

    component: str = ":"
    element: str = "+"
    decimal: str = ","
    release: str = "?"
    repetition: str = ""
    terminator: str = "'"


USUAL = Characters()
REPEATING = Characters(repetition="*")
"""The same with the repetition separator that syntax 4 knows."""

LEVEL_B = Characters("\x1f", "\x1d", ",", "", "", "\x1c")
"""The separators of the first level B, which no printer shows (ISO 9735:1988, annex A)."""


class Segment(msgspec.Struct, frozen=True, gc=False):
    """A segment: its tag, its place in the interchange (from 1), its elements, each repetitions of components."""

    tag: str
    elements: tuple[Element, ...] = ()
    number: int = 0

    def at(self, element: int, component: int = 0, repetition: int = 0) -> str:
        """The component at these positions, counted from 0, or the empty string."""
        try:
            return self.elements[element][repetition][component]
        except IndexError:
            return ""

    @property
    def where(self) -> str:
        """How a problem names the place of this segment."""
        return f"segment {self.number} {self.tag}"


class Stream(NamedTuple):
    """An interchange as segments, with what is needed to write in the same way."""

    segments: tuple[Segment, ...]
    characters: Characters
    syntax: str


def segment(tag: str, *elements: str | tuple[str, ...]) -> Segment:
    """A segment to be written: each element is a text, or its components."""
    return Segment(tag, tuple(((e,) if isinstance(e, str) else e,) for e in elements))


def read(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Stream:
    """The segments of an interchange. Raises Refusal: EmptyFile, TooLarge, NotEDIFACT, UnknownCharacterSet, WrongEncoding,
    InvalidCharacter, WrongServiceCharacters, Truncated, TooManySegments, InvalidTag."""
    data = source if isinstance(source, bytes) else take(source, limit)
    if len(data) > limit:
        raise _refusal("TooLarge", f"The file is larger than {limit} bytes", hint="Split the interchange")
    body = data.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK.encode())
    if not body:
        raise _refusal("EmptyFile", "The file is empty", hint="Check that it was written completely")
    characters, body = _service_characters(body)
    syntax, version = _syntax(body, characters)
    if version < "4":
        characters = characters._replace(repetition="")
    text = _decoded(body, syntax)
    if found := _CONTROL.search(text.replace(characters.terminator, "")):
        place = f"character {text.index(found[0]) + 1}"
        hint = "Remove it; no character set of EDIFACT has control characters"
        raise _refusal("InvalidCharacter", "A control character stands in the data", place, hint, repr(found[0]))
    return Stream(_segments(text, characters), characters, syntax)


def _service_characters(body: bytes) -> tuple[Characters, bytes]:
    if body[:3] == b"UNB":
        return (LEVEL_B if body[3:4] == b"\x1d" else REPEATING), body
    if body[:3] != b"UNA":
        hint = "An interchange begins with UNA or UNB"
        raise _refusal("NotEDIFACT", "This is no interchange", "", hint, body[:20].decode("latin-1"))
    given = body[3:9].decode("latin-1")
    component, element, decimal, release, repetition, terminator = list(given.ljust(6))
    marks = [component, element, terminator, *(c for c in (release, repetition) if c != " ")]
    if len(set(marks)) < len(marks) or any(c.isalnum() or c == " " for c in marks):
        hint = "They are six different characters, neither letters nor digits; the usual ones are UNA:+.? '"
        raise _refusal("WrongServiceCharacters", "The UNA string is not usable", "segment 1 UNA", hint, given)
    found = Characters(component, element, decimal, release.strip(), repetition.strip(), terminator)
    return found, body[9:].lstrip(_BLANK.encode())


def _syntax(body: bytes, characters: Characters) -> tuple[str, str]:
    """Character set and version of the syntax (elements 0001 and 0002) from the first bytes of UNB."""
    head = body[:40].decode("latin-1").split(characters.element)
    if head[0] != "UNB" or len(head) < 2:
        raise _refusal("NotEDIFACT", "The interchange header UNB is missing", "segment 1", "Begin with UNB")
    parts = head[1].split(characters.component)
    if parts[0] not in CHARACTER_SETS:
        hint = f"Known are {', '.join(CHARACTER_SETS)}"
        raise _refusal("UnknownCharacterSet", "The syntax identifier is not known", "segment 1 UNB", hint, parts[0])
    return parts[0], parts[1][:1] if len(parts) > 1 else "1"


def _decoded(body: bytes, syntax: str) -> str:
    encoding = CHARACTER_SETS[syntax]
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as fault:
        place = f"byte {fault.start + 1} after the service characters"
        hint = "Name the character set that the file is really written in, for example UNOC or UNOY"
        shown = repr(body[fault.start : fault.start + 4])
        raise _refusal("WrongEncoding", f"This is not {syntax} ({encoding})", place, hint, shown) from None


def _segments(text: str, c: Characters) -> tuple[Segment, ...]:
    found: list[Segment] = []
    problems: list[Problem] = []
    pieces = _cut(text, c.terminator, c.release)
    rest = pieces.pop().strip(_BLANK)
    if len(pieces) > MAX_SEGMENTS:
        hint = "Split the interchange"
        raise _refusal("TooManySegments", f"There are more than {MAX_SEGMENTS} segments", hint=hint)
    for number, raw in enumerate(pieces, 1):
        piece = _LINES.sub("", raw.lstrip(_BLANK)) if "\n" in raw or "\r" in raw else raw.lstrip(_BLANK)
        tag, *elements = _cut(piece, c.element, c.release)
        tag = tag.split(c.component)[0]
        if len(piece) > MAX_SEGMENT:
            problems.append(Problem("TooLarge", "The segment is too long", f"segment {number} {tag[:3]}"))
        elif not (len(tag) == 3 and tag.isascii() and tag.isalnum() and tag.isupper()):
            hint = "A segment begins with three capital letters; a terminator may be missing before, or not released"
            problems.append(Problem("InvalidTag", "This is no segment", f"segment {number}", hint, piece[:20]))
        else:
            found.append(Segment(tag, tuple(_element(e, c) for e in elements), number))
        if len(problems) > 20:
            break
    if rest:
        hint = "The file ends in the middle of a segment; send it again completely"
        problems.append(
            Problem("Truncated", "The last segment has no end", f"segment {len(pieces) + 1}", hint, rest[:40])
        )
    if problems:
        raise Refusal(problems)
    return tuple(found)


def _element(text: str, c: Characters) -> Element:
    repeated = _cut(text, c.repetition, c.release) if c.repetition else [text]
    return tuple(tuple(_plain(x, c.release) for x in _cut(r, c.component, c.release)) for r in repeated)


@cache
def _marks(separator: str, release: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(release)}.|{re.escape(separator)}", re.DOTALL)


def _cut(text: str, separator: str, release: str) -> list[str]:
    """The text cut at every separator that is not released; what is released stays as written."""
    if not release or release not in text:
        return text.split(separator)
    parts, start = [], 0
    for match in _marks(separator, release).finditer(text):
        if match[0] == separator:
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return parts


@cache
def _released(release: str) -> re.Pattern[str]:
    return re.compile(f"{re.escape(release)}(.)", re.DOTALL)


def _plain(text: str, release: str) -> str:
    return _released(release).sub(r"\1", text) if release and release in text else text


def write(segments: Iterable[Segment], characters: Characters = REPEATING, syntax: str = "UNOY") -> bytes:
    """The segments as bytes, one a line, with a UNA string where the service characters are not the usual ones.

    Raises Refusal (InvalidCharacter) for text that the character set cannot carry.
    """
    c = characters
    specials = {ord(x): f"{c.release}{x}" for x in (c.component, c.element, c.release, c.repetition, c.terminator) if x}
    lines = []
    for s in segments:
        elements = [
            c.repetition.join(_joined([_safe(x, specials, s) for x in r], c.component) for r in e) for e in s.elements
        ]
        lines.append(_joined([s.tag, *elements], c.element) + c.terminator)
    una = "" if c in (USUAL, REPEATING) else "UNA" + "".join(x or " " for x in c) + "\n"
    text = una + "\n".join(lines) + "\n"
    try:
        return text.encode(CHARACTER_SETS[syntax])
    except UnicodeEncodeError as fault:
        hint = "Write the interchange in UNOY (UTF-8)"
        raise _refusal("InvalidCharacter", f"{syntax} has no such character", "", hint, text[fault.start]) from None


def _safe(text: str, specials: dict[int, str], s: Segment) -> str:
    if "\n" in text or "\r" in text or "\t" in text:
        text = " ".join(text.split())
    if _CONTROL.search(text):
        raise _refusal("InvalidCharacter", "A control character stands in the data", s.tag, value=repr(text[:20]))
    return text.translate(specials)


def _joined(parts: list[str], separator: str) -> str:
    while parts and not parts[-1]:
        parts.pop()
    return separator.join(parts)


def _refusal(rule: str, label: str, where: str = "", hint: str = "", value: str = "") -> Refusal:
    return Refusal([Problem(rule, label, where, hint, value[:40])])
