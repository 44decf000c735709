"""The `customhouse` command. Each verb lives in a module of its own, imported only when it is called.

Exit codes: 0 done; 1 done, and something was found wrong; 2 could not be done.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click
import typer
from typer.core import TyperGroup

# verb -> (module under house.commands, function or Typer in it, one line for --help)
VERBS: dict[str, tuple[str, str, str]] = {
    "up": ("up", "up", "Start the house: database, web, worker, simulated trade"),
    "down": ("up", "down", "Stop a house that runs elsewhere"),
    "status": ("up", "status", "Say what runs and how the records stand"),
    "clear": ("clear", "clear", "Hand in declarations and print what was decided, with reasons"),
    "verify": ("verify", "verify", "Prove that the records are what they were"),
    "why": ("why", "why", "Explain a declaration: every amount, the lane, every act"),
    "law": ("law", "app", "Build, check, show, compare and publish the law"),
    "conformance": ("conformance", "conformance", "Run foreign material against the house"),
    "simulate": ("simulate", "simulate", "Trade with the house, or write simulated declarations"),
    "web": ("serve", "web", "The web process alone (up starts it)"),
    "worker": ("serve", "worker", "The worker process alone (up starts it)"),
    "migrate": ("up", "migrate", "Bring the tables up to date"),
}


class Verbs(TyperGroup):
    """Finds a verb's module only when it is asked for, so that the command starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        if "--help" in sys.argv[1:2] or ctx.resilient_parsing:
            return click.Command(cmd_name, help=VERBS[cmd_name][2], short_help=VERBS[cmd_name][2])
        module, name, line = VERBS[cmd_name]
        found: Any = getattr(importlib.import_module(f"customhouse.house.commands.{module}"), name)
        if isinstance(found, typer.Typer):
            command = typer.main.get_command(found)
        else:
            single = typer.Typer(add_completion=False)
            single.command(cmd_name)(found)
            command = typer.main.get_command(single)
        command.short_help = line
        return command


app = typer.Typer(cls=Verbs, no_args_is_help=True, help="Open software for a national customs administration.")


@app.callback()
def _root() -> None:
    """Open software for a national customs administration."""


def main() -> None:
    """Run the command; what goes wrong is told in one block, without a trace of the program's insides."""
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as fault:
        from customhouse.house.embedded import DatabaseProblem
        from customhouse.kernel.problem import Refusal

        known = (DatabaseProblem, Refusal, RuntimeError, FileNotFoundError, PermissionError, LookupError)
        if not isinstance(fault, known) and not _database_fault(fault):
            raise
        sys.stderr.write(f"\ncustomhouse: {fault}\n")
        sys.exit(2)


def _database_fault(fault: Exception) -> bool:
    return type(fault).__module__.split(".")[0] in ("psycopg", "psycopg_pool") or "django.db" in type(fault).__module__
