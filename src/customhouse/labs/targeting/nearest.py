"""The nearest past cases: which examined goods were most like these, and what was found.

Likeness is counted in what an officer would compare: the code and its wider headings, the origin, the actors, and how far the unit
price, the mass and the rate lie apart. Each difference has a fixed weight, so that the distance of two rows does not hang on a model.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from customhouse.labs.targeting.declared import Declared, Floats

SAME = {
    "hs": 3.0,
    "hs4": 2.0,
    "hs2": 1.0,
    "origin": 2.0,
    "departure": 1.0,
    "importer": 2.0,
    "seller": 1.5,
    "declarant": 0.5,
}
"""What it adds to the distance when two rows differ in it."""

APART = {"unit": 2.0, "mass": 0.5, "rate": 1.0}
"""What a difference by a factor of e adds (for the rate: by ten points)."""

FARTHEST = 2.0  # what one number may add, in its own unit
TOTAL = sum(SAME.values()) + FARTHEST * sum(APART.values())
WORDS = {"hs": "same code", "hs4": "same heading", "hs2": "same chapter", "origin": "same origin", "departure": "same country of departure",
         "importer": "same importer", "seller": "same exporter", "declarant": "same declarant"}  # fmt: skip


def distances(one: Declared, others: Declared) -> Floats:
    """How far each of the others is from the first row of `one`: 0 alike in everything, 1 in nothing."""
    out = np.zeros(len(others))
    for name, weight in SAME.items():
        out += weight * (others.key(name) != one.key(name)[0])
    for name, weight in APART.items():
        a, b = _number(one, name)[0], _number(others, name)
        out += weight * np.minimum(FARTHEST, np.abs(b - a))
    return out / TOTAL


def alike(one: Declared, other: Declared, at: int) -> tuple[str, ...]:
    """In what they are the same, in words; the narrowest of code, heading and chapter only."""
    same = [name for name in SAME if other.key(name)[at] == one.key(name)[0]]
    goods = next((n for n in ("hs", "hs4", "hs2") if n in same), None)
    return tuple(WORDS[n] for n in same if n not in ("hs", "hs4", "hs2") or n == goods)


def _number(declared: Declared, name: str) -> Any:
    if name == "rate":
        return declared.numbers["rate"] / 10
    values = declared.unit_price if name == "unit" else declared.numbers[name]
    return np.log(np.maximum(values, 1e-6))
