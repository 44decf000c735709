"""Answers of the authority in the material: each read by our gate and written back, and what the order of messages hangs on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

import msgspec
from lxml import etree

from customhouse.gates.wco_xml import Schema
from customhouse.gates.wco_xml import response as gate
from customhouse.gates.wco_xml.compare import differences
from customhouse.gates.wco_xml.parser import parse
from customhouse.house.conformance.report import Case, Piece
from customhouse.kernel.problem import Refusal
from customhouse.record.parts import Stamp
from customhouse.record.response import Answered, Response, Status

MAX_SHOWN = 5
READ = "an answer: read, and written back with equal content"
READ_VALID = "an answer: read, and written back with equal content and valid"
REFUSED = "an answer: refused, not valid against the schema"
ARCHIVE = "!"
_NUMBER = re.compile(r"(\d{1,3})[._ ]")
_ZONED = re.compile(r"(\d{14})(Z|[+-]\d\d)?$")


class Told(msgspec.Struct, frozen=True):
    """One message as it lies in the material: its number by the name of its file (None: not numbered), and what it says."""

    id: str
    number: int | None
    response: Response

    @property
    def code(self) -> str:
        return self.response.function

    @property
    def label(self) -> str:
        """The function code; for taxes and requests with their status, because that is what they are about."""
        return label(self.response)

    @property
    def at(self) -> datetime | None:
        """When it was issued; None where the message does not say it in a known way."""
        return moment(self.response.issued.text) if self.response.issued else None


def label(response: Response) -> str:
    """What a message is called in an order: ``13/67`` provisional taxes, ``09`` cleared."""
    status = response.statuses[0].code if response.statuses and response.function in ("11", "13") else ""
    return f"{response.function}/{status}" if status else response.function


def moment(text: str) -> datetime | None:
    """A date and time of format 304, with Z or an offset of whole hours."""
    found = _ZONED.match(text)
    if found is None:
        return None
    zone = found[2] or "Z"
    offset = timedelta(hours=0 if zone == "Z" else int(zone))
    try:
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC) - offset
    except ValueError:
        return None


def place_of(id: str) -> tuple[str, str]:
    """(folder, file name) of a piece; the name of an archive belongs to the folder."""
    path = PurePosixPath(id.replace(ARCHIVE, "/"))
    return str(path.parent), path.name


def number_of(name: str) -> int | None:
    found = _NUMBER.match(name)
    return int(found[1]) if found else None


def judge(piece: Piece, root: etree._Element, schema: Schema | None) -> tuple[Case, list[Told]]:
    """Whether our gate takes the answer as it must, and the messages in it.

    Real answers often come without namespaces; they are put in before the schema is asked.
    """
    whole = gate.namespaced(root)
    if schema and (invalid := schema.problems(whole)):
        return _must_refuse(piece, whole, schema, str(invalid[0])), _sketched(piece, whole)
    expected = READ_VALID if schema else READ
    try:
        read = gate.read(piece.data)
        written = gate.write(read.responses, read.metadata)
    except Refusal as refusal:
        shown = "; ".join(map(str, refusal.problems[:MAX_SHOWN]))
        if schema:
            return Case(piece.id, "mismatch", expected, shown, "a valid answer was refused"), _sketched(piece, whole)
        reason = "no schema at hand to say whether the answer is valid; name one with --schema"
        return Case(piece.id, "explained", expected, shown, reason), _sketched(piece, whole)
    again = parse(written)
    faults = (
        [] if read.metadata is None else list(differences(whole, again, strict=schema is not None, limit=MAX_SHOWN))
    )
    faults += [str(p) for p in schema.problems(again)[:MAX_SHOWN]] if schema else []
    if gate.read(written).responses != read.responses:
        faults.append("reading what was written gives another record")
    told = [Told(piece.id, number_of(place_of(piece.id)[1]), response) for response in read.responses]
    if faults:
        return Case(piece.id, "mismatch", expected, "read, but written back otherwise", "; ".join(faults)), told
    return Case(piece.id, "agree", expected, expected), told


def _sketched(piece: Piece, whole: etree._Element) -> list[Told]:
    """What messages that were refused still say of their place in the order: kind, status, time, declaration, change."""
    number = number_of(place_of(piece.id)[1])
    return [Told(piece.id, number, _sketch(one)) for one in whole.iter("{*}Response") if _said(one, "FunctionCode")]


def _sketch(one: etree._Element) -> Response:
    status, issued = _said(one, "Status/{*}NameCode"), _said(one, "IssueDateTime/{*}DateTimeString")
    about = Answered(
        lrn=_said(one, "Declaration/{*}FunctionalReferenceID"),
        mrn=_said(one, "Declaration/{*}ID"),
        version=_said(one, "Declaration/{*}VersionID"),
    )
    return Response(
        _said(one, "FunctionCode"),
        _said(one, "FunctionalReferenceID"),
        Stamp(issued) if issued else None,
        statuses=(Status(code=status),) if status else (),
        declaration=about,
    )


def _said(one: etree._Element, path: str) -> str:
    return (one.findtext(f"{{*}}{path}") or "").strip()


def _must_refuse(piece: Piece, whole: etree._Element, schema: Schema, why: str) -> Case:
    try:
        gate.read(etree.tostring(whole), schema)
    except Refusal as refusal:
        return Case(piece.id, "agree", REFUSED, "; ".join(map(str, refusal.problems[:MAX_SHOWN])))
    return Case(piece.id, "mismatch", REFUSED, "read", why)
