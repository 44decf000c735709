"""`customhouse parcels bundle` and `judge`: parcels judged beside the register, by one process or by Spark."""

from __future__ import annotations

import json as json_text
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from customhouse.house.fault import HouseProblem

OK, PROBLEMS, UNREADABLE = 0, 1, 2
Declarant = Annotated[str, typer.Option(help="Number of who declares all parcels, e.g. XM100000009")]


class EngineName(StrEnum):
    """By what parcels are judged."""

    LOCAL = "local"
    SPARK = "spark"


def bundle(
    declarant: Declarant,
    to: Annotated[Path, typer.Option(help="Where the bundle goes; its owner alone may read it")],
    files: Annotated[int, typer.Option(min=1, max=10_000, help="How many files will be judged by it")] = 1,
) -> None:
    """Write what parcels are judged by into one file: the law of this moment, criteria, models, watch lists, what was declared
    today. It holds the key of the draws: keep it as you keep a password, and take it away when the work is done."""
    ready()
    from customhouse.house.bundle import made

    if to.exists():
        raise HouseProblem(f"{to} is there already: name another file")
    made_now = made(declarant, files)
    made_now.write(to)
    sys.stdout.write(f"{to}: for {files} file(s) of {declarant}, as of {made_now.at.isoformat(timespec='seconds')}\n")


def judge(  # noqa: PLR0913 - one argument per option
    files: Annotated[list[str], typer.Argument(help="Consolidations: paths or URLs (s3://, gs://, what fsspec knows)")],
    declarant: Declarant,
    to: Annotated[
        str, typer.Option(help="Folder for the verdicts, a path or URL: Parquet, and verdicts.json when all is done")
    ],
    bundle: Annotated[
        Path | None,
        typer.Option(help="What to judge by (`parcels bundle`); this moment's register where it is not said"),
    ] = None,
    engine: Annotated[EngineName, typer.Option(help="One process, or Spark")] = EngineName.LOCAL,
    master: Annotated[str, typer.Option(help="Master of Spark, e.g. local[2]; spark-submit's where it is empty")] = "",
    office: Annotated[str, typer.Option(help="Customs office, e.g. XM000040")] = "",
    mode: Annotated[str, typer.Option(help="Mode of transport at the border: 4 air, 5 post ...")] = "",
    chunk: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows that are judged at once")] = 50_000,
    json: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """Judge consolidations beside the register: the verdicts of `clear` as Parquet, and nothing is stored.

    Exit code 0 when all parcels were taken, 1 when any was refused or unreadable, 2 when a file could not be taken.
    """
    from customhouse.house.commands.parcels import have_arrow

    have_arrow()
    from customhouse.house import bundle as bundles
    from customhouse.house import judging
    from customhouse.kernel.problem import Refusal

    if bundle is None:
        ready()
        held = bundles.made(declarant, len(files))
    else:
        held = bundles.read(bundle)
    try:
        told = judging.judge(
            judging.Order(tuple(files), declarant, office, mode, to, chunk), held, engine.value, master
        )
    except (Refusal, OSError) as fault:
        problems = fault.problems if isinstance(fault, Refusal) else [fault]
        sys.stdout.write("not taken, there are no verdicts\n" + "".join(f"  {p}\n" for p in problems))
        raise typer.Exit(UNREADABLE) from None
    _tell(told, to, json=json)
    raise typer.Exit(PROBLEMS if {"refused", "unreadable"} & set(told.verdicts) else OK)


def ready() -> None:
    from customhouse.house.commands.parcels import have_arrow
    from customhouse.house.start import ensure_database

    have_arrow()
    ensure_database()


def _tell(told: Any, to: str, *, json: bool) -> None:
    if json:
        sys.stdout.write(json_text.dumps(msgspec.to_builtins(told)) + "\n")
        return
    from customhouse.house.commands.parcels import MEANING

    for file, number in told.files.items():
        sys.stdout.write(f"{file}: judged as consolidation {number}\n")
    for verdict, count in sorted(told.verdicts.items(), key=lambda one: -one[1]):
        sys.stdout.write(f"  {count:>10,} {verdict}: {MEANING[verdict]}\n")
    sys.stdout.write(f"  the verdicts are in {to}\n")
