"""Whether rules that are about to be published can be asked of parcels: these are judged in columns, which cannot ask everything.

A rule that columns cannot ask would stop every consolidation from the moment it is in force, so it is refused before. Where
the extra `parcels` is not installed nothing is asked here; clearing a consolidation then still refuses.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.rules.syntax import read
from customhouse.record.parcel import TYPE

PARCEL_TYPES = "parcel_types"
SETS = 'Ask for the codes themselves: meets(documents, "N935"), or "N935" in documents'
OTHERWISE = "Ask for one fact at a time: comparisons, in, starts, ends, contains, words, meets, count_items, sum_items"
Named = tuple[str, str]


def is_asked() -> bool:
    """Whether columns can be used here."""
    return all(importlib.util.find_spec(name) is not None for name in ("numpy", "pyarrow"))


def of_book(law: Law) -> tuple[Problem, ...]:
    """A problem for each form rule and criterion of a law, of any day, that cannot be asked of parcels; none where the law
    has no declaration of parcels."""
    if not is_asked() or TYPE not in law.list_of(PARCEL_TYPES):
        return ()
    pages = law.contents
    lists = {name: law.list_of(name) for name in {*pages.lists, *(entry.list for entry in pages.entries)}}
    rules = [(rule.id, f"not ({rule.expression})") for rule in pages.rules]
    rules += [(rule.id, rule.expression) for rule in (*pages.criteria, *pages.agency_criteria)]
    return tuple(_problems(rules, lists, law))


def of_criterion(id: str, expression: str, lists: Mapping[str, Any], law: Law) -> tuple[Problem, ...]:
    """The problem of an officers' criterion that cannot be asked of parcels."""
    if not is_asked() or TYPE not in law.list_of(PARCEL_TYPES):
        return ()
    return tuple(_problems([(id, expression)], lists, law))


def _problems(rules: Iterable[Named], lists: Mapping[str, Any], law: Law) -> Iterator[Problem]:
    """Every rule is read, and asked of one parcel: what columns cannot do is found in one way or the other."""
    from customhouse.stream.criteria import Criteria
    from customhouse.stream.parcels.facts import any_parcel
    from customhouse.stream.rows import NotInColumns

    facts = any_parcel(law)
    for id, expression in rules:
        rule = read(expression, lists)
        try:
            Criteria([rule], lists).run(facts.facts(rule.facts))
        except NotInColumns as fault:
            why = str(fault).partition("; ")[0]
            hint = SETS if "sets of codes" in why else OTHERWISE
            yield Problem("NotForParcels", f"Rule {id} cannot be asked of parcels: {why}", "expression", hint)
