"""Accounts: who they are, what happened to them, and what an administrator does with them. Every change is an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.db import connection, transaction
from django.utils.encoding import force_bytes, force_str
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from customhouse.record.declaration import Role
from customhouse.registry.models import Trader, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
FOR_TRADERS = (Role.BROKER, Role.TRADER, Role.CARRIER)


class NotAnAccount(ValueError):
    """The account cannot be made or changed so; the message says why, in words for whoever asked."""


class Account(msgspec.Struct, frozen=True):
    """An account as an administrator sees it."""

    username: str
    name: str
    role: Role
    trader: str
    office: str
    agency: str
    is_active: bool
    has_password: bool
    has_factor: bool
    is_locked: bool
    last_seen: datetime | None


class Event(msgspec.Struct, frozen=True):
    """Something that happened to an account."""

    id: int
    at: datetime
    by: str
    account: str
    what: str
    detail: str
    address: str


# --- events -----------------------------------------------------------------------------------------------------------


def note(what: str, account: str, *, by: str = "", detail: str = "", address: str = "") -> None:
    """Write down what happened to an account; `by` is the account itself where nobody else is named."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into account_event (by, account, what, detail, address) values (%s, %s, %s, %s, %s)",
            [by or account, account, what, detail[:400], address],
        )


def events(account: str = "", before: int | None = None, limit: int = 50) -> tuple[Event, ...]:
    """What happened to an account, or to all, newest first."""
    tests, values = ["true"], list[Any]()
    for test, value in (("account = %s", account), ("id < %s", before)):
        if value:
            tests.append(test)
            values.append(value)
    sql = (
        "select id, at, by, account, what, detail, address from account_event "  # noqa: S608 - our own words only
        f"where {' and '.join(tests)} order by id desc limit %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, limit])
        return tuple(Event(*row) for row in cursor.fetchall())


# --- accounts ---------------------------------------------------------------------------------------------------------


def accounts() -> tuple[Account, ...]:
    """All of them, by name."""
    return tuple(_account(user) for user in User.objects.select_related("trader").order_by("username"))


def account(username: str) -> Account | None:
    found = User.objects.filter(username=username).select_related("trader").first()
    return _account(found) if found else None


def exists(username: str) -> bool:
    return User.objects.filter(username=username).exists()


def has_factor(user: User) -> bool:
    """Whether a second factor is set up for the account."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).exists()


def _account(user: User) -> Account:
    attempts = AccessAttempt.objects.filter(
        username=user.username, failures_since_start__gte=settings.AXES_FAILURE_LIMIT
    )
    return Account(
        user.username, user.get_full_name(), Role(user.role), user.trader.number if user.trader else "", user.office,
        user.agency, user.is_active, user.has_usable_password(), has_factor(user), attempts.exists(), user.last_login,
    )  # fmt: skip


class Begun(msgspec.Struct, frozen=True):
    """What a new account is made of; `trader`, `office` and `agency` as the role needs them."""

    username: str
    first: str
    last: str
    role: Role
    trader: str = ""
    office: str = ""
    agency: str = ""


def create(new: Begun, *, by: str, address: str = "") -> str:
    """Make an account without a password; the answer is the path of the page, good once, on which one is chosen.

    Raises NotAnAccount when the name is taken or the role lacks its trader or agency.
    """
    username = new.username.strip()
    if not username or not username.isascii() or not all(c.isalnum() or c in "@.+-_" for c in username):
        raise NotAnAccount("a name has letters, digits and @ . + - _ only")
    if exists(username):
        raise NotAnAccount(f"the name {username} is taken")
    if new.role is Role.SYSTEM:
        raise NotAnAccount("the system has no account")
    trader = Trader.objects.filter(number=new.trader).first() if new.role in FOR_TRADERS else None
    if new.role in FOR_TRADERS and trader is None:
        raise NotAnAccount(f"a {new.role.value} acts for a trader; there is no trader {new.trader or 'named'}")
    if new.role is Role.AGENCY and not new.agency:
        raise NotAnAccount("an officer of an agency needs the code of the agency")
    user = User(
        username=username, first_name=new.first[:150], last_name=new.last[:150], role=new.role.value, trader=trader,
        office="" if trader or new.role is Role.AGENCY else new.office, agency=new.agency if new.role is Role.AGENCY else "",
    )  # fmt: skip
    user.set_unusable_password()
    with transaction.atomic():
        user.save()
        note("created", username, by=by, detail=new.role.value, address=address)
    return link(user)


def add_trader(number: str, name: str) -> None:
    """Enter a trader into the directory, unless it is there."""
    Trader.objects.get_or_create(number=number, defaults={"name": name})


def link(user: User) -> str:
    """The path of the page on which the password is chosen: good for three days, and once."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return f"/account/begin/{uid}/{default_token_generator.make_token(user)}"


def by_link(uid: str, token: str) -> User | None:
    """The account whose link this is, while it is good."""
    try:
        user = User.objects.get(pk=force_str(urlsafe_base64_decode(uid)), is_active=True)
    except (ValueError, OverflowError, User.DoesNotExist):
        return None
    return user if default_token_generator.check_token(user, token) else None


def _changed(username: str) -> User:
    user = User.objects.filter(username=username).first()
    if user is None:
        raise NotAnAccount(f"there is no account {username}")
    return user


def set_active(username: str, is_active: bool, *, by: str, address: str = "") -> None:
    """Close an account, ending its sessions, or open it again. Nobody closes their own."""
    if username == by:
        raise NotAnAccount("nobody closes their own account; ask another administrator")
    user = _changed(username)
    with transaction.atomic():
        user.is_active = is_active
        user.save(update_fields=["is_active"])
        if not is_active:
            end_sessions(user)
        note("opened" if is_active else "closed", username, by=by, address=address)


def reset_password(username: str, *, by: str, address: str = "") -> str:
    """Take the password away, end the sessions; the answer is the path of the page on which a new one is chosen."""
    user = _changed(username)
    with transaction.atomic():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        end_sessions(user)
        note("password reset", username, by=by, address=address)
    unlock(username, by=by, address=address)
    return link(user)


def reset_factor(username: str, *, by: str, address: str = "") -> None:
    """Take away the second factors and recovery codes: the person sets up new ones."""
    user = _changed(username)
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()
        end_sessions(user)
        note("second factor reset", username, by=by, address=address)


def unlock(username: str, *, by: str, address: str = "") -> None:
    """Forget the failures for which a name is locked out."""
    _changed(username)
    if AccessAttempt.objects.filter(username=username).delete()[0]:
        note("unlocked", username, by=by, address=address)


def end_sessions(user: User, besides: str = "") -> int:
    """Sign an account out everywhere, except in the session `besides`; how many sessions ended."""
    ended = 0
    for session in UserSession.objects.filter(user=user).exclude(session_key=besides):
        session.end()
        ended += 1
    return ended


class Sitting(msgspec.Struct, frozen=True):
    """A session of an account."""

    since: datetime
    address: str
    browser: str
    is_this: bool


def sessions(user: User, this: str) -> Sequence[Sitting]:
    """Where an account is signed in, newest first."""
    found = UserSession.objects.purge_and_list(user)
    told = [Sitting(s.created_at, s.ip, s.user_agent, s.session_key == this) for s in found]
    return sorted(told, key=lambda s: (s.is_this, s.since), reverse=True)
