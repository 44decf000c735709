"""What every page knows: the reader's role, the links of that role, the ticket for live events."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from customhouse.desks.access import STAFF, declarant_of, role_of
from customhouse.record.declaration import Role
from customhouse.registry import tickets

# (name of the route, words, roles that have it in their bar)
LINKS = (
    ("worklist", _("Work list"), STAFF),
    ("declarations", _("My declarations"), (Role.BROKER,)),
    ("lodge", _("Lodge"), (Role.BROKER,)),
    ("notices", _("Notices"), (Role.BROKER,)),
    ("board", _("Board"), (Role.SUPERVISOR, Role.AUDITOR, Role.OFFICER)),
)
ROLE_WORDS = {
    Role.BROKER: _("Broker"),
    Role.OFFICER: _("Officer"),
    Role.EXAMINER: _("Examiner"),
    Role.CASHIER: _("Cashier"),
    Role.SUPERVISOR: _("Supervisor"),
    Role.AUDITOR: _("Auditor"),
    Role.SYSTEM: _("Customs (automatic)"),
}


def desk(request: HttpRequest) -> dict[str, Any]:
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    role = role_of(request)
    links = [(name, words) for name, words, allowed in LINKS if role in allowed]
    return {"links": links, "role_word": ROLE_WORDS[role], "ticket": tickets.issue(declarant_of(request))}
