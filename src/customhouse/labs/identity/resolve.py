"""Finds records that are one trader's: the index proposes pairs, names and addresses weigh them, clusters keep their evidence.

A pair's probability comes from the comparison of names (`score.py`) and what stands beside them: the address, the country, and
whether both bear numbers. Clusters grow by the mean of their pairs, so that a chain of near names does not swallow an alphabet.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec
from rapidfuzz.distance import OSA

from customhouse.labs.identity.index import Index
from customhouse.labs.identity.reading import Kind, folded
from customhouse.labs.identity.score import Comparison, compare, sentences

NEAR = 0.55
NEIGHBOURS = 12
TOGETHER = 0.55
"""From this mean probability on records are proposed as one trader's."""

# measure: its weight; fitted on simulated firms of other seeds than the board's (`house/entity_board.py`, `fit`)
WEIGHTS: dict[str, float] = {
    "whole": 3.15,
    "against": -3.18,
    "forms": -2.32,
    "address": 4.59,
    "elsewhere": -1.25,
    "abroad": -4.58,
    "numbers": -1.23,
}
INTERCEPT = -3.16

# words of addresses that are left out or written in several ways
_STREETS = {
    "street": "st", "str": "st", "strasse": "st", "road": "rd", "avenue": "av", "ave": "av", "rue": "rd", "boulevard": "bd", "blvd": "bd",
    "lane": "ln", "building": "bldg", "floor": "fl", "unit": "fl", "suite": "fl", "saint": "st", "chemin": "ch", "no": "", "number": "", "nr": "", "po": "", "box": "",
}  # fmt: skip


class Mention(msgspec.Struct, frozen=True):
    """A record to be resolved: its key, every spelling of its name, number, country (ISO 3166) and address as declared."""

    key: str
    names: tuple[str, ...]
    number: str = ""
    country: str = ""
    address: str = ""


class Tie(msgspec.Struct, frozen=True):
    """Two records and how likely they are one trader's, with the spellings that met best and the measures."""

    one: int
    other: int
    score: float
    comparison: Comparison
    measures: dict[str, float]

    def why(self) -> tuple[str, ...]:
        """What speaks for and against it, for a person to read."""
        told = list(sentences(self.comparison))
        near = self.measures["address"]
        if self.measures["elsewhere"]:
            told.append(
                f"the addresses are two ({near + 0:.2f} alike)" if near else "the addresses have nothing in common"
            )
        elif near:
            told.append(f"the addresses are alike ({near:.2f})")
        if self.measures["abroad"]:
            told.append("the countries are two")
        if self.measures["numbers"]:
            told.append("each has a number of its own")
        return tuple(told)


class Cluster(msgspec.Struct, frozen=True):
    """Records (by their place) proposed as one trader's: the mean probability of their pairs, and the ties between them."""

    members: tuple[int, ...]
    score: float
    ties: tuple[Tie, ...]


@lru_cache(maxsize=65536)
def _words(address: str) -> frozenset[str]:
    words = (_STREETS.get(word, word) for word in folded(address).split())
    return frozenset(word for word in words if word)


def alike(one: str, other: str) -> float:
    """How alike two addresses are, 0 to 1: the share of the words of the shorter that the longer has, nearly so counting in part;
    numbers must be the same. 0 where one says nothing."""
    left, right = _words(one), _words(other)
    if not left or not right:
        return 0.0
    shorter, longer = (left, right) if len(left) <= len(right) else (right, left)
    met = 0.0
    for word in shorter:
        if word in longer:
            met += 1.0
        elif not word.isdigit():
            met += max((near for w in longer if (near := OSA.normalized_similarity(word, w)) >= 0.75), default=0.0)
    return met / max(len(shorter), 2)


def measures(one: Mention, other: Mention, names: Comparison) -> dict[str, float]:
    """What is weighed beside each other.

    whole      nearness of the names as strings, half so by their sound
    against    weight of the words that contradict, as part of all words
    forms      1 when the legal forms are of two families
    address    how alike the addresses are, from a half on
    elsewhere  1 when both have an address and they are not alike
    abroad     1 when the countries are two
    numbers    1 when each has a number of its own
    """
    near = alike(one.address, other.address)
    both = bool(one.address.strip() and other.address.strip())
    return {
        "whole": names.measures["whole"],
        "against": names.measures["against_part"],
        "forms": names.measures["forms"],
        "address": near if near >= 0.5 else 0.0,
        "elsewhere": float(both and near < 0.5),
        "abroad": float(bool(one.country and other.country and one.country != other.country)),
        "numbers": float(bool(one.number and other.number and one.number != other.number)),
    }


def probability(weighed: dict[str, float]) -> float:
    """The probability that the measures stand for."""
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in weighed.items())
    return 1.0 / (1.0 + math.exp(-total))


def tie(mentions: Sequence[Mention], one: int, other: int) -> Tie:
    """Weighs two records by the best of their spellings."""
    a, b = mentions[one], mentions[other]
    best = max((compare(x, y, Kind.ANY) for x in a.names for y in b.names), key=lambda found: found.score)
    weighed = measures(a, b, best)
    return Tie(one, other, probability(weighed), best, weighed)


def candidates(mentions: Sequence[Mention]) -> set[tuple[int, int]]:
    """The pairs of records that deserve weighing: those whose names the index finds near."""
    of = [at for at, mention in enumerate(mentions) for _ in mention.names]
    names = [name for mention in mentions for name in mention.names]
    index = Index(names)
    found: set[tuple[int, int]] = set()
    for at, name in zip(of, names, strict=True):
        for near in index.near(name, NEAR, NEIGHBOURS):
            if (other := of[near.at]) != at:
                found.add((min(at, other), max(at, other)))
    return found


def resolve(
    mentions: Sequence[Mention],
    apart: Callable[[int, int], bool] = lambda one, other: False,
    least: float = TOGETHER,
) -> list[Cluster]:
    """Clusters of two and more records, the likeliest first. `apart`: what a person found to be two traders stays apart."""
    ties = {(one, other): tie(mentions, one, other) for one, other in sorted(candidates(mentions))}
    cluster_of = list(range(len(mentions)))
    members: dict[int, list[int]] = {at: [at] for at in cluster_of}
    for found in sorted(ties.values(), key=lambda t: (-t.score, t.one, t.other)):
        if found.score < least:
            break
        left, right = cluster_of[found.one], cluster_of[found.other]
        if left == right or any(apart(a, b) for a in members[left] for b in members[right]):
            continue
        if _mean(mentions, ties, members[left], members[right]) >= least:
            for at in members[right]:
                cluster_of[at] = left
            members[left] += members.pop(right)
    clusters = [_cluster(sorted(of), ties, mentions) for of in members.values() if len(of) > 1]
    return sorted(clusters, key=lambda c: (-c.score, c.members))


def _mean(mentions: Sequence[Mention], ties: dict[tuple[int, int], Tie], left: list[int], right: list[int]) -> float:
    """The mean probability across two clusters; pairs that the index did not propose are weighed all the same."""
    total = 0.0
    for a in left:
        for b in right:
            pair = (min(a, b), max(a, b))
            if pair not in ties:
                ties[pair] = tie(mentions, *pair)
            total += ties[pair].score
    return total / (len(left) * len(right))


def _cluster(of: list[int], ties: dict[tuple[int, int], Tie], mentions: Sequence[Mention]) -> Cluster:
    within = [ties.get((a, b)) or tie(mentions, a, b) for n, a in enumerate(of) for b in of[n + 1 :]]
    return Cluster(tuple(of), sum(t.score for t in within) / len(within), tuple(within))
