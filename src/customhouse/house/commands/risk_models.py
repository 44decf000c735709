"""`customhouse risk`: versions of targeting models in a house: train, shadow, publish with two people, watch, go back."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customhouse.house.fault import HouseProblem

if TYPE_CHECKING:
    from customhouse.record.targeting import KeptModel, ModelStep, Thresholds

Digest = Annotated[str, typer.Argument(help="The SHA-256 of the model, or its first digits")]
By = Annotated[str, typer.Option(help="Who does it")]
Why = Annotated[str, typer.Option(help="Why, for the record")]
Yellow = Annotated[float | None, typer.Option(help="Documents are checked from this probability of a find on (0 to 1)")]
Red = Annotated[float | None, typer.Option(help="Goods are examined from this probability of a find on (0 to 1)")]
Revenue = Annotated[
    float | None, typer.Option(help="Documents are checked from this expected revenue on (minor units)")
]
ADay = Annotated[
    list[str] | None, typer.Option(help="OFFICE=NUMBER: the threshold at which it would have looked at so many a day")
]
Json = Annotated[bool, typer.Option("--json", help="For machines")]


def add(app: typer.Typer) -> None:
    """Hang the commands under `customhouse risk`."""
    for command in (keep, models, shadow, publish, approve, withdraw, rollback, retire, drift, compare, recount):
        app.command()(command)


def ready() -> None:
    """The house's register, opened for its own work."""
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()


def from_register(days: int, seed: int, by: str, simulated: int = 0) -> tuple[str, Any]:
    """Train a candidate from the register (or from simulated trade) and keep it; its digest and what came of it."""
    ready()
    from customhouse.clearance import learn
    from customhouse.registry import models_kept

    now = datetime.now(UTC)
    if simulated:
        from customhouse.house import practice

        told = practice.cases(simulated, now.date(), seed)
    else:
        told = learn.cases(now - timedelta(days), now, examined=True)
    made = learn.train(told, seed=seed, simulated=bool(simulated))
    return models_kept.register(made.data, made.card, made.facts, by=by, at=now), made


def keep(
    model: Annotated[Path, typer.Argument(help="A model file of customhouse risk train, <sha256>.json")],
    by: By = "operator",
) -> None:
    """Keep a model trained from files as a candidate of this house."""
    ready()
    from customhouse.clearance.scorer import opened
    from customhouse.record.targeting import ModelFacts
    from customhouse.registry import models_kept

    data = model.read_bytes() if model.is_file() else b""
    if not data:
        raise HouseProblem(f"{model} is not there; train one with customhouse risk train")
    found = refused(lambda: opened(model.stem, data))
    told = model.with_suffix(".md")
    text = told.read_text("utf-8") if told.is_file() else "# Model card\n\nThe file came without its card.\n"
    facts = ModelFacts(found.rows, found.finds, found.first, found.last, found.seed)
    sys.stdout.write(f"Candidate {models_kept.register(data, text, facts, by=by, at=datetime.now(UTC))}\n")


def models(json_: Json = False) -> None:
    """Every version with its state, and what waits for another person."""
    ready()
    from customhouse.registry import models_kept

    found = models_kept.models()
    if json_:
        import msgspec

        said = [{"digest": m.digest, "state": m.state, "at": m.at, "by": m.by, "rows": m.facts.rows, "measured": m.facts.measured,
                 "thresholds": m.thresholds, "steps": m.steps} for m in found]  # fmt: skip
        sys.stdout.write(msgspec.json.encode(said).decode() + "\n")
        return
    for m in found:
        auc = m.facts.measured.get("auc")
        sys.stdout.write(f"{m.digest[:16]}  {m.state.value:9}  {m.at:%Y-%m-%d %H:%M}  {m.facts.rows:>8,} rows  auc {auc:.3f}" if auc
                         else f"{m.digest[:16]}  {m.state.value:9}  {m.at:%Y-%m-%d %H:%M}  {m.facts.rows:>8,} rows")  # fmt: skip
        waits = f"  proposed by {m.proposal.by}, waits for another person" if m.proposal else ""
        sys.stdout.write(f"{waits}\n")
    if not found:
        sys.stdout.write("There is no model; train one with customhouse risk train --from-register\n")


def shadow(
    digest: Digest,
    by: By,
    reason: Why,
    yellow: Yellow = None,
    red: Red = None,
    revenue: Revenue = None,
    a_day: ADay = None,
) -> None:
    """Put a version on trial: the line asks it and keeps what it would have chosen; it sets no lane."""
    _step(digest, "SHADOWED", by, reason, thresholds(digest, yellow, red, revenue, a_day))


def publish(
    digest: Digest,
    by: By,
    reason: Why,
    yellow: Yellow = None,
    red: Red = None,
    revenue: Revenue = None,
    a_day: ADay = None,
) -> None:
    """Propose that a version goes live at these thresholds; it does when another person approves."""
    _step(digest, "PROPOSED", by, reason, thresholds(digest, yellow, red, revenue, a_day))


def approve(digest: Digest, by: By, reason: Why) -> None:
    """Approve what somebody else has proposed: the version is live, the one before is retired."""
    _step(digest, "PUBLISHED", by, reason)


def withdraw(digest: Digest, by: By, reason: Why) -> None:
    """Take a proposal back, or refuse it."""
    _step(digest, "WITHDRAWN", by, reason)


def rollback(digest: Digest, by: By, reason: Why) -> None:
    """Go back to a version that was live before, in one act."""
    _step(digest, "ROLLED_BACK", by, reason)


def retire(digest: Digest, by: By, reason: Why) -> None:
    """Take a version off the line; without a live one the line goes on with criteria and draws."""
    _step(digest, "RETIRED", by, reason)


def drift(
    digest: Annotated[
        str, typer.Argument(help="The SHA-256 of the model, or its first digits; the live one if absent")
    ] = "",
    days: Annotated[int, typer.Option(min=1, help="How many days are looked at")] = 28,
    json_: Json = False,
) -> None:
    """Look at the last days beside what the model learned from, keep the report, and name alarms. Exit code 1 when there is one."""
    ready()
    from customhouse.clearance import drift as monitors
    from customhouse.registry import models_kept

    live = models_kept.live()
    if not digest and live is None:
        raise HouseProblem("No model is live; name one, or publish one")
    report = refused(lambda: monitors.watch(digest or live.digest, datetime.now(UTC), days))  # type: ignore[union-attr]
    if json_:
        import msgspec

        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        raise typer.Exit(1 if report.alarms else 0)
    sys.stdout.write(
        f"{report.rows:,} rows from {report.first} to {report.last}, {report.results:,} with a result; {report.failed} without an answer\n"
    )
    for name, value in sorted(report.psi.items(), key=lambda one: -one[1])[:10]:
        sys.stdout.write(f"  psi {name:32} {value:.3f}\n")
    sys.stdout.write(f"  score: psi {report.score_psi:.3f}, Kolmogorov-Smirnov {report.score_ks:.3f}\n")
    for alarm in report.alarms:
        sys.stdout.write(f"ALARM {alarm.kind}: {alarm.text} ({alarm.value:g}, limit {alarm.limit:g})\n")
    raise typer.Exit(1 if report.alarms else 0)


def compare(
    digests: Annotated[list[str], typer.Argument(help="Two versions or more")],
    days: Annotated[int, typer.Option(min=1, help="How many days they are asked about")] = 28,
    json_: Json = False,
) -> None:
    """Ask versions about the same recent declarations: measures on those with a result, and what they would choose by office."""
    ready()
    from customhouse.clearance import compare as back_test

    found = refused(lambda: back_test.side_by_side(digests, datetime.now(UTC), days))
    if json_:
        import msgspec

        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return
    for one in found:
        said = "  ".join(
            f"{n} {one.measured[n]:.3f}" for n in ("auc", "p@5", "p@10", "rev@10", "brier", "ece") if n in one.measured
        )
        sys.stdout.write(f"{one.digest[:16]}  {one.rows:,} with a result, {one.finds:,} finds  {said}\n")
        if one.learned_from:
            sys.stdout.write(
                f"    it learned from {one.learned_from:,} of these itself, which flatters it: believe its card\n"
            )
        for o in one.offices:
            sys.stdout.write(
                f"    {o.office}: {o.chosen} of {o.declarations} ({o.a_day:.1f} a day), {o.finds} finds in {o.examined} known\n"
            )


def recount() -> None:
    """Read the whole record again and make anew what is kept of it: counts of actors, outcomes, past trade."""
    ready()
    from customhouse.registry import courses, outcome_days

    seen = courses.recount()
    outcome_days.count_changed()
    sys.stdout.write(f"{seen:,} entries counted\n")


def _step(digest: str, step: str, by: str, reason: str, thresholds: Thresholds = ()) -> None:
    ready()
    from customhouse.record.targeting import ModelStep
    from customhouse.registry import models_kept

    def take() -> KeptModel:
        found = models_kept.one(digest)
        kind: ModelStep = ModelStep(step)
        return models_kept.take(found.digest, kind, by=by, at=datetime.now(UTC), reason=reason, thresholds=thresholds)

    model = refused(take)
    waits = f"; proposed by {model.proposal.by}, another person must approve" if model.proposal else ""
    sys.stdout.write(f"{model.digest[:16]} is {model.state.value}{waits}\n")


def thresholds(
    digest: str, yellow: float | None, red: float | None, revenue: float | None, a_day: list[str] | None
) -> Thresholds:
    """The thresholds that are said in a command; none where nothing is."""
    from customhouse.record.lanes import Lane
    from customhouse.record.targeting import Threshold

    said = [Threshold(lane, at) for lane, at in ((Lane.YELLOW, yellow), (Lane.RED, red)) if at is not None]
    said += [Threshold(Lane.YELLOW, revenue, "revenue")] if revenue is not None else []
    return (*said, *(_budgets(digest, a_day) if a_day else ()))


def _budgets(digest: str, a_day: list[str]) -> Thresholds:
    ready()
    from customhouse.clearance import compare as back_test
    from customhouse.clearance.scorer import opened
    from customhouse.registry import models_kept

    wanted = {}
    for one in a_day:
        office, _, many = one.partition("=")
        if not many.isdigit():
            raise HouseProblem(f"--a-day {one}: write OFFICE=NUMBER, such as XM000010=12")
        wanted[office] = int(many)

    def worked_out() -> Thresholds:
        kept = models_kept.one(digest)
        model = opened(kept.digest, models_kept.contents(kept.digest))
        return back_test.budget(back_test.ask(model, back_test.recent(datetime.now(UTC))), wanted)

    return refused(worked_out)


def refused(work: Any) -> Any:
    """What `work` gives; what it refuses is told in a sentence."""
    from customhouse.registry.models_kept import ModelFault

    try:
        return work()
    except KeyError as fault:
        raise HouseProblem(
            f"There is no model {fault.args[0]}, or more than one begins so; list them with customhouse risk models"
        ) from fault
    except ModelFault as fault:
        raise HouseProblem(str(fault)) from fault
