"""Checkpoints: a signed statement of the size and root of a log, in the public formats of C2SP (tlog-checkpoint, signed-note).

    origin \n size \n base64(root) \n [extension lines] \n \n — name base64(key id || signature) \n

Ed25519 signatures; the key id is the first four bytes of SHA-256(name \n 0x01 public key).
"""

from __future__ import annotations

import base64
import binascii
import hashlib

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
DASH = "\u2014 "


class InvalidNote(ValueError):
    """A note or checkpoint that is not well formed, or not signed by the key asked for."""


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


class Verifier:
    """A public key with its name, written ``name+hexid+base64`` (C2SP signed-note verifier key)."""

    def __init__(self, name: str, public: bytes) -> None:
        self.name, self.public, self.id = name, public, _key_id(name, public)

    @classmethod
    def parse(cls, text: str) -> Verifier:
        try:
            name, id_, key = text.strip().split("+", 2)
            raw = base64.b64decode(key, validate=True)
        except (ValueError, binascii.Error) as fault:
            raise InvalidNote(f"this is no verifier key: {text[:40]!r}") from fault
        verifier = cls(name, raw[1:])
        if raw[:1] != ED25519 or len(raw) != 33 or verifier.id.hex() != id_:
            raise InvalidNote("the verifier key is not Ed25519 or its id does not match")
        return verifier

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    def verifies(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key with its name; `seed` are the 32 bytes to be kept secret."""

    def __init__(self, name: str, seed: bytes) -> None:
        if "+" in name or any(c.isspace() for c in name) or not name:
            raise ValueError("a key name has no spaces and no plus sign")
        self.seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def new(cls, name: str) -> Signer:
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    def sign(self, data: bytes) -> bytes:
        """The bare Ed25519 signature of `data`."""
        return self._key.sign(data)

    def sign_note(self, text: str) -> str:
        """`text` (ending in a line break) with a signature line."""
        if not text.endswith("\n"):
            raise ValueError("the text of a note ends in a line break")
        signature = self.verifier.id + self._key.sign(text.encode())
        return f"{text}\n{DASH}{self.verifier.name} {base64.b64encode(signature).decode()}\n"


class Checkpoint(msgspec.Struct, frozen=True, gc=False):
    """The state of a log: who keeps it, how many leaves, the root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """The signed note of a checkpoint."""
    return signer.sign_note(checkpoint.text)


def open_note(note: str, verifier: Verifier) -> str:
    """The text of a signed note. Raises InvalidNote unless `verifier` signed it; other signatures are left aside."""
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or not signatures.endswith("\n"):
        raise InvalidNote("a signed note has a text, an empty line, and signature lines")
    text += "\n"
    for line in signatures[:-1].split("\n"):
        if not line.startswith(DASH):
            raise InvalidNote("a signature line begins with a dash and a name")
        name, _, encoded = line[len(DASH) :].partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error as fault:
            raise InvalidNote("a signature is not base64") from fault
        if not name or len(raw) < 5:
            raise InvalidNote("a signature line is too short")
        if name == verifier.name and raw[:4] == verifier.id:
            if not verifier.verifies(text.encode(), raw[4:]):
                raise InvalidNote(f"the signature of {name} is wrong")
            return text
    raise InvalidNote(f"not signed by {verifier.name}")


def parse(text: str) -> Checkpoint:
    """The checkpoint written in the text of a note. Raises InvalidNote."""
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not lines[1].isdigit() or lines[1] != str(int(lines[1])):
        raise InvalidNote("a checkpoint has an origin, a size and a root")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as fault:
        raise InvalidNote("the root is not base64") from fault
    if len(root) != 32:
        raise InvalidNote("the root has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)
