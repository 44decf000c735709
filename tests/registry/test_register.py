"""The register: a declaration is stored once, a file is opened by one at a time, and what was recorded stays."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date

import papers
import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction
from papers import BROKER, jobs, new, paper, reference, rows, stored

from customhouse.clearance.lift import lift
from customhouse.clearance.lodge import lodge
from customhouse.clearance.query import answer, query
from customhouse.clearance.settle import pay
from customhouse.gates import json as json_gate
from customhouse.gates import wco_xml
from customhouse.kernel.money import Money
from customhouse.law.book import compile_pack
from customhouse.law.pack import country_directory
from customhouse.record import codec
from customhouse.record.acts import Answered, Entry, Queried
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.flow import NotPermitted, fold
from customhouse.registry import files, lawbook

pytestmark = pytest.mark.usefixtures("house")
OFFICER = Role.OFFICER


def folded(number: int) -> Declaration | None:
    state: Declaration | None = None
    for entry in files.entries(number):
        state = fold(state, entry)
    return state


def asked(d: Declaration, text: str) -> Entry:
    """A query by an officer, as the next entry of `d`."""
    last = files.entries(d.id)[-1]
    return Entry(d.id, d.acts + 1, "officer", OFFICER, last.at, last.on, last.book, (Queried(text),))


# --- stored once ------------------------------------------------------------------------------------------------------


def test_a_declaration_is_stored_with_its_entry():
    one = new(paper(reference()))
    assert files.insert(one) == files.Stored("new", one.declaration)
    number = one.declaration.id
    assert files.get(number) == files.get(one.declaration.mrn) == one.declaration
    assert files.entries(number) == (one.entry,)
    assert files.source(number) == one.source
    assert len(files.leaves(number)) == len(one.entry.acts) == one.declaration.acts


def test_the_same_content_again_is_the_same_record():
    lrn = reference()
    first, again = new(paper(lrn)), new(paper(lrn))
    assert files.insert(first).kind == "new"
    assert files.insert(again) == files.Stored("same", first.declaration)
    assert stored(lrn) == 1
    assert rows("select count(*) from entry where declaration = %s", again.declaration.id) == [(0,)]


def test_other_content_under_a_used_reference_is_told_apart():
    lrn = reference()
    first = new(paper(lrn))
    files.insert(first)
    assert files.insert(new(paper(lrn, goods="Something else"))) == files.Stored("other", first.declaration)
    assert stored(lrn) == 1


def test_a_refused_declaration_frees_its_reference():
    lrn = reference()
    refused = new(paper(lrn, refused=True))
    assert refused.declaration.stage is Stage.REFUSED and not refused.declaration.mrn
    assert files.insert(refused).kind == "new"
    assert files.insert(new(paper(lrn, refused=True))).kind == "same"
    good = new(paper(lrn))
    assert files.insert(good).kind == "new"
    assert files.by_lrn(BROKER, lrn) == good.declaration
    assert files.insert(new(paper(lrn, refused=True))) == files.Stored("same", refused.declaration)
    assert stored(lrn) == 2


def test_a_reference_raced_for_is_given_once():
    lrn, told = reference(), []
    ready = threading.Barrier(6)

    def hand_in(data: bytes) -> None:
        one = new(data)
        ready.wait()
        told.append(files.insert(one).kind)

    threaded([lambda n=n: hand_in(paper(lrn, goods=f"Goods {n % 2}")) for n in range(6)])
    assert sorted(told) == ["new", "other", "other", "other", "same", "same"]
    assert stored(lrn) == 1


def test_a_ucr_joins_the_file_of_the_declaration_before():
    ucr = f"6XM{reference()}"
    first, second, alone = new(paper(reference(), ucr=ucr)), new(paper(reference(), ucr=ucr)), new(paper(reference()))
    for one in (first, second, alone):
        files.insert(one)
    joined = files.consignment(second.declaration.id)
    assert joined == files.consignment(first.declaration.id)
    assert joined.ucr == ucr and joined.declarations == (first.declaration, second.declaration)
    assert files.consignment(alone.declaration.id).declarations == (alone.declaration,)


# --- one at a time ----------------------------------------------------------------------------------------------------


def threaded(works: list[Callable[[], object]]) -> None:
    """Run in threads of their own with connections of their own; the first fault is raised here."""
    faults: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if faults:
        raise faults[0]


def test_two_who_open_one_file_go_one_after_the_other():
    d = papers.green()
    held, order = threading.Event(), []

    def first() -> None:
        with files.opened(d.mrn) as file:
            held.set()
            time.sleep(0.4)
            file.record(asked(file.declaration, "first"))
            order.append("first")

    def second() -> None:
        held.wait(10)
        with files.opened(d.id) as file:
            order.append("second")
            file.record(asked(file.declaration, "second"))

    threaded([first, second])
    assert order == ["first", "second"]
    assert [q.text for q in files.get(d.id).queries] == ["first", "second"]
    assert [e.first for e in files.entries(d.id)] == [1, d.acts + 1, d.acts + 2]


def test_many_threads_leave_numbers_without_a_gap():
    d = papers.green()
    threaded([lambda n=n: query(d.id, f"question {n}", by="officer", role=OFFICER) for n in range(8)])
    numbers = [r[0] for r in rows("select number from act where declaration = %s order by number", d.id)]
    assert numbers == list(range(1, d.acts + 9))
    assert folded(d.id) == files.get(d.id)


def test_what_is_not_permitted_leaves_nothing():
    d = papers.green()
    before = files.entries(d.id), files.leaves(d.id), jobs(d.id)
    with pytest.raises(NotPermitted):
        answer(d.id, 1, "nobody asked", by=BROKER, role=Role.BROKER)
    with pytest.raises(NotPermitted), files.opened(d.id) as file:
        after = file.record(asked(d, "permitted, and yet undone by what follows"))
        wrong = asked(after, "").book
        file.record(
            Entry(d.id, after.acts + 1, BROKER, Role.BROKER, asked(d, "").at, date.today(), wrong, (Answered(7, ""),))
        )
    assert files.get(d.id) == d
    assert (files.entries(d.id), files.leaves(d.id), jobs(d.id)) == before


def test_an_unknown_file_is_named():
    with pytest.raises(files.UnknownDeclaration, match="26XM00NOWHERE"), files.opened("26XM00NOWHERE"):
        pass
    with pytest.raises(files.UnknownDeclaration):
        files.get(10**15)


# --- for ever ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", ["entry", "checkpoint", "book"])
@pytest.mark.parametrize(
    "statement",
    ["update {0} set {1} = {1}", "delete from {0}", "truncate {0}"],
    ids=["update", "delete", "truncate"],
)
def test_the_application_may_not_change_what_was_recorded(table, statement):
    column = {"entry": "acts", "checkpoint": "root", "book": "contents"}[table]
    with pytest.raises(ProgrammingError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table, column))
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("statement", ["update {} set first = 1", "delete from {}", "truncate {}"])
def test_nor_by_way_of_a_partition(statement):
    partitions = [
        r[0] for r in rows("select inhrelid::regclass::text from pg_inherits where inhparent = 'entry'::regclass")
    ]
    assert len(partitions) >= 4
    for partition in partitions:
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(partition))


@pytest.mark.parametrize("table", ["declaration", "consignment"])
def test_the_application_may_not_remove_files(table):
    for statement in (f"delete from {table}", f"truncate {table}"):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("trigger", ["entry", "checkpoint", "book"])
def test_even_the_owner_meets_a_trigger(trigger):
    found = rows(
        "select tgenabled from pg_trigger where tgrelid = %s::regclass and tgname = %s", trigger, f"{trigger}_is_final"
    )
    assert [r[0] for r in found] in (["O"], [b"O"])


# --- a whole life -----------------------------------------------------------------------------------------------------


def test_after_a_whole_life_the_snapshot_is_the_fold():
    d = papers.green()
    d = query(d.mrn, "Send the invoice", by="officer", role=OFFICER)
    assert {h.kind for h in d.holds} == {HoldKind.QUERY, HoldKind.PAYMENT}
    d = answer(d.mrn, 1, "Here it is", by=BROKER, role=Role.BROKER, documents=("HK-5517802",))
    d = lift(d.mrn, HoldKind.QUERY, "in order", by="officer", role=OFFICER, ref="1")
    assert d.settled is not None
    half = Money(d.settled.due.minor // 2, d.settled.due.currency)
    d = pay(d.mrn, half, "cash", by="cashier", role=Role.CASHIER)
    assert d.stage is Stage.ROUTED and d.settled is not None
    d = pay(d.mrn, d.settled.outstanding, "cash", by="cashier", role=Role.CASHIER)
    assert d.stage is Stage.RELEASED and not d.holds
    assert folded(d.id) == files.get(d.mrn) == d
    names = [a.name for e in files.entries(d.id) for a in e.acts]
    assert names[-6:] == ["Queried", "Answered", "Lifted", "Paid", "Paid", "Released"]
    assert [e.first for e in files.entries(d.id)] == [1, *range(len(names) - 5, len(names) + 1)]
    assert jobs(d.id) == ["query:Send the invoice", "released"]
    columns = rows("select stage, lane, holds, acts, leaf, mrn from declaration where id = %s", d.id)[0]
    assert columns[:4] == ("RELEASED", d.lane.value if d.lane else None, [], len(names))
    assert bytes(columns[4]) == files.leaves(d.id)[-1] and columns[5] == d.mrn


def test_the_view_has_a_row_per_act_with_its_leaf():
    d = query(papers.green().id, "Why?", by="officer", role=OFFICER)
    acts = [(a, e) for e in files.entries(d.id) for a in e.acts]
    seen = rows("select number, name, by, role, book, leaf from act where declaration = %s order by number", d.id)
    leaves = files.leaves(d.id)
    assert len(seen) == len(acts) == len(leaves)
    for at, (number, name, by, role, book, leaf) in enumerate(seen):
        act, entry = acts[at]
        assert (number, name, by, role, book) == (at + 1, act.name, entry.by, entry.role.value, entry.book)
        assert bytes(leaf) == leaves[at]


def test_the_view_shows_what_was_declared_whatever_the_message():
    data = paper(reference())
    lodgement = json_gate.read(data)
    for one in (data, b"\xef\xbb\xbf" + paper(reference()), wco_xml.write(json_gate.read(paper(reference())))):
        d = lodge(one, by=BROKER).declaration
        assert d is not None and files.get(d.mrn) == d
        seen = rows(
            "select payload ->> 'digest', payload -> 'lodgement' ->> 'lrn' from act where declaration = %s limit 1",
            d.id,
        )
        assert seen == [(hashlib.sha256(one).hexdigest(), d.lrn)]
        assert files.source(d.id) == one
        assert d.lodged.goods_shipment.items == lodgement.goods_shipment.items


def test_what_a_message_says_in_our_own_words_is_kept_once():
    plain, other = lodge(paper(reference()), by=BROKER).declaration, wco_xml.write(json_gate.read(paper(reference())))
    read = lodge(other, by=BROKER).declaration
    assert plain is not None and read is not None
    kept = "select reading is null, snapshot is null from entry join declaration on declaration.id = declaration where declaration = %s"
    assert rows(kept, plain.id) == [(True, True)]
    assert rows(kept, read.id) == [(False, True)]
    query(plain.id, "Why?", by="officer", role=OFFICER)
    assert rows("select snapshot is null from declaration where id = %s", plain.id) == [(False,)]
    assert folded(plain.id) == files.get(plain.id)


# --- jobs -------------------------------------------------------------------------------------------------------------


def test_jobs_are_queued_with_the_entry():
    d = papers.green()
    assert jobs(d.id) == []
    query(d.id, "Which port?", by="officer", role=OFFICER)
    assert jobs(d.id) == ["query:Which port?"]
    red = lodge(paper(reference(), example=papers.RED), by=BROKER).declaration
    assert red is not None and jobs(red.id) == ["lane:RED"]


def test_a_transaction_undone_leaves_no_job():
    d = papers.green()

    class Stop(Exception):
        pass

    with pytest.raises(Stop), files.opened(d.id) as file:
        file.record(asked(d, "never asked"))
        assert jobs(d.id) == ["query:never asked"]
        raise Stop
    assert jobs(d.id) == [] and files.get(d.id) == d and len(files.entries(d.id)) == 1


# --- the law ----------------------------------------------------------------------------------------------------------

WATCHER = """
import asyncio, os, sys, time
import django; django.setup()
from customhouse.registry import lawbook
from customhouse.registry.watch import Watch
async def main():
    watch = Watch(os.environ["CUSTOMHOUSE_DATABASE_URL"], (lawbook.shelf,))
    await watch.start()
    have = len(lawbook.shelf.editions)
    print("ready", have, flush=True)
    while len(lawbook.shelf.editions) == have:
        await asyncio.sleep(0.005)
    print(time.time(), lawbook.shelf.editions[-1].book.hash, lawbook.shelf.editions[-1].in_force, flush=True)
    await watch.stop()
asyncio.run(main())
"""


def test_a_published_book_reaches_another_process_within_a_second():
    watcher = subprocess.Popen([sys.executable, "-c", WATCHER], stdout=subprocess.PIPE, text=True)
    try:
        assert watcher.stdout is not None
        assert watcher.stdout.readline().startswith("ready")
        contents = compile_pack(country_directory("meridia"))
        # The same law, to be in force in a far year: another edition, and nothing changes for other tests.
        book = lawbook.publish(contents, by="test", in_force=date(2190, 1, 1))
        published = time.time()
        seen, digest, in_force = watcher.stdout.readline().split()
        assert digest == book.hash and in_force == "2190-01-01"
        assert float(seen) - published < 1.0
        assert watcher.wait(10) == 0
    finally:
        watcher.kill()
        watcher.wait()
        if watcher.stdout:
            watcher.stdout.close()
    lawbook.publish(contents, by="test", in_force=date(2020, 1, 1))
    assert codec.encode(lawbook.current(date(2026, 1, 1)).hash) == codec.encode(book.hash)
