"""Whether the conditions of a measure let it apply (TARIC measure conditions): one answer for every office that asks.

Lines of one group are tried in order; the first that holds speaks. Every group must let the measure pass: forbidding goes
before voiding, voiding before a rate of its own. A group of which no line holds voids the measure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

import msgspec

from customhouse.law.measure import Action, Condition, Measure

Reaches = Callable[[Condition], bool]
"""Whether the price or quantity of the goods reaches the threshold of a line."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a measure, the line that decided (None when no condition had anything to say), and what documents
    would have led to another end."""

    action: Action
    line: Condition | None = None
    wanted: tuple[str, ...] = ()


APPLIES = Verdict("apply")
WEIGHT: dict[Action, int] = {"apply": 0, "rate": 1, "void": 2, "forbid": 3}


def judge(measure: Measure, documents: Collection[str], reaches: Reaches) -> Verdict:
    """The verdict on a measure for goods with these `documents`; `reaches` is asked for lines with a threshold only."""
    groups: dict[str, list[Condition]] = {}
    for line in measure.conditions:
        groups.setdefault(line.group, []).append(line)
    verdict = APPLIES
    for lines in groups.values():
        found = _group(lines, documents, reaches)
        if WEIGHT[found.action] > WEIGHT[verdict.action]:
            verdict = found
    return verdict


def _group(lines: list[Condition], documents: Collection[str], reaches: Reaches) -> Verdict:
    for line in lines:
        if line.document and line.document not in documents:
            continue
        if line.threshold is not None and not reaches(line):
            continue
        return Verdict(line.action, line, _wanted(lines, line))
    return Verdict("void", None, _wanted(lines, None))


def _wanted(lines: list[Condition], spoken: Condition | None) -> tuple[str, ...]:
    """Documents of lines that end better than the one that spoke."""
    bad = WEIGHT[spoken.action] if spoken is not None else WEIGHT["void"]
    return tuple(line.document for line in lines if line.document and WEIGHT[line.action] < bad)
