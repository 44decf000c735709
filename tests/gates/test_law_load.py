"""`law load` puts foreign law into a layer of a pack: whole or not at all, the same files twice change nothing."""

from __future__ import annotations

import json
import shutil
import tarfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.gates.taric3_samples import TARIFF, row, source
from typer.testing import CliRunner

from customhouse.house.commands.law import app
from customhouse.house.loading import KINDS
from customhouse.law import pack_write
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import PackError

UNITS = '[{"commonCode": "KGM", "name": "kilogram", "state": "ACTIVE"}, {"commonCode": "XBX", "name": "lantern box", "state": "ACTIVE"}]'
PLACES = "XMPOR,Port Meridia,1,,,-12.5,141.25\n"


def load(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["load", *map(str, arguments)])


def held(place: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(place.iterdir())}


def test_a_tariff_is_loaded_compiled_and_in_force(pack: Path, tmp_path: Path) -> None:
    envelope = tmp_path / "tariff.xml"
    envelope.write_bytes(source([r for r in TARIFF if r[2].get("measure.sid") != "105"]).data)
    result = load("taric3", envelope, "--to", pack / "first")
    assert result.exit_code == 0, result.output
    assert "not understood" in result.output
    assert "customhouse law check" in result.output
    law = Book.open(compile_pack(pack)).on(date(2026, 5, 1))
    assert {m.id for m in law.measures("0102290035", "FR")} >= {"100/0102290035", "101"}
    assert "N954" in law.codes("documents")
    assert law.contents.documents["N954"] == law.contents.documents["N954"] | {"fr": "Certificat de circulation"}


def test_loading_again_changes_not_a_byte_and_a_later_envelope_applies(pack: Path, tmp_path: Path) -> None:
    first, later = tmp_path / "1.xml", tmp_path / "2.xml"
    first.write_bytes(source(TARIFF).data)
    later.write_bytes(
        source([row("measure.component", "delete", measure_sid="100", duty_expression_id="17")], envelope="260002").data
    )
    assert load("taric3", first, "--to", pack / "first").exit_code == 0
    before = held(pack / "first")
    again = load("taric3", first, "--to", pack / "first")
    assert "is as it was" in again.output
    assert held(pack / "first") == before
    assert load("taric3", later, "--to", pack / "first").exit_code == 0
    assert b"147 EUR / DTN,," in held(pack / "first")["measures.csv"]
    after = held(pack / "first")
    load("taric3", tmp_path, "--to", pack / "first")
    assert held(pack / "first") == after


def test_lists_of_several_layers_are_read_by_rules(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "units.json").write_text(UNITS)
    (tmp_path / "places.csv").write_text(PLACES)
    assert load("units", tmp_path / "units.json", "--to", pack / "first", "--from", "2026-03-01").exit_code == 0
    assert load("unlocode", tmp_path / "places.csv", "--to", pack / "second").exit_code == 0
    with (pack / "rules.toml").open("a") as rules:
        rules.write('\n[[rule]]\nid = "T1"\nexpression = "code not in units"\nsource = "Test"\nwhere = ""\n')
        rules.write('text = { en = "Goods are no unit", fr = "Une marchandise" }\n')
    try:
        book = Book.open(compile_pack(pack))
    except PackError as fault:
        pytest.fail(str(fault))
    assert book.on(date(2026, 3, 1)).codes("units") == {"KGM", "XBX"}
    assert book.on(date(2026, 2, 28)).codes("units") == frozenset()
    assert book.on(date(2026, 3, 1)).codes("places") == {"XMPOR"}


def test_a_new_edition_of_a_list_takes_away_what_it_no_longer_has(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "units.json").write_text(UNITS)
    load("units", tmp_path / "units.json", "--to", pack / "first")
    (tmp_path / "units.json").write_text(UNITS.replace("XBX", "XBY").replace("kilogram", "kilo"))
    result = load("units", tmp_path / "units.json", "--to", pack / "first")
    assert "entries        +1 ~1 -1 =0" in result.output


def test_with_anything_wrong_nothing_is_loaded_and_all_of_it_is_told(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(UNITS)
    load("units", tmp_path / "good.json", "--to", pack / "first")
    before = held(pack / "first")
    (tmp_path / "bad.json").write_text('[{"name": "x"}, {"commonCode": "AA", "name": "y"}, {"name": "z"}]')
    result = load("units", tmp_path / "bad.json", "--to", pack / "first")
    assert result.exit_code == 1
    assert result.output.count("BrokenRow") == 2
    assert "nothing was loaded" in result.output
    assert held(pack / "first") == before
    skipped = load("units", tmp_path / "bad.json", "--to", pack / "first", "--skip-bad")
    assert skipped.exit_code == 0
    assert "1 taken, 0 kept as a note only, 2 not understood" in skipped.output


def test_strict_refuses_for_warnings_and_dry_run_writes_nothing(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "places.csv").write_text("XMPOR,Port Meridia,1,,,99,0\n")
    assert load("unlocode", tmp_path / "places.csv", "--to", pack / "first", "--strict").exit_code == 1
    result = load("unlocode", tmp_path / "places.csv", "--to", pack / "first", "--dry-run", "--json")
    told = json.loads(result.output)
    assert (told["written"], told["changes"][0]["added"]) == (False, 1)
    assert held(pack / "first") == {}


def test_a_crash_while_writing_leaves_the_layer_as_it_was(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "units.json").write_text(UNITS)
    load("units", tmp_path / "units.json", "--to", pack / "first")
    before = held(pack / "first")
    (tmp_path / "units.json").write_text(UNITS.replace("kilogram", "kilo"))

    def full(*_: object) -> None:
        raise OSError("No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(pack_write, "_sync", full)
        assert load("units", tmp_path / "units.json", "--to", pack / "first").exit_code == 1
    assert held(pack / "first") == before
    assert not [p for p in pack.iterdir() if p.name.startswith(".first")]


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("tea", "{file}", "--to", "{pack}/first"), "UnknownKind"),
        (("units", "{file}", "--to", "{file}/first"), "NotAPack"),
        (("units", "{pack}/nowhere", "--to", "{pack}/first"), "UnreadableFile"),
        (("units", "{pack}/first", "--to", "{pack}/first"), "UnreadableFile"),
    ],
)
def test_what_cannot_be_loaded_says_what_next(
    pack: Path, tmp_path: Path, arguments: tuple[str, ...], rule: str
) -> None:
    file = tmp_path / "units.json"
    file.write_text(UNITS)
    result = load(*(a.format(file=file, pack=pack) for a in arguments))
    assert result.exit_code == 1
    assert rule in result.output


def test_a_layer_spoilt_by_hand_is_not_overwritten(pack: Path, tmp_path: Path) -> None:
    (tmp_path / "units.json").write_text(UNITS)
    (pack / "first" / "lists.csv").write_text("list,code,en,fr,from,until,source\nunits,KGM,kilo,kilo,yesterday,,Me\n")
    result = load("units", tmp_path / "units.json", "--to", pack / "first")
    assert result.exit_code == 1
    assert "lists.csv:2" in result.output


def test_archives_and_folders_are_opened(pack: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "documentTypes.json").write_text('[{"code": "N935", "en": "Invoice"}]')
    with tarfile.open(folder / "lists.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "documentTypes.json", "lists/documentTypes.json")
    assert load("lists", folder, "--to", pack / "first").exit_code == 0
    assert b"documents,N935,Invoice,Invoice" in held(pack / "first")["lists.csv"]


def test_a_layer_that_is_named_and_not_there_is_told(pack: Path) -> None:
    shutil.rmtree(pack / "second")
    with pytest.raises(PackError, match="no such folder"):
        compile_pack(pack)


def test_groups_of_origins_in_a_circle_are_told_when_a_pack_is_checked(pack: Path) -> None:
    (pack / "first" / "areas.csv").write_text("group,country,from,until,source\nAA1,BB1,,,T\nBB1,AA1,,,T\n")
    with pytest.raises(PackError, match="AA1 in BB1 in AA1"):
        compile_pack(pack)


def test_every_kind_is_listed_and_documented() -> None:
    listed = CliRunner().invoke(app, ["kinds"]).output
    told = (Path(__file__).parents[2] / "docs" / "law.md").read_text()
    for kind in KINDS:
        assert kind in listed
        assert f"`{kind}`" in told


def test_a_tariff_table_is_loaded_by_the_column_that_is_asked_for(pack: Path, tmp_path: Path) -> None:
    pytest.importorskip("customhouse.gates.tariff_csv", reason="the gate for tariff tables is absent")
    table = "commodity,description,one_duty_rate,two_duty_rate\n0102291000,Lanterns,5.00%,12.00%\n01022990,Lamps,nonsense,0.00%\n"
    (tmp_path / "table.csv").write_text(table)
    assert "WhichColumn" in load("tariff-csv", tmp_path / "table.csv", "--to", pack / "first").output
    assert (
        "UnknownRate"
        in load("tariff-csv", tmp_path / "table.csv", "--to", pack / "first", "--column", "one_duty_rate").output
    )
    assert held(pack / "first") == {}
    arguments = ("tariff-csv", tmp_path / "table.csv", "--to", pack / "first", "--column", "two_duty_rate")
    assert load(*arguments).exit_code == 0
    assert held(pack / "first")["measures.csv"].count(b",A00,*,") == 2
    assert "is as it was" in load(*arguments).output
