"""Declarations of the house as rows: what the facts of a declaration say of each goods item, in the words of `declared`.

The same on the line, in training and in the monitors, so that a model meets in service what it learned from. Nothing that a trader
may write stops a row: what is absurd is read as the nearest number that can be true, and it is said so.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting.declared import HS_DIGITS, LARGEST, NUMBERS, TEXTS, Declared, Floats, Texts
from customhouse.record.history import HISTORY, HistoryFacts, named

EPOCH = date(1970, 1, 1).toordinal()
STEEPEST = 1000.0  # percent of the value
GRAMS = 1000


class Item(msgspec.Struct, frozen=True, gc=False):
    """One goods item. `texts` in the order of TEXTS, `numbers` in that of NUMBERS; `found` is 1, 0 or not a number."""

    id: str
    day: int
    texts: tuple[str, ...]
    numbers: tuple[float, ...]
    history: HistoryFacts
    found: float = math.nan
    absurd: tuple[str, ...] = ()


def items(
    mrn: str, day: date, office: str, header: Any, goods: Sequence[Any], history: HistoryFacts, digits: int
) -> list[Item]:
    """The rows of a declaration from its facts at targeting; `digits` of the minor unit of the national currency."""
    out = []
    for facts in goods:
        absurd: list[str] = []
        value = _bounded(facts.customs_value / 10**digits, LARGEST, "value", absurd)
        duty = _bounded(facts.duty / 10**digits, LARGEST, "duty", absurd)
        mass = _bounded(facts.net_mass / GRAMS, LARGEST, "net mass", absurd)
        rate = min(STEEPEST, round(duty / value * 100, 1)) if value > 0 else 0.0
        out.append(
            Item(
                f"{mrn}/{facts.sequence}",
                day.toordinal() - EPOCH,
                _texts(office, header, facts),
                (rate, mass, value),
                history,
                absurd=tuple(absurd),
            )
        )
    return out


def _texts(office: str, header: Any, facts: Any) -> tuple[str, ...]:
    said = {
        "office": office,
        "process": facts.procedure,
        "import_type": header.type,
        "use": facts.transaction_nature,
        "payment": facts.valuation_method,
        "transport": header.border_mode,
        "declarant": header.declarant,
        "importer": header.importer,
        "seller": header.exporter,
        "courier": "",
        "hs": hs_of(facts.code),
        "departure": facts.item_dispatch,
        "origin": facts.origin or facts.preferential_origin,
        "tax_type": "+".join(sorted(facts.tax_types)),
        "marking": facts.preference,
    }
    return tuple(said.get(name, "") for name in TEXTS)


def hs_of(code: str) -> str:
    """A code of six digits or more; zeros where the trader wrote none."""
    digits = "".join(c for c in code if c.isascii() and c.isdigit())
    return digits if len(digits) >= HS_DIGITS else digits.ljust(HS_DIGITS, "0")


def _bounded(number: float, largest: float, what: str, absurd: list[str]) -> float:
    if 0 <= number <= largest:
        return number
    absurd.append(f"the {what} {number:.4g} cannot be true and was read as {0 if number < 0 else largest:g}")
    return 0.0 if not number > 0 else largest


def columns(rows: Sequence[Item]) -> Declared:
    """The rows as columns, with what was known of the actors."""
    texts = {}
    for n, name in enumerate(TEXTS):
        number: dict[str, int] = {}
        codes = np.array([number.setdefault(r.texts[n], len(number)) for r in rows], np.int64)
        texts[name] = Texts(tuple(number), codes)
    numbers: dict[str, Floats] = {name: np.array([r.numbers[n] for r in rows]) for n, name in enumerate(NUMBERS)}
    past = [named(r.history) for r in rows]
    for name in HISTORY:
        numbers[name] = np.array([float(p[name]) for p in past])
    return Declared(
        tuple(r.id for r in rows),
        np.array([r.day for r in rows], np.int64),
        texts,
        numbers,
        np.array([r.found for r in rows]),
    )
