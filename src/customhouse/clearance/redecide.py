"""A declaration decided again under another law as it was when its lane was set: form, assessment, papers, lane, agencies.

Pure; nothing is stored. What does not come of the law stays as it was: draws, what was known of the actors, the officers' criteria of
that day, what models found (`offices.risk.anew`).
"""

from __future__ import annotations

import msgspec

from customhouse.clearance.replay import again
from customhouse.kernel.problem import errors
from customhouse.law.book import Law
from customhouse.offices import longroom
from customhouse.offices import party as party_office
from customhouse.offices.risk.anew import YELLOW, Then, floor, share
from customhouse.offices.risk.course import Routed
from customhouse.record.declaration import Declaration
from customhouse.record.facts import assessed_facts
from customhouse.record.history import NO_HISTORY
from customhouse.record.lanes import STRICTNESS, Lane
from customhouse.record.lodgement import Lodgement

LANES = sorted(Lane, key=STRICTNESS.__getitem__)


class Redecided(msgspec.Struct, frozen=True):
    """What another law says: `refused` is the rule that the form breaks, `becomes` the declaration judged again, `lane` its lane,
    None where there is none. `papers` and `agencies`: whether it is held for a document, or to be seen by another agency, as it was and
    under the other law."""

    refused: str = ""
    becomes: Declaration | None = None
    lane: Lane | None = None
    papers: tuple[bool, bool] = (False, False)
    agencies: tuple[bool, bool] = (False, False)


def redecided(at_lane: Routed, law: Law, then: Then) -> Redecided:
    """Decide under `law` what was decided under `then`."""
    d, chosen = at_lane.declaration, at_lane.selection
    if rule := refusing(d.lodged, law, then.law):
        return Redecided(rule)
    becomes = again(d, lambda _: law)
    papers = _lacks(d), _lacks(becomes)
    if becomes.assessed is None:
        return Redecided(becomes=becomes, papers=papers)
    history = chosen.history or NO_HISTORY
    header, items = assessed_facts(becomes, history)
    hits = (*law.select(header, items), *then.selectivity.fire(header, items), *party_office.hits(d))
    fired = [r.rule for r in chosen.reasons]
    drawn = chosen.draw_ppm < share(then, law, chosen.random_share_ppm, blind=bool(chosen.blind))
    lane = max(
        floor(fired, STRICTNESS[chosen.lane], then.lanes),
        YELLOW if drawn else 0,
        *(STRICTNESS[Lane(hit.lane)] for hit in hits),
    )
    agencies = bool(then.law.wishes(*assessed_facts(d, history))), bool(law.wishes(header, items))
    return Redecided("", becomes, LANES[lane], papers, agencies)


def refusing(lodged: Lodgement, law: Law, then: Law) -> str:
    """The first rule, in the order of the law, for which the form of a law refuses what that of `then` took; empty for none."""
    broken = {p.rule for p in errors(longroom.check(lodged, law))}
    if broken:
        broken -= {p.rule for p in errors(longroom.check(lodged, then))}
    of_law = (rule.id for rule in law.contents.rules if rule.validity.contains(law.date))
    return next((rule for rule in of_law if rule in broken), next(iter(sorted(broken)), ""))


def _lacks(d: Declaration) -> bool:
    return d.verified is not None and not all(r.met for r in d.verified.requirements)
