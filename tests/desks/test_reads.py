"""Who read what is recorded, also what was refused; the trader is told which offices read its file, and no names."""

from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
import pytest
from django.db import ProgrammingError
from django.test import Client
from tests.registry import papers
from tests.registry.papers import rows

from customhouse.record.declaration import Declaration, Role
from customhouse.registry import people, reads
from customhouse.registry.reader import NOBODY, of_person, reading


def recorded(d: Declaration) -> list[tuple[str, ...]]:
    """(by, role, what, ground) of what was read of a declaration, in order."""
    return rows("select by, role, what, ground from file_read where declaration = %s order by id", d.id)


def test_reading_a_file_leaves_a_row(desk: Callable[..., Client], yellow: Declaration) -> None:
    desk("broker").get(f"/declaration/{yellow.mrn}", REMOTE_ADDR="192.0.2.7")
    desk("officer").get(f"/declaration/{yellow.id}/message")
    desk("auditor").get(f"/declaration/{yellow.id}")
    assert recorded(yellow) == [
        ("broker", "broker", "declaration", "party"),
        ("officer", "officer", "message", "office"),
        ("auditor", "auditor", "declaration", "all"),
    ]
    assert rows("select trader, address from file_read where declaration = %s and by = 'broker'", yellow.id) == [
        (papers.BROKER, "192.0.2.7")
    ]


def test_an_attempt_at_a_foreign_file_leaves_a_row(desk: Callable[..., Client], foreign: Declaration) -> None:
    for where in (
        f"/declaration/{foreign.mrn}",
        f"/declaration/{foreign.id}/message",
        f"/declaration/{foreign.id}/amend",
    ):
        assert desk("broker").get(where).status_code == 404
    assert recorded(foreign) == [("broker", "broker", "declaration", "refused")] * 3
    token = people.issue_token(papers.BROKER, "reads")
    assert (
        Client().get(f"/api/v1/declarations/{foreign.mrn}", headers={"authorization": f"Bearer {token}"}).status_code
        == 404
    )
    assert recorded(foreign)[-1] == (f"software of {papers.BROKER}", "broker", "api", "refused")
    missing = "999999999999"
    assert desk("broker").get(f"/declaration/{missing}").status_code == 404
    assert rows("select by, ground from file_read where asked = %s", missing)[-1] == ("broker", "refused")


def test_software_that_reads_leaves_a_row(house: None, yellow: Declaration) -> None:
    token = people.issue_token(papers.BROKER, "reads")
    answer = Client().get(f"/api/v1/declarations/{yellow.mrn}", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert recorded(yellow)[-1] == (f"software of {papers.BROKER}", "broker", "api", "own")


def test_a_search_of_staff_leaves_a_row(desk: Callable[..., Client], house: None) -> None:
    desk("officer").get("/worklist?q=insecticide")
    assert rows(
        "select by, what, asked, declaration from file_read where what = 'search' order by id desc limit 1"
    ) == [("officer", "search", "insecticide", None)]


def test_the_auditor_sees_who_read_a_file(desk: Callable[..., Client], yellow: Declaration) -> None:
    desk("agent").get(f"/declaration/{yellow.mrn}")
    for account in ("auditor", "supervisor", "administrator"):
        page = desk(account).get(f"/reads?of={yellow.mrn if account != 'auditor' else yellow.id}").content.decode()
        assert "agent<span" in page
        assert desk(account).get("/reads?of=agent").content.decode().count("<tr>") > 1
        assert "Nothing matches" in desk(account).get("/reads?of=nobody-at-all").content.decode()
        assert "agent<span" not in desk(account).get(f"/reads?of={yellow.id}&refused=1").content.decode()
    assert desk("administrator").get(f"/declaration/{yellow.mrn}").status_code == 403
    assert desk("officer").get("/reads").status_code == 403
    assert desk("broker").get("/reads").status_code == 403
    for odd in ("%00", "9" * 30, "²", "x' or 1=1"):
        assert desk("auditor").get(f"/reads?of={odd}&before=²").status_code == 200


def test_a_trader_sees_which_offices_read_its_file_and_no_names(
    desk: Callable[..., Client], yellow: Declaration, foreign: Declaration
) -> None:
    desk("agent").get(f"/declaration/{yellow.mrn}")
    desk("broker").get(f"/declaration/{yellow.mrn}")
    page = desk("broker").get(f"/declaration/{yellow.id}/reads").content.decode()
    assert '<td data-label="Reader">Officer</td>' in page
    assert '<td data-label="Reader">Broker</td>' not in page
    assert "agent" not in page.split("<main")[1]
    assert "With names" not in page
    assert "With names" in desk("auditor").get(f"/declaration/{yellow.id}/reads").content.decode()
    assert desk("broker").get(f"/declaration/{foreign.id}/reads").status_code == 404


def test_what_was_read_is_never_changed(house: None, yellow: Declaration) -> None:
    reads.record(reads.Read(by="x", role="officer", what="declaration", ground="office", declaration=yellow.id))
    for statement in ("update file_read set by = 'y'", "delete from file_read", "truncate file_read"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            rows(statement)
    owner, told = os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"], "never changed"
    with psycopg.connect(owner) as raw, pytest.raises(psycopg.errors.RaiseException, match=told):
        raw.execute("delete from file_read")


def test_reads_are_seen_by_those_who_may(house: None, yellow: Declaration, foreign: Declaration) -> None:
    for d in (yellow, foreign):
        reads.record(reads.Read(by="x", role="officer", what="declaration", ground="office", declaration=d.id))
    count = "select count(distinct declaration) from file_read where declaration in (%s, %s)"
    for who, n in (
        (NOBODY, 0),
        (of_person(Role.ADMINISTRATOR), 2),
        (of_person(Role.AUDITOR), 2),
        (of_person(Role.BROKER, traders=[papers.BROKER]), 1),
    ):
        with reading(who):
            assert rows(count, yellow.id, foreign.id) == [(n,)]
