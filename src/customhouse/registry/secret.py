"""Keys of the register: handed in by the house at start, so that this floor knows no files."""

from __future__ import annotations

import os
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_source: Callable[[str], bytes] | None = None


def use(source: Callable[[str], bytes]) -> None:
    """Say where keys come from: a function from a name to 32 secret bytes."""
    global _source
    _source = source


def key(name: str) -> bytes:
    """The key called `name`. Raises RuntimeError when the house has not said where keys come from."""
    if _source is None:
        raise RuntimeError("no source of keys: start through the house (customhouse.house.settings)")
    return _source(name)


def draw_key() -> bytes:
    """The key of the random share."""
    return key("draw")


def hide(data: bytes, purpose: str) -> bytes:
    """`data` encrypted (AES-256-GCM) with the key called `purpose`, for what the house must keep and read again."""
    nonce = os.urandom(12)
    return nonce + AESGCM(key(purpose)).encrypt(nonce, data, purpose.encode())


def reveal(hidden: bytes, purpose: str) -> bytes:
    """What `hide` was given. Raises cryptography's InvalidTag when it was changed or hidden with another key."""
    return AESGCM(key(purpose)).decrypt(hidden[:12], hidden[12:], purpose.encode())
