"""`customhouse treasury`: the books proved (`audit`), an account on paper (`statement`), the chart of accounts (`chart`)."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from customhouse.house.fault import HouseProblem

if TYPE_CHECKING:
    from customhouse.registry.treasury_audit import Report

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Prove and print the books of the treasury")
SHOWN = 20
Json = Annotated[bool, typer.Option("--json", help="For machines")]


def _ready() -> None:
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()


@app.command()
def audit(json_: Json = False) -> None:
    """Work out again everything that must agree: journals, balances, debts, limits, orders, receipts, the bank. Exit code 1
    when anything does not."""
    from rich.console import Console
    from rich.progress import Progress

    _ready()
    from customhouse.registry import treasury_audit

    with Progress(console=Console(stderr=True), transient=True, disable=json_ or not sys.stderr.isatty()) as bar:
        task = bar.add_task("Auditing the books", total=None)
        report = treasury_audit.audit(lambda done, of: bar.update(task, completed=done, total=of))
    if json_:
        sys.stdout.write(json.dumps(msgspec.to_builtins(report) | {"sound": report.sound}) + "\n")
    else:
        _print(report)
    raise typer.Exit(0 if report.sound else 1)


def _print(report: Report) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(
        f"{report.journals} journals with {report.postings} postings on {report.accounts} accounts, {report.orders} payment "
        f"orders; {report.declarations} declarations ({report.waiting} entries not booked yet)"
    )
    for finding in report.wrong[:SHOWN]:
        console.print(f"[red]wrong[/red] ({finding.check}) {finding.what}")
    if len(report.wrong) > SHOWN:
        console.print(f"... and {len(report.wrong) - SHOWN} more; --json names all")
    console.print(
        "[green]sound: the books balance and agree with the record[/green]"
        if report.sound
        else "[red]the books do not agree[/red]"
    )


@app.command()
def statement(
    account: Annotated[str, typer.Argument(help="kind:key, such as revenue:B00 or deferment:XM100000017/XMDPO00017")],
    last: Annotated[int, typer.Option(help="How many postings at most")] = 50,
    json_: Json = False,
) -> None:
    """The postings of an account, oldest first, with the balance after each."""
    _ready()
    from customhouse.registry import treasury_desk

    kind, _, key = account.partition(":")
    found = treasury_desk.statement(kind, key, last)
    if found is None:
        raise HouseProblem(f"there is no account {account}; `customhouse treasury chart` lists what kinds there are")
    if json_:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{account}  {found.balance}", box=None, pad_edge=False)
    for column, right in (("When", False), ("What", False), ("From", False), ("Amount", True), ("Balance", True)):
        table.add_column(column, justify="right" if right else "left")
    for line in found.lines:
        table.add_row(f"{line.at:%Y-%m-%d %H:%M}", line.text, line.source, str(line.amount), str(line.balance))
    Console(highlight=False, width=140).print(table)


@app.command()
def chart() -> None:
    """The chart of accounts, and every event with what it debits and credits."""
    from rich.console import Console
    from rich.table import Table

    from customhouse.offices.treasury.events import EVENTS
    from customhouse.record.account import CHART

    accounts = Table("Account", "Class", "What it counts", "Key", title="Chart of accounts", box=None, pad_edge=False)
    for kind, heading in CHART.items():
        accounts.add_row(kind.value, heading.of, heading.text, heading.key)
    events = Table("Event", "Debit", "Credit", "What happened", title="Events", box=None, pad_edge=False)
    for name, event in EVENTS.items():
        events.add_row(name, event.debit.value, event.credit.value, event.text)
    console = Console(highlight=False, width=140)
    console.print(accounts)
    console.print()
    console.print(events)
