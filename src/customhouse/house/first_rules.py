"""The risk office of a demo house on its first morning: rules in force, one on trial, one waiting, one just written.

They go through the use cases that officers use, under the names of the demo's accounts; who approves is never who wrote.
"""

from __future__ import annotations

from datetime import datetime

from customhouse.clearance import criterion
from customhouse.clearance.criterion import Actor
from customhouse.record.criterion import ListContent, PolicyContent, RuleContent, Version, Written, expires_by_default
from customhouse.record.declaration import Role
from customhouse.record.lanes import Lane

OFFICER, AGENT, SUPERVISOR = (
    Actor("officer", Role.OFFICER), Actor("agent", Role.OFFICER), Actor("supervisor", Role.SUPERVISOR),
)  # fmt: skip
NEW_HOUSE = "The house is new: there is nothing to stand in the shadow of yet"
MINUTE = "Targeting Committee, minute 2026/12"
WATCHED = "watched_importers"
BRANDS = ("Bags, clothing or shoes by air: looked at for counterfeits", "Sacs, vêtements ou chaussures par avion : recherche de contrefaçons")  # fmt: skip
MACHINES = ("Machines or electronics worth little by weight", "Machines ou électronique de faible valeur au poids")
TEXTILES = ("More than three tonnes of textiles of one code", "Plus de trois tonnes de textiles d'un même code")
IMPORTERS = ("An importer that the office watches", "Un importateur que le bureau surveille")
PACKING = ("The packing weighs a fifth of the goods or more", "L'emballage pèse un cinquième des marchandises ou plus")


def is_due() -> bool:
    """Whether no officer has written anything yet."""
    from customhouse.registry import criterion_versions

    return not criterion_versions.everything()


def publish(at: datetime) -> None:
    """What is in force and on trial before the first declaration comes."""
    policy = PolicyContent(
        floor_ppm=10_000, exploration_ppm=10_000, blind_ppm=50_000, source=MINUTE, owner="Risk office"
    )
    _live(criterion.write(policy, OFFICER, at), at)
    watched = ListContent(
        text="Importers with repeated finds", codes=("XM104261533", "XM103402916", "XM101642149"), source=MINUTE,
        owner="Risk office",
    )  # fmt: skip
    _live(criterion.write(watched, AGENT, at, WATCHED), at)
    brands = _rule(BRANDS, "border_mode == '4' and starts(code, '42', '61', '62', '64')", Lane.RED, "Brands desk", at)
    _live(criterion.write(brands, OFFICER, at), at)
    machines = _rule(MACHINES, "starts(code, '84', '85') and value_per_kg < 1000", Lane.YELLOW, "Valuation desk", at)
    _live(criterion.write(machines, AGENT, at), at)
    textiles = _rule(
        TEXTILES, "starts(code, '50', '61', '62', '63') and net_mass > 3000000", Lane.YELLOW, "Textiles desk", at
    )
    tested = criterion.test(criterion.write(textiles, OFFICER, at), OFFICER, at)
    criterion.put_on_trial(tested, OFFICER, at)


def hand_in(at: datetime) -> None:
    """What waits for the supervisor, and what is only a draft, once there are declarations to test it on."""
    importers = _rule(IMPORTERS, f"importer in {WATCHED}", Lane.YELLOW, "Risk office", at)
    tested = criterion.test(criterion.write(importers, AGENT, at), AGENT, at)
    on_trial = criterion.put_on_trial(tested, AGENT, at)
    criterion.submit(on_trial, AGENT, at, on_trial.warnings)
    packing = _rule(PACKING, "gross_mass / net_mass >= 1.2", Lane.YELLOW, "Cargo desk", at)
    criterion.test(criterion.write(packing, OFFICER, at), OFFICER, at)


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
