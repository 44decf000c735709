"""The desk of the administrator: accounts, tokens of software, what happened to them. It shows no declaration."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customhouse.desks import audit, explain, words
from customhouse.desks.access import allowed
from customhouse.record.declaration import Role
from customhouse.registry import accounts, lawbook, people
from customhouse.registry.accounts import Begun, NotAnAccount

ADMINISTER = allowed("account.administer")
PAGE = 50
# What is recorded of accounts, in words.
EVENTS = {
    "created": gettext_lazy("Created"),
    "signed in": gettext_lazy("Signed in"),
    "signed out": gettext_lazy("Signed out"),
    "signed out elsewhere": gettext_lazy("Signed out elsewhere"),
    "sign-in failed": gettext_lazy("Sign-in failed"),
    "locked out": gettext_lazy("Locked out"),
    "unlocked": gettext_lazy("Unlocked"),
    "opened": gettext_lazy("Opened again"),
    "closed": gettext_lazy("Closed"),
    "password reset": gettext_lazy("Password taken away"),
    "password chosen": gettext_lazy("Password chosen"),
    "password changed": gettext_lazy("Password changed"),
    "second factor added": gettext_lazy("Second factor added"),
    "second factor removed": gettext_lazy("Second factor removed"),
    "second factor failed": gettext_lazy("Second factor failed"),
    "second factor reset": gettext_lazy("Second factor taken away"),
    "recovery codes renewed": gettext_lazy("Recovery codes renewed"),
    "authorisation given": gettext_lazy("Authorisation given"),
    "authorisation revoked": gettext_lazy("Authorisation revoked"),
    "token issued": gettext_lazy("Token issued"),
    "token revoked": gettext_lazy("Token revoked"),
}


def _who(request: HttpRequest) -> dict[str, str]:
    return {"by": request.user.get_username(), "address": audit.address(request)}


def _told(found: tuple[accounts.Event, ...]) -> list[tuple[accounts.Event, Any]]:
    return [(e, EVENTS.get(e.what, e.what)) for e in found]


@ADMINISTER
def show(request: HttpRequest) -> HttpResponse:
    """Every account."""
    asked = request.GET.get("q", "").strip().lower()[:80]
    found = [
        a for a in accounts.accounts() if asked in f"{a.username} {a.name} {a.trader} {a.agency} {a.office}".lower()
    ]
    return render(request, "desks/people.html", {"people": [(a, words.ROLES[a.role]) for a in found], "said": asked})


@ADMINISTER
def create(request: HttpRequest) -> HttpResponse:
    """A new account; the link on which its password is chosen is shown once."""
    typed = {name: value.strip().replace("\x00", "")[:150] for name, value in request.POST.items()}
    context: dict[str, Any] = {
        "typed": typed,
        "roles": [(r.value, word) for r, word in words.ROLES.items() if r is not Role.SYSTEM],
        "traders": people.traders(),
        "offices": _offices(),
    }
    if request.method == "POST":
        try:
            path = _create(request, typed)
        except NotAnAccount as fault:
            return render(request, "desks/person_new.html", {**context, "fault": explain.told(str(fault))}, status=422)
        context |= {"link": request.build_absolute_uri(path), "made": typed["username"]}
    return render(request, "desks/person_new.html", context)


def _create(request: HttpRequest, typed: dict[str, str]) -> str:
    role = typed.get("role", "")
    if role not in set(Role):
        raise NotAnAccount(_("choose a role"))
    new = Begun(
        typed.get("username", ""), typed.get("first", ""), typed.get("last", ""), Role(role),
        typed.get("trader", "").upper(), typed.get("office", "")[:8], typed.get("agency", "").upper()[:12],
    )  # fmt: skip
    return accounts.create(new, **_who(request))


def _offices() -> list[str]:
    """The customs offices of the law in force."""
    from datetime import UTC, datetime

    today = datetime.now(UTC).date()
    try:
        return list(lawbook.current(today).on(today).contents.offices)
    except lawbook.NoLaw:
        return []


@ADMINISTER
def one(request: HttpRequest, username: str) -> HttpResponse:
    """One account with its history; posting closes or opens it, takes its password or second factor away, or unlocks it."""
    account = accounts.account(username)
    if account is None:
        raise Http404
    link = ""
    if request.method == "POST":
        try:
            link = _act(request, username, request.POST.get("do", ""))
        except NotAnAccount as fault:
            messages.error(request, explain.told(str(fault)))
        account = accounts.account(username)
    context = {
        "account": account,
        "role": words.ROLES[account.role] if account else "",
        "events": _told(accounts.events(username)),
        "link": request.build_absolute_uri(link) if link else "",
    }
    return render(request, "desks/person.html", context)


def _act(request: HttpRequest, username: str, do: str) -> str:
    who, link = _who(request), ""
    if do in ("close", "open"):
        accounts.set_active(username, do == "open", **who)
    elif do == "password":
        link = accounts.reset_password(username, **who)
    elif do == "factor":
        accounts.reset_factor(username, **who)
    elif do == "unlock":
        accounts.unlock(username, **who)
    else:
        raise Http404
    messages.success(request, _("Done, and recorded."))
    return link


@ADMINISTER
def tokens(request: HttpRequest) -> HttpResponse:
    """Tokens of traders' software: issue one, which is shown once; put one out of use."""
    context: dict[str, Any] = {"traders": people.traders()}
    if request.method == "POST":
        number, label = request.POST.get("trader", ""), request.POST.get("label", "").strip().replace("\x00", "")[:80]
        revoked = request.POST.get("revoke", "")
        if revoked.isascii() and revoked.isdigit() and len(revoked) < 18:
            if (token := people.revoke_token(int(revoked))) is not None:
                accounts.note("token revoked", token.trader, detail=token.label, **_who(request))
                messages.success(request, _("The token is out of use."))
            return redirect("tokens")
        if label and number in {p.number for p in context["traders"]}:
            context["token"] = people.issue_token(number, label)
            accounts.note("token issued", number, detail=label, **_who(request))
        else:
            messages.error(request, _("Choose a trader, and say what the token is for"))
    return render(request, "desks/tokens.html", {**context, "tokens": people.tokens()})


@ADMINISTER
def events(request: HttpRequest) -> HttpResponse:
    """What happened to accounts, newest first."""
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    found = accounts.events(before=number, limit=PAGE + 1)
    context = {"events": _told(found[:PAGE]), "next": found[PAGE - 1].id if len(found) > PAGE else ""}
    return render(request, "desks/people_events.html", context)
