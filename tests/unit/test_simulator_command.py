"""`customhouse simulate --to`: files that the house can read, and the truth in one file beside them."""

import json

from typer.testing import CliRunner

from customhouse.gates import wco_xml
from customhouse.house.cli import app
from customhouse.record.codec import decode_lodgement
from customhouse.simulator.truth import read_line

RUN = CliRunner()


def written(folder, *options):
    done = RUN.invoke(app, ["simulate", "--to", str(folder), "--seed", "4", "--start", "2026-05-04", *options])
    assert done.exit_code == 0, done.output
    return folder


def test_json_files_and_their_truth(tmp_path):
    folder = written(tmp_path / "out", "--n", "12")
    truths = [read_line(line) for line in (folder / "truth.jsonl").read_bytes().splitlines()]
    lodged = {p.stem: decode_lodgement(p.read_bytes()) for p in folder.glob("*.json")}
    assert len(lodged) == 12 and set(lodged) == {t.lrn for t in truths}
    assert all(x.lrn == name for name, x in lodged.items())


def test_xml_files_say_the_same_as_json_files(tmp_path):
    xml = written(tmp_path / "xml", "--n", "40", "--format", "xml")
    plain = written(tmp_path / "json", "--n", "40")
    for path in xml.glob("*.xml"):
        assert wco_xml.read(path.read_bytes()) == decode_lodgement((plain / f"{path.stem}.json").read_bytes())


def test_the_same_seed_writes_the_same_bytes(tmp_path):
    one, two = written(tmp_path / "1", "--n", "15"), written(tmp_path / "2", "--n", "15")
    assert {p.name: p.read_bytes() for p in one.iterdir()} == {p.name: p.read_bytes() for p in two.iterdir()}


def test_the_truth_may_go_elsewhere_and_is_not_among_the_declarations(tmp_path):
    folder = written(tmp_path / "out", "--n", "3", "--truth", str(tmp_path / "kept" / "truth.jsonl"))
    assert len(list(folder.iterdir())) == 3
    lines = (tmp_path / "kept" / "truth.jsonl").read_text().splitlines()
    assert [json.loads(line)["honest"] for line in lines]


def test_an_unknown_format_is_refused_with_the_known_ones(tmp_path):
    done = RUN.invoke(app, ["simulate", "--to", str(tmp_path), "--format", "edifact"])
    assert done.exit_code == 2 and "json or xml" in done.output
