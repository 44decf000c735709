"""Loading a foreign tariff or list into a layer of a country pack: finds the files, asks the gate, puts the layer in place.

A load is whole or nothing: with anything wrong in the files nothing is written, unless one asks to leave out what is bad.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from customhouse.house.conformance.material import pieces
from customhouse.house.conformance.report import Skip
from customhouse.kernel.problem import Problem, Refusal, errors
from customhouse.law.layer import PARTS, Changes, Layer, merge
from customhouse.law.loading import Reading, Setting, Source, Tick
from customhouse.law.pack import PackError, read_layer
from customhouse.law.pack_write import CONDITIONS, normal, settle, write_layer

MAX_BYTES = 512 * 1024 * 1024
"""Largest file that is loaded; a yearly tariff is a few hundred megabytes."""


class Kind(NamedTuple):
    """A kind of file that can be loaded: the module that reads it (its `read`), and one line for people."""

    module: str
    title: str


KINDS: dict[str, Kind] = {
    "taric3": Kind("gates.taric3", "TARIC3 envelopes (XML), applied to what the layer holds"),
    "tariff-json": Kind("gates.tariff_json", "Commodities with their measures, from a tariff API (JSON)"),
    "tariff-csv": Kind("house.tariff_table", "A table of commodities with their rates in words (CSV)"),
    "areas": Kind("gates.areas", "Countries and groups of origins, from a tariff API (JSON)"),
    "origin-rules": Kind("house.origin_table", "Agreements of preference with their rules of origin (JSON)"),
    "hs": Kind("gates.hs", "The Harmonized System: code, description, parent (CSV), and its sections"),
    "unlocode": Kind("gates.unlocode", "Places of trade and transport, UN/LOCODE (CSV), with their positions"),
    "units": Kind("gates.lists.rec20", "Units of measure, UN/ECE Recommendation 20 (JSON)"),
    "packages": Kind("gates.lists.rec21", "Kinds of package, UN/ECE Recommendation 21 (XLS or CSV)"),
    "countries": Kind("gates.lists.countries", "Countries (ISO 3166) and their currencies (ISO 4217) (CSV)"),
    "offices": Kind("gates.lists.offices", "Customs offices (CSV)"),
    "lists": Kind("gates.lists.codes", "Code lists of any kind: procedures, documents, packages ... (JSON or CSV)"),
    "rates": Kind("gates.rates", "Monthly rates of exchange (CSV or JSON), as rates of the national currency"),
}


class Outcome(msgspec.Struct, frozen=True):
    """What loading came to: the reading, what it changed in the layer, and whether anything was written."""

    reading: Reading
    changes: tuple[Changes, ...]
    written: bool
    listed: bool
    """Whether country.toml names the layer, so that the law of the pack has it."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How to load: leave out what is bad, refuse for warnings too, only look, what to cite and from when."""

    skip_bad: bool = False
    strict: bool = False
    dry_run: bool = False
    source: str = ""
    first: date | None = None
    column: str = ""
    digits: int = 10


def load(kind: str, places: Sequence[Path], to: Path, wish: Wish, tick: Tick | None = None) -> Outcome:
    """Load files of a kind into the layer `to` (PACK/LAYER). Raises Refusal with everything that is wrong."""
    known = KINDS.get(kind)
    if known is None:
        hint = f"Known kinds: {', '.join(KINDS)}"
        raise Refusal([Problem("UnknownKind", f"There is no kind {kind}", hint=hint, value=kind)])
    head = _head(to)
    languages = tuple(head.get("languages", ["en"]))
    setting = Setting(
        country=head.get("code", ""),
        currency=head.get("currency", ""),
        languages=languages,
        source=wish.source,
        first=wish.first,
        column=wish.column,
        digits=wish.digits,
    )
    settle(to)
    old, beside = _held(to, languages)
    sources = list(_sources(places))
    read = import_module(f"customhouse.{known.module}").read
    reading: Reading = read(sources, setting, beside, tick)
    wrong = reading.problems if wish.strict else errors(reading.problems)
    if wrong and not (wish.skip_bad and reading.account.taken + reading.account.noted):
        raise Refusal(reading.problems)
    reading = msgspec.structs.replace(reading, problems=(*reading.problems, *_unspoken(reading.layer, languages)))
    layer, changes = merge(old, normal(reading.layer, languages), reading.wholes)
    written = not wish.dry_run and write_layer(to, layer, languages, beside | reading.beside)
    return Outcome(reading, changes, written, to.name in head.get("layers", []))


def _head(to: Path) -> dict[str, Any]:
    """The country.toml of the pack that the layer belongs to."""
    file = to.parent / "country.toml"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        hint = "Name the layer as PACK/LAYER, where PACK is the folder with country.toml"
        raise Refusal([Problem("NotAPack", "There is no country.toml beside the layer", str(file), hint)]) from None
    except tomllib.TOMLDecodeError as fault:
        raise Refusal(
            [Problem("NotAPack", f"country.toml cannot be read: {fault}", str(file), "Mend it first")]
        ) from None


def _held(to: Path, languages: tuple[str, ...]) -> tuple[Layer, dict[str, bytes]]:
    """What the layer holds: its words, and the files that are no CSV of words."""
    try:
        old = read_layer(to, languages)
    except PackError as wrong:
        hint = "Mend the layer, or load into a new one"
        raise Refusal([msgspec.structs.replace(p, hint=hint) for p in wrong.problems]) from None
    ours = {part.file for part in PARTS.values()} | {CONDITIONS}
    others = [p for p in to.iterdir() if p.is_file() and p.name not in ours] if to.is_dir() else []
    return old, {p.name: p.read_bytes() for p in others}


def _unspoken(layer: Layer, languages: tuple[str, ...]) -> list[Problem]:
    """Tells of languages whose texts are not kept because the pack speaks others."""
    found: set[str] = set()
    for part in PARTS:
        for word in getattr(layer, part):
            text = getattr(word, "text", None)
            if isinstance(text, dict) and not text.keys().isdisjoint(languages):
                found.update(text.keys() - set(languages))
    if not found:
        return []
    label = f"Texts in {', '.join(sorted(found))} are not kept: the pack speaks {', '.join(languages)}"
    hint = "Add the language to `languages` in country.toml and load again"
    return [Problem("LanguageNotKept", label, "country.toml", hint, severity="warning")]


def _sources(places: Sequence[Path]) -> Iterator[Source]:
    """The files named, folders searched, archives opened in place. Raises Refusal for what cannot be read."""
    problems: list[Problem] = []
    found: list[Source] = []
    for place in places:
        if not place.exists():
            problems.append(Problem("UnreadableFile", "There is no such file or folder", str(place), "Check the name"))
            continue
        for piece in pieces(place, MAX_BYTES):
            if isinstance(piece, Skip):
                problems.append(Problem("UnreadableFile", piece.reason, piece.id, "Leave it out, or unpack it by hand"))
            else:
                found.append(Source(piece.id, piece.data))
    if not problems and not found:
        problems.append(Problem("UnreadableFile", "There is nothing to load", hint="Name a file, folder or archive"))
    if problems:
        raise Refusal(problems)
    yield from found
