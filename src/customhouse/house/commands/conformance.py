"""`customhouse conformance`: run foreign material against the house and print where both agree."""

from __future__ import annotations

import json as json_text
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from customhouse.house.conformance import Report

PASSED, MISMATCHED, NOT_RUN = 0, 1, 2
MAX_EXPLAINED = 20


def conformance(
    subject: Annotated[str, typer.Argument(help="What to judge: cds, ens ...")],
    directory: Annotated[Path, typer.Argument(help="Folder, file or archive with the material; any layout and names")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
    schema: Annotated[
        Path | None, typer.Option(help="Folder with the official schemas; else those found among the material")
    ] = None,
    tariff: Annotated[
        Path | None, typer.Option(help="File with the rates of duty (CSV, may be gzipped); else one among the material")
    ] = None,
    rules: Annotated[
        Path | None, typer.Option(help="Rule files (file, folder, archive); else those found with the material")
    ] = None,
) -> None:
    """Judge every file in DIRECTORY (archives are opened in place) and sum up: agree, explained, mismatch.

    Exit code 0 when nothing mismatches, 1 on any mismatch, 2 when there was nothing to judge or it could not be run.
    """
    from customhouse.house.conformance import run
    from customhouse.kernel.problem import Refusal

    try:
        with _progress() as tick:
            report = run(subject, directory, schema, tick, rules=rules, tariff=tariff)
    except Refusal as refusal:
        for problem in refusal.problems:
            sys.stderr.write(f"{problem}\n")
        raise typer.Exit(NOT_RUN) from None
    if json:
        sys.stdout.write(json_text.dumps(report.as_dict(), ensure_ascii=False, indent=1) + "\n")
    else:
        _print(report)
    if report.mismatch:
        raise typer.Exit(MISMATCHED)
    raise typer.Exit(PASSED if report.cases else NOT_RUN)


def _progress() -> AbstractContextManager:  # type: ignore[type-arg]
    """A bar on standard error where a person watches; yields what to tell the progress to, or None."""
    if not sys.stderr.isatty():
        return nullcontext(None)
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import Progress

    @contextmanager
    def shown():  # type: ignore[no-untyped-def]
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Judging", total=None)
            yield lambda done, expected: bar.update(task, completed=done, total=expected)

    return shown()


def _print(report: Report) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    sums = Table("subject", "agree", "explained", "mismatch", "left out", title="Conformance")
    figures = (report.agree, report.explained, report.mismatch, report.skipped)
    sums.add_row(report.subject, *(str(figure) for figure in figures))
    console.print(sums)
    told = [c for c in report.cases if c.verdict == "mismatch"]
    told += [c for c in report.cases if c.verdict == "explained"][:MAX_EXPLAINED]
    for case in told:
        console.print(f"[bold]{case.verdict}[/bold] {escape(case.id)}")
        console.print(f"  expected: {escape(case.expected)}\n  got: {escape(case.got)}")
        if case.reason:
            console.print(f"  reason: {escape(case.reason)}")
