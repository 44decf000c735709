"""Screening of parties: what the names of a declaration are asked against, which listed parties they may be, what a person decided.

A name never identifies anybody. An alarm says that a person has to look; its decision belongs to the pair of the declared
party and the listed one, as both stood, and ends when either changes.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from customhouse.record.section import Section
from customhouse.record.watch_list import ListedParty


class PartyRole(StrEnum):
    """What a named party is in a declaration (WCO classes)."""

    DECLARANT = "declarant"
    AGENT = "agent"
    IMPORTER = "importer"
    EXPORTER = "exporter"
    CONSIGNEE = "consignee"
    CONSIGNOR = "consignor"
    BUYER = "buyer"
    SELLER = "seller"
    PAYER = "payer"
    SURETY = "surety"
    CARRIER = "carrier"
    MEANS = "means"


class Verdict(StrEnum):
    """What a person decided: the listed party is the same as the declared one, or another."""

    SAME = "same"
    OTHER = "other"


class ListedIn(Section, frozen=True):
    """A version of a watch list that was asked: its name, number and SHA-256."""

    name: str
    version: int
    digest: str


class Met(Section, frozen=True):
    """A declared word beside a listed one, by what they met, and how near they are (0 to 1)."""

    declared: str
    listed: str
    by: str
    nearness: float


class Alarm(Section, frozen=True):
    """A declared party that may be a listed one, or whose name cannot be compared (`entry` is then None and `unread` says why).

    `score` is the estimated probability that both names are one party's, `nearness` how near they are letter by letter.
    `earlier` marks what an earlier version of the declaration named.
    """

    role: PartyRole
    name: str
    number: str = ""
    country: str = ""
    list: ListedIn | None = None
    entry: ListedParty | None = None
    listed: str = ""
    score: float = 0.0
    nearness: float = 0.0
    met: tuple[Met, ...] = ()
    only_declared: tuple[str, ...] = ()
    only_listed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    forms_differ: bool = False
    order_differs: bool = False
    unread: str = ""
    earlier: bool = False

    @property
    def key(self) -> str:
        """The pair: the declared number and name, the list, and the listed entry as it stands. Any change makes another pair."""
        entry = msgspec.json.encode(self.entry, order="deterministic").decode() if self.entry else ""
        told = (self.number, " ".join(self.name.casefold().split()), self.list.name if self.list else "", entry)
        return hashlib.sha256("\x1f".join(told).encode("utf-8", "surrogatepass")).hexdigest()[:24]


class Screening(Section, frozen=True):
    """One screening of a declaration: the versions asked, how many names, the alarms.

    `known` are pairs that would have alarmed and that two persons found to be other parties; `nameless` the parties that are
    declared by number alone.
    """

    lists: tuple[ListedIn, ...] = ()
    asked: int = 0
    alarms: tuple[Alarm, ...] = ()
    known: tuple[str, ...] = ()
    nameless: tuple[PartyRole, ...] = ()


class AlarmDecision(Section, frozen=True):
    """What a person decided about the pair `key` in one declaration, and why."""

    key: str
    verdict: Verdict
    reason: str
