"""What was found before among declarations of the same kind, at many levels: the code, the code and origin, the importer ...

A row that is learned from must not see its own result. Goods are seen from outside their own fold (`apart`): folds of whole
goods tuples when the model must do well on goods never seen, random folds when it may remember goods. People are seen as they
were on that morning (`earlier`): results of earlier days only.
"""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np

from customhouse.labs.targeting import kernels
from customhouse.labs.targeting.declared import Declared, Flags, Floats, Ints, Keys
from customhouse.labs.targeting.fault import TargetingProblem

TUPLE = ("hs", "departure", "origin", "rate", "tax_type", "mass")
"""What the goods of a declaration are, for grouping: two rows alike in all of it are the same goods tuple."""

FULLEST = 0.5  # of a table of keys


class Level(msgspec.Struct, frozen=True):
    """The columns that together name a kind; `people` are seen by time, goods by folds."""

    columns: tuple[str, ...]
    people: bool = False

    @property
    def name(self) -> str:
        return "+".join(self.columns)


GOODS = tuple(
    Level(c)
    for c in (
        ("hs",), ("hs", "unit"), ("hs4",), ("hs2",), ("origin",), ("departure",), ("tax_type",), ("rate",),
        ("hs", "origin"), ("hs", "unit", "origin"), ("hs", "tax_type"), ("hs", "rate"), ("hs4", "origin"), ("hs2", "origin"),
        ("hs2", "tax_type"), ("hs", "unit", "origin", "departure", "rate", "tax_type"),
        ("hs", "origin", "departure", "rate", "tax_type"), ("origin", "departure", "tax_type"), ("mass",), ("hs2", "mass"),
        ("hs4", "mass"), ("hs", "mass"), ("origin", "mass"), ("price",),
    )
)  # fmt: skip
REPEATED = (Level(TUPLE), Level((*TUPLE, "unit")))
PEOPLE = tuple(Level(c, people=True) for c in (("importer",), ("declarant",), ("importer", "hs2")))


class Found(msgspec.Struct, frozen=True, dict=True):
    """Results by key: how often somebody looked and how often something was found. Keys are 64-bit hashes, sorted."""

    keys: Any
    sums: Any
    counts: Any

    def check(self) -> None:
        """Refuse tables that contradict themselves."""
        same = len(self.keys) == len(self.sums) == len(self.counts)
        sorted_ = bool((self.keys[1:] > self.keys[:-1]).all()) if same else False
        if not (same and sorted_ and bool(((self.sums >= 0) & (self.sums <= self.counts)).all())):
            raise TargetingProblem("A table of past results in the model is broken; get the file again")

    def at(self, asked: Keys) -> tuple[Floats, Floats]:
        """Finds and looks for each key; zeros where it never occurred."""
        n = position(self, asked)
        hit = n >= 0
        if not len(self.keys):
            return np.zeros(len(asked)), np.zeros(len(asked))
        return np.where(hit, self.sums[n], 0.0), np.where(hit, self.counts[n], 0.0)


def position(table: Any, asked: Keys) -> Ints:
    """The place of each key in a table with `keys`, -1 where it is not there."""
    slots = table.__dict__.get("slots")
    if slots is None:
        size = 1 << max(4, int(len(table.keys) / FULLEST).bit_length())
        slots = np.full(size, kernels.EMPTY, np.int32)
        kernels.fill(np.ascontiguousarray(table.keys), slots)
        table.__dict__["slots"] = slots
    out = np.empty(len(asked), np.int64)
    kernels.find(asked, table.keys, slots, out)
    return out


def tally(keys: Keys, found: Floats) -> Found:
    """The results of rows that somebody looked at, by key."""
    looked = ~np.isnan(found)
    distinct, codes = np.unique(keys[looked], return_inverse=True)
    sums = np.bincount(codes, found[looked], len(distinct))
    return Found(distinct, sums, np.bincount(codes, minlength=len(distinct)).astype(float))


def apart(keys: Keys, found: Floats, folds: Ints) -> tuple[Floats, Floats]:
    """Finds and looks of the same key outside of the row's own fold."""
    _, codes = np.unique(keys, return_inverse=True)
    many, of = int(codes.max()) + 1, int(folds.max()) + 1
    cell = codes * of + folds
    sums, counts = np.bincount(codes, found, many), np.bincount(codes, minlength=many)
    return (
        sums[codes] - np.bincount(cell, found, many * of)[cell],
        (counts[codes] - np.bincount(cell, minlength=many * of)[cell]).astype(float),
    )


def earlier(keys: Keys, day: Ints, found: Floats) -> tuple[Floats, Floats]:
    """Finds and looks of the same key on earlier days."""
    _, codes = np.unique(keys, return_inverse=True)
    sums, counts = np.zeros(len(keys)), np.zeros(len(keys))
    kernels.before(codes, day, np.argsort(day, kind="stable"), found, sums, counts)
    return sums, counts


def folds_of(groups: Keys, of: int, seed: int) -> Ints:
    """A fold for each row, whole groups together, drawn by `seed`."""
    distinct, codes = np.unique(groups, return_inverse=True)
    return np.random.default_rng(seed).integers(0, of, len(distinct))[codes]


def size_of_group(declared: Declared) -> Floats:
    """How many rows share the goods tuple of each row."""
    _, codes, counts = np.unique(declared.together(TUPLE), return_inverse=True, return_counts=True)
    return counts[codes].astype(float)


def looked(declared: Declared) -> Flags:
    """The rows that have a result."""
    return ~np.isnan(declared.found)
