"""Who may open a page: every view names its action in the table of `record.access`, and a test walks all of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from customhouse.desks import carried, second_factor
from customhouse.record import access
from customhouse.record.access import EVERYONE, STAFF, TRADE
from customhouse.record.declaration import Declaration, Role
from customhouse.registry import reader

__all__ = ["EVERYONE", "READERS", "STAFF", "TRADE", "allowed", "public", "role_of", "role_required"]

READERS = access.may("declaration.read")
View = Callable[..., HttpResponse]


def allowed(action: str) -> Callable[[View], View]:
    """The view is for the roles that may do `action`; others are refused, strangers are asked to sign in. Stands outermost."""
    guard = role_required(*access.may(action))

    def wrap(view: View) -> View:
        guarded = guard(view)
        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return wrap


def role_required(*roles: Role) -> Callable[[View], View]:
    """The same for roles that are named; `allowed` is the way to say it."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(carried.onward(request))
            if role_of(request) not in roles:
                raise PermissionDenied
            if getattr(guarded, "action", "") != "account.keep" and second_factor.is_missing(request):
                return redirect("account")
            return view(request, *args, **kwargs)

        guarded.roles = roles  # type: ignore[attr-defined]
        return guarded

    return wrap


def public(view: View) -> View:
    """The view is for everybody, and says so."""
    view.public = True  # type: ignore[attr-defined]
    return view


def role_of(request: HttpRequest) -> Role:
    return Role(request.user.role)  # type: ignore[union-attr]


def declarant_of(request: HttpRequest) -> str:
    """The trader that this reader acts for; "" for staff, who act for customs. Others may not act on declarations."""
    if role_of(request) in STAFF:
        return ""
    trader = request.user.trader  # type: ignore[union-attr]
    if trader is None:
        raise PermissionDenied
    return str(trader.number)


def reads_for(request: HttpRequest) -> tuple[str, ...]:
    """The traders whose files this reader of the trade may see: the own one, and those that authorised it to read."""
    declarant_of(request)
    return reader.current().traders


def may(request: HttpRequest, action: str, declaration: Declaration) -> bool:
    """Whether the reader may do `action` on this declaration."""
    role = role_of(request)
    own = declarant_of(request) if role in TRADE else ""
    office = request.user.office  # type: ignore[union-attr]
    return access.is_open(action, role, declaration, own=own, reads=reader.current().traders, office=office)


def may_see_as(request: HttpRequest, declaration: Declaration) -> str:
    """The ground on which the reader sees this declaration: a word of `record.access.Whose`, empty where they do not."""
    role = role_of(request)
    office = request.user.office  # type: ignore[union-attr]
    return access.ground("declaration.read", role, declaration, reads=reader.current().traders, office=office) or ""


def may_see(request: HttpRequest, declaration: Declaration) -> bool:
    return may(request, "declaration.read", declaration)
