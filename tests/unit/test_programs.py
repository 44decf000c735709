"""PostgreSQL's programs: which are found, and what is said when none fit."""

from pathlib import Path

import pytest

from customhouse.house.programs import DatabaseProblem, find_binaries

VERSION = "#!/bin/sh\necho 'postgres (PostgreSQL) {}.3'\n"


def programs(folder: Path, major: int) -> Path:
    folder.mkdir()
    for name in ("initdb", "pg_ctl", "postgres"):
        program = folder / name
        program.write_text(VERSION.format(major))
        program.chmod(0o755)
    return folder


@pytest.fixture
def named(tmp_path, monkeypatch):
    def name(major: int) -> Path:
        place = programs(tmp_path / f"bin{major}", major)
        monkeypatch.setenv("CUSTOMHOUSE_POSTGRES_BIN", str(place))
        return place

    return name


def test_programs_of_ones_own_go_first(named):
    place = named(16)
    assert find_binaries() == (place, 16)


def test_too_old_programs_are_not_taken(named):
    named(14)
    with pytest.raises(DatabaseProblem, match="no PostgreSQL programs were found"):
        find_binaries()


def test_programs_that_cannot_read_the_cluster_are_refused_with_what_to_do(named):
    named(16)
    with pytest.raises(DatabaseProblem, match=r"holds a cluster of PostgreSQL 18.*Install PostgreSQL 18 again"):
        find_binaries(frozenset({18}))
