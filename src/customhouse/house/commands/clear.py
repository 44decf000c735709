"""`customhouse clear`: hand declarations in and print what was decided, with the reasons."""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customhouse.house.commands.report import as_dict, print_outcome

if TYPE_CHECKING:
    from customhouse.clearance.doors import Received
    from customhouse.clearance.lodge import Outcome

OK, PROBLEMS, UNREADABLE = 0, 1, 2


def clear(
    files: Annotated[
        list[Path],
        typer.Argument(help="Declarations: WCO XML, JSON, UN/EDIFACT, ASYCUDA SAD, CSV, XLSX; folders are searched"),
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per declaration")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Decide and print, but store nothing (needs no database)")
    ] = False,
    schema: Annotated[
        Path | None, typer.Option(help="Directory with WCO DEC schemas; XML is validated against them first")
    ] = None,
) -> None:
    """Clear declarations: lodge, verify, classify, value, origin, assess, target, settle, release.

    Prints per declaration the MRN, every problem or the acceptance, the duties with their reasons, the lane with its
    reasons, and the release or the terms that are still unmet. Exit code 0 when all were accepted, 1 when any was
    refused, 2 when any could not be read.
    """
    paths = list(_expand(files))
    if not paths:
        raise typer.BadParameter("no files found; name files with declarations, or a folder that holds some")
    take = _dry_taker() if dry_run else _storing_taker()
    worst = OK
    for path in _progress(paths, quiet=json or len(paths) < 3):
        for label, outcome in take(path, schema):
            if json:
                told = {"file": str(path), **({"part": label} if label else {}), **as_dict(outcome)}
                sys.stdout.write(json_text.dumps(told, ensure_ascii=False) + "\n")
            else:
                print_outcome(path.with_name(f"{path.name} · {label}") if label else path, outcome)
            worst = max(worst, {"unreadable": UNREADABLE, "refused": PROBLEMS, "other": PROBLEMS}.get(outcome.kind, OK))
    raise typer.Exit(worst)


def _expand(files: list[Path]) -> Any:
    from customhouse.clearance.doors import SUFFIXES

    for path in files:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        else:
            yield path


def _progress(paths: list[Path], *, quiet: bool) -> Any:
    if quiet or not sys.stderr.isatty():
        return paths
    from rich.console import Console
    from rich.progress import track

    return track(paths, "Clearing", console=Console(stderr=True), transient=True)


def _read(path: Path, schema: Path | None) -> tuple[str, tuple[Received, ...]]:
    """(format, every declaration of the file). Raises Refusal when the file cannot be taken."""
    from customhouse.clearance.doors import Received, receive, sniff
    from customhouse.gates import wco_xml
    from customhouse.kernel.problem import Problem, Refusal

    try:
        data = path.read_bytes()
    except OSError as fault:
        hint = "Check the name and that you may read it"
        raise Refusal([Problem("UnreadableFile", fault.strerror or "cannot be read", str(path), hint)]) from fault
    format = sniff(data)
    if format == "xml" and schema is not None:
        return format, (Received(data, wco_xml.read(data, schema=wco_xml.Schema(schema))),)
    return format, receive(data, format)


def _storing_taker() -> Any:
    from customhouse.house.start import ensure_database

    ensure_database()
    from customhouse.clearance.lodge import Outcome, lodge_read

    def one(received: Received, format: str) -> Outcome:
        if received.lodged is None:
            return Outcome("unreadable", None, received.problems)
        outcome = lodge_read(received.lodged, received.data, by="clear", format=format)
        return Outcome(outcome.kind, outcome.declaration, (*outcome.problems, *received.notes))

    return _taker(one)


def _taker(one: Callable[[Received, str], Outcome]) -> Any:
    """What takes a file: (label, outcome) for every declaration in it, or one outcome for a file that cannot be read."""
    from customhouse.clearance.lodge import Outcome
    from customhouse.kernel.problem import Refusal

    def take(path: Path, schema: Path | None) -> list[tuple[str, Outcome]]:
        try:
            format, found = _read(path, schema)
        except Refusal as refusal:
            return [("", Outcome("unreadable", None, refusal.problems))]
        return [(received.label, one(received, format)) for received in found]

    return take


def _dry_taker() -> Any:
    """Decide without a database: the embedded law, numbers from one, a fixed key for the random draw."""
    import hashlib
    from itertools import count

    from customhouse.clearance.line import Context, walk
    from customhouse.clearance.lodge import CHANGE, Outcome, unknown_mrn
    from customhouse.house.lawbooks import embedded_book
    from customhouse.record.declaration import Stage

    now = datetime.now(UTC)
    context = Context(embedded_book().on(now.date()), now, b"dry-run")
    numbers = count(1)

    def one(received: Received, format: str) -> Outcome:
        lodged = received.lodged
        if lodged is None:
            return Outcome("unreadable", None, received.problems)
        digest = hashlib.sha256(received.data).hexdigest()
        walked = walk(lodged, context, number=next(numbers), by="clear", format=format, digest=digest)
        if lodged.function == CHANGE:
            return Outcome("unreadable", None, (unknown_mrn(lodged.mrn),))
        refused = walked.declaration.stage is Stage.REFUSED
        return Outcome("refused" if refused else "new", walked.declaration, (*walked.problems, *received.notes))

    return _taker(one)
