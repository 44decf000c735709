"""What a gate hands over when it has read a foreign tariff or list: words of the law, and an account of every record.

The account must add up: every record is taken, kept as a note, or not understood, and nothing else can become of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from customhouse.kernel.problem import Problem, Severity
from customhouse.law.layer import Layer

Tick = Callable[[int, int], None]
"""Told (done, of how many) while a long file is read."""


class Source(msgspec.Struct, frozen=True):
    """A file to load: its name (a member of an archive reads ``archive.tgz!member``) and its bytes."""

    name: str
    data: bytes


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What the country gives to a loader: its currency, its languages, the legal source to cite, places of cross rates."""

    currency: str = ""
    languages: tuple[str, ...] = ("en",)
    source: str = ""
    digits: int = 8


class Account(msgspec.Struct, frozen=True):
    """Every record of the files: taken into the law, kept as a note only, or not understood.

    `detail` splits those taken where the format says what to do with each (created, updated, deleted, unchanged).
    """

    read: int = 0
    taken: int = 0
    noted: int = 0
    refused: int = 0
    detail: dict[str, int] = {}

    def __post_init__(self) -> None:
        if self.read != self.taken + self.noted + self.refused:
            raise ValueError(f"the account does not add up: {self}")
        if self.detail and sum(self.detail.values()) != self.taken:
            raise ValueError(f"the account of those taken does not add up: {self}")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What came of reading files. `wholes` names the (part, whole) stated completely; `beside` further files to keep."""

    layer: Layer
    account: Account
    problems: tuple[Problem, ...] = ()
    wholes: tuple[tuple[str, str], ...] = ()
    beside: dict[str, bytes] = {}


class Findings:
    """Collects what a reader finds, and counts what becomes of the records. One for a whole reading."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.read = self.taken = self.noted = self.refused = 0

    def found(
        self, rule: str, label: str, where: str, hint: str = "", value: str = "", severity: Severity = "error"
    ) -> None:
        self.problems.append(Problem(rule, label, where, hint, value[:60], severity))

    def warn(self, rule: str, label: str, where: str, hint: str = "", value: str = "") -> None:
        self.found(rule, label, where, hint, value, "warning")

    def take(self) -> None:
        self.read, self.taken = self.read + 1, self.taken + 1

    def note(self) -> None:
        self.read, self.noted = self.read + 1, self.noted + 1

    def refuse(self, rule: str, label: str, where: str, hint: str, value: str = "") -> None:
        """A record that is not understood."""
        self.read, self.refused = self.read + 1, self.refused + 1
        self.found(rule, label, where, hint, value)

    @property
    def account(self) -> Account:
        return Account(self.read, self.taken, self.noted, self.refused)


def text_of(source: Source, findings: Findings, hint: str = "Save the file as UTF-8") -> str:
    """The text of a file in UTF-8, with or without a mark at its start; empty, with a problem, when it is not."""
    try:
        return source.data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = source.data.count(b"\n", 0, fault.start) + 1
        shown = repr(source.data[fault.start : fault.start + 8])
        findings.found("WrongEncoding", "The file is not UTF-8", f"{source.name}:{line}", hint, shown)
        return ""


def named(sources: Sequence[Source]) -> str:
    """The files in a few words, to cite where no legal source is given."""
    names = [s.name.rsplit("!", 1)[-1].rsplit("/", 1)[-1] for s in sources]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more" if names else ""
