"""The `customhouse` command. Each verb lives in a module of its own, imported only when it is called.

Exit codes: 0 done; 1 done, and something was found wrong; 2 could not be done.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from customhouse.house.options import PARENT

# verb -> (module under house.commands, function or Typer in it, one line for --help)
VERBS: dict[str, tuple[str, str, str]] = {
    "up": ("up", "up", "Start the house: database, web, worker, simulated trade"),
    "down": ("up", "down", "Stop a house that runs elsewhere"),
    "status": ("up", "status", "Say what runs and how the records stand"),
    "clear": ("clear", "clear", "Hand in declarations and print what was decided, with reasons"),
    "parcels": ("parcels", "app", "Clear consolidations of parcels, and open one parcel afterwards"),
    "manifest": ("manifest", "manifest", "Hand in cargo reports and print what was decided"),
    "offline-form": (
        "offline_form",
        "offline_form",
        "Print the lodging form as one HTML file that works without a network",
    ),
    "verify": ("verify", "verify", "Prove that the records are what they were"),
    "treasury": ("treasury", "app", "Prove and print the books of the treasury"),
    "why": ("why", "why", "Explain a declaration: every amount, the lane, every act"),
    "risk": ("risk", "app", "Train, measure and explain targeting models"),
    "law": ("law", "app", "Load, build, check, show, compare and publish the law"),
    "names": ("names", "app", "Compare names, screen watch lists, and measure both"),
    "conformance": ("conformance", "conformance", "Run foreign material against the house"),
    "people": ("people", "app", "List, add and reset accounts"),
    "simulate": ("simulate", "simulate", "Trade with the house, or write simulated declarations"),
    "web": ("serve", "web", "The web process alone (up starts it)"),
    "worker": ("serve", "worker", "The worker process alone (up starts it)"),
    "migrate": ("up", "migrate", "Bring the tables up to date"),
}


class Verbs(TyperGroup):
    """Finds a verb's module only when it is asked for, so that the command starts at once."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The verb as the list of verbs shows it: its name and its line."""
        if cmd_name not in VERBS:
            return None
        line = VERBS[cmd_name][2]
        return TyperCommand(cmd_name, help=line, short_help=line)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The verb that is really asked for, by running it or by completing its line."""
        if args and args[0] in VERBS:
            return args[0], _load(args[0]), args[1:]
        return super().resolve_command(ctx, args)


def _load(verb: str) -> Any:
    module, name, line = VERBS[verb]
    found: Any = getattr(importlib.import_module(f"customhouse.house.commands.{module}"), name)
    if isinstance(found, typer.Typer):
        command = typer.main.get_command(found)
    else:
        one = typer.Typer(add_completion=False)
        one.command(verb)(found)
        command = typer.main.get_command(one)
    command.name, command.short_help = verb, line
    return command


app = typer.Typer(cls=Verbs, no_args_is_help=True, help="Open software for a national customs administration.")


@app.callback()
def _root() -> None:
    """Open software for a national customs administration."""


def main() -> None:
    """Run the command; what goes wrong is told in one block, without a trace of the program's insides."""
    if PARENT in os.environ:
        from customhouse.house.supervisor import tie_to_parent

        tie_to_parent()
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as fault:
        if not _foreseen(fault):
            raise
        sys.stderr.write(f"\ncustomhouse: {fault}\n")
        sys.exit(2)


def _foreseen(fault: Exception) -> bool:
    """Whether the fault is one of our own, the system's or the database's, whose words are meant for people."""
    module = type(fault).__module__
    ours = module.startswith("customhouse.") and not isinstance(fault, AssertionError)
    return ours or isinstance(fault, OSError) or module.startswith(("psycopg", "asyncpg", "django.db"))
