"""The risk office of a demo house: rules that were in force or on trial in the weeks before, one that waits, one just written.

They go through the use cases that officers use, under the names of the demo's accounts; who approves is never who wrote.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from customhouse.clearance import criterion
from customhouse.clearance.criterion import Actor
from customhouse.record.criterion import (
    Kind,
    ListContent,
    PolicyContent,
    RuleContent,
    Version,
    Written,
    expires_by_default,
)
from customhouse.record.declaration import Role
from customhouse.record.lanes import Lane
from customhouse.registry import criterion_versions

OFFICER, AGENT, SUPERVISOR = (
    Actor("officer", Role.OFFICER), Actor("agent", Role.OFFICER), Actor("supervisor", Role.SUPERVISOR),
)  # fmt: skip
NEW_HOUSE = "The house is new: there is nothing to stand in the shadow of yet"
MINUTE = "Targeting Committee, minute 2026/12"
DAYS = 22  # since when, so that they were there for all of the weeks before
WATCHED, CODES = "watched_importers", ("XM104261533", "XM103402916", "XM101642149")
BY_AIR = "border_mode == '4' and starts(code, '42', '61', '62', '64')"
CHEAP = "starts(code, '84', '85') and value_per_kg < 1000"
HEAVY = "starts(code, '50', '61', '62', '63') and net_mass > 3000000"
BRANDS = ("Bags, clothing or shoes by air: looked at for counterfeits", "Sacs, vêtements ou chaussures par avion : recherche de contrefaçons")  # fmt: skip
MACHINES = ("Machines or electronics worth little by weight", "Machines ou électronique de faible valeur au poids")
TEXTILES = ("More than three tonnes of textiles of one code", "Plus de trois tonnes de textiles d'un même code")
IMPORTERS = ("An importer that the office watches", "Un importateur que le bureau surveille")
PACKING = ("The packing weighs a fifth of the goods or more", "L'emballage pèse un cinquième des marchandises ou plus")


def publish() -> int:
    """What is in force and on trial before the first declaration of the weeks before comes in; how many. Nothing where an
    officer has written something already."""
    if criterion_versions.everything():
        return 0
    at = datetime.now(UTC) - timedelta(DAYS)
    policy = PolicyContent(
        floor_ppm=10_000, exploration_ppm=10_000, blind_ppm=50_000, source=MINUTE, owner="Risk office"
    )
    _live(criterion.write(policy, OFFICER, at), at)
    watched = ListContent(text="Importers with repeated finds", codes=CODES, source=MINUTE, owner="Risk office")
    _live(criterion.write(watched, AGENT, at, WATCHED), at)
    _live(criterion.write(_rule(BRANDS, BY_AIR, Lane.RED, "Brands desk", at), OFFICER, at), at)
    _live(criterion.write(_rule(MACHINES, CHEAP, Lane.YELLOW, "Valuation desk", at), AGENT, at), at)
    textiles = criterion.write(_rule(TEXTILES, HEAVY, Lane.YELLOW, "Textiles desk", at), OFFICER, at)
    criterion.put_on_trial(criterion.test(textiles, OFFICER, at), OFFICER, at)
    return 3


def hand_in() -> int:
    """What waits for the supervisor, and what is only a draft, tested on the weeks before and on this morning; how many."""
    at = datetime.now(UTC)
    if len(criterion_versions.everything(Kind.RULE)) != 3:
        return 0
    importers = _rule(IMPORTERS, f"importer in {WATCHED}", Lane.YELLOW, "Risk office", at)
    tested = criterion.test(criterion.write(importers, AGENT, at), AGENT, at)
    on_trial = criterion.put_on_trial(tested, AGENT, at)
    criterion.submit(on_trial, AGENT, at, on_trial.warnings)
    packing = _rule(PACKING, "gross_mass / net_mass >= 1.2", Lane.YELLOW, "Cargo desk", at)
    criterion.test(criterion.write(packing, OFFICER, at), OFFICER, at)
    return 2


def _rule(text: tuple[str, str], expression: str, lane: Lane, owner: str, at: datetime) -> Written:
    return RuleContent(
        expression=expression, lane=lane, text={"en": text[0], "fr": text[1]}, source=MINUTE, owner=owner,
        since=at.date(), until=expires_by_default(at.date()), applies="import",
    )  # fmt: skip


def _live(version: Version, at: datetime) -> None:
    """Back-tested and handed in by its author, approved and published by the supervisor."""
    author = Actor(version.author, Role.OFFICER)
    tested = criterion.test(version, author, at)
    handed = criterion.submit(tested, author, at, tested.warnings)
    approved = criterion.approve(handed, SUPERVISOR, at, trial=7, reason=NEW_HOUSE)
    criterion.publish(approved, SUPERVISOR, at)
