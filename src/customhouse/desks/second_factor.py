"""Second factors: whose is compulsory, and how their secrets are kept. The mechanism is that of django-allauth."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest

from customhouse.record.access import TRADE
from customhouse.record.declaration import Role
from customhouse.registry import accounts
from customhouse.registry.secret import key

KNOWN = "second_factor"  # in the session: a second factor is set up


class Adapter(DefaultMFAAdapter):
    """Keys of authenticators lie in the database encrypted, under a key of the house."""

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": "Customhouse"}


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(key("second-factor")))


def is_compulsory(role: Role) -> bool:
    """Whether this role may work only with a second factor (CUSTOMHOUSE_SECOND_FACTOR)."""
    asked = settings.CUSTOMHOUSE_SECOND_FACTOR
    return asked == "all" or (asked == "staff" and role not in (*TRADE, Role.CARRIER))


def is_missing(request: HttpRequest) -> bool:
    """Whether the reader must set up a second factor before anything else."""
    user: Any = request.user
    if not is_compulsory(Role(user.role)) or request.session.get(KNOWN):
        return False
    if accounts.has_factor(user):
        request.session[KNOWN] = True
        return False
    return True
