"""`customhouse verify`: prove that the records are what they were."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import msgspec
import typer


def verify(json_: Annotated[bool, typer.Option("--json", help="For machines")] = False) -> None:
    """Recompute every hash, fold, root and signature; name every place that is broken. Exit code 1 when any is."""
    from rich.console import Console
    from rich.progress import Progress

    from customhouse.house import start
    from customhouse.house.options import setting

    start.connect_environment()
    start.setup_django()
    from customhouse.registry import proof

    with Progress(console=Console(stderr=True), transient=True, disable=json_ or not sys.stderr.isatty()) as bar:
        task = bar.add_task("Verifying declarations", total=None)
        report = proof.verify(
            setting("CUSTOMHOUSE_LOG_ORIGIN"), lambda done, of: bar.update(task, completed=done, total=of)
        )
    if json_:
        sys.stdout.write(json.dumps(msgspec.to_builtins(report) | {"sound": report.sound}) + "\n")
    else:
        _print(report)
    raise typer.Exit(0 if report.sound else 1)


SHOWN = 20


def _print(report: object) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    told = msgspec.to_builtins(report)
    console.print(
        f"{told['declarations']} declarations, {told['acts']} acts in {told['entries']} entries, {told['checkpoints']} checkpoints "
        f"({told['unsealed']} acts not sealed yet)"
    )
    if told["segments"]:
        console.print(f"parcels: {told['segments']} segment(s), {told['charges']} charge(s) as they were sealed")
    console.print(f"verifier key: {told['key']}")
    for place in told["broken"][:SHOWN]:
        console.print(f"[red]broken[/red] {place}")
    if len(told["broken"]) > SHOWN:
        console.print(f"... and {len(told['broken']) - SHOWN} more; --json names all")
    console.print(
        "[green]sound: every chain, snapshot, root and signature fits[/green]"
        if not told["broken"]
        else "[red]not sound[/red]"
    )
