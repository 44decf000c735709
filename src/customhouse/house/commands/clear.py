"""`customhouse clear`: hand declarations in and print what was decided, with the reasons."""

from __future__ import annotations

import json as json_text
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from customhouse.house.commands.report import as_dict, print_outcome

OK, PROBLEMS, UNREADABLE = 0, 1, 2


def clear(
    files: Annotated[list[Path], typer.Argument(help="Declarations: WCO XML or JSON; folders are searched")],
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
        raise typer.BadParameter("no files found; name XML or JSON files, or a folder that holds some")
    take = _dry_taker() if dry_run else _storing_taker()
    worst = OK
    for path in _progress(paths, quiet=json or len(paths) < 3):
        outcome = take(path, schema)
        if json:
            sys.stdout.write(json_text.dumps({"file": str(path), **as_dict(outcome)}, ensure_ascii=False) + "\n")
        else:
            print_outcome(path, outcome)
        worst = max(worst, {"unreadable": UNREADABLE, "refused": PROBLEMS, "other": PROBLEMS}.get(outcome.kind, OK))
    raise typer.Exit(worst)


def _expand(files: list[Path]) -> Any:
    for path in files:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in (".xml", ".json"))
        else:
            yield path


def _progress(paths: list[Path], *, quiet: bool) -> Any:
    if quiet or not sys.stderr.isatty():
        return paths
    from rich.console import Console
    from rich.progress import track

    return track(paths, "Clearing", console=Console(stderr=True), transient=True)


def _read(path: Path, schema: Path | None) -> tuple[bytes, str, Any]:
    """(bytes, format, Lodgement). Raises Refusal when the file cannot be taken."""
    from customhouse.clearance.lodge import GATES, sniff
    from customhouse.gates import wco_xml
    from customhouse.kernel.problem import Problem, Refusal

    try:
        data = path.read_bytes()
    except OSError as fault:
        hint = "Check the name and that you may read it"
        raise Refusal([Problem("UnreadableFile", fault.strerror or "cannot be read", str(path), hint)]) from fault
    format = sniff(data)
    if format == "xml" and schema is not None:
        return data, format, wco_xml.read(data, schema=wco_xml.Schema(schema))
    return data, format, GATES[format](data)


def _storing_taker() -> Any:
    from customhouse.house.start import ensure_database

    ensure_database()
    from customhouse.clearance.lodge import Outcome, lodge_read
    from customhouse.kernel.problem import Refusal

    def take(path: Path, schema: Path | None) -> Outcome:
        try:
            data, format, lodged = _read(path, schema)
        except Refusal as refusal:
            return Outcome("unreadable", None, refusal.problems)
        return lodge_read(lodged, data, by="clear", format=format)

    return take


def _dry_taker() -> Any:
    """Decide without a database: the embedded law, numbers from one, a fixed key for the random draw."""
    import hashlib
    from itertools import count

    from customhouse.clearance.line import Context, walk
    from customhouse.clearance.lodge import CHANGE, Outcome, unknown_mrn
    from customhouse.house.lawbooks import embedded_book
    from customhouse.kernel.problem import Refusal
    from customhouse.record.declaration import Stage

    now = datetime.now(UTC)
    context = Context(embedded_book().on(now.date()), now, b"dry-run")
    numbers = count(1)

    def take(path: Path, schema: Path | None) -> Outcome:
        try:
            data, format, lodged = _read(path, schema)
        except Refusal as refusal:
            return Outcome("unreadable", None, refusal.problems)
        digest = hashlib.sha256(data).hexdigest()
        walked = walk(lodged, context, number=next(numbers), by="clear", format=format, digest=digest)
        if lodged.function == CHANGE:
            return Outcome("unreadable", None, (unknown_mrn(lodged.mrn),))
        refused = walked.declaration.stage is Stage.REFUSED
        return Outcome("refused" if refused else "new", walked.declaration, walked.problems)

    return take
