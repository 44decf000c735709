"""Rates as printed in tariff tables, turned into our expressions: units, qualifiers, seasons, agricultural components.

``12.80% + 176.80 EUR / 100 kg`` is ``12.80 % + 176.80 EUR / 100 KGM``; ``1.00 GBP/kg/lactic matter`` is ``1.00 GBP / KGM#P``;
``8.00% (01 NOV - 14 MAY), 14.00% (15 MAY - 31 OCT)`` is two parts, each with its season.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

import msgspec

from customhouse.law import expression
from customhouse.law.expression import Expression
from customhouse.law.measure import Season

MONTHS = {
    name: n
    for n, name in enumerate(["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"], 1)
}
NUMBER = r"\d+(?:\.\d+)?"
SIGNS = {"\u20ac": " EUR ", "\u00a3": " GBP ", "\u00a0": " ", "\u2013": "-", "\u00b2": "2"}

UNITS: tuple[tuple[str, str], ...] = (
    (r"% ?vol ?/ ?hl", "ASV#X"),
    (r"100 ?kg ?/? ?(?:net)? ?/ ?% ?sacchar\.?", "DTN#Z"),
    (r"100 ?kg ?/? ?net drained (?:wt|weight)|100 ?kg ?/? ?eda", "DTN#E"),
    (r"100 ?kg ?/? ?net dry|100 ?kg ?/? ?mas", "DTN#M"),
    (r"100 ?kg ?/? ?std qual(?:ity)?\.?", "DTN#R"),
    (r"100 ?kg ?/? ?(?:gross|br)", "DTN#G"),
    (r"kg ?/? ?dry lactic matter", "KGM#T"),
    (r"kg ?/? ?lactic matter", "KGM#P"),
    (r"kg ?/? ?tot(?:al)?\.? alc(?:ohol)?\.?", "KGM#A"),
    (r"100 ?kg(?: ?/? ?net)?", "100 KGM"),
    (r"1000 ?kg|tonnes?|t", "TNE"),
    (r"kg(?: ?/? ?net)?", "KGM"),
    (r"hl", "HLT"),
    (r"(?:l|litres?)", "LTR"),
    (r"l alc(?:ohol)?\.? 100 ?%|lpa", "LPA"),
    (r"1000 ?(?:items?|p/st)", "1000 NAR"),
    (r"100 ?(?:items?|p/st)", "100 NAR"),
    (r"items?|p/st|pieces?", "NAR"),
    (r"pairs?|pa", "NPR"),
    (r"100 ?m", "100 MTR"),
    (r"m2|m\^2", "MTK"),
    (r"m3|m\^3", "MTQ"),
    (r"m", "MTR"),
)
"""What tariffs print for a unit, and our unit: number of Rec 20 units, or a TARIC qualified unit."""

COMPILED = tuple((re.compile(pattern, re.IGNORECASE), unit) for pattern, unit in UNITS)
PERCENT = re.compile(rf"({NUMBER}) ?%")
SPECIFIC = re.compile(rf"({NUMBER}) ?([A-Z]{{3}}) ?/ ?(.+)")
SEASON = re.compile(r"\(([^()]*\d[^()]*)\)")
SPAN = re.compile(r"(\d{1,2}) ?([A-Z]{3,9})? ?- ?(\d{1,2}) ?([A-Z]{3,9})")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


class UnknownRate(ValueError):
    """A rate in words that mean nothing here; says which."""


class Part(msgspec.Struct, frozen=True, gc=False):
    """One rate, and the part of the year it holds for (None: the whole)."""

    expression: Expression
    season: Season | None = None


def parts(text: str) -> tuple[Part, ...]:
    """Every rate in a cell, with its season. Raises UnknownRate."""
    for sign, plain in SIGNS.items():
        text = text.replace(sign, plain)
    text = THOUSANDS.sub("", " ".join(text.split()))
    found: list[Part] = []
    rest = text
    while match := SEASON.search(rest):
        rate = rest[: match.start()].strip(" ,")
        found.extend(Part(_expression(rate), season) for season in _seasons(match[1]))
        rest = rest[match.end() :]
    rest = rest.strip(" ,")
    if rest:
        if found:
            raise UnknownRate(f"{rest!r} names no season beside rates that do")
        found.append(Part(_expression(rest)))
    if not found:
        raise UnknownRate("there is no rate")
    return tuple(found)


def _expression(text: str) -> Expression:
    if text.lower() == "free":
        return Expression()
    spoken = re.sub(r"\b(min|max)\b", lambda m: m[1].upper(), text, flags=re.IGNORECASE)
    pieces = re.split(r"( MIN | MAX |\+)", f" {spoken} ")
    written = "".join(p if n % 2 else f" {_term(p.strip())} " for n, p in enumerate(pieces))
    try:
        return expression.parse(written)
    except expression.InvalidExpression as fault:
        raise UnknownRate(str(fault)) from fault


def _term(text: str) -> str:
    if found := PERCENT.fullmatch(text):
        return f"{found[1]} %"
    if text in expression.COMPONENTS:
        return text
    if found := SPECIFIC.fullmatch(text):
        return f"{found[1]} {found[2]} / {_unit(found[3])}"
    if re.fullmatch(NUMBER, text):
        return f"{text} %"  # a bare number beside an amount is a percentage that lost its sign
    raise UnknownRate(f"{text!r} is neither a percentage nor an amount per unit")


def _unit(text: str) -> str:
    text = text.strip()
    for pattern, unit in COMPILED:
        if pattern.fullmatch(text):
            return unit
    raise UnknownRate(f"the unit {text!r} is not known")


def _seasons(text: str) -> list[Season]:
    """``01 JAN-14 FEB, 16 JUN-31 DEC``: several spans of the year, first and last day included."""
    spans = [span.strip() for span in text.upper().split(",")]
    return [_season(span) for span in spans]


def _season(span: str) -> Season:
    found = SPAN.fullmatch(span)
    if not found:
        raise UnknownRate(f"{span!r} is no part of the year")
    first, month, last, last_month = found.groups()
    start = _day(first, month or last_month)
    return Season((start.month, start.day), _after(last, last_month))


def _day(day: str, month: str) -> date:
    number = MONTHS.get(month[:3])
    if number is None:
        raise UnknownRate(f"{month!r} is no month")
    try:
        return date(2024, number, int(day))
    except ValueError as fault:
        raise UnknownRate(f"{day} {month} is no day") from fault


def _after(day: str, month: str) -> tuple[int, int]:
    """The day after, in a leap year, so that the whole of February counts; 1 January after the last of the year."""
    following = _day(day, month) + timedelta(days=1)
    return following.month, following.day
