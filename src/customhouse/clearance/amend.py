"""Amend: the declarant hands in a new version before release; it is checked like a new one and the line is walked again."""

from __future__ import annotations

import hashlib

from customhouse.clearance.file import context_now, record
from customhouse.clearance.lodge import GATES, sniff
from customhouse.kernel.problem import Refusal, errors
from customhouse.offices import longroom
from customhouse.record.acts import Amended
from customhouse.record.declaration import Declaration, Role


def amend(key: str | int, data: bytes, reason: str, *, by: str, role: Role, format: str = "") -> Declaration:
    """Replace the declared content. Raises Refusal with all problems when the new version breaks a rule."""
    format = format or sniff(data)
    lodged = GATES[format](data)
    if found := errors(longroom.check(lodged, context_now().law)):
        raise Refusal(found)
    act = Amended(lodged, format, hashlib.sha256(data).hexdigest(), reason)
    return record(key, (act,), by=by, role=role, source=data)
