"""Pages for what went wrong: what happened, and where to go from here."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _page(request: HttpRequest, status: int, title: str, text: str) -> HttpResponse:
    return render(request, "desks/error.html", {"title": title, "text": text}, status=status)


def forbidden(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(
        request,
        403,
        _("This is not open to you"),
        _("Your role does not have this page. Ask a supervisor if it should."),
    )


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return _page(
        request, 404, _("There is nothing here"), _("Check the address or the MRN. You see what your role may see.")
    )


def broken(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _("Something broke on our side"),
        _("Nothing that was acknowledged is lost. Try again; if it stays, tell the operator."),
    )
