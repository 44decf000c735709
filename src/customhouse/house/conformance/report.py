"""What a conformance run found: one case per piece of material, and the three sums."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

Verdict = Literal["agree", "explained", "mismatch"]


class Case(msgspec.Struct, frozen=True):
    """One piece judged: what should happen to it, what did, and why they differ where they do.

    `by` says on what an agreement rests, where the subject tells such grounds apart.
    """

    id: str
    verdict: Verdict
    expected: str
    got: str
    reason: str = ""
    by: str = ""


def _told(case: Case) -> dict[str, Any]:
    """A case as the report prints it: `by` only where the subject tells grounds apart."""
    return {name: value for name, value in msgspec.structs.asdict(case).items() if name != "by" or value}


class Skip(msgspec.Struct, frozen=True):
    """A piece that is no material of the subject; it counts for nothing."""

    id: str
    reason: str


class Piece(msgspec.Struct, frozen=True):
    """A file, or a member of an archive: its name below the directory (archive!member) and its bytes."""

    id: str
    data: bytes


Judge = Callable[[Piece], Case | Skip | None]
"""None where the judge waits for another piece."""


class Report(msgspec.Struct, frozen=True):
    """All cases of a run. It passes when nothing mismatches and something was judged."""

    subject: str
    cases: tuple[Case, ...] = ()
    left_out: tuple[Skip, ...] = ()

    def count(self, verdict: Verdict) -> int:
        return sum(1 for case in self.cases if case.verdict == verdict)

    @property
    def agree(self) -> int:
        return self.count("agree")

    @property
    def explained(self) -> int:
        return self.count("explained")

    @property
    def mismatch(self) -> int:
        return self.count("mismatch")

    @property
    def skipped(self) -> int:
        return len(self.left_out)

    @property
    def by(self) -> dict[str, int]:
        """How many agreements rest on each ground."""
        grounds = sorted({case.by for case in self.cases if case.by})
        return {ground: sum(1 for c in self.cases if c.by == ground and c.verdict == "agree") for ground in grounds}

    def as_dict(self) -> dict[str, Any]:
        """The report as the one JSON object that the command prints."""
        return {
            "subject": self.subject,
            "agree": self.agree,
            "explained": self.explained,
            "mismatch": self.mismatch,
            "skipped": self.skipped,
            "by": self.by,
            "cases": [_told(case) for case in self.cases],
            "left_out": [msgspec.structs.asdict(skip) for skip in self.left_out],
        }
