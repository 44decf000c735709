"""Board C for people and machines: its part of the page, its lines on a terminal, its JSON."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec

from customhouse.labs.targeting.board_c import (
    CURVE,
    KINDS_AT,
    NEAR,
    OPENED,
    ORACLE,
    ORDERS,
    OURS,
    TIMES,
    BoardC,
    Ranked,
)
from customhouse.labs.targeting.charts import Line, chart
from customhouse.labs.targeting.weeks import FLOOR, HALF_YEAR, RECOVERED, SEEN, STRATEGIES, Course, Online

WHAT = {"p": "precision", "r": "recall", "rev": "revenue"}
INTRODUCTION = """<p>A made-up year with actors that have a history, rings that share sellers, addresses and declarants, firms that were caught and are born
again, frauds that come and go, honest cheap goods and honest mistakes. {learned:,} rows to learn from, {scored:,} later ones scored, {rate:.2%} of them
irregular. All are told the results of earlier days, and rank the same rows. The oracle knows every habit from its first day, before anything was ever
found, and every distribution of the generator; it does not know how the dice fell. Intervals are 95 % of {times} draws of whole days.</p>"""
DIAL = """<p>The dial has two ends: by probability most finds, by expected revenue most money. Both are measured for everybody.</p>"""
RANDOM = """<p>A random share of 2 % of these rows would have looked at {r.looks} and found {r.finds}: a rate of {r.middle:.2%}, with 95 % probability between {r.low:.2%}
and {r.high:.2%}. The true rate is {rate:.2%}.</p>"""
DRIFT = """<h3>The drift run: only what is opened is known</h3><p>{opened:.0f} % of each week is opened, and only those results are ever told. In week {changed} fraud changes:
what was usual goes on and is more than can be opened, while other firms begin to lie about code and origin, which shows in no price. Four
strategies, {seeds} seeds each (mean, lowest and highest). “New frauds” is the part of the revenue hidden by what began then that was found. Precision is against the best possible. What a model picks
stays right to the end; that it misses a whole new kind only the random floor can tell.</p>"""


def flat(board: BoardC) -> dict[str, Any]:
    """The board for machines; our own measures stand on top by name, as on boards A and B."""
    ours = next(r for r in board.ranked if r.name == OURS)
    top = {n: ours.values[_order(n)][n] for n in ours.values[ORDERS[0]]}
    told: dict[str, Any] = msgspec.to_builtins(board)
    return {**top, "auc": board.auc, "ece": board.ece, **told, "misses": board.misses()}


def text(board: BoardC) -> str:
    """The board on a terminal."""
    lines = [
        f"\nBoard C: {board.learned:,} rows learned from, {board.scored:,} scored, {board.rate:.2%} irregular",
        f"  {'':22}" + "".join(f"{WHAT[w] + ' at ' + str(s):>14} %" for w in ("p", "rev") for s in OPENED),
    ]
    for one in board.ranked:
        values = "".join(f"{one.values[_order(f'{w}@{s}')][f'{w}@{s}']:16.3f}" for w in ("p", "rev") for s in OPENED)
        lines.append(f"  {one.name:22}{values}")
    lines.append(
        f"  {'share of the oracle':22}"
        + "".join(f"{board.near[f'{w}@{s}']:16.1%}" for w in ("p", "rev") for s in OPENED)
    )
    lines.append(f"  AUC {board.auc:.4f}, calibration error {board.ece:.4f}")
    lines.append(
        f"  a 2 % random share says {board.random.middle:.2%} [{board.random.low:.2%}, {board.random.high:.2%}]; true: {board.rate:.2%}"
    )
    if board.online:
        lines += [f"  drift run, {name}: " + _told(parts) for name, parts in board.online.summary.items()]
    return "\n".join([*lines, *(f"  not reached: {m}" for m in board.misses())]) + "\n"


def _told(parts: dict[str, tuple[float, float, float]]) -> str:
    said = ("precision before", "precision end", "revenue end", "fresh after", "fresh end", "weeks blind")
    return ", ".join(f"{p} {parts[p][0]:.3f} [{parts[p][1]:.3f}, {parts[p][2]:.3f}]" for p in said)


def section(board: BoardC) -> str:
    """The part of the page."""
    parts = [
        "<section><h2>Board C: the simulated year</h2>",
        INTRODUCTION.format(learned=board.learned, scored=board.scored, rate=board.rate, times=TIMES),
        *(f"<h3>{WHAT[w].capitalize()}, {_order(w + '@')}</h3>{_table(board, w)}" for w in WHAT),
        DIAL,
        '<div class="curves">',
        chart("Precision when so many % are opened, by probability", _lines(board, "precision"), CURVE[-1]),
        chart("Share of the lost revenue found, by expected revenue", _lines(board, "revenue"), CURVE[-1]),
        *(
            chart(f"Our model: {title}", _dial(board, w), OPENED[-1])
            for w, title in (("p", "precision by both orders"), ("rev", "revenue by both orders"))
        ),
        "</div>",
        _kinds(board),
        RANDOM.format(r=board.random, rate=board.rate),
        _online(board.online) if board.online else "",
        _misses(board),
        "</section>",
    ]
    return "".join(parts)


def _order(measure: str) -> str:
    return ORDERS[1] if measure.startswith("rev") else ORDERS[0]


def _table(board: BoardC, what: str) -> str:
    names = [f"{what}@{s}" for s in OPENED]
    head = "".join(f"<th>at {s} %</th><th>95 %</th>" for s in OPENED)
    rows = "".join(f"<tr><td>{escape(one.name)}</td>{_cells(one, names)}</tr>" for one in board.ranked)
    if what != "r":
        near = "".join(
            f"<td>{board.near[n]:.1%}</td><td>{'reached' if board.near[n] >= NEAR else 'not reached'}</td>"
            for n in names
        )
        rows += f"<tr><td>ours, as part of the oracle’s (bar {NEAR:.0%})</td>{near}</tr>"
    return (
        f'<div class="wide"><table><thead><tr><th>who ranks</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _cells(one: Ranked, names: list[str]) -> str:
    order = _order(names[0])
    return "".join(
        f"<td>{one.values[order][n]:.3f}</td><td>{one.intervals[order][n][0]:.3f} to {one.intervals[order][n][1]:.3f}</td>"
        for n in names
    )


def _lines(board: BoardC, what: str) -> dict[str, Line]:
    first = [r for r in board.ranked if r.name in (OURS, ORACLE)]
    return {r.name: getattr(r, what) for r in [*first, *(r for r in board.ranked if r not in first)]}


def _dial(board: BoardC, what: str) -> dict[str, Line]:
    ours = next(r for r in board.ranked if r.name == OURS)
    return {order: [(s, ours.values[order][f"{what}@{s}"]) for s in OPENED] for order in ORDERS}


def _kinds(board: BoardC) -> str:
    rows = "".join(
        f"<tr><td>{escape(kind)}</td><td>{many:,}</td><td>{ours:.3f}</td><td>{best:.3f}</td></tr>"
        for kind, (many, ours, best) in board.kinds.items()
    )
    return (
        f'<h3>What is opened of each kind, at {KINDS_AT} %</h3><div class="wide"><table><thead><tr><th>kind</th><th>rows</th><th>ours</th>'
        f"<th>oracle</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _online(run: Online) -> str:
    seeds = sorted({c.seed for c in run.courses})
    columns = {
        "fresh after": f"new frauds, {HALF_YEAR} weeks after",
        "weeks blind": f"weeks until {SEEN * 100:.0f} % of them are found",
        "fresh end": f"new frauds, last {RECOVERED} weeks",
        "precision before": "precision before",
        "precision after": "precision after",
        "revenue end": f"revenue, last {RECOVERED} weeks",
    }
    head = "".join(f"<th>{t}</th>" for t in columns.values())
    rows = "".join(
        f"<tr><td>{escape(name)}</td>{''.join(f'<td>{told[p][0]:.2f} ({told[p][1]:.2f} to {told[p][2]:.2f})</td>' for p in columns)}</tr>"
        for name, told in run.summary.items()
    )
    blind = _blindest(run)
    lines = {
        what: {s.name: _weekly(run, s.name, what) for s in STRATEGIES} for what in ("precision", "fresh", "explored")
    }
    return "".join(
        (
            DRIFT.format(opened=run.opened * 100, changed=run.changed, seeds=len(seeds)),
            f'<div class="wide"><table><thead><tr><th>strategy</th>{head}</tr></thead><tbody>{rows}</tbody></table></div><div class="curves">',
            chart(
                "Weekly precision against the best possible (mean of four weeks)",
                lines["precision"],
                run.weeks,
                run.changed,
            ),
            chart(
                "Share of the revenue of new frauds found (mean of four weeks)", lines["fresh"], run.weeks, run.changed
            ),
            chart(
                f"New frauds found in seed {blind}, where exploiting alone found least",
                {s.name: _weekly(run, s.name, "fresh", seed=blind) for s in STRATEGIES},
                run.weeks,
                run.changed,
            ),
            chart("Share of the inspections that explore", lines["explored"], run.weeks, run.changed),
            "</div>",
            _floors([c for c in run.courses if c.measured]),
        )
    )


def _blindest(run: Online) -> int:
    """The seed in which exploiting alone found least of the new frauds in the half year after."""
    span = slice(run.changed, run.changed + HALF_YEAR)
    return min((sum(c.fresh[span]), c.seed) for c in run.courses if c.strategy == STRATEGIES[0].name)[1]


def _weekly(run: Online, name: str, what: str, over: int = 4, seed: int | None = None) -> list[tuple[float, float]]:
    mine = [getattr(c, what) for c in run.courses if c.strategy == name and seed in (None, c.seed)]
    means = [sum(week) / len(week) for week in zip(*mine, strict=True)]
    return [(n + 1, sum(means[max(0, n - over + 1) : n + 1]) / min(n + 1, over)) for n in range(len(means))]


def _floors(courses: list[Course]) -> str:
    rows = "".join(
        f"<tr><td>{escape(c.strategy)}, seed {c.seed}</td><td>{c.measured.looks:,}</td><td>{c.measured.finds}</td><td>{c.measured.middle:.2%}</td>"
        f"<td>{c.measured.low:.2%} to {c.measured.high:.2%}</td><td>{c.true:.2%}</td></tr>"
        for c in courses
        if c.measured
    )
    return (
        f"<h3>The rate that the random floor measured</h3><p>The floor is a pure draw of {FLOOR * 100:.0f} % of all declarations. What a model selects says nothing of the true rate; "
        'the floor does (Beta posterior, Jeffreys prior).</p><div class="wide"><table><thead><tr><th>run</th><th>looks</th><th>finds</th><th>measured</th>'
        f"<th>95 %</th><th>true</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _misses(board: BoardC) -> str:
    missed = board.misses()
    if not missed:
        return "<p>Every bar of board C is reached.</p>"
    return (
        '<div class="note"><p>Not reached:</p><ul>' + "".join(f"<li>{escape(m)}</li>" for m in missed) + "</ul></div>"
    )
