"""The inner loops, compiled by numba on first use (and kept on disk for the next process). One thread, on purpose: on a shared
machine spinning threads made everything slower."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

EMPTY = -1
ONE, ODD = np.uint64(1), np.uint64(0x9E3779B97F4A7C15)
A, B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
S30, S27, S31 = np.uint64(30), np.uint64(27), np.uint64(31)


@njit(cache=True)
def mix(x: Any) -> Any:
    """Every bit of a number spread over all of its bits (the finaliser of splitmix64)."""
    x = (x ^ (x >> S30)) * A
    x = (x ^ (x >> S27)) * B
    return x ^ (x >> S31)


@njit(cache=True)
def join(columns: Any, which: Any, row: Any) -> Any:
    """One key from the keys that a row has in some columns; their order matters."""
    key = np.uint64(len(which))
    for c in which:
        key = mix(key * ODD + columns[c, row])
    return key


@njit(cache=True)
def join_all(columns: Any, which: Any, out: Any) -> None:
    """`join` for every row."""
    for i in range(len(out)):
        out[i] = join(columns, which, i)


@njit(cache=True)
def lay(keys: Any, slots: Any, rates: Any, seen: Any, laid: Any, told: Any) -> None:
    """What is known of each kind at its slot (`told`: rate and looks; looks below zero where a slot is free), beside its key: a
    question then touches two places of memory and not four."""
    for at in range(len(slots)):
        n = slots[at]
        if n == EMPTY:
            told[at, 1] = -1.0
        else:
            laid[at] = keys[n]
            told[at, 0] = rates[n]
            told[at, 1] = seen[n]


@njit(cache=True)
def look_up(columns: Any, which: Any, laid: Any, told: Any, rate: Any, out: Any) -> None:
    """The rate and the number of looks of each row's kind into two columns; `rate` and no look for kinds never seen."""
    mask = np.uint64(len(laid) - 1)
    for i in range(out.shape[0]):
        key = join(columns, which, i)
        at = key & mask
        while told[at, 1] >= 0 and laid[at] != key:
            at = (at + ONE) & mask
        if told[at, 1] >= 0:
            out[i, 0] = told[at, 0]
            out[i, 1] = told[at, 1]
        else:
            out[i, 0] = rate
            out[i, 1] = 0.0


@njit(cache=True)
def fill(keys: Any, slots: Any) -> None:
    """Put the number of each key (all different) into an open table whose size is a power of two."""
    mask = np.uint64(len(slots) - 1)
    for n in range(len(keys)):
        at = keys[n] & mask
        while slots[at] != EMPTY:
            at = (at + ONE) & mask
        slots[at] = n


@njit(cache=True)
def find(asked: Any, keys: Any, slots: Any, out: Any) -> None:
    """For each key that is asked for its number, or -1."""
    mask = np.uint64(len(slots) - 1)
    for i in range(len(asked)):
        key = asked[i]
        at = key & mask
        n = slots[at]
        while n != EMPTY and keys[n] != key:
            at = (at + ONE) & mask
            n = slots[at]
        out[i] = n


@njit(cache=True)
def before(codes: Any, day: Any, order: Any, found: Any, sums: Any, counts: Any) -> None:
    """For each row what had been found, and how often somebody had looked, among rows of the same code on earlier days.

    `order` lists the rows by day. Rows of one day do not see each other: their results are not known yet.
    """
    top = codes.max() + 1 if len(codes) else 1
    so_far, looked = np.zeros(top), np.zeros(top)
    known = 0
    for i in order:
        while day[order[known]] < day[i]:
            j = order[known]
            if not np.isnan(found[j]):
                so_far[codes[j]] += found[j]
                looked[codes[j]] += 1.0
            known += 1
        sums[i] = so_far[codes[i]]
        counts[i] = looked[codes[i]]


BLOCK = 256  # rows that go through all trees together, column by column, so that the compiler compares many at once


@njit(cache=True)
def turn(rows: Any, start: int, many: int, block: Any) -> None:
    """Some rows as columns."""
    for i in range(many):
        for f in range(rows.shape[1]):
            block[f, i] = rows[start + i, f]


@njit(cache=True)
def fall(block: Any, many: int, feature: Any, border: Any, depth: int, leaf: Any) -> None:
    """The leaf of one tree that each row of a block falls into."""
    for i in range(many):
        leaf[i] = 0
    for j in range(depth):
        column, edge, bit = block[feature[j]], border[j], np.int32(1 << j)
        for i in range(many):
            leaf[i] |= bit if column[i] > edge else np.int32(0)


@njit(cache=True)
def score(rows: Any, feature: Any, border: Any, depth: Any, leaves: Any, out: Any) -> None:
    """The sum of the leaves that each row falls into."""
    block, leaf = np.empty((rows.shape[1], BLOCK), np.float32), np.empty(BLOCK, np.int32)
    for start in range(0, len(rows), BLOCK):
        many = min(BLOCK, len(rows) - start)
        turn(rows, start, many, block)
        for t in range(feature.shape[0]):
            fall(block, many, feature[t], border[t], depth[t], leaf)
            for i in range(many):
                out[start + i] += leaves[t, leaf[i]]


@njit(cache=True)
def explain(rows: Any, feature: Any, border: Any, depth: Any, table: Any, named: Any, out: Any) -> None:
    """Exact Shapley values: in an oblivious tree they depend on the leaf alone, so each tree adds one line of its table."""
    block, leaf = np.empty((rows.shape[1], BLOCK), np.float32), np.empty(BLOCK, np.int32)
    for start in range(0, len(rows), BLOCK):
        many = min(BLOCK, len(rows) - start)
        turn(rows, start, many, block)
        for t in range(feature.shape[0]):
            fall(block, many, feature[t], border[t], depth[t], leaf)
            for i in range(many):
                for j in range(named.shape[1]):
                    if named[t, j] < 0:
                        break
                    out[start + i, named[t, j]] += table[t, leaf[i], j]
