"""`customhouse law load`: read a foreign tariff or list into a layer of a country pack, and account for every record."""

from __future__ import annotations

import json as json_text
import sys
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

if TYPE_CHECKING:
    from customhouse.house.loading import Outcome

MAX_SHOWN = 50


def load(  # noqa: PLR0913 - the options of a command
    kind: Annotated[str, typer.Argument(help="What the files are; `customhouse law kinds` lists them")],
    files: Annotated[list[Path], typer.Argument(help="Files, folders or archives")],
    to: Annotated[Path, typer.Option("--to", help="The layer to load into, PACK/LAYER")],
    source: Annotated[str, typer.Option(help="Legal source to cite where the files name none")] = "",
    first: Annotated[str, typer.Option("--from", help="First day in force where the files name none, YYYY-MM-DD")] = "",
    column: Annotated[str, typer.Option(help="Column of rates, in a table that has several")] = "",
    digits: Annotated[int, typer.Option(help="Significant digits of cross rates of exchange", min=4, max=28)] = 10,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Load what is good, leave out what is bad")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse for warnings too")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change, write nothing")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Load foreign files into a layer: all of them or nothing, the same files twice change nothing."""
    from customhouse.house.loading import Wish, load
    from customhouse.kernel.problem import Refusal

    wish = Wish(
        skip_bad=skip_bad,
        strict=strict,
        dry_run=dry_run,
        source=source,
        first=date.fromisoformat(first) if first else None,
        column=column,
        digits=digits,
    )
    try:
        with _progress() as tick:
            outcome = load(kind, files, to, wish, tick)
    except Refusal as refusal:
        _refused(refusal.problems, json)
        raise typer.Exit(1) from None
    if json:
        sys.stdout.write(json_text.dumps(_object(outcome), ensure_ascii=False, indent=1) + "\n")
    else:
        _print(outcome, to)


def kinds() -> None:
    """List the kinds of files that can be loaded."""
    from customhouse.house.loading import KINDS

    for name, kind in KINDS.items():
        sys.stdout.write(f"{name:<14} {kind.title}\n")


def _progress() -> AbstractContextManager[Any]:
    """A bar on standard error where a person watches."""
    if not sys.stderr.isatty():
        return nullcontext(None)
    from contextlib import contextmanager

    from rich.console import Console
    from rich.progress import Progress

    @contextmanager
    def shown() -> Any:
        with Progress(console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task("Loading", total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    return shown()


def _object(outcome: Outcome) -> dict[str, Any]:
    reading = outcome.reading
    return {
        "written": outcome.written,
        "records": msgspec.to_builtins(reading.account),
        "changes": msgspec.to_builtins(outcome.changes),
        "problems": msgspec.to_builtins(reading.problems),
    }


def _refused(problems: tuple[Any, ...], json: bool) -> None:
    if json:
        told = {"written": False, "problems": msgspec.to_builtins(problems)}
        sys.stdout.write(json_text.dumps(told, ensure_ascii=False, indent=1) + "\n")
        return
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    count = sum(1 for p in problems if p.severity == "error") or len(problems)
    sys.stderr.write(f"{count} problem(s); nothing was loaded, the layer is as it was\n")


def _print(outcome: Outcome, to: Path) -> None:
    write = sys.stdout.write
    account = outcome.reading.account
    detail = ", ".join(f"{n} {word}" for word, n in account.detail.items() if n)
    taken = f"{account.taken} taken" + (f" ({detail})" if detail else "")
    write(f"{account.read} records: {taken}, {account.noted} kept as a note only, {account.refused} not understood\n")
    for change in outcome.changes:
        counts = f"+{change.added} ~{change.changed} -{change.removed} ={change.same}"
        write(f"  {change.part:<14} {counts}\n")
    _warnings(outcome)
    if not outcome.written:
        write(f"{to} is as it was\n")
        return
    write(f"{to} is written; see what it says with: git diff {to}\n")
    if not outcome.listed:
        write(
            f'The law of the pack does not have it yet: add "{to.name}" to `layers` in {to.parent / "country.toml"}\n'
        )
    write(f"Next: customhouse law check {to.parent}\n")


def _warnings(outcome: Outcome) -> None:
    """What was found, the first of each rule in full, the rest counted."""
    problems = outcome.reading.problems
    for problem in problems[:MAX_SHOWN]:
        sys.stdout.write(f"  {problem}\n")
    left = Counter(p.rule for p in problems[MAX_SHOWN:])
    if left:
        told = ", ".join(f"{n} {rule}" for rule, n in left.most_common())
        sys.stdout.write(f"  and {told}; --json lists them all\n")
