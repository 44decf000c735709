"""Patterns of the rules: regular expressions matched in time that grows with the value, whatever a pattern says.

A usual matcher tries one way after another and can be made to try for years by a value written for it. This one keeps
the set of all places reached so far, as the bits of one number, and moves the whole set at once. It answers whether the
pattern fits the whole text; it captures nothing.

Taken: . [a-z] [^a-z] \\s \\d \\w (and capitals), ^ $, groups, |, * + ? {m,n}, (?=...) and (?!...). Not taken: references
to groups, flags, look-behind, possessive repetition; they are refused with their place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

MAX_REPEAT = 999
MAX_NESTING = 30
MAX_KEPT = 0x250
_SPECIAL = frozenset("\\^$.|?*+()[]{}")
_WHITE = frozenset(" \t\n\x0b\f\r")
_DIGIT = frozenset("0123456789")
_WORD = _DIGIT | frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
_LINE_ENDS = frozenset("\n\r\x85\u2028\u2029")
_NAMED = {"s": _WHITE, "d": _DIGIT, "w": _WORD}
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}


class PatternError(ValueError):
    """A pattern that cannot be used; `column` counts from 1."""

    def __init__(self, message: str, column: int) -> None:
        self.message, self.column = message, column
        super().__init__(f"{message} (column {column})")


class _Class(dict[int, str]):
    """A set of characters: those of `chars` and `ranges`, or all others; translates a text into ones and noughts."""

    def __init__(self, chars: frozenset[str], ranges: tuple[tuple[str, str], ...] = (), negated: bool = False) -> None:
        super().__init__()
        self.chars, self.ranges, self.negated = chars, ranges, negated

    def __missing__(self, point: int) -> str:
        char = chr(point)
        within = char in self.chars or any(low <= char <= high for low, high in self.ranges)
        bit = "1" if within is not self.negated else "0"
        if point < MAX_KEPT:
            self[point] = bit
        return bit


class _Text:
    """The text that is looked at, with the places of each class of characters in it as bits."""

    __slots__ = ("backwards", "last", "marks", "text")

    def __init__(self, text: str) -> None:
        self.text, self.backwards = text, text[::-1]
        self.last = 1 << len(text)
        self.marks: dict[int, int] = {}

    def places(self, of: _Class) -> int:
        """One bit for every character of the class."""
        key = id(of)
        if (found := self.marks.get(key)) is None:
            found = self.marks[key] = int(self.backwards.translate(of) or "0", 2)
        return found

    def ends(self) -> int:
        """Places where $ fits: the end, and before a line end that is the last thing."""
        found = self.last
        if self.text.endswith("\r\n"):
            found |= self.last >> 2
        elif self.text and self.text[-1] in _LINE_ENDS:
            found |= self.last >> 1
        return found


Step = Callable[[int, _Text], int]
"""From the places where a part of the pattern may begin to those where it may end."""


class Pattern:
    """A pattern that has been read. Raises PatternError where it cannot be."""

    def __init__(self, source: str) -> None:
        reader = _Reader(source)
        self._step = reader.alternatives(0)
        if reader.at < len(source):
            raise PatternError("a ) without its (", reader.at + 1)

    def fits(self, text: str) -> bool:
        """Whether the whole of `text` is what the pattern says."""
        looked = _Text(text)
        return bool(self._step(1, looked) & looked.last)


class _Reader:
    """Reads a pattern from left to right and makes a Step of it."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0

    def fault(self, message: str, at: int | None = None) -> PatternError:
        return PatternError(message, (self.at if at is None else at) + 1)

    def peek(self) -> str:
        return self.source[self.at] if self.at < len(self.source) else ""

    def alternatives(self, depth: int) -> Step:
        if depth > MAX_NESTING:
            raise self.fault(f"groups nested more than {MAX_NESTING} deep")
        ways = [self.sequence(depth)]
        while self.peek() == "|":
            self.at += 1
            ways.append(self.sequence(depth))
        return ways[0] if len(ways) == 1 else _any_of(tuple(ways))

    def sequence(self, depth: int) -> Step:
        steps: list[Step] = []
        while self.peek() not in ("", "|", ")"):
            steps.append(self.piece(depth))
        return steps[0] if len(steps) == 1 else _in_turn(tuple(steps))

    def piece(self, depth: int) -> Step:
        char = self.peek()
        began = self.at
        self.at += 1
        if char == "(":
            step, of = self.group(depth, began), None
        elif char == "^":
            step, of = _at_start, None
        elif char == "$":
            step, of = _at_end, None
        elif char in "*+?{":
            raise self.fault(f"nothing stands before {char} that could be repeated", began)
        else:
            of = self.one_of(char, began)
            step = _one(of)
        return self.repeated(step, of)

    def one_of(self, char: str, began: int) -> _Class:
        if char == ".":
            return _Class(_LINE_ENDS, negated=True)
        if char == "[":
            return self.bracket(began)
        if char == "\\":
            return self.escape(began)
        return _Class(frozenset(char))

    def escape(self, began: int) -> _Class:
        char = self.peek()
        self.at += 1
        if char.lower() in _NAMED and char:
            return _Class(_NAMED[char.lower()], negated=char.isupper())
        if char in _CONTROL:
            return _Class(frozenset(_CONTROL[char]))
        if not char or char.isalnum():
            raise self.fault(f"\\{char} is not taken here", began)
        return _Class(frozenset(char))

    def bracket(self, began: int) -> _Class:
        negated = self.peek() == "^"
        self.at += negated
        chars: set[str] = set()
        ranges: list[tuple[str, str]] = []
        while (char := self.peek()) != "]":
            place = self.at
            if not char:
                raise self.fault("a [ without its ]", began)
            if char == "[" or self.source.startswith("&&", self.at):
                raise self.fault("sets within sets are not taken here")
            low = self.member(chars)
            if low and self.peek() == "-" and self.source[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self.member(set())
                if not high or high < low:
                    raise self.fault("a range that ends before it begins", place)
                ranges.append((low, high))
            elif low:
                chars.add(low)
        self.at += 1
        if not chars and not ranges:
            raise self.fault("an empty [ ]", began)
        return _Class(frozenset(chars), tuple(ranges), negated)

    def member(self, chars: set[str]) -> str:
        """The next character of a bracket; a named class such as \\s goes into `chars` at once, and "" comes back."""
        char = self.peek()
        began = self.at
        self.at += 1
        if char != "\\":
            return char
        of = self.escape(began)
        if of.negated:
            raise self.fault("a negated class within [ ] is not taken here", began)
        if len(of.chars) == 1:
            return next(iter(of.chars))
        chars |= of.chars
        return ""

    def group(self, depth: int, began: int) -> Step:
        look = ""
        if self.peek() == "?":
            look = self.source[self.at : self.at + 2]
            if look not in ("?:", "?=", "?!"):
                raise self.fault(f"({look} is not taken here", began)
            self.at += 2
        inner = self.alternatives(depth + 1)
        if self.peek() != ")":
            raise self.fault("a ( without its )", began)
        self.at += 1
        return inner if look in ("", "?:") else _ahead(inner, wanted=look == "?=")

    def repeated(self, step: Step, of: _Class | None) -> Step:
        """The step with the repetition that may follow it."""
        began = self.at
        low, high = self.times()
        if self.at == began:
            return step
        if self.peek() == "?":
            self.at += 1
        if self.peek() and self.peek() in "*+?{":
            raise self.fault("two repetitions of one thing")
        if high is None and of is not None:
            return _in_turn((step,) * low + (_run(of),))
        return _times(step, low, high)

    def times(self) -> tuple[int, int | None]:
        char = self.peek()
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if char in simple:
            self.at += 1
            return simple[char]
        if char != "{":
            return 1, 1
        began = self.at
        inside, closed, _ = self.source[began + 1 :].partition("}")
        low, comma, high = inside.partition(",")
        if not closed or not low.isdecimal() or (high and not high.isdecimal()):
            raise self.fault("a repetition is written {m}, {m,} or {m,n}", began)
        self.at += len(inside) + 2
        most = int(high) if high else None if comma else int(low)
        if int(low) > MAX_REPEAT or (most is not None and not int(low) <= most <= MAX_REPEAT):
            raise self.fault(f"a repetition has its smaller number first, and at most {MAX_REPEAT}", began)
        return int(low), most


def _at_start(places: int, _: _Text) -> int:
    return places & 1


def _at_end(places: int, text: _Text) -> int:
    return places & text.ends()


def _one(of: _Class) -> Step:
    return lambda places, text: (places & text.places(of)) << 1


def _run(of: _Class) -> Step:
    """Any number of characters of a class: the carry of an addition runs through them."""

    def step(places: int, text: _Text) -> int:
        fits = text.places(of)
        return (((places & fits) + fits) ^ fits) | places

    return step


def _in_turn(steps: tuple[Step, ...]) -> Step:
    return lambda places, text: reduce(lambda reached, step: step(reached, text) if reached else 0, steps, places)


def _any_of(ways: tuple[Step, ...]) -> Step:
    return lambda places, text: reduce(lambda reached, way: reached | way(places, text), ways, 0)


def _times(step: Step, low: int, high: int | None) -> Step:
    def repeated(places: int, text: _Text) -> int:
        for _ in range(low):
            if not places:
                return 0
            places = step(places, text)
        reached = new = places
        count = low
        while new and (high is None or count < high):
            new = step(new, text) & ~reached if high is None else step(new, text)
            reached |= new
            count += 1
        return reached

    return repeated


def _ahead(inner: Step, *, wanted: bool) -> Step:
    def step(places: int, text: _Text) -> int:
        kept, left = 0, places
        while left:
            place = left & -left
            left ^= place
            if bool(inner(place, text)) is wanted:
                kept |= place
        return kept

    return step
