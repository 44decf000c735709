"""The ONE Record gate: air waybills (IATA ONE Record, cargo ontology 3) as transport documents of a cargo report.

`read` takes JSON-LD, compacted or expanded, whose subject is a Waybill, with its shipment, pieces and house waybills in
it, and answers with a cargo report that holds the master or house waybills. Contexts are read from the message itself;
nothing is fetched. Every other ONE Record object is refused by its name. Source: IATA ONE Record data model 2025-07; the
table of what is mapped is `mapping.MAPPED`.
"""

from __future__ import annotations

import msgspec

from customhouse.gates.one_record.json_ld import CARGO, Node, name_of, nodes
from customhouse.gates.one_record.mapping import goods_of, report_of
from customhouse.kernel.foreign_json import MAX_BYTES, parse
from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.manifest import Manifest, TransportDocument

__all__ = ["Reading", "read"]

GOODS = ("Piece", "PieceDg", "PieceLiveAnimals", "BulkPiece", "Shipment")
ARTICLES = "AEIOU"


class Reading(msgspec.Struct, frozen=True):
    """What was read: the kind of object, the cargo report, and every value that has no place in the record."""

    kind: str
    manifest: Manifest
    unmapped: tuple[tuple[str, str], ...] = ()


def read(data: bytes, *, drafts: bool = False, limit: int = MAX_BYTES) -> Reading:
    """The waybills in `data`.

    With `drafts`, a shipment or a piece without its waybill is read as well, as a document without a number. Raises
    Refusal: those of `kernel.foreign_json.parse`, NotJSONLD, NotAWaybill, WrongType, MissingField.
    """
    subjects = nodes(parse(data, limit=limit))
    if not subjects:
        hint = "A ONE Record object says its @type and, unless it is expanded, its @context"
        raise Refusal([Problem("NotJSONLD", "This is no JSON-LD object with a type", "", hint)])
    waybills = [s for s in subjects if s.is_a("Waybill")]
    problems: list[Problem] = []
    if waybills:
        manifest = report_of(waybills, problems)
    elif drafts and (goods := [s for s in subjects if s.is_a(*GOODS)]):
        lines = goods_of(goods, problems)
        manifest = Manifest(mode="4", documents=(TransportDocument(lines=lines),))
    else:
        raise Refusal([_not_a_waybill(subjects[0])])
    if problems:
        raise Refusal(problems[:100])
    kind = name_of((waybills or subjects)[0].type)
    return Reading(kind, manifest, tuple(found for s in subjects for found in s.untouched()))


def _not_a_waybill(subject: Node) -> Problem:
    name = name_of(subject.type)
    article = "an" if name[:1].upper() in ARTICLES else "a"
    hint = "Hand in the Waybill, with its shipment and pieces in it"
    if subject.type.startswith(CARGO) and subject.is_a(*GOODS):
        hint = "Hand in the Waybill that it travels under, with it in it"
    return Problem("NotAWaybill", f"This is {article} {name}, not a waybill", "@type", hint, subject.type[:80])
