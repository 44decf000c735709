"""`customhouse manifest`: hand in cargo reports and print what was decided, document by document."""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from customhouse.clearance.cargo import CargoOutcome
    from customhouse.clearance.cargo_files import Head
    from customhouse.record.cargo import CargoReport

OK, PROBLEMS, UNREADABLE = 0, 1, 2
EXIT = {"unreadable": UNREADABLE, "refused": PROBLEMS, "other": PROBLEMS}
SUFFIXES = (".json", ".jsonld", ".csv", ".edi")
WORDS = {
    "new": "[bold green]registered[/bold green]",
    "same": "[bold]registered before[/bold]",
    "other": "[bold red]not taken[/bold red]",
    "refused": "[bold red]refused[/bold red]",
    "unreadable": "[bold red]cannot be read[/bold red]",
}


def manifest(
    files: Annotated[
        list[Path], typer.Argument(help="Cargo reports: own JSON, DCSA, ONE Record, CSV; folders are searched")
    ],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per report")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Decide and print, but store nothing (needs no database)")
    ] = False,
    carrier: Annotated[str, typer.Option(help="Number of the carrier, where a file does not say it")] = "",
    office: Annotated[str, typer.Option(help="Customs office of entry, where a file does not say it")] = "",
    conveyance: Annotated[str, typer.Option(help="IMO number or registration, where a file does not say it")] = "",
    expected: Annotated[
        str, typer.Option(help="Expected arrival (2026-11-27T06:00Z), where a file does not say it")
    ] = "",
) -> None:
    """Hand in cargo reports: read, check, register, and meet the declarations that wait for the goods.

    Prints per report its number, its transport documents with what is left of each, containers and seals, and every
    problem. Exit code 0 when all were registered, 1 when any was refused, 2 when any could not be read.
    """
    from customhouse.clearance.cargo_files import Head

    paths = list(_expand(files))
    if not paths:
        raise typer.BadParameter("no files found; name JSON or CSV files, or a folder that holds some")
    head = Head(carrier=carrier, office=office, conveyance=conveyance, expected=expected)
    take = _dry_taker(head) if dry_run else _storing_taker(head)
    worst = OK
    for path in paths:
        outcome = take(path)
        if json:
            sys.stdout.write(json_text.dumps({"file": str(path), **as_dict(outcome)}, ensure_ascii=False) + "\n")
        else:
            _print(path, outcome, dry_run=dry_run)
        worst = max(worst, EXIT.get(outcome.kind, OK))
    raise typer.Exit(worst)


def _expand(files: list[Path]) -> Iterator[Path]:
    for path in files:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
        else:
            yield path


def _read(path: Path, head: Head) -> tuple[bytes, str, Any]:
    """(bytes, format, report). Raises Refusal when the file cannot be taken."""
    from customhouse.clearance import cargo_files
    from customhouse.kernel.problem import Problem, Refusal

    try:
        data = path.read_bytes()
    except OSError as fault:
        hint = "Check the name and that you may read it"
        raise Refusal([Problem("UnreadableFile", fault.strerror or "cannot be read", str(path), hint)]) from fault
    told, format = cargo_files.read(data)
    try:
        return data, format, cargo_files.complete(told, head)
    except ValueError as fault:
        raise Refusal([Problem("WrongType", str(fault), "--expected", "Write 2026-11-27T06:00Z")]) from fault


def _storing_taker(head: Head) -> Callable[[Path], CargoOutcome]:
    from customhouse.house.start import ensure_database

    ensure_database()
    from customhouse.clearance import cargo
    from customhouse.kernel.problem import Refusal
    from customhouse.record.declaration import Role

    cargo.match_new()

    def take(path: Path) -> CargoOutcome:
        try:
            data, format, told = _read(path, head)
        except Refusal as refusal:
            return cargo.CargoOutcome("unreadable", None, refusal.problems)
        return cargo.report(told, data, by="manifest", role=Role.CARRIER, submitter=told.carrier.id, format=format)

    return take


def _dry_taker(head: Head) -> Callable[[Path], CargoOutcome]:
    """Decide without a database, under the law that comes with the program."""
    from customhouse.clearance import cargo
    from customhouse.house.lawbooks import embedded_book
    from customhouse.kernel.problem import Refusal

    now = datetime.now(UTC)
    law = embedded_book().on(now.date())

    def take(path: Path) -> CargoOutcome:
        try:
            _, _, told = _read(path, head)
        except Refusal as refusal:
            return cargo.CargoOutcome("unreadable", None, refusal.problems)
        return cargo.try_out(told, law, now)

    return take


def as_dict(outcome: CargoOutcome) -> dict[str, Any]:
    """The outcome as one JSON object."""
    import msgspec

    told: dict[str, Any] = {"outcome": outcome.kind, "problems": msgspec.to_builtins(outcome.problems)}
    if (report := outcome.report) is not None:
        told |= {
            "number": report.number,
            "stage": report.stage.value,
            "documents": [_told(report, d) for d in report.manifest.documents],
        }
    return told


def _told(report: CargoReport, document: Any) -> dict[str, Any]:
    packages, mass = report.rest(document)
    told = {
        "number": document.number,
        "level": document.level.value,
        "packages": document.packages,
        "gross_mass": document.mass,
    }
    return told if report.is_grouped(document) else {**told, "left_packages": packages, "left_mass": mass}


def _print(path: Path, outcome: CargoOutcome, *, dry_run: bool) -> None:
    from rich.console import Console
    from rich.markup import escape

    out = Console(highlight=False)
    word = "in order" if dry_run and outcome.kind == "new" else WORDS[outcome.kind]
    number = f" as [bold]{outcome.report.number}[/bold]" if outcome.report and not dry_run else ""
    out.print(f"\n[bold]{escape(path.name)}[/bold]  {word}{number}")
    for problem in outcome.problems:
        colour = "yellow" if problem.severity == "warning" else "red"
        out.print(f"  [{colour}]{escape(str(problem))}[/{colour}]")
    if outcome.report is None:
        return
    told = outcome.report.manifest
    means = told.conveyance.name or told.conveyance.id
    out.print(
        f"  {escape(means)} {escape(told.voyage)}, {escape(told.reference)}, expected {told.expected or told.arrived}"
    )
    for document in told.documents:
        indent = "    " if document.level == "house" else "  "
        first = document.lines[0].description if document.lines else ""
        tail = ""
        if outcome.report.is_grouped(document):
            tail = " (goods are taken from its houses)"
        elif outcome.report.of(document.number).packages:
            tail = f", {outcome.report.rest(document)[0]} left"
        out.print(
            f"{indent}{escape(document.number)}  {document.packages} packages, {document.mass / 1000:g} kg{tail}  {escape(first[:60])}"
        )
    for box in told.equipment:
        seals = ", ".join(s.number for s in box.seals) or "no seal"
        out.print(f"  container {escape(box.number)} {escape(box.size_type)}: {escape(seals)}")
