"""Reading a country pack: a directory of TOML and CSV that people write, checked line by line before it is compiled.

Everything wrong is reported at once, with file and line. docs/law.md describes the files. A pack may have layers: folders
with more of the same CSV files, usually written by a loader (`layers` in country.toml).
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from customhouse.kernel.money import Rounding
from customhouse.kernel.problem import Problem
from customhouse.law import agency, pack_rows, preference
from customhouse.law.book import Contents, Progress
from customhouse.law.expression import COMPONENTS
from customhouse.law.layer import Layer, clash, same_measure
from customhouse.law.measure import ALL_ORIGINS, Condition, Measure
from customhouse.law.pack_rows import START
from customhouse.law.rules import syntax
from customhouse.law.terms import (
    Agreement,
    BusinessRule,
    Criterion,
    ListEntry,
    Membership,
    ReleaseTerm,
    Representation,
    Share,
    Supplementary,
    TaxType,
    Text,
)
from customhouse.law.valuation import ValuationLaw, faults

T = TypeVar("T")
TELL_EVERY = 5000  # lines


class PackError(Exception):
    """A country pack that cannot be compiled; `problems` names every place."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in problems))


def country_directory(name: str) -> Path:
    """Where the pack of a country lies: inside the installed program, or in `countries/` of a checkout."""
    package = Path(__file__).resolve().parents[1]
    for place in (package / "countries" / name, package.parents[1] / "countries" / name):
        if (place / "country.toml").is_file():
            return place
    raise FileNotFoundError(f"there is no country pack {name!r}; give the path of one instead")


def read_pack(directory: Path, progress: Progress | None = None) -> Contents:
    """The contents of the pack in `directory`. Raises PackError with every problem found.

    `progress` is told the file being read and the number of lines so far, now and then.
    """
    return _Reader(directory, progress or _silent).contents()


def _silent(file: str, lines: int) -> None:
    """Nobody watches."""


def read_layer(directory: Path, languages: tuple[str, ...] = ("en",)) -> Layer:
    """The words in the CSV files of a layer; none where there is no such folder. Raises PackError with every problem."""
    reader = _Reader(directory, _silent, whole=False)
    layer = Layer(**reader.parts(languages))
    if reader.problems:
        raise PackError(reader.problems)
    return layer


def _named(entries: tuple[ListEntry, ...]) -> dict[str, dict[str, Text]]:
    """What the codes of every loaded list stand for."""
    named: dict[str, dict[str, Text]] = {"documents": {}, "offices": {}}
    for entry in entries:
        named.setdefault(entry.list, {})[entry.code] = entry.text
    return named


class _Reader:
    def __init__(self, directory: Path, progress: Progress, *, whole: bool = True) -> None:
        self.directory, self.progress, self.whole = directory, progress, whole
        self.layers: tuple[str, ...] = ()
        self.problems: list[Problem] = []
        self.places: dict[str, list[tuple[str, int]]] = {}  # where each word of a CSV file stands, in their order

    def contents(self) -> Contents:
        head = self.toml("country.toml")
        lists = {name: tuple(map(str, words)) for name, words in self.toml("lists.toml").items()}
        languages = tuple(head.get("languages", ["en"]))
        self.layers = tuple(head.get("layers", ()))
        for layer in self.layers:
            if not (self.directory / layer).is_dir():
                self.wrong("country.toml", "layers", "the pack has no such folder", layer)
        made: dict[str, Any] = {
            **self.parts(languages),
            "valuations": self.tables("country.toml", "valuation", ValuationLaw),
            "agreements": self.layered("agreements.toml", "agreement", Agreement),
            "rules": self.tables("rules.toml", "rule", BusinessRule),
            "criteria": self.tables("criteria.toml", "criterion", Criterion),
            "agencies": self.tables("agencies.toml", "agency", agency.Agency, required=False),
            "agency_documents": self.tables("agencies.toml", "document", agency.AgencyDocument, required=False),
            "agency_criteria": self.tables("agencies.toml", "criterion", agency.AgencyCriterion, required=False),
            "release_terms": self.tables("release.toml", "term", ReleaseTerm),
            "tax_types": self.tables("country.toml", "tax_type", TaxType),
            "representation": self.tables("country.toml", "representation", Representation),
            "random_share": self.tables("country.toml", "random_share", Share),
            "supplementary": self.tables("country.toml", "supplementary", Supplementary),
        }
        known = lists | {entry.list: () for entry in made["entries"] if entry.list not in lists}
        self._check_rules(made["rules"] + made["criteria"], known)
        self._check_measures(made["measures"], made["memberships"], {t.code for t in made["tax_types"]})
        self.problems += preference.check(made["memberships"], made["agreements"], made["product_rules"])
        self._check_valuation(made)
        self._check_agencies(made, known)
        self._check_overlap("country.toml supplementary", made["supplementary"], lambda s: "supplementary")
        self._check_overlap("rates.csv", made["rates"], attrgetter("currency"))
        self._check_overlap("nomenclature.csv", made["lines"], attrgetter("code"))
        self._check_overlap("procedures.csv", made["procedures"], attrgetter("code"))
        self._check_overlap("incoterms.csv", made["incoterms"], attrgetter("code"))
        self._check_overlap("quotas.csv", made["quotas"], attrgetter("order"))
        self._check_overlap("lists.csv", made["entries"], attrgetter("list", "code"))
        named = _named(made["entries"])
        if self.problems:
            raise PackError(self.problems)
        return Contents(
            country=head["code"],
            title=head["title"],
            version=str(head["version"]),
            currency=head["currency"],
            languages=languages,
            rounding=msgspec.convert(head.get("rounding", {}), Rounding),
            lists=lists,
            documents=named["documents"] | head.get("documents", {}),
            payment_methods=dict(head.get("payment_methods", {})),
            securities=dict(head.get("securities", {})),
            offices=named["offices"] | head.get("offices", {}),
            **made,
        )

    def parts(self, languages: tuple[str, ...]) -> dict[str, Any]:
        """What stands in the CSV files, by its name in `Contents`."""

        def spoken(make: Callable[[dict[str, str], tuple[str, ...]], T]) -> Callable[[dict[str, str]], T]:
            return lambda row: make(row, languages)

        return {
            "lines": self.rows("nomenclature.csv", spoken(pack_rows.line)),
            "memberships": self.rows("areas.csv", pack_rows.membership),
            "measures": self._with_conditions(self.rows("measures.csv", pack_rows.measure)),
            "rates": self.rows("rates.csv", pack_rows.rate),
            "procedures": self.rows("procedures.csv", spoken(pack_rows.procedure)),
            "reliefs": self.rows("reliefs.csv", spoken(pack_rows.relief), required=False),
            "quotas": self.rows("quotas.csv", spoken(pack_rows.quota), required=False),
            "incoterms": self.rows("incoterms.csv", spoken(pack_rows.incoterm), required=False),
            "charges": self.rows("charges.csv", spoken(pack_rows.charge), required=False),
            "product_rules": self.rows("product_rules.csv", pack_rows.product_rule, required=False),
            "footnotes": self.rows("footnotes.csv", spoken(pack_rows.footnote), required=False),
            "entries": self.rows("lists.csv", spoken(pack_rows.entry), required=False),
            "places": self.rows("places.csv", pack_rows.place, required=False),
        }

    # --- files ----------------------------------------------------------------------------------------------------

    def wrong(self, file: str, line: int | str, label: str, value: str = "") -> None:
        self.problems.append(Problem("InvalidLaw", label, f"{file}:{line}", "", value[:60]))

    def toml(self, file: str, *, required: bool = True) -> dict[str, Any]:
        try:
            return tomllib.loads((self.directory / file).read_text(encoding="utf-8"))
        except FileNotFoundError:
            if required:
                self.wrong(file, 1, "the pack has no such file")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            self.wrong(file, 1, f"cannot be read: {fault}")
        return {}

    def rows(self, file: str, make: Callable[[dict[str, str]], T], *, required: bool = True) -> tuple[T, ...]:
        """One object per line of a CSV file of the pack and its layers; what cannot be made is reported with its line."""
        made: list[T] = []
        places = self.places.setdefault(file, [])
        for place in (file, *(f"{layer}/{file}" for layer in self.layers)):
            for number, row in self._csv(place, required=required and self.whole and place == file):
                try:
                    made.append(make(row))
                    places.append((place, number))
                except KeyError as missing:
                    self.wrong(place, number, f"the column {missing} is missing")
                except (ValueError, ArithmeticError) as fault:
                    told = str(fault) or type(fault).__name__
                    self.wrong(place, number, told, ",".join(filter(None, row.values())))
        return tuple(made)

    def _csv(self, file: str, *, required: bool) -> Iterator[tuple[int, dict[str, str]]]:
        """(line number, its cells by the names of the heading) of every line that is not empty."""
        reader = None
        try:
            with (self.directory / file).open(encoding="utf-8-sig", newline="") as handle:
                reader = csv.reader(handle)
                heading = next(reader, [])
                width = len(heading)
                for row in reader:
                    if len(row) != width:
                        if not row:
                            continue
                        if len(row) > width:
                            self.wrong(file, reader.line_num, "the line has more columns than the heading")
                            continue
                        row.extend([""] * (width - len(row)))
                    if not reader.line_num % TELL_EVERY:
                        self.progress(file, reader.line_num)
                    yield reader.line_num, dict(zip(heading, map(str.strip, row), strict=True))
        except FileNotFoundError:
            if required:
                self.wrong(file, 1, "the pack has no such file")
        except (UnicodeDecodeError, csv.Error) as fault:
            self.wrong(file, reader.line_num + 1 if reader else 1, f"cannot be read: {fault}")

    def _with_conditions(self, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """The measures with the lines of conditions.csv that name them."""
        lines: dict[str, list[Condition]] = {}
        for measure, condition in self.rows("conditions.csv", pack_rows.condition, required=False):
            lines.setdefault(measure, []).append(condition)
        for name in lines.keys() - {m.id for m in measures}:
            self.wrong("conditions.csv", name, "there is no such measure", name)
        if not lines:
            return measures
        return tuple(
            msgspec.structs.replace(m, conditions=tuple(lines[m.id])) if m.id in lines else m for m in measures
        )

    def tables(self, file: str, name: str, kind: type[T], *, required: bool = True) -> tuple[T, ...]:
        """One object per [[name]] table of a TOML file."""
        made: list[T] = []
        places = self.places.setdefault(f"{file} {name}", [])
        for number, table in enumerate(self.toml(file, required=required).get(name, []), 1):
            row = dict(table)
            if "from" in row or "until" in row or kind is not TaxType:
                row["validity"] = {"start": row.pop("from", START), "until": row.pop("until", None)}
            try:
                made.append(msgspec.convert(row, kind))
                places.append((file, number))
            except (msgspec.ValidationError, ValueError) as fault:
                self.wrong(file, f"{name} {table.get('id', table.get('code', number))}", str(fault))
        return tuple(made)

    def layered(self, file: str, name: str, kind: type[T]) -> tuple[T, ...]:
        """The same of the pack and of each of its layers; none of them need have the file."""
        places = (file, *(f"{layer}/{file}" for layer in self.layers))
        return tuple(thing for place in places for thing in self.tables(place, name, kind, required=False))

    # --- checks across files --------------------------------------------------------------------------------------

    def _check_rules(self, rules: tuple[BusinessRule | Criterion, ...], lists: dict[str, tuple[str, ...]]) -> None:
        seen: set[tuple[str, date]] = set()
        for rule in rules:
            file = "rules.toml" if isinstance(rule, BusinessRule) else "criteria.toml"
            try:
                syntax.read(rule.expression, lists)
            except syntax.RuleError as fault:
                self.wrong(file, rule.id, str(fault), rule.expression)
            if (rule.id, rule.validity.start) in seen:
                self.wrong(file, rule.id, "this id stands twice for the same day")
            seen.add((rule.id, rule.validity.start))
            if not rule.source:
                self.wrong(file, rule.id, "a rule names its legal source")

    def _check_measures(
        self, measures: tuple[Measure, ...], memberships: tuple[Membership, ...], types: set[str]
    ) -> None:
        areas = {ALL_ORIGINS} | {m.group for m in memberships}
        for m, place in zip(measures, self.places["measures.csv"], strict=True):
            if m.area not in areas and len(m.area) != 2:
                self.wrong(*place, f"the area of {m.id} is no country, no group of areas.csv and not *", m.area)
            if m.tax_type not in types and m.expression is not None and m.kind not in COMPONENTS:
                self.wrong(*place, f"the tax type of {m.id} is not in country.toml", m.tax_type)
            if not m.source:
                self.wrong(*place, f"{m.id} names no legal source; a measure does")
        self._check_overlap("measures.csv", measures, same_measure)

    def _check_valuation(self, made: dict[str, Any]) -> None:
        self._check_overlap("charges.csv", made["charges"], attrgetter("code"))
        self._check_overlap("country.toml valuation", made["valuations"], lambda v: "valuation")
        for written in made["valuations"]:
            for wrong, word in faults(written):
                self.wrong("country.toml", "valuation", wrong, word)

    def _check_agencies(self, made: dict[str, Any], lists: dict[str, tuple[str, ...]]) -> None:
        for part, key in (("agency", "code"), ("document", "code"), ("criterion", "id")):
            things = made["agencies" if part == "agency" else f"agency_{'criteria' if key == 'id' else 'documents'}"]
            self._check_overlap(f"agencies.toml {part}", things, attrgetter(key))
        for fault in agency.faults(made["agencies"], made["agency_documents"], made["agency_criteria"], lists):
            self.wrong("agencies.toml", fault.of, fault.text, fault.word)

    def _check_overlap(self, file: str, things: Sequence[Any], key: Callable[[Any], Any]) -> None:
        """Things of one key hold one after the other, never at the same time: their dates are segments, and what is in
        force on a day is one of them."""
        groups: dict[Any, list[int]] = {}
        for n, thing in enumerate(things):
            groups.setdefault(key(thing), []).append(n)
        for group in groups.values():
            if len(group) > 1:
                self._check_segments(file, things, sorted(group, key=lambda n: things[n].validity.start))

    def _check_segments(self, file: str, things: Sequence[Any], group: list[int]) -> None:
        for place, n in enumerate(group):
            one = things[n]
            for m in group[place + 1 :]:
                other = things[m]
                if one.validity.until is not None and one.validity.until <= other.validity.start:
                    break
                if clash(one, other):
                    where, line = self.places[file][n]
                    label = f"{_name(other)} overlaps in time with {_name(one)} ({where}:{line})"
                    self.wrong(*self.places[file][m], label)


def _name(thing: Any) -> str:
    for field in ("id", "code", "currency", "order"):
        if name := getattr(thing, field, ""):
            return str(name)
    return "it"
