"""The page of the boards: one HTML file with its curves as SVG, no script, nothing fetched, readable in the dark and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from customhouse.labs.targeting import page_c
from customhouse.labs.targeting.board_c import BoardC
from customhouse.labs.targeting.boards import BARS, Board
from customhouse.labs.targeting.charts import Line, chart
from customhouse.labs.targeting.measures import SHARES, TIMES

STYLE = """
:root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --line: #c8d0d8; --one: #0b5cad; --two: #b3541e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --paper: #12181e; --line: #3a4652; --one: #6fb3f2; --two: #f0a070; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-inline-size: 60rem; padding-inline: 1rem; }
table { border-collapse: collapse; margin-block: 1rem; } th, td { border-block-end: 1px solid var(--line); padding: .3rem .7rem; text-align: end; }
th:first-child, td:first-child { text-align: start; } .wide td:not(:first-child), .wide thead th:not(:first-child) { white-space: nowrap; } .curves { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; inline-size: 420px; max-inline-size: 100%; }
.wide { overflow-x: auto; } svg { inline-size: 100%; block-size: auto; } .note { border-inline-start: 4px solid var(--two); padding-inline-start: 1rem; }
.axis { stroke: var(--line); } text { fill: var(--ink); font-size: 12px; } .three, .four, .five, .six, .seven { fill: none; stroke-width: 1.6; }
.three { stroke: #2e8b57; stroke-dasharray: 2 2; } .four { stroke: #9467bd; stroke-dasharray: 8 3 2 3; } .five { stroke: #8c8c8c; stroke-dasharray: 1 3; }
.six { stroke: #c2408a; stroke-dasharray: 10 4; } .seven { stroke: #a08a00; stroke-dasharray: 4 2; } svg .mark { stroke: var(--line); stroke-dasharray: 3 3; } .one { stroke: var(--one); fill: none; stroke-width: 2; }
.two { stroke: var(--two); fill: none; stroke-width: 2; stroke-dasharray: 6 3; }
"""
LEAK = """<p class="note">Read board A with care. {repeated:.1%} of the rows scored here repeat a goods tuple (code, countries, rate, tax type,
net mass) that was learned from, and a dictionary of past results, without any learning, reaches AUC {auc:.3f} and {p5:.3f} precision at
5 %. In the Korean synthetic declarations (2023) that is a leak: whole goods tuples were copied by their generator together with their
result. Board A shows that a model remembers; board B shows what it has understood.</p>"""
SPANS = """<p>Intervals are 95 % of {times} bootstrap draws{groups}. That of the calibration error leans upwards, since rows drawn twice look less even
than they are.</p>"""


def html(boards: Sequence[Board], third: BoardC | None = None, title: str = "Targeting boards") -> str:
    """The whole page: boards A and B as there are, and board C."""
    body = "".join(_board(b) for b in boards) + (page_c.section(third) if third is not None else "")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def _board(board: Board) -> str:
    says = {
        "A": "Board A: the official split (learn the days before, score the days after)",
        "B": "Board B: goods never seen (whole goods tuples held apart, five folds)",
    }
    parts = [
        f"<section><h2>{escape(says.get(board.name, board.name.capitalize()))}</h2>",
        f"<p>{board.learned:,} rows to learn from, {board.scored:,} scored, {board.rate:.2%} of them with a find"
        f"{'; each row by a model of the other four folds' if board.name == 'B' else ''}.</p>",
        _leak(board),
        SPANS.format(times=TIMES, groups=" of whole goods tuples" if board.name == "B" else ""),
        _table(board),
        '<div class="curves">',
        chart("Precision when so many % are opened", _curves(board, "precision"), 50),
        chart("Share of the duty at stake found", _curves(board, "revenue"), 50),
        chart(
            "Probability said, and finds there were", {"as it was": board.calibration, "perfect": ((0, 0), (1, 1))}, 1
        ),
        "</div>",
        _dial(board),
        _random(board),
        "</section>",
    ]
    return "".join(parts)


def _leak(board: Board) -> str:
    if "dictionary auc" not in board.beside:
        return ""
    said = board.beside
    return LEAK.format(
        repeated=said["share of rows whose goods tuple was learned from"],
        auc=said["dictionary auc"],
        p5=said["dictionary p@5"],
    )


def _table(board: Board) -> str:
    bars, values = BARS.get(board.name, {}), board.measured.values
    rows = []
    for name in ("auc", *(f"p@{s}" for s in SHARES), *(f"rev@{s}" for s in SHARES), "brier", "ece"):
        low, high = board.measured.intervals[name]
        bar, verdict = bars.get(name), ""
        if bar is not None:
            reached = values[name] <= bar if name == "ece" else values[name] >= bar
            verdict = f"{'at most' if name == 'ece' else 'at least'} {bar:g}: {'reached' if reached else 'not reached'}"
        rows.append(
            f"<tr><td>{_named(name)}</td><td>{values[name]:.4f}</td><td>{low:.4f} to {high:.4f}</td><td>{verdict}</td></tr>"
        )
    head = "<tr><th>measure</th><th>value</th><th>95 % interval</th><th>bar</th></tr>"
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def _named(name: str) -> str:
    what, _, share = name.partition("@")
    words = {
        "p": "precision",
        "rev": "share of duty at stake",
        "auc": "AUC",
        "brier": "Brier score",
        "ece": "calibration error",
    }
    return words[what] + (f" at {share} %" if share else "")


def _curves(board: Board, what: str) -> dict[str, Line]:
    return {said: [(p.share, getattr(p, what)) for p in points] for said, points in board.curves.items()}


def _dial(board: Board) -> str:
    names = [f"{what}@{share}" for what in ("p", "rev") for share in (1, 5, 10)]
    head = "".join(f"<th>{_named(n)}</th>" for n in names)
    rows = "".join(
        f"<tr><td>{dial}</td>{''.join(f'<td>{values[n]:.3f}</td>' for n in names)}</tr>"
        for dial, values in board.dial.items()
    )
    return (
        "<h3>The dial: from probability (0) to expected revenue (1)</h3>"
        f'<div class="wide"><table><thead><tr><th>dial</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _random(board: Board) -> str:
    rate = board.random
    if rate is None:
        return ""
    return (
        f"<p>A pure random share of 2 %, drawn as the risk office draws, would have looked at {rate.looks} of these rows and found {rate.finds}: "
        f"a rate of {rate.middle:.1%}, with 95 % probability between {rate.low:.1%} and {rate.high:.1%} (all rows: {board.rate:.1%}). "
        "Only such a share measures the true rate; what a model selects does not.</p>"
    )
