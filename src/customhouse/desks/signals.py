"""What happens to accounts while people sign in and out is written down (registry.accounts.note)."""

from __future__ import annotations

from typing import Any

from allauth.mfa import signals as mfa
from axes.signals import user_locked_out
from django.contrib.auth import signals as auth
from django.http import HttpRequest

from customhouse.desks import audit, second_factor
from customhouse.registry import accounts


def _note(what: str, account: str, request: HttpRequest | None, detail: str = "") -> None:
    accounts.note(what, account, detail=detail, address=audit.address(request) if request else "")


def _signed_in(sender: Any, request: HttpRequest | None, user: Any, **_more: Any) -> None:
    _note("signed in", user.username, request)


def _signed_out(sender: Any, request: HttpRequest | None, user: Any, **_more: Any) -> None:
    if user is not None:
        _note("signed out", user.username, request)


def _failed(sender: Any, credentials: dict[str, Any], request: HttpRequest | None = None, **_more: Any) -> None:
    """A name that is no account may be a password typed into the wrong field: it is not kept."""
    name = str(credentials.get("username") or "")
    known = accounts.exists(name)
    _note("sign-in failed", name if known else "", request, "" if known else "no such account")


def _locked(sender: Any, request: HttpRequest | None = None, username: str = "", **_more: Any) -> None:
    _note("locked out", username if accounts.exists(username) else "", request)


def _factor(what: str) -> Any:
    def noted(sender: Any, request: HttpRequest | None, user: Any, authenticator: Any, **_more: Any) -> None:
        if request is not None and hasattr(request, "session"):
            request.session.pop(second_factor.KNOWN, None)
        _note(what, user.username, request, str(authenticator.type))

    return noted


RECEIVERS = (
    (auth.user_logged_in, _signed_in),
    (auth.user_logged_out, _signed_out),
    (auth.user_login_failed, _failed),
    (user_locked_out, _locked),
    (mfa.authenticator_added, _factor("second factor added")),
    (mfa.authenticator_removed, _factor("second factor removed")),
    (mfa.authenticator_reset, _factor("recovery codes renewed")),
    (mfa.authentication_failed, _factor("second factor failed")),
)


def connect() -> None:
    """Called once, when the desks are ready."""
    for signal, receiver in RECEIVERS:
        signal.connect(receiver, weak=False, dispatch_uid=f"customhouse {id(receiver)}")
