"""Bytes into rows, safely: sizes are bounded, text is UTF-8, what is wrong is told with its line."""

from __future__ import annotations

import csv
import hashlib
import io
import zlib
from collections.abc import Iterator

from customhouse.kernel.problem import Problem, Refusal

MAX_BYTES = 200 * 1024 * 1024
MAX_ROWS = 1_000_000
MAX_TOLD = 200
NAME = 400  # characters in a name
FIELD = 4_000  # characters in a cell that is kept


class Rows:
    """Collects what is wrong with the rows of a list."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def bad(self, rule: str, label: str, where: str, hint: str, value: str = "") -> None:
        """One row that cannot be taken."""
        self.problems.append(Problem(rule, label, where, hint, value[:60]))

    def told(self) -> list[Problem]:
        """The problems that a refusal carries: not more than a person reads, and how many more there are."""
        more = len(self.problems) - MAX_TOLD
        if more <= 0:
            return self.problems
        return [
            *self.problems[:MAX_TOLD],
            Problem("MoreBadRows", f"{more} more rows cannot be read", "", "Mend the file, or take it with --skip-bad"),
        ]

    def name(self, text: str, where: str) -> str | None:
        """A name with its blanks in order, or None after telling what is wrong with it."""
        tidy = " ".join(text.split())
        if not any(letter.isalnum() for letter in tidy):
            self.bad("NoName", "The row has no name", where, "Give the name of the party", tidy)
        elif len(tidy) > NAME:
            self.bad(
                "NameTooLong",
                f"The name has more than {NAME} characters",
                where,
                "Check the separators of the file",
                tidy,
            )
        elif any(ord(letter) < 32 or letter == "\ufffd" for letter in tidy):
            self.bad("NameUnreadable", "The name holds signs that are no text", where, "Save the file as UTF-8", tidy)
        else:
            return tidy
        return None


def unpacked(data: bytes) -> bytes:
    """The bytes, out of gzip where they are in it. Raises Refusal on more than MAX_BYTES or a broken archive."""
    if data[:2] == b"\x1f\x8b":
        engine = zlib.decompressobj(wbits=31)
        try:
            data = engine.decompress(data, MAX_BYTES + 1)
        except zlib.error as fault:
            raise Refusal(
                [
                    Problem(
                        "BrokenArchive",
                        "The gzip archive cannot be unpacked",
                        "",
                        "Fetch the file again",
                        str(fault)[:60],
                    )
                ]
            ) from None
        if len(data) <= MAX_BYTES and not engine.eof:
            raise Refusal([Problem("BrokenArchive", "The gzip archive ends too early", "", "Fetch the file again")])
    if len(data) > MAX_BYTES:
        raise Refusal(
            [
                Problem(
                    "TooLarge", f"A watch list has at most {MAX_BYTES} bytes", "", "Check that this is the file meant"
                )
            ]
        )
    return data


def digest(data: bytes, extra: bytes | None) -> str:
    """SHA-256 of the list; with an alias file, of the digests of both."""
    first = hashlib.sha256(data)
    if extra is None:
        return first.hexdigest()
    return hashlib.sha256(first.digest() + hashlib.sha256(extra).digest()).hexdigest()


def table(data: bytes, separator: str = ",", file: str = "") -> Iterator[tuple[str, list[str]]]:
    """The rows of a CSV file, each with its place; empty rows and DOS's end mark are passed over.

    Raises Refusal when the bytes are no UTF-8 or no CSV: then no row can be trusted.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        raise Refusal([Problem("NotUtf8", "The file is not UTF-8", _line(file, line), "Save it as UTF-8")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for number, row in enumerate(reader):
            if number >= MAX_ROWS:
                raise Refusal(
                    [
                        Problem(
                            "TooManyRows",
                            f"A watch list has at most {MAX_ROWS} rows",
                            _line(file, reader.line_num),
                            "Split it",
                        )
                    ]
                )
            if any(cell.strip(" \t\x1a") for cell in row):
                yield _line(file, reader.line_num), row
    except csv.Error as fault:
        raise Refusal(
            [
                Problem(
                    "NotCsv",
                    "The file breaks off the rules of CSV",
                    _line(file, reader.line_num),
                    "Check quotes and separators",
                    str(fault),
                )
            ]
        ) from None


def _line(file: str, number: int) -> str:
    return f"{file}:line {number}" if file else f"line {number}"


__all__ = ["FIELD", "MAX_BYTES", "Rows", "digest", "table", "unpacked"]
