"""What a targeter sees of the past, as numbers for SVG: prices on a strip, months on a time line, a rate with its interval."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from customhouse.desks import explain
from customhouse.kernel.money import Money
from customhouse.offices.risk.share import PPM, share
from customhouse.registry.links import Record
from customhouse.registry.past_goods import Case

FEW = 8
"""Fewer past goods than this say nothing about what is usual."""
WIDE, LEFT, RIGHT = 640, 12, 628
DRAWN = 240  # dots on a strip; of more every second, third ... is drawn
FAR = 1.5  # distances between the quartiles, on the scale of ratios, beyond which a price is far off (Tukey)
MONTHS = 12


class Price(msgspec.Struct, frozen=True):
    """A price by weight against past ones: the sentence, its tone (far, off, usual, few) and what is drawn."""

    sentence: str
    tone: str
    strip: dict[str, Any] | None
    n: int
    finds: int


def price(own: int, past: Sequence[Case], currency: str) -> Price:
    """Where `own` (minor units a kilogram) lies among past goods; medians and quartiles, which outliers do not move."""
    known = [case for case in past if case.per_kg > 0]
    finds = sum(case.outcome == "find" for case in known)
    if own <= 0:
        return Price(
            _("Value or net mass is not known, so there is no price by weight"), "few", None, len(known), finds
        )
    told = {"own": _per_kg(own, currency), "n": explain.number(len(known))}
    if len(known) < FEW:
        said = _(
            "%(own)s a kilogram; few cases: %(n)s past goods of this heading and origin, too few to call any price usual"
        )
        return Price(said % told, "few", _strip(own, known, None, currency) if known else None, len(known), finds)
    low, middle, high = (round(q) for q in statistics.quantiles([c.per_kg for c in known], n=4, method="inclusive"))
    told |= {name: _per_kg(value, currency) for name, value in (("low", low), ("middle", middle), ("high", high))}
    told["below"] = explain.number(sum(case.per_kg > own for case in known))
    tone, said = _judged(own, low, high)
    return Price(said % told, tone, _strip(own, known, (low, middle, high), currency), len(known), finds)


def _judged(own: int, low: int, high: int) -> tuple[str, str]:
    low, high = max(1, low), max(1, high)
    reach = max(math.log(high / low), 0.05) * FAR
    usual = _(
        "the median of %(n)s past goods of this heading and origin is %(middle)s, half of them lie between %(low)s and %(high)s"
    )
    if math.log(own) < math.log(low) - reach:
        return "far", _("%(own)s a kilogram is far below what is usual:") + " " + usual + _(
            "; %(below)s of them were dearer"
        )
    if math.log(own) > math.log(high) + reach:
        return "far", _("%(own)s a kilogram is far above what is usual:") + " " + usual
    if own < low:
        return "off", _("%(own)s a kilogram is in the lowest quarter:") + " " + usual
    if own > high:
        return "off", _("%(own)s a kilogram is in the highest quarter:") + " " + usual
    return "usual", _("%(own)s a kilogram is usual:") + " " + usual


def _per_kg(minor: int, currency: str) -> str:
    return explain.amount(Money(minor, currency))


def _strip(own: int, known: Sequence[Case], quarters: tuple[int, int, int] | None, currency: str) -> dict[str, Any]:
    """Dots on a scale of ratios, spread in three rows so that the same price shows as many."""
    least, most = min(own, *(c.per_kg for c in known)), max(own, *(c.per_kg for c in known))
    low, high = math.log(least * 0.9), math.log(max(most * 1.1, least * 1.3))

    def x(value: int) -> float:
        return round(LEFT + (math.log(max(1, value)) - low) / (high - low) * (RIGHT - LEFT), 1)

    every = math.ceil(len(known) / DRAWN)
    shown = [c for n, c in enumerate(known) if n % every == 0 or c.outcome == "find"]
    dots = [
        {
            "x": x(c.per_kg),
            "y": 26 + 9 * (c.declaration % 3),
            "is_find": c.outcome == "find",
            "title": _dot(c, currency),
        }
        for c in shown
    ]
    dots.sort(key=lambda dot: dot["is_find"])  # finds lie on top
    ends = {"least": _per_kg(least, currency), "most": _per_kg(most, currency)}
    box = dict(zip(("low", "middle", "high"), map(x, quarters), strict=True)) if quarters else None
    if box:
        box["wide"] = round(box["high"] - box["low"], 1)
    return {"dots": dots, "own": x(own), "box": box, "wide": WIDE, "axis": (x(least), x(most)), **ends}


def _dot(case: Case, currency: str) -> str:
    found = {"find": _("something was found"), "none": _("nothing was found")}.get(case.outcome, "")
    parts = (f"{case.day:%Y-%m-%d}", case.mrn, _per_kg(case.per_kg, currency), found)
    return " · ".join(part for part in parts if part)


class Rate(msgspec.Struct, frozen=True):
    """`finds` of `of` examinations, in per cent with the 95 % interval; no share where nothing was examined."""

    finds: int
    of: int
    share: float | None
    low: float
    high: float


def rate(finds: int, of: int) -> Rate:
    """The share of finds with Wilson's score interval, which holds for few cases too."""
    if not of:
        return Rate(0, 0, None, 0.0, 100.0)
    told = share(finds, of)
    per_cent = PPM / 100
    return Rate(finds, of, 100 * finds / of, (told.low or 0) / per_cent, (told.high or 0) / per_cent)


def months(record: Record, today: date) -> dict[str, Any]:
    """The last twelve months: a column for what was declared, in it what was looked at, a mark for finds."""
    by_month = {month.first: month for month in record.months}
    firsts = [_month(today, back) for back in range(MONTHS - 1, -1, -1)]
    most = max((by_month[f].n for f in firsts if f in by_month), default=0) or 1
    columns = []
    for n, first in enumerate(firsts):
        month = by_month.get(first)
        tall = round(60 * month.n / most, 1) if month else 0
        looked = round(60 * month.looked / most, 1) if month else 0
        columns.append({"x": 6 + 26 * n, "middle": 6 + 26 * n + 10, "first": first, "month": month, "tall": max(tall, 1.5) if month else 0, "y": 74 - (max(tall, 1.5) if month else 0), "looked": looked, "looked_y": 74 - looked})  # fmt: skip
    return {"columns": columns, "most": most, "is_empty": not record.months}


def _month(today: date, back: int) -> date:
    years, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    return date(years, month + 1, 1)


def trend(record: Record) -> list[dict[str, Any]]:
    """What examinations found by quarter, each with its interval, for a chart and its table."""
    quarters: dict[tuple[int, int], list[int]] = {}
    for month in record.months:
        counts = quarters.setdefault((month.first.year, (month.first.month + 2) // 3), [0, 0, 0])
        counts[0] += month.n
        counts[1] += month.finds
        counts[2] += month.finds + month.none
    rows = []
    for (year, quarter), (declared, finds, of) in sorted(quarters.items()):
        told = rate(finds, of)
        rows.append(
            {"name": f"{year} Q{quarter}", "n": declared, "rate": told, "width": round(told.high - told.low, 1)}
        )
    return rows
