"""A signed statement: a few facts as canonical JSON with an Ed25519 signature, which anybody verifies without us.

    {"statement": {...}, "key": "name+hexid+base64", "signature": "base64"}

Signed are the UTF-8 bytes of the statement with sorted keys and no white space. The code printed on paper is the beginning
of the hash of the signature, in letters and digits that are not mistaken for one another: whoever has the paper can ask
whether it is genuine, and nobody can guess the code of another one.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from customhouse.ledger.checkpoint import InvalidNote, Signer, Verifier

ALPHABET = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "ABCDEFGHJKLMNPQRSTUVWXYZ23456789")
CODE_BYTES = 10
GROUP = 4
LARGEST = 20_000


class InvalidStatement(ValueError):
    """What was handed in is no signed statement, was changed after signing, or was signed by another key."""


def canonical(statement: dict[str, Any]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(statement: dict[str, Any], signer: Signer) -> bytes:
    """The statement with its signature, as a JSON file."""
    signature = signer.sign(canonical(statement))
    told = {"statement": statement, "key": str(signer.verifier), "signature": base64.b64encode(signature).decode()}
    return json.dumps(told, ensure_ascii=False, indent=1).encode() + b"\n"


def code(statement: dict[str, Any], signer: Signer) -> str:
    """The code of the statement as printed: four groups of four characters."""
    digest = hashlib.sha256(signer.sign(canonical(statement))).digest()[:CODE_BYTES]
    text = base64.b32encode(digest).decode().translate(ALPHABET)
    return "-".join(text[i : i + GROUP] for i in range(0, len(text), GROUP))


def plain_code(text: str) -> str:
    """A code as typed, without groups: capital letters and digits only."""
    return "".join(c for c in text.upper() if c.isascii() and c.isalnum())[:64]


def verify(data: bytes, verifier: Verifier) -> dict[str, Any]:
    """The statement in a signed file. Raises InvalidStatement, which says what is wrong with it."""
    if len(data) > LARGEST:
        raise InvalidStatement("The file is too large to be a permit")
    try:
        told = json.loads(data)
        statement, signature = told["statement"], base64.b64decode(told["signature"], validate=True)
        named = Verifier.parse(told["key"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, binascii.Error, InvalidNote) as fault:
        raise InvalidStatement("The file is no signed permit") from fault
    if named.public != verifier.public:
        raise InvalidStatement("The file was signed by another key than ours")
    if not isinstance(statement, dict) or not verifier.verifies(canonical(statement), signature):
        raise InvalidStatement("The file was changed after it was signed")
    return statement
