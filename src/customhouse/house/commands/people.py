"""`customhouse people`: accounts from the command line, so that a house without demo accounts can be begun."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from customhouse.house.options import setting
from customhouse.record.declaration import Role

app = typer.Typer(help="List, add and reset accounts.", no_args_is_help=True, add_completion=False)
BY = "command line"


@app.callback()
def _ready() -> None:
    from customhouse.house import start

    start.ensure_database(seed=False)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _link(path: str) -> None:
    host, port = setting("CUSTOMHOUSE_HOST"), setting("CUSTOMHOUSE_PORT")
    _say(f"The password is chosen at http://{host}:{port}{path}\nThe link is good for three days, and once.")


@app.command("list")
def list_(json_: Annotated[bool, typer.Option("--json", help="For machines")] = False) -> None:
    """Every account: name, role, for whom, state."""
    from customhouse.registry import accounts

    for a in accounts.accounts():
        state = [
            word
            for word, is_so in (
                ("closed", not a.is_active),
                ("locked out", a.is_locked),
                ("no password yet", not a.has_password),
                ("second factor", a.has_factor),
            )
            if is_so
        ]
        whom = a.trader or a.agency or a.office
        if json_:
            told = {"name": a.username, "role": a.role.value, "for": whom, "state": state, "person": a.name}
            _say(json.dumps(told, ensure_ascii=False))
        else:
            _say(f"{a.username:<20} {a.role.value:<14} {whom or '-':<14} {', '.join(state)}".rstrip())


@app.command()
def add(  # noqa: PLR0913 - one option each
    name: Annotated[str, typer.Argument(help="The name to sign in with")],
    role: Annotated[Role, typer.Option(help="What the person does")],
    trader: Annotated[str, typer.Option(help="Number of the trader a broker, trader or carrier acts for")] = "",
    trader_name: Annotated[str, typer.Option(help="Its name, when the trader is new here")] = "",
    office: Annotated[str, typer.Option(help="Customs office of an officer; empty for all")] = "",
    agency: Annotated[str, typer.Option(help="Code of an agency officer's agency")] = "",
    first: Annotated[str, typer.Option(help="First name")] = "",
    last: Annotated[str, typer.Option(help="Last name")] = "",
) -> None:
    """Make an account and print the link on which its password is chosen."""
    from customhouse.house.fault import HouseProblem
    from customhouse.registry import accounts

    if trader and trader_name:
        accounts.add_trader(trader, trader_name)
    try:
        path = accounts.create(accounts.Begun(name, first, last, role, trader, office, agency), by=BY)
    except accounts.NotAnAccount as fault:
        raise HouseProblem(str(fault)) from fault
    _say(f"{name} is a new account: {role.value}")
    _link(path)


@app.command()
def reset(
    name: Annotated[str, typer.Argument(help="The account")],
    factor: Annotated[bool, typer.Option("--second-factor", help="Take the second factor away too")] = False,
) -> None:
    """Take the password away, unlock the name, end its sessions, and print a link for a new password."""
    from customhouse.house.fault import HouseProblem
    from customhouse.registry import accounts

    try:
        if factor:
            accounts.reset_factor(name, by=BY)
        path = accounts.reset_password(name, by=BY)
    except accounts.NotAnAccount as fault:
        raise HouseProblem(str(fault)) from fault
    _link(path)
