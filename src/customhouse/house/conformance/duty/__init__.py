"""Subject duty: declarations and the authority's own tax answers to them, assessed by our law and compared to the penny.

The tariff is a CSV table named with --tariff or lying in the material; the rest of the law is the overlay pack
`united_kingdom`. Every tax of every item of every answer is a case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from customhouse.gates import tariff_csv, wco_xml
from customhouse.gates.wco_xml import message
from customhouse.gates.wco_xml.parser import parse
from customhouse.house.conformance.duty import verdict
from customhouse.house.conformance.duty.answers import Answer, answers
from customhouse.house.conformance.duty.declared import Declarations, Found
from customhouse.house.conformance.duty.matter import matters
from customhouse.house.conformance.duty.oracle import is_oracle, read_oracle
from customhouse.house.conformance.duty.tariff import Laws, Tariff
from customhouse.house.conformance.report import Case, Piece, Skip
from customhouse.kernel.problem import Refusal

UNDATED = date(2021, 6, 1)
"""The day whose law judges an answer without a date."""


class Material:
    """What was found among the pieces."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.declarations: list[Found] = []
        self.refused: dict[str, str] = {}
        self.tables: list[Piece] = []
        self.tariff: Piece | None = None
        self.left_out: list[Skip] = []

    def add(self, piece: Piece) -> None:
        if is_oracle(piece.data):
            self.tables.append(piece)
        elif tariff_csv.is_table(piece.data):
            self.tariff = self.tariff or piece
        else:
            self._message(piece)

    def _message(self, piece: Piece) -> None:
        try:
            root = parse(piece.data)
        except Refusal as refusal:
            if b"GovernmentAgencyGoodsItem" in piece.data:
                self.refused[piece.id] = refusal.problems[0].label
            self.left_out.append(Skip(piece.id, refusal.problems[0].label))
            return
        found = list(answers(root, piece.id))
        if found:
            self.answers.extend(found)
            return
        try:
            message.find(root)
        except Refusal as refusal:
            self.left_out.append(Skip(piece.id, refusal.problems[0].label))
            return
        try:
            self.declarations.append(Found(piece.id, wco_xml.read(piece.data)))
        except Refusal as refusal:
            self.refused[piece.id] = refusal.problems[0].label
            self.left_out.append(Skip(piece.id, f"refused: {refusal.problems[0].label}"))


def judge(directory: Path, tariff: str | Path | None = None) -> DutyJudge:
    """The judge of this subject, with the table of rates named, or one that lies in the material."""
    return DutyJudge(Path(tariff) if tariff is not None else None)


class DutyJudge:
    """Answers and declarations belong together, so that everything is looked at when all of it has been seen."""

    def __init__(self, tariff: Path | None) -> None:
        self._tariff, self._material = tariff, Material()

    def __call__(self, piece: Piece) -> None:
        self._material.add(piece)

    def rest(self) -> Iterator[Case | Skip]:
        """Every case of the material; what is no material of this subject is skipped with its reason."""
        material = self._material
        if material.answers:
            yield from (Skip(t.id, "a table of answers; the answers themselves are here") for t in material.tables)
        else:
            for table in material.tables:
                declared, told = read_oracle(table)
                material.declarations += declared
                material.answers += told
        yield from material.left_out
        laws = Laws(_tariff(material, self._tariff))
        declarations = Declarations(material.declarations, material.refused, [a.id for a in material.answers])
        for answer in material.answers:
            yield from _judged(answer, declarations, laws)


def _judged(answer: Answer, declarations: Declarations, laws: Laws) -> list[Case]:
    """The cases of an answer; a failure of the house itself is a mismatch, told and not the end."""
    try:
        paired = declarations.paired(answer)
        found = matters(answer, paired, laws.plain(answer.day or UNDATED))
        return [case for matter in found for case in verdict.judge(matter, laws, answer.id)]
    except Exception as fault:
        got = f"{type(fault).__name__}: {fault}"[:600]
        return [Case(answer.id, "mismatch", "an assessment", got, "the house failed over this answer")]


def _tariff(material: Material, named: Path | None) -> Tariff:
    """The tariff named, or the first found in the material. Raises Refusal where the one named is none."""
    if named is not None:
        return Tariff(tariff_csv.read(named.read_bytes(), named.name))
    return Tariff(tariff_csv.read(material.tariff.data, material.tariff.id) if material.tariff else None)
