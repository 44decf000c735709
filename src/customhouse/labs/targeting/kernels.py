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


FINDS, LOOKS, STAMP, LAST = range(4)


@njit(cache=True)
def remember(slots: Any, day: Any, found: Any, half: float, state: Any) -> None:
    """Results into a memory that fades: what was known at a place has half its weight after `half` days. `slots[i, l]` is the place of row
    i at level l, `state[:, place]` finds, looks, the day they are of, the day of the last find. Rows without a result are passed over."""
    for i in range(slots.shape[0]):
        if np.isnan(found[i]):
            continue
        for level in range(slots.shape[1]):
            s = slots[i, level]
            fade = 0.5 ** ((day[i] - state[STAMP, s]) / half)
            state[FINDS, s] = state[FINDS, s] * fade + found[i]
            state[LOOKS, s] = state[LOOKS, s] * fade + 1.0
            state[STAMP, s] = day[i]
            if found[i] > 0:
                state[LAST, s] = day[i]


@njit(cache=True)
def recall(slots: Any, day: Any, half: float, state: Any, out: Any) -> None:
    """What a memory says of rows on their day: `out[:, row, level]` is faded finds, faded looks, and the days since the last find."""
    for i in range(slots.shape[0]):
        for level in range(slots.shape[1]):
            s = slots[i, level]
            fade = 0.5 ** ((day[i] - state[STAMP, s]) / half)
            out[0, i, level] = state[FINDS, s] * fade
            out[1, i, level] = state[LOOKS, s] * fade
            out[2, i, level] = day[i] - state[LAST, s]


@njit(cache=True)
def traffic(codes: Any, day: Any, order: Any, seen: Any, age: Any) -> None:
    """For each row how many rows of its code came on earlier days, and how many days ago the first did (-1: none did)."""
    top = codes.max() + 1 if len(codes) else 1
    count, first = np.zeros(top), np.full(top, -1.0)
    known = 0
    for i in order:
        while day[order[known]] < day[i]:
            c = codes[order[known]]
            if count[c] == 0:
                first[c] = day[order[known]]
            count[c] += 1
            known += 1
        seen[i] = count[codes[i]]
        age[i] = day[i] - first[codes[i]] if count[codes[i]] > 0 else -1.0


@njit(cache=True)
def usually(codes: Any, day: Any, order: Any, value: Any, prior: Any, law: Any, out: Any) -> None:
    """The faded mean and deviation of `value` over earlier days of each row's code, and their weight, into `out[:, row]`; shrunk to
    `prior`. `law` is the days after which a row weighs half, and how many rows the prior is worth.

    Each value enters relative to the prior of its own row, so that a narrow kind is told as a difference from the wider one.
    """
    half, worth = law[0], law[1]
    top = codes.max() + 1 if len(codes) else 1
    total, square, many, stamp = np.zeros(top), np.zeros(top), np.zeros(top), np.zeros(top)
    known = 0
    for i in order:
        while day[order[known]] < day[i]:
            j = order[known]
            known += 1
            if np.isnan(value[j]):
                continue
            c, x = codes[j], value[j] - prior[j]
            fade = 0.5 ** ((day[j] - stamp[c]) / half)
            total[c], square[c], many[c], stamp[c] = (
                total[c] * fade + x,
                square[c] * fade + x * x,
                many[c] * fade + 1.0,
                day[j],
            )
        c = codes[i]
        fade = 0.5 ** ((day[i] - stamp[c]) / half)
        n = many[c] * fade
        off = total[c] * fade / (n + worth)
        out[0, i] = prior[i] + off
        middle = total[c] * fade / (n + 1e-9)
        out[1, i] = np.sqrt(max(square[c] * fade / (n + 1e-9) - middle**2, 0.0)) if n > 1 else -1.0
        out[2, i] = n


@njit(cache=True)
def highest(codes: Any, day: Any, order: Any, value: Any, out: Any) -> None:
    """The highest value of each row's code up to and with its own day."""
    top = codes.max() + 1 if len(codes) else 1
    most = np.full(top, -np.inf)
    known = 0
    for i in order:
        while known < len(order) and day[order[known]] <= day[i]:
            c = codes[order[known]]
            most[c] = max(most[c], value[order[known]])
            known += 1
        out[i] = most[codes[i]]


@njit(cache=True)
def remember_values(slots: Any, day: Any, found: Any, values: Any, half: float, state: Any) -> None:
    """Values of rows by result into a fading memory: `state[r, place]` is how many, the day that is of, and the sum of each value; r is 1
    for finds and 0 for the others."""
    for i in range(slots.shape[0]):
        if np.isnan(found[i]):
            continue
        r = 1 if found[i] > 0 else 0
        for level in range(slots.shape[1]):
            at = state[r, slots[i, level]]
            fade = 0.5 ** ((day[i] - at[1]) / half)
            at[0] = at[0] * fade + 1.0
            at[1] = day[i]
            for v in range(values.shape[1]):
                at[2 + v] = at[2 + v] * fade + values[i, v]


@njit(cache=True)
def nearer(slots: Any, values: Any, spread: Any, worth: float, state: Any, out: Any) -> None:
    """`out[0]`: how far the values of rows are from those of earlier rows of the kind where nothing was found; `out[1]`: how much nearer they
    are to the finds than to the others (half the difference of squared distances, in units of `spread`; 0 without any find)."""
    for i in range(slots.shape[0]):
        for level in range(slots.shape[1]):
            fair, finds = state[0, slots[i, level]], state[1, slots[i, level]]
            for v in range(values.shape[1]):
                clean = fair[2 + v] / (fair[0] + worth)
                out[0, i, level, v] = values[i, v] - clean
                out[1, i, level, v] = 0.0
                if finds[0] > 0:
                    a = (values[i, v] - clean) / spread[v]
                    b = (values[i, v] - finds[2 + v] / finds[0]) / spread[v]
                    out[1, i, level, v] = finds[0] / (finds[0] + 1.0) * (a * a - b * b) / 2
