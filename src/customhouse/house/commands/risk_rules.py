"""`customhouse risk rules`: officers' rules on the command line, and as files that can be kept and carried to another house.

What is imported are drafts: back-test, approval by somebody else and publishing stay what they are.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from customhouse.house.fault import HouseProblem

app = typer.Typer(add_completion=False, help="List, show, export and import officers' rules")
Json = Annotated[bool, typer.Option("--json", help="For machines")]


@app.callback(invoke_without_command=True)
def _begin(context: typer.Context) -> None:
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    if context.invoked_subcommand is None:
        list_()


@app.command("list")
def list_(json_: Json = False) -> None:
    """Every rule, list and policy: its versions, where they stand, and how often each rule chose in a year."""
    from customhouse.offices.risk.figures import standing
    from customhouse.record.criterion import Kind, status
    from customhouse.registry import courses, criterion_versions, outcomes

    now = datetime.now(UTC)
    courses.read_on()
    measured = standing(outcomes.between(now.date() - timedelta(365), now.date() + timedelta(1)))
    for (kind, id), versions in criterion_versions.everything().items():
        for v in versions:
            stands = status(v, versions, now.date()).value
            found = measured.of(id)
            told: dict[str, Any] = {
                "kind": kind.value, "id": id, "version": v.number, "status": stands, "author": v.author, "owner": v.content.owner,
            }  # fmt: skip
            if kind is Kind.RULE:
                told |= {
                    "lane": getattr(v.content, "lane", ""),
                    "hits": found.hits,
                    "finds": found.precision.count,
                    "trial": found.trial,
                }
                told |= {
                    "until": str(getattr(v.content, "until", "")),
                    "expression": getattr(v.content, "expression", ""),
                }
            if json_:
                sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
            else:
                more = kind.value
                if kind is Kind.RULE:
                    more = f"{told['lane']:<7}{found.hits:>6} hits {found.precision.count:>5} finds"
                    more += f" {found.trial:>5} on trial" if found.trial else ""
                sys.stdout.write(f"{id:<20} v{v.number:<3} {stands:<11} {more:<43} {v.author:<14} {_said(v)}\n")


def _said(version: Any) -> str:
    text = getattr(version.content, "text", "")
    return str(text.get("en") or next(iter(text.values()), "") if isinstance(text, dict) else text)[:60]


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="A rule (SR0001), a list, or `policy`")],
    json_: Json = False,
) -> None:
    """One of them: what each version says, all that happened to it, and the last back-test."""
    import msgspec

    from customhouse.record.criterion import Status, status
    from customhouse.registry import criterion_versions

    versions = next((v for (_, id), v in criterion_versions.everything().items() if id == name), ())
    if not versions:
        raise HouseProblem(f"There is no rule or list {name}; `customhouse risk rules` lists them")
    if json_:
        sys.stdout.write(msgspec.json.encode(versions).decode() + "\n")
        return
    day = datetime.now(UTC).date()
    for v in versions:
        stands: Status = status(v, versions, day)
        sys.stdout.write(f"{v.id} version {v.number}: {stands.value}, written by {v.author} on {v.at:%Y-%m-%d %H:%M}\n")
        for field, value in msgspec.to_builtins(v.content).items():
            if field != "kind" and value:
                sys.stdout.write(f"  {field:<12} {value}\n")
        for e in v.events:
            reason = f' "{e.reason}"' if e.reason else ""
            sys.stdout.write(f"  {e.at:%Y-%m-%d %H:%M}  {e.step.value:<10} {e.by} ({e.role.value}){reason}\n")
        for caution in v.warnings:
            sys.stdout.write(f"  warned: {caution}\n")


@app.command()
def export(
    to: Annotated[Path | None, typer.Argument(help="File to write; without one it is printed")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also what is not in force: the newest version of each")] = False,
) -> None:
    """Write the rules and lists in force as a TOML file. It is confidential."""
    from customhouse.gates import rule_file
    from customhouse.record.criterion import ListContent, RuleContent, in_force
    from customhouse.registry import criterion_versions

    day, kept = datetime.now(UTC).date(), []
    for (_kind, id), versions in criterion_versions.everything().items():
        chosen = in_force(versions, day) or (versions[-1] if every else None)
        if chosen is not None and isinstance(chosen.content, RuleContent | ListContent):
            kept.append(rule_file.Kept(id, chosen.content))
    data = rule_file.write(kept)
    if to is None:
        sys.stdout.write(data.decode())
        return
    to.write_bytes(data)
    to.chmod(0o600)
    sys.stderr.write(f"{len(kept)} rules and lists are in {to}; keep it as you keep secrets\n")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A file that `export` wrote, or one written like it")],
    by: Annotated[str, typer.Option(help="Account of the officer who answers for the drafts")],
    same: Annotated[
        bool, typer.Option("--same", help="The rules are those of this house: next versions under their numbers")
    ] = False,
) -> None:
    """Keep the rules and lists of a file as drafts, all or none. Each gets a number of this house. Exit code 1 when refused."""
    from customhouse.clearance import criterion
    from customhouse.gates import rule_file
    from customhouse.kernel.problem import Refusal
    from customhouse.record.declaration import Role
    from customhouse.registry import people

    user = people.find(by)
    if user is None or Role(user.role) not in (Role.OFFICER, Role.SUPERVISOR):
        raise HouseProblem(f"{by} is no account of an officer or supervisor of this house")
    at = datetime.now(UTC)
    try:
        kept = rule_file.read(file.read_bytes(), at.date())
        done = criterion.take_in(
            [(one.id, one.content) for one in kept], criterion.Actor(by, Role(user.role)), at, same=same
        )
    except Refusal as refusal:
        for problem in refusal.problems:
            sys.stderr.write(f"{problem.where}: {problem.label}. {problem.hint}\n")
        raise typer.Exit(1) from None
    for named, version in done:
        told = f"draft {version.id} version {version.number}" if version else "is here already"
        sys.stdout.write(f"{named or '-':<20} {told}\n")
