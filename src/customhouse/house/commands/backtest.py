"""`customhouse risk backtest`: a rule tried on past declarations, before anybody decides to use it."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customhouse.house.fault import HouseProblem
from customhouse.record.lanes import Lane

if TYPE_CHECKING:
    from collections.abc import Sequence

    from customhouse.offices.risk.backtest import BackTest, Group
    from customhouse.offices.risk.share import Share
    from customhouse.offices.risk.workload import Workload
    from customhouse.stream.trials import Against

MOST = 12


class Past(StrEnum):
    """What a rule is tried on."""

    DECLARATIONS = "declarations"
    PARCELS = "parcels"
    BOTH = "both"


def backtest(  # noqa: PLR0913 - one argument per option
    rule: Annotated[
        list[str], typer.Option(help="The rule, e.g. \"starts(code, '64') and value_per_kg < 600\"; may be repeated")
    ],
    lane: Annotated[Lane, typer.Option(help="The lane that it would ask for")] = Lane.YELLOW,
    since: Annotated[str, typer.Option("--from", help="First day, 2026-01-01; default: a year ago")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day, which is included; default: today")] = "",
    replaces: Annotated[str, typer.Option(help="The rule in force (its id) that it would take the place of")] = "",
    of: Annotated[
        Past, typer.Option(help="What it is tried on; parcels that have files count as parcels")
    ] = Past.DECLARATIONS,
    slow: Annotated[bool, typer.Option("--one-by-one", help="Without columns; not for parcels")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Try a rule on past declarations, parcels or both: hits, finds, lanes, workload, whom it chooses, and what else chose the same.

    Nothing is recorded. Exit code 1 when there is a warning that its author would have to confirm.
    """
    from customhouse.house import start
    from customhouse.house.commands.history import bar
    from customhouse.law.rules.syntax import RuleError
    from customhouse.offices.risk.backtest import Trial

    first, last = days(since, until)
    start.connect_environment()
    start.setup_django()
    from customhouse.house.paths import data_dir
    from customhouse.registry import lawbook
    from customhouse.stream import trials as past
    from customhouse.stream.rows import NotInColumns

    trials = [Trial(f"rule {n}" if len(rule) > 1 else "rule", one, lane, replaces) for n, one in enumerate(rule, 1)]
    folder = None if slow else data_dir() / past.FOLDER
    try:
        with bar(past.count(first, last, of.value), quiet=json, doing="Trying out") as done:
            found = past.try_out(trials, first, last, against(), of=of.value, folder=folder, tick=done)
    except (RuleError, NotInColumns, past.NoParcels) as fault:
        raise HouseProblem(f"The rule cannot be used: {fault}") from None
    found = past.with_mrns(found, lawbook.current(last).on(last).country)
    if json:
        import msgspec

        sys.stdout.write(msgspec.json.format(msgspec.json.encode(found)).decode() + "\n")
    else:
        for one in found:
            print_tried(one)
    raise typer.Exit(1 if any(w.confirmed for one in found for w in one.warnings) else 0)


def against() -> Against:
    """The lists and the rules of today: those of the law, and those of the officers."""
    from customhouse.clearance import sight
    from customhouse.house.options import looks, setting
    from customhouse.offices.risk.backtest import Limits
    from customhouse.registry import lawbook
    from customhouse.stream.trials import Against

    now = datetime.now(UTC)
    law = lawbook.current(now.date()).on(now.date())
    selectivity = sight.selectivity(now)
    rules = (*(c for c in law.contents.criteria if c.validity.contains(now.date())), *selectivity.criteria)
    limits = Limits(look_minutes=int(setting("CUSTOMHOUSE_LOOK_MINUTES")), looks=looks())
    return Against({**law.lists, **selectivity.lists}, {c.id: Lane(c.lane) for c in rules}, limits)


def days(since: str, until: str) -> tuple[date, date]:
    """The time that a command names: (first day, the day after the last)."""
    today = datetime.now(UTC).date()
    try:
        last = date.fromisoformat(until) if until else today
        first = date.fromisoformat(since) if since else date.fromordinal(max(1, last.toordinal() - 365))
    except ValueError as fault:
        raise typer.BadParameter(f"{fault}; write a day as 2026-01-31") from None
    if first > last:
        raise typer.BadParameter(f"the time ends on {last}, before it begins on {first}")
    return first, date.fromordinal(last.toordinal() + 1)


WHAT = {"declarations": "declarations", "parcels": "parcels", "both": "declarations and parcels"}


# --- telling ----------------------------------------------------------------------------------------------------------


def print_tried(one: BackTest, title: str = "") -> None:
    """A back-test for a person; `title` stands where there is no rule to tell."""
    from rich.console import Console
    from rich.markup import escape

    from customhouse.law.rules.told import say, told

    console = Console(highlight=False)
    said = title or f"{one.lane.value}: {'; '.join(say(p) for p in told(one.expression))}"
    console.print(f"[bold]{escape(said)}[/bold]")
    console.print(
        f"  {one.declarations:,} {WHAT[one.of]} of {one.since} to {one.until}: [bold]{one.hits:,} hits[/bold] "
        f"({_percent(one.hit_share)}), {one.only:,} that nothing else chose; undecided in {one.undecided:,}"
    )
    console.print(
        f"  finds in {one.precision.count:,} of {one.precision.of:,} hits that were examined ({_percent(one.precision)}); today "
        f"{_percent(one.today)} of all that is examined"
    )
    console.print(
        f"  of hits drawn at random {one.random.count:,} of {one.random.of:,} ({_percent(one.random)}); of all drawn at random "
        f"{_percent(one.random_today)}"
    )
    console.print(f"  revenue found on hits {one.revenue:,} of {one.revenue_today:,}, in minor units")
    console.print(
        f"  it would have caught {one.caught.count:,} of {one.caught.of:,} finds ({_percent(one.caught)}); hits are worth "
        f"{one.value:,}, and {one.payable:,} was payable on them"
    )
    console.print(f"  {one.looks:+,} looks, {one.work // 60:,} hours of work")
    if len(one.asked) > 1:
        console.print("  asked for " + ", ".join(f"{lane} {many:,}" for lane, many in one.asked.items()))
    console.print(f"  the lane stays as it was for {one.unmoved.count:,} ({_percent(one.unmoved)})")
    console.print(f"  delay {one.delay // 60:,} hours in all, by how long the lanes usually took")
    for table in _tables(one):
        console.print(table)
    for warning in one.warnings:
        console.print(f"  [yellow]{'to be confirmed: ' if warning.confirmed else ''}{warning.text}[/yellow]")


def _tables(one: BackTest) -> list[Any]:
    lanes = [(lane, one.before[lane], one.after[lane], one.median[lane]) for lane in one.before]
    overlaps = [(o.rule, o.fired, o.both, f"{o.jaccard / 10_000:.1f} %") for o in one.overlaps[:MOST]]
    months = [(m.month, m.declarations, m.hits, m.examined, m.finds) for m in one.months]
    sides = [(b.of, b.declarations, b.hits, f"{b.hits / max(1, b.declarations):.2%}", b.looks, b.caught.count, b.value, b.payable)
             for b in one.beside]  # fmt: skip
    shown = [(h.mrn or str(h.number), str(h.day), h.lane.value, h.value) for h in one.sample]
    found = [
        _table("side by side", ("", "in all", "hits", "share", "more looks", "finds caught", "value", "payable"), sides),
        _table("lanes", ("lane", "as it was", "with the draft", "minutes, median"), lanes),
        looks_a_day(one.workload),
        *(_table(title, ("", "hits", "examined", "finds"), _rows(groups)) for title, groups in
          (("importers", one.importers), ("declarants", one.declarants), ("chapters", one.chapters), ("headings", one.headings),
           ("origins", one.origins))),
        _table("chosen by others too", ("rule", "fired", "both", "share of either"), overlaps),
        _table("some of the hits", ("MRN", "day", "lane as it was", "value"), shown),
        _table("months", ("month", "declarations", "hits", "examined", "finds"), months),
    ]  # fmt: skip
    return [table for table in found if table.row_count]


def looks_a_day(found: Sequence[Workload], most: int = MOST) -> Any:
    """What a draft asks of officers, office by office."""
    rows = [(w.office or "-", w.came, w.before, w.after, w.before_a_day, w.after_a_day,
             f"{w.capacity or '-'}{' !' if w.is_over else ''}", f"{w.minutes:+,}") for w in found[:most]]  # fmt: skip
    heads = ("office", "came in", "looks", "with it", "a day", "with it", "can do", "minutes a day")
    return _table("looks (YELLOW or RED), by office", heads, rows)


def _rows(groups: tuple[Group, ...]) -> list[tuple[Any, ...]]:
    return [(g.name or "-", g.hits, g.examined, g.finds) for g in groups]


def _table(title: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for n, name in enumerate(columns):
        table.add_column(name, justify="right" if n else "left", no_wrap=not n)
    for row in rows:
        table.add_row(*(f"{v:,}" if isinstance(v, int) else escape(str(v)) for v in row))
    return table


def _percent(share: Share) -> str:
    if share.ppm is None or share.low is None or share.high is None:
        return "not known"
    return f"{share.ppm / 10_000:.1f} %, {share.low / 10_000:.1f} to {share.high / 10_000:.1f}"
