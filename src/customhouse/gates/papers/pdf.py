"""PDF (ISO 32000): whole, not encrypted, and without anything that would run when it is opened."""

from __future__ import annotations

import re
import zlib

from customhouse.gates.papers.kind import refuse

STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)
NAMED = re.compile(rb"#([0-9A-Fa-f]{2})")
RUNS = re.compile(rb"/(JavaScript|JS|Launch|RichMedia|EmbeddedFiles?|XFA|SubmitForm|ImportData)(?![A-Za-z0-9])")
MOST_INFLATED = 32 * 1024 * 1024
WORDS = {
    b"JavaScript": "a script",
    b"JS": "a script",
    b"Launch": "a program that it starts",
    b"RichMedia": "moving pictures or a program",
    b"EmbeddedFile": "another file inside it",
    b"EmbeddedFiles": "another file inside it",
    b"XFA": "a form that runs by itself",
    b"SubmitForm": "a form that sends itself",
    b"ImportData": "data that it fetches",
}


def look(data: bytes, name: str) -> str:
    """The media type. Raises Refusal: BrokenFile, EncryptedFile, ActiveContent."""
    if b"%%EOF" not in data[-2048:]:
        raise refuse("BrokenFile", "The PDF breaks off before its end", "Save or send it again", name)
    objects = _objects(data)
    if re.search(rb"/Encrypt(?![A-Za-z0-9])", objects):
        label = "The PDF is protected: its content cannot be read as it stands"
        raise refuse("EncryptedFile", label, "Save it without password and protection", name)
    if found := RUNS.search(objects):
        label = f"The PDF holds {WORDS[found[1]]}"
        raise refuse("ActiveContent", label, "Print it to a new PDF and attach that", name)
    return "application/pdf"


def _objects(data: bytes) -> bytes:
    """The objects of the file outside its page contents: plain ones, and those packed in object streams; names unescaped."""
    parts = [re.sub(rb"stream\r?\n.*?endstream", b"", data, flags=re.DOTALL)]
    left = MOST_INFLATED
    for start in STREAM.finditer(data):
        unpack = zlib.decompressobj()
        try:
            inflated = unpack.decompress(data[start.end() :], left)
        except zlib.error:
            continue
        parts.append(inflated)
        left -= len(inflated)
        if left <= 0:
            break
    return NAMED.sub(lambda hex_: bytes([int(hex_[1], 16)]), b"\n".join(parts))
