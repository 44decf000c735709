"""A list of parties that a state or the United Nations wants to be seen: sanctions lists, denied parties, a list of one's own."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec

from customhouse.kernel.problem import Problem


class PartyKind(StrEnum):
    """What a listed party is; OTHER where the list does not say."""

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"
    SHIP = "SHIP"
    AIRCRAFT = "AIRCRAFT"
    OTHER = "OTHER"


class ListedParty(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of a list: `reference` is the list's own number, `names` the name first and then every alias."""

    reference: str
    names: tuple[str, ...]
    kind: PartyKind = PartyKind.OTHER
    programme: str = ""
    listed_on: date | None = None
    remarks: str = ""


class WatchList(msgspec.Struct, frozen=True):
    """A list as read from its files.

    `digest` is the SHA-256 of its files (hex), `dated` the day that the list says of itself, `skipped` the rows that were
    left out because they cannot be read, with line and reason; empty unless asked for.
    """

    format: str
    digest: str
    parties: tuple[ListedParty, ...]
    dated: date | None = None
    skipped: tuple[Problem, ...] = ()

    @property
    def names(self) -> int:
        """How many names the list has, aliases among them."""
        return sum(len(party.names) for party in self.parties)


class Version(msgspec.Struct, frozen=True):
    """A version of a list as kept: never changed, superseded by the next one of its name, or by the word that it is withdrawn."""

    number: int
    name: str
    format: str
    digest: str
    dated: date | None
    parties: int
    names: int
    skipped: int
    by: str
    at: datetime
    withdrawn: bool = False
