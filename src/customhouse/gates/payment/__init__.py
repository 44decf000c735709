"""The gate of payment providers: where a payment is begun, and how a message that it was paid is believed.

A provider is anything with the two methods of `Provider`. Its messages come over the open internet, so nothing in them
counts before their signature does: HMAC-SHA256 over the time and the very bytes received, in a header
``t=1764072000,v1=hex`` (the shape that Stripe and others use), not older than five minutes, compared in constant time.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from typing import Literal, Protocol

import msgspec

from customhouse.kernel.money import Money

TOLERANCE = 300  # seconds a message may be old, or its clock ahead
LARGEST = 64 * 1024
SIGNATURE = "X-Payment-Signature"


class BadMessage(ValueError):
    """The message of a provider cannot be believed or read; the message says why, and nothing of it was done."""


class Notice(msgspec.Struct, frozen=True):
    """What a provider says: `event` names the message (sent again, it is the same), `payment` is our own number."""

    event: str
    payment: str
    status: Literal["paid", "failed"]
    amount: Money


class Provider(Protocol):
    """A payment provider."""

    name: str

    def begin(self, payment: str, amount: Money, text: str) -> str:
        """The address of the page on which the payer pays."""
        ...

    def read(self, body: bytes, headers: Mapping[str, str], now: float) -> Notice:
        """A message of the provider. Raises BadMessage."""
        ...


def sign(key: bytes, body: bytes, at: int) -> str:
    """The header that goes with `body`, sent at `at` (seconds since 1970)."""
    return f"t={at},v1={hmac.new(key, b'%d.' % at + body, hashlib.sha256).hexdigest()}"


def check(key: bytes, body: bytes, header: str, now: float) -> None:
    """Raises BadMessage unless the header fits the body and is fresh."""
    parts = [part.partition("=") for part in header.split(",")]
    time = next((value for name, _, value in parts if name.strip() == "t"), "")
    given = [value.strip() for name, _, value in parts if name.strip() == "v1"]
    if not (time.isascii() and time.isdigit() and len(time) < 13) or not given:
        raise BadMessage("the message is not signed")
    if abs(now - int(time)) > TOLERANCE:
        raise BadMessage("the message is too old, or its clock is wrong")
    right = hmac.new(key, time.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    if not any(hmac.compare_digest(right, one.encode()) for one in given):
        raise BadMessage("the signature does not fit the message")
