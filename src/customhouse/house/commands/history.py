"""`customhouse law replay` and `customhouse law impact`: stored declarations judged again, as they were and as a draft would."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customhouse.house.commands.backtest import WHAT, Past, against, looks_a_day

if TYPE_CHECKING:
    from customhouse.clearance.impact import Change, Impact
    from customhouse.law.book import Book
    from customhouse.offices.risk.backtest import BackTest

EVER = (date(2000, 1, 1), date(2200, 1, 1))
On = Annotated[
    str,
    typer.Option(
        help="last-year, this-year, ever, a year, a month (2026-03), a day, or START..END, of which END is not included"
    ),
]
MOST = 20
HELD = {"documents": "for a document that the law asks for", "agency": "to be seen by another agency"}


def period(text: str, today: date) -> tuple[date, date]:
    """The days that a person names: (first, the day after the last). Raises BadParameter, saying what is understood."""
    if text in ("", "ever"):
        return EVER
    if text in ("last-year", "this-year"):
        year = today.year - (text == "last-year")
        return date(year, 1, 1), date(year + 1, 1, 1)
    try:
        if re.fullmatch(r"\d{4}", text):
            return date(int(text), 1, 1), date(int(text) + 1, 1, 1)
        if re.fullmatch(r"\d{4}-\d{2}", text):
            first = date.fromisoformat(f"{text}-01")
            return first, (first + timedelta(31)).replace(day=1)
        start, dots, until = text.partition("..")
        first = date.fromisoformat(start)
        last = date.fromisoformat(until) if dots else first + timedelta(1)
        if last > first:
            return first, last
    except ValueError:
        pass
    known = (
        "last-year, this-year, ever, 2026, 2026-03, 2026-03-15 or 2026-01-01..2026-07-01 (the last day is not included)"
    )
    raise typer.BadParameter(f"{text!r} is no time; write {known}", param_hint="--on")


def replay(
    on: On = "ever", json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False
) -> None:
    """Judge stored declarations again under the very law they were judged under, and compare every byte of the reasons.

    Exit code 1 when any differs: then the program, not the law, has changed.
    """
    _register()
    from customhouse.clearance.replay import again, as_recorded, differences, judged
    from customhouse.desks.whatif import published
    from customhouse.registry import history

    start, until = period(on, datetime.now(UTC).date())
    count, different = 0, []
    with bar(history.count(start, until), quiet=json) as done:
        for stored in history.accepted(start, until):
            done(1)
            if stored.declaration.acceptance is None:  # registered, and its goods have not come
                continue
            past = judged(stored.declaration, stored.taken)
            becomes = again(past.declaration, as_recorded(past, published))
            if found := differences(past.declaration, becomes):
                different.append({"mrn": past.declaration.mrn, "sections": list(found)})
            count += 1
    if json:
        _print_json({"from": start, "until": until, "declarations": count, "different": different})
    else:
        for one in different[:MOST]:
            sys.stdout.write(f"{one['mrn']} differs in {', '.join(one['sections'])}\n")
        sys.stdout.write(f"{count} declaration(s) judged again, {len(different)} differ\n")
    raise typer.Exit(1 if different else 0)


def impact(
    draft: Annotated[
        str, typer.Argument(help="The draft: a pack (directory), a compiled Book (file) or a pack that ships")
    ],
    on: On = "last-year",
    as_of: Annotated[
        str, typer.Option(help="Apply the draft as it stands on this day; default: on the day of each declaration")
    ] = "",
    of: Annotated[
        Past,
        typer.Option(
            help="Stored declarations, parcels, or both; parcels are judged in columns, and told without single taxes"
        ),
    ] = Past.DECLARATIONS,
    slow: Annotated[
        bool, typer.Option("--one-by-one", help="Judge every declaration by itself, without columns")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """What a draft would have brought in: stored declarations or parcels judged again, against the law they were judged under.

    Prints revenue before and after, and who pays more or less by chapter and by origin; which lanes change, the looks a day by office,
    those that the form would refuse; of declarations also who would be held, of parcels the files. Draws, officers' criteria and what models found stay as they
    were. Nothing is stored. With --as-of the rates of exchange stay those of each declaration's own day.
    """
    from customhouse.house.commands.law import opened

    book = opened(draft)
    _register()
    from customhouse.desks import whatif
    from customhouse.house.fault import HouseProblem
    from customhouse.house.paths import data_dir
    from customhouse.stream import trials

    start, until = period(on, datetime.now(UTC).date())
    stands = date.fromisoformat(as_of) if as_of else None
    asked = whatif.Asked(book, of.value, start, until, against().limits, stands, slow)
    begun = time.perf_counter(), time.process_time()
    try:
        with bar(trials.count(start, until, of.value), quiet=json) as done:
            sums = whatif.try_law(asked, data_dir(), done)
    except (trials.NoParcels, whatif.UnknownBook) as fault:
        raise HouseProblem(str(fault)) from None
    if json:
        _print_json(_told(sums, book, start, until))
    else:
        _print(sums, book, start, until, of.value)
        took = time.perf_counter() - begun[0], time.process_time() - begun[1]
        sys.stdout.write(f"in {took[0]:.1f} s, {took[1]:.1f} s of one processor\n")


def _register() -> None:
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()


@contextmanager
def bar(total: int, *, quiet: bool, doing: str = "Judging again") -> Iterator[Callable[[int], None]]:
    """A bar for a person who waits; call what it gives with the number of declarations done."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(doing, total=total)
        yield lambda more: progress.advance(task, more)


# --- telling ----------------------------------------------------------------------------------------------------------


def _print_json(told: dict[str, Any]) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(told)).decode() + "\n")


def _told(sums: Impact, book: Book, start: date, until: date) -> dict[str, Any]:
    import msgspec

    return {"draft": {"hash": book.hash, "version": book.version}, "from": start, "until": until} | msgspec.to_builtins(
        sums
    )


def _print(sums: Impact, book: Book, start: date, until: date, of: str) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(
        f"[bold]{book.title['en']} {book.version}[/bold] ({book.hash[:16]}) on {sums.declarations:,} {WHAT[of]} "
        f"from {start} until {until}, in {sums.currency}"
    )
    total = sums.total
    console.print(
        f"  revenue {_money(total.before, sums)} before, {_money(total.after, sums)} after: "
        f"[bold]{_signed(total, sums)}[/bold]; {sums.changed:,} of them change, {total.more:,} items pay more, "
        f"{total.less:,} less"
    )
    if sums.singly:
        console.print(f"  {sums.singly:,} of them were judged one by one, the others in columns")
    for title, changes in (("tax", sums.taxes), ("chapter", sums.chapters), ("origin", sums.origins)):
        if moved := [(key, c) for key, c in changes.items() if c.before != c.after or c.more or c.less]:
            console.print(_table(title, moved, sums))
    if sums.lanes is not None:
        _print_lanes(sums, sums.lanes, console)
    for mrn, why in sums.unjudged[:MOST]:
        console.print(f"  [yellow]left out[/yellow] {mrn}: {why}")
    if more := len(sums.unjudged) - MOST if len(sums.unjudged) > MOST else 0:
        console.print(f"  and {more:,} more")
    moved = sums.lanes.hits if sums.lanes is not None else 0
    if not (sums.changed or moved or sums.refused) and sums.declarations:
        console.print("  The draft changes nothing on those days. If it begins later, say --as-of DAY.")


def _print_lanes(sums: Impact, lanes: BackTest, console: Any) -> None:
    """Who would go where, and what that asks of officers."""
    what = WHAT[lanes.of]
    console.print(
        f"  the lane of [bold]{lanes.hits:,}[/bold] of {lanes.declarations:,} {what} changes; {lanes.looks:+,} looks, "
        f"{lanes.work // 60:,} hours of work"
    )
    if sums.of != "declarations":
        console.print(f"  {sums.files[0]:,} parcels have files, {sums.files[1]:,} would")
    for kind, (more, less) in sorted(sums.holds.items()):
        console.print(f"  {more:,} more would be held {HELD[kind]}, {less:,} no more")
    console.print(f"  known finds among them: {lanes.caught.count:,} of {lanes.caught.of:,}")
    for rule, count in sorted(sums.refused.items(), key=lambda one: -one[1])[:MOST]:
        console.print(f"  [yellow]the form would refuse[/yellow] {count:,} for {rule}; they are in no other sum")
    if sums.unread:
        console.print(f"  {sums.unread:,} keep their lane: what is recorded of their files has not been read yet")
    from rich.table import Table

    table = Table("from", "to", what, title="lanes that change", title_justify="left")
    for move in lanes.moves:
        table.add_row(move.before.value, move.after.value, f"{move.declarations:,}")
    if lanes.moves:
        console.print(table)
        console.print(looks_a_day(lanes.workload))


def _table(title: str, moved: list[tuple[str, Change]], sums: Impact) -> Any:
    """The greatest changes, losers (who pay more) first."""
    from rich.table import Table

    table = Table(title=f"by {title}", title_justify="left")
    table.add_column(title)
    counted = title != "tax"
    for name in ("before", "after", "change", *(("items", "pay more", "pay less") if counted else ())):
        table.add_column(name, justify="right")
    greatest = sorted(moved, key=lambda pair: -abs(pair[1].difference))[:MOST]
    for key, c in sorted(greatest, key=lambda pair: (-pair[1].difference, pair[0])):
        colour = "red" if c.difference > 0 else "green"
        counts = (f"{c.items:,}", f"{c.more:,}", f"{c.less:,}") if counted else ()
        change = f"[{colour}]{_signed(c, sums)}[/{colour}]"
        table.add_row(key, _money(c.before, sums), _money(c.after, sums), change, *counts)
    if len(moved) > len(greatest):
        table.caption = f"the {MOST} greatest of {len(moved)}"
    return table


def _amount(minor: int, sums: Impact) -> Any:
    from customhouse.kernel.money import Money

    return Money(minor, sums.currency).amount


def _money(minor: int, sums: Impact) -> str:
    return f"{_amount(minor, sums):,}"


def _signed(c: Change, sums: Impact) -> str:
    part = f" ({Decimal(c.difference) * 100 / c.before:+.1f} %)" if c.before else ""
    return f"{_amount(c.difference, sums):+,}{part}"
