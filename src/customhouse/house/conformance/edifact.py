"""Subject edifact: UN/EDIFACT interchanges with customs messages, and the official directory itself.

An interchange must be whole; every message must fit its structure; CUSDEC and CUSCAR must be read into the record and give the
same record when written and read again. What our record has no field for is listed. Message structures of the directory
(XML), in the material or named with --schema, must be equal to our own tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from customhouse.gates import edifact
from customhouse.gates.edifact import directory as official
from customhouse.gates.edifact import messages, structure
from customhouse.house.conformance.report import Case, Piece, Skip
from customhouse.kernel.problem import Refusal

MAX_SHOWN = 5
READ = "whole; structure as in the directory; read, and the same when written and read again"
EQUAL = "our table equals the directory"
REFUSED = "refused: not as the standard says"
SENDER = {"sender": "A", "recipient": "B", "moment": "20260101:0000", "reference": "1"}
Structures = dict[str, tuple[structure.Position, ...]]


def judge(directory: Path, schema: str | Path | None = None) -> Judging:
    """The judge of this subject, with the message structures named."""
    return Judging(official.load(Path(schema)) if schema is not None else {})


class Judging:
    """Judges interchanges one by one, and at the end our tables against the directory named."""

    def __init__(self, structures: Structures) -> None:
        self.structures = structures

    def __call__(self, piece: Piece) -> Case | Skip | None:
        head = piece.data[:200].removeprefix(b"\xef\xbb\xbf").lstrip()
        if head[:3] in (b"UNA", b"UNB"):
            return self._interchange(piece)
        if head[:1] == b"<" and b"<message" in piece.data[:400]:
            return _directory(piece)
        return Skip(piece.id, "neither an interchange nor a message structure")

    def rest(self) -> Iterator[Case]:
        """Our tables against the directory that was named."""
        for known in messages.MESSAGES:
            if known.type in self.structures:
                yield _compared(f"directory {known.directory}: {known.type}", known, self.structures[known.type])

    def _interchange(self, piece: Piece) -> Case | Skip:
        try:
            found = edifact.open_interchange(piece.data)
        except Refusal as refusal:
            return _refused(piece, refusal, "")
        unknown = [m.type for m in found.messages if messages.known(m.type) is None]
        if len(unknown) == len(found.messages):
            return Skip(piece.id, f"messages of types that are not known here: {', '.join(sorted(set(unknown)))}")
        told = []
        for message in found.messages:
            if message.type in unknown:
                continue
            try:
                faults, account = _again(message)
            except Refusal as refusal:
                return _refused(piece, refusal, self._lenient(message))
            if faults:
                return Case(piece.id, "mismatch", READ, "read, but another record when read again", "; ".join(faults))
            told.append(account)
        return Case(piece.id, "agree", READ, "; ".join(told))

    def _lenient(self, message: edifact.Message) -> str:
        """Why a refusal may be ours: the official structure takes what our table refused."""
        form = self.structures.get(message.type)
        if form is None:
            return "no directory at hand to say whether the message fits; name one with --schema"
        return "" if structure.place(message.segments, form).problems else "the official structure takes this message"


def _refused(piece: Piece, refusal: Refusal, doubt: str) -> Case:
    shown = "; ".join(str(p) for p in refusal.problems[:MAX_SHOWN])
    if any(not p.where for p in refusal.problems) and refusal.problems[0].rule not in (
        "TooLarge",
        "EmptyFile",
        "NotEDIFACT",
    ):
        return Case(piece.id, "mismatch", REFUSED, shown, "a problem names no place")
    if doubt.startswith("the official"):
        return Case(piece.id, "mismatch", READ, shown, doubt)
    return Case(piece.id, "explained" if doubt else "agree", REFUSED, shown, doubt)


def _again(message: edifact.Message) -> tuple[list[str], str]:
    """(how the record differs when written and read again, what to tell of the message)."""
    if message.type == "CUSDEC":
        reading = edifact.declaration(message)
        back = edifact.declaration(edifact.open_interchange(edifact.write(reading.lodgement, **SENDER)).messages[0])
        same, left, told = back.lodgement == reading.lodgement, reading.leftovers, reading.warnings
    elif message.type == "CUSCAR":
        report = edifact.manifest(message)
        written = edifact.write_manifest(report.manifest, **SENDER)
        again = edifact.manifest(edifact.open_interchange(written).messages[0])
        same, left, told = again.manifest == report.manifest, report.leftovers, report.warnings
    else:
        _, told = edifact.check(message)
        warned = f"; {'; '.join(p.label for p in told)}" if told else ""
        return [], f"{message.title}: structure only{warned}"
    lines = [f"{x.where}: {x.value}" for x in left]
    account = f"{message.title}: read; {len(lines)} left over" + (f" ({'; '.join(lines)})" if lines else "")
    account += "".join(f"; {p.label}" for p in told)
    return ([] if same else [f"{message.title} of reference {message.reference}"]), account


def _directory(piece: Piece) -> Case | Skip:
    name = PurePosixPath(piece.id.rpartition("!")[2]).stem.upper()
    known = next((m for m in messages.MESSAGES if m.type == name), None)
    if known is None:
        return Skip(piece.id, f"the structure of {name}, which is not among our messages")
    found = official.parse(piece.data)
    if found is None:
        return Skip(piece.id, "no message structure")
    return _compared(piece.id, known, found)


def _compared(id: str, known: messages.Known, found: tuple[structure.Position, ...]) -> Case:
    ours = messages.structure_of(known.type)
    faults = official.differences(ours or (), found)
    if faults:
        return Case(id, "mismatch", EQUAL, "; ".join(faults[:MAX_SHOWN]), f"{len(faults)} rows differ")
    return Case(id, "agree", EQUAL, EQUAL, by="directory")
