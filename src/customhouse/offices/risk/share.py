"""Shares of what was counted, in parts per million, with the interval that chance leaves them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

PPM = 1_000_000
Z = Decimal("1.959964")


class Share(msgspec.Struct, frozen=True):
    """`count` of `of`, in parts per million, with its interval; None where there is nothing to count among."""

    count: int
    of: int
    ppm: int | None = None
    low: int | None = None
    high: int | None = None


def share(count: int, of: int) -> Share:
    """A share with Wilson's interval at 95 %, which holds for few and for rare finds (Wilson 1927)."""
    if of == 0:
        return Share(count, of)
    p, n, z2 = Decimal(count) / of, Decimal(of), Z * Z
    middle = p + z2 / (2 * n)
    half = Z * (p * (1 - p) / n + z2 / (4 * n * n)).sqrt()
    low, high = ((middle + sign * half) / (1 + z2 / n) for sign in (-1, 1))
    return Share(count, of, round(p * PPM), max(0, round(low * PPM)), min(PPM, round(high * PPM)))
