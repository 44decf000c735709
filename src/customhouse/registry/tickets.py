"""Tickets for live events: signed by the page that opens the stream, they say whose declarations its reader may see."""

from __future__ import annotations

from django.core import signing

SALT, VALID = "customhouse.events", 12 * 3600


def issue(declarant: str) -> str:
    """A ticket for a reader: of one declarant's declarations, or of all ("") for staff."""
    return signing.dumps({"declarant": declarant}, salt=SALT)


def declarant_of(ticket: str) -> str | None:
    """Whose declarations the ticket opens ("" for all), or None when it is forged or too old."""
    try:
        return str(signing.loads(ticket, salt=SALT, max_age=VALID)["declarant"])
    except (signing.BadSignature, KeyError, TypeError):
        return None
