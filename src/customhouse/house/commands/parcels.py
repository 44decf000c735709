"""`customhouse parcels`: consolidations of parcels cleared in columns, and one parcel opened afterwards."""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from customhouse.house.commands.parcels_beside import bundle, judge
from customhouse.house.fault import HouseProblem

if TYPE_CHECKING:
    from customhouse.house.consolidation import Cleared

app = typer.Typer(no_args_is_help=True, help="Clear consolidations of parcels, and open one parcel afterwards.")
OK, PROBLEMS, UNREADABLE = 0, 1, 2
Declarant = Annotated[str, typer.Option(help="Number of who declares all parcels, e.g. XM100000009")]
Lang = Annotated[str, typer.Option("--lang", help="Language of the sentences in the answer: en, fr")]
Json = Annotated[bool, typer.Option("--json", help="For machines")]


@app.command()
def clear(  # noqa: PLR0913 - one argument per option
    files: Annotated[
        list[Path],
        typer.Argument(help="Consolidations: JSON lines, CSV, postal items, WCO XML (also .gz), Parquet, Arrow"),
    ],
    declarant: Declarant,
    reference: Annotated[
        str, typer.Option(help="Reference of the consolidation; the file's name where it is empty")
    ] = "",
    office: Annotated[str, typer.Option(help="Customs office, e.g. XM000040")] = "",
    mode: Annotated[str, typer.Option(help="Mode of transport at the border: 4 air, 5 post ...")] = "",
    answer: Annotated[
        Path | None, typer.Option(help="Where the answer goes (.csv or .jsonl); beside the file where it is not said")
    ] = None,
    chunk: Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows that are judged and stored at once")] = 50_000,
    later: Annotated[bool, typer.Option("--later", help="Leave it to the worker of the house to open files")] = False,
    lang: Lang = "",
    json: Json = False,
) -> None:
    """Clear consolidations: every parcel gets a verdict, and the declarant one answer file with all of them.

    The files of parcels that are looked at are opened at the end, where no worker of the house does it.

    A file that was cleared before gives the same answer and stores nothing; one that was interrupted goes on where it stood.
    Exit code 0 when all parcels were taken, 1 when any was refused or unreadable, 2 when a file could not be taken.
    """
    if (reference or answer) and len(files) > 1:
        raise typer.BadParameter("--reference and --answer go with one file")
    _ready()
    from customhouse.registry import parcels

    _known(lang)
    if parcels.busy(declarant):
        sys.stderr.write(f"another consolidation of {declarant} is being cleared; this one waits for it\n")
    worst = OK
    for path in files:
        of = declarant, reference or path.name, office, mode
        worst = max(worst, _clear_one(path, of, answer, chunk, later=later, lang=lang, quiet=json))
    raise typer.Exit(worst)


def _clear_one(
    path: Path, of: tuple[str, str, str, str], answer: Path | None, chunk: int, *, later: bool, lang: str, quiet: bool
) -> int:
    from customhouse.clearance.parcel_file import ParcelProblem
    from customhouse.house import consolidation
    from customhouse.house.options import parcel_workers
    from customhouse.kernel.problem import Refusal
    from customhouse.record.parcel import Consolidation

    try:
        with _bar(f"Clearing {path.name}", quiet=quiet) as progress:
            done = consolidation.clear(
                path, Consolidation(*of), by="parcels", chunk=chunk, progress=progress, crew=parcel_workers
            )
    except OSError as fault:
        return _not_taken(path, [f"{fault.strerror or fault}"], quiet=quiet)
    except ParcelProblem as fault:
        raise HouseProblem(str(fault)) from None
    except Refusal as refusal:
        return _not_taken(path, _in_words(refusal.problems, lang), quiet=quiet)
    opened = False if later else _open(done.number, quiet=quiet)
    place = answer or path.with_name(f"{path.name}.answer.csv")
    _write(done.number, place, lang)
    _tell(path, done, place, quiet=quiet)
    _tell_of_files(done.number, opened=opened, quiet=quiet)
    return PROBLEMS if {"refused", "unreadable"} & set(done.counts) else OK


def _open(number: int, *, quiet: bool) -> bool:
    """Open the files of a consolidation; whether it was done here and not by a worker of the house."""
    from customhouse.clearance import parcel_opening as opening
    from customhouse.registry import parcel_opening

    if not parcel_opening.waiting(number) or parcel_opening.somebody_is_present():
        return False
    with _bar("Opening files", quiet=quiet) as progress:
        opening.open_all(number, progress)
    return True


def _tell_of_files(number: int, *, opened: bool, quiet: bool) -> None:
    """What is left of the files: those that the worker opens, and those that could not be opened, which nobody may overlook."""
    from customhouse.registry import parcel_opening

    if not opened and not quiet and (left := parcel_opening.waiting(number)):
        sys.stdout.write(
            f"  the files of {left} segments are opened by the worker of the house; `parcels open` does it here\n"
        )
    for alarm in parcel_opening.alarms(number):
        sys.stderr.write(f"parcel {alarm.parcel} has no file: {alarm.why}\n")


@app.command("open")
def open_files(
    alarms: Annotated[
        bool, typer.Option("--alarms", help="Only say which parcels could not be given their file")
    ] = False,
) -> None:
    """Open the files of parcels that wait for it, of all consolidations, and say which could not be opened and why.

    Several at once share the work. Exit code 1 where a parcel that should have a file has none.
    """
    _ready()
    from customhouse.clearance import parcel_opening as opening
    from customhouse.registry import parcel_opening, reader

    with reader.system():
        done = 0
        with _bar("Opening files", quiet=alarms) as progress:
            of = parcel_opening.waiting()
            while not alarms and opening.open_next() is not None:
                done += 1
                progress(done, max(of, done))
        found = parcel_opening.alarms(limit=1000)
    if not alarms:
        sys.stdout.write(f"the files of {done} segments were opened\n")
    for alarm in found:
        sys.stdout.write(f"parcel {alarm.parcel} has no file: {alarm.why}\n")
    raise typer.Exit(PROBLEMS if found else OK)


def _not_taken(path: Path, problems: Any, *, quiet: bool) -> int:
    if quiet:
        told = [p if isinstance(p, str) else {"rule": p.rule, "label": p.label, "hint": p.hint} for p in problems]
        sys.stdout.write(json_text.dumps({"file": str(path), "outcome": "not taken", "problems": told}) + "\n")
    else:
        sys.stdout.write(f"{path}: not taken, nothing is stored\n")
        for problem in problems:
            sys.stdout.write(f"  {problem}\n")
    return UNREADABLE


def _tell(path: Path, done: Cleared, place: Path, *, quiet: bool) -> None:
    if quiet:
        told = {"file": str(path), "answer": str(place), **msgspec.to_builtins(done)}
        sys.stdout.write(json_text.dumps(told) + "\n")
        return
    from customhouse.registry import parcel_charge

    how = {"same": "cleared before", "new": "cleared"}[done.kind]
    went_on = f", went on after row {done.resumed}" if done.resumed else ""
    sys.stdout.write(f"{path}: {how} as consolidation {done.number}{went_on}\n")
    for verdict, count in sorted(done.counts.items(), key=lambda one: -one[1]):
        sys.stdout.write(f"  {count:>10,} {verdict}: {MEANING[verdict]}\n")
    if (due := parcel_charge.of(done.number)) is not None:
        state = (
            f"{due.owed} of it to be paid"
            if due.owed.minor
            else "on a deferment account"
            if due.is_deferred
            else "paid"
        )
        sys.stdout.write(f"  due: {due.amount} for {due.parcels:,} parcels, {state}\n")
    sys.stdout.write(f"  the answer is in {place}\n")


MEANING = {
    "released": "green, nothing to pay; the goods may go",
    "due": "green; the goods may go when what is due on the consolidation is paid",
    "file": "has a file; the answer says why",
    "refused": "not accepted; mend it and send it again",
    "repeated": "declared before; it counts once",
    "unreadable": "no parcel could be read in the line",
}


def _known(lang: str) -> None:
    """Raises BadParameter for a language that the house has no words in."""
    from django.conf import settings

    if lang and lang not in (known := [code for code, _name in settings.LANGUAGES]):
        raise typer.BadParameter(f"--lang {lang}: there are sentences in {', '.join(known)}")


def _in_words(problems: Any, lang: str) -> list[Any]:
    from customhouse.desks.explain.parcels import Reasons

    return [Reasons(None, lang or "en").problem(one) for one in problems]


def _write(number: int, place: Path, lang: str = "") -> None:
    """The answer in one piece: until it is whole, it has another name. Raises HouseProblem where there is no room for it."""
    from customhouse.clearance import job

    part = place.with_name(f".{place.name}.part")
    try:
        with part.open("wb") as file:
            for block in job.answer(number, as_json=place.suffix in (".jsonl", ".json"), language=lang):
                file.write(block)
        part.replace(place)
    except OSError as fault:
        part.unlink(missing_ok=True)
        why = f"the answer cannot be written to {place}: {fault.strerror or fault}"
        again = "every verdict is stored; give the command again with --answer and a place that has room"
        raise HouseProblem(f"{why}. Consolidation {number}: {again}") from None


@app.command()
def answer(
    reference: Annotated[str, typer.Argument(help="Reference of the consolidation")],
    declarant: Declarant,
    to: Annotated[Path, typer.Option(help="Where the answer goes: .csv or .jsonl")],
    lang: Lang = "",
) -> None:
    """Write the answer of a consolidation again."""
    _ready()
    _known(lang)
    from customhouse.registry import parcels

    try:
        begun = parcels.by_reference(declarant, reference)
    except LookupError as fault:
        raise HouseProblem(str(fault)) from None
    if not begun.finished:
        raise HouseProblem(f"consolidation {begun.id} is not done: clear its file again, it goes on where it stood")
    _write(begun.id, to, lang)
    sys.stdout.write(f"the answer of consolidation {begun.id} is in {to}\n")


@app.command()
def why(mrn: Annotated[str, typer.Argument(help="MRN of the parcel")], json: Json = False) -> None:
    """Judge a parcel again under everything it was judged under, and print every reason. Nothing is stored."""
    _ready()
    from customhouse.clearance import parcel_file
    from customhouse.clearance.lodge import Outcome

    try:
        walk = parcel_file.again(mrn).walk
    except parcel_file.ParcelProblem as fault:
        raise HouseProblem(str(fault)) from None
    _print(mrn, Outcome("new", walk.declaration, walk.problems), json=json)


@app.command()
def file(mrn: Annotated[str, typer.Argument(help="MRN of the parcel")], json: Json = False) -> None:
    """Open the file of a parcel that rests in a segment: for a query, a claim, a return, an audit."""
    _ready()
    from customhouse.clearance import parcel_file
    from customhouse.clearance.lodge import Outcome

    try:
        made = parcel_file.file(mrn)
    except parcel_file.ParcelProblem as fault:
        raise HouseProblem(str(fault)) from None
    _print(mrn, Outcome("same", made), json=json)


def _print(mrn: str, outcome: Any, *, json: bool) -> None:
    from customhouse.house.commands.report import as_dict, print_outcome

    if json:
        sys.stdout.write(json_text.dumps(as_dict(outcome), ensure_ascii=False) + "\n")
    else:
        print_outcome(Path(mrn), outcome)


def have_arrow() -> None:
    """Raises HouseProblem without the extra that parcels need."""
    try:
        import numpy  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as fault:
        raise HouseProblem(f"parcels need the extra `parcels`: pip install customhouse[parcels] ({fault})") from None


app.command()(bundle)
app.command()(judge)


def _ready() -> None:
    have_arrow()
    from customhouse.house.start import ensure_database

    ensure_database()


@contextmanager
def _bar(what: str, *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """Says how much is done."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=quiet or not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)
