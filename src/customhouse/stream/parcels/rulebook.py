"""The rules that parcels are held against, ready for columns: form rules of the law, its criteria, those of officers and agencies.

A rule that columns cannot answer is no rule for parcels: it is refused here, with the reason, before a single row is judged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from customhouse.law.book import Law
from customhouse.law.rules.syntax import Rule, read
from customhouse.law.selectivity import Selectivity
from customhouse.stream.criteria import Criteria, NotInColumns
from customhouse.stream.items import Flags
from customhouse.stream.parcels.facts import ParcelFacts


class NotForParcels(ValueError):
    """A rule that cannot be asked of parcels in columns."""

    def __init__(self, rule: str, why: str) -> None:
        super().__init__(f"rule {rule} cannot be asked of parcels: {why}. Write it otherwise, or take it out of force")


class Asked:
    """Rules asked together; `fires` says on which rows any of them is true."""

    def __init__(self, rules: Sequence[tuple[str, Rule]], lists: Mapping[str, Any]) -> None:
        for id, rule in rules:
            try:
                Criteria([rule], lists)
            except NotInColumns as fault:
                raise NotForParcels(id, str(fault)) from None
        self._criteria = Criteria([rule for _, rule in rules], lists) if rules else None
        self._facts = sorted({name for _, rule in rules for name in rule.facts})

    def fires(self, facts: ParcelFacts) -> Flags:
        found = np.zeros(len(facts.rows), bool)
        if self._criteria is not None and len(found):
            for rows in self._criteria.run(facts.facts(self._facts)).rows:
                found[rows] = True
        return found


class Rulebook:
    """`broken`: rows that the law refuses. `hits`: rows that a criterion, also one on trial, or an agency looks for."""

    def __init__(self, law: Law, selectivity: Selectivity) -> None:
        pages = law.contents
        names = {*pages.lists, *(e.list for e in pages.entries)}
        lists = {name: law.list_of(name) for name in names}
        form = [r for r in pages.rules if r.validity.contains(law.date) and r.severity == "error"]
        self._form = Asked([(r.id, read(f"not ({r.expression})", lists)) for r in form], lists)
        looked = [c for c in (*pages.criteria, *pages.agency_criteria) if c.validity.contains(law.date)]
        self._hits = (
            Asked(_read(looked, lists), lists),
            Asked(_read((*selectivity.criteria, *selectivity.on_trial), selectivity.lists), selectivity.lists),
        )

    def broken(self, facts: ParcelFacts) -> Flags:
        return self._form.fires(facts)

    def hits(self, facts: ParcelFacts) -> Flags:
        one, other = self._hits
        return one.fires(facts) | other.fires(facts)


def _read(criteria: Iterable[Any], lists: Mapping[str, Any]) -> list[tuple[str, Rule]]:
    return [(c.id, read(c.expression, lists)) for c in criteria]
