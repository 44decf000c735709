"""Coming in and going out: sign-in, the language of the pages, where each role begins, whether the house is well."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from customhouse.desks import session_time
from customhouse.desks.access import allowed, public, role_of
from customhouse.record.declaration import Role
from customhouse.registry import people

# The first page of each role; the others begin with their work list.
HOME = {
    Role.BROKER: "declarations",
    Role.TRADER: "declarations",
    Role.SUPERVISOR: "board",
    Role.CARRIER: "manifests",
    Role.AGENCY: "agency",
    Role.ADMINISTRATOR: "people",
}
LANGUAGES = dict(settings.LANGUAGES)


class SignIn(LoginView):
    """The sign-in page; whoever comes in finds the pages in the language chosen last."""

    template_name = "desks/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        """The password is right: in at once, or on to the second factor where the account has one."""
        user = form.get_user()
        login = Login(user=user, redirect_url=self.get_success_url())
        response = perform_password_login(self.request, {"username": user.username}, login)
        return _in(response, user.language)


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """The sign-in page for a name that has failed too often from this address; the right password does not help now."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"form": {"username": {"value": request.POST.get("username", "")}}, "locked": minutes}
    return render(request, "desks/sign_in.html", context, status=429)


sign_in = public(SignIn.as_view())
sign_out = public(LogoutView.as_view())


@allowed("house.enter")
@require_POST
def stay(request: HttpRequest) -> HttpResponse:
    """Let the session last its full time from now; answers with the seconds it then has."""
    return HttpResponse(str(session_time.prolong(request)), content_type="text/plain")


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


@allowed("house.enter")
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the reader's role."""
    return redirect(HOME.get(role_of(request), "worklist"))


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """For the supervisor and load balancers: the process answers and reaches the database. Shows nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("select 1")
    return HttpResponse("well\n", content_type="text/plain")
