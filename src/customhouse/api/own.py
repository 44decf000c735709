"""The caller's own: whose token it is, which declarations it may do something on, and that its readings are recorded.

Row-level security shows the caller no foreign row (`registry.reader`); the table of `record.access` says what may be done with
those it sees. Both refusals are the same answer as for a declaration that does not exist, and both are kept among the reads.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Path

from customhouse.api.fault import fault
from customhouse.api.operation import api
from customhouse.kernel.problem import Problem
from customhouse.record import access
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import files, reader, reads
from customhouse.registry.clients import Access

PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
MRN = Path(..., description="Movement reference number, such as 26XM110000000001R0")


def access_of(request: HttpRequest) -> Access:
    """What the token of the request opens."""
    found: Access = request.auth  # type: ignore[attr-defined]
    return found


def own(request: HttpRequest, mrn: str, action: str) -> Declaration:
    """The declaration, when the caller may do `action` on it; the reading is recorded.

    Raises `files.UnknownDeclaration` for another's as for one that does not exist.
    """
    mrn = mrn.upper()
    if not files.is_mrn(mrn):
        raise files.UnknownDeclaration(mrn[:40])
    declaration, trader = files.get(mrn), access_of(request).trader
    ground = access.ground(action, Role.BROKER, declaration, own=trader, reads=reader.current().traders)
    if not ground:
        raise files.UnknownDeclaration(mrn)
    if declaration.lodged.declarant_id == trader:
        ground = access.Whose.OWN
    note(request, ground, declaration.id)
    return declaration


def note(request: HttpRequest, ground: str, declaration: int | None, asked: str = "") -> None:
    """Readings by software are recorded as those of people are."""
    found = access_of(request)
    by = f"software {found.client} of {found.trader}" if found.client else f"software of {found.trader}"
    reads.record(
        reads.Read(
            by=by, role=Role.BROKER.value, trader=found.trader, what="api", ground=ground, declaration=declaration,
            asked=asked.replace("\x00", "")[:80], address=str(request.META.get("REMOTE_ADDR") or "")[:45],
        )
    )  # fmt: skip


def strayed(request: HttpRequest, asked: str) -> None:
    """Keep that the caller asked for what is not there for it."""
    asked = asked.upper()
    with reader.system():
        note(request, reads.REFUSED, files.number(asked) if files.is_mrn(asked) else None, asked)


@api.exception_handler(files.UnknownDeclaration)
def _unknown(request: HttpRequest, why: files.UnknownDeclaration) -> HttpResponse:
    strayed(request, str(why.key))
    return fault(404, Problem("UnknownMRN", str(why)[:120], "mrn", "Check the MRN; you see your own declarations only"))
