"""The truth about a declaration: kept beside it for learning and for marking, never inside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec


class TrueItem(msgspec.Struct, frozen=True):
    """What one goods item really is; price in the currency of the invoice, net mass in kilograms."""

    item: int
    code: str
    text: str
    origin: str
    price: Decimal
    currency: str
    net: Decimal
    quantity: Decimal | None = None
    unit: str = ""


class Truth(msgspec.Struct, frozen=True):
    """What is true about the declaration `lrn` of `declarant`.

    `honest`: nobody meant to deceive (mistakes may still be there). `kinds`: names of the frauds and mistakes in it.
    `network`: the group that acted together. `understated`: dollars of value that were not declared. `stake`: what
    customs would lose, in words. `permits`: what is wrong with permits, item by item; `cargo`: what the carrier reports and
    what of it is not so. These two are absent from the line where there is nothing to say.
    """

    lrn: str
    declarant: str
    trader: str
    day: date
    honest: bool
    kinds: tuple[str, ...]
    items: tuple[TrueItem, ...]
    network: str = ""
    understated: Decimal = Decimal(0)
    stake: str = ""
    permits: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    cargo: str | msgspec.UnsetType = msgspec.UNSET


def to_line(truth: Truth) -> bytes:
    """One line of JSON, ended by a new line."""
    return msgspec.json.encode(truth) + b"\n"


read_line = msgspec.json.Decoder(Truth).decode
