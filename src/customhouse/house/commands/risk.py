"""`customhouse risk`: train a targeting model, measure it, explain single rows, and set it on the boards."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from customhouse.house.commands import risk_models, risk_rules
from customhouse.house.commands.backtest import backtest
from customhouse.house.commands.risk_impact import impact
from customhouse.house.commands.risk_results import results
from customhouse.house.fault import HouseProblem

if TYPE_CHECKING:
    from customhouse.labs.targeting.boards import Board

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Train, measure and explain targeting models")
app.add_typer(risk_rules.app, name="rules")
app.command()(backtest)
Json = Annotated[bool, typer.Option("--json", help="For machines")]
Seed = Annotated[int, typer.Option(help="The same seed on the same data gives the same model")]
Foreign = Annotated[
    str, typer.Option(help="Another scikit-learn-compatible classifier, as module:Class; for the boards only")
]
app.command()(results)
LAST_PART = 10  # of the days, in percent, is measured on when no file is given


def _ready() -> None:
    """One thread each for all that computes, before any of it is loaded; and a plain word when the extra is absent."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    try:
        import catboost
        import numba
        import scipy  # noqa: F401
    except ImportError as fault:
        raise HouseProblem(
            f"Targeting needs the extra `targeting`, and {fault.name} is not installed: ./customhouse install targeting, "
            "or pip install 'customhouse[targeting]'"
        ) from fault
    _ = (catboost, numba)


@app.command()
def train(  # noqa: PLR0913 - one argument for each thing a caller may say
    data: Annotated[Path | None, typer.Argument(help="Folder with past declarations as CSV")] = None,
    to: Annotated[Path | None, typer.Option(help="Folder that the model and its card are written to")] = None,
    test: Annotated[
        Path | None, typer.Option(help="CSV to measure on; without it the last tenth of the days is kept back for that")
    ] = None,
    from_register: Annotated[
        bool, typer.Option("--from-register", help="Learn from what this house decided and examined; keeps a candidate")
    ] = False,
    simulated: Annotated[int, typer.Option(help="Learn from so many simulated declarations; for practice")] = 0,
    days: Annotated[int, typer.Option(min=1, help="With --from-register: how far back")] = 365,
    by: Annotated[str, typer.Option(help="With --from-register: who trains")] = "operator",
    seed: Seed = 1,
    json_: Json = False,
) -> None:
    """Learn from past declarations; write the model under its hash, and its card with what it was measured at."""
    _ready()
    if from_register or simulated:
        digest, trained = risk_models.from_register(days, seed, by, simulated)
        if json_:
            sys.stdout.write(json.dumps({"model": digest, "measured": flat(trained.board)}) + "\n")
            return
        sys.stdout.write(f"Candidate {digest}\n")
        _print(trained.board)
        return
    if data is None or to is None:
        raise HouseProblem(
            "Name the folder of past declarations and --to, or learn from this house with --from-register"
        )
    from customhouse.labs.targeting import boards, card, declared, file, model

    used = declared.files(data, test)
    past = declared.read(used)
    if test is not None:
        board, made = boards.board_a(past, declared.read([test]), seed)
    else:
        early, late = declared.split(past, LAST_PART)
        board, _ = boards.board_a(early, late, seed)
        made = model.train_model(past, seed)
    path = file.save(made, to)
    digests = tuple((p.name, hashlib.sha256(p.read_bytes()).hexdigest()) for p in used)
    told = path.with_suffix(".md")
    told.write_text(card.card(made, path.stem, digests, board), encoding="utf-8")
    if json_:
        sys.stdout.write(json.dumps({"model": str(path), "card": str(told), "measured": flat(board)}) + "\n")
        return
    sys.stdout.write(f"Model {path}\nCard  {told}\n")
    _print(board)


@app.command()
def evaluate(
    model: Annotated[Path, typer.Argument(help="A model file, <sha256>.json")],
    test: Annotated[Path, typer.Argument(help="CSV with results to measure on")],
    json_: Json = False,
) -> None:
    """Measure a stored model on declarations with results."""
    _ready()
    from customhouse.labs.targeting import boards, declared, file

    board = boards.evaluated(file.load(model), declared.read([test]))
    if json_:
        sys.stdout.write(json.dumps(flat(board)) + "\n")
    else:
        _print(board)


@app.command()
def explain(
    model: Annotated[Path, typer.Argument(help="A model file, <sha256>.json")],
    file: Annotated[Path, typer.Argument(help="CSV with declarations; results are not needed")],
    id: Annotated[str, typer.Option(help="Only this declaration; without it the likeliest finds")] = "",
    most: Annotated[int, typer.Option(min=1, help="How many declarations")] = 5,
    json_: Json = False,
) -> None:
    """Say why declarations score as they do, in sentences, with exact contributions."""
    _ready()
    import msgspec
    import numpy as np

    from customhouse.labs.targeting import declared, reasons
    from customhouse.labs.targeting import file as kept

    found, rows = kept.load(model), declared.read([file])
    if id and id not in rows.ids:
        raise HouseProblem(f"There is no declaration {id} in {file.name}")
    at = np.array([rows.ids.index(id)]) if id else np.argsort(-found.probability(rows), kind="stable")[:most]
    said = reasons.explain(rows.take(at), found)
    if json_:
        sys.stdout.write(msgspec.json.encode({"model": model.stem, "rows": said}).decode() + "\n")
        return
    for one in said:
        sys.stdout.write(f"\n{one.id}: probability of a find {one.probability:.1%} ({one.spoke})\n  {one.own}\n")
        for because in one.reasons:
            sys.stdout.write(f"  {because.adds:+.2f}  {because.text}\n")


@app.command()
def board(  # noqa: PLR0913 - the options of one command
    train: Annotated[
        Path | None, typer.Option(help="Folder with the CSV files to learn from; without it board C alone")
    ] = None,
    test: Annotated[Path | None, typer.Option(help="CSV to score on board A; never learned from there")] = None,
    page: Annotated[Path | None, typer.Option(help="Write the page of curves to this HTML file")] = Path(
        "risk-board.html"
    ),
    estimator: Foreign = "",
    year: Annotated[bool, typer.Option(help="With board C, the simulated year; it needs no data")] = True,
    rows: Annotated[
        int, typer.Option(min=4_000, help="About how many declarations the simulated year holds")
    ] = 200_000,
    drift_runs: Annotated[int, typer.Option(min=0, help="Seeds of the drift run; 0 leaves it out")] = 3,
    card: Annotated[
        Path | None, typer.Option(help="Write the card of the model of board C to this Markdown file")
    ] = None,
    seed: Seed = 1,
    json_: Json = False,
) -> None:
    """Boards A (official split), B (goods never seen) and C (the simulated year), with intervals and a page of curves. Exit code 1 when a
    bar is missed."""
    _ready()
    from customhouse.labs.targeting import card as cards
    from customhouse.labs.targeting import page as pages
    from customhouse.labs.targeting import page_c
    from customhouse.labs.targeting.side import named

    if (train is None) != (test is None):
        raise HouseProblem("Boards A and B need both --train and --test; without either, board C is made alone")
    if train is None and not year:
        raise HouseProblem(
            "Nothing to do: give --train and --test for boards A and B, or leave --no-year away for board C"
        )
    both = _official(train, test, named(estimator) if estimator else None, seed) if train and test else ()
    told: dict[str, Any] = {b.name: flat(b) for b in both}
    misses = [m for b in both for m in b.misses()]
    third = None
    if year:
        from customhouse.house import year as years

        third = years.board(seed, rows, drift_runs, _tell)
        told["C"], misses = page_c.flat(third), misses + third.misses()
        if card is not None:
            card.write_text(cards.card_c(third, seed), encoding="utf-8")
    if page is not None:
        page.write_text(pages.html(both, third), encoding="utf-8")
        _tell(f"Curves: {page}")
    if json_:
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        for one in both:
            _print(one)
        if third is not None:
            sys.stdout.write(page_c.text(third))
    raise typer.Exit(1 if misses else 0)


def _official(train: Path, test: Path, make: Any, seed: int) -> tuple[Board, ...]:
    """Boards A and B from files."""
    from customhouse.labs.targeting import boards, declared

    before, after = declared.read(declared.before(train, test)), declared.read([test])
    everything = declared.read([*declared.files(train, test), test])
    _tell("Board A: learning")
    first, _ = boards.board_a(before, after, seed, make)
    return first, boards.board_b(everything, seed, make, _tell)


def flat(board: Board) -> dict[str, Any]:
    """A board for machines: its measures by name, and beside them intervals, dial and sizes."""
    return {
        **board.measured.values,
        "intervals": board.measured.intervals,
        "dial": board.dial,
        "learned": board.learned,
        "scored": board.scored,
        "rate": board.rate,
        "beside": board.beside,
        "random": {n: getattr(board.random, n) for n in ("looks", "finds", "middle", "low", "high")}
        if board.random
        else None,
        "misses": board.misses(),
    }


def _print(board: Board) -> None:
    values, spans = board.measured.values, board.measured.intervals
    write = sys.stdout.write
    write(
        f"\nBoard {board.name}: {board.learned:,} rows learned from, {board.scored:,} scored, {board.rate:.2%} with a find\n"
    )
    for name in ("auc", "p@1", "p@5", "p@10", "p@20", "rev@1", "rev@5", "brier", "ece"):
        write(f"  {name:6} {values[name]:.4f}  [{spans[name][0]:.4f}, {spans[name][1]:.4f}]\n")
    for dial in ("0", "0.5", "1"):
        at = board.dial[dial]
        write(
            f"  dial {dial:>3}: precision at 1 % {at['p@1']:.3f}, at 5 % {at['p@5']:.3f}; duty at stake found at 1 % {at['rev@1']:.3f}, at 5 % {at['rev@5']:.3f}\n"
        )
    for what, value in board.beside.items():
        write(f"  {what}: {value:.4f}\n")
    if board.random:
        write(
            f"  a 2 % random share says {board.random.middle:.1%} [{board.random.low:.1%}, {board.random.high:.1%}]\n"
        )
    for missed in board.misses():
        write(f"  not reached: {missed}\n")


def _tell(text: str) -> None:
    sys.stderr.write(text + "\n")


risk_models.add(app)
app.command()(impact)
