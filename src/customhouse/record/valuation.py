"""The section of the record about value: the customs value of each item, step by step, and what stands against it."""

from __future__ import annotations

from customhouse.kernel.money import Money
from customhouse.record.section import Section


class ValueStep(Section, frozen=True):
    """One line of a valuation: what it is (price, freight ...), the amount declared, the rate used, the amount added.

    `share` says how an amount declared for the shipment was apportioned, `note` why it was not counted.
    """

    what: str
    declared: str
    rate: str
    amount: int
    source: str = ""
    share: str = ""
    note: str = ""


class Unmet(Section, frozen=True):
    """A precondition of the method that is not met, or a cost that is missing, doubled or not part of the value; `id` is a
    word of `law.valuation.CHECKS`, `source` the article."""

    id: str
    why: str
    hint: str = ""
    source: str = ""


class ItemValue(Section, frozen=True):
    """Customs value of one item in national currency (minor units in `value`), method 1..6 of the WTO agreement, its
    steps, and the preconditions of the method that are `met` and `unmet`; of the others the declaration says nothing."""

    item: int
    method: str
    value: Money
    steps: tuple[ValueStep, ...] = ()
    met: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()


class Valuation(Section, frozen=True):
    """The value of every item; `met` and `unmet` are the checks of the whole shipment, `rounding` the rule of every step."""

    items: tuple[ItemValue, ...]
    total: Money
    met: tuple[str, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    rounding: str = ""
