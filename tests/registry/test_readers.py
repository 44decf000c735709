"""Row-level security: whatever a query asks for, it is shown the rows of its reader and no others."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from papers import BROKER, green, new, paper, reference, rows

from customhouse.clearance.file import record
from customhouse.clearance.lodge import lodge
from customhouse.record.acts import Held, Lifted
from customhouse.record.declaration import Declaration, Hold, HoldKind, Role
from customhouse.registry import files, history, people, proof, reader, worklist
from customhouse.registry.batch import Writer
from customhouse.registry.reader import NOBODY, SYSTEM, Reader, of_person, reading, told

pytestmark = pytest.mark.usefixtures("house")
OTHER, IMPORTER = "XM100000025", "XM100000033"
TABLES = ("declaration", "entry", "registry_notice", "consignment", "act")
# Tables without policies, with the reason why none is needed. A new table is either guarded (access.sql) or stands here.
OPEN = {
    "account_emailaddress": "no account uses it; addresses of people are not kept",
    "account_emailconfirmation": "no account uses it",
    "axes_accessattempt": "failed sign-ins, counted before anybody is known",
    "axes_accessattemptexpiration": "failed sign-ins, counted before anybody is known",
    "axes_accessfailurelog": "failed sign-ins, counted before anybody is known",
    "axes_accesslog": "not written",
    "mfa_authenticator": "asked for at sign-in, before anybody is known; secrets lie encrypted",
    "shared_cache": "counts of failed attempts",
    "usersessions_usersession": "where an account is signed in, asked for by the account",
    "api_access": "asked for by a digest, before anybody is known",
    "api_client": "asked for at the token's issue, before anybody is known",
    "api_idempotency": "asked for by the key of its client",
    "api_secret": "asked for at the token's issue, before anybody is known",
    "auth_group": "no account uses groups",
    "auth_group_permissions": "no account uses groups",
    "auth_permission": "Django's own list",
    "balance": "what is left of quotas, permits and cargo, by number",
    "booking": "how far the books are kept",
    "cargo_position": "how far the register has been read",
    "blob": "bytes asked for by their digest, which `paper` tells to those it concerns",
    "book": "the law is public",
    "checkpoint": "roots of the log are public",
    "django_content_type": "Django's own list",
    "django_migrations": "Django's own list",
    "django_session": "asked for by its secret key, before anybody is known",
    "house_kind": "whether this is a sandbox",
    "movement": "draws name the declaration's number only",
    "procrastinate_events": "the queue of the house",
    "procrastinate_jobs": "the queue of the house",
    "procrastinate_periodic_defers": "the queue of the house",
    "procrastinate_workers": "the queue of the house",
    "registry_apitoken": "asked for by a digest, before anybody is known",
    "registry_trader": "the directory of traders",
    "registry_user": "asked for at sign-in, before anybody is known",
    "registry_user_groups": "no account uses groups",
    "risk_reading": "how far the record was read",
    "webhook_reading": "how far the record was read",
    "registry_user_user_permissions": "no account uses groups",
}


def lodged(declarant: str = BROKER, *, importer: str = "", office: str = "XM000020") -> Declaration:
    """A stored declaration of `declarant`."""
    told: dict[str, Any] = json.loads(paper(reference()))
    told["declarant"], told["office"] = {"id": declarant}, office
    if importer:
        told["goods_shipment"]["importer"] = {"id": importer}
    found = lodge(json.dumps(told).encode(), by=declarant).declaration
    assert found is not None
    return found


@pytest.fixture
def own() -> Declaration:
    return lodged(BROKER)


@pytest.fixture
def foreign() -> Declaration:
    return lodged(OTHER, importer=IMPORTER)


def trader(number: str, role: Role = Role.BROKER) -> Reader:
    return of_person(role, traders=[number])


def sees(who: Reader, d: Declaration) -> bool:
    """Whether a reader is shown a declaration: everywhere, or nowhere at all."""
    with reading(who):
        found = {
            bool(rows("select 1 from declaration where id = %s", d.id)),
            bool(rows("select 1 from entry where declaration = %s", d.id)),
            bool(rows("select 1 from act where declaration = %s", d.id)),
            files.knows(d.mrn),
            bool(files.entries(d.id)),
        }
    assert len(found) == 1
    return found.pop()


# --- who sees a declaration -------------------------------------------------------------------------------------------


def test_a_declaration_is_seen_by_its_parties_and_the_offices_concerned(own: Declaration, foreign: Declaration) -> None:
    assert sees(SYSTEM, foreign)
    assert not sees(NOBODY, foreign)
    assert sees(trader(BROKER), own)
    assert not sees(trader(BROKER), foreign)
    assert sees(trader(OTHER), foreign)
    assert sees(trader(IMPORTER, Role.TRADER), foreign)
    assert not sees(trader(IMPORTER, Role.TRADER), own)
    for role in (Role.OFFICER, Role.EXAMINER, Role.CASHIER, Role.SUPERVISOR, Role.AUDITOR):
        assert sees(of_person(role), foreign), role
    assert not sees(of_person(Role.ADMINISTRATOR), foreign)
    assert not sees(of_person(Role.AGENCY, agency="AGR"), foreign)
    assert not sees(of_person(Role.AGENCY), foreign)
    assert not sees(of_person(Role.TRADER), foreign)


def test_an_officer_of_an_office_sees_the_declarations_of_that_office() -> None:
    here, there = lodged(office="XM000010"), lodged(office="XM000020")
    officer = of_person(Role.OFFICER, office="XM000010")
    assert sees(officer, here)
    assert not sees(officer, there)


def test_an_agency_sees_what_was_ever_held_for_it() -> None:
    d, vet, health = green(), of_person(Role.AGENCY, agency="AGR"), of_person(Role.AGENCY, agency="MOH")
    assert not sees(vet, d)
    hold = Hold(HoldKind.AGENCY, "AGR", (Role.AGENCY, Role.SUPERVISOR))
    record(d.id, (Held(hold),), by="supervisor", role=Role.SUPERVISOR)
    assert sees(vet, d)
    assert not sees(health, d)
    record(d.id, (Lifted(HoldKind.AGENCY, "seen", "AGR", "AGR"),), by="vet", role=Role.AGENCY)
    assert rows("select agencies, holds from declaration where id = %s", d.id) == [(["AGR"], ["payment"])]
    assert sees(vet, d)
    assert [told for told in proof.verify("test").broken if str(d.id) in told] == []


def test_a_query_that_forgets_to_ask_whose_it_is_finds_only_own(own: Declaration, foreign: Declaration) -> None:
    with reading(trader(BROKER)):
        everything = rows("select id, declarant, importer_id, exporter_id from declaration")
        assert own.id in {row[0] for row in everything}
        assert all(BROKER in row[1:] for row in everything)
        numbers = {row[0] for row in everything}
        assert {row[0] for row in rows("select declaration from entry")} == numbers
        assert {row[0] for row in rows("select distinct declaration from act")} == numbers
        assert {row[0] for row in rows("select declarant from registry_notice")} <= {BROKER}
        assert foreign.id not in {r.id for r in worklist.rows(worklist.Wanted(text=foreign.lrn))}
        assert list(history.of([foreign.id])) == []
        with pytest.raises(files.UnknownDeclaration):
            files.get(foreign.id)
        with pytest.raises(files.UnknownDeclaration), files.opened(foreign.mrn):
            pass


def test_where_nobody_reads_nothing_is_shown(own: Declaration) -> None:
    with reading(NOBODY):
        assert [rows(f"select count(*) from {table}")[0][0] for table in TABLES] == [0] * len(TABLES)
    with psycopg.connect(os.environ["CUSTOMHOUSE_DATABASE_URL"]) as raw:  # a connection that was never told anything
        assert [raw.execute(f"select count(*) from {table}").fetchone() for table in TABLES] == [(0,)] * len(TABLES)


# --- who writes -------------------------------------------------------------------------------------------------------


def test_a_reader_writes_its_own_rows_only(own: Declaration, foreign: Declaration) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        with reading(trader(BROKER)):
            cursor.execute("update declaration set goods = 'changed'")
            assert cursor.rowcount == len(rows("select id from declaration"))
        assert rows("select goods from declaration where id = %s", foreign.id) != [("changed",)]
        transaction.set_rollback(True)
    with reading(trader(OTHER)), pytest.raises(ProgrammingError, match="row-level security"):
        files.insert(new(paper(reference())))
    with reading(trader(BROKER)), pytest.raises(ProgrammingError, match="row-level security"), transaction.atomic():
        rows("update declaration set declarant = %s, importer_id = '' where id = %s returning id", OTHER, own.id)
    with reading(trader(BROKER)):
        assert files.insert(new(paper(reference()))).kind == "new"


def test_an_auditor_reads_everything_and_changes_nothing(own: Declaration) -> None:
    with reading(of_person(Role.AUDITOR)):
        assert files.get(own.id) == own
        assert rows("update declaration set goods = 'audited' where id = %s returning id", own.id) == []
        with pytest.raises(ProgrammingError, match="row-level security"):
            files.insert(new(paper(reference())))
        with pytest.raises(files.UnknownDeclaration), files.opened(own.id):
            pass


@pytest.mark.parametrize(
    "attempt",
    [
        "alter table declaration disable row level security",
        "alter table declaration no force row level security",
        "drop policy seen on declaration",
        "select guard('declaration', anyone_adds => true)",
        "create policy mine on declaration using (true)",
        "set row_security = off",
        "select * from entry_default",
        "create or replace function reader_sees_all() returns boolean language sql as 'select true'",
    ],
)
def test_the_application_cannot_put_its_policies_aside(attempt: str, own: Declaration) -> None:
    with psycopg.connect(os.environ["CUSTOMHOUSE_DATABASE_URL"], autocommit=True) as raw:
        with pytest.raises(psycopg.Error, match=r"permission denied|must be owner|row-level security"):
            raw.execute(attempt)
            raw.execute("select count(*) from declaration")
            raise AssertionError(raw.execute("select count(*) from declaration").fetchone())
        assert not raw.execute("select rolsuper or rolbypassrls from pg_roles where rolname = current_user").fetchone()[
            0
        ]  # type: ignore[index]


# --- connections ------------------------------------------------------------------------------------------------------


def test_a_rollback_does_not_bring_back_the_reader_before(foreign: Declaration) -> None:
    """PostgreSQL takes back a setting with the transaction that made it; the connection must notice."""
    for rolled_back in (transaction.atomic, lambda: transaction.atomic(savepoint=True)):
        with transaction.atomic():
            rows("select 1")  # the house reads here
            with reading(trader(BROKER)):
                with pytest.raises(RuntimeError), rolled_back():
                    assert rows("select count(*) from declaration where id = %s", foreign.id) == [(0,)]
                    raise RuntimeError
                assert rows("select count(*) from declaration where id = %s", foreign.id) == [(0,)]
            assert rows("select count(*) from declaration where id = %s", foreign.id) == [(1,)]


def test_a_connection_that_comes_back_to_the_pool_belongs_to_nobody() -> None:
    pool = connection.pool
    with pool.connection() as raw:
        reader.tell(raw, SYSTEM)
        pid = raw.info.backend_pid
    for _ in range(20):
        with pool.connection() as raw:
            assert raw.execute("select coalesce(current_setting('customhouse.sees', true), '')").fetchone() == ("",)
            if raw.info.backend_pid == pid:
                return


def test_each_thread_has_its_own_reader(own: Declaration) -> None:
    found: dict[str, int] = {}

    def ask(name: str, who: Reader) -> None:
        with reading(who):
            found[name] = rows("select count(*) from declaration where id = %s", own.id)[0][0]
        connection.close()

    threads = [threading.Thread(target=ask, args=one) for one in (("own", trader(BROKER)), ("none", trader(OTHER)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {"own": 1, "none": 0}


def test_numbers_with_odd_characters_stay_what_they_are() -> None:
    odd = ('a"b', "c,d", "e\\f", "{g}", "NULL", "h i")
    with reading(Reader(traders=odd)):
        assert rows("select reader_traders()")[0][0] == list(odd)


def test_the_fast_writer_is_the_house(own: Declaration) -> None:
    one = new(paper(reference()))

    async def put() -> str:
        writer = Writer(os.environ["CUSTOMHOUSE_DATABASE_URL"])
        writer.start()
        try:
            first = (await writer.put(one)).kind
            return first + (await writer.put(one)).kind
        finally:
            await writer.stop()

    assert asyncio.run(put()) == "newsame"
    assert sees(trader(BROKER), one.declaration)
    assert rows("select importer_id, office from declaration where id = %s", one.declaration.id) == [
        (one.declaration.lodged.goods_shipment.importer.id, one.declaration.lodged.office)  # type: ignore[union-attr]
    ]


def test_a_consignment_joins_the_file_of_another_without_seeing_it() -> None:
    ucr = reference()
    first = lodge(paper(reference(), ucr=ucr), by=BROKER).declaration
    data = paper(reference(), ucr=ucr).replace(BROKER.encode(), OTHER.encode())
    with reading(trader(OTHER)):
        second = lodge(data, by=OTHER).declaration
        assert first is not None
        assert second is not None
        assert [d.id for d in files.consignment(second.id).declarations] == [second.id]
    assert [d.id for d in files.consignment(second.id).declarations] == [first.id, second.id]


# --- tables -----------------------------------------------------------------------------------------------------------


def test_every_table_is_guarded_or_says_why_not() -> None:
    found = dict(
        rows(
            "select relname, relrowsecurity and relforcerowsecurity from pg_class "
            "where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
        )
    )
    unguarded = {name for name, guarded in found.items() if not guarded}
    assert unguarded - OPEN.keys() == set(), "guard the table in its SQL (see access.sql), or say in OPEN why not"
    assert OPEN.keys() - unguarded == set()
    plain = "select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace and not coalesce('security_invoker=true' = any(reloptions), false)"
    assert rows(plain) == [], "a view without security_invoker reads as its owner"


@pytest.fixture
def as_owner() -> Callable[..., None]:
    def run(*statements: str) -> None:
        with psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"], autocommit=True) as raw:
            for statement in statements:
                raw.execute(statement)

    return run


def test_a_table_is_guarded_in_one_line(as_owner: Callable[..., None], own: Declaration) -> None:
    as_owner(
        "create table trial (holder text, agency text, office text, declaration bigint)",
        "select guard('trial', traders => '{holder}', agency => 'agency', office => 'office', declaration => 'declaration')",
        "select guard('trial', traders => '{holder}', agency => 'agency', office => 'office', declaration => 'declaration')",
        "insert into trial values ('A'), ('B')",
        "insert into trial (agency) values ('AGR')",
        "insert into trial (office) values ('XM1')",
        f"insert into trial (declaration) values ({own.id})",
        "grant all on trial to public",
    )
    try:
        count = "select count(*) from trial"
        for who, n in (
            (SYSTEM, 5),
            (NOBODY, 0),
            (trader("A"), 1),
            (of_person(Role.AGENCY, agency="AGR"), 1),
            (of_person(Role.OFFICER, office="XM1"), 1),
            (trader(BROKER), 1),
        ):
            with reading(who):
                assert rows(count) == [(n,)], told(who)
        with reading(trader("A")):
            rows("insert into trial values ('A') returning 1")
            with pytest.raises(ProgrammingError, match="row-level security"):
                rows("insert into trial values ('B') returning 1")
            assert rows("delete from trial where holder = 'B' returning 1") == []
    finally:
        as_owner("drop table trial")


def test_people_read_as_their_accounts_say() -> None:
    def of(name: str) -> Reader:
        account = people.find(name)
        assert account is not None
        return people.reader_of(account)

    assert of("broker") == Reader(writes=True, traders=(BROKER,))
    assert of("officer") == SYSTEM
    assert of("auditor") == Reader(sees_all=True)
    assert of("vet") == Reader(writes=True, agency="AGR")
    assert of("administrator") == Reader(administers=True)
