"""The chain of one declaration: each act's hash covers the act before it, so none can be changed, dropped or moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

START = bytes(32)


def leaf(previous: bytes, canonical: bytes) -> bytes:
    """The hash of an act: SHA-256 over the previous act's hash (32 zero bytes for the first) and its canonical bytes."""
    return hashlib.sha256(previous + canonical).digest()


def leaves(previous: bytes, canonical: Iterable[bytes]) -> list[bytes]:
    """Hashes of several acts recorded one after another."""
    made: list[bytes] = []
    for one in canonical:
        previous = leaf(previous, one)
        made.append(previous)
    return made
