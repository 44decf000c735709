"""Files that are no Books, or no longer: each is refused, and says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from customhouse.law.binding import FORMAT, HEAD, MAGIC, CodeIndex, NotABook, Volume, by_code, seal
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory

GOOD = compile_pack(country_directory("meridia"))


def wrong(data: bytes, tmp_path: Path, words: str) -> None:
    path = tmp_path / "wrong.book"
    path.write_bytes(data)
    for source in (data, path):
        with pytest.raises(NotABook, match=words):
            Book.open(source)


@pytest.mark.parametrize("data", [b"", b"nothing", b"CUSTOMHOUSE BOOK", b"\x90" * 4000])
def test_something_else(data: bytes, tmp_path: Path) -> None:
    wrong(data, tmp_path, "not a compiled Book")


@pytest.mark.parametrize("length", [HEAD.size, 100, len(GOOD) // 2, len(GOOD) - 1])
def test_a_part_of_one(length: int, tmp_path: Path) -> None:
    wrong(GOOD[:length], tmp_path, rf"not whole: it has {length} bytes of {len(GOOD)}")


def test_more_than_one(tmp_path: Path) -> None:
    wrong(GOOD + b"more", tmp_path, "not whole")


@pytest.mark.parametrize("place", [HEAD.size + 3, 5000, len(GOOD) // 2, len(GOOD) - 40, len(GOOD) - 1])
def test_one_that_was_changed(place: int, tmp_path: Path) -> None:
    changed = bytearray(GOOD)
    changed[place] ^= 1
    wrong(bytes(changed), tmp_path, "seal does not hold")


def test_one_of_another_format(tmp_path: Path) -> None:
    wrong(
        HEAD.pack(MAGIC, FORMAT + 1, 0, len(GOOD)) + GOOD[HEAD.size :],
        tmp_path,
        f"format {FORMAT + 1}; .* reads {FORMAT}",
    )


def test_one_with_other_words(tmp_path: Path) -> None:
    wrong(seal({"head": b"\xa5words"}), tmp_path, "another edition")


def test_a_file_that_is_away() -> None:
    with pytest.raises(FileNotFoundError):
        Book.open(Path("nowhere.book"))


def test_codes_and_those_they_fall_under() -> None:
    volume = Volume(
        seal(by_code("words", {code: code.encode() for code in ("", "01", "0102", "010210", "0103", "02", "9")}))
    )
    index = CodeIndex(volume, "words")
    asked = {
        "010210": ["010210", "0102", "01", ""],
        "0102109999": ["010210", "0102", "01", ""],
        "01021": ["0102", "01", ""],
        "0104": ["01", ""],
        "0": [""],
        "": [""],
        "03": [""],
        "99": ["9", ""],
    }
    for code, found in asked.items():
        assert [bytes(index.block(n)).decode() for n in index.covering(code)] == found
    assert CodeIndex(Volume(seal(by_code("words", {}))), "words").covering("01") == []


def test_a_code_has_an_end() -> None:
    with pytest.raises(ValueError, match="longer than"):
        by_code("words", {"1" * 40: b""})
