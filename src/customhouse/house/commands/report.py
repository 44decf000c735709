"""How a decision is told on a terminal and to machines: one declaration, everything with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from customhouse.kernel.problem import Problem
from customhouse.record.declaration import Declaration, DutyTaxFee

if TYPE_CHECKING:
    from customhouse.clearance.lodge import Outcome

COLOUR = {"GREEN": "green", "BLUE": "blue", "YELLOW": "yellow", "RED": "red"}


def as_dict(outcome: Outcome) -> dict[str, Any]:
    """The whole outcome for machines: the same fields as the terminal report, nothing computed twice."""
    d = outcome.declaration
    told: dict[str, Any] = {"outcome": outcome.kind, "problems": _plain(outcome.problems)}
    if d is None:
        return told
    told |= {"id": d.id, "mrn": d.mrn, "lrn": d.lrn, "stage": d.stage.value, "lane": d.lane and d.lane.value}
    if d.selection:
        told["lane_reasons"] = _plain(d.selection.reasons)
    if d.assessed:
        told["duties"] = [{**_plain(due), "why": why(due)} for due in d.assessed.duties]
        told["securities"] = _plain(d.assessed.securities)
        told["payable"] = {"amount": str(d.assessed.payable.amount), "currency": d.assessed.payable.currency}
    told["holds"] = _plain(d.holds)
    told["released"] = d.released.at.isoformat() if d.released else None
    return told


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=str)


def why(due: DutyTaxFee) -> str:
    """One sentence that says where an amount comes from: law, date, formula with numbers, rounding."""
    terms = " + ".join(f"{c.rate} of {c.quantity} ({c.basis})" for c in due.components)
    worked = f"{terms} = {due.amount.amount} {due.amount.currency}" if terms else f"{due.amount.amount}"
    note = f"; {due.note}" if due.note else ""
    return f"{due.formula}: {worked}, {due.rounding} [{due.measure}, {due.source}, in force since {due.since}]{note}"


def print_outcome(path: Path, outcome: Outcome) -> None:
    """Print the outcome for a person."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    d = outcome.declaration
    console.rule(f"[bold]{path.name}", align="left")
    if d is None or not d.mrn:
        word = "cannot be read" if outcome.kind == "unreadable" else "refused"
        console.print(f"[red]✗ {word}[/red], {len(outcome.problems)} problem(s)")
    elif outcome.kind == "other":
        console.print("[red]✗ not taken[/red]: the reference is in use")
    else:
        again = " (lodged before, same answer)" if outcome.kind == "same" else ""
        console.print(f"[green]✓ accepted[/green] as [bold]{d.mrn}[/bold], LRN {d.lrn}{again}")
    for problem in outcome.problems:
        _print_problem(console, problem)
    if d is not None and d.mrn and outcome.kind != "other":
        _print_decision(console, d)


def _print_problem(console: Any, problem: Problem) -> None:
    from rich.markup import escape

    mark = "[red]error[/red]" if problem.severity == "error" else "[yellow]note[/yellow]"
    console.print(f"  {mark} {escape(str(problem))}")


def _print_decision(console: Any, d: Declaration) -> None:
    from rich.markup import escape

    if d.assessed:
        for due in d.assessed.duties:
            console.print(f"  item {due.item}  {due.type:<4} {due.payable.amount:>12} {due.payable.currency}")
            console.print(f"           [dim]{escape(why(due))}[/dim]")
        for secured in d.assessed.securities:
            to_secure = f"{secured.amount.amount:>12} {secured.amount.currency}"
            console.print(f"  item {secured.item}  {secured.tax_type:<4} {to_secure} to be secured")
            console.print(f"           [dim]{escape(secured.why)}[/dim]")
        total = d.assessed.payable
        console.print(f"  payable    [bold]{total.amount:>14} {total.currency}[/bold]")
    if d.selection and d.lane:
        console.print(f"  lane       [bold {COLOUR[d.lane.value]}]{d.lane.value}[/]")
        for reason in d.selection.reasons:
            item = f"item {reason.item}: " if reason.item else ""
            console.print(f"           [dim]{reason.rule}: {escape(item + reason.text)}[/dim]")
    if d.released:
        console.print(f"  [green]released[/green] {d.released.at:%Y-%m-%d %H:%M:%S} UTC")
    for hold in d.holds:
        for reason in hold.reasons:
            console.print(f"  [yellow]held[/yellow] {hold.kind.value}: {escape(reason.text)}")
