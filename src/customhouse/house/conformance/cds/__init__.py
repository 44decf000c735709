"""Subject cds: WCO Data Model declarations as the United Kingdom's CDS uses them, samples of any origin.

A declaration that is well-formed, and valid where schemas are known, must be read into the record and written back
equal in content and valid. One that is malformed or invalid must be refused with place and reason. The same holds for the
answers of customs; and where a folder holds a declaration with its answers, their order is compared with that of ours
(`scenario`). What is neither (inventory messages, notes) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from customhouse.gates import wco_xml
from customhouse.gates.wco_xml import message
from customhouse.gates.wco_xml import schema as schemas
from customhouse.gates.wco_xml.compare import differences
from customhouse.gates.wco_xml.parser import parse
from customhouse.gates.wco_xml.response import is_answer
from customhouse.house.conformance.cds import answer
from customhouse.house.conformance.cds.scenario import Scenarios
from customhouse.house.conformance.report import Case, Judge, Piece, Skip
from customhouse.kernel.problem import Refusal

MAX_SHOWN = 5
READ = "read, and written back with equal content"
READ_VALID = "read, and written back with equal content and valid"
REFUSED_MALFORMED = "refused: not well-formed"
REFUSED_INVALID = "refused: not valid against the schema"
REFUSED_FOREIGN = "refused: its Declaration is not in the namespace of the schema"
NOT_ONE = ("EmptyFile", "NotXML")
"""Problems that say a file is not XML at all, so not material."""


def judge(directory: Path, schema: str | Path | None = None) -> Judge:
    """The judge of this subject, with the schemas named, or those that lie below `directory`."""
    if schema is None and directory.is_dir() and schemas.found_in(directory):
        schema = directory
    known = wco_xml.Schema(schema) if schema is not None else None
    answers = wco_xml.Schema(schema, "Response") if known and schemas.found_in(known.directory, "Response") else None
    return CdsJudge(known, answers)


class CdsJudge:
    """Judges each piece by itself, and what lies together in a folder when everything has been seen."""

    def __init__(self, declarations: wco_xml.Schema | None, answers: wco_xml.Schema | None) -> None:
        self._declarations, self._answers = declarations, answers
        self._scenarios = Scenarios()

    def __call__(self, piece: Piece) -> Case | Skip:
        try:
            root = parse(piece.data)
        except Refusal as refusal:
            return _unparsed(piece, refusal)
        if is_answer(root):
            return self._answer(piece, root)
        found = _judge(piece, root, self._declarations)
        if isinstance(found, Case) and found.expected in (READ, READ_VALID) and found.verdict == "agree":
            self._scenarios.declare(piece.id, wco_xml.read(piece.data))
        return found

    def _answer(self, piece: Piece, root: etree._Element) -> Case:
        case, told = answer.judge(piece, root, self._answers)
        for one in told:
            self._scenarios.tell(one)
        return case

    def rest(self) -> Iterator[Case | Skip]:
        """The order of the answers, folder by folder."""
        return self._scenarios.cases()


def _judge(piece: Piece, root: etree._Element, known: wco_xml.Schema | None) -> Case | Skip:
    try:
        found = message.find(root)
    except Refusal as refusal:
        return Skip(piece.id, refusal.problems[0].label)
    invalid = known.problems(found.outer) if known else ()
    if invalid:
        return _must_refuse(piece, known, REFUSED_INVALID)
    return _must_read(piece, found, known)


def _unparsed(piece: Piece, refusal: Refusal) -> Case | Skip:
    """A file that no XML reader takes: refused at the gate too, with the place, unless it is not material at all."""
    if refusal.problems[0].rule in NOT_ONE:
        return Skip(piece.id, refusal.problems[0].label)
    if b"Declaration" not in piece.data.replace(b"\0", b""):
        return Skip(piece.id, "not well-formed, and nothing in it speaks of a declaration")
    return _must_refuse(piece, None, REFUSED_MALFORMED)


def _must_refuse(piece: Piece, known: wco_xml.Schema | None, expected: str) -> Case:
    try:
        wco_xml.read(piece.data, known)
    except Refusal as refusal:
        lacking = [p for p in refusal.problems if not (p.where and p.label)]
        if lacking and lacking[0].rule not in ("TooLarge", "TooManyProblems", "TooDeep"):
            return Case(piece.id, "mismatch", expected, _shown(refusal), "a problem names no place")
        return Case(piece.id, "agree", expected, _shown(refusal))
    return Case(piece.id, "mismatch", expected, "read", "a message that must be refused was taken")


def _must_read(piece: Piece, found: message.Envelope, known: wco_xml.Schema | None) -> Case:
    expected = READ_VALID if known else READ
    try:
        read = wco_xml.read_message(piece.data, known)
        written = wco_xml.write(read.lodgement, read.metadata)
    except Refusal as refusal:
        if known:
            return Case(piece.id, "mismatch", expected, _shown(refusal), "a valid message was refused")
        if etree.QName(found.declaration).namespace != schemas.DECLARATION_NS:
            return Case(piece.id, "agree", REFUSED_FOREIGN, _shown(refusal))
        reason = "no schema at hand to say whether the message is valid; name one with --schema"
        return Case(piece.id, "explained", expected, _shown(refusal), reason)
    faults = _faults(found.outer, written, known) or _reread(written, read)
    if faults:
        return Case(piece.id, "mismatch", expected, "read, but written back otherwise", "; ".join(faults))
    return Case(piece.id, "agree", expected, expected)


def _faults(original: etree._Element, written: bytes, known: wco_xml.Schema | None) -> tuple[str, ...]:
    """How what was written differs from what came in, or breaks the schema."""
    root = parse(written)
    faults = differences(original, root, strict=known is not None, limit=MAX_SHOWN)
    if known:
        faults = (*faults, *(str(p) for p in known.problems(root)[:MAX_SHOWN]))
    return faults


def _reread(written: bytes, read: wco_xml.Message) -> tuple[str, ...]:
    try:
        same = wco_xml.read_message(written) == read
    except Refusal as refusal:
        return (f"what was written is refused: {_shown(refusal)}",)
    return () if same else ("reading what was written gives another record",)


def _shown(refusal: Refusal) -> str:
    shown = "; ".join(str(problem) for problem in refusal.problems[:MAX_SHOWN])
    more = len(refusal.problems) - MAX_SHOWN
    return f"{shown}; and {more} more" if more > 0 else shown
