"""The rules that parcels are held against, ready for columns: form rules of the law, its criteria, those of officers and agencies.

A rule that columns cannot answer is no rule for parcels: it is refused here, with the reason, before a single row is judged.
Criteria on trial set no lane and hold nothing: they are read with the same care, and asked when a file is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

from customhouse.law.agency import AgencyCriterion
from customhouse.law.book import Law
from customhouse.law.rules.syntax import Rule, read
from customhouse.law.selectivity import Selectivity
from customhouse.law.terms import BusinessRule, Criterion
from customhouse.stream.criteria import Criteria, NotInColumns, check
from customhouse.stream.items import Ints
from customhouse.stream.parcels.facts import ParcelFacts

R = TypeVar("R", BusinessRule, Criterion, AgencyCriterion)


class Disagreement(AssertionError):
    """The line and the columns say different things of one parcel: a fault of the program, never of the data."""


class NotForParcels(ValueError):
    """A rule that cannot be asked of parcels in columns."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(f"rule {rule} cannot be asked of parcels: {why}. Write it otherwise, or take it out of force")


class Ruled(NamedTuple, Generic[R]):
    """A rule as it is written, and as it is asked: of a goods item or of the whole."""

    rule: R
    tree: Rule

    @property
    def of_item(self) -> bool:
        return self.tree.level == "item"


class Asked(Generic[R]):
    """Rules asked together, in the order in which the line names those that fire: of the whole first, then of the item."""

    def __init__(self, rules: Iterable[R], lists: Mapping[str, Any], how: str = "{}") -> None:
        found = [(rule, _read(rule, how, lists)) for rule in rules]
        found.sort(key=lambda one: one[1].level == "item")
        self.rules: tuple[Ruled[R], ...] = tuple(Ruled(rule, tree) for rule, tree in found)
        self._criteria = Criteria([tree for _, tree in found], lists) if found else None
        self._facts = sorted({name for _, tree in found for name in tree.facts})

    def rows(self, facts: ParcelFacts) -> Sequence[Ints]:
        """For each of `rules` the places of the rows on which it is true, ascending."""
        if self._criteria is None or not len(facts.rows):
            return [np.zeros(0, np.int64)] * len(self.rules)
        return self._criteria.run(facts.facts(self._facts)).rows


class Rulebook:
    """`errors`: form rules that refuse where they are broken; `warnings`: those that are only told. `of_law`, `of_officers`,
    `of_agencies`: criteria that ask for a look. All on one day."""

    def __init__(self, law: Law, selectivity: Selectivity) -> None:
        pages, lists = law.contents, law.lists
        form = [r for r in pages.rules if r.validity.contains(law.date)]
        self.errors = Asked((r for r in form if r.severity != "warning"), lists, "not ({})")
        self.warnings = Asked((r for r in form if r.severity == "warning"), lists, "not ({})")
        self.of_law = Asked((c for c in pages.criteria if c.validity.contains(law.date)), lists)
        self.of_officers = Asked(selectivity.criteria, selectivity.lists)
        self.of_agencies = Asked((c for c in pages.agency_criteria if c.validity.contains(law.date)), lists)
        Asked(selectivity.on_trial, selectivity.lists)


def _read(rule: Any, how: str, lists: Mapping[str, Any]) -> Rule:
    tree = read(how.format(rule.expression), lists)
    try:
        check(tree)
    except NotInColumns as fault:
        raise NotForParcels(rule.id, str(fault)) from None
    return tree
