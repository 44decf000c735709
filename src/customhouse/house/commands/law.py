"""`customhouse law`: load, build, check, show, compare and publish the law of a country."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from customhouse.house.commands import law_load

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Load, build, check, show, compare and publish the law."
)
app.command()(law_load.load)
app.command()(law_load.kinds)
Pack = Annotated[
    str, typer.Argument(help="A country pack (directory), a compiled Book (file), or the name of a pack that ships")
]


def _bytes(pack: str) -> bytes:
    from customhouse.law.book import compile_pack
    from customhouse.law.pack import PackError, country_directory

    path = Path(pack)
    if path.is_file():
        return path.read_bytes()
    try:
        return compile_pack(path if path.is_dir() else country_directory(pack))
    except PackError as wrong:
        for problem in wrong.problems:
            sys.stderr.write(f"{problem}\n")
        sys.stderr.write(f"{len(wrong.problems)} problem(s); the law was not compiled\n")
        raise typer.Exit(1) from None


def _day(text: str) -> date:
    return date.fromisoformat(text) if text else datetime.now(UTC).date()


@app.command()
def build(pack: Pack, to: Annotated[Path, typer.Option(help="File to write")] = Path("law.book")) -> None:
    """Compile a pack to one file and print its hash."""
    from customhouse.law.book import Book

    data = _bytes(pack)
    to.write_bytes(data)
    sys.stdout.write(f"{Book.open(data).hash}  {to}\n")


@app.command()
def check(pack: Pack) -> None:
    """Read a pack and report everything that is wrong in it, with file and line."""
    from customhouse.law.book import Book

    book = Book.open(_bytes(pack))
    c = book.contents
    sys.stdout.write(
        f"{book.title['en']} {book.version}: {len(c.lines)} lines, {len(c.measures)} measures, {len(c.rates)} rates, "
        f"{len(c.rules)} rules, {len(c.criteria)} criteria. Hash {book.hash[:16]}\n"
    )


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="Tariff code")],
    pack: Annotated[str, typer.Option(help="Pack or Book")] = "meridia",
    origin: Annotated[str, typer.Option(help="Country of origin")] = "",
    on: Annotated[str, typer.Option(help="Day, YYYY-MM-DD (default today)")] = "",
) -> None:
    """What the law says about a code on a day."""
    from customhouse.law.book import Book

    law = Book.open(_bytes(pack)).on(_day(on))
    line = law.line(code)
    if line is None:
        sys.stdout.write(f"The tariff has no line for {code}\n")
        raise typer.Exit(1)
    sys.stdout.write(f"{line.code}  {line.text['en']}" + (f"  [{line.unit}]" if line.unit else "") + "\n")
    for m in law.measures(code, origin):
        words = m.expression_text or "documents: " + " or ".join(m.documents)
        claim = f" preference {m.preference}" if m.preference else ""
        until = f" to {m.validity.until}" if m.validity.until else ""
        sys.stdout.write(
            f"  {m.tax_type or 'doc':<4} {words:<32}{claim} {m.area:<4} {m.id:<12} {m.source} (from {m.validity.start}{until})\n"
        )


@app.command()
def diff(old: Pack, new: Pack, on: Annotated[str, typer.Option(help="Day to compare on (default today)")] = "") -> None:
    """What differs between two editions of a law. Exit code 1 when anything does."""
    from customhouse.law.book import Book
    from customhouse.law.compare import compare

    changes = compare(Book.open(_bytes(old)), Book.open(_bytes(new)), _day(on), _day(on))
    for change in changes:
        sys.stdout.write(f"{change}\n")
    sys.stdout.write(f"{len(changes)} change(s)\n")
    raise typer.Exit(1 if changes else 0)


@app.command()
def publish(
    pack: Pack,
    in_force: Annotated[str, typer.Option("--from", help="First day in force, YYYY-MM-DD (default today)")] = "",
    by: Annotated[str, typer.Option(help="Who publishes")] = "operator",
) -> None:
    """Publish a Book; every process uses it within a second, without a restart."""
    data = _bytes(pack)
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    from customhouse.registry import lawbook

    book = lawbook.publish(data, by=by, in_force=_day(in_force))
    sys.stdout.write(f"published {book.title['en']} {book.version}, {book.hash[:16]}, in force from {_day(in_force)}\n")
