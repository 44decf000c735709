"""Who trades: the records under which declarations name a party, and whether several of them are one trader.

A record is one way of naming: a number, or a name with its country where no number is declared. Which records are one trader's is
decided by people (`registry.entities`); a record nobody decided about is a trader of its own.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum

import msgspec

LONGEST = 140
MOST_NAMES = 12
_SIGNS = re.compile(r"[\W_]+")


def record_of(number: str = "", name: str = "", country: str = "") -> str:
    """The record of a party: `N:XM100000017`, or `M:silver reed trading gmbh|DE` where it has no number; "" where it has neither.

    Small letters and capitals, and signs, make no other record; a misspelling does.
    """
    if number.strip():
        return f"N:{number.strip().upper()[:LONGEST]}"
    plain = _SIGNS.sub(" ", name.casefold()).strip()[:LONGEST]
    return f"M:{plain}|{country.strip().upper()[:2]}" if plain else ""


class TraderRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """How declarations name a party: its spellings, the newest address, as what it appears and how often."""

    record: str
    number: str
    names: tuple[str, ...]
    country: str = ""
    address: str = ""
    roles: tuple[str, ...] = ()
    seen: int = 0


class Together(StrEnum):
    """What was decided about two records: one trader's, two traders', or nothing any more."""

    CONFIRMED = "confirmed"
    SPLIT = "split"
    UNDONE = "undone"


class Bond(msgspec.Struct, frozen=True):
    """Why two records of a proposal may be one trader's: the probability, and what speaks for and against it."""

    one: str
    other: str
    score: float
    names: tuple[str, str]
    why: tuple[str, ...] = ()


class Proposal(msgspec.Struct, frozen=True):
    """Records that may be one trader's, with the bonds between them."""

    number: int
    records: tuple[str, ...]
    score: float
    bonds: tuple[Bond, ...]


class EntityDecision(msgspec.Struct, frozen=True):
    """What a person decided about two records."""

    number: int
    one: str
    other: str
    verdict: Together
    reason: str
    by: str
    at: datetime
