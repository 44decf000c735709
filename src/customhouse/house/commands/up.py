"""`customhouse up`, `down`, `status`, `migrate`: the life of a house on one machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from customhouse.house.paths import data_dir, log_dir

PID = "house.json"


def up(
    port: Annotated[int | None, typer.Option(help="Port of the web application (default 8400)")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1)")] = None,
    trade: Annotated[bool, typer.Option(help="Simulated trade, so that there is something to see")] = True,
    rate: Annotated[float, typer.Option(help="Simulated declarations a minute")] = 6.0,
    loud: Annotated[bool, typer.Option(help="Show what the processes say")] = False,
) -> None:
    """Start the house and keep it running until Ctrl-C."""
    from customhouse.house import start
    from customhouse.house.options import is_on, setting
    from customhouse.house.supervisor import Child, Supervisor

    host = host or setting("CUSTOMHOUSE_HOST")
    port = port or int(setting("CUSTOMHOUSE_PORT"))
    _say("Customhouse is starting ...")
    _refuse_second()
    _refuse_taken(host, port)
    server = start.connect_environment()
    _say("  database answers")
    start.migrate()
    start.setup_django()
    _say("  tables are up to date")
    demo = is_on("CUSTOMHOUSE_DEMO")
    children = [
        Child("web", [sys.executable, "-m", "customhouse.house", "web", "--host", host, "--port", str(port)]),
        Child("worker", [sys.executable, "-m", "customhouse.house", "worker"]),
    ]
    _seed(demo)
    if demo and trade:
        _first_trade()
        os.environ["CUSTOMHOUSE_SIMULATOR_TOKEN"] = _token()
        children.append(
            Child(
                "trade",
                [
                    sys.executable,
                    "-m",
                    "customhouse.house",
                    "simulate",
                    "--rate",
                    str(rate),
                    "--url",
                    f"http://{host}:{port}",
                ],
            )
        )
    _say(f"  law of {setting('CUSTOMHOUSE_COUNTRY')} is published")
    state = data_dir() / PID
    state.write_text(json.dumps({"pid": os.getpid(), "host": host, "port": port}))
    try:
        Supervisor(children, log_dir(), loud=loud).run(lambda: _ready(host, port, demo))
    finally:
        state.unlink(missing_ok=True)
        _close_connections()
        if server is not None:
            server.stop()
        _say("Customhouse has stopped. Nothing that was acknowledged is lost.")


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _seed(demo: bool) -> None:
    from customhouse.house.options import setting
    from customhouse.registry import demo as demo_house

    (demo_house.seed if demo else demo_house.seed_law)(setting("CUSTOMHOUSE_COUNTRY"))


def _first_trade(n: int = 24) -> None:
    """A new demo house begins with a morning's work on its desks instead of an empty list."""
    from datetime import UTC, datetime

    from customhouse.clearance.lodge import lodge_read
    from customhouse.house.commands.simulate import LIVE_BROKER
    from customhouse.record.codec import encode
    from customhouse.registry import files
    from customhouse.simulator import World, file

    if files.counts().stages:
        return
    for shipment in World(7, datetime.now(UTC).date(), broker=LIVE_BROKER).trade(n, run="first"):
        lodged = file(shipment).lodgement
        lodge_read(lodged, encode(lodged), by="simulated trade", format="json")
    _say(f"  {n} simulated declarations are on the desks")


def _token() -> str:
    from customhouse.registry import demo as demo_house

    return demo_house.simulator_token()


def _close_connections() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close_pool()  # type: ignore[attr-defined]


def _refuse_second() -> None:
    if (running := _running()) is not None:
        raise RuntimeError(
            f"a house runs already from {data_dir()}, at http://{running['host']}:{running['port']} (process {running['pid']}).\n"
            "Stop it with `customhouse down`, or give this one its own data directory in CUSTOMHOUSE_DATA."
        )


def _refuse_taken(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise RuntimeError(
                f"{host}:{port} cannot be used ({fault.strerror}). Choose another port: customhouse up --port {port + 1}"
            ) from fault


def _running() -> dict[str, Any] | None:
    """The house that runs from this data directory, or None."""
    try:
        state: dict[str, Any] = json.loads((data_dir() / PID).read_text())
        os.kill(state["pid"], 0)
        command = Path(f"/proc/{state['pid']}/cmdline")
        if command.exists() and b"customhouse" not in command.read_bytes():
            return None
    except (OSError, ValueError, KeyError):
        return None
    return state


def _ready(host: str, port: int, demo: bool) -> None:
    """Wait until pages are served, then say where and for whom."""
    url = f"http://{host}:{port}/"
    for _ in range(150):
        try:
            with urllib.request.urlopen(f"{url}healthz", timeout=2):  # noqa: S310 - our own address
                break
        except OSError:
            time.sleep(0.2)
    else:
        _say(f"The web process does not answer yet; see {log_dir() / 'web.log'}")
        return
    from rich.console import Console
    from rich.panel import Panel

    lines = [f"Open   [bold]{url}[/bold]", f"API    {url}api/v1/docs", f"Data   {data_dir()}"]
    if demo:
        from customhouse.registry.demo import ACCOUNTS, PASSWORD

        lines += ["", "Accounts (demo, all with the password [bold]" + PASSWORD + "[/bold]):"]
        lines += [
            f"  [bold]{name:<11}[/bold] {role.value:<11} {first} {last} ({language})"
            for name, role, first, last, language in ACCOUNTS
        ]
    lines += ["", "Ctrl-C stops the house; starting again continues."]
    Console().print(Panel("\n".join(lines), title="Customhouse is open", expand=False))


def down() -> None:
    """Stop the house that runs from this data directory."""
    running = _running()
    if running is None:
        _say("No house runs from this data directory.")
        raise typer.Exit(1)
    os.kill(running["pid"], signal.SIGTERM)
    for _ in range(150):
        if _running() is None:
            _say("Stopped.")
            return
        time.sleep(0.1)
    raise RuntimeError(f"process {running['pid']} does not stop; see {log_dir()}")


def status(json_: Annotated[bool, typer.Option("--json", help="For machines")] = False) -> None:
    """What runs, how many declarations stand where, and how far the log is sealed."""
    running = _running()
    told: dict[str, Any] = {"running": running is not None, "data": str(data_dir())}
    if running is not None:
        told["address"] = f"http://{running['host']}:{running['port']}/"
        from customhouse.house import start

        start.connect_environment()
        start.setup_django()
        from customhouse.registry import files, sealing

        told |= {"stages": files.counts().stages, "log": sealing.standing()}
    if json_:
        _say(json.dumps(told))
    else:
        for name, value in told.items():
            _say(f"{name:<9} {value}")
    raise typer.Exit(0 if running else 1)


def migrate() -> None:
    """Bring the tables up to date, as the owner; `up` does it by itself."""
    from customhouse.house import start

    start.connect_environment()
    start.migrate()
    _say("The tables are up to date.")
