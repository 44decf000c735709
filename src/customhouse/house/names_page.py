"""The board of names as one HTML page with its curves, readable without a network."""

from __future__ import annotations

from html import escape
from typing import Any

WIDTH, HEIGHT, EDGE = 460, 300, 46
COLOURS = ("#1f5fa8", "#b4540a", "#3c7a3c", "#7a3c76")

_STYLE = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:62rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;margin-block:1rem}td,th{padding:.25rem .75rem;text-align:start;border-block-end:1px solid #8888}
td{font-variant-numeric:tabular-nums}figure{display:inline-block;margin:0 1.5rem 1.5rem 0}svg{max-width:100%;height:auto}
svg text{font-size:12px;fill:currentColor}.wide{overflow-x:auto}.bad{font-weight:700}
"""


def page(told: dict[str, Any]) -> str:
    """The page. `told` is what `names_board.board` hands back."""
    parts = []
    if pairs := told.get("pairs"):
        parts.append(_pairs(pairs))
    if lists := told.get("screening"):
        parts.append(_lists(lists))
    missed = "".join(f"<li class=bad>{escape(one)}</li>" for one in told["missed"]) or "<li>every bar is met</li>"
    machine = ", ".join(f"{escape(str(key))} {escape(str(value))}" for key, value in told["machine"].items())
    not_read = "".join(f"<li>{escape(one)}</li>" for one in told["not_read"])
    rest = f"<h2>Not read</h2><ul>{not_read}</ul>" if not_read else ""
    return (
        f'<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width, initial-scale=1"><title>Names</title>'
        f"<style>{_STYLE}</style><h1>Names</h1><ul>{missed}</ul>{''.join(parts)}{rest}<p>Taken on: {machine}</p></html>\n"
    )


def _rows(told: dict[str, Any], keys: dict[str, str]) -> str:
    cells = "".join(
        f"<tr><th scope=row>{escape(says)}</th><td>{escape(str(told[key]))}</td></tr>"
        for key, says in keys.items()
        if key in told
    )
    return f"<div class=wide><table>{cells}</table></div>"


def _pairs(told: dict[str, Any]) -> str:
    curve = told["curve"]
    lines = {
        "precision": [(row[0], row[1]) for row in curve],
        "recall": [(row[0], row[2]) for row in curve],
        "F1": [(row[0], row[3]) for row in curve],
    }
    keys = {
        "pairs": "pairs", "threshold": "threshold", "f1": "F1", "f1_95": "F1, 95 % interval (bootstrap)", "precision": "precision",
        "recall": "recall", "strong": "STRONG pairs", "strong_right": "of them right", "brier": "Brier score", "ece": "calibration error",
        "us_per_pair": "microseconds a pair",
    }  # fmt: skip
    unseen = ""
    if other := told.get("unseen"):
        unseen = "<h3>With weights that did not see the pair</h3>" + _rows(
            other, {"how": "how", "f1": "F1", "strong_right": "STRONG right", "ece": "calibration error"}
        )
    return f"<h2>Pairs</h2>{_chart('Precision, recall and F1 by threshold', lines, (0.0, 1.0), 'threshold')}{_rows(told, keys)}{unseen}"


def _lists(told: dict[str, Any]) -> str:
    lines = {label: [(row[0] * 100, row[1]) for row in one["curve"]] for label, one in told["sets"].items()}
    keys = {
        "names": "listed names", "not_listed": "names asked that are not listed", "false_positives": "share of false alarms",
        "above": "alarm above a nearness of", "us_median": "microseconds a query, median", "us_p95": "95 % within", "us_p99": "99 % within", "build_s": "seconds to index",
    }  # fmt: skip
    sets = "".join(
        f"<tr><th scope=row>{escape(label)}</th><td>{one['asked']}</td><td>{one['recall']}</td><td>{one['right_name']}</td></tr>"
        for label, one in told["sets"].items()
    )
    steps = list(next(iter(told["alarms"].values())))
    alarms = (
        "<h3>Names with an alarm, when every hit is compared, by least score</h3><div class=wide><table><tr><th></th>"
    )
    alarms += "".join(f"<th>{step}</th>" for step in steps) + "</tr>"
    for label, row in told["alarms"].items():
        alarms += (
            f"<tr><th scope=row>{escape(label)}</th>" + "".join(f"<td>{row[step]}</td>" for step in steps) + "</tr>"
        )
    alarms += "</table></div>"
    head = "<tr><th>set</th><th>asked</th><th>recall</th><th>name itself in first five</th></tr>"
    lowest = min((value for line in lines.values() for _, value in line), default=0.0)
    floor = max(0.0, int(lowest * 50) / 50 - 0.02)
    return f"<h2>Screening of lists</h2>{_chart('Recall by share of false alarms', lines, (min(floor, 0.9), 1.0), 'false alarms, %')}<div class=wide><table>{head}{sets}</table></div>{_rows(told, keys)}{alarms}"


def _chart(title: str, lines: dict[str, list[tuple[float, float]]], span: tuple[float, float], below: str) -> str:
    right = max((x for line in lines.values() for x, _ in line), default=1.0)
    right = max(1.0, right)
    low, high = span

    def place(x: float, y: float) -> str:
        return f"{EDGE + x / right * (WIDTH - EDGE - 10):.1f},{HEIGHT - EDGE - (y - low) / (high - low) * (HEIGHT - EDGE - 30):.1f}"

    drawn = []
    for step in range(6):
        y = low + (high - low) * step / 5
        x_left, y_there = place(0, y).split(",")
        drawn.append(
            f'<line x1="{x_left}" x2="{WIDTH - 10}" y1="{y_there}" y2="{y_there}" stroke="#8885"/><text x="{EDGE - 6}" y="{y_there}" dy="4" text-anchor="end">{y:.2f}</text>'
        )
        x_there = place(right * step / 5, low).split(",")[0]
        drawn.append(f'<text x="{x_there}" y="{HEIGHT - EDGE + 16}" text-anchor="middle">{right * step / 5:.1f}</text>')
    for number, (label, line) in enumerate(lines.items()):
        colour, dash = COLOURS[number % len(COLOURS)], ("", "7 4", "2 4", "9 3 2 3")[number % 4]
        points = " ".join(place(x, y) for x, y in line)
        drawn.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
        )
        drawn.append(
            f'<line x1="{EDGE + 8 + number * 140}" x2="{EDGE + 32 + number * 140}" y1="14" y2="14" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dash}"/>'
        )
        drawn.append(f'<text x="{EDGE + 36 + number * 140}" y="18">{escape(label.removeprefix("positives_"))}</text>')
    drawn.append(f'<text x="{(WIDTH + EDGE) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">{escape(below)}</text>')
    return f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(drawn)}</svg></figure>'
