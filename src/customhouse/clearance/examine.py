"""Examine: the outcome of an inspection is recorded; conform goods go on along the line."""

from __future__ import annotations

from collections.abc import Sequence

from customhouse.clearance.file import record
from customhouse.record.acts import Examined
from customhouse.record.declaration import Declaration, Discrepancy, Examination, Role
from customhouse.record.outcome import CAUSES, KINDS, QUALITIES

CONCLUSIONS = ("conform", "discrepancy", "not_done")
LONGEST = 7 * 24 * 60
"""Minutes: no look takes longer than a week."""


def examine(  # noqa: PLR0913 - what an examiner reports
    key: str | int,
    conclusion: str,
    text: str,
    *,
    by: str,
    role: Role,
    discrepancies: Sequence[Discrepancy] = (),
    quality: str = "",
    minutes: int = 0,
    cause: str = "",
) -> Declaration:
    """Record what was found: `conclusion` is conform, discrepancy or not_done. Raises ValueError as `checked` does."""
    found = Examination(conclusion, text, tuple(discrepancies), quality, minutes, cause)
    return record(key, (Examined(checked(found)),), by=by, role=role)


def checked(found: Examination) -> Examination:
    """The result of a look as it is, in the words that are counted. Raises ValueError for any other word, naming those allowed."""
    _one_of(found.conclusion, "conclusion", CONCLUSIONS)
    _one_of(found.quality, "quality", ("", *QUALITIES))
    _one_of(found.cause, "cause", ("", *CAUSES))
    for x in found.discrepancies:
        _one_of(x.kind, "kind of discrepancy", ("", *KINDS))
    if not 0 <= found.minutes <= LONGEST:
        raise ValueError(f"{found.minutes} minutes: a look takes from 0 to {LONGEST}")
    if found.cause and found.conclusion != "not_done":
        raise ValueError("only a look that was not done has a cause")
    return found


def _one_of(word: str, what: str, allowed: Sequence[str]) -> None:
    if word not in allowed:
        raise ValueError(f"{word!r} is no {what}; use {', '.join(w for w in allowed if w)}")
