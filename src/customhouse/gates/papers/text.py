"""Text: XML, JSON, a table with separators, or plain; UTF-8, or UTF-16 with its mark. Pages and pictures that run are not."""

from __future__ import annotations

import re

import msgspec

from customhouse.gates.papers.kind import TAKEN, refuse

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
ROOT = re.compile(r"<(?![?!])\s*(?:[\w.-]+:)?([\w.-]+)")
RUNS = ("html", "svg", "script", "xhtml", "body", "head")
ROWS = 20


def look(data: bytes, name: str) -> str:
    """The media type. Raises Refusal: UnknownKind, ActiveContent, BrokenFile."""
    text = _read(data, name)
    start = text.lstrip()[:4000]
    if start.startswith("<"):
        return _marked_up(text, start, name)
    if start[0] in "[{":
        try:
            msgspec.json.decode(text.encode())
        except msgspec.DecodeError:
            pass
        else:
            return "application/json"
    lines = [line for line in text.splitlines()[:ROWS] if line.strip()]
    for sign in (";", "\t", ","):
        if len(lines) > 1 and len({line.count(sign) for line in lines}) == 1 and sign in lines[0]:
            return "text/csv"
    return "text/plain"


def _read(data: bytes, name: str) -> str:
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as fault:
        raise refuse("UnknownKind", "The kind of this file is not known", TAKEN, name) from fault
    if CONTROL.search(text):
        raise refuse("UnknownKind", "This is not text, and of no other kind that is known", TAKEN, name)
    return text


def _marked_up(text: str, start: str, name: str) -> str:
    root = ROOT.search(start)
    if re.match(r"<!doctype\s+html", start, re.IGNORECASE) or (root and root[1].lower() in RUNS):
        raise refuse("ActiveContent", "A page or a drawing may run a script", "Print it to a PDF and attach that", name)
    if "<!DOCTYPE" in start or "<!ENTITY" in start:
        raise refuse("ActiveContent", "The XML defines entities", "Write it without a document type", name)
    if root is None or not text.rstrip().endswith(">"):
        raise refuse("BrokenFile", "The XML breaks off before its end", "Save or send it again", name)
    return "application/xml"
