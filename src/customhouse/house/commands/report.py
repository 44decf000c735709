"""How a decision is told on a terminal and to machines: one declaration, everything with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem
from customhouse.record.assessment import Assessment, DutyTaxFee
from customhouse.record.declaration import Declaration
from customhouse.record.origin import ItemOrigin, Verdict
from customhouse.record.valuation import Unmet, Valuation, ValueStep

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
    if d.origin:
        told["origin"] = [{**_plain(o), "why": origin_why(o, d)} for o in d.origin.items]
    if d.valued:
        told["valuation"] = _plain(d.valued)
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


def origin_why(origin: ItemOrigin, d: Declaration) -> list[str]:
    """What became of a preference: agreement and verdict, then its conditions, its product rules, and the rate without it."""
    if origin.verdict is Verdict.NONE:
        return []
    agreement = f" under {origin.title} ({origin.agreement})" if origin.agreement else ""
    told = [f"preference {origin.preference} for goods of {origin.preferential}{agreement} {origin.verdict.value}"]
    for condition in origin.conditions:
        mark = "holds" if condition.met else "FAILS"
        told.append(f"{mark} {condition.rule}: {condition.text} [{condition.source}]")
    told.extend(f"rule {r.heading} {r.goods}: {r.text} ({' '.join(r.classes)}) [{r.source}]" for r in origin.rules)
    if not origin.granted and origin.general:
        general = origin.general
        charged = (
            [x for x in d.assessed.duties if (x.item, x.measure) == (origin.item, general.measure)]
            if d.assessed
            else []
        )
        amounts = "".join(f" = {x.amount.amount} {x.amount.currency}" for x in charged)
        told.append(f"charged without it: {general.formula}{amounts} [{general.measure}, {general.source}]")
    return told


def worth(step: ValueStep, currency: str) -> str:
    """One line of a customs value: what was declared, at which rate, by which share, what it comes to and by which law."""
    rate = "" if step.rate in ("", "1") else f" at {step.rate}"
    share = f", {step.share}" if step.share else ""
    source = f" [{step.source}]" if step.source else ""
    said = step.note if step.note and not step.amount else f"{Money(step.amount, currency).amount} {currency}"
    return f"{step.what}: {step.declared}{rate}{share} = {said}{source}"


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
        word = "accepted" if d.acceptance else "registered, goods awaited,"
        console.print(f"[green]✓ {word}[/green] as [bold]{d.mrn}[/bold], LRN {d.lrn}{again}")
    for problem in outcome.problems:
        _print_problem(console, problem)
    if d is not None and d.mrn and outcome.kind != "other":
        _print_decision(console, d)


def _print_problem(console: Any, problem: Problem) -> None:
    from rich.markup import escape

    mark = "[red]error[/red]" if problem.severity == "error" else "[yellow]note[/yellow]"
    console.print(f"  {mark} {escape(str(problem))}")


def _print_origin(console: Any, origin: ItemOrigin, d: Declaration) -> None:
    from rich.markup import escape

    told = origin_why(origin, d)
    if not told:
        return
    console.print(f"  item {origin.item}  [{'green' if origin.granted else 'yellow'}]{escape(told[0])}[/]")
    for line in told[1:]:
        console.print(f"           [dim]{escape(line)}[/dim]")


def print_duties(console: Any, assessed: Assessment) -> None:
    """Every amount with its reason, and what is payable."""
    from rich.markup import escape

    for due in assessed.duties:
        console.print(f"  item {due.item}  {due.type:<4} {due.payable.amount:>12} {due.payable.currency}")
        console.print(f"           [dim]{escape(why(due))}[/dim]")
    for secured in assessed.securities:
        to_secure = f"{secured.amount.amount:>12} {secured.amount.currency}"
        console.print(f"  item {secured.item}  {secured.tax_type:<4} {to_secure} to be secured")
        console.print(f"           [dim]{escape(secured.why)}[/dim]")
    total = assessed.payable
    console.print(f"  payable    [bold]{total.amount:>14} {total.currency}[/bold]")


def _print_decision(console: Any, d: Declaration) -> None:
    from rich.markup import escape

    if d.valued:
        _print_value(console, d.valued)
    for origin in d.origin.items if d.origin else ():
        _print_origin(console, origin, d)
    if d.assessed:
        print_duties(console, d.assessed)
    elif d.estimated:
        console.print("  estimated, as if the goods came on the day of lodgement:")
        print_duties(console, d.estimated)
    if d.selection and d.lane:
        console.print(f"  lane       [bold {COLOUR[d.lane.value]}]{d.lane.value}[/]")
        for reason in d.selection.reasons:
            item = f"item {reason.item}: " if reason.item else ""
            console.print(f"           [dim]{reason.rule}: {escape(item + reason.text)}[/dim]")
        for trial in d.selection.shadow:
            console.print(f"           [dim]on trial, without effect: {escape(trial)}[/dim]")
    if d.released:
        console.print(f"  [green]released[/green] {d.released.at:%Y-%m-%d %H:%M:%S} UTC")
    for hold in d.holds:
        for reason in hold.reasons:
            console.print(f"  [yellow]held[/yellow] {hold.kind.value}: {escape(reason.text)}")


def _print_value(console: Any, valued: Valuation) -> None:
    from rich.markup import escape

    for of in valued.items:
        console.print(f"  item {of.item}  value {of.value.amount:>11} {of.value.currency}  method {of.method}")
        for step in of.steps:
            console.print(f"           [dim]{escape(worth(step, of.value.currency))}[/dim]")
        _print_unmet(console, of.unmet)
    _print_unmet(console, valued.unmet)
    if valued.rounding:
        console.print(f"           [dim]every amount {valued.rounding}[/dim]")


def _print_unmet(console: Any, unmet: tuple[Unmet, ...]) -> None:
    from rich.markup import escape

    for one in unmet:
        console.print(f"           [yellow]value[/yellow] {escape(f'{one.why}. {one.hint} [{one.source}]')}")
