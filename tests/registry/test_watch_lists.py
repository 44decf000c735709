"""Watch lists as kept: versions, the one that counts, nothing changed, nobody outside shown a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.db import DatabaseError, connection, transaction

from customhouse.clearance import screening
from customhouse.kernel.problem import Problem
from customhouse.record.watch_list import ListedParty, PartyKind, WatchList
from customhouse.registry import watch_lists
from customhouse.registry.reader import NOBODY, reading

pytestmark = pytest.mark.usefixtures("house")
AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
GUILD = ListedParty("A1", ("Amber Guild", "Янтарь"), PartyKind.ORGANISATION, "Own", date(2026, 1, 2))
MARGOT = ListedParty("A2", ("Margot Lacroix",), PartyKind.PERSON)


@pytest.fixture(autouse=True)
def _no_list_counts_afterwards() -> Iterator[None]:
    """What other tests lodge is not screened against the lists of these."""
    yield
    for one in watch_lists.counting():
        watch_lists.withdraw(one.name, "tester", AT)
    screening.HERE.forget()


def test_a_list_is_withdrawn_and_may_come_back() -> None:
    first = watch_lists.keep("gone", listed(GUILD), "tester", AT).version
    gone = watch_lists.withdraw("gone", "tester", AT)
    assert gone.withdrawn and "gone" not in {one.name for one in watch_lists.counting()}
    with pytest.raises(KeyError):
        watch_lists.withdraw("gone", "tester", AT)
    assert watch_lists.parties(first.number) == (GUILD,)
    again = watch_lists.keep("gone", listed(GUILD), "tester", AT)
    assert not again.again and [one.withdrawn for one in watch_lists.versions("gone")] == [False, True, False]


def listed(*parties: ListedParty, mark: str = "a") -> WatchList:
    return WatchList(
        "csv", mark * 64, parties, date(2026, 11, 1), (Problem("NoName", "No name", "line 3", "Give one"),)
    )


def test_the_newest_version_counts_and_the_older_stays() -> None:
    first = watch_lists.keep("own", listed(GUILD), "tester", AT).version
    second = watch_lists.keep("own", listed(GUILD, MARGOT, mark="b"), "tester", AT).version
    assert [one.number for one in watch_lists.versions("own")] == [second.number, first.number]
    assert [one.number for one in watch_lists.counting() if one.name == "own"] == [second.number]
    assert watch_lists.parties(first.number) == (GUILD,)
    assert watch_lists.parties(second.number) == (GUILD, MARGOT)
    assert (second.parties, second.names, second.skipped, second.digest, second.dated) == (
        2,
        3,
        1,
        "b" * 64,
        date(2026, 11, 1),
    )


def test_the_same_files_are_kept_once_and_an_old_list_may_come_back() -> None:
    first = watch_lists.keep("same", listed(GUILD), "tester", AT)
    assert not first.again
    again = watch_lists.keep("same", listed(GUILD), "tester", AT)
    assert (again.again, again.version) == (True, first.version)
    watch_lists.keep("same", listed(MARGOT, mark="b"), "tester", AT)
    back = watch_lists.keep("same", listed(GUILD), "tester", AT)
    assert not back.again
    assert len(watch_lists.versions("same")) == 3


def test_nothing_that_was_kept_is_changed() -> None:
    number = watch_lists.keep("final", listed(GUILD), "tester", AT).version.number
    for order in ("update watch_list set name = 'x' where id = %s", "delete from watch_list where id = %s"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(order, [number])
    assert watch_lists.parties(number) == (GUILD,)


def test_a_version_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        watch_lists.parties(999_999_999)


def test_outside_customs_nobody_is_shown_a_list() -> None:
    watch_lists.keep("secret", listed(GUILD), "tester", AT)
    with reading(NOBODY):
        assert watch_lists.versions("secret") == ()


def test_the_command_keeps_a_list_screens_with_it_and_tells_its_day(tmp_path, monkeypatch) -> None:
    from typer.testing import CliRunner

    from customhouse.house import start
    from customhouse.house.commands.names import app
    from customhouse.house.fault import HouseProblem

    monkeypatch.setattr(start, "ensure_database", lambda seed: None)  # the tests' own database is up already
    file = tmp_path / "own.csv"
    file.write_text("name,reference\nQuirina Vandermolen,Q1\n", encoding="utf-8")

    def run(*words: object):
        done = CliRunner().invoke(app, [str(word) for word in words])
        if isinstance(done.exception, HouseProblem):
            raise done.exception
        return done

    words = ("load", file, "--name", "clerk", "--dated", "2026-11-20")
    assert "counts from now on" in run(*words).stdout
    assert "counts already" in run(*words).stdout
    assert "of 2026-11-20: 1 parties" in run("lists").stdout
    alarm = run("screen", "Vandermolen, Qirina", "--json")
    assert alarm.exit_code == 1
    assert '"reference": "Q1"' in alarm.stdout
    with pytest.raises(HouseProblem, match="needs a name"):
        run("load", file, "--name", " ")
