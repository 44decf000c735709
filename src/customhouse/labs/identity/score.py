"""How likely two names are one party's: a few measures of their alignment, weighed, as a probability with its reasons.

The weights are those of a logistic regression (`fit.py`), kept here as data so that a score can be worked out again by hand
and in an appeal. No measure looks at a particular name.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

import msgspec

from customhouse.labs.identity.match import Alignment, By, Met, align, whole
from customhouse.labs.identity.reading import Kind, Name, read

# measure: its weight. Fitted on the benchmark's pairs and on made-up people (`simulator/people.py`, seed 11) at half weight, so
# that a changed surname weighs what it should also for who has not seen the benchmark's own people.
WEIGHTS: dict[str, float] = {
    "against": -2.06,
    "against_part": -2.17,
    "worst": -4.15,
    "extra_part": -1.68,
    "whole": 4.3,
    "forms": -5.52,
    "crossed": -3.96,
    "organisation": -0.78,
    "against_organisation": 2.57,
    "edits": -0.87,
}
INTERCEPT = 0.58

MATCH = 0.45
"""From here on two names count as one party's (chosen on the plateau of F1 in cross-validation: 0.35 to 0.50)."""

CLEAR = 0.10
"""Below, they are two parties'. Between, a clerk decides."""


class Comparison(msgspec.Struct, frozen=True):
    """Two names compared. `score` is the estimated probability that they name one party."""

    first: str
    second: str
    score: float
    met: tuple[Met, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    dropped: tuple[str, ...]
    measures: dict[str, float]

    @property
    def match(self) -> bool:
        """Whether they count as one party's."""
        return self.score >= MATCH


def measures(first: Name, second: Name, found: Alignment) -> dict[str, float]:
    """What is weighed, by name. Weights of words: 1 for a name, less for particles and general words.

    against      weight of the words that contradict: met but unlike, or left over on both sides
    against_part the same as part of all words
    worst        the one word that contradicts most
    extra_part   words that one side alone has, as part of all words
    whole        nearness of the names as strings, half so by their sound
    forms        1 when both have legal forms, of two families
    crossed      1 when a person's names stand in another order without the comma that says so
    organisation 1 when it is no person
    against_organisation  `against` of organisations
    edits        letters to change in words that met by spelling, at most 4
    """
    left, right = sum(one.weight for one in found.only_first), sum(one.weight for one in found.only_second)
    both = min(left, right)
    extra = max(left, right) - both
    total = found.weight + both + extra / 2 or 1.0
    against = found.lost + both
    organisation = float(first.kind is not Kind.PERSON)
    return {
        "against": against,
        "against_part": against / total,
        "worst": max(found.heaviest, 1.0 if both >= 0.6 else both),
        "extra_part": extra / total,
        "whole": whole(first, second),
        "forms": float(bool(first.forms and second.forms and first.forms != second.forms)),
        "crossed": float(found.crossed and not (first.comma or second.comma)),
        "organisation": organisation,
        "against_organisation": organisation * against,
        "edits": float(min(found.edits, 4)),
    }


def compare(first: str, second: str, kind: Kind = Kind.ANY) -> Comparison:
    """Compares two names of any script. Where a name gives alternatives (`Al-Qa'ida/Islamic Army`), the best counts."""
    best: Comparison | None = None
    for one in alternatives(first):
        for other in alternatives(second):
            found = _compared(one, other, kind)
            if best is None or found.score > best.score:
                best = found
    assert best is not None
    return msgspec.structs.replace(best, first=first, second=second)


_SLASH = re.compile(r"\s*/\s*")


@lru_cache(maxsize=8192)
def alternatives(name: str) -> tuple[str, ...]:
    """The name, and its parts where a slash stands between names of four letters and more (not `A/S`, `s/o`)."""
    parts = [part for part in _SLASH.split(name) if part]
    return (name, *parts) if len(parts) > 1 and all(len(part) > 3 for part in parts) else (name,)


def _compared(one: str, other: str, kind: Kind) -> Comparison:
    left, right = read(one, kind), read(other, kind)
    found = align(left, right)
    weighed = measures(left, right, found)
    empty = not left.tokens or not right.tokens
    return Comparison(
        first=one,
        second=other,
        score=0.0 if empty else probability(weighed),
        met=found.met,
        only_first=tuple(token.written for token in found.only_first),
        only_second=tuple(token.written for token in found.only_second),
        dropped=tuple(dict.fromkeys(left.dropped + right.dropped)),
        measures=weighed,
    )


def probability(weighed: dict[str, float]) -> float:
    """The probability that the measures stand for."""
    total = INTERCEPT + sum(WEIGHTS[name] * value for name, value in weighed.items())
    return 1.0 / (1.0 + math.exp(-total))


_SAYS = {
    By.SAME: "is the same",
    By.TRANSLITERATION: "is the same in another script",
    By.SOUND: "sounds the same",
    By.SPELLING: "is spelled nearly so",
    By.FAMILIAR: "is a familiar or national form of it",
    By.INITIAL: "is its initial",
    By.TOGETHER: "is the same, written apart",
    By.CUT: "begins so",
}


def sentences(found: Comparison) -> list[str]:
    """Why the score is what it is, one sentence a word, for a person to read."""
    told = [f"“{one.first}” and “{one.second}”: {_SAYS[one.by]} ({one.nearness:.2f})" for one in found.met]
    if found.only_first:
        told.append(f"only in the first: {', '.join(found.only_first)}")
    if found.only_second:
        told.append(f"only in the second: {', '.join(found.only_second)}")
    if found.dropped:
        told.append(f"not compared (titles and legal forms): {', '.join(found.dropped)}")
    if found.measures["forms"]:
        told.append("the legal forms are of two kinds")
    if found.measures["crossed"]:
        told.append("the words stand in another order")
    return told
