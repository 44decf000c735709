"""What every page knows: the reader's role, the links of that role, the ticket for live events."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customhouse.desks import session_time, words
from customhouse.desks.access import EVERYONE, STAFF, TRADE, declarant_of, role_of
from customhouse.record import access
from customhouse.record.declaration import Role
from customhouse.registry import tickets

# (name of the route, words, icon, roles that have it in their bar)
LINKS = (
    ("worklist", _("Work list"), "list", STAFF),
    ("board", _("Board"), "chart", (Role.SUPERVISOR, Role.AUDITOR, Role.OFFICER)),
    ("risk", _("Risk"), "lanes", access.may("risk.read")),
    ("agency", _("Our desk"), "list", (Role.AGENCY,)),
    ("government", _("Who waits"), "clock", (Role.AGENCY, Role.SUPERVISOR)),
    ("treasury", _("Treasury"), "coins", (Role.CASHIER, Role.SUPERVISOR, Role.AUDITOR)),
    ("declarations", _("My declarations"), "list", TRADE),
    ("lodge", _("Lodge"), "plus", TRADE),
    ("permits", _("Permits"), "papers", TRADE),
    ("money", _("Account"), "coins", TRADE),
    ("parcels", _("Parcels"), "papers", access.may("consolidation.read")),
    ("manifests", _("Cargo"), "ship", access.may("manifest.read")),
    ("entry-summaries", _("Entry summaries"), "papers", (Role.CARRIER, Role.OFFICER)),
    ("notices", _("Notices"), "bell", TRADE),
    ("reads", _("Reads"), "eye", (Role.AUDITOR,)),
    ("people", _("People"), "list", (Role.ADMINISTRATOR,)),
    ("law", pgettext_lazy("page", "Law"), "book", EVERYONE),
)


# Where words typed into the bar are looked for, besides work lists and declarations.
FINDS = {Role.CARRIER: "manifests"}


def desk(request: HttpRequest) -> dict[str, Any]:
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    role = role_of(request)
    trader = request.user.trader  # type: ignore[union-attr]
    told: dict[str, Any] = {
        "links": [(name, word, icon) for name, word, icon, allowed in LINKS if role in allowed],
        "here": next(
            (name for name in ("parcels", "law") if request.path.startswith(f"/{name}/")), ""
        ),  # pages beneath a page of the bar
        "sees_drafts": role in access.may("law.draft"),
        "role_word": words.ROLES[role],
        "find_in": "worklist" if role in STAFF else "declarations" if role in TRADE else FINDS.get(role, ""),
        "find_word": _("Find cargo") if role is Role.CARRIER else _("Find a declaration"),
        "trader": trader,
        "session_left": session_time.left(request),
    }
    if role in STAFF or trader is not None:
        told["ticket"] = tickets.issue(declarant_of(request))
    return told
