"""Envelopes of UN/EDIFACT: an interchange (UNB/UNZ), its groups (UNG/UNE) and messages (UNH/UNT), counts and references checked.

ISO 9735: UNT and UNZ repeat the reference of their header and count what lies between; a difference means that something
was lost on the way, and then nothing of the interchange is taken.
"""

from __future__ import annotations

from typing import IO

import msgspec

from customhouse.gates.edifact import syntax
from customhouse.gates.edifact.syntax import MAX_BYTES, Characters, Segment, segment
from customhouse.kernel.problem import Problem, Refusal

SERVICE = ("UNA", "UNB", "UNG", "UNH", "UNT", "UNE", "UNZ")
AGAIN = "Something was lost or added on the way; ask the sender to send the interchange again"


class Message(msgspec.Struct, frozen=True):
    """One message with its segments from UNH to UNT. `directory` reads D.24A; `agency` UN for the standard's own messages."""

    reference: str
    type: str
    directory: str
    agency: str
    segments: tuple[Segment, ...]
    group: str = ""

    @property
    def title(self) -> str:
        return f"{self.type} {self.directory}"


class Interchange(msgspec.Struct, frozen=True):
    """An interchange that is whole: who sent it to whom, its control reference, its messages."""

    header: Segment
    messages: tuple[Message, ...]
    characters: Characters
    syntax: str

    @property
    def sender(self) -> str:
        return self.header.at(1)

    @property
    def recipient(self) -> str:
        return self.header.at(2)

    @property
    def reference(self) -> str:
        return self.header.at(4)

    @property
    def is_test(self) -> bool:
        """Whether the sender marked it as a test (element 0035)."""
        return self.header.at(10) == "1"

    def alone(self, message: Message) -> bytes:
        """An interchange with this message only: what is kept as evidence where one file brings several declarations."""
        trailer = segment("UNZ", "1", self.reference)
        return syntax.write((self.header, *message.segments, trailer), self.characters, self.syntax)


def read(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Interchange:
    """The interchange in `source`. Raises Refusal with every problem found.

    Rules beyond those of `syntax.read`: MissingHeader, MissingTrailer, WrongCount, WrongReference, DuplicateReference,
    UnexpectedSegment, NoMessage. Places are ``segment 12 UNT``, counted from the beginning of the interchange.
    """
    stream = syntax.read(source, limit=limit)
    walk = _Walk()
    for found in stream.segments:
        walk.take(found)
    walk.close()
    if not walk.messages and not walk.problems:
        walk.tell(
            "NoMessage", "The interchange holds no message", stream.segments[-1], "Put a message between UNB and UNZ"
        )
    if walk.problems:
        raise Refusal(walk.problems)
    return Interchange(stream.segments[0], tuple(walk.messages), stream.characters, stream.syntax)


def write(
    messages: list[tuple[str, list[Segment]]], *, sender: str, recipient: str, moment: str, reference: str
) -> bytes:
    """An interchange in UNOY, syntax 4, of messages given as (type:version:release:agency, segments without UNH and UNT).

    `moment` is CCYYMMDD:HHMM, `reference` the control reference, 14 characters at most.
    """
    day, _, clock = moment.partition(":")
    whole = [segment("UNB", ("UNOY", "4"), sender, recipient, (day, clock), reference)]
    for n, (kind, body) in enumerate(messages, 1):
        whole += [segment("UNH", str(n), tuple(kind.split(":"))), *body]
        whole.append(segment("UNT", str(len(body) + 2), str(n)))
    whole.append(segment("UNZ", str(len(messages)), reference))
    return syntax.write(whole)


class _Walk:
    """Goes through the segments once and watches the envelopes."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.messages: list[Message] = []
        self.interchange: Segment | None = None
        self.group: Segment | None = None
        self.open: list[Segment] = []
        self.groups = self.in_group = 0
        self.ended = False
        self.last: Segment | None = None

    def tell(self, rule: str, label: str, at: Segment | None, hint: str, value: str = "") -> None:
        if len(self.problems) < 100:
            self.problems.append(Problem(rule, label, at.where if at else "", hint, value[:40]))

    def take(self, s: Segment) -> None:
        self.last = s
        if self.ended:
            self.tell(
                "UnexpectedSegment", "Something follows the end of the interchange", s, "Send one interchange a file"
            )
        elif s.tag in SERVICE:
            getattr(self, f"_{s.tag.lower()}")(s)
        elif self.open:
            self.open.append(s)
        else:
            self.tell("UnexpectedSegment", "The segment stands outside of a message", s, "Put it between UNH and UNT")

    def close(self) -> None:
        if not self.ended:
            self._unclosed()
            if self.group is not None:
                self.tell("MissingTrailer", "The group is not closed with UNE", self.group, AGAIN)
            self.tell("MissingTrailer", "The interchange is not closed with UNZ", self.last, AGAIN)

    def _unclosed(self) -> None:
        if self.open:
            self.tell("MissingTrailer", "The message is not closed with UNT", self.open[0], AGAIN, self.open[0].at(0))
            self.open = []

    def _una(self, s: Segment) -> None:
        self.tell("UnexpectedSegment", "A UNA string stands at the beginning only", s, "Send one interchange a file")

    def _unb(self, s: Segment) -> None:
        if self.interchange is not None:
            self.tell("UnexpectedSegment", "A second interchange begins in the first", s, "Send one interchange a file")
        self.interchange = self.interchange or s

    def _ung(self, s: Segment) -> None:
        self._unclosed()
        if self.group is not None:
            self.tell("MissingTrailer", "The group is not closed with UNE", self.group, AGAIN)
        self.group, self.in_group = s, 0
        self.groups += 1

    def _une(self, s: Segment) -> None:
        self._unclosed()
        if self.group is None:
            self.tell("MissingHeader", "UNE closes a group that was never opened", s, AGAIN)
            return
        self._compare(s, self.in_group, "messages", self.group.at(4))
        self.group = None

    def _unh(self, s: Segment) -> None:
        self._unclosed()
        if any(m.reference == s.at(0) and m.group == self._group() for m in self.messages):
            self.tell("DuplicateReference", "Two messages have the same reference", s, "Number the messages", s.at(0))
        self.open = [s]

    def _unt(self, s: Segment) -> None:
        if not self.open:
            self.tell("MissingHeader", "UNT closes a message that was never opened", s, AGAIN)
            return
        head, self.open = (self.open[0], [*self.open, s]), []
        first, segments = head
        self._compare(s, len(segments), "segments", first.at(0))
        kind, version, release, agency = (first.at(1, n) for n in range(4))
        self.messages.append(Message(first.at(0), kind, f"{version}.{release}", agency, tuple(segments), self._group()))
        self.in_group += 1

    def _unz(self, s: Segment) -> None:
        self._unclosed()
        if self.group is not None:
            self.tell("MissingTrailer", "The group is not closed with UNE", self.group, AGAIN)
        units, count = ("groups", self.groups) if self.groups else ("messages", len(self.messages))
        self._compare(s, count, units, self.interchange.at(4) if self.interchange else "")
        self.ended = True

    def _group(self) -> str:
        return self.group.at(4) if self.group is not None else ""

    def _compare(self, s: Segment, count: int, units: str, reference: str) -> None:
        said = s.at(0)
        if not said.isascii() or not said.isdigit() or int(said[:9]) != count:
            self.tell("WrongCount", f"{s.tag} counts otherwise than the {count} {units} found", s, AGAIN, said)
        if s.at(1) != reference:
            self.tell("WrongReference", f"{s.tag} does not repeat the reference {reference}", s, AGAIN, s.at(1))
