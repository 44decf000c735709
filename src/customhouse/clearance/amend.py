"""Amend: the declarant hands in a new version before release; it is checked like a new one and the line is walked again."""

from __future__ import annotations

import hashlib

from customhouse.clearance.context import context_now
from customhouse.clearance.file import record
from customhouse.clearance.lodge import GATES, sniff, unauthorised_for
from customhouse.kernel.problem import Refusal, errors
from customhouse.offices import longroom
from customhouse.record.acts import Amended
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import files


def amend(key: str | int, data: bytes, reason: str, *, by: str, role: Role, format: str = "") -> Declaration:
    """Replace the declared content. Raises Refusal with all problems when the new version breaks a rule.

    A broker that amends a declaration to be for another trader needs the authorisation of that one.
    """
    format = format or sniff(data)
    lodged, now = GATES[format](data), context_now()
    before = files.get(key).lodged
    if found := errors((*longroom.check(lodged, now.law), *unauthorised_for(lodged, now, before))):
        raise Refusal(found)
    act = Amended(lodged, format, hashlib.sha256(data).hexdigest(), reason)
    return record(key, (act,), by=by, role=role, source=data)
