"""Screens a name against the parties of watch lists: the index finds the few, the comparison explains them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from customhouse.gates import watch_list
from customhouse.house.fault import HouseProblem
from customhouse.kernel.problem import Refusal
from customhouse.labs.identity import Comparison, Index, Kind, compare
from customhouse.labs.identity.score import CLEAR
from customhouse.record.watch_list import ListedParty, PartyKind, WatchList

NEAR = 0.70
"""As a string, a listed name must be this near to be compared at all; lower than any threshold that was ever useful."""
MOST = 10
SHOWN = 20
KINDS = {PartyKind.PERSON: Kind.PERSON, PartyKind.ORGANISATION: Kind.COMPANY, PartyKind.SHIP: Kind.SHIP}


class Alarm(msgspec.Struct, frozen=True):
    """A listed party that a name may be."""

    party: ListedParty
    nearness: float
    comparison: Comparison

    @property
    def weight(self) -> float:
        """What alarms are put in order by."""
        return (self.nearness + self.comparison.score) / 2


def read_list(path: Path, aliases: Path | None = None, skip_bad: bool = False) -> WatchList:
    """The list in a file. Raises HouseProblem with its bad rows; an alias file goes with OFAC's list only."""
    data = path.read_bytes()
    extra = aliases.read_bytes() if aliases is not None and watch_list.is_ofac(data) else None
    try:
        return watch_list.read(data, extra, skip_bad=skip_bad)
    except Refusal as refusal:
        told = "\n".join(f"  {problem}" for problem in refusal.problems[:SHOWN])
        more = len(refusal.problems) - SHOWN
        rest = f"\n  and {more} more" if more > 0 else ""
        raise HouseProblem(f"{path.name} was not taken:\n{told}{rest}") from None


class Screen:
    """Parties of one or more lists, ready to be asked."""

    def __init__(self, parties: Sequence[ListedParty]) -> None:
        self._of = [party for party in parties for _ in party.names]
        self._names = [name for party in parties for name in party.names]
        self._index = Index(self._names)

    def alarms(self, name: str, kind: Kind = Kind.ANY) -> list[Alarm]:
        """The parties that a name may be, each once by its best name; none whose score is below `CLEAR`.

        They are in the order of nearness and score together: against misspelling the plain nearness tells more, against
        forms, initials and other scripts the score.
        """
        best: dict[int, Alarm] = {}
        for near in self._index.near(name, NEAR, MOST):
            party = self._of[near.at]
            found = compare(
                name, self._names[near.at], kind if kind is not Kind.ANY else KINDS.get(party.kind, Kind.ANY)
            )
            alarm = Alarm(party, near.nearness, found)
            if found.score >= CLEAR and (id(party) not in best or best[id(party)].weight < alarm.weight):
                best[id(party)] = alarm
        return sorted(best.values(), key=lambda one: -one.weight)
