"""The conformance kit: what it finds, what it opens, what it says; and our record on the shared material."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner
from wco_samples import AMENDMENT, CANCELLATION, bare, wrapped

from customhouse.gates import wco_xml
from customhouse.house.commands.conformance import conformance
from customhouse.house.conformance import material, run
from customhouse.kernel.problem import Refusal

MALFORMED = b"<Declaration>\n<FunctionCode>9</Declaration>"
ANSWER = b"<MetaData><Response><Declaration/></Response></MetaData>"


def _tar(members: dict[str, bytes], mode: str = "w:gz") -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "one.whatever").write_bytes(wrapped())
    (tmp_path / "two").write_bytes(gzip.compress(bare()))
    (tmp_path / "three.bin").write_bytes(_tar({"../../escape.xml": wrapped(AMENDMENT), "note.txt": b"hello"}))
    (tmp_path / "four.ZIP").write_bytes(_zip({"a/b.xml": wrapped(CANCELLATION), "in.tgz": _tar({"x": MALFORMED})}))
    (tmp_path / "five.tar").write_bytes(_tar({"answer.xml": ANSWER}, "w"))
    (tmp_path / "six.xlsx").write_bytes(_zip({"[Content_Types].xml": b"<x/>", "b.xml": wrapped()}))
    return tmp_path


def test_every_file_is_found_whatever_its_place_name_and_archive(folder: Path) -> None:
    report = run("cds", folder)
    assert {case.id: case.verdict for case in report.cases} == {
        "deep/er/one.whatever": "agree",
        "two": "agree",
        "three.bin!../../escape.xml": "agree",
        "four.ZIP!a/b.xml": "agree",
        "four.ZIP!in.tgz!x": "agree",
        "five.tar!answer.xml": "explained",
    }
    assert (report.agree, report.explained, report.mismatch, report.skipped) == (5, 1, 0, 2)
    assert {skip.id for skip in report.left_out} == {"three.bin!note.txt", "six.xlsx"}
    assert sorted(p.name for p in folder.parent.iterdir() if "escape" in p.name) == []


def test_a_malformed_declaration_is_refused_with_place_and_reason(tmp_path: Path) -> None:
    (tmp_path / "bad.xml").write_bytes(MALFORMED)
    (case,) = run("cds", tmp_path).cases
    assert (case.verdict, case.expected) == ("agree", "refused: not well-formed")
    assert "line 2, column" in case.got


def test_a_single_file_may_be_named(folder: Path) -> None:
    assert run("cds", folder / "two").agree == 1
    assert run("cds", folder / "four.ZIP").agree == 2


def test_a_gate_that_loses_something_is_caught(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = wco_xml.write

    def careless(lodgement: object, metadata: object) -> bytes:
        return honest(lodgement, metadata).replace(b"<TypeCode>IMA</TypeCode>", b"")

    monkeypatch.setattr(wco_xml, "write", careless)
    report = run("cds", folder)
    wrong = {case.id: case.reason for case in report.cases if case.verdict == "mismatch"}
    assert set(wrong) == {"deep/er/one.whatever", "two"}
    assert "TypeCode became" in wrong["two"]


def test_broken_and_hostile_archives_cost_a_line_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(material, "MAX_PIECE", 10_000)
    (tmp_path / "a.zip").write_bytes(_zip({"x": b"y" * 500})[:60])
    (tmp_path / "b.gz").write_bytes(gzip.compress(b"\0" * 5_000_000))
    (tmp_path / "c.tgz").write_bytes(_tar({"huge": b"<" * 50_000, "good.xml": bare()}))
    nest = bare()
    for _ in range(6):
        nest = _zip({"again": nest})
    (tmp_path / "d.zip").write_bytes(nest)
    (tmp_path / "e.gz").write_bytes(gzip.compress(bare())[:-20])
    report = run("cds", tmp_path)
    assert [case.id for case in report.cases] == ["c.tgz!good.xml"]
    reasons = {skip.id: skip.reason for skip in report.left_out}
    assert "larger than" in reasons["b.gz"]
    assert "larger than" in reasons["c.tgz!huge"]
    assert "cannot be read" in reasons["a.zip"]
    assert "cannot be read" in reasons["e.gz"]
    assert any("nested" in reason for reason in reasons.values())


def test_a_failure_of_the_house_is_a_mismatch_and_the_run_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError("within")

    monkeypatch.setattr(wco_xml, "read_message", failing)
    report = run("cds", folder)
    assert report.mismatch == 4
    assert "ZeroDivisionError: within" in report.cases[0].got


def test_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.xml"
    outside.write_bytes(bare())
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.xml").symlink_to(outside)
    assert run("cds", tmp_path / "in").cases == ()


def test_unknown_subject_and_directory_are_told(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"UnknownSubject.*cds"):
        run("tea", tmp_path)
    with pytest.raises(Refusal, match="UnreadableFile"):
        run("cds", tmp_path / "nowhere")
    with pytest.raises(Refusal, match="NoSchema"):
        run("cds", tmp_path, tmp_path)


def _command(*arguments: object):
    app = typer.Typer()
    app.command()(conformance)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_the_command_prints_one_json_object(folder: Path) -> None:
    result = _command("cds", folder, "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert [report[key] for key in ("agree", "explained", "mismatch", "skipped")] == [5, 1, 0, 2]
    assert set(report["cases"][0]) == {"id", "verdict", "expected", "got", "reason"}


def test_the_command_prints_a_table_for_people(folder: Path) -> None:
    assert "agree" in _command("cds", folder).stdout


def test_exit_codes(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert _command("cds", empty).exit_code == 2
    assert _command("tea", folder).exit_code == 2
    monkeypatch.setattr(wco_xml, "write", lambda lodgement, metadata: b"<Declaration/>")
    assert _command("cds", folder, "--json").exit_code == 1


@pytest.fixture(scope="module")
def schemas(shared_data: Path) -> Path:
    for found in sorted(shared_data.rglob("WCO_DEC_2_DMS.xsd")):
        return found.parents[1]
    pytest.skip("the official schemas are absent")


@pytest.fixture(scope="module")
def pack(shared_data: Path) -> Path:
    found = sorted(shared_data.rglob("cds_annotated*"))
    return found[0] if found else pytest.skip("the annotated declarations are absent")


@pytest.mark.conformance
@pytest.mark.parametrize("valid", [True, False])
def test_the_annotated_declarations_agree(pack: Path, schemas: Path, valid: bool) -> None:
    report = run("cds", pack, schemas if valid else None)
    assert [case for case in report.cases if case.verdict == "mismatch"] == []
    messages = [case for case in report.cases if not case.by and "(order" not in case.id]
    if valid:
        assert [case for case in messages if case.verdict != "agree"] == []
        assert len(messages) > 560
    assert sum(report.by.values()) > 55


@pytest.mark.conformance
def test_schema_errors_come_all_at_once_with_line_and_path(schemas: Path) -> None:
    schema = wco_xml.Schema(schemas)
    assert wco_xml.read(wrapped(), schema).lrn == "LANTERN-0001"
    assert wco_xml.read(bare(), schema) == wco_xml.read(wrapped(), schema)
    broken = wrapped().replace(b">IMA<", b">IMABLE<").replace(b">TSP<", b">TSPTSP<").replace(b"Origin>", b"Orgin>")
    with pytest.raises(Refusal) as caught:
        wco_xml.read(broken, schema)
    found = {(p.rule, p.where) for p in caught.value.problems}
    item = "GoodsShipment/GovernmentAgencyGoodsItem[1]"
    assert ("SchemaInvalid", "TypeCode") in found
    assert ("SchemaInvalid", f"{item}/Commodity/Classification[1]/IdentificationTypeCode") in found
    assert ("SchemaInvalid", f"{item}/Orgin") in found
    assert all("line " in p.label and "urn:" not in p.label for p in caught.value.problems)


@pytest.mark.conformance
def test_what_is_written_from_amendment_and_cancellation_is_valid(schemas: Path) -> None:
    schema = wco_xml.Schema(schemas)
    for body in (AMENDMENT, CANCELLATION):
        read = wco_xml.read(wrapped(body), schema)
        assert wco_xml.read(wco_xml.write(read), schema) == read


@pytest.mark.conformance
def test_schemas_among_the_material_are_used(schemas: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(schemas, tmp_path / "xsd", copy_function=shutil.copyfile)
    (tmp_path / "a.xml").write_bytes(wrapped().replace(b">IMA<", b">IMABLE<"))
    (case,) = run("cds", tmp_path).cases
    assert (case.verdict, case.expected) == ("agree", "refused: not valid against the schema")
