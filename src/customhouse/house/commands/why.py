"""`customhouse why MRN`: one declaration explained, every amount and every act."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from customhouse.house.commands.report import print_duties, print_outcome
from customhouse.kernel.money import Money
from customhouse.record.declaration import Declaration

WEAK = 0.02  # log odds; less is no reason


def why(
    mrn: Annotated[str, typer.Argument(help="MRN, or the number of a declaration")],
    law: Annotated[
        str, typer.Option(help="Assess it again under this law: a pack, a compiled Book, a pack that ships")
    ] = "",
    as_of: Annotated[str, typer.Option(help="That law as it stands on this day; default: the day of acceptance")] = "",
) -> None:
    """Print what was decided on a declaration, why, and what has happened to it; or what another law would say."""
    from rich.console import Console

    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    from customhouse.clearance.lodge import Outcome
    from customhouse.registry import files

    declaration = files.get(int(mrn) if mrn.isdigit() and len(mrn) < 18 else mrn.upper())
    if law:
        _under(declaration, law, as_of)
        return
    print_outcome(Path(declaration.lrn or mrn), Outcome("new", declaration, declaration.problems))
    console = Console(highlight=False)
    _scored(console, declaration)
    leaves = iter(files.leaves(declaration.id))
    for entry in files.entries(declaration.id):
        for act in entry.acts:
            console.print(
                f"  {entry.at:%Y-%m-%d %H:%M:%S}  {act.name:<16} {entry.role.value:<10} {entry.by:<14} [dim]{next(leaves).hex()[:16]}[/dim]"
            )


def _scored(console: Any, d: Declaration) -> None:
    """What the model weighed when the lane was set: the same facts, the same model, worked out again."""
    from rich.markup import escape

    from customhouse.clearance.scorer import explained_again
    from customhouse.registry import decided
    from customhouse.registry.models_kept import ModelFault

    if d.selection is not None and d.selection.blind:
        console.print(f"  [yellow]no model answered[/yellow]: {escape(d.selection.blind)}")
    then = decided.one(d.id) if d.selection is not None and d.selection.model else None
    if then is None:
        return
    try:
        told = explained_again(then)
    except (ModelFault, ImportError) as fault:
        console.print(f"  [yellow]the score cannot be explained again here[/yellow]: {escape(str(fault))}")
        return
    same = abs(told["probability"] - (then.selection.score or 0)) < 1e-9
    console.print(
        f"  model {told['model'][:16]}: probability of a find {told['probability']:.2%}, expected revenue {told['revenue']:,.2f}, "
        f"item {told['item']} ({'as recorded' if same else '[red]recorded was ' + format(then.selection.score, '.2%') + '[/red]'})"
    )
    for reason in told["every"]:
        if abs(reason["adds"]) > WEAK:
            console.print(f"    {reason['adds']:+.2f}  {escape(reason['text'])}")


def _under(d: Declaration, name: str, as_of: str) -> None:
    """What another law would say of a declaration; nothing is stored."""
    from rich.console import Console
    from rich.markup import escape

    from customhouse.clearance.replay import again
    from customhouse.house.commands.law import opened

    book = opened(name)
    console = Console(highlight=False, soft_wrap=True)
    if d.acceptance is None:
        console.print(f"declaration {d.id} was refused, so that no law was applied to it")
        raise typer.Exit(1)
    tax_date = d.acceptance.tax_date
    law = book.on(date.fromisoformat(as_of), rates=tax_date) if as_of else book.on(tax_date)
    becomes = again(d, lambda _: law)
    console.print(f"[bold]{d.mrn}[/bold] under {book.title['en']} {book.version} ({book.hash[:16]}) as of {law.date}")
    for hold in becomes.holds:
        for reason in hold.reasons:
            console.print(f"  [yellow]{hold.kind.value}[/yellow] {escape(reason.text)}")
    if becomes.assessed is None:
        raise typer.Exit(1)
    print_duties(console, becomes.assessed)
    if d.assessed:
        was, change = d.assessed.payable, becomes.assessed.payable.minor - d.assessed.payable.minor
        more = Money(change, was.currency).amount
        console.print(f"  as decided {was.amount:>14} {was.currency}, so {more:+} {was.currency}")
