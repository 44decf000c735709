"""The reader's own account: password, second factors, where it is signed in. Second factors are the views of django-allauth."""

from __future__ import annotations

from typing import Any

from allauth.account.views import ReauthenticateView as ByPassword
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as ByCode
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, ReauthenticateWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.views import PasswordChangeView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from customhouse.desks import audit, second_factor
from customhouse.desks.access import allowed, public, role_of
from customhouse.registry import accounts

KEEP = allowed("account.keep")


@KEEP
def show(request: HttpRequest) -> HttpResponse:
    """Everything of the account on one page."""
    user: Any = request.user
    factors = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    codes = next((f for f in factors if f.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "totp": next((f for f in factors if f.type == Authenticator.Type.TOTP), None),
        "passkeys": [f.wrap() for f in factors if f.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else None,
        "sessions": accounts.sessions(user, request.session.session_key or ""),
        "is_compulsory": second_factor.is_compulsory(role_of(request)),
        "is_missing": second_factor.is_missing(request),
    }
    return render(request, "desks/account.html", context)


@KEEP
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere else."""
    user: Any = request.user
    ended = accounts.end_sessions(user, besides=request.session.session_key or "")
    accounts.note("signed out elsewhere", user.username, detail=str(ended), address=audit.address(request))
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account")


class ChangePassword(PasswordChangeView):
    """A new password; other sessions end."""

    template_name, success_url, form_class = "desks/password.html", reverse_lazy("account"), PasswordChangeForm

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        update_session_auth_hash(self.request, form.user)
        accounts.end_sessions(form.user, besides=self.request.session.session_key or "")
        accounts.note("password changed", form.user.username, address=audit.address(self.request))
        messages.success(self.request, _("The password is changed; other sessions have ended."))
        return response


@public
@never_cache
def begin(request: HttpRequest, uid: str, token: str) -> HttpResponse:
    """Choose the first password, or a new one, by a link that is good once."""
    user = accounts.by_link(uid, token)
    if user is None:
        raise Http404
    form = SetPasswordForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        accounts.note("password chosen", user.username, address=audit.address(request))
        messages.success(request, _("The password is set. Sign in with it."))
        return redirect("sign-in")
    return render(request, "desks/begin.html", {"form": form, "account": user.username})


password = KEEP(ChangePassword.as_view())
by_password = KEEP(ByPassword.as_view())
by_code = KEEP(ByCode.as_view())
by_passkey = KEEP(ReauthenticateWebAuthnView.as_view())
totp_on = KEEP(ActivateTOTPView.as_view())
totp_off = KEEP(DeactivateTOTPView.as_view())
passkey_on = KEEP(AddWebAuthnView.as_view())
passkey_off = KEEP(RemoveWebAuthnView.as_view())
codes = KEEP(ViewRecoveryCodesView.as_view())
codes_new = KEEP(GenerateRecoveryCodesView.as_view())
second = public(AuthenticateView.as_view())
