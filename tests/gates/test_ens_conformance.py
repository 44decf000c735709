"""Subject ens of the conformance kit: pairing, rules and schemas found or named, verdicts; our record on the shared material."""

from __future__ import annotations

import gzip
import io
import json
import random
import shutil
import tarfile
from collections import Counter
from pathlib import Path

import pytest
import typer
from ens_samples import AIR, EXAMPLES, SEA, message
from lxml import etree
from typer.testing import CliRunner

from customhouse.gates.ens import reader, tree
from customhouse.gates.ens.rules import RuleSet
from customhouse.gates.ens.schema import Schema
from customhouse.house.commands.conformance import conformance
from customhouse.house.conformance import run
from customhouse.kernel.problem import Refusal

RULES = EXAMPLES / "rules.json"
BAD = (EXAMPLES / "bad" / "01-totals.xml").read_bytes()
BAD_ANSWER = (EXAMPLES / "bad" / "01-totals.ctl").read_bytes()
VALID_ANSWER = (EXAMPLES / "good" / "02-air.ctl").read_bytes()
INVALID_ANSWER = (EXAMPLES / "bad" / "03-structure.ctl").read_bytes()


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder two levels down, so that nothing outside the test is found beside it."""
    place = tmp_path / "a" / "b" / "material"
    place.mkdir(parents=True)
    return place


def verdicts(place: Path, **named: Path) -> dict[str, str]:
    return {case.id: case.verdict for case in run("ens", place, **named).cases}


def test_our_own_samples_agree() -> None:
    report = run("ens", EXAMPLES)
    assert (report.agree, report.explained, report.mismatch) == (8, 0, 0)


def test_messages_and_answers_are_paired_by_name_in_any_order_and_archive(folder: Path) -> None:
    (folder / "one.tgz").write_bytes(_tar({"x/1.5.xml": BAD, "x/1.5.ctl": BAD_ANSWER, "y/1.5.ctl": VALID_ANSWER}))
    (folder / "z.answer").write_bytes(VALID_ANSWER)
    (folder / "z.message").write_bytes(AIR)
    (folder / "w.expected.xml").write_bytes(VALID_ANSWER)
    (folder / "w.xml").write_bytes(SEA)
    (folder / "packed.xml.gz").write_bytes(gzip.compress(AIR))
    (folder / "note.txt").write_text("hello")
    report = run("ens", folder, rules=RULES)
    assert {case.id: case.verdict for case in report.cases} == {
        "one.tgz!x/1.5.xml": "agree",
        "z.message": "agree",
        "w.xml": "agree",
        "packed.xml": "agree",
    }
    assert {skip.id for skip in report.left_out} == {"one.tgz!y/1.5.ctl", "note.txt"}


def test_names_may_collide_and_lack_suffixes(folder: Path) -> None:
    files = {"1.5": BAD, "1.5.ctl": BAD_ANSWER, "b.xml": BAD, "b.xml.ctl": BAD_ANSWER, "c.xml": AIR, "c.msg": AIR}
    for name, data in {
        **files,
        "d.ctl": VALID_ANSWER,
        "d.answer": VALID_ANSWER,
        "rules.json": RULES.read_bytes(),
    }.items():
        (folder / name).write_bytes(data)
    report = run("ens", folder)
    assert {case.id: (case.verdict, "1101" in case.expected) for case in report.cases} == {
        "1.5": ("agree", True),
        "b.xml": ("agree", True),
        "c.xml": ("agree", False),
        "c.msg": ("agree", False),
    }
    assert {skip.id: skip.reason.split(" ")[0:2] for skip in report.left_out} == {
        "d.answer": ["an", "expected"],
        "d.ctl": ["a", "second"],
        "rules.json": ["a", "rule"],
    }


def test_an_answer_may_lie_in_another_folder(folder: Path) -> None:
    for name, data in {
        "315/in/a.xml": BAD,
        "313/in/a.xml": AIR,
        "315/out/a.xml": BAD_ANSWER,
        "313/out/a.xml": VALID_ANSWER,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    report = run("ens", folder, rules=RULES)
    assert {case.id: (case.verdict, "1101" in case.expected) for case in report.cases} == {
        "315/in/a.xml": ("agree", True),
        "313/in/a.xml": ("agree", False),
    }


def test_what_is_not_as_expected_is_told(folder: Path) -> None:
    files = {
        "wrong-place": (BAD, BAD_ANSWER.replace(b"/ie:CC315A[1]/HEAHEA[1]", b"/ie:CC315A[1]/HEAHEA[2]", 1)),
        "wrong-code": (BAD, BAD_ANSWER.replace(b">1101<", b">1102<")),
        "no-error": (SEA, BAD_ANSWER),
        "errors": (BAD, VALID_ANSWER),
        "not-invalid": (SEA, INVALID_ANSWER),
        "invalid": ((EXAMPLES / "bad" / "03-structure.xml").read_bytes(), VALID_ANSWER),
        "malformed": ((EXAMPLES / "bad" / "04-malformed.xml").read_bytes(), VALID_ANSWER),
    }
    for name, (data, answer) in files.items():
        (folder / f"{name}.xml").write_bytes(data)
        (folder / f"{name}.ctl").write_bytes(answer)
    report = run("ens", folder, rules=RULES)
    assert {case.verdict for case in report.cases} == {"mismatch"} and len(report.cases) == len(files)
    reasons = {case.id: case.reason for case in report.cases}
    assert "lacking 1101 at /ie:CC315A[1]/HEAHEA[2]" in reasons["wrong-place.xml"]
    assert "too many 1101 at" in reasons["wrong-code.xml"]


def test_what_is_no_declaration_is_left_out_and_what_is_a_bad_one_is_not(folder: Path) -> None:
    (folder / "main.xsd").write_text(XSD)
    (folder / "part.xsd").write_text(PART)
    (folder / "other.xml").write_bytes(SEA.replace(b"dgtaxud.ec/CC315A", b"dgtaxud.ec/CC316A"))
    (folder / "other.ctl").write_bytes(INVALID_ANSWER)
    (folder / "wide.xml").write_bytes(SEA.decode().replace("UTF-8", "UTF-16").encode("utf-16")[:-20])
    report = run("ens", folder)
    assert {case.id: (case.verdict, case.got.partition(":")[0]) for case in report.cases} == {
        "other.xml": ("agree", "NotAnEntrySummary"),
        "wide.xml": ("agree", "MalformedXML"),
    }
    assert {skip.id for skip in report.left_out} == {"main.xsd", "part.xsd"}


def test_what_the_material_cannot_settle_is_explained(folder: Path) -> None:
    (folder / "x.xml").write_bytes(BAD)
    (folder / "x.ctl").write_bytes(BAD_ANSWER)
    (case,) = run("ens", folder).cases
    assert (case.verdict, "no rule files at hand" in case.reason) == ("explained", True)
    fewer = [r for r in json.loads(RULES.read_bytes()) if r["name"] != "message"]
    (folder / "fewer.json").write_text(json.dumps(fewer))
    (case,) = run("ens", folder).cases
    assert (case.verdict, case.reason) == ("explained", "the rule files at hand know no 1001")


def test_rules_are_found_in_the_material_beside_it_or_where_they_are_named(folder: Path) -> None:
    (folder / "x.xml").write_bytes(BAD)
    (folder / "x.ctl").write_bytes(BAD_ANSWER)
    beside = folder.parent / "elsewhere" / "deep"
    beside.mkdir(parents=True)
    (beside / "set.tar.gz").write_bytes(_tar({"r.json": RULES.read_bytes()}))
    assert verdicts(folder) == {"x.xml": "agree"}
    assert verdicts(folder / "x.xml") == {"x.xml": "agree"}
    shutil.rmtree(beside)
    assert verdicts(folder) == {"x.xml": "explained"}
    (folder.parent.parent / "r.json").write_bytes(RULES.read_bytes())
    assert verdicts(folder) == {"x.xml": "agree"}
    (folder / "empty.json").write_text('{"element": "/", "asserts": []}')
    assert verdicts(folder) == {"x.xml": "explained"}
    assert verdicts(folder, rules=RULES) == {"x.xml": "agree"}


def refused(*given: object, **named: object) -> list[str]:
    with pytest.raises(Refusal) as caught:
        run(*given, **named)  # type: ignore[arg-type]
    return [p.rule for p in caught.value.problems]


def test_what_is_named_must_be_there_and_usable(folder: Path) -> None:
    (folder / "x.xml").write_bytes(AIR)
    assert refused("ens", folder, rules=folder / "none") == ["UnreadableFile"]
    assert refused("ens", folder, rules=folder / "x.xml") == ["NothingFound"]
    assert refused("ens", folder, schema=folder) == ["NothingFound"]
    assert refused("cds", folder, rules=RULES) == ["UnknownOption"]
    (folder / "broken.json").write_text(
        '{"element": "/", "asserts": [{"test": "(", "errorCode": "1", "errorMessage": ""}]}'
    )
    assert refused("ens", folder) == ["InvalidRule"]


XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:ie="http://ics.dgtaxud.ec/CC315A" xmlns:s="urn:s"
 targetNamespace="http://ics.dgtaxud.ec/CC315A"><xs:import namespace="urn:s" schemaLocation="part.xsd"/>
 <xs:element name="CC315A"><xs:complexType><xs:sequence>
 <xs:element name="MesSenMES3"/><xs:element name="MesRecMES6"/><xs:element name="DatOfPreMES9"/>
 <xs:element name="TimOfPreMES10"/><xs:element name="MesIdeMES19"/><xs:element name="MesTypMES20"/>
 <xs:element name="HEAHEA" type="s:Header"/>
 <xs:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>
 </xs:sequence></xs:complexType></xs:element></xs:schema>"""
PART = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:s">
 <xs:complexType name="Header"><xs:sequence><xs:element name="RefNumHEA4"/>
 <xs:any maxOccurs="unbounded" processContents="skip"/></xs:sequence></xs:complexType></xs:schema>"""


def test_a_schema_at_hand_is_asked_too(folder: Path) -> None:
    """Where schema and table disagree on a message, that is a mismatch, whoever is right."""
    (folder / "x.xml").write_bytes(SEA)
    archive = folder.parent / "schemas.tgz"
    archive.write_bytes(_tar({"s/main.xsd": XSD.encode(), "s/part.xsd": PART.encode()}))
    assert verdicts(folder, schema=archive) == {"x.xml": "agree"}
    other = PART.replace("RefNumHEA4", "RefNumHEA9")
    archive.write_bytes(_tar({"s/main.xsd": XSD.encode(), "s/part.xsd": other.encode()}))
    (case,) = run("ens", folder, schema=archive).cases
    assert (case.verdict, "the schema refuses what our table takes" in case.reason) == ("mismatch", True)
    archive.write_bytes(_tar({"s/main.xsd": XSD.encode()}))
    assert refused("ens", folder, schema=archive) == ["NoSchema"]


def test_the_command_says_it_in_json_and_by_its_exit_code(folder: Path) -> None:
    app = typer.Typer()
    app.command()(conformance)
    done = CliRunner().invoke(app, ["ens", str(EXAMPLES / "good"), "--rules", str(RULES), "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["agree"] == 3
    (folder / "x.xml").write_bytes(SEA)
    (folder / "x.ctl").write_bytes(BAD_ANSWER)
    assert CliRunner().invoke(app, ["ens", str(folder), "--rules", str(RULES)]).exit_code == 1
    assert CliRunner().invoke(app, ["cds", str(folder), "--rules", str(RULES)]).exit_code == 2


@pytest.fixture(scope="module")
def material(shared_data: Path) -> Path:
    place = shared_data / "customs" / "messages" / "ens"
    if not place.is_dir():
        pytest.skip("no entry summary declarations in the foreign material")
    return place


@pytest.mark.conformance
@pytest.mark.slow
def test_every_case_of_the_shared_material_agrees(material: Path) -> None:
    report = run("ens", material)
    assert [f"{case.id}: {case.reason}" for case in report.cases if case.verdict != "agree"] == []
    kinds = Counter(
        "schema" if "not valid" in c.expected else "none" if "taken" in c.expected else "rules" for c in report.cases
    )
    assert kinds["rules"] > 2400 and kinds["schema"] > 120


@pytest.mark.conformance
@pytest.mark.slow
def test_texts_are_those_of_the_expected_answers(material: Path, shared_data: Path) -> None:
    archive = shared_data / "customs" / "schemas" / "ens_business_rules_p1_p69.tar.gz"
    with tarfile.open(archive) as files:
        rules = RuleSet({m.name: files.extractfile(m).read() for m in files if m.isfile()})  # type: ignore[union-attr]
    with tarfile.open(material / "ens_rule_and_schema_cases_dev.tar.gz") as files:
        found = {m.name: files.extractfile(m).read() for m in files if m.isfile()}  # type: ignore[union-attr]
    told = 0
    for name in sorted(found)[::20]:
        answer = tree.parse(found[name])
        texts = [e.named["Text"][0].text for e in answer.named.get("Error", ()) if "Number" in e.named]
        if name.endswith(".ctl") and texts:
            problems = rules.problems(message(found[name[:-3] + "xml"]))
            assert sorted(p.label for p in problems) == sorted(texts)
            told += len(texts)
    assert told > 100


@pytest.mark.conformance
@pytest.mark.slow
def test_the_table_refuses_what_the_official_schema_refuses_and_nothing_else(shared_data: Path) -> None:
    """Thousands of spoiled messages, each judged by both."""
    place = shared_data / "customs" / "schemas" / "ens_ics"
    if not place.is_dir():
        pytest.skip("no schemas of ICS1 in the foreign material")
    schema, chance = Schema.of(place), random.Random(4)
    originals = [path.read_bytes() for path in sorted((EXAMPLES / "good").glob("*.xml"))]
    judged: Counter[bool] = Counter()
    for _ in range(3000):
        data = _spoiled(chance.choice(originals), chance)
        try:
            reader.summary(message(data))
            ours = True
        except Refusal:
            ours = False
        assert ours is not bool(schema.problems(data)), data.decode()
        judged[ours] += 1
    assert min(judged.values()) > 300


WORDS = [
    "",
    " ",
    "0",
    "007",
    "-1",
    "+1",
    "1.5",
    "1.",
    ".5",
    "1.0000",
    "12345678.901",
    "1e3",
    "A",
    "b",
    "EN",
    "GB",
    "gb",
]
WORDS += [
    "G B",
    "GB1",
    " GB1",
    "GB1 ",
    "GB\u00e9",
    "A" * 9,
    "A" * 36,
    "A" * 300,
    "12345678901234567890",
    "261131",
    "260229",
    "2400",
]
WORDS += [
    "202611222359",
    "202602302359",
    "MR000101",
    "mr000101",
    "26MR000000000118K5",
    "CC315A",
    "CC999A",
    "a\u00a0b",
    "  x  y  ",
]


def _spoiled(data: bytes, chance: random.Random) -> bytes:
    root = etree.fromstring(data)
    for _ in range(chance.choice([1, 1, 2])):
        element = chance.choice(list(root.iter())[1:])
        above = element.getparent()
        match chance.randrange(6):
            case 0 | 1 | 2 if not len(element):
                element.text = chance.choice(WORDS)
            case 3:
                above.remove(element)
            case 4:
                above.insert(above.index(element), etree.fromstring(etree.tostring(element)))
            case 5:
                other = chance.choice(list(above))
                above.insert(above.index(other), element)
            case _:
                element.tail = chance.choice(["\n", " x "])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
