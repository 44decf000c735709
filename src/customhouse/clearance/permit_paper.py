"""Permits that a stranger can verify: the statement that is signed, the code printed on paper, and the answer to a question.

The statement says what was granted and leaves out how the permit stands, which is asked of the register; so a permit that
was revoked or used up verifies and says so. Whoever asks learns no more than the paper says already.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

import msgspec

from customhouse.ledger import checkpoint, statement
from customhouse.record.permit import Amended, Issued, Permit, State, fold
from customhouse.registry import balance, permits, reader, secret

KIND = "permit"
KEY = "permit"
Verdict = Literal["valid", "not_yet", "ended", "suspended", "revoked", "used_up", "amended", "unknown"]


class Answer(msgspec.Struct, frozen=True):
    """What a stranger is told: the verdict, and where the paper is genuine what it is for and until when it holds."""

    verdict: Verdict
    number: str = ""
    agency: str = ""
    document: str = ""
    start: date | None = None
    until: date | None = None


def signer(origin: str) -> checkpoint.Signer:
    """The key of this house for permits; `origin` is the name of its log."""
    return checkpoint.Signer(f"{origin}/permits", secret.key(KEY))


def said(permit: Permit, issuer: str) -> dict[str, Any]:
    """What is signed of an issued permit. Raises ValueError for one that was never issued."""
    grant = permit.grant
    if grant is None:
        raise ValueError(f"permit {permit.id} was not issued")
    return {
        "type": "permit",
        "issuer": issuer,
        "number": permit.number,
        "agency": permit.agency,
        "document": permit.document,
        "holder": permit.holder,
        "commodities": list(grant.commodities),
        "origins": list(grant.origins),
        "quantity": None if grant.quantity is None else format(grant.quantity, "f"),
        "unit": grant.unit,
        "from": grant.start.isoformat(),
        "until": grant.until.isoformat(),
        "conditions": grant.conditions,
    }


def signed(permit: Permit, origin: str) -> bytes:
    """The permit as a signed JSON file."""
    return statement.sign(said(permit, origin), signer(origin))


def code(permit: Permit, origin: str) -> str:
    """The code printed on the permit."""
    return statement.code(said(permit, origin), signer(origin))


@reader.as_house
def by_code(number: str, typed: str, origin: str, day: date) -> Answer:
    """Whether a paper with this number and code is genuine, and how the permit stands. A wrong code and an unknown number
    get the same answer."""
    permit = permits.by_number(number[:60])
    if permit is None:
        return Answer("unknown")
    asked, key = statement.plain_code(typed), signer(origin)
    for version in _versions(permit):
        if statement.plain_code(statement.code(said(version, origin), key)) == asked:
            return _standing(permit, version, day)
    return Answer("unknown")


@reader.as_house
def by_file(data: bytes, origin: str, day: date) -> Answer:
    """The same for a signed file. Raises `ledger.statement.InvalidStatement` for one that we did not sign as it is."""
    found = statement.verify(data, signer(origin).verifier)
    permit = permits.by_number(str(found.get("number", "")))
    if permit is None:
        return Answer("unknown")
    version = next((v for v in _versions(permit) if said(v, origin) == found), None)
    return _standing(permit, version, day) if version is not None else Answer("unknown")


def _versions(permit: Permit) -> list[Permit]:
    """The permit as it was issued and after each amendment, the last one first."""
    versions: list[Permit] = []
    state: Permit | None = None
    for entry in permits.entries(permit.id):
        state = fold(state, entry)
        if any(isinstance(act, Issued | Amended) for act in entry.acts):
            versions.insert(0, state)
    return versions


def _standing(permit: Permit, version: Permit, day: date) -> Answer:
    grant = permit.grant
    assert grant is not None  # a version was issued
    return Answer(
        _verdict(permit, version, day), permit.number, permit.agency, permit.document, grant.start, grant.until
    )


def _verdict(permit: Permit, version: Permit, day: date) -> Verdict:
    grant = permit.grant
    assert grant is not None  # a version was issued
    if permit.state is State.REVOKED:
        return "revoked"
    if permit.state is State.SUSPENDED:
        return "suspended"
    if permit.state is State.EXPIRED or day >= grant.until:
        return "ended"
    if version.grant != grant:
        return "amended"
    if day < grant.start:
        return "not_yet"
    stands = balance.standing(KIND, permit.number)
    return "used_up" if stands is not None and not stands.left else "valid"
