"""The officers' selectivity of one day: criteria in force, criteria on trial in the shadow, and how much is looked at anyway.

It stands beside the Book and not in it: the Book may be published, what customs looks for may not; and criteria change
many times a day. Like a Book it is immutable and known by its hash, which is recorded with every lane.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from customhouse.law.rules.compiled import Found, firing
from customhouse.law.rules.syntax import read
from customhouse.law.terms import Criterion, Hit

Sides = tuple[Found, list[Criterion], Found, list[Criterion]]


class Policy(msgspec.Struct, frozen=True, omit_defaults=True):
    """How much is looked at whatever criteria and models say; shares in parts per million.

    `floor_ppm`: drawn at random in any case, the only unbiased measure of how much is wrong. `exploration_ppm`: drawn where
    the model knows least, so that new frauds are found. `blind_ppm`: drawn at random while the model does not answer.
    """

    floor_ppm: int = 10_000
    exploration_ppm: int = 0
    blind_ppm: int = 50_000


class Selectivity:
    """Compiled once; asked for every declaration. Raises `RuleError` when a criterion cannot be read."""

    def __init__(
        self,
        criteria: Sequence[Criterion] = (),
        shadow: Sequence[Criterion] = (),
        lists: Mapping[str, Any] | None = None,
        policy: Policy | None = None,
    ) -> None:
        self.criteria, self.on_trial, self.policy = tuple(criteria), tuple(shadow), policy
        known = {name: frozenset(codes) for name, codes in (lists or {}).items()}
        self.lists: Mapping[str, frozenset[str]] = known
        self._sides, self._shadows = _compiled(self.criteria, known), _compiled(self.on_trial, known)
        self.hash = self._hash(known) if criteria or shadow or policy else ""

    def _hash(self, lists: Mapping[str, frozenset[str]]) -> str:
        said = (self.criteria, self.on_trial, self.policy, {name: sorted(codes) for name, codes in lists.items()})
        return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()

    def fire(self, header: Any, items: Sequence[Any]) -> tuple[Hit, ...]:
        """Every criterion in force that fires, on the whole or on an item."""
        return _fired(self._sides, header, items)

    def shadow(self, header: Any, items: Sequence[Any]) -> tuple[Hit, ...]:
        """Every criterion on trial that would have fired; it sets no lane."""
        return _fired(self._shadows, header, items)


def _compiled(criteria: Sequence[Criterion], lists: Mapping[str, Any]) -> Sides | None:
    if not criteria:
        return None
    rules = [(c, read(c.expression, lists)) for c in criteria]
    whole = [(c, r) for c, r in rules if r.level == "header"]
    items = [(c, r) for c, r in rules if r.level == "item"]
    return (
        firing([r for _, r in whole], lists), [c for c, _ in whole],
        firing([r for _, r in items], lists), [c for c, _ in items],
    )  # fmt: skip


def _fired(sides: Sides | None, header: Any, items: Sequence[Any]) -> tuple[Hit, ...]:
    if sides is None:
        return ()
    of_header, whole, of_item, each = sides
    hits = [hit(whole[n], 0) for n in of_header(header, items)]
    for item in items:
        hits.extend(hit(each[n], item.sequence) for n in of_item(header, item))
    return tuple(hits)


def hit(criterion: Criterion, item: int) -> Hit:
    """What an officers' criterion says when it fires; the trade is not told."""
    return Hit(criterion.id, criterion.lane, criterion.text["en"], item, criterion.source, confidential=True)


NO_SELECTIVITY = Selectivity()
