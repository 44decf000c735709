"""How long a session still lasts: announced before it ends, and put off when the reader says so (WCAG 2.2.1)."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest

ENDS = "ends"


def left(request: HttpRequest) -> int:
    """Seconds until the session ends; the first call of a session fixes its end."""
    now = int(datetime.now(UTC).timestamp())
    ends = request.session.get(ENDS)
    return int(ends) - now if ends is not None else prolong(request)


def prolong(request: HttpRequest) -> int:
    """Let the session last its full time from now; seconds until it ends then."""
    age = int(request.session.get_expiry_age())
    request.session[ENDS] = int(datetime.now(UTC).timestamp()) + age
    return age
