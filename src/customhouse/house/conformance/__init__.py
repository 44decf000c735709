"""The conformance kit: runs foreign material against the house and says where both agree.

A vendor, another country or an auditor hands in a directory of their own files; each subject knows what the house must
do with each of them. Disagreement is either explained by a named reason or a mismatch, and a mismatch is our fault
until shown otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from customhouse.house.conformance.material import count, pieces
from customhouse.house.conformance.report import Case, Judge, Piece, Report, Skip
from customhouse.kernel.problem import Problem, Refusal

__all__ = ["SUBJECTS", "Case", "Report", "Skip", "run"]

Tick = Callable[[int, int], None]


class Subject(NamedTuple):
    """A subject of conformance: the module that judges (its `judge(directory, schema)`), and one line for people."""

    module: str
    title: str


SUBJECTS: dict[str, Subject] = {
    "cds": Subject("cds", "WCO Data Model declarations (DEC): read, written back equal, or refused with the reason"),
    "taric3": Subject(
        "taric3", "TARIC3 envelopes: loaded so that the state holds what they say, or refused with the reason"
    ),
}


def _judged(judge: Judge, piece: Piece) -> Case | Skip:
    """The verdict on a piece; a failure of the house itself is a mismatch like any other, told and not the end."""
    try:
        return judge(piece)
    except Exception as fault:
        got = f"{type(fault).__name__}: {fault}"[:600]
        return Case(piece.id, "mismatch", "an answer", got, "the house failed over this piece")


def run(subject: str, directory: str | Path, schema: str | Path | None = None, tick: Tick | None = None) -> Report:
    """Judge every file below `directory` (or the single file it names), archives opened in place.

    `schema` names the directory of official schemas where the subject has any; without it, schemas inside `directory`
    are used. `tick(done, expected)` is told the progress. Raises Refusal for an unknown subject or directory.
    """
    known = SUBJECTS.get(subject)
    if known is None:
        hint = f"Known subjects: {', '.join(SUBJECTS)}"
        raise Refusal([Problem("UnknownSubject", f"There is no subject {subject}", hint=hint, value=subject)])
    place = Path(directory)
    if not place.exists():
        raise Refusal([Problem("UnreadableFile", "There is no such file or directory", str(place), "Check the name")])
    judge: Judge = import_module(f"customhouse.house.conformance.{known.module}").judge(place, schema)
    cases: list[Case] = []
    left_out: list[Skip] = []
    expected = count(place)
    for done, piece in enumerate(pieces(place), 1):
        found = piece if isinstance(piece, Skip) else _judged(judge, piece)
        if isinstance(found, Skip):
            left_out.append(found)
        else:
            cases.append(found)
        if tick is not None:
            tick(done, max(done, expected))
    return Report(subject, tuple(cases), tuple(left_out))
