"""The words of the desks for permits: where they stand, what happened to them, what a stranger is told."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as text
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customhouse.desks import explain
from customhouse.record.permit import PermitAct, State

STATES = {
    State.NEW: _("New"),
    State.APPLIED: pgettext_lazy("permit", "Applied for"),
    State.QUERIED: pgettext_lazy("permit", "Question asked"),
    State.ISSUED: pgettext_lazy("permit", "Issued"),
    State.SUSPENDED: pgettext_lazy("permit", "Suspended"),
    State.REFUSED: pgettext_lazy("permit", "Refused"),
    State.WITHDRAWN: pgettext_lazy("permit", "Withdrawn"),
    State.REVOKED: pgettext_lazy("permit", "Revoked"),
    State.EXPIRED: pgettext_lazy("permit", "Expired"),
}
TONES = {
    State.APPLIED: "hold",
    State.QUERIED: "hold",
    State.ISSUED: "good",
    State.SUSPENDED: "bad",
    State.REFUSED: "bad",
    State.REVOKED: "bad",
}
ACTS = {
    "Applied": pgettext_lazy("permit", "Applied for"),
    "Corrected": _("Application corrected"),
    "Withdrawn": _("Application withdrawn"),
    "Queried": _("Question asked"),
    "Answered": _("Question answered"),
    "Issued": pgettext_lazy("permit", "Issued"),
    "Refused": pgettext_lazy("permit", "Refused"),
    "Amended": _("Changed by the agency"),
    "Suspended": pgettext_lazy("permit", "Suspended"),
    "Resumed": pgettext_lazy("permit", "Valid again"),
    "Revoked": pgettext_lazy("permit", "Revoked"),
    "Expired": pgettext_lazy("permit", "Expired"),
}
# What a stranger is told who asks whether a paper is genuine: (whether the permit may be relied on today, the sentence).
VERDICTS = {
    "valid": (True, _("Genuine and valid.")),
    "not_yet": (False, _("Genuine, but not valid yet.")),
    "ended": (False, _("Genuine, but no longer valid: its last day has passed.")),
    "suspended": (False, _("Genuine, but suspended by the agency.")),
    "revoked": (False, _("Genuine, but revoked by the agency.")),
    "used_up": (False, _("Genuine, but used up: nothing is left of it.")),
    "amended": (False, _("Genuine, but the agency has changed the permit since; ask for the present paper.")),
    "unknown": (False, _("Not genuine, or mistyped: we issued no permit with this number and code.")),
}
USES = {"opened": _("issued"), "amended": _("changed"), "written off": _("written off"), "given back": _("given back")}


def act(done: PermitAct) -> str:
    """A few words about what an act did; "" where its name says it all."""
    for name in ("reason", "text", "number"):
        if said := getattr(done, name, ""):
            return str(said)
    return ""


def origins(codes: tuple[str, ...]) -> str:
    """Countries of origin, or that any will do."""
    return ", ".join(codes) if codes else text("any")


def amount(quantity: Any, unit: str) -> str:
    """A quantity with its unit; what is counted in uses says so."""
    if quantity is None:
        return "–"
    return explain.quantity(quantity, text("uses") if unit == "C62" else unit)
