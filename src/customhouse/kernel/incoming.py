"""Bytes that come in from outside, before anything is known of them."""

from __future__ import annotations

from typing import IO

CHUNK = 1 << 16  # bytes
BLANKS = b" \t\r\n"  # white space of XML 1.0, production 3
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")  # UTF-8, UTF-16 little and big endian


def take(stream: IO[bytes], limit: int) -> bytes:
    """All of the stream, or as much as shows that it holds more than `limit` bytes."""
    parts, size = [], 0
    while size <= limit and (chunk := stream.read(CHUNK)):
        parts.append(chunk)
        size += len(chunk)
    return b"".join(parts)


def beginning(data: bytes) -> bytes:
    """What the first 256 bytes say, less byte order mark, zero bytes of UTF-16 and leading blanks."""
    head = data[:256]
    mark = next((m for m in BYTE_ORDER_MARKS if head.startswith(m)), b"")
    return head[len(mark) :].replace(b"\0", b"").lstrip(BLANKS)
