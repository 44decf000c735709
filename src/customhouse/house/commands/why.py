"""`customhouse why MRN`: one declaration explained, every amount and every act."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from customhouse.house.commands.report import print_outcome


def why(mrn: Annotated[str, typer.Argument(help="MRN, or the number of a declaration")]) -> None:
    """Print what was decided on a declaration, why, and what has happened to it."""
    from rich.console import Console

    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    from customhouse.clearance.lodge import Outcome
    from customhouse.registry import files

    declaration = files.get(int(mrn) if mrn.isdigit() and len(mrn) < 18 else mrn.upper())
    print_outcome(Path(declaration.lrn or mrn), Outcome("new", declaration, declaration.problems))
    console = Console(highlight=False)
    leaves = iter(files.leaves(declaration.id))
    for entry in files.entries(declaration.id):
        for act in entry.acts:
            console.print(
                f"  {entry.at:%Y-%m-%d %H:%M:%S}  {act.name:<16} {entry.role.value:<10} {entry.by:<14} [dim]{next(leaves).hex()[:16]}[/dim]"
            )
