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
    """A subject of conformance: the module that judges, one line for people, and what may be named for it.

    The module has `judge(directory, schema)`, which gives a judge; it takes `rules` or `tariff` too where the subject has
    any. A judge that waits for more pieces before it can say anything answers None, and has `rest()` for what it still holds
    when all are seen.
    """

    module: str
    title: str
    named: tuple[str, ...] = ("schema",)


SUBJECTS: dict[str, Subject] = {
    "cds": Subject("cds", "WCO Data Model declarations (DEC): read, written back equal, or refused with the reason"),
    "dcsa": Subject(
        "dcsa", "DCSA messages: bills of lading read into a cargo report, every other message refused by name"
    ),
    "duty": Subject("duty", "Tax answers of an authority: assessed by our law and compared to the penny", ("tariff",)),
    "edifact": Subject(
        "edifact",
        "UN/EDIFACT interchanges: whole, of right structure, CUSDEC and CUSCAR read; the directory against our tables",
    ),
    "ens": Subject(
        "ens",
        "Entry summary declarations (IE315, IE313): the expected errors, each with code and location",
        ("schema", "rules"),
    ),
    "one_record": Subject(
        "one_record", "IATA ONE Record: waybills read into a cargo report, other objects refused by type"
    ),
    "sad": Subject(
        "sad", "Declarations of ASYCUDAWorld (SAD): read, nothing lost, the same when written and read again"
    ),
    "taric3": Subject(
        "taric3", "TARIC3 envelopes: loaded so that the state holds what they say, or refused with the reason"
    ),
}


def _judged(judge: Judge, piece: Piece) -> Case | Skip | None:
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
    *,
    rules: str | Path | None = None,
    tariff: str | Path | None = None,
) -> Report:
    """Judge every file below `directory` (or the single file it names), archives opened in place.

    `schema`, `rules` and `tariff` name the official schemas, the rule files and the rates of duty where the subject has
    any; without them, those found with the material are used. `tick(done, expected)` is told the progress. Raises Refusal for an unknown subject
    or directory.
    """
    place = Path(directory)
    judge = _judge_of(subject, place, {"schema": schema, "rules": rules, "tariff": tariff})
    cases: list[Case] = []
    left_out: list[Skip] = []
    expected = count(place)
    for done, piece in enumerate(pieces(place), 1):
        found = piece if isinstance(piece, Skip) else _judged(judge, piece)
        if isinstance(found, Skip):
            left_out.append(found)
        elif found is not None:
            cases.append(found)
        if tick is not None:
            tick(done, max(done, expected))
    for found in getattr(judge, "rest", tuple)():
        if isinstance(found, Skip):
            left_out.append(found)
        else:
            cases.append(found)
    return Report(subject, tuple(cases), tuple(left_out))


def _judge_of(subject: str, place: Path, named: dict[str, str | Path | None]) -> Judge:
    known = SUBJECTS.get(subject)
    if known is None:
        hint = f"Known subjects: {', '.join(SUBJECTS)}"
        raise Refusal([Problem("UnknownSubject", f"There is no subject {subject}", hint=hint, value=subject)])
    if not place.exists():
        raise Refusal([Problem("UnreadableFile", "There is no such file or directory", str(place), "Check the name")])
    given = {name: value for name, value in named.items() if value is not None}
    if strange := sorted(set(given) - set(known.named)):
        hint = f"{subject} takes {', '.join(f'--{name}' for name in known.named)}"
        raise Refusal([Problem("UnknownOption", f"{subject} has no --{strange[0]}", hint=hint, value=strange[0])])
    judge: Judge = import_module(f"customhouse.house.conformance.{known.module}").judge(place, **given)
    return judge
