"""Subject taric3: envelopes of TARIC3, each by itself.

An envelope must be loaded into an empty layer so that the state holds what the envelope says, is written back with equal
content, reads back from the CSV of the layer, and changes nothing when it is loaded again. One that is malformed must be
refused with place and reason. What is no envelope is left out.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from customhouse.gates import taric3
from customhouse.gates.taric3.table import ALIASES, KINDS
from customhouse.house.conformance.report import Case, Judge, Piece, Skip
from customhouse.kernel.problem import errors
from customhouse.law.layer import PARTS
from customhouse.law.loading import Findings, Reading, Setting, Source
from customhouse.law.pack_write import write_layer

LOADED = "loaded; the state holds what the envelope says, written back with equal content, the same when loaded again"
REFUSED = "refused: not well-formed"
SETTING = Setting(currency="EUR")
Record = tuple[str, str, dict[str, str]]


def judge(directory: Path, schemas: str | Path | None = None) -> Judge:
    """The judge of this subject. It needs no schemas: their types are looser than what the gate demands."""
    return _judge


def _judge(piece: Piece) -> Case | Skip:
    if b"envelope" not in piece.data.replace(b"\0", b""):
        return Skip(piece.id, "nothing in it speaks of an envelope")
    if piece.data.lstrip()[:1] not in (b"<", b"\xef", b"\xff", b"\xfe"):
        return Skip(piece.id, "not XML")
    said = _said(piece.data)
    if isinstance(said, Skip):
        return Skip(piece.id, said.reason)
    source = Source(piece.id, piece.data)
    reading = taric3.read([source], SETTING)
    wrong = errors(reading.problems)
    if said is None:
        placed = bool(wrong) and all(p.where and p.label for p in wrong)
        return Case(piece.id, "agree" if placed else "mismatch", REFUSED, _shown(reading) or "loaded")
    if wrong:
        reason = "the gate demands what the material does not have; only its sender can say what is meant"
        return Case(piece.id, "explained", LOADED, _shown(reading), reason)
    faults = [*_state(said, reading), *_again(source, reading), *_csv(reading)]
    if faults:
        return Case(piece.id, "mismatch", LOADED, "loaded, but not as the envelope says", "; ".join(faults[:5]))
    return Case(piece.id, "agree", LOADED, _told(reading))


def _said(data: bytes) -> list[Record] | Skip | None:
    """The records of an envelope, read plainly and apart from the gate; None when it is not well-formed."""
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None
    if etree.QName(root).localname != "envelope":
        return Skip("", f"its root element is {root.tag}")
    if root.getroottree().docinfo.internalDTD is not None:
        return None
    return [_plain(record) for record in root.iter("{*}record")]


def _plain(record: etree._Element) -> Record:
    values = {etree.QName(child).localname: child for child in record if isinstance(child.tag, str)}
    name, payload = list(values.items())[-1]
    operation = (values["update.type"].text or "").strip() if "update.type" in values else ""
    fields = {
        etree.QName(f).localname.replace("_", "."): (f.text or "").strip() for f in payload if isinstance(f.tag, str)
    }
    return ALIASES.get(name, name), operation, fields


def _state(said: list[Record], reading: Reading) -> Iterator[str]:
    """How the state differs from what the envelope says at its end, or what is written back from what came in."""
    held = taric3.Store.read(reading.beside).records
    last: dict[tuple[str, tuple[str, ...]], tuple[str, dict[str, str]]] = {}
    for name, operation, fields in said:
        last[name, tuple(fields.get(field, "") for field in KINDS[name].keys)] = operation, fields
    for (name, key), (operation, fields) in last.items():
        there = held.get((name, key))
        if operation == "2" and there is not None:
            yield f"{name} {' '.join(key)} was deleted and is there"
        elif operation != "2" and there != fields:
            yield f"{name} {' '.join(key)} should be {fields} and is {there}"
    if len(said) != reading.account.read:
        yield f"{len(said)} records came in, {reading.account.read} are accounted for"
    written = taric3.write((key[0], "create", fields) for key, fields in held.items())
    back = _said(written)
    wanted = {(name, key): fields for (name, key), (operation, fields) in last.items() if operation != "2"}
    if not isinstance(back, list) or sorted(map(repr, wanted.values())) != sorted(repr(f) for _, _, f in back):
        yield "what is written back is not what came in"
    if isinstance(back, list):
        findings = Findings()
        again = taric3.parse(Source("written", written), findings)
        if findings.problems or len(again) != len(back):
            yield "what is written back is not understood"


def _again(source: Source, reading: Reading) -> Iterator[str]:
    again = taric3.read([source], SETTING, reading.beside)
    if again.beside != reading.beside or again.layer != reading.layer:
        yield "loaded again, it changes something"


def _csv(reading: Reading) -> Iterator[str]:
    languages = ("en",)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "layer"
        try:
            write_layer(place, reading.layer, languages, reading.beside)
        except ValueError as fault:
            yield str(fault)
            return
        if write_layer(place, reading.layer, languages, reading.beside):
            yield "written again, the layer changes"


def _told(reading: Reading) -> str:
    words = ", ".join(f"{n} {part}" for part in PARTS if (n := len(getattr(reading.layer, part))))
    detail = ", ".join(f"{n} {word}" for word, n in reading.account.detail.items() if n)
    return f"{reading.account.read} records ({detail or 'none'}; {reading.account.noted} noted) -> {words or 'no words of the law'}"


def _shown(reading: Reading) -> str:
    return "; ".join(str(p) for p in errors(reading.problems)[:3])
