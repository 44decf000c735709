"""Past declarations from CSV: both headings, and what each kind of bad input gets."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from customhouse.labs.targeting.declared import FIELDS, Declared, before, files, of_rows, read
from customhouse.labs.targeting.fault import TargetingProblem
from labs import trade

GOOD = dict.fromkeys(FIELDS, "") | {
    "id": "1", "day": "2025-03-01", "hs": "640411", "departure": "CN", "origin": "VN", "rate": "8", "mass": "10.5",
    "price": "300", "found": "1",
}  # fmt: skip


def _file(folder: Path, *rows: dict[str, str], name: str = "trade.csv") -> Path:
    return trade.write(folder / name, [list((GOOD | row).values()) for row in rows])


def test_our_heading_and_the_korean_one_say_the_same(tmp_path: Path) -> None:
    theirs = tmp_path / "korean.csv.gz"
    heading = "Declaration ID,Date,Importer ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Net Mass,Item Price,Fraud,Critical Fraud"
    theirs.write_bytes(gzip.compress(f"{heading}\n1,2025-03-01,,640411,CN,VN,8.0,10.5,300.0,1,2\n".encode()))
    one, two = read([_file(tmp_path, {})]), read([theirs])
    assert one.ids == two.ids and one.found == two.found and one.day == two.day
    for name in ("hs", "hs2", "origin", "rate", "mass", "unit", "importer", "seller"):
        assert (one.key(name) == two.key(name)).all(), name


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"day": "01/03/2025"}, "no day"),
        ({"rate": "eight"}, "no number"),
        ({"mass": "-1"}, "below zero"),
        ({"price": "nan"}, "below zero or absurd"),
        ({"price": "1e99"}, "absurd"),
        ({"hs": "64"}, "no HS code"),
        ({"hs": "６４０４１１"}, "no HS code"),
        ({"id": ""}, "has no id"),
        ({"found": "yes"}, "not 1, 0 or empty"),
    ],
)
def test_a_bad_cell_is_named_with_its_line(bad: dict[str, str], says: str, tmp_path: Path) -> None:
    with pytest.raises(TargetingProblem, match=says) as fault:
        read([_file(tmp_path, {"id": "0"}, {"id": "9"} | bad)])
    assert "trade.csv, line 3" in str(fault.value)


def test_a_declaration_twice_counts_once_and_a_contradiction_is_refused(tmp_path: Path) -> None:
    assert len(read([_file(tmp_path, {}, {})])) == 1
    with pytest.raises(TargetingProblem, match="twice with different content"):
        read([_file(tmp_path, {}, {"price": "301"})])


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_text("id,day\n1,2025-03-01\n")
    (tmp_path / "ragged.csv").write_text(",".join(FIELDS) + "\n1,2\n")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"id,day\n" * 50)[:-20])
    (tmp_path / "empty.csv").write_text(",".join(FIELDS) + "\n")
    for name, says in (
        ("short.csv", "lacks the columns"), ("ragged.csv", "2 cells under"), ("bytes.csv", "cannot be read"),
        ("cut.csv.gz", "cannot be read"), ("empty.csv", "no declaration"), ("none.csv", "not there"),
    ):  # fmt: skip
        with pytest.raises(TargetingProblem, match=says):
            read([tmp_path / name])
    with pytest.raises(TargetingProblem, match="no folder"):
        files(tmp_path / "nowhere")


def test_board_a_learns_from_training_parts_and_never_from_the_test(tmp_path: Path) -> None:
    for name in ("x_train.csv", "x_valid.csv", "x_test.csv"):
        _file(tmp_path, {}, name=name)
    test = tmp_path / "x_test.csv"
    assert [p.name for p in before(tmp_path, test)] == ["x_train.csv"]
    assert [p.name for p in files(tmp_path, test)] == ["x_train.csv", "x_valid.csv"]


def test_keys_differ_by_value_column_order_and_are_the_same_in_every_process(declared: Declared) -> None:
    assert (declared.together(("hs", "origin")) != declared.together(("origin", "hs"))).any()
    pairs = len({*zip(declared.key("hs").tolist(), declared.key("origin").tolist(), strict=True)})
    assert len(np.unique(declared.together(("hs", "origin")))) == pairs
    assert of_rows([list(GOOD.values())]).together(("hs", "origin"))[0] == 8371532555364964258
