"""What is read on the desks is written down (registry.reads): the sheet of a declaration, its message, the record of a trader, a search of staff."""

from __future__ import annotations

from django.http import HttpRequest

from customhouse.desks.access import may_see_as, role_of
from customhouse.record.declaration import Declaration
from customhouse.registry import reads

LONGEST = 80


def read(request: HttpRequest, what: str, d: Declaration) -> None:
    """The reader was shown `what` of a declaration."""
    _record(request, what, may_see_as(request, d), d.id)


def searched(request: HttpRequest, asked: str) -> None:
    """The reader searched the files for words."""
    _record(request, "search", "", None, asked)


def actor(request: HttpRequest, kind: str, key: str) -> None:
    """The reader was shown the record of somebody, gathered from many files."""
    _record(request, "actor", "", None, f"{kind} {key}")


def refused(request: HttpRequest, asked: str, declaration: int | None) -> None:
    """The reader asked for a file that is not theirs, or for one that is not there: both are written down alike."""
    _record(request, "declaration", reads.REFUSED, declaration, asked)


def address(request: HttpRequest) -> str:
    """Where a request comes from, as the web server has it (uvicorn believes a proxy on this machine only)."""
    return str(request.META.get("REMOTE_ADDR") or "")[:45]


def _record(request: HttpRequest, what: str, ground: str, declaration: int | None, asked: str = "") -> None:
    user = request.user
    trader = user.trader  # type: ignore[union-attr]
    reads.record(
        reads.Read(
            by=user.get_username(),
            role=role_of(request).value,
            what=what,
            ground=ground,
            office=user.office,  # type: ignore[union-attr]
            agency=user.agency,  # type: ignore[union-attr]
            trader=trader.number if trader else "",
            declaration=declaration,
            asked=asked[:LONGEST],
            address=address(request),
        )
    )
