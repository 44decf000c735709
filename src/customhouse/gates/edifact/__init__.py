"""The UN/EDIFACT gate: CUSDEC into our declaration and back, CUSCAR into our manifest and back, CUSRES out, CUSREP checked.

`syntax` and `interchange` take an interchange apart and check its envelopes; `structure` lays a message over the tables of
`messages`; `cusdec` and `cuscar` are the mapping tables, which `mapping` walks; `cusres` writes the answer of customs.
"""

from __future__ import annotations

from typing import IO, Any

import msgspec

from customhouse.gates.edifact import cuscar, cusdec, interchange, messages, structure
from customhouse.gates.edifact.interchange import Interchange, Message
from customhouse.gates.edifact.mapping import Reader, Table, Writer, spelled
from customhouse.gates.edifact.syntax import MAX_BYTES, Segment
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.manifest import Manifest
from customhouse.record.reading import Draft, Leftover, Reading

__all__ = [
    "MAX_BYTES",
    "Interchange",
    "Message",
    "Report",
    "check",
    "declaration",
    "manifest",
    "open_interchange",
    "read",
    "write",
    "write_manifest",
]

IMPORT, EXPORT = "929", "830"  # goods declaration for importation, for exportation (code list 1001)
TYPES = {"929": "IMA", "930": "IMA", "830": "EXA"}
INVALIDATION = "1"
SEALS_OF_SEVERAL = "the message does not say to which of the containers this seal belongs"
Checked = tuple[structure.Placed, tuple[Problem, ...]]


class Report(msgspec.Struct, frozen=True):
    """A cargo report that was read: the manifest, what found no place in it, and what was noticed on the way."""

    manifest: Manifest
    leftovers: tuple[Leftover, ...] = ()
    warnings: tuple[Problem, ...] = ()


def open_interchange(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Interchange:
    """The interchange in `source`, whole and with right counts. Raises Refusal with every problem."""
    return interchange.read(source, limit=limit)


def read(source: bytes | IO[bytes], *, limit: int = MAX_BYTES) -> Lodgement:
    """The declaration in an interchange that holds one CUSDEC. Raises Refusal with every problem found."""
    found = open_interchange(source, limit=limit)
    if len(found.messages) != 1:
        hint = "Hand in one declaration here, or the whole file where several are taken"
        raise Refusal([Problem("SeveralMessages", f"There are {len(found.messages)} messages", hint=hint)])
    return declaration(found.messages[0]).lodgement


def check(message: Message) -> Checked:
    """The message over its structure: the placed tree and warnings. Raises Refusal where D.24A is broken.

    A message of another directory is laid over D.24A too: what differs is told as warnings and its segments are left over.
    """
    form = messages.structure_of(message.type)
    if form is None:
        hint = f"Known are {', '.join(m.type for m in messages.MESSAGES)}"
        raise Refusal(
            [Problem("UnknownMessage", "The message type is not known here", _head(message), hint, message.type)]
        )
    if message.directory == messages.NEWEST:
        placed = structure.place(message.segments, form)
        if placed.problems:
            raise Refusal(placed.problems)
        return placed, ()
    renamed = tuple(_renamed(s) for s in message.segments)
    placed = structure.place(renamed, form)
    label = f"The message is of directory {message.directory or 'none'} and was read as {messages.NEWEST}"
    told = [Problem("OtherDirectory", label, _head(message), "", message.title, "warning")]
    for s in {s.tag: s for s in message.segments if s.tag in messages.RENAMED}.values():
        label = f"{s.tag} is read as {messages.RENAMED[s.tag]}, which took its place"
        told.append(Problem("OtherDirectory", label, s.where, "", s.tag, "warning"))
    told += [Problem(p.rule, p.label, p.where, p.hint, p.value, "warning") for p in placed.problems]
    return placed, tuple(told)


def declaration(message: Message) -> Reading:
    """The declaration of a CUSDEC message. Raises Refusal with every problem found."""
    placed, told = _of("CUSDEC", message)
    draft: Draft[Lodgement] = Draft(Lodgement)
    aside = {"SEL": SEALS_OF_SEVERAL} if len(placed.root.all("EQD")) > 1 else {}
    _walk(cusdec.TABLE, draft, placed, aside)
    opening = next((s for s in message.segments if s.tag == "BGM"), Segment("BGM"))
    for n in range(1, len(placed.root.of("SG32")) + 1):
        for place, kind in ((1, "TSP"), (2, "TRC")):
            path = f"goods_shipment.items[{n}].commodity.classifications[{place}]"
            if f"{path}.id" in draft.values:
                draft.put(f"{path}.type", kind, opening.where)
    warnings = list(told)
    if opening.at(2) == INVALIDATION:
        draft.values["type"] = "INV"
    elif "type" not in draft.values:
        kind = TYPES.get(opening.at(0), "")
        label = f"The message states no type of declaration; {kind or 'none'} is taken from its name"
        warnings.append(Problem("AssumedType", label, opening.where, "", opening.at(0), "warning"))
        draft.values["type"] = kind
    lodgement = draft.finish()
    return Reading(lodgement, tuple(draft.leftovers), tuple(warnings))


def manifest(message: Message) -> Report:
    """The cargo report of a CUSCAR message. Raises Refusal with every problem found."""
    placed, told = _of("CUSCAR", message)
    draft: Draft[Manifest] = Draft(Manifest)
    _walk(cuscar.TABLE, draft, placed, {})
    _masters(draft)
    return Report(draft.finish(), tuple(draft.leftovers), told)


def _masters(draft: Draft[Manifest]) -> None:
    """The number in CNI is that of a house's master; where a master stands under it, it is the master's own."""
    for path in [p for p in draft.values if p.endswith("].master")]:
        document = path.removesuffix(".master")
        if draft.values.get(f"{document}.level") != "house":
            draft.put(f"{document}.number", draft.values.pop(path), draft.places[path])


def write(lodgement: Lodgement, *, sender: str, recipient: str, moment: str, reference: str) -> bytes:
    """The declaration as an interchange with one CUSDEC of D.24A. `moment` is CCYYMMDD:HHMM, `reference` the control reference.

    What the message has no place for is not written; reading it back and comparing shows what that was.
    """
    body = _body(cusdec.TABLE, "CUSDEC", lodgement)
    name = IMPORT if lodgement.is_import else EXPORT
    function = INVALIDATION if lodgement.type == "INV" else ""
    body = [_opening(s, name, function) if s.tag == "BGM" else s for s in body]
    kind = f"CUSDEC:{messages.NEWEST.replace('.', ':')}:UN"
    return interchange.write([(kind, body)], sender=sender, recipient=recipient, moment=moment, reference=reference)


def write_manifest(report: Manifest, *, sender: str, recipient: str, moment: str, reference: str) -> bytes:
    """The cargo report as an interchange with one CUSCAR of D.24A."""
    body = _body(cuscar.TABLE, "CUSCAR", report)
    kind = f"CUSCAR:{messages.NEWEST.replace('.', ':')}:UN"
    return interchange.write([(kind, body)], sender=sender, recipient=recipient, moment=moment, reference=reference)


def _of(type: str, message: Message) -> Checked:
    if message.type != type and messages.known(message.type) is not None:
        hint = f"A {type} message is expected here"
        raise Refusal([Problem("OtherMessage", "The message is of another type", _head(message), hint, message.type)])
    return check(message)


def _walk(table: Table, draft: Draft[Any], placed: structure.Placed, aside: dict[str, str]) -> None:
    reader = Reader(table, draft, aside)
    reader.group(placed.root)
    reader.number()
    for s in placed.strays:
        draft.leave(s.where, spelled(s), "the segment has no place there")


def _body(table: Table, type: str, record: Any) -> list[Segment]:
    form = messages.structure_of(type)
    assert form is not None
    return Writer(table, record).segments(form)


def _opening(s: Segment, name: str, function: str) -> Segment:
    elements = [((name,),), *s.elements[1:]]
    if function:
        elements = [*elements[:2], ((function,),)]
    return Segment(s.tag, tuple(elements), s.number)


def _renamed(s: Segment) -> Segment:
    if s.tag == "GIS":
        return Segment("GEI", ((("",),), *s.elements), s.number)
    return s


def _head(message: Message) -> str:
    return message.segments[0].where if message.segments else ""
