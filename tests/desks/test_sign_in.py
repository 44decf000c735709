"""Signing in: a second factor where one is set up, lock-out, sessions, the first password by a link."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from tests.desks.test_access import INLINE
from tests.registry.papers import rows

from customhouse.record.declaration import Role
from customhouse.registry import accounts
from customhouse.registry.accounts import Begun, NotAnAccount
from customhouse.registry.demo import PASSWORD
from customhouse.registry.models import User

pytestmark = pytest.mark.usefixtures("house")
_count = itertools.count(1)
GOOD = "quarter-deck-lantern-8"


def totp(secret: str, at: float | None = None) -> str:
    """The code of RFC 6238 for a base32 secret: 30 seconds, 6 digits, SHA-1."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, int((at or time.time()) // 30).to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


def test_codes_are_those_of_the_standard() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [totp(secret, at) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


@pytest.fixture
def person() -> User:
    """A fresh officer with a password."""
    name = f"person-{next(_count)}-{time.time_ns() % 10**9}"
    return User.objects.create_user(username=name, password=GOOD, role=Role.OFFICER.value, first_name="Pat")


def come_in(name: str, password: str = GOOD, client: Client | None = None, **more: Any) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.post("/sign-in", {"username": name, "password": password}, **more)


def set_up(person: User) -> tuple[Client, str, list[str]]:
    """Set up codes as a person does; the answer is their client, the key, and the recovery codes."""
    client, _ = come_in(person.username)
    again = client.get("/account/code")
    assert again["Location"].startswith("/account/again")
    assert client.post(again["Location"], {"password": "not this"}).status_code == 200
    assert client.post(again["Location"], {"password": GOOD})["Location"] == "/account/code"
    page = client.get("/account/code").content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    secret = re.search(r'mono key">(\w+)<', page)[1]  # type: ignore[index]
    assert "Incorrect code" in client.post("/account/code", {"code": "000000"}).content.decode()
    assert client.post("/account/code", {"code": totp(secret)})["Location"] == "/account/recovery"
    codes = re.findall(r"<li>(\d{8})</li>", client.get("/account/recovery").content.decode())
    assert len(codes) == 10
    return client, secret, codes


def happened(person: User) -> list[str]:
    return [e.what for e in reversed(accounts.events(person.username))]


# --- second factor ----------------------------------------------------------------------------------------------------


def test_a_code_of_the_authenticator_is_asked_for(person: User) -> None:
    _, secret, _ = set_up(person)
    client, answer = come_in(person.username)
    assert answer["Location"] == "/sign-in/second"
    assert client.get("/worklist").status_code == 302, "the password alone opens nothing"
    page = client.get("/sign-in/second")
    assert INLINE.findall(page.content) == []
    assert "Incorrect code" in client.post("/sign-in/second", {"code": "12345"}).content.decode()
    assert client.get("/worklist").status_code == 302
    # The code used to set it up is spent; the next one of the clock is good.
    assert client.post("/sign-in/second", {"code": totp(secret, time.time() + 30)})["Location"] == "/"
    assert client.get("/worklist").status_code == 200
    told = happened(person)
    assert "second factor added" in told
    assert told[-2:] == ["second factor failed", "signed in"]


def test_a_code_is_good_once(person: User) -> None:
    _, secret, _ = set_up(person)
    code = totp(secret, time.time() + 30)
    first, _ = come_in(person.username)
    assert first.post("/sign-in/second", {"code": code})["Location"] == "/"
    second, _ = come_in(person.username)
    assert second.post("/sign-in/second", {"code": code}).status_code == 200
    assert second.get("/worklist").status_code == 302


def test_a_recovery_code_is_good_once(person: User) -> None:
    _, _, codes = set_up(person)
    client, _ = come_in(person.username)
    assert client.post("/sign-in/second", {"code": codes[0]})["Location"] == "/"
    client, _ = come_in(person.username)
    assert client.post("/sign-in/second", {"code": codes[0]}).status_code == 200
    assert "9 codes left" in set_up_again(person, codes[1])


def set_up_again(person: User, code: str) -> str:
    """The account page of somebody who came in with a recovery code; one code fewer is left than before."""
    from allauth.mfa.models import Authenticator

    wrapped = Authenticator.objects.get(user=person, type="recovery_codes").wrap()
    assert code in wrapped.get_unused_codes()
    client = Client()
    client.force_login(person)
    return client.get("/account").content.decode()


def test_codes_cannot_be_guessed_for_long(person: User) -> None:
    set_up(person)
    client, _ = come_in(person.username)
    pages = [client.post("/sign-in/second", {"code": f"{n:06d}"}).content.decode() for n in range(12)]
    assert "Incorrect code" in pages[0]
    assert "Incorrect code" not in pages[-1]


def test_the_key_lies_encrypted(person: User) -> None:
    _, secret, codes = set_up(person)
    kept = str(rows("select data::text from mfa_authenticator where user_id = %s", person.pk))
    assert secret not in kept
    assert not any(code in kept for code in codes)


@pytest.fixture
def compulsory(settings: Any) -> Iterator[Callable[[str], None]]:
    yield lambda whose: setattr(settings, "CUSTOMHOUSE_SECOND_FACTOR", whose)


def test_where_it_is_compulsory_nothing_opens_without_it(person: User, compulsory: Callable[[str], None]) -> None:
    compulsory("staff")
    client, _ = come_in(person.username)
    assert client.get("/worklist")["Location"] == "/account"
    assert "with a second factor only" in client.get("/account").content.decode()
    broker, _ = come_in("broker", PASSWORD)
    assert broker.get("/declarations").status_code == 200
    compulsory("all")
    assert broker.get("/declarations")["Location"] == "/account"
    client, _, _ = set_up(person)
    assert client.get("/worklist").status_code == 200


def test_the_setting_knows_three_words(monkeypatch: pytest.MonkeyPatch) -> None:
    from customhouse.house.options import second_factor

    for demo, word, meant in (("on", "", "off"), ("off", "", "staff"), ("on", "all", "all"), ("off", "off", "off")):
        monkeypatch.setenv("CUSTOMHOUSE_DEMO", demo)
        monkeypatch.setenv("CUSTOMHOUSE_SECOND_FACTOR", word)
        assert second_factor() == meant
    monkeypatch.setenv("CUSTOMHOUSE_SECOND_FACTOR", "sometimes")
    with pytest.raises(ValueError, match="off, staff or all"):
        second_factor()


# --- lock-out ---------------------------------------------------------------------------------------------------------


def test_a_name_that_fails_too_often_is_locked_out_from_there(person: User) -> None:
    here, there = {"REMOTE_ADDR": "192.0.2.10"}, {"REMOTE_ADDR": "192.0.2.11"}
    answers = [come_in(person.username, "wrong", **here)[1].status_code for _ in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    _, right = come_in(person.username, **here)
    assert right.status_code == 429
    assert "15 minutes" in right.content.decode()
    assert come_in(person.username, **there)[1].status_code == 302, "from elsewhere the person comes in"
    assert accounts.account(person.username).is_locked  # type: ignore[union-attr]
    accounts.unlock(person.username, by="administrator")
    assert come_in(person.username, **here)[1].status_code == 302
    assert {"sign-in failed", "locked out", "unlocked", "signed in"} <= set(happened(person))


def test_a_name_that_is_no_account_is_not_kept() -> None:
    come_in("hunter2-typed-into-the-name", "x", REMOTE_ADDR="192.0.2.12")
    assert rows("select count(*) from account_event where account like 'hunter2%%' or detail like 'hunter2%%'") == [
        (0,)
    ]


# --- sessions and passwords -------------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended(person: User) -> None:
    one, _ = come_in(person.username, HTTP_USER_AGENT="First Browser")
    two, _ = come_in(person.username, HTTP_USER_AGENT="Second Browser")
    page = one.get("/account").content.decode()
    assert "First Browser" in page
    assert "Second Browser" in page
    assert one.post("/account/sessions/end")["Location"] == "/account"
    assert one.get("/worklist").status_code == 200
    assert two.get("/worklist").status_code == 302
    assert "Second Browser" not in one.get("/account").content.decode()


def test_a_new_password_ends_other_sessions(person: User) -> None:
    one, _ = come_in(person.username)
    two, _ = come_in(person.username)
    form = {"old_password": GOOD, "new_password1": "short", "new_password2": "short"}
    assert one.post("/account/password", form).status_code == 200
    form |= {"new_password1": "a-longer-word-of-passage", "new_password2": "a-longer-word-of-passage"}
    assert one.post("/account/password", form | {"old_password": "no"}).status_code == 200
    assert one.post("/account/password", form)["Location"] == "/account"
    assert one.get("/worklist").status_code == 200
    assert two.get("/worklist").status_code == 302
    assert come_in(person.username)[1].status_code == 200
    assert "password changed" in happened(person)


def test_an_account_begins_with_a_link_that_is_good_once() -> None:
    name = f"new-{time.time_ns()}"
    path = accounts.create(Begun(name, "Nia", "New", Role.CASHIER, office="XM000010"), by="administrator")
    client = Client()
    assert INLINE.findall(client.get(path).content) == []
    assert client.post(path, {"new_password1": "1234", "new_password2": "1234"}).status_code == 200
    assert client.post(path, {"new_password1": GOOD, "new_password2": GOOD})["Location"] == "/sign-in"
    assert client.get(path).status_code == 404
    assert client.get("/account/begin/AAAA/zzzz").status_code == 404
    assert come_in(name)[1].status_code == 302
    account = accounts.account(name)
    assert account is not None
    assert (account.role, account.office, account.has_password) == (Role.CASHIER, "XM000010", True)
    assert [e.what for e in reversed(accounts.events(name))][:2] == ["created", "password chosen"]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        (Begun("broker", "", "", Role.CASHIER), "is taken"),
        (Begun("no spaces", "", "", Role.CASHIER), "letters, digits"),
        (Begun("", "", "", Role.CASHIER), "letters, digits"),
        (Begun("x1", "", "", Role.BROKER), "acts for a trader"),
        (Begun("x2", "", "", Role.TRADER, trader="XM000000000"), "no trader XM000000000"),
        (Begun("x3", "", "", Role.AGENCY), "code of the agency"),
        (Begun("x4", "", "", Role.SYSTEM), "no account"),
    ],
)
def test_an_account_that_cannot_be_is_not_made(new: Begun, why: str) -> None:
    with pytest.raises(NotAnAccount, match=why):
        accounts.create(new, by="administrator")
    assert new.username == "broker" or not accounts.exists(new.username)


def test_a_closed_account_is_out_at_once(person: User) -> None:
    client, _ = come_in(person.username)
    accounts.set_active(person.username, False, by="administrator")
    assert client.get("/worklist").status_code == 302
    assert come_in(person.username)[1].status_code == 200
    accounts.set_active(person.username, True, by="administrator")
    assert come_in(person.username)[1].status_code == 302
    with pytest.raises(NotAnAccount, match="own account"):
        accounts.set_active(person.username, False, by=person.username)


def test_pages_of_the_account_bring_nothing_inline(person: User) -> None:
    client, _, _ = set_up(person)
    for page in (
        "/account",
        "/account/password",
        "/account/passkey",
        "/account/recovery",
        "/account/recovery/new",
        "/account/code/remove",
    ):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert INLINE.findall(answer.content) == [], page
