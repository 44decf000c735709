"""`customhouse names`: compare two names, ask a list for a name, judge both on material with truth."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from customhouse.house.fault import HouseProblem

if TYPE_CHECKING:
    from customhouse.clearance.screen import Alarm
    from customhouse.record.watch_list import ListedParty, Version, WatchList

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Compare names, screen lists, and measure both")
Json = Annotated[bool, typer.Option("--json", help="For machines")]


@app.callback()
def _ready() -> None:
    lacking = [one for one in ("numpy", "rapidfuzz", "anyascii") if importlib.util.find_spec(one) is None]
    if lacking:
        raise HouseProblem(f"Names need {', '.join(lacking)}. Install the extra: pip install 'customhouse[names]'")


@app.command()
def board(
    directory: Annotated[
        list[Path], typer.Argument(help="Folders with pairs, lists and names to screen", exists=True, file_okay=False)
    ],
    json_: Json = False,
    to: Annotated[Path | None, typer.Option(help="Folder to write names.json and names.html (curves) into")] = None,
) -> None:
    """Measure pairs (F1, STRONG cases) and list screening (recall, false alarms, time). Exit code 1 when a bar is missed."""
    from customhouse.house.names_board import board as measured
    from customhouse.house.names_page import page

    told = measured(directory, _tick)
    text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    if to is not None:
        to.mkdir(parents=True, exist_ok=True)
        (to / "names.json").write_text(text, encoding="utf-8")
        (to / "names.html").write_text(page(told), encoding="utf-8")
    sys.stdout.write(text if json_ else _told(told))
    raise typer.Exit(1 if told["missed"] else 0)


@app.command()
def entities(
    board_: Annotated[bool, typer.Option("--board", help="Measure on simulated firms whose truth is known")] = False,
    firms: Annotated[int, typer.Option(help="How many firms each simulated world has", min=10, max=5000)] = 150,
    seed: Annotated[list[int] | None, typer.Option(help="Seeds of worlds; by default those held out")] = None,
    json_: Json = False,
) -> None:
    """Records of traders that may be one: gather and propose them now, or with --board measure how well that is done."""
    if not board_:
        _propose(json_)
        return
    from customhouse.house import entity_board

    seeds = tuple(seed) if seed else entity_board.HELD_OUT
    if seen := sorted(set(seeds) & set(entity_board.FITTED)):
        sys.stderr.write(f"The weights were fitted on {', '.join(map(str, seen))}: expect less elsewhere\n")
    told = entity_board.board(seeds, firms)
    if json_:
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        return
    for way, figures in told["ways"].items():
        said = [f"{name} {one['mean']} [{one['least']}, {one['most']}]" for name, one in figures.items()]
        sys.stdout.write(f"{way:<14} {', '.join(said[:3])}\n{'':<14} {', '.join(said[3:])}\n")
    machine = told["machine"]
    sys.stdout.write(
        f"{told['records']} records of {len(seeds)} worlds of {firms} firms; mean, least and most of the worlds; "
        f"{told['us_per_record']} us a record\nmachine        {machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, load {machine['load']}\n"
    )


def _propose(json_: bool) -> None:
    from customhouse.house import start

    start.ensure_database(seed=False)
    from customhouse.clearance import traders
    from customhouse.registry import entities as register

    while traders.gather():
        pass
    traders.propose()
    for one in register.proposals(1000):
        if json_:
            sys.stdout.write(msgspec.json.encode(one).decode() + "\n")
        else:
            sys.stdout.write(f"{one.score:.2f}  {', '.join(one.records)}\n")


def _tick(what: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{what} ...\n")


def _told(told: dict[str, Any]) -> str:
    lines = []
    if pairs := told.get("pairs"):
        lines.append(
            f"pairs       {pairs['pairs']}: F1 {pairs['f1']} {pairs['f1_95']}, precision {pairs['precision']}, recall {pairs['recall']} at {pairs['threshold']}"
        )
        lines.append(
            f"            STRONG right {pairs['strong_right']} of {pairs['strong']}; {pairs['us_per_pair']} us a pair; calibration error {pairs['ece']}"
        )
        if apart := pairs.get("unseen"):
            lines.append(
                f"unseen      F1 {apart['f1']}, STRONG right {apart['strong_right']}, calibration error {apart['ece']} ({apart['how']})"
            )
        lines += [
            f"left out    {group}: F1 {one['f1']} of {one['pairs']} pairs, with weights that saw none of them"
            for group, one in pairs.get("left_out", {}).items()
        ]
    if lists := told.get("screening"):
        lines.append(
            f"screening   {lists['names']} names; {lists['not_listed']} not listed, false alarms {lists['false_positives']} above {lists['above']}"
        )
        lines += [
            f"            {label}: recall {one['recall']} of {one['asked']}, listed name itself {one['right_name']}"
            for label, one in lists["sets"].items()
        ]
        lines.append(
            f"            a query {lists['us_median']} us (95 % within {lists['us_p95']}, 99 % within {lists['us_p99']}); indexed in {lists['build_s']} s"
        )
    if lists:
        lines += [
            f"alarms      {label}, of all asked, by least score: {', '.join(f'{least} {share}' for least, share in row.items())}"
            for label, row in lists["alarms"].items()
        ]
    lines += [f"not read    {one}" for one in told["not_read"]]
    lines += [f"missed      {one}" for one in told["missed"]] or ["every bar is met"]
    machine = told["machine"]
    lines.append(
        f"machine     {machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, load {machine['load']}; {machine['time']}"
    )
    return "\n".join(lines) + "\n"


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="A name")],
    second: Annotated[str, typer.Argument(help="Another")],
    kind: Annotated[str, typer.Option(help="PERSON, COMPANY, SHIP; ANY when not known")] = "ANY",
    json_: Json = False,
) -> None:
    """Whether two names are one party's, how likely, and why."""
    from customhouse.labs.identity import Kind, sentences
    from customhouse.labs.identity import compare as compared

    found = compared(first, second, _kind(kind, Kind))
    if json_:
        sys.stdout.write(json.dumps(msgspec.to_builtins(found) | {"match": found.match}, ensure_ascii=False) + "\n")
        return
    word = "one party" if found.match else "two parties"
    sys.stdout.write(f"{found.score:.2f}: {word}\n" + "".join(f"  {one}\n" for one in sentences(found)))


def _kind(text: str, kinds: Any) -> Any:
    try:
        return kinds(text.upper())
    except ValueError:
        raise HouseProblem(f"There is no kind {text}. Use one of {', '.join(kinds)}") from None


@app.command()
def screen(
    name: Annotated[str, typer.Argument(help="The name to look for")],
    lists: Annotated[
        list[Path] | None,
        typer.Option(
            "--list",
            help="A watch list: OFAC CSV, UN XML, plain CSV; may be gzipped. Without one: the lists that the house keeps",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    aliases: Annotated[Path | None, typer.Option(help="OFAC's alias file", exists=True, dir_okay=False)] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Take what can be read and tell the rest")] = False,
    kind: Annotated[str, typer.Option(help="PERSON, COMPANY, SHIP; ANY when not known")] = "ANY",
    json_: Json = False,
) -> None:
    """The parties of lists that a name may be, the likeliest first, with the reasons. Exit code 1 when there are any."""
    from customhouse.clearance.screen import Screen
    from customhouse.labs.identity import Kind

    parties = _read(lists, aliases, skip_bad) if lists else _kept()
    alarms = Screen([("", party) for party in parties]).alarms(name, _kind(kind, Kind))
    for alarm in alarms:
        sys.stdout.write(_alarm(alarm, json_))
    if not alarms and not json_:
        sys.stdout.write(f"Nobody on {sum(len(one.names) for one in parties)} listed names\n")
    raise typer.Exit(1 if alarms else 0)


def _read(paths: list[Path], aliases: Path | None, skip_bad: bool) -> list[ListedParty]:
    from customhouse.house.list_files import read_list

    taken: list[ListedParty] = []
    for path in paths:
        one = read_list(path, aliases, skip_bad)
        _left_out(path, one)
        taken += one.parties
    return taken


def _left_out(path: Path, one: WatchList) -> None:
    for problem in one.skipped:
        sys.stderr.write(f"left out: {path.name}: {problem}\n")


def _kept() -> list[ListedParty]:
    from customhouse.house import start

    start.ensure_database(seed=False)
    from customhouse.registry import watch_lists

    versions = watch_lists.counting()
    if not versions:
        raise HouseProblem("The house keeps no watch list. Take one with: customhouse names load FILE --name NAME")
    return [party for version in versions for party in watch_lists.parties(version.number)]


def _alarm(alarm: Alarm[str], json_: bool) -> str:
    from customhouse.labs.identity import sentences

    party, found = alarm.party, alarm.comparison
    why = sentences(found)
    if json_:
        told: dict[str, Any] = {"reference": party.reference, "listed": found.second, "programme": party.programme}
        told |= {"score": round(found.score, 4), "nearness": round(alarm.nearness, 4), "match": found.match, "why": why}
        return json.dumps(told, ensure_ascii=False) + "\n"
    head = f"{found.score:.2f}  {found.second}  ({party.reference}, {party.programme or 'no programme'}; as a string {alarm.nearness:.2f})\n"
    return head + "".join(f"      {one}\n" for one in why)


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(help="The list: OFAC CSV, UN XML, plain CSV; may be gzipped", exists=True, dir_okay=False)
    ],
    name: Annotated[
        str, typer.Option(help="The name the list is kept under; a newer version takes the place of the older")
    ],
    aliases: Annotated[Path | None, typer.Option(help="OFAC's alias file", exists=True, dir_okay=False)] = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Take what can be read and tell the rest")] = False,
    dated: Annotated[
        datetime | None, typer.Option(help="The day of the list, where its file does not say it", formats=["%Y-%m-%d"])
    ] = None,
) -> None:
    """Take a watch list into the house, whole or not at all. Every version is kept for ever, under its hash."""
    from customhouse.house import start
    from customhouse.house.list_files import read_list

    if not name.strip():
        raise HouseProblem("A list needs a name. Give one, such as --name un")
    listed = read_list(file, aliases, skip_bad)
    _left_out(file, listed)
    if dated is not None:
        if listed.dated is not None and listed.dated != dated.date():
            raise HouseProblem(f"The list says that it is of {listed.dated}, not of {dated.date()}. Leave --dated out")
        listed = msgspec.structs.replace(listed, dated=dated.date())
    start.ensure_database(seed=False)
    from customhouse.registry import watch_lists

    kept = watch_lists.keep(name.strip(), listed, "command line", datetime.now(UTC))
    word = "counts already, nothing was changed" if kept.again else "counts from now on"
    sys.stdout.write(_version(kept.version) + f"\n{word}\n")


@app.command()
def withdraw(name: Annotated[str, typer.Argument(help="The name the list is kept under")]) -> None:
    """A list counts no more; its versions and what was decided about it stay."""
    from customhouse.house import start

    start.ensure_database(seed=False)
    from customhouse.registry import watch_lists

    try:
        sys.stdout.write(_version(watch_lists.withdraw(name.strip(), "command line", datetime.now(UTC))) + "\n")
    except KeyError:
        raise HouseProblem(f"No list counts under the name {name}. See which do: customhouse names lists") from None


@app.command("lists")
def lists_(
    every: Annotated[bool, typer.Option("--all", help="Older versions too")] = False,
    json_: Json = False,
) -> None:
    """The watch lists of the house: the version that counts of each, or all of them."""
    from customhouse.house import start

    start.ensure_database(seed=False)
    from customhouse.registry import watch_lists

    for version in watch_lists.versions() if every else watch_lists.counting():
        sys.stdout.write((msgspec.json.encode(version).decode() if json_ else _version(version)) + "\n")


def _version(one: Version) -> str:
    dated = f"of {one.dated}" if one.dated else "without a day of its own"
    if one.withdrawn:
        return f"{one.name} (version {one.number}): withdrawn {one.at:%Y-%m-%d %H:%M} by {one.by}"
    return (
        f"{one.name} (version {one.number}), {one.format}, {dated}: {one.parties} parties, {one.names} names, {one.skipped} rows left out; "
        f"taken {one.at:%Y-%m-%d %H:%M} by {one.by}; sha256 {one.digest}"
    )
