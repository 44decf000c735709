"""Try out: a lodgement walks the line and nothing of it is stored, so that a declarant sees what would be decided.

A quota that is claimed and a permit that is named answer with what is left of them now; nothing is drawn, and the answer
at acceptance may differ.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from customhouse.clearance import permit_use
from customhouse.clearance.line import Context, Walk, proceed, walk
from customhouse.clearance.quota import standing
from customhouse.law.selectivity import NO_SELECTIVITY
from customhouse.offices import permit
from customhouse.offices import quota as office
from customhouse.record.acts import PermitsChecked
from customhouse.record.declaration import HoldKind, Role
from customhouse.record.flow import step
from customhouse.record.lodgement import Lodgement


def try_out(lodged: Lodgement, context: Context) -> Walk:
    """Where the line would end for `lodged`; its entry is not meant to be recorded.

    Officers' criteria, models, watch lists and looks asked for ahead do not speak: what and whom customs looks for cannot be
    found out by trying.
    """
    context = replace(context, selectivity=NO_SELECTIVITY, score=None, screening=None, marks={})
    tried = _quotas_tried(lodged, context)
    if tried.declaration.hold(HoldKind.PERMIT) is None:
        return tried
    d = tried.declaration
    uses = permit_use.foreseen(d, context.law)
    for act in (PermitsChecked(uses), *permit.holds(uses, d.holds)):
        d = step(d, act, Role.SYSTEM, context.at, 0)
    return Walk(proceed(d, context).declaration, None, tried.problems)


def _quotas_tried(lodged: Lodgement, context: Context) -> Walk:
    tried = walk(lodged, context, number=0, by="", format="json", digest="")
    if tried.declaration.hold(HoldKind.QUOTA) is None:
        return tried

    stands: dict[str, Decimal] = {}

    def answer(claim: office.QuotaClaim) -> tuple[Decimal, Decimal]:
        left = stands[claim.key] if claim.key in stands else standing(claim.quota).left
        taken = min(claim.asked, left)
        stands[claim.key] = left - taken
        return taken, left - taken

    act = office.allocate(office.claims(lodged, context.law), answer)
    answered = step(tried.declaration, act, Role.SYSTEM, context.at, 0)
    return Walk(proceed(answered, context).declaration, None, tried.problems)
