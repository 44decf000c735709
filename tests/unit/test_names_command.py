"""`customhouse names`: compare, screen and board from the command line, with what bad input gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from customhouse.house.commands.names import app
from customhouse.house.fault import HouseProblem

LIST = (
    "name,reference,kind,programme\nMarguerite Delacroix,P1,person,Own\nAmber Coast Shipping Ltd,P2,organisation,Own\n"
)


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = tmp_path / "own.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_compare_says_why() -> None:
    code, told = run("compare", "Маргарита Делакруа", "Margarita Delakrua", "--kind", "person")
    assert code == 0
    assert "one party" in told
    assert "another script" in told


def test_screen_finds_a_misspelled_party_and_says_so_by_its_exit_code(own: Path) -> None:
    code, told = run("screen", "Delacroix, Margerite", "--list", own, "--json")
    assert code == 1
    alarm = json.loads(told)
    assert (alarm["reference"], alarm["match"]) == ("P1", True)
    assert alarm["why"]
    assert run("screen", "Bernard Sokolov", "--list", own) == (0, "Nobody on 2 listed names\n")


def test_bad_words_get_a_clear_error(own: Path) -> None:
    with pytest.raises(HouseProblem, match="no kind horse"):
        run("compare", "a", "b", "--kind", "horse")
    own.write_text(LIST + "X,P3,horse,Own\n", encoding="utf-8")
    with pytest.raises(HouseProblem, match="line 4"):
        run("screen", "X", "--list", own)
    assert run("screen", "Marguerite Delacroix", "--list", own, "--skip-bad")[0] == 1


def test_a_folder_without_material(tmp_path: Path) -> None:
    with pytest.raises(HouseProblem, match="neither pairs"):
        run("board", tmp_path)


def test_the_board_measures_writes_its_page_and_tells_what_it_left_out(tmp_path: Path) -> None:
    rows = ["name1,name2,is_match,schema,quality"]
    rows += [f"Marguerite Delacroi{end},Marguerite Delacroix,true,Person,STRONG" for end in "xsz"]
    rows += [f"{first} Sokolov,Marguerite Sokolov,false,Person,MEDIUM" for first in ("Bernard", "Ivan", "Otto")]
    rows += ["Somebody,Nobody,perhaps,Person,WEAK"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "cases.csv").write_text("\n".join(rows), encoding="utf-8")
    code, told = run("board", tmp_path / "in", "--json", "--to", tmp_path / "out")
    board = json.loads(told)
    assert code == 0
    assert (board["pairs"]["pairs"], board["pairs"]["f1"], board["pairs"]["strong_right"]) == (6, 1.0, 1.0)
    assert board["not_read"] == ["cases.csv:line 8: no pair with its truth; left out"]
    assert json.loads((tmp_path / "out" / "names.json").read_text()) == board
    assert "<svg" in (tmp_path / "out" / "names.html").read_text()
    rows[1] = "Marguerite Delacroix,Marguerite Delacroix,false,Person,STRONG"
    (tmp_path / "in" / "cases.csv").write_text("\n".join(rows), encoding="utf-8")
    assert run("board", tmp_path / "in")[0] == 1


@pytest.mark.conformance
@pytest.mark.slow
def test_the_bars_on_foreign_material(shared_data: Path) -> None:
    folder = shared_data / "risk" / "names"
    if not folder.is_dir():
        pytest.skip("no names among the shared data")
    _, told = run("board", folder, "--json")
    board = json.loads(told)
    assert board["pairs"]["unseen"]["f1"] >= 0.88
    assert board["pairs"]["strong_right"] == 1.0
    assert board["screening"]["false_positives"] <= 0.005
    assert all(one["recall"] >= 0.996 for one in board["screening"]["sets"].values())
