"""The gate for published rules of origin: what it takes, what it reports; and the 43 agreements of the shared material."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from customhouse.gates.origin_rules import read
from customhouse.gates.origin_rules.rule_sets import codes
from customhouse.gates.origin_rules.words import classes, plain
from customhouse.kernel.problem import Problem, Refusal
from customhouse.kernel.validity import Validity
from customhouse.law.agreement_write import AGREEMENTS, agreements_file
from customhouse.law.book import Book, Law, compile_pack
from customhouse.law.layer import Layer
from customhouse.law.pack import country_directory
from customhouse.law.pack_write import write_layer
from customhouse.law.preference import CLASSES
from customhouse.law.terms import Agreement, ProductRule

SCHEME: dict[str, Any] = {
    "scheme_code": "pact",
    "title": "The&nbsp;Pact",
    "countries": ["FJ", "pact"],
    "validity_start_date": "2021-01-01",
    "validity_end_date": "2026-06-30",
    "unilateral": None,
    "proofs": [{"summary": "EUR.1", "proof_class": "eur1"}, {"summary": "Oath", "proof_class": "oath"}],
    "cumulation_methods": {"bilateral": {}},
    "articles": {"article 13": "direct transport"},
    "ord": {"ord_title": "Reference", "ord_version": "1.2", "ord_date": "1 May 2021"},
    "links": ["x"],
}
RULES: list[dict[str, Any]] = [
    {"heading": "ex Chapter 3", "chapter": 3, "subdivision": "Fish", "min": "0300000000", "max": "0399999999", "valid": True,
     "rules": [{"rule": "All [chapter&nbsp;3](/c/03) is **wholly** obtained.", "class": ["WO"]},
               {"rule": "<abbr title='x'>CTH</abbr>: change", "class": ["CTH TOLERANCE MAY BE USED RESTRICTION MAXNOM"], "quota": True},
               {"rule": "For exports", "class": ["CC"], "import": False}]},
    {"heading": "04", "min": "0400000000", "max": "0499999999", "valid": True, "rules": [{"rule": "As it says", "class": ["MAGIC"]}]},
    {"heading": "05", "min": "05", "max": "0599999999", "valid": True, "rules": [{"rule": "x", "class": ["WO"]}]},
    {"heading": "06", "min": "0600000000", "max": "0699999999", "valid": False, "rules": [{"rule": "x", "class": ["WO"]}]},
    {"heading": "07", "min": "0700000000", "max": "0799999999", "valid": True, "rules": []},
]  # fmt: skip


def archive(**members: Any) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as made:
        for name, document in members.items():
            data = document if isinstance(document, bytes) else json.dumps(document).encode()
            info = tarfile.TarInfo(name.replace("__", "/") + ".json")
            info.size = len(data)
            made.addfile(info, io.BytesIO(data))
    return out.getvalue()


def test_the_gate_makes_words_of_the_law_and_reports_what_has_no_place_in_it() -> None:
    data = archive(
        schemes={"schemes": [SCHEME], "scope": "x"}, sets__pact={"rule_sets": RULES}, sets__lost={"rule_sets": []}
    )
    (agreement,), rules, problems = read(data)
    assert agreement.validity == Validity(date(2021, 1, 1), date(2026, 7, 1)), "the last day is included in the source"
    assert (agreement.id, agreement.text["en"], agreement.areas) == ("pact", "The Pact", ("FJ",))
    assert (agreement.proofs, agreement.transport, agreement.preferences) == (("N954",), "direct", ("3",))
    assert agreement.source == "Reference, version 1.2, 1 May 2021"
    assert [x.heading for x in rules] == ["ex Chapter 3", "04"]
    assert rules[0].classes == ("WO", "CTH", "TOLERANCE", "RESTRICTION", "MAXNOM")
    assert rules[0].text.startswith("All chapter 3 is wholly obtained. or CTH: change (only for goods within the quota")
    assert rules[1].classes == ("SP",)
    met = {(p.rule, p.where, p.severity) for p in problems}
    assert {
        ("UnknownScheme", "lost", "error"),
        ("UnknownCountry", "pact", "warning"),
        ("UnknownProof", "pact", "warning"),
        ("UnknownClass", "pact", "warning"),
        ("ExportOnly", "pact", "error"),
        ("InvalidCode", "pact", "error"),
        ("InvalidRange", "pact", "error"),
        ("NoRule", "pact", "error"),
        ("NotLaw", "pact", "warning"),
    } <= met


def test_the_gate_takes_the_answer_of_the_interface_too() -> None:
    inline = {"scheme_code": "pact", "title": "Pact", "countries": ["FJ"], "proofs": [{"summary": "Origin declaration"}],
              "rules": [{"heading": "Chapter&nbsp;7", "description": "Vegetables", "rule": "Grown there{{WO}}", "alternate_rule": ""},
                        {"heading": "somewhere", "rule": "x"}]}  # fmt: skip
    (agreement,), (rule,), problems = read(json.dumps([inline]).encode())
    assert agreement.proofs == ("U", "9001")
    assert (rule.low, rule.high, rule.classes, rule.text) == ("0700000000", "0799999999", ("WO",), "Grown there")
    assert {p.rule for p in problems} == {"NoDate", "InvalidCode"}


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "NoSchemes"),
        (b"{", "NoSchemes"),
        (b"[]", "NoSchemes"),
        (b"\x1f\x8bbroken", "BrokenArchive"),
        (archive(schemes={"schemes": [SCHEME]})[:60], "BrokenArchive"),
        (archive(notes=b"\xff"), "NoSchemes"),
    ],
)
def test_the_gate_refuses_what_holds_no_scheme(data: bytes, rule: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(data)
    assert caught.value.problems[0].rule == rule


@pytest.mark.parametrize(
    ("heading", "span"),
    [
        ("ex Chapter 3", ("0300000000", "0399999999")),
        ("Chapters 6 to 8", ("0600000000", "0899999999")),
        ("0301 to 0309", ("0301000000", "0309999999")),
        ("8523.21", ("8523210000", "8523219999")),
        ("7019", ("7019000000", "7019999999")),
        ("0309 to 0301", None),
        ("elsewhere", None),
    ],
)
def test_headings_in_words_are_ranges_of_codes(heading: str, span: tuple[str, str] | None) -> None:
    assert codes(heading) == span


def test_words_of_the_source_become_plain() -> None:
    assert plain("**A** [b&nbsp;c](/d)<br>e\n\n- *or* f{{WO}}") == "A b c e - or f"
    assert classes("PRODUCTION FROM OR_ENUM PRODUCTION FROM") == (("PRODUCTION_FROM",), "")
    assert classes("CTH WITH STARS") == (("CTH",), "WITH STARS")


# --- the 43 agreements ------------------------------------------------------------------------------------------------

Loaded = tuple[tuple[Agreement, ...], tuple[ProductRule, ...], tuple[Problem, ...]]


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Path:
    return shared_data / "customs" / "reference"


@pytest.fixture(scope="module")
def published(reference: Path) -> bytes:
    return (reference / "uk_rules_of_origin_43_agreements.tar.gz").read_bytes()


@pytest.fixture(scope="module")
def loaded(published: bytes) -> Loaded:
    return read(published)


@pytest.fixture(scope="module")
def law(loaded: Loaded, tmp_path_factory: pytest.TempPathFactory) -> Law:
    """The agreements as a layer of the demo country's pack, compiled."""
    pack = Path(shutil.copytree(country_directory("meridia"), tmp_path_factory.mktemp("roo") / "pack"))
    head = (pack / "country.toml").read_text()
    (pack / "country.toml").write_text(head.replace("languages = [", 'layers = ["published"]\nlanguages = [', 1))
    write_layer(
        pack / "published", Layer(product_rules=loaded[1]), ("en", "fr"), {AGREEMENTS: agreements_file(loaded[0])}
    )
    return Book.open(compile_pack(pack)).on(date(2026, 11, 24))


def rule_sets(published: bytes) -> dict[str, list[dict[str, Any]]]:
    """Every rule set of the archive as it stands there, by scheme."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(published)) as archive:
        for member in archive:
            stream = archive.extractfile(member)
            if "/rule_sets/" in member.name and stream is not None:
                found[Path(member.name).stem] = json.load(stream)["rule_sets"]
    return found


@pytest.mark.conformance
def test_every_scheme_compiles_and_loads_the_same_again(loaded: Loaded, law: Law, published: bytes) -> None:
    agreements, rules, _ = loaded
    held = {a.id: a for a in law.contents.agreements}
    assert [held[a.id] for a in agreements] == list(agreements)
    ours = {r.rules for r in rules}
    assert {r for r in law.contents.product_rules if r.rules in ours} == set(rules)
    assert read(published)[:2] == loaded[:2]
    assert len(ours) == 43 and all(a.areas and a.proofs and a.source and a.preferences for a in agreements)


@pytest.mark.conformance
def test_every_rule_set_is_found_by_the_codes_of_its_range(loaded: Loaded, law: Law, published: bytes) -> None:
    agreements = {a.id: a for a in loaded[0]}
    sought = missed = 0
    for name, sets in rule_sets(published).items():
        for told in sets:
            sought += 1
            for code in (told["min"], told["max"], told["min"][:8], told["min"][:6]):
                found = law.preferences.rules(agreements[name], code)
                mine = [
                    r for r in found if (r.low, r.high, r.heading) == (told["min"], told["max"], plain(told["heading"]))
                ]
                missed += not any(plain(x["rule"])[:60] in r.text for r in mine for x in told["rules"] if x["import"])
    assert sought >= 28_535 and missed == 0


@pytest.mark.conformance
def test_no_gap_is_told_where_the_source_has_none_and_none_hidden_where_it_has(
    loaded: Loaded, law: Law, published: bytes
) -> None:
    agreements = {a.id: a for a in loaded[0]}
    for name, sets in rule_sets(published).items():
        covered = {
            heading
            for told in sets
            for heading in range(int(told["min"][:4]), int(told["max"][:4]) + 1)
            if told["min"] <= f"{heading:04d}000000" <= told["max"]
        }
        found = {n for n in range(101, 9800) if law.preferences.rules(agreements[name], f"{n:04d}000000")}
        assert found == covered & set(range(101, 9800)), name


@pytest.mark.conformance
def test_every_class_is_known_and_nothing_is_dropped_in_silence(loaded: Loaded) -> None:
    _, rules, problems = loaded
    assert {word for rule in rules for word in rule.classes} <= set(CLASSES)
    assert all(rule.classes and rule.text and rule.goods for rule in rules)
    errors = {p.rule for p in problems if p.severity == "error"}
    assert errors == {"ExportOnly", "NoText"}, "what is left out of the law is told, and is no more than this"
    assert "UnknownClass" not in {p.rule for p in problems}


@pytest.mark.conformance
def test_the_sample_of_the_interface_is_read(reference: Path) -> None:
    (agreement,), rules, problems = read((reference / "uk_rules_of_origin_schemes_sample.json").read_bytes())
    assert agreement.areas == ("AL",) and agreement.proofs and rules
    assert all(p.severity == "warning" for p in problems)


@pytest.mark.conformance
def test_every_country_of_a_scheme_is_a_known_area(loaded: Loaded, reference: Path) -> None:
    areas = json.loads(gzip.decompress((reference / "uk_geographical_areas.json.gz").read_bytes()))
    known = {a["geographical_area_id"] for a in areas}
    assert {area for a in loaded[0] for area in a.areas} <= known
