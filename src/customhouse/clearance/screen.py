"""Screens a name against the parties of watch lists: the index finds the few, the comparison explains them.

Needs the extra `names`; whoever can do without it imports this late (`clearance.screening`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Generic, TypeVar

import msgspec

from customhouse.labs.identity import Comparison, Index, Kind, compare
from customhouse.labs.identity.reading import MAX_CHARACTERS, folded
from customhouse.labs.identity.score import CLEAR, MATCH
from customhouse.record.watch_list import ListedParty, PartyKind

NEAR = 0.70
"""As a string, a listed name must be this near to be compared at all; lower than any threshold that was ever useful."""
SPELLED = 0.8333
"""As a string, a listed name this near alarms though its score says two parties: 0.4 % of names that are not listed come so near."""
MOST = 10
REMEMBERED = 20_000
"""Names whose answer is remembered: traders come back."""
KINDS = {PartyKind.PERSON: Kind.PERSON, PartyKind.ORGANISATION: Kind.COMPANY, PartyKind.SHIP: Kind.SHIP}
CRAFT = (PartyKind.SHIP, PartyKind.AIRCRAFT)
L = TypeVar("L")


class Alarm(msgspec.Struct, Generic[L], frozen=True):
    """A listed party that a name may be; `of` is the list it stands in."""

    of: L
    party: ListedParty
    nearness: float
    comparison: Comparison

    @property
    def weight(self) -> float:
        """What alarms are put in order by."""
        return (self.nearness + self.comparison.score) / 2

    @property
    def is_loud(self) -> bool:
        """Whether a declaration must not pass it: the score says one party, or the letters nearly do."""
        return self.comparison.score >= MATCH or self.nearness >= SPELLED


class Screen(Generic[L]):
    """Parties of one or more lists, each with what its list is called, ready to be asked."""

    def __init__(self, parties: Sequence[tuple[L, ListedParty]]) -> None:
        self._of = [one for one in parties for _ in one[1].names]
        self._names = [name for _, party in parties for name in party.names]
        self._index = Index(self._names)
        self.remembered = lru_cache(maxsize=REMEMBERED)(self.loud)

    def alarms(self, name: str, kind: Kind = Kind.ANY) -> list[Alarm[L]]:
        """The parties that a name may be, each once by its best name; none whose score is below `CLEAR`.

        They are in the order of nearness and score together: against misspelling the plain nearness tells more, against
        forms, initials and other scripts the score.
        """
        return [one for one in self._compared(name, kind) if one.comparison.score >= CLEAR]

    def _compared(self, name: str, kind: Kind = Kind.ANY) -> list[Alarm[L]]:
        best: dict[int, Alarm[L]] = {}
        for near in self._index.near(name, NEAR, MOST):
            of, party = self._of[near.at]
            found = compare(
                name, self._names[near.at], kind if kind is not Kind.ANY else KINDS.get(party.kind, Kind.ANY)
            )
            alarm = Alarm(of, party, near.nearness, found)
            if id(party) not in best or best[id(party)].weight < alarm.weight:
                best[id(party)] = alarm
        return sorted(best.values(), key=lambda one: -one.weight)

    def loud(self, name: str, craft: bool) -> tuple[Alarm[L], ...]:
        """The alarms that a declaration must not pass: a means of transport is asked among ships and aircraft and what the
        list does not say of what kind it is, everybody else among all others."""
        of_kind = (*CRAFT, PartyKind.OTHER) if craft else tuple(k for k in PartyKind if k not in CRAFT)
        return tuple(one for one in self._compared(name) if one.is_loud and one.party.kind in of_kind)


@lru_cache(maxsize=REMEMBERED)
def unreadable(name: str) -> str:
    """Why a name cannot be compared, or empty. Such a name is shown to a person: it never passes by being odd."""
    if len(name) > MAX_CHARACTERS:
        return f"The name has {len(name)} characters; only {MAX_CHARACTERS} are compared"
    if not folded(name):
        return "The name has no letter and no digit"
    if any(unicodedata.category(letter) in ("Cc", "Co", "Cs", "Cn") for letter in name):
        return "The name holds characters that no script knows"
    return ""
