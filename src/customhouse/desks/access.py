"""Who may open a page: every view names its roles, and a test walks all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from customhouse.desks import carried
from customhouse.record.declaration import Declaration, Role

STAFF = (Role.OFFICER, Role.EXAMINER, Role.CASHIER, Role.SUPERVISOR, Role.AUDITOR)
TRADE = (Role.BROKER, Role.TRADER)
READERS = (*TRADE, *STAFF)
EVERYONE = (*READERS, Role.CARRIER, Role.AGENCY, Role.ADMINISTRATOR)
View = Callable[..., HttpResponse]


def role_required(*allowed: Role) -> Callable[[View], View]:
    """The view is for these roles; others are refused, strangers are asked to sign in. Stands outermost on a view."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(carried.onward(request))
            if role_of(request) not in allowed:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.roles = allowed  # type: ignore[attr-defined]
        return guarded

    return wrap


def public(view: View) -> View:
    """The view is for everybody, and says so."""
    view.public = True  # type: ignore[attr-defined]
    return view


def role_of(request: HttpRequest) -> Role:
    return Role(request.user.role)  # type: ignore[union-attr]


def declarant_of(request: HttpRequest) -> str:
    """The trader whose declarations this reader may see; "" for staff, who see all. Others may see none."""
    if role_of(request) in STAFF:
        return ""
    trader = request.user.trader  # type: ignore[union-attr]
    if trader is None:
        raise PermissionDenied
    return str(trader.number)


def may_see(request: HttpRequest, declaration: Declaration) -> bool:
    own = declarant_of(request)
    return not own or declaration.lodged.declarant_id == own
