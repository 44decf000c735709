"""Looking things up in the tariff of a day: lines by code and by words, measures by code, with bounds on every answer."""

from __future__ import annotations

import re
from collections.abc import Iterable

from customhouse.clearance.quota import standings
from customhouse.desks import explain
from customhouse.law.book import Law
from customhouse.law.measure import Measure
from customhouse.law.terms import Line
from customhouse.offices.duty.choice import family

LONGEST = 10


def digits_of(asked: str) -> str:
    """The code that was typed, or "" where words were."""
    digits = re.sub(r"[\s.]", "", asked)
    return digits[:LONGEST] if digits.isascii() and digits.isdigit() else ""


def path(law: Law, code: str) -> list[Line]:
    """The lines that a code falls under, from the chapter down."""
    blocks = law.book.lines.covering(code)
    found = [next((x for x in block if x.validity.contains(law.date)), None) for block in blocks]
    return [x for x in reversed(found) if x is not None and len(x.code) > 1]


def below(law: Law, code: str, most: int) -> list[Line]:
    """The lines of the next level below a code; the chapters where no code is given."""
    inside = [
        x
        for x in law.contents.lines
        if x.code.startswith(code) and len(x.code) > max(1, len(code)) and x.validity.contains(law.date)
    ]
    shortest = min((len(x.code) for x in inside), default=0)
    return [x for x in inside if len(x.code) == shortest][:most]


def by_words(law: Law, asked: str, most: int) -> list[Line]:
    """Lines that hold every word typed, in any language; the longest codes first, because they can be declared."""
    wanted = asked.lower().split()
    found = [
        x
        for x in law.contents.lines
        if x.validity.contains(law.date) and all(any(w in t.lower() for t in x.text.values()) for w in wanted)
    ]
    return sorted(found, key=lambda x: (-len(x.code), x.code))[:most]


def measures(law: Law, code: str, origin: str) -> list[Measure]:
    """Every measure in force for a code, of `origin` only where one is given, most specific code first."""
    if origin:
        return list(law.measures(code, origin))
    blocks = law.book.measures.covering(code)
    return [m for block in blocks for m in block if m.in_force(law.date)]


def told(law: Law, found: list[Measure]) -> list[explain.MeasureTold]:
    """Measures in words, in the order of calculation, those for everybody before preferences."""
    orders = {m.order for m in found if m.order}
    stands = standings([q for order in orders if (q := law.quota(order))])
    overruled = _overruled(found)
    in_order = sorted(found, key=lambda m: (not m.tax_type, law.order_of(m.tax_type), m.preference, id(m) in overruled))
    return [explain.measure(m, law, stands, overruled=id(m) in overruled) for m in in_order]


def _overruled(found: Iterable[Measure]) -> set[int]:
    """The measures with an amount beside which one of a more specific code stands that takes their place."""
    seen: dict[tuple[str, ...], str] = {}
    behind = set()
    for m in found:
        if m.expression is None:
            continue
        place = (m.tax_type, family(m), m.area, m.preference, m.additional_code, m.flow, *m.procedures)
        if len(seen.setdefault(place, m.code)) > len(m.code):
            behind.add(id(m))
    return behind
