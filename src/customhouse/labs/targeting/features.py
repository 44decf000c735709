"""What is known about a row when it is decided upon: its own numbers, how far they are from what is usual, past results."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting import actors, kernels
from customhouse.labs.targeting.declared import Declared, Floats, Ints
from customhouse.labs.targeting.levels import (
    GOODS,
    PEOPLE,
    REPEATED,
    Found,
    Level,
    apart,
    earlier,
    position,
    tally,
)

PSEUDO = 20.0
"""Looks that a kind is taken to have had already, at the mean rate, so that few results do not shout."""

USUAL = (("hs", "origin"), ("hs",), ("hs4",))
"""Kinds whose median is asked for in turn, the narrowest first."""

FEWEST = 5  # rows that make a median
MEASURED = ("unit", "mass")
PLAIN = (
    "log_mass", "log_price", "log_unit", "rate", "log_stake", "whole_mass", "mass_by_10", "mass_by_100", "same_country",
    "chapter", "unit_to_usual", "mass_to_usual",
)  # fmt: skip
LEVELS = (*GOODS, *PEOPLE, *REPEATED)
NAMES = (*PLAIN, *(f"{what}:{level.name}" for level in LEVELS for what in ("rate", "seen")))
NEW = len(NAMES) - 2 * len(REPEATED)
"""How many features speak of goods never seen before: all but those of the goods tuple itself."""

BASIC = tuple(dict.fromkeys(c for level in LEVELS for c in level.columns))
BLOCK = 4096


class Medians(msgspec.Struct, frozen=True, dict=True):
    """Logarithms of medians by key, of kinds with enough rows."""

    keys: Any
    values: Any


class Past(msgspec.Struct, frozen=True):
    """All that past trade tells: the mean rate, results by kind (in the order of `LEVELS`), usual prices and masses.

    `actors`: each row also says what the house knew of its actors; these features stand before the others.
    """

    mean: float
    found: tuple[Found, ...]
    usual: tuple[Medians, ...]
    actors: bool = False

    @property
    def before(self) -> int:
        """How many features of the actors stand before those of `NAMES`."""
        return len(actors.NAMES) if self.actors else 0

    @property
    def names(self) -> tuple[str, ...]:
        return (*(actors.NAMES if self.actors else ()), *NAMES)


def learn(declared: Declared) -> Past:
    """What the rows tell; those without a result tell prices and masses only."""
    mean = float(np.nanmean(declared.found))
    found = tuple(tally(declared.together(level.columns), declared.found) for level in LEVELS)
    usual = tuple(_medians(declared.together(kind), _log(declared, what)) for what in MEASURED for kind in USUAL)
    return Past(mean, found, usual, actors.known(declared))


def features(declared: Declared, past: Past) -> Any:
    """A row of float32 features for each declaration, by all that is known of the past."""
    out = np.empty((len(declared), past.before + len(NAMES)), np.float32)
    columns = np.stack([declared.key(c) for c in BASIC])
    asked = [_prepared(level, table, past.mean) for level, table in zip(LEVELS, past.found, strict=True)]
    for start in range(0, len(declared), BLOCK):
        rows = slice(start, start + BLOCK)
        block = np.ascontiguousarray(columns[:, rows])
        for n, (which, *table) in enumerate(asked):
            at = past.before + len(PLAIN) + 2 * n
            kernels.look_up(block, which, *table, out[rows, at : at + 2])
    _plain(declared, past, out)
    return out


def unseen(declared: Declared, past: Past, folds: Ints) -> Any:
    """Features of rows that are learned from, all with a result: goods as if the row's fold had not been, people as they were that morning."""
    out = np.empty((len(declared), past.before + len(NAMES)), np.float32)
    _plain(declared, past, out)
    for n, level in enumerate(LEVELS):
        keys = declared.together(level.columns)
        sums, counts = (
            earlier(keys, declared.day, declared.found) if level.people else apart(keys, declared.found, folds)
        )
        at = past.before + len(PLAIN) + 2 * n
        out[:, at], out[:, at + 1] = (sums + PSEUDO * past.mean) / (counts + PSEUDO), np.log1p(counts)
    return out


def median(declared: Declared, past: Past, what: str) -> tuple[Floats, Ints]:
    """The usual unit price or mass (`MEASURED`) for the narrowest kind known, not a number where there is none; and that kind's
    place in `USUAL`."""
    logs, kind = _usual(declared, past, what)
    return np.exp(logs), kind


def _prepared(level: Level, table: Found, mean: float) -> tuple[Any, ...]:
    """A level as the kernel wants it: its columns, then key, shrunken rate and looks by slot, and the rate of what is new."""
    kept = table.__dict__.get("prepared")
    if kept is None:
        position(table, table.keys[:0])
        slots = table.__dict__["slots"]
        rates = ((table.sums + PSEUDO * mean) / (table.counts + PSEUDO)).astype(np.float32)
        laid, told = np.zeros(len(slots), np.uint64), np.zeros((len(slots), 2), np.float32)
        kernels.lay(
            np.ascontiguousarray(table.keys), slots, rates, np.log1p(table.counts).astype(np.float32), laid, told
        )
        kept = (np.array([BASIC.index(c) for c in level.columns]), laid, told, np.float32(mean))
        table.__dict__["prepared"] = kept
    return kept


def _log(declared: Declared, what: str) -> Floats:
    numbers = declared.unit_price if what == "unit" else declared.numbers[what]
    return np.log(np.where(numbers > 0, numbers, np.nan))


def _medians(keys: Any, logs: Floats) -> Medians:
    known = ~np.isnan(logs)
    distinct, codes, counts = np.unique(keys[known], return_inverse=True, return_counts=True)
    ordered = logs[known][np.lexsort((logs[known], codes))]
    ends = np.cumsum(counts)
    middle = (ordered[ends - counts + (counts - 1) // 2] + ordered[ends - counts + counts // 2]) / 2
    enough = counts >= FEWEST
    return Medians(distinct[enough], middle[enough])


def _usual(declared: Declared, past: Past, what: str) -> tuple[Floats, Ints]:
    """Logarithm of the median of the narrowest kind with enough rows, and which kind that is."""
    out, which = np.full(len(declared), np.nan), np.full(len(declared), -1)
    first = MEASURED.index(what) * len(USUAL)
    for at, (kind, table) in enumerate(zip(USUAL, past.usual[first : first + len(USUAL)], strict=True)):
        if len(table.keys):
            n = position(table, declared.together(kind))
            fits = np.isnan(out) & (n >= 0)
            out, which = np.where(fits, table.values[n], out), np.where(fits, at, which)
    return out, which


def _plain(declared: Declared, past: Past, out: Any) -> None:
    """The row's own numbers into the first columns."""
    mass, price = declared.numbers["mass"], declared.numbers["price"]
    columns = (
        np.log1p(mass),
        np.log1p(price),
        np.log1p(np.maximum(declared.unit_price, 0)),
        declared.numbers["rate"],
        np.log1p(declared.stake),
        mass == np.round(mass),
        mass % 10 == 0,
        mass % 100 == 0,
        declared.key("departure") == declared.key("origin"),
        _chapters(declared),
        *(np.nan_to_num(_log(declared, what) - _usual(declared, past, what)[0]) for what in MEASURED),
    )
    if past.actors:
        actors.fill(declared, past.mean, out)
    for n, column in enumerate(columns, past.before):
        out[:, n] = column


def _chapters(declared: Declared) -> Floats:
    hs = declared.texts["hs"]
    distinct, codes = np.unique(hs.codes, return_inverse=True)
    return np.array([float(hs.values[code][:2]) for code in distinct])[codes]
