"""What was sent when the session had ended: carried over the sign-in, so that the form comes back with everything in it.

It rests in the session of the browser, which outlives the sign-in, and only the person who typed it gets it back.
"""

from __future__ import annotations

import re

import msgspec
from django.http import HttpRequest

MOST = 400_000
"""Most characters carried; a longer form was saved as a draft while it was typed."""
KEPT_UNDER = "carried"
FORMS = re.compile(r"/lodge|/declaration/\d+/amend")


class Carried(msgspec.Struct, frozen=True):
    """A form that was sent: its address, whose it was, and its pairs."""

    path: str
    owner: str
    pairs: dict[str, str]


def onward(request: HttpRequest) -> str:
    """Where to go after the sign-in; of a lodging form that was sent, what was typed is kept until then."""
    if request.method == "GET":
        return request.get_full_path()
    key, owner = request.POST.get("draft", ""), request.POST.get("draft_owner", "")
    if not FORMS.fullmatch(request.path) or not re.fullmatch(r"[a-z0-9-]{6,40}", key):
        return "/"
    pairs = {name: str(value) for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    if owner and sum(len(name) + len(value) for name, value in pairs.items()) <= MOST:
        request.session[KEPT_UNDER] = msgspec.to_builtins(Carried(request.path, owner, pairs))
    return f"{request.path}?draft={key}"


def taken(request: HttpRequest) -> dict[str, str] | None:
    """What was carried to this address for this reader, once; what was somebody else's is forgotten."""
    found = request.session.pop(KEPT_UNDER, None)
    if found is None:
        return None
    carried = msgspec.convert(found, Carried)
    same = (carried.path, carried.owner) == (request.path, request.user.get_username())
    return carried.pairs if same else None
