"""The facts behind a reason: what the criterion that fired asked for, and what stood there."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from customhouse.desks import explain
from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.law.rules.syntax import RuleError, read
from customhouse.law.selectivity import Selectivity
from customhouse.law.terms import Criterion
from customhouse.offices.risk.overruling import DRAWN
from customhouse.record.declaration import Declaration, Reason
from customhouse.record.facts import ITEM, WHOLE, assessed_facts
from customhouse.record.history import NO_HISTORY

MONEY = frozenset(
    {
        "customs_value",
        "duty",
        "value_per_kg",
        "customs_value_total",
        "payable_total",
        "importer_value_30",
        "consignee_value_today",
        "address_value_today",
    }
)
MASS = frozenset(name for name in (*ITEM, *WHOLE) if "mass" in name)
MOST = 12
LONGEST = 120


class Told(msgspec.Struct, frozen=True):
    """A reason with its sentence and the facts it hangs on: (name in the rule language, what it is, value)."""

    reason: Reason
    sentence: str
    facts: tuple[tuple[str, str, str], ...] = ()


def told(d: Declaration, law: Law | None, selectivity: Selectivity) -> tuple[Told, ...]:
    """Every reason of the lane with its facts, those that a person or criterion gave before those of the draws."""
    if (selected := d.selection) is None:
        return ()
    header, items = assessed_facts(d, selected.history or NO_HISTORY)
    by_item = {facts.sequence: facts for facts in items}
    criteria = {c.id: c for c in _criteria(d, law, selectivity)}
    lists: dict[str, Any] = dict(law.contents.lists) if law else {}
    found = []
    for why, sentence in explain.selection(selected, law):
        criterion = criteria.get(why.rule)
        facts: tuple[tuple[str, str, str], ...] = ()
        if criterion is not None:
            facts = tuple(_facts(criterion, header, by_item.get(why.item), lists, _currency(d)))
        whole = f"{sentence}. {explain.draw(selected)}" if why.rule == "random" else sentence
        found.append(Told(why, whole, facts))
    return tuple(sorted(found, key=lambda one: one.reason.rule in DRAWN))


def _criteria(d: Declaration, law: Law | None, selectivity: Selectivity) -> tuple[Criterion, ...]:
    """The criteria that were asked: of the Book, and the officers' where they are still those of that lane."""
    asked = d.selection.selectivity if d.selection else ""
    own = selectivity.criteria if asked and asked == selectivity.hash else ()
    return (*(law.contents.criteria if law else ()), *own)


def _facts(
    criterion: Criterion, header: Any, item: Any, lists: dict[str, Any], currency: str
) -> Iterator[tuple[str, str, str]]:
    try:
        rule = read(criterion.expression, lists)
    except RuleError:
        return
    for name in sorted(rule.facts)[:MOST]:
        holder = item if name in ITEM else header
        if holder is not None and hasattr(holder, name):
            described = (ITEM.get(name) or WHOLE.get(name) or ("", name))[1]
            yield name, described, _value(name, getattr(holder, name), currency)


def _value(name: str, value: Any, currency: str) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, frozenset | tuple):
        return _cut(", ".join(sorted(map(str, value)))) or "–"
    if isinstance(value, int):
        if name in MONEY and currency:
            return explain.amount(Money(value, currency))
        if name in MASS:
            return explain.quantity(Decimal(value) / 1000, "kg")
        return explain.number(value)
    return _cut(str(value)) or "–"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _currency(d: Declaration) -> str:
    if d.valued is not None:
        return d.valued.total.currency
    return d.assessed.payable.currency if d.assessed else ""
