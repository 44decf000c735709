"""Subject one_record: objects of IATA ONE Record in JSON-LD, compacted or expanded.

A waybill, a shipment or a piece must be read so that its pieces, masses and descriptions are in the record; what has no
place there is listed. Any other object must be refused by its type, and what is no JSON with the place of the fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from customhouse.gates import one_record
from customhouse.house.conformance.report import Case, Judge, Piece, Skip
from customhouse.kernel.problem import Refusal
from customhouse.record.manifest import Level, Manifest

READ = "read, with its pieces, masses and descriptions"
NAMED = "refused by the type of the object"
MALFORMED = "refused with the place of the fault"
GOODS = ("Waybill", "Shipment", "Piece", "PieceDg", "BulkPiece", "PieceLiveAnimals")
MAX_SHOWN = 60


def judge(directory: Path, schema: str | Path | None = None) -> Judge:
    """The judge of this subject; it needs no schema."""
    return _judge


def _judge(piece: Piece) -> Case | Skip:
    if not piece.data.strip().startswith((b"{", b"[", b"\xef\xbb\xbf")):
        return Skip(piece.id, "no JSON")
    try:
        told = json.loads(piece.data, parse_float=Decimal)
    except ValueError as fault:
        return _malformed(piece, str(fault))
    subjects = told if isinstance(told, list) else told.get("@graph", [told])
    types = [t for s in subjects if isinstance(s, dict) for t in _types(s)]
    if not types:
        return Skip(piece.id, "no object of JSON-LD: it has no type")
    must = any(t in GOODS for t in types)
    try:
        reading = one_record.read(piece.data, drafts=True)
    except Refusal as refusal:
        return _refused(piece, types, must, refusal)
    if not must:
        return Case(piece.id, "mismatch", NAMED, f"read as {reading.kind}", "it holds no waybill, shipment or piece")
    faults = list(_faults(subjects, reading.manifest))
    names = list(dict.fromkeys(path for path, _ in reading.unmapped))
    rest = f"not mapped: {', '.join(names[:MAX_SHOWN])}" if names else "everything is mapped"
    got = f"read as {reading.kind}; {rest}"
    if faults:
        return Case(piece.id, "mismatch", READ, got, "; ".join(faults[:8]))
    return Case(piece.id, "agree", READ, got, by=reading.kind)


def _types(told: dict[str, Any]) -> list[str]:
    found = told.get("@type", [])
    listed = found if isinstance(found, list) else [found]
    return [str(t).replace("#", ":").rpartition(":")[2] for t in listed]


def _malformed(piece: Piece, fault: str) -> Case:
    try:
        one_record.read(piece.data, drafts=True)
    except Refusal as refusal:
        first = refusal.problems[0]
        placed = bool(first.where) or first.rule in ("EmptyFile", "TooLarge", "TooDeep")
        reason = "" if placed else f"no place is named; another reader says: {fault}"
        return Case(piece.id, "agree" if placed else "mismatch", MALFORMED, str(first), reason, "malformed")
    return Case(piece.id, "mismatch", MALFORMED, "read", f"another reader says: {fault}")


def _refused(piece: Piece, types: list[str], must: bool, refusal: Refusal) -> Case:
    first = refusal.problems[0]
    if must:
        return Case(piece.id, "mismatch", READ, str(first), "an object with goods was refused")
    if first.rule != "NotAWaybill" or not any(t in first.label for t in types):
        return Case(piece.id, "mismatch", NAMED, str(first), f"its type is {types[0]}")
    return Case(piece.id, "agree", NAMED, first.label, by="another object")


def _faults(subjects: list[Any], manifest: Manifest) -> Iterator[str]:
    """Pieces, kilograms and descriptions counted here, against the record."""
    inner = [o for s in subjects for o in _objects(s)]
    pieces = [o for o in inner if any(t in GOODS[2:] for t in _types(o))]
    kept = [d for d in manifest.documents if d.level is Level.MASTER]
    lowest = manifest.documents if len(kept) != len(manifest.documents) else kept
    counted = sum(d.packages for d in lowest)
    if counted != len(pieces):
        yield f"{len(pieces)} pieces were told, {counted} are in the record"
    said = {g.description for d in manifest.documents for g in d.lines}
    for text in (text for piece in pieces for text in _descriptions(piece)):
        if text not in said:
            yield f"a description is not in the record: {text[:60]}"


def _descriptions(piece: dict[str, Any]) -> Iterator[str]:
    for name, value in piece.items():
        text = value.get("@value") if isinstance(value, dict) else value
        if name.replace("#", ":").endswith(":goodsDescription") and isinstance(text, str):
            yield text


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from _objects(each)
    elif isinstance(value, list):
        for each in value:
            yield from _objects(each)
