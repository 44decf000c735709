"""The gate of papers: what a file is, found out from its bytes, and whether it may be kept beside a declaration.

A name proves nothing. PDF, PNG, JPEG, TIFF, XLSX, XML, JSON, CSV and plain text are taken; what is empty, too large, broken
off, encrypted, of another kind, or would run when it is opened (scripts, macros, programs started by a PDF) is refused
with the reason. Nothing is rendered or run here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import msgspec

from customhouse.gates.papers import pdf, sheet, text
from customhouse.gates.papers.kind import refuse
from customhouse.record.paper import Paper

__all__ = ["LARGEST", "NAMES", "Offered", "look"]

LARGEST = 20 * 1024 * 1024
"""Largest paper, in bytes."""
LONGEST_NAME = 120
NAMES = ".pdf,.png,.jpg,.jpeg,.tif,.tiff,.xlsx,.xml,.json,.csv,.txt"


class Offered(msgspec.Struct, frozen=True):
    """A paper that may be kept, with its bytes."""

    paper: Paper
    data: bytes


def look(data: bytes, name: str, *, about: str = "", largest: int = LARGEST) -> Offered:
    """What `data` is. Raises Refusal: EmptyFile, TooLarge, UnknownKind, BrokenFile, EncryptedFile, ActiveContent."""
    name = clean_name(name)
    if not data.strip():
        raise refuse("EmptyFile", "The file is empty", "Check that it was saved completely", name)
    if len(data) > largest:
        limit = f"{largest // 1024 // 1024} MB"
        raise refuse("TooLarge", f"The file is larger than {limit}", "Scan with fewer dots per inch, or split it", name)
    kind = _kind(data, name)
    return Offered(Paper(hashlib.sha256(data).hexdigest(), name, kind, len(data), about), data)


def clean_name(name: str) -> str:
    """The last part of a path, of characters that a file name may have, never empty."""
    last = re.split(r"[\\/]", name)[-1]
    kept = re.sub(r"[^\w .()+,@'-]", "_", last).strip(" .")
    if len(kept) <= LONGEST_NAME:
        return kept or "paper"
    stem, dot, ending = kept.rpartition(".")
    return f"{stem[: LONGEST_NAME - 10]}{dot}{ending[:8]}" if dot else kept[:LONGEST_NAME]


def _png(data: bytes, name: str) -> str:
    if b"IEND" not in data[-32:]:
        raise _broken(name)
    return "image/png"


def _jpeg(data: bytes, name: str) -> str:
    if b"\xff\xd9" not in data[-1024:]:
        raise _broken(name)
    return "image/jpeg"


def _tiff(data: bytes, name: str) -> str:
    first = int.from_bytes(data[4:8], "little" if data[:2] == b"II" else "big")
    if not 8 <= first < len(data):
        raise _broken(name)
    return "image/tiff"


def _old_office(data: bytes, name: str) -> str:
    label = "This is an old or a protected Office file"
    raise refuse("EncryptedFile", label, "Save it without a password as PDF or XLSX", name)


def _broken(name: str) -> Exception:
    return refuse("BrokenFile", "The file breaks off before its end", "Save or send it again", name)


# What a file begins with -> what reads it further.
BEGINNINGS: tuple[tuple[bytes, Callable[[bytes, str], str]], ...] = (
    (b"\x89PNG\r\n\x1a\n", _png),
    (b"\xff\xd8\xff", _jpeg),
    (b"II*\0", _tiff),
    (b"MM\0*", _tiff),
    (b"PK\x03\x04", sheet.look),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _old_office),
)


def _kind(data: bytes, name: str) -> str:
    for beginning, reads in BEGINNINGS:
        if data.startswith(beginning):
            return reads(data, name)
    if b"%PDF-" in data[:1024]:
        return pdf.look(data, name)
    return text.look(data, name)
