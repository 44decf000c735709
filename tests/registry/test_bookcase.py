"""The files of published Books: written once for all processes, mapped, made again when damaged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from customhouse.house.paths import data_dir
from customhouse.law.book import Book, NotABook, compile_pack
from customhouse.law.pack import country_directory
from customhouse.registry import bookcase, lawbook

pytestmark = pytest.mark.usefixtures("house")
TODAY = date(2026, 11, 24)
GOOD = compile_pack(country_directory("meridia"))
HASH = Book.open(GOOD).hash


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A bookcase of the test's own."""
    bookcase.use(tmp_path / "books")
    yield tmp_path / "books"
    bookcase.use(data_dir() / "books")


def fresh() -> tuple[lawbook.Shelf, list[str]]:
    """The shelf of a process that starts now, and the Books whose bytes it wants from the database."""
    shelf, fetched = lawbook.Shelf(), []
    with lawbook.connection.cursor() as cursor:
        cursor.execute(lawbook.LIST)
        for row in shelf.missing(cursor.fetchall()):
            cursor.execute(lawbook.CONTENTS.format(row[0]))
            shelf.put(row, bytes(cursor.fetchone()[0]))
            fetched.append(row[1])
    return shelf, fetched


def test_the_first_process_writes_the_file_and_the_next_maps_it(folder: Path) -> None:
    shelf, fetched = fresh()
    assert HASH in fetched and shelf.on(TODAY).hash == HASH
    path = folder / f"{HASH}.book"
    assert path.read_bytes() == GOOD and path.stat().st_mode & 0o777 == 0o444
    assert [p.suffix for p in folder.iterdir()] == [".book"] * len(set(fetched))
    again, wanted = fresh()
    assert wanted == [] and again.on(TODAY).hash == HASH
    assert str(path) in Path("/proc/self/maps").read_text()


def test_processes_share_the_pages(folder: Path) -> None:
    fresh()
    script = (
        "import django; django.setup(); from datetime import date; from pathlib import Path; from customhouse.registry import lawbook; "
        f"lawbook.current(date(2026, 11, 24)); print('{HASH}.book' in Path('/proc/self/maps').read_text())"
    )
    data = folder.parent
    environment = {**os.environ, "CUSTOMHOUSE_DATA": str(data)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


@pytest.mark.parametrize("damage", [b"", GOOD[:-1], GOOD[:5000] + b"x" + GOOD[5001:]])
def test_a_damaged_file_is_made_again(folder: Path, damage: bytes) -> None:
    shelf, _ = fresh()
    last = shelf.editions[-1].hash
    path = folder / f"{last}.book"
    path.chmod(0o644)
    path.unlink()
    path.write_bytes(damage)
    again, fetched = fresh()
    assert fetched == [last] and again.editions[-1].book.hash == last


def test_the_file_of_another_book_is_not_taken(folder: Path) -> None:
    folder.mkdir()
    (folder / "00.book").write_bytes(GOOD)
    with pytest.raises(NotABook, match="really"):
        bookcase.opened("00", folder / "00.book")
    (folder / "11.book").write_bytes(GOOD[:100])
    with pytest.raises(NotABook, match=r"11\.book.*not whole.*Remove the file"):
        bookcase.opened("11", folder / "11.book")


def test_where_nothing_can_be_written_the_bytes_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    bookcase.use(tmp_path / "file" / "books")
    try:
        assert bookcase.place(HASH) is None and bookcase.keep(HASH, GOOD) is GOOD
        shelf, _ = fresh()
        assert shelf.on(TODAY).hash == HASH
        bookcase.use(None)
        assert bookcase.keep(HASH, GOOD) is GOOD
    finally:
        bookcase.use(data_dir() / "books")
