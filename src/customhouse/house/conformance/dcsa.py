"""Subject dcsa: messages of the Digital Container Shipping Association.

A transport document, an issuance of one, or shipping instructions must be read so that packages, masses, equipment and
every mapped text of it are in the record; what has no place there is listed. Any other message must be refused by its
name, and what is no JSON with the place of the fault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from customhouse.gates import dcsa
from customhouse.gates.dcsa.kind import UNKNOWN
from customhouse.gates.dcsa.table import MAPPED
from customhouse.house.conformance.report import Case, Judge, Piece, Skip
from customhouse.kernel.foreign_json import leaves, pattern
from customhouse.kernel.problem import Refusal
from customhouse.record.manifest import Level, Manifest

READ = "read, with its packages, masses, equipment and mapped texts"
NAMED = "refused by the name of the message"
MALFORMED = "refused with the place of the fault"
GRAMS = {"KGM": 1000, "LBR": Decimal("453.59237"), "GRM": 1, "TNE": 1_000_000}
MAX_SHOWN = 60
# Mapped values that are turned into something else: codes, flags, numbers, dates.
TURNED = (
    "Code",
    "unit",
    "value",
    "Date",
    "numberOfPackages",
    "isToOrder",
    "Issued",
    "ShipperOwned",
    "source",
    "Provider",
)


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
    try:
        reading = dcsa.read(piece.data, drafts=True)
    except Refusal as refusal:
        return _refused(piece, told, refusal)
    whole = told["document"] if isinstance(told.get("document"), dict) and "consignmentItems" not in told else told
    faults = [*_sums(whole, reading.manifest), *_missing(whole, reading.manifest)]
    got = f"read as {reading.kind}; {_listed(reading.unmapped)}"
    if faults:
        return Case(piece.id, "mismatch", READ, got, "; ".join(faults[:8]))
    return Case(piece.id, "agree", READ, got, by=reading.kind)


def _malformed(piece: Piece, fault: str) -> Case:
    try:
        dcsa.read(piece.data, drafts=True)
    except Refusal as refusal:
        first = refusal.problems[0]
        verdict = "agree" if first.where or first.rule in ("EmptyFile", "TooLarge", "TooDeep") else "mismatch"
        reason = "" if verdict == "agree" else f"no place is named; another reader says: {fault}"
        return Case(piece.id, verdict, MALFORMED, str(first), reason, "malformed")  # type: ignore[arg-type]
    return Case(piece.id, "mismatch", MALFORMED, "read", f"another reader says: {fault}")


def _refused(piece: Piece, told: Any, refusal: Refusal) -> Case:
    first = refusal.problems[0]
    outer = told[0] if isinstance(told, list) and told else told
    if isinstance(outer, dict) and "consignmentItems" in outer and "houseBillOfLadingReference" not in outer:
        return Case(piece.id, "mismatch", READ, str(first), "a message with goods was refused")
    if first.rule != "NotATransportDocument":
        return Case(piece.id, "mismatch", NAMED, str(first), "refused for something else")
    if UNKNOWN in first.label:
        return Case(piece.id, "explained", NAMED, str(first), "the message is none that the standard names")
    return Case(piece.id, "agree", NAMED, first.label, by="another message")


def _listed(unmapped: tuple[tuple[str, str], ...]) -> str:
    names = list(dict.fromkeys(pattern(path) for path, _ in unmapped))
    more = f" and {len(names) - MAX_SHOWN} more" if len(names) > MAX_SHOWN else ""
    return f"not mapped: {', '.join(names[:MAX_SHOWN])}{more}" if names else "everything is mapped"


def _sums(told: dict[str, Any], manifest: Manifest) -> Iterator[str]:
    """Packages, grams and equipment counted here, against the record."""
    masters = [d for d in manifest.documents if d.level is Level.MASTER]
    houses = [d for d in manifest.documents if d.level is Level.HOUSE]
    for holders, documents in (([told], masters), (told.get("houseBillOfLadings", []), houses)):
        cargo = [c for h in holders for i in h.get("consignmentItems", []) for c in i.get("cargoItems", [])]
        packages = sum(c.get("outerPackaging", {}).get("numberOfPackages", 0) for c in cargo)
        weights = [c["cargoGrossWeight"] for c in cargo if "cargoGrossWeight" in c]
        mass = sum(round(Decimal(w["value"]) * GRAMS[w["unit"]]) for w in weights)
        found = (sum(d.packages for d in documents), sum(d.mass for d in documents))
        if found != (packages, mass):
            yield f"{packages} packages and {mass} g were told, {found[0]} and {found[1]} g are in the record"
    named = {str(v) for path, v in leaves(told) if path.endswith("equipmentReference")}
    kept = {e.number for e in manifest.equipment} | {
        s.equipment for d in manifest.documents for g in d.lines for s in g.stowage
    }
    if missing := named - kept:
        yield f"equipment is not in the record: {', '.join(sorted(missing))}"


def _missing(told: dict[str, Any], manifest: Manifest) -> Iterator[str]:
    """Mapped texts that are nowhere in the record."""
    kept = " ".join(" ".join(str(v).split()) for _, v in leaves(msgspec.to_builtins(manifest)))
    for path, value in leaves(told):
        shape = pattern(path)
        if shape in MAPPED and isinstance(value, str) and not shape.endswith(TURNED) and shape.count("HSCodes") == 0:
            text = " ".join(value.split())
            if text and text not in kept and not (shape.endswith("partyCode") or shape.endswith("locationName")):
                yield f"{path} is not in the record: {text[:60]}"
