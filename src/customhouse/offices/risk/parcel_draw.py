"""The draws of parcels: AES-256 of the number under a key made of the house's own.

Nobody can choose a number that is never drawn, and an auditor with the key can repeat every draw. Many at once are drawn in
`stream.parcels.marks`, with the same cipher.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from customhouse.offices.risk import PPM, Draws


def cipher(key: bytes, purpose: bytes = b"draws of parcels") -> Any:
    """What encrypts blocks of a number and a zero, each 64 bits little-endian. Every block is another number and is encrypted
    alone, which is what this mode is right for."""
    return Cipher(algorithms.AES256(hmac.digest(key, purpose, hashlib.sha256)), modes.ECB()).encryptor()  # noqa: S305


def draws(key: bytes, number: int, purpose: bytes = b"draws of parcels") -> Draws:
    """Where the random draw of a parcel falls, and that of exploration, 0 to 999,999."""
    made = cipher(key, purpose).update(number.to_bytes(8, "little") + bytes(8))
    return Draws(int.from_bytes(made[:8], "little") % PPM, int.from_bytes(made[8:], "little") % PPM)
