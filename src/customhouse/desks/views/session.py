"""Coming in and going out: sign-in, the language of the pages, where each role begins, whether the house is well."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from customhouse.desks.access import EVERYONE, public, role_of, role_required
from customhouse.record.declaration import Role
from customhouse.registry import people

# The first page of each role; the others begin with their work list.
HOME = {
    Role.BROKER: "declarations",
    Role.TRADER: "declarations",
    Role.SUPERVISOR: "board",
    Role.CARRIER: "manifests",
    Role.AGENCY: "law",
    Role.ADMINISTRATOR: "law",
}
LANGUAGES = dict(settings.LANGUAGES)


class SignIn(LoginView):
    """The sign-in page; whoever comes in finds the pages in the language chosen last."""

    template_name = "desks/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        return _in(response, form.get_user().language)


sign_in = public(SignIn.as_view())
sign_out = public(LogoutView.as_view())


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Choose the language of the pages; kept with the account of whoever is signed in."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    chosen = request.POST.get("language", "")
    if request.user.is_authenticated and chosen in LANGUAGES:
        people.set_language(request.user.get_username(), chosen)
    return _in(redirect(back), chosen)


def _in(response: HttpResponse, chosen: str) -> HttpResponse:
    if chosen in LANGUAGES:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, chosen, max_age=365 * 86400, samesite="Lax", httponly=True)
    return response


@role_required(*EVERYONE)
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the reader's role."""
    return redirect(HOME.get(role_of(request), "worklist"))


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """For the supervisor and load balancers: the process answers and reaches the database. Shows nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("well\n", content_type="text/plain")
