"""Goods lines of a transport document: that they say what the goods are, and that their sums are right."""

from __future__ import annotations

import re
from collections.abc import Iterator

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.record.manifest import GoodsLine, Manifest, TransportDocument

SHORTEST = 3
_HS = re.compile(r"\d{4}(\d\d){0,3}")
_UN = re.compile(r"\d{4}")


def check_lines(document: TransportDocument, manifest: Manifest, law: Law, where: str) -> Iterator[Problem]:
    """Problems of every line, and of the totals that the document states."""
    if not document.lines:
        yield Problem("NoGoods", "The document has no goods", f"{where}/lines", "Write at least one goods line")
    for n, line in enumerate(document.lines, 1):
        yield from _line(line, law, f"{where}/lines[{n}]")
    packages = sum(g.package_count for g in document.lines)
    mass = sum(g.gross_mass or 0 for g in document.lines)
    for name, found in (("package_count", packages), ("gross_mass", mass)):
        told = getattr(document, name)
        if told is not None and document.lines and told != found:
            hint = "State the sum of the lines, or leave the total out"
            yield Problem(
                "TotalsDiffer", f"The document says {told}, its lines make {found}", f"{where}/{name}", hint, str(told)
            )


def _line(line: GoodsLine, law: Law, where: str) -> Iterator[Problem]:
    words = " ".join(line.description.lower().split()).strip(" .,;:-")
    if len(words) < SHORTEST:
        yield Problem(
            "MissingDescription",
            "The description of the goods is missing",
            f"{where}/description",
            "Say what the goods are",
            line.description[:40],
        )
    elif words in law.list_of("vague_words"):
        hint = "Say what the goods are, so that a person could recognise them"
        yield Problem(
            "VagueDescription",
            "The description says nothing about the goods",
            f"{where}/description",
            hint,
            line.description[:80],
        )
    if line.hs and not _HS.fullmatch(line.hs):
        yield Problem(
            "InvalidNumber", "This is no Harmonized System code", f"{where}/hs", "It has 4 to 10 digits", line.hs[:20]
        )
    elif line.hs and law.line(line.hs[:6]) is None:
        yield Problem(
            "UnknownHeading", "The tariff has no such heading", f"{where}/hs", "Check the code", line.hs[:20], "warning"
        )
    yield from _packages(line, where)
    yield from _masses(line, where)
    yield from _stowage(line, where)


def _packages(line: GoodsLine, where: str) -> Iterator[Problem]:
    if not line.packages:
        yield Problem(
            "MissingPackages",
            "The packages are missing",
            f"{where}/packages",
            "Write kind (Rec 21) and number; bulk has a kind and no number",
        )
    for n, packages in enumerate(line.packages, 1):
        if packages.count is not None and packages.count < 0:
            yield Problem(
                "NegativeNumber",
                "There are no fewer than no packages",
                f"{where}/packages[{n}]/count",
                "",
                str(packages.count),
            )
        if not packages.kind.strip():
            yield Problem(
                "MissingPackageKind",
                "The kind of packages is missing",
                f"{where}/packages[{n}]/kind",
                "Write the code of UN/ECE Rec 21",
                severity="warning",
            )


def _masses(line: GoodsLine, where: str) -> Iterator[Problem]:
    if line.gross_mass is None or line.gross_mass <= 0:
        yield Problem(
            "MissingMass",
            "The gross mass is missing",
            f"{where}/gross_mass",
            "Write it in grams",
            str(line.gross_mass or ""),
        )
    elif line.net_mass is not None and line.net_mass > line.gross_mass:
        yield Problem(
            "WrongMass",
            "The net mass is more than the gross mass",
            f"{where}/net_mass",
            "Check both",
            str(line.net_mass),
        )
    for n, dangerous in enumerate(line.dangerous, 1):
        if dangerous.undg and not _UN.fullmatch(dangerous.undg):
            yield Problem(
                "InvalidNumber",
                "This is no UN number",
                f"{where}/dangerous[{n}]/undg",
                "It has four digits",
                dangerous.undg[:20],
            )


def _stowage(line: GoodsLine, where: str) -> Iterator[Problem]:
    """What lies in each piece of equipment is not more than the line."""
    for name, most in (("packages", line.package_count), ("gross_mass", line.gross_mass or 0)):
        told = [getattr(s, name) for s in line.stowage if getattr(s, name) is not None]
        if told and (sum(told) > most or min(told) < 0):
            label = f"The equipment holds {sum(told)} of this line, which has {most}"
            yield Problem(
                "StowageDoesNotFit", label, f"{where}/stowage", "Check what lies in which equipment", str(sum(told))
            )
