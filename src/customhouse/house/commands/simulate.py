"""`customhouse simulate`: made-up trade, into a running house or into files, with the truth kept apart."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from customhouse.simulator import Filing, Truth
    from customhouse.simulator.stream import Told

TOKEN = "CUSTOMHOUSE_SIMULATOR_TOKEN"  # noqa: S105 - the name of a setting
CARRIER_TOKEN = "CUSTOMHOUSE_SIMULATOR_CARRIER_TOKEN"  # noqa: S105 - the name of a setting
# The broker of the demo, whose token the live stream uses; the account "broker" sees this trade on its page.
LIVE_BROKER = "HBL"
UNWELCOME = 3


def simulate(  # noqa: PLR0913 - one argument per option of the command
    rate: Annotated[float, typer.Option(min=0.01, help="Declarations a minute")] = 6.0,
    seed: Annotated[int | None, typer.Option(help="Which world; the same seed has the same traders and habits")] = None,
    n: Annotated[int | None, typer.Option("--n", min=1, help="How many; without it the stream goes on")] = None,
    url: Annotated[str, typer.Option(help="Address of the house; empty: the one that this machine runs")] = "",
    truth: Annotated[
        Path | None, typer.Option(help="File that the truth is appended to, one JSON object a line")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(help="Write files into this folder instead of sending them to a house")
    ] = None,
    format: Annotated[str, typer.Option(help="Format of the files: json or xml")] = "json",
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the trade in files; empty: today")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it runs well")] = False,
) -> None:
    """Simulate trade into Meridia: coherent shipments, honest mistakes, planted frauds.

    Without --to it lodges at a running house at a calm pace, pays what is due after a while and answers questions; it
    waits when the house is away. With --to it writes declarations to a folder. The truth about each declaration goes to
    a file of its own, never into the declaration.
    """
    if to is not None:
        day = start.date() if start else datetime.now(UTC).date()
        write_files(to, n or 100, format, 1 if seed is None else seed, day, truth or to / "truth.jsonl")
        return
    raise typer.Exit(live(rate=rate, seed=1 if seed is None else seed, n=n, url=url, truth=truth, quiet=quiet))


def write_files(folder: Path, n: int, format: str, seed: int, day: date, truth: Path) -> None:
    """Write `n` declarations of the world `seed` from `day` on into `folder`, the truth about them into one file."""
    from customhouse.simulator import World, file

    write = _writer(format)
    folder.mkdir(parents=True, exist_ok=True)
    with _truth_file(truth, fresh=True) as keep:
        for shipment in World(seed, day).trade(n):
            filed = file(shipment)
            (folder / f"{filed.lodgement.lrn}.{format}").write_bytes(write(filed))
            keep(filed.truth)
    typer.echo(f"{n} declarations in {folder}, the truth about them in {truth}")


def _writer(format: str) -> Callable[[Filing], bytes]:
    if format == "json":
        from customhouse.record.codec import encode

        return lambda filed: encode(filed.lodgement) + b"\n"
    if format == "xml":
        from customhouse.gates import wco_xml

        return lambda filed: wco_xml.write(filed.lodgement)
    raise typer.BadParameter(f"{format!r} is not a format; use json or xml", param_hint="--format")


class _truth_file:
    """An open file of truths: a context whose value appends one."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb" if fresh else "ab")

    def __enter__(self) -> Callable[[Truth], None]:
        from customhouse.simulator.truth import to_line

        def keep(truth: Truth) -> None:
            self._file.write(to_line(truth))
            self._file.flush()

        return keep

    def __exit__(self, *raised: object) -> None:
        self._file.close()


def live(*, rate: float, seed: int, n: int | None, url: str, truth: Path | None, quiet: bool) -> int:
    """Run the stream; the exit code: 0 when done or interrupted, 3 when the house does not accept the token."""
    from customhouse.house.options import setting
    from customhouse.house.paths import data_dir
    from customhouse.simulator import World
    from customhouse.simulator.carrier import Carrier
    from customhouse.simulator.client import House, Unwelcome
    from customhouse.simulator.stream import Stream, endless, run_name

    address = url or f"http://{setting('CUSTOMHOUSE_HOST')}:{setting('CUSTOMHOUSE_PORT')}"
    began = datetime.now(UTC)
    token, carrier = _tokens(url)
    world = World(seed, began.date(), broker=LIVE_BROKER, whole=bool(carrier))
    shipments = endless(world, run_name(began), lambda: datetime.now(UTC).date())
    with _truth_file(truth or data_dir() / "truth.jsonl") as keep:
        stream = Stream(
            House(address, token),
            shipments,
            rate=rate,
            clock=time.monotonic,
            sleep=time.sleep,
            keep=keep,
            tell=_silent if quiet else _tell,
            carrier=Carrier(House(address, carrier), lambda: datetime.now(UTC)) if carrier else None,
        )
        try:
            stream.run(n)
        except KeyboardInterrupt:
            pass
        except Unwelcome as fault:
            typer.echo(
                f"{fault}. Give a token of the broker in {TOKEN}, or leave it empty on the house's own machine",
                err=True,
            )
            return UNWELCOME
    if not quiet:
        typer.echo(f"{stream.lodged} declarations handed in")
    return 0


def _tokens(url: str) -> tuple[str, str]:
    """The broker's token and the carrier's: from the environment, else fresh ones from the register of this machine.

    Without a carrier's token no cargo is reported.
    """
    if named := os.environ.get(TOKEN):
        return named, os.environ.get(CARRIER_TOKEN, "")
    if url:
        raise typer.BadParameter(f"to lodge at another house, put a broker's token into {TOKEN}", param_hint="--url")
    from customhouse.house.options import is_on
    from customhouse.house.start import connect_environment, setup_django

    if not is_on("CUSTOMHOUSE_DEMO"):
        raise typer.BadParameter(f"this house has no demo broker; put the token of a broker into {TOKEN}")
    connect_environment()
    setup_django()
    from customhouse.registry import demo

    return demo.simulator_token("simulated trade by hand"), demo.carrier_token("simulated carrier by hand")


def _silent(told: Told) -> None:
    """Nothing to say, except that the house is away."""
    if told.what == "away":
        _tell(told)


def _tell(told: Told) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {told.what:<10} {told.reference} {told.text}\n")
    sys.stdout.flush()
