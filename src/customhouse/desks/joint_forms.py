"""Joint inspections as small forms: asking for one, fixing the appointment; the same for customs and for agencies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from customhouse.clearance import agency as room
from customhouse.clearance.permit import Actor, law_now
from customhouse.desks.agency_sees import agency_name
from customhouse.desks.small_form import Field, Form, Mistake
from customhouse.law.book import Law
from customhouse.record.agency_flow import standing
from customhouse.record.declaration import Declaration, Role

LONGEST = 2000
REASON = Field("reason", lazy("Reason"))


def appointment() -> Form:
    """Place and time of the joint inspection that is open."""
    fields = (
        Field("place", lazy("Place"), "text"),
        Field("at", lazy("Day and time (UTC)"), "datetime-local"),
    )
    return Form("fix", "JointInspectionFixed", lazy("Fix the appointment"), lazy("Fix it"), "clock", fields)


def invitation(law: Law, besides: str = "") -> Form:
    """Asking others to a joint inspection; customs always takes part."""
    others = tuple((code, agency_name(code, law)) for code in sorted(law.agencies) if code != besides)
    choices = (("", lazy("customs alone")), *others) if besides else others
    fields = (Field("invited", lazy("Together with"), "choice", choices, required=not besides), REASON)
    return Form("call", "JointInspectionCalled", lazy("Ask for a joint inspection"), lazy("Ask"), "hand", fields)


def call(d: Declaration, filled: Mapping[str, str], actor: Actor) -> Declaration:
    """Ask for a joint inspection."""
    said = filled.get("reason", "").replace("\x00", "").strip()[:LONGEST]
    if not said:
        raise Mistake(_("%(field)s is missing") % {"field": _("Reason")})
    named = filled.get("invited", "")
    if named and named not in law_now().agencies:
        raise Mistake(_("%(field)s: choose one of the list") % {"field": _("Together with")})
    return room.call(d.id, (named,) if named else (), said, actor=actor)


def fix(d: Declaration, filled: Mapping[str, str], actor: Actor) -> Declaration:
    """Fix place and time of the joint inspection that is open."""
    place = filled.get("place", "").replace("\x00", "").strip()[:140]
    try:
        at = datetime.fromisoformat(filled.get("at", "").strip()).replace(tzinfo=UTC)
    except ValueError as fault:
        raise Mistake(_("Give day and time, as 2026-12-31T09:30")) from fault
    found = standing(d)
    if not place:
        raise Mistake(_("%(field)s is missing") % {"field": _("Place")})
    return room.fix(d.id, found.number if found else 0, place, at, actor=actor)


def _invitations(d: Declaration, role: Role) -> list[Form]:
    law = law_now()
    return [invitation(law)] if law.agencies and standing(d) is None else []


def _appointments(d: Declaration, role: Role) -> list[Form]:
    return [appointment()]


def _of_customs(
    do: Callable[[Declaration, Mapping[str, str], Actor], Declaration],
) -> Callable[[Declaration, Mapping[str, str], dict[str, Any]], Declaration]:
    return lambda d, filled, who: do(d, filled, Actor(who["by"], who["role"]))


# The same shape as `act_forms.FORMS`: name of the form -> (act, its forms now, what it does).
FORMS = {
    "fix": ("JointInspectionFixed", _appointments, _of_customs(fix)),
    "call": ("JointInspectionCalled", _invitations, _of_customs(call)),
}
