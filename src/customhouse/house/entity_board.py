"""The board of traders: simulated firms written many ways, found again as one, measured against the truth on held-out seeds.

Weights and threshold of `labs.identity.resolve` were fitted on the seeds `FITTED`; the board measures on others. Beside ours stand
two plain ways: the same number or spelling, and names alone.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from customhouse.house.names_board import machine
from customhouse.labs.identity.fit import fit as logistic
from customhouse.labs.identity.reading import folded
from customhouse.labs.identity.resolve import WEIGHTS, Mention, candidates, resolve, tie
from customhouse.labs.identity.score import MATCH
from customhouse.record.entity import MOST_NAMES, record_of
from customhouse.simulator import spelling
from customhouse.simulator.draw import Draw

FITTED = (1, 2, 3, 4, 5, 6)
HELD_OUT = (101, 102, 103, 104, 105, 106, 107, 108)
FIRMS = 150
World = tuple[list[Mention], list[int]]
Way = Callable[[Sequence[Mention]], list[list[int]]]


def world(seed: int, firms: int = FIRMS) -> World:
    """(records, the firm of each): each firm written one to eight ways, and kept as the register keeps it: one record for a number,
    or for a name and country where no number is declared. A record that two firms share is the first's."""
    found: dict[str, tuple[Mention, int]] = {}
    for firm in spelling.firms(seed, firms):
        for one in spelling.written(seed, firm, Draw(seed, "ways", firm.entity).whole(1, 8)):
            key = record_of(one.number, one.name, one.country)
            before, entity = found.get(key, (Mention(key, (), one.number, one.country, one.address), firm.entity))
            names = tuple(dict.fromkeys((*before.names, one.name)))[:MOST_NAMES]
            found[key] = (Mention(key, names, one.number, one.country, one.address), entity)
    return [m for m, _ in found.values()], [entity for _, entity in found.values()]


def ours(mentions: Sequence[Mention]) -> list[list[int]]:
    return _whole((list(c.members) for c in resolve(mentions)), len(mentions))


def same_spelling(mentions: Sequence[Mention]) -> list[list[int]]:
    """One spelling but for accents, capitals and signs, in one country, whatever the number."""
    of: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, m in enumerate(mentions):
        of[folded(m.names[0]), m.country].append(at)
    return list(of.values())


def names_alone(mentions: Sequence[Mention]) -> list[list[int]]:
    """Whatever names count as one party's, connected."""
    parent = list(range(len(mentions)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for one, other in candidates(mentions):
        if tie(mentions, one, other).comparison.score >= MATCH:
            parent[root(one)] = root(other)
    of: dict[int, list[int]] = defaultdict(list)
    for at in range(len(mentions)):
        of[root(at)].append(at)
    return list(of.values())


WAYS: dict[str, Way] = {"ours": ours, "names alone": names_alone, "same spelling": same_spelling}


def _whole(clusters: Iterable[list[int]], n: int) -> list[list[int]]:
    found = list(clusters)
    taken = {at for of in found for at in of}
    return found + [[at] for at in range(n) if at not in taken]


def judged(clusters: list[list[int]], truth: Sequence[int]) -> dict[str, float]:
    """Pairwise and B-cubed precision, recall and F1 of clusters of records whose firms are `truth`."""
    cluster_of = {at: n for n, of in enumerate(clusters) for at in of}
    of_firm: dict[int, list[int]] = defaultdict(list)
    for at, firm in enumerate(truth):
        of_firm[firm].append(at)
    said = sum(len(of) * (len(of) - 1) // 2 for of in clusters)
    true = sum(len(of) * (len(of) - 1) // 2 for of in of_firm.values())
    right = sum(truth[a] == truth[b] for of in clusters for a, b in combinations(of, 2))
    b_precision, b_recall = [], []
    for at, firm in enumerate(truth):
        mine, real = clusters[cluster_of[at]], of_firm[firm]
        both = len(set(mine) & set(real))
        b_precision.append(both / len(mine))
        b_recall.append(both / len(real))
    p, r = right / said if said else 1.0, right / true if true else 1.0
    bp, br = float(np.mean(b_precision)), float(np.mean(b_recall))
    return {
        "pair_precision": p, "pair_recall": r, "pair_f1": _f1(p, r),
        "b3_precision": bp, "b3_recall": br, "b3_f1": _f1(bp, br),
    }  # fmt: skip


def _f1(p: float, r: float) -> float:
    return 2 * p * r / (p + r) if p + r else 0.0


def board(seeds: Sequence[int] = HELD_OUT, firms: int = FIRMS) -> dict[str, Any]:
    """Every way on every seed: the mean of each figure with the range of the seeds, and the time of ours."""
    told: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    records, spent = 0, 0.0
    for seed in seeds:
        mentions, truth = world(seed, firms)
        records += len(mentions)
        for way, found in WAYS.items():
            begun = time.process_time()
            clusters = found(mentions)
            spent += time.process_time() - begun if way == "ours" else 0.0
            told[way].append(judged(clusters, truth))
    ways = {
        way: {
            name: {
                "mean": round(float(np.mean([row[name] for row in rows])), 4),
                "least": round(min(row[name] for row in rows), 4),
                "most": round(max(row[name] for row in rows), 4),
            }
            for name in rows[0]
        }
        for way, rows in told.items()
    }
    return {
        "seeds": list(seeds), "firms": firms, "records": records, "us_per_record": round(spent / records * 1e6),
        "ways": ways, "machine": machine(),
    }  # fmt: skip


def fit(seeds: Sequence[int] = FITTED, firms: int = FIRMS) -> tuple[dict[str, float], float]:
    """(weights, intercept) for `labs.identity.resolve`, from the pairs that the index proposes on these seeds."""
    rows, truth = [], []
    for seed in seeds:
        mentions, firm = world(seed, firms)
        for one, other in sorted(candidates(mentions)):
            rows.append([tie(mentions, one, other).measures[name] for name in WEIGHTS])
            truth.append(float(firm[one] == firm[other]))
    weights, intercept = logistic(np.array(rows), np.array(truth), np.ones(len(truth)))
    return dict(zip(WEIGHTS, (round(float(w), 2) for w in weights), strict=True)), round(intercept, 2)
