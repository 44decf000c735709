"""People, traders and the tokens of their software, as records."""

from __future__ import annotations

import hashlib
import secrets

import msgspec

from customhouse.registry.models import ApiToken, Notice, Trader, User


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


def traders() -> tuple[Party, ...]:
    return tuple(Party(t.number, t.name) for t in Trader.objects.order_by("name"))


def notices(declarant: str, limit: int = 20) -> tuple[Told, ...]:
    """What a declarant was told last."""
    rows = Notice.objects.filter(declarant=declarant).order_by("-id")[:limit]
    return tuple(Told(n.id, n.declaration, n.text, n.at.isoformat(), n.read is None) for n in rows)


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
