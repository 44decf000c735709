"""`customhouse law`: load, build, check, show, compare and publish the law of a country."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from customhouse.house.commands import history, law_load

if TYPE_CHECKING:
    from customhouse.law.book import Book
    from customhouse.law.measure import Measure

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Load, build, check, show, compare, publish and try out the law."
)
app.command()(law_load.load)
app.command()(law_load.kinds)
app.command()(history.replay)
app.command()(history.impact)
Pack = Annotated[
    str, typer.Argument(help="A country pack (directory), a compiled Book (file), or the name of a pack that ships")
]


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong in a pack is printed, one problem a line."""
    from customhouse.law.pack import PackError

    try:
        yield
    except PackError as wrong:
        for problem in wrong.problems:
            sys.stderr.write(f"{problem}\n")
        sys.stderr.write(f"{len(wrong.problems)} problem(s); the law was not compiled\n")
        raise typer.Exit(1) from None


def _bytes(pack: str) -> bytes:
    from customhouse.house.lawbooks import compiled

    with _told():
        return compiled(pack)


def opened(pack: str) -> Book:
    """The Book of a law by its name; ends the command when a pack is wrong, after telling all of it."""
    from customhouse.house.lawbooks import open_law

    with _told():
        return open_law(pack)


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
    book = opened(pack)
    c = book.contents
    sys.stdout.write(
        f"{book.title['en']} {book.version}: {len(c.lines)} lines, {len(c.measures)} measures, {len(c.rates)} rates, "
        f"{len(c.rules)} rules, {len(c.criteria)} criteria, {len(c.quotas)} quotas, {len(c.agreements)} agreements. "
        f"Hash {book.hash[:16]}\n"
    )


@app.command()
def show(
    code: Annotated[str, typer.Argument(help="Tariff code")],
    pack: Annotated[str, typer.Option(help="Pack or Book")] = "meridia",
    origin: Annotated[str, typer.Option(help="Country of origin")] = "",
    on: Annotated[str, typer.Option(help="Day, YYYY-MM-DD (default today)")] = "",
) -> None:
    """What the law says about a code on a day."""
    law = opened(pack).on(_day(on))
    line = law.line(code)
    if line is None:
        sys.stdout.write(f"The tariff has no line for {code}\n")
        raise typer.Exit(1)
    sys.stdout.write(f"{line.code}  {line.text['en']}" + (f"  [{line.unit}]" if line.unit else "") + "\n")
    notes = {f.code: f.text["en"] for f in law.contents.footnotes if f.validity.contains(law.date)}
    for measure in law.measures(code, origin):
        for words in _measure_words(measure, notes):
            sys.stdout.write(f"  {words}\n")


def _measure_words(m: Measure, notes: dict[str, str]) -> Iterator[str]:
    """A measure in full, the first line as the tariff prints it, what narrows it below."""
    words = m.expression_text or "documents: " + " or ".join(m.documents)
    claim = f" preference {m.preference}" if m.preference else ""
    until = f" to {m.validity.until}" if m.validity.until else ""
    yield f"{m.tax_type or 'doc':<4} {words:<32}{claim} {m.area:<4} {m.id:<12} {m.source} (from {m.validity.start}{until})"
    narrower = (
        ("season", str(m.season) if m.season else ""),
        ("additional code", m.additional_code),
        ("quota", m.order),
        ("except", " ".join(m.excluded)),
        ("procedures", " ".join(m.procedures)),
        ("proof", " or ".join(m.documents) if m.expression_text else ""),
        ("flow", m.flow if m.flow != "import" else ""),
    )
    if told := ", ".join(f"{name} {value}" for name, value in narrower if value):
        yield f"       {told}"
    for c in m.conditions:
        least = f" at {c.threshold} {c.currency}{' / ' if c.currency and c.unit else ''}{c.unit}" if c.threshold else ""
        what = f": {c.expression_text}" if c.expression_text else ""
        yield f"       condition {c.group}: {c.document or 'otherwise'}{least} -> {c.action}{what}"
    for code in m.footnotes:
        yield f"       note {code}: {notes.get(code, '')}"


@app.command()
def cases(
    pack: Annotated[str, typer.Argument(help="A country pack (directory), or one that ships")] = "meridia",
) -> None:
    """Walk the worked cases of a pack along the line. Exit code 1 when any is not what the house works out."""
    from customhouse.clearance.case import InvalidCase, judge, read
    from customhouse.house.commands.report import why
    from customhouse.law.book import Book
    from customhouse.law.pack import country_directory

    place = Path(pack) if Path(pack).is_dir() else country_directory(pack)
    book, right, wrong = Book.open(_bytes(pack)), 0, 0
    for path in sorted((place / "cases").glob("*.yaml")):
        try:
            found = read(path)
        except InvalidCase as fault:
            sys.stderr.write(f"{fault}\n")
            wrong += 1
            continue
        for judged in (judge(case, book) for case in found):
            right += not judged.differences
            wrong += bool(judged.differences)
            if judged.differences:
                sys.stdout.write(f"differs  {judged.name} ({path.name}; {judged.source})\n")
                sys.stdout.writelines(f"         {line}\n" for line in judged.differences)
                sys.stdout.writelines(f"         {due.type}: {why(due)}\n" for due in judged.duties)
    sys.stdout.write(f"{right} case(s) agree, {wrong} do not\n")
    raise typer.Exit(1 if wrong else 0)


@app.command()
def diff(old: Pack, new: Pack, on: Annotated[str, typer.Option(help="Day to compare on (default today)")] = "") -> None:
    """What differs between two editions of a law. Exit code 1 when anything does."""
    from customhouse.law.compare import compare

    changes = compare(opened(old), opened(new), _day(on), _day(on))
    for change in changes:
        sys.stdout.write(f"{change}\n")
    sys.stdout.write(f"{len(changes)} change(s)\n")
    raise typer.Exit(1 if changes else 0)


@app.command()
def quotas(on: Annotated[str, typer.Option(help="Day, YYYY-MM-DD (default today)")] = "") -> None:
    """What is left of every tariff quota of the law in force."""
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    from customhouse.clearance.quota import in_force
    from customhouse.registry import lawbook

    day = _day(on)
    for quota, stands in in_force(lawbook.current(day).on(day)):
        drawn = stands.volume - stands.left
        state = "exhausted" if not stands.left else "open"
        if stands.left and drawn * 1_000_000 >= quota.critical_ppm * stands.volume:
            state = "critical"
        sys.stdout.write(
            f"{quota.order}  {state:<9} {stands.left:f} of {stands.volume:f} {stands.unit} left, "
            f"{quota.text['en']} ({quota.validity.start} to {quota.validity.until}, {quota.source})\n"
        )


@app.command()
def draft(pack: Pack, by: Annotated[str, typer.Option(help="Who hands it in")] = "operator") -> None:
    """Hand in a draft for the desk, where it is tried on what is stored (*Draft laws*). It is in force nowhere."""
    data = _bytes(pack)
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    from customhouse.registry import law_drafts

    kept = law_drafts.keep(data, by=by, at=datetime.now(UTC))
    sys.stdout.write(f"handed in {kept.title} {kept.version}, {kept.hash[:16]}: /law/drafts/{kept.hash}\n")


@app.command()
def publish(
    pack: Pack,
    in_force: Annotated[str, typer.Option("--from", help="First day in force, YYYY-MM-DD (default today)")] = "",
    by: Annotated[str, typer.Option(help="Who publishes")] = "operator",
) -> None:
    """Publish a Book; every process uses it within a second, without a restart."""
    from customhouse.law.book import Book

    data = _bytes(pack)
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    from customhouse.registry import lawbook
    from customhouse.stream import publication

    # a rule that parcels cannot be held against would stop every consolidation
    if problems := publication.of_book(Book.open(data).on(_day(in_force))):
        for problem in problems:
            sys.stderr.write(f"{problem}\n")
        raise typer.Exit(1)
    book = lawbook.publish(data, by=by, in_force=_day(in_force))
    sys.stdout.write(f"published {book.title['en']} {book.version}, {book.hash[:16]}, in force from {_day(in_force)}\n")
