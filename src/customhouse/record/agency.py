"""What other border agencies leave in a declaration: permits used, inspections of their own, and joint inspections."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from customhouse.record.section import Section

CUSTOMS = "customs"
"""The name of customs among those who take part in a joint inspection; agencies stand there by their codes."""


class PermitUse(Section, frozen=True):
    """A permit named by an item, as the permit register answered: what was written off of it, or `why` it does not do.

    `taken` and `left` are in `unit` (empty: nothing is written off).
    """

    item: int
    code: str
    number: str
    agency: str
    unit: str = ""
    taken: Decimal = Decimal(0)
    left: Decimal = Decimal(0)
    why: str = ""
    source: str = ""

    @property
    def met(self) -> bool:
        return not self.why


class Participant(Section, frozen=True):
    """One who takes part in a joint inspection, with the result once there is one."""

    who: str
    conclusion: str = ""
    text: str = ""


class JointInspection(Section, frozen=True):
    """One appointment at the goods for everybody who wants to see them (WTO Trade Facilitation Agreement, article 8)."""

    number: int
    called_by: str
    reason: str
    participants: tuple[Participant, ...]
    place: str = ""
    at: datetime | None = None

    @property
    def is_over(self) -> bool:
        return all(p.conclusion for p in self.participants)

    def awaits(self, who: str) -> bool:
        return any(p.who == who and not p.conclusion for p in self.participants)


class AgencyExamination(Section, frozen=True):
    """What an agency found: `conclusion` is conform, discrepancy or not_done; `joint` the number of a joint inspection."""

    agency: str
    conclusion: str
    text: str = ""
    joint: int = 0
