"""The conformance kit: runs foreign material against the house and says where both agree.

A vendor, another country or an auditor hands in a directory of their own files; each subject knows what the house must
do with each of them. Disagreement is either explained by a named reason or a mismatch, and a mismatch is our fault
until shown otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from customhouse.house.conformance.material import count, pieces
from customhouse.house.conformance.report import Case, Judge, Piece, Report, Skip
from customhouse.kernel.problem import Problem, Refusal

__all__ = ["SUBJECTS", "Case", "Report", "Skip", "run"]

Tick = Callable[[int, int], None]


class Subject(NamedTuple):
    """A subject of conformance: the module that judges, and one line for people.

    A module judges either piece by piece (its `judge(directory, schema)`), or, where pieces belong together (`whole`), all
    of them (its `judge_all(pieces, tariff)`).
    """

    module: str
    title: str
    whole: bool = False


SUBJECTS: dict[str, Subject] = {
    "cds": Subject("cds", "WCO Data Model declarations (DEC): read, written back equal, or refused with the reason"),
    "duty": Subject("duty", "Tax answers of an authority: assessed by our law and compared to the penny", whole=True),
}


def _judged(judge: Judge, piece: Piece) -> Case | Skip:
    """The verdict on a piece; a failure of the house itself is a mismatch like any other, told and not the end."""
    try:
        return judge(piece)
    except Exception as fault:
        got = f"{type(fault).__name__}: {fault}"[:600]
        return Case(piece.id, "mismatch", "an answer", got, "the house failed over this piece")


def run(
    subject: str,
    directory: str | Path,
    schema: str | Path | None = None,
    tick: Tick | None = None,
    tariff: str | Path | None = None,
) -> Report:
    """Judge every file below `directory` (or the single file it names), archives opened in place.

    `schema` names the directory of official schemas, `tariff` the file with the rates of duty, where the subject has any;
    without them, those inside `directory` are used. `tick(done, expected)` is told the progress. Raises Refusal for an
    unknown subject or directory.
    """
    known = SUBJECTS.get(subject)
    if known is None:
        hint = f"Known subjects: {', '.join(SUBJECTS)}"
        raise Refusal([Problem("UnknownSubject", f"There is no subject {subject}", hint=hint, value=subject)])
    place = Path(directory)
    if not place.exists():
        raise Refusal([Problem("UnreadableFile", "There is no such file or directory", str(place), "Check the name")])
    module = import_module(f"customhouse.house.conformance.{known.module}")
    found = _counted(pieces(place), count(place), tick)
    if known.whole:
        judged = list(module.judge_all(found, Path(tariff) if tariff is not None else None))
    else:
        judge: Judge = module.judge(place, schema)
        judged = [piece if isinstance(piece, Skip) else _judged(judge, piece) for piece in found]
    cases = tuple(j for j in judged if isinstance(j, Case))
    return Report(subject, cases, tuple(j for j in judged if isinstance(j, Skip)))


def _counted(found: Iterable[Piece | Skip], expected: int, tick: Tick | None) -> Iterator[Piece | Skip]:
    """The pieces, telling the progress as each is taken up."""
    for done, piece in enumerate(found, 1):
        yield piece
        if tick is not None:
            tick(done, max(done, expected))
