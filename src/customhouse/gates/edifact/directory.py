"""The official directory as files: message structures of UN/EDIFACT in XML, compared with our own tables.

The files are one a message (``cusdec.xml``): `message` with `segment` and `group` elements that carry id, maxrepeat, required.
"""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from customhouse.gates.edifact.structure import Position
from customhouse.kernel.problem import Problem, Refusal


def load(place: Path) -> dict[str, tuple[Position, ...]]:
    """Message type -> structure, from every message file at or below `place`. Raises Refusal where there is none."""
    found: dict[str, tuple[Position, ...]] = {}
    for file in sorted(place.rglob("*.xml")) if place.is_dir() else [place]:
        structure = parse(file.read_bytes())
        if structure is not None:
            found[file.stem.upper()] = structure
    if not found:
        hint = "Name the folder with the message files of the directory (cusdec.xml, cuscar.xml ...)"
        raise Refusal([Problem("NoSchema", "There is no message structure here", str(place), hint)])
    return found


def parse(data: bytes) -> tuple[Position, ...] | None:
    """The structure in a message file of the directory, or None where the file is no such."""
    guard = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(data, guard)
    except etree.XMLSyntaxError:
        return None
    return tuple(_positions(root)) if root.tag == "message" else None


def _positions(parent: etree._Element) -> list[Position]:
    found = []
    for child in parent:
        name, most = child.get("id", ""), child.get("maxrepeat", "1")
        required = child.get("required") == "true"
        if child.tag == "segment" and most.isdigit():
            found.append(Position(name, int(most), required))
        elif child.tag == "group" and most.isdigit():
            found.append(Position(name, int(most), required, tuple(_positions(child))))
    return found


def differences(ours: tuple[Position, ...], official: tuple[Position, ...], within: str = "") -> list[str]:
    """Where two structures differ, row by row; empty when they are equal."""
    found = []
    for mine, theirs in zip(ours, official, strict=False):
        place = f"{within}/{theirs.name}"
        if mine[:3] != theirs[:3] or bool(mine.rows) != bool(theirs.rows):
            found.append(f"{place}: {theirs} in the directory, {mine} here")
        else:
            found.extend(differences(mine.rows, theirs.rows, place))
    if len(ours) != len(official):
        found.append(f"{within or 'message'}: {len(official)} rows in the directory, {len(ours)} here")
    return found
