"""Finds what the judging of entry summary declarations needs besides messages: rule files and schemas.

They are looked for in the material itself, then beside it (in the folder it lies in, and in the one above), and in
archives as well; kinds are told by content. The nearest place that has any is taken alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from customhouse.gates.ens import rules, schema
from customhouse.house.conformance.material import pieces
from customhouse.house.conformance.report import Skip
from customhouse.kernel.problem import Problem, Refusal

LEVELS = 2
MAX_FILE = 8 * 1024 * 1024
"""Largest file beside the material that is looked into."""

MAX_FILES = 20_000
MAX_BYTES = 256 * 1024 * 1024
LIKELY = frozenset((".json", ".xsd", ".zip", ".gz", ".tgz", ".tar"))
"""Beside the material only files with these suffixes are looked into; within it, and where named, all."""


class Material(NamedTuple):
    """Rule files and schemas by name; empty where there are none."""

    rules: dict[str, bytes]
    schemas: dict[str, bytes]


def ens_material(place: Path, named_rules: str | Path | None, named_schemas: str | Path | None) -> Material:
    """What is named, or else the nearest found. Raises Refusal where a named place holds nothing of the kind."""
    found = Material({}, {})
    if named_rules is not None:
        found.rules.update(_named(Path(named_rules), "rule file").rules)
    if named_schemas is not None:
        found.schemas.update(_named(Path(named_schemas), "schema").schemas)
    for files in _places(place):
        if found.rules and found.schemas:
            break
        near = _sorted(files)
        if not found.rules:
            found.rules.update(near.rules)
        if not found.schemas:
            found.schemas.update(near.schemas)
    return found


def _named(place: Path, kind: str) -> Material:
    if not place.exists():
        raise Refusal([Problem("UnreadableFile", "There is no such file or directory", str(place), "Check the name")])
    found = _sorted(iter([place]))
    if not (found.rules if kind == "rule file" else found.schemas):
        label = f"There is no {kind} of entry summary declarations"
        raise Refusal([Problem("NothingFound", label, str(place), "See docs/conformance.md")])
    return found


def _places(place: Path) -> Iterator[Iterator[Path]]:
    """The material, then for each folder above it the files in that folder that have not been looked into."""
    place = place.resolve()
    yield iter([place])
    for _ in range(LEVELS):
        above = place.parent
        if above == place or above.parent == above or above == Path.home():
            return
        yield _small_files(above, place)
        place = above


def _small_files(folder: Path, known: Path) -> Iterator[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return
    seen = 0
    for entry in entries:
        if entry == known or entry.name.startswith(".") or entry.is_symlink():
            continue
        for file in [entry] if entry.is_file() else sorted(entry.rglob("*")):
            seen += 1
            if seen > MAX_FILES:
                return
            if file.suffix.lower() in LIKELY and file.is_file() and not file.is_symlink() and _small(file):
                yield file


def _small(file: Path) -> bool:
    try:
        return file.stat().st_size <= MAX_FILE
    except OSError:
        return False


def _sorted(files: Iterator[Path]) -> Material:
    """The rule files and schemas at or below these places."""
    found = Material({}, {})
    seen = 0
    for file in files:
        for piece in pieces(file):
            if isinstance(piece, Skip):
                continue
            seen += len(piece.data)
            if seen > MAX_BYTES:
                return found
            name = piece.id if file.is_dir() else f"{file.parent.as_posix()}/{piece.id}"
            if rules.is_rule_file(piece.data):
                found.rules[name] = piece.data
            elif b"http://www.w3.org/2001/XMLSchema" in piece.data[:4096]:
                found.schemas[name] = piece.data
    return found._replace(schemas=_one_folder(found.schemas))


def _one_folder(schemas: dict[str, bytes]) -> dict[str, bytes]:
    """The schemas that lie where the first one of an entry summary declaration lies; those they import are there."""
    folder = next((_folder(name) for name in sorted(schemas) if schema.describes(schemas[name])), None)
    return {name: data for name, data in schemas.items() if folder is not None and _folder(name) == folder}


def _folder(name: str) -> str:
    return name.replace("!", "/").rpartition("/")[0]
