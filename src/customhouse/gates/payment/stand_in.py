"""The stand-in for a payment provider: runs in the house itself, so that paying online can be tried without a contract.

It does what a real one does: shows a page of its own, and then sends a signed message. No money moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from customhouse.gates.payment import LARGEST, SIGNATURE, BadMessage, Notice, check, sign
from customhouse.kernel.money import Money


class _Object(msgspec.Struct, frozen=True):
    id: str
    amount: int
    currency: str


class _Message(msgspec.Struct, frozen=True):
    id: str
    type: Literal["payment.paid", "payment.failed"]
    data: _Object


class StandIn:
    """The provider called ``demo``; `key` is the secret that both sides know, `page` the address of its page."""

    name = "demo"

    def __init__(self, key: bytes, page: str) -> None:
        self._key, self._page = key, page

    def begin(self, payment: str, amount: Money, text: str) -> str:
        return f"{self._page}?id={payment}"

    def read(self, body: bytes, headers: Mapping[str, str], now: float) -> Notice:
        if len(body) > LARGEST:
            raise BadMessage("the message is too large")
        check(self._key, body, headers.get(SIGNATURE, ""), now)
        try:
            told = msgspec.json.decode(body, type=_Message)
        except msgspec.MsgspecError as fault:
            raise BadMessage(f"the message cannot be read: {fault}") from fault
        status: Literal["paid", "failed"] = "paid" if told.type == "payment.paid" else "failed"
        return Notice(told.id[:80], told.data.id[:80], status, Money(told.data.amount, told.data.currency))

    def message(self, payment: str, amount: Money, *, paid: bool, at: int) -> tuple[bytes, dict[str, str]]:
        """What the stand-in sends when the payer is through: (body, headers). The same payment gives the same event."""
        kind: Literal["payment.paid", "payment.failed"] = "payment.paid" if paid else "payment.failed"
        body = msgspec.json.encode(
            _Message(f"evt-{payment}-{kind}", kind, _Object(payment, amount.minor, amount.currency))
        )
        return body, {SIGNATURE: sign(self._key, body, at)}
