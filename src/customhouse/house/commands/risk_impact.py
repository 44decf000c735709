"""`customhouse risk impact`: a model that is kept but not live, tried on all stored declarations and parcels at its thresholds."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customhouse.house.commands import risk_models
from customhouse.house.commands.backtest import Past, against, days, print_tried
from customhouse.house.commands.risk_models import ADay, Digest, Json, Red, Revenue, Yellow
from customhouse.house.fault import HouseProblem

if TYPE_CHECKING:
    from customhouse.clearance.tried import Asked
    from customhouse.record.targeting import Thresholds


def impact(  # noqa: PLR0913 - one argument per option
    digest: Digest,
    yellow: Yellow = None,
    red: Red = None,
    revenue: Revenue = None,
    a_day: ADay = None,
    since: Annotated[str, typer.Option("--from", help="First day, 2026-01-01; default: a year ago")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day, which is included; default: today")] = "",
    of: Annotated[Past, typer.Option(help="What it is tried on; parcels that have files count as parcels")] = Past.BOTH,
    json_: Json = False,
) -> None:
    """Try a model in the place of the live one: whom it would choose, what those turned out to be, lanes, looks a day by office, and why.

    Without thresholds those that it was proposed or published with. Nothing is recorded; draws and criteria stay as they were. What
    it says of stored parcels is kept in the data directory, so that other thresholds are tried in seconds. Exit code 1 when there is
    a warning that somebody would have to confirm.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    first, last = days(since, until)
    risk_models.ready()
    from customhouse.clearance import scorer, tried
    from customhouse.house.commands.history import bar
    from customhouse.house.paths import data_dir
    from customhouse.registry import lawbook, models_kept
    from customhouse.stream import trials

    kept = risk_models.refused(lambda: models_kept.one(digest))
    thresholds = risk_models.thresholds(digest, yellow, red, revenue, a_day) or _own(kept)
    model = risk_models.refused(lambda: scorer.opened(kept.digest, models_kept.contents(kept.digest)))
    begun, cpu = time.perf_counter(), time.process_time()
    try:
        with bar(trials.count(first, last, of.value), quiet=json_, doing="Asking the model") as done:
            candidate = trials.Candidate(kept.digest, model, thresholds)
            found = trials.try_model(
                candidate, first, last, against(), of=of.value, folder=data_dir() / trials.FOLDER, tick=done
            )
    except trials.NoParcels as fault:
        raise HouseProblem(str(fault)) from None
    took = time.perf_counter() - begun, time.process_time() - cpu
    (found,) = trials.with_mrns((found,), lawbook.current(last).on(last).country)
    asked = tried.explained(model, thresholds, found.sample)
    if json_:
        import msgspec

        told = {"digest": kept.digest, "state": kept.state, "thresholds": thresholds, "found": found, "shown": asked}
        sys.stdout.write(
            msgspec.json.format(msgspec.json.encode(told | {"seconds": took[0], "cpu": took[1]})).decode() + "\n"
        )
    else:
        print_tried(found, title=f"Model {kept.digest[:16]} ({kept.state.value}) at {_said(thresholds)}")
        _print_asked(asked)
        sys.stdout.write(f"{found.declarations:,} asked in {took[0]:.1f} s, {took[1]:.1f} s of one processor\n")
    raise typer.Exit(1 if any(w.confirmed for w in found.warnings) else 0)


def _own(kept: Any) -> Thresholds:
    """The thresholds that a version was proposed with, or speaks at. Raises HouseProblem where there are none."""
    found: Thresholds = (kept.proposal.thresholds if kept.proposal else ()) or kept.thresholds
    if not found:
        raise HouseProblem(f"model {kept.digest[:12]} has no thresholds yet; say --yellow, --red, --revenue or --a-day")
    return found


def _said(thresholds: Thresholds) -> str:
    return ", ".join(
        f"{t.lane.value} from {t.by} {t.at_least:g}" + (f" at {t.office}" if t.office else "") for t in thresholds
    )


def _print_asked(asked: tuple[Asked, ...]) -> None:
    """Some of those it chooses, with its reasons."""
    if asked:
        sys.stdout.write("some of those it chooses, asked by themselves\n")
    for one in asked:
        head = f"  {one.hit.mrn or one.hit.number}  {one.hit.lane.value} -> "
        if one.fault:
            sys.stdout.write(f"{head}?  {one.fault}\n")
            continue
        sys.stdout.write(f"{head}{one.lane.value}  {one.probability:.1%}\n")
        sys.stdout.writelines(f"      {reason}\n" for reason in one.reasons)
