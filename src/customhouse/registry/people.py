"""People, traders and the tokens of their software, as records."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime

import msgspec
from django.utils import timezone

from customhouse.record.declaration import Role
from customhouse.registry import authorisations, reader
from customhouse.registry.models import ApiToken, Notice, Trader, User
from customhouse.registry.reader import Reader


class Party(msgspec.Struct, frozen=True):
    """A trader as desks and API see one."""

    number: str
    name: str


class Told(msgspec.Struct, frozen=True):
    """A notice in a declarant's inbox."""

    id: int
    declaration: int
    text: str
    at: str
    unread: bool


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def issue_token(trader: str, label: str) -> str:
    """A new bearer token for a trader's software; shown once, only its digest is kept."""
    token = "ch_" + secrets.token_urlsafe(32)
    ApiToken.objects.create(digest=digest(token), label=label, trader=Trader.objects.get(number=trader))
    return token


def holder(token: str) -> str | None:
    """The number of the trader whose token this is, or None when it is unknown or revoked."""
    found = ApiToken.objects.filter(digest=digest(token), revoked=None).select_related("trader").first()
    return found.trader.number if found else None


class Token(msgspec.Struct, frozen=True):
    """A token of a trader's software, without its words."""

    id: int
    label: str
    trader: str
    name: str
    created: datetime
    revoked: datetime | None


def tokens() -> tuple[Token, ...]:
    """All tokens, those in use first."""
    found = ApiToken.objects.select_related("trader").order_by("revoked", "-id")[:500]
    told = [Token(t.id, t.label, t.trader.number, t.trader.name, t.created, t.revoked) for t in found]
    return tuple(sorted(told, key=lambda t: t.revoked is not None))


def revoke_token(number: int) -> Token | None:
    """Put a token out of use, from now on; None for one that is not there."""
    ApiToken.objects.filter(id=number, revoked=None).update(revoked=timezone.now())
    return next((t for t in tokens() if t.id == number), None)


def traders() -> tuple[Party, ...]:
    return tuple(Party(t.number, t.name) for t in Trader.objects.order_by("name"))


def names(numbers: Iterable[str]) -> dict[str, str]:
    """What the traders of these numbers are called; those that are not registered are left out."""
    return dict(Trader.objects.filter(number__in=set(numbers)).values_list("number", "name"))


def notices(declarant: str, limit: int = 20) -> tuple[Told, ...]:
    """What a declarant was told last."""
    rows = Notice.objects.filter(declarant=declarant).order_by("-id")[:limit]
    return tuple(Told(n.id, n.declaration, n.text, n.at.isoformat(), n.read is None) for n in rows)


def reader_of(user: User) -> Reader:
    """Who reads when this account asks."""
    numbers = [user.trader.number] if user.trader else []
    if user.role == Role.BROKER and numbers:
        return reader_for(numbers[0])
    return reader.of_person(Role(user.role), traders=numbers, office=user.office, agency=user.agency)


def reader_for(trader: str) -> Reader:
    """Who reads when the people of a broker or its software ask: also for those who authorised it to read."""
    own = reader.of_person(Role.BROKER, traders=[trader])
    with reader.reading(own):
        others = authorisations.readable(trader)
    return reader.of_person(Role.BROKER, traders=[trader, *others]) if others else own


def tell_of_webhook(trader: str, message: int, url: str) -> None:
    """Tell a trader that a webhook was switched off, with the message that failed last. No declaration: number 0."""
    Notice.objects.get_or_create(
        declaration=0, act=-(message % (1 << 31)), defaults={"declarant": trader, "text": f"webhook:{url}"[:500]}
    )


def find(username: str) -> User | None:
    return User.objects.filter(username=username).select_related("trader").first()


def set_language(username: str, language: str) -> None:
    """Remember the language a person reads."""
    User.objects.filter(username=username).update(language=language)
