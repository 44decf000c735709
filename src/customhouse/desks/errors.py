"""Pages for what went wrong: what happened, and where to go from here."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "desks/error.html", {"title": title, "text": text, "status": status}, status=status)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    text = _("Your role does not have this page. Ask a supervisor if it should.")
    return _page(request, 403, _("This is not open to you"), text)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form came without the token of its page: an old page, or cookies are switched off."""
    text = _("Nothing was done. Go back, load the page again, and allow cookies for this address.")
    return _page(request, 403, _("This page was too old"), text)


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    text = _("Check the address or the MRN. You see what your role may see.")
    return _page(request, 404, _("There is nothing here"), text)


def broken(request: HttpRequest) -> HttpResponse:
    """Made without the request, its session or the database: one of them may be what broke."""
    context = {
        "title": _("Something broke on our side"),
        "text": _("Nothing that was acknowledged is lost. Try again; if it stays, tell the operator."),
        "status": 500,
        "language": get_language() or "en",
    }
    return HttpResponse(render_to_string("desks/broken.html", context), status=500)
