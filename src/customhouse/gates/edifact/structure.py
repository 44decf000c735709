"""The structure of a message: which segments may stand where and how often, and the tree that a message makes of it.

Our notation, one line of text: ``BGM!`` a segment that must stand there once, ``DTM9`` one that may nine times, ``LOC`` one
that may once; ``(RFF! DTM9)99`` a group that begins with RFF and may stand 99 times, ``(...)9999!`` one that must. Groups are
numbered SG1, SG2 ... in the order in which they open, as in the directories of UN/EDIFACT.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from customhouse.gates.edifact.syntax import Segment
from customhouse.kernel.problem import Problem

MAX_PROBLEMS = 50
_WORD = re.compile(r"\s*(?:(\()|([A-Z]{3})(\d*)(!?)|\)(\d+)(!?))")


class Position(NamedTuple):
    """A place in a structure: a segment, or a group (`rows` not empty) with its trigger first."""

    name: str
    most: int = 1
    required: bool = False
    rows: tuple[Position, ...] = ()

    def __str__(self) -> str:
        times = "" if self.most == 1 and not self.rows else str(self.most)
        inner = f"({' '.join(map(str, self.rows))})" if self.rows else self.name
        return f"{inner}{times}{'!' if self.required else ''}"


class Group:
    """A group as it stands in a message: its segments in order, and the groups within."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.segments: list[Segment] = []
        self.groups: list[Group] = []

    def all(self, tag: str) -> list[Segment]:
        """Its own segments of that tag."""
        return [s for s in self.segments if s.tag == tag]

    def of(self, name: str) -> list[Group]:
        """The groups of that name directly within."""
        return [g for g in self.groups if g.name == name]

    def walk(self) -> Iterator[tuple[Group, Segment]]:
        """Every segment with the group it stands in, in order of the message."""
        found = [(self, s) for s in self.segments]
        for group in self.groups:
            found.extend(group.walk())
        return iter(sorted(found, key=lambda pair: pair[1].number))


class Placed(msgspec.Struct, frozen=True):
    """A message laid over its structure: the tree, what does not fit, and the segments that found no place."""

    root: Group
    problems: tuple[Problem, ...]
    strays: tuple[Segment, ...]


def parse(notation: str) -> tuple[Position, ...]:
    """The positions of a structure in our notation. Raises ValueError where it is not written so."""
    stack: list[tuple[str, list[Position]]] = [("", [])]
    at = opened = 0
    text = notation.rstrip()
    while at < len(text):
        word = _WORD.match(text, at)
        if word is None:
            raise ValueError(f"not a structure at {text[at : at + 20]!r}")
        at = word.end()
        if word[1]:
            opened += 1
            stack.append((f"SG{opened}", []))
        elif word[2]:
            stack[-1][1].append(Position(word[2], int(word[3] or 1), bool(word[4])))
        elif len(stack) == 1:
            raise ValueError("a group is closed that was not opened")
        else:
            name, rows = stack.pop()
            stack[-1][1].append(Position(name, int(word[5]), bool(word[6]), tuple(rows)))
    if len(stack) != 1:
        raise ValueError("a group is not closed")
    return tuple(stack[0][1])


class _Frame:
    """Where we stand in one group: the row looked at, and how often it was used."""

    def __init__(self, rows: tuple[Position, ...], group: Group, position: Position | None) -> None:
        self.rows, self.group, self.position = rows, group, position
        self.row = self.used = 0


def place(segments: tuple[Segment, ...], structure: tuple[Position, ...]) -> Placed:
    """Lay the segments over the structure.

    Problems: MissingSegment, MissingGroup, TooManyRepetitions, MisplacedSegment, UnknownSegment; each names segment number and
    tag. A segment that does not fit is set aside, and the others go on from where they stood.
    """
    return _Placing(structure).run(segments)


class _Placing:
    def __init__(self, structure: tuple[Position, ...]) -> None:
        self.root = Group("")
        self.frames = [_Frame(structure, self.root, None)]
        self.known = {p.name for p in _every(structure) if not p.rows}
        self.problems: list[Problem] = []
        self.strays: list[Segment] = []

    def run(self, segments: tuple[Segment, ...]) -> Placed:
        for s in segments:
            if not self._fits(s):
                self._stray(s)
        last = segments[-1] if segments else Segment("UNT")
        while self.frames:
            self._leave(self.frames.pop(), last)
        return Placed(self.root, tuple(self.problems[:MAX_PROBLEMS]), tuple(self.strays))

    def _fits(self, s: Segment) -> bool:
        """Find the next place for this segment: onwards in the open group, then in those around it."""
        for depth in range(len(self.frames) - 1, -1, -1):
            frame = self.frames[depth]
            found = self._onwards(frame, s.tag)
            if found is not None:
                while len(self.frames) > depth + 1:
                    self._leave(self.frames.pop(), s)
                self._take(frame, found, s)
                return True
        return False

    @staticmethod
    def _onwards(frame: _Frame, tag: str) -> int | None:
        for row in range(frame.row, len(frame.rows)):
            position = frame.rows[row]
            used = frame.used if row == frame.row else 0
            if (position.rows[0].name if position.rows else position.name) == tag and used < position.most:
                return row
        return None

    def _take(self, frame: _Frame, row: int, s: Segment) -> None:
        if row != frame.row:
            self._skipped(frame, row, s)
            frame.row, frame.used = row, 0
        frame.used += 1
        position = frame.rows[row]
        if not position.rows:
            frame.group.segments.append(s)
            return
        group = Group(position.name)
        frame.group.groups.append(group)
        inner = _Frame(position.rows, group, position)
        inner.used = 1
        group.segments.append(s)
        self.frames.append(inner)

    def _skipped(self, frame: _Frame, row: int, s: Segment) -> None:
        for n in range(frame.row, row):
            position = frame.rows[n]
            if position.required and not (n == frame.row and frame.used):
                self._missing(position, s)

    def _leave(self, frame: _Frame, s: Segment) -> None:
        self._skipped(frame, len(frame.rows), s)

    def _missing(self, position: Position, s: Segment) -> None:
        if position.rows:
            label = f"The group {position.name}, which begins with {position.rows[0].name}, is missing before {s.tag}"
            self.problems.append(Problem("MissingGroup", label, s.where))
        else:
            label = f"The segment {position.name} is missing before {s.tag}"
            self.problems.append(Problem("MissingSegment", label, s.where))

    def _stray(self, s: Segment) -> None:
        self.strays.append(s)
        most = self._exhausted(s.tag)
        if s.tag not in self.known:
            self.problems.append(Problem("UnknownSegment", f"The message has no segment {s.tag}", s.where))
        elif most:
            self.problems.append(Problem("TooManyRepetitions", f"{s.tag} may stand here {most} times", s.where))
        else:
            hint = "Bring the segments into the order of the directory"
            self.problems.append(Problem("MisplacedSegment", f"{s.tag} may not stand here", s.where, hint))

    def _exhausted(self, tag: str) -> int:
        """How often the segment may stand at the place where it was used up, or 0."""
        for frame in reversed(self.frames):
            if frame.row < len(frame.rows):
                position = frame.rows[frame.row]
                name = position.rows[0].name if position.rows else position.name
                if name == tag and frame.used >= position.most:
                    return position.most
        return 0


def _every(rows: tuple[Position, ...]) -> Iterator[Position]:
    for position in rows:
        yield position
        yield from _every(position.rows)
