"""`customhouse risk results`: what selection found and cost, how much is wrong in truth, and where nobody looks."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from customhouse.house.fault import HouseProblem

if TYPE_CHECKING:
    from customhouse.clearance.results import Effect, Results
    from customhouse.labs.compliance.beta import Share

SHOWN = 10


def results(
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days back, today among them")] = 90,
    office: Annotated[str, typer.Option(help="Only this customs office")] = "",
    json_: Annotated[bool, typer.Option("--json", help="For machines")] = False,
) -> None:
    """Results of selection in this house: finds, precision of each reason, the measured rate of irregularity, blind spots."""
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    from customhouse.clearance import results as room
    from customhouse.registry import courses, outcome_counts, outcome_days

    while courses.read_on():
        pass
    outcome_days.count_changed()
    when = room.last_days(days, datetime.now(UTC).date())
    known = [t.key for t in outcome_counts.tallies("office", *when)]
    if office and office not in known:
        raise HouseProblem(f"No declaration of office {office} in this time; there are {', '.join(known) or 'none'}")
    told = room.results(*when, office)
    if json_:
        sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    else:
        _print(told)


def _print(told: Results) -> None:
    write, t = sys.stdout.write, told.total
    write(f"\n{told.since} to {told.until}: {t.declarations:,} declarations, {t.looks:,} looks, {t.finds:,} finds\n")
    write(f"  looked at at random      {told.random_ppm / 10_000:g} %, to explore {told.explored_ppm / 10_000:g} %\n")
    write(f"  irregular in truth       {_share(told.rate)}\n")
    write(f"  the same, both draws     {_share(told.weighed)}\n")
    m = told.missed
    passed = "not known yet" if m.likely is None else f"{m.likely:,} ({m.low:,} to {m.high:,})"
    write(f"  passed unseen            {passed} of {m.unseen:,}; {m.chosen_unseen:,} more had been chosen\n")
    write(f"  proposed for exploration {told.proposal.share_ppm / 10_000:g} % ({', '.join(told.proposal.why)})\n")
    write("\n  reason                    chosen    looks  finds  precision\n")
    extra = tuple(e for e in (told.random, told.explored, told.overruled) if e is not None)
    for e in (*extra, *told.reasons[:SHOWN]):
        write(
            f"  {e.tally.key:24} {e.tally.declarations:7,}  {e.tally.looks:7,}  {e.tally.finds:5,}  {_precision(e)}\n"
        )
    for b in told.blind[:SHOWN]:
        write(
            f"  blind: section {b.key[0]:5} from {b.key[1]:2}  {b.declarations:,} declarations, {b.looks} looks, at most {b.high:.0%} irregular\n"
        )


def _share(share: Share | None) -> str:
    if share is None:
        return "nobody drawn was looked at yet"
    return f"{share.middle:.1%} [{share.low:.1%}, {share.high:.1%}] from {share.looks:,} looks"


def _precision(e: Effect) -> str:
    if e.precision is None:
        return "–"
    lift = "" if e.lift is None else f", {e.lift:.1f} times the draw"
    return f"{e.precision.middle:.1%} [{e.precision.low:.1%}, {e.precision.high:.1%}]{lift}"
