"""`customhouse up`, `down`, `status`, `migrate`: the life of a house on one machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customhouse.house import claim
from customhouse.house.fault import HouseProblem
from customhouse.house.paths import data_dir, log_dir

if TYPE_CHECKING:
    from customhouse.house.embedded import Server
    from customhouse.house.supervisor import Child

SLOW_START = 30.0  # seconds until it is said that the web process does not answer yet
SANDBOX_PORT = 100  # a sandbox listens so much higher than the house beside it
LETTING_GO = 8.0  # seconds in which the processes of a killed house give their port back


def up(
    port: Annotated[int | None, typer.Option(help="Port of the web application (default 8400)")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1)")] = None,
    trade: Annotated[bool, typer.Option(help="Simulated trade, so that there is something to see")] = True,
    rate: Annotated[float, typer.Option(help="Simulated declarations a minute")] = 6.0,
    loud: Annotated[bool, typer.Option(help="Show what the processes say")] = False,
    sandbox: Annotated[bool, typer.Option(help="A house to try software against, apart from the real one")] = False,
) -> None:
    """Start the house and keep it running until Ctrl-C."""
    from customhouse.house import start
    from customhouse.house.options import is_on, setting
    from customhouse.house.supervisor import Supervisor

    if sandbox:
        os.environ |= {"CUSTOMHOUSE_SANDBOX": "on", "CUSTOMHOUSE_DATA": str(data_dir() / "sandbox")}
    sandbox = is_on("CUSTOMHOUSE_SANDBOX")
    host = host or setting("CUSTOMHOUSE_HOST")
    port = port or int(setting("CUSTOMHOUSE_PORT")) + (SANDBOX_PORT if sandbox else 0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    _say("Customhouse is starting ...")
    house = claim.Claim()
    _refuse_taken(host, port, patience=LETTING_GO if house.after_a_crash else 0.0)
    house.tell(host, port)
    server = start.connect_environment()
    _say("  database answers")
    start.migrate()
    start.setup_django()
    start.settle_kind()
    _say("  tables are up to date")
    demo = is_on("CUSTOMHOUSE_DEMO") or sandbox
    trade = trade and not sandbox
    _seed(demo)
    _say(f"  law of {setting('CUSTOMHOUSE_COUNTRY')} is published")
    morning = _morning() if demo and trade else []
    children = _children(host, port, rate if demo and trade else 0.0)
    opening = _Opening(host, port, demo=demo)
    keeper = _DatabaseKeeper(server)

    def also() -> None:
        if morning:
            do, told = morning.pop()
            if done := do():
                _say(f"  {done} {told}")
        opening.look()
        keeper.look()

    try:
        Supervisor(children, log_dir(), loud=loud, also=also).run()
    finally:
        _close_connections()
        if server is not None:
            server.release()
        house.give_up()
        _say("Customhouse has stopped. Nothing that was acknowledged is lost.")


def _morning() -> list[tuple[Callable[[], int], str]]:
    """What is done while the web process of a demo starts, the last first: (what, how it is told)."""
    from customhouse.house import first_morning, first_parcels, first_rules, weeks_before

    _open_accounts()
    if not first_morning.is_due():
        return [(first_morning.issue_permits, "")]
    return [
        (first_rules.hand_in, "more wait for a decision or are being written"),
        (first_parcels.hand_in, "consolidation of parcels is on the express desk"),
        (first_morning.begin, "simulated declarations and their cargo are on the desks"),
        (weeks_before.begin, "declarations of the weeks before were dealt with"),
        (first_rules.publish, "rules of officers are in force or on trial"),
    ]


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _children(host: str, port: int, rate: float) -> list[Child]:
    from customhouse.house.supervisor import Child

    program = [sys.executable, "-m", "customhouse.house"]
    children = [
        Child("web", [*program, "web", "--host", host, "--port", str(port)]),
        Child("worker", [*program, "worker"]),
    ]
    if rate:
        from customhouse.registry import demo

        os.environ["CUSTOMHOUSE_SIMULATOR_TOKEN"] = demo.simulator_token()
        os.environ["CUSTOMHOUSE_SIMULATOR_CARRIER_TOKEN"] = demo.carrier_token()
        url = claim.address(host, port).rstrip("/")
        children.append(Child("trade", [*program, "simulate", "--rate", str(rate), "--url", url]))
    return children


def _seed(demo: bool) -> None:
    from customhouse.house import sandbox
    from customhouse.house.options import is_on, setting
    from customhouse.registry import demo as demo_house

    country = setting("CUSTOMHOUSE_COUNTRY")
    if is_on("CUSTOMHOUSE_SANDBOX"):
        sandbox.seed(country)
    else:
        (demo_house.seed if demo else demo_house.seed_law)(country)


def _open_accounts() -> None:
    """The deferment and guarantee accounts that the traders of the simulated trade declare."""
    from datetime import UTC, datetime

    from customhouse.house.first_morning import WORLDS
    from customhouse.record.account import AccountKind
    from customhouse.registry import demo
    from customhouse.simulator.border import guarantee_reference
    from customhouse.simulator.trader import traders

    limit, found = 10_000_000_00, []
    for seed in WORLDS:
        for trader in traders(seed):
            number = trader.firm.id
            if trader.deferred:
                found.append((AccountKind.DEFERMENT, trader.deferred, number, limit))
            if trader.procedure.startswith("5"):
                reference = guarantee_reference(datetime.now(UTC).year, int(number[2:]))
                found.append((AccountKind.GUARANTEE, reference, number, limit))
    demo.seed_accounts(found)


def _close_connections() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close_pool()


def _refuse_taken(host: str, port: int, *, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as fault:
                if time.monotonic() < until:
                    time.sleep(0.2)
                    continue
                raise HouseProblem(
                    f"{host}:{port} cannot be used ({fault.strerror}). Choose another port: customhouse up --port {port + 1}"
                ) from fault
        return


class _DatabaseKeeper:
    """Starts the embedded server again when it has died under the house; the others wait for it."""

    def __init__(self, server: Server | None) -> None:
        self.server, self._not_before = server, 0.0

    def look(self) -> None:
        from customhouse.house.programs import DatabaseProblem

        if self.server is None or self.server.running() or time.monotonic() < self._not_before:
            return
        sys.stderr.write("the database ended; starting it again\n")
        try:
            self.server.ensure()
        except (DatabaseProblem, OSError) as problem:
            self._not_before = time.monotonic() + 5
            sys.stderr.write(f"{problem}\n")


class _Opening:
    """Says where the house is and for whom, as soon as pages are served."""

    def __init__(self, host: str, port: int, *, demo: bool) -> None:
        self.host, self.demo = host, demo
        self.url = claim.address(host, port)
        self._said = self._complained = False
        self._began = time.monotonic()

    def look(self) -> None:
        if self._said:
            return
        if self._answers():
            self._said = True
            self._print()
        elif not self._complained and time.monotonic() - self._began > SLOW_START:
            self._complained = True
            _say(f"The web process does not answer yet; see {log_dir() / 'web.log'}")

    def _answers(self) -> bool:
        try:
            # Past any proxy: this is our own machine.
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{self.url}healthz", timeout=2).close()
        except urllib.error.HTTPError as answer:
            return answer.code < 500  # served, if not under this name (CUSTOMHOUSE_ALLOWED_HOSTS)
        except OSError:
            return False
        return True

    def _print(self) -> None:
        from rich.console import Console
        from rich.panel import Panel

        from customhouse.house.options import second_factor

        lines = [f"Open   [bold]{self.url}[/bold]", f"API    {self.url}api/v1/docs", f"Data   {data_dir()}"]
        if self.host in ("0.0.0.0", "::"):  # noqa: S104 - told apart, not bound
            lines.append("From other machines: name this one in CUSTOMHOUSE_ALLOWED_HOSTS")
        if self.demo:
            from customhouse.registry.demo import ACCOUNTS, PASSWORD

            lines += ["", "Accounts (demo, all with the password [bold]" + PASSWORD + "[/bold]):"]
            lines += [
                f"  [bold]{name:<11}[/bold] {role.value:<11} {first} {last} ({language})"
                for name, role, first, last, language in ACCOUNTS
            ]
        if second_factor() == "off":
            lines += ["", "No second factor is asked for: CUSTOMHOUSE_SECOND_FACTOR=staff in earnest."]
            if os.environ.get("CUSTOMHOUSE_SANDBOX"):
                lines += ["", "A sandbox: nothing here is real. Scenarios: " + self.url + "api/v1/sandbox/scenarios"]
        lines += ["", "Ctrl-C stops the house; starting again continues."]
        Console(highlight=False).print(Panel("\n".join(lines), title="Customhouse is open", expand=False))


def down() -> None:
    """Stop the house that runs from this data directory."""
    house = claim.running()
    if house is None:
        _say("No house runs from this data directory.")
        raise typer.Exit(1)
    os.kill(house["pid"], signal.SIGTERM)
    until = time.monotonic() + 40
    while time.monotonic() < until:
        if claim.running() is None:
            _say("Stopped.")
            return
        time.sleep(0.1)
    raise HouseProblem(f"process {house['pid']} does not stop; see {log_dir()}")


def status(json_: Annotated[bool, typer.Option("--json", help="For machines")] = False) -> None:
    """What runs, how many declarations stand where, and how far the log is sealed."""
    house = claim.running()
    told: dict[str, Any] = {"running": house is not None, "data": str(data_dir())}
    if house is not None:
        told["address"] = claim.address(house["host"], house["port"])
        from customhouse.house import start

        start.connect_environment()
        start.setup_django()
        from customhouse.registry import sealing, worklist

        told |= {"stages": worklist.stages(), "log": sealing.standing()}
    if json_:
        _say(json.dumps(told))
    else:
        for name, value in told.items():
            words = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
            _say(f"{name:<9} {words}")
    raise typer.Exit(0 if house is not None else 1)


def migrate() -> None:
    """Bring the tables up to date, as the owner; `up` does it by itself."""
    from customhouse.house import start

    start.connect_environment()
    start.migrate()
    _say("The tables are up to date.")
