"""The batching writer: the same rows as the plain path, once each, whatever happens to the database in between."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import msgspec
import psycopg
import pytest
from papers import BROKER, RED, jobs, new, paper, reference, rows, stored

from customhouse.kernel.money import Money
from customhouse.registry import files
from customhouse.registry.batch import MOST, QUIET, Unavailable, Unstorable, Writer
from customhouse.registry.files import New, Stored
from customhouse.registry.rows import DECLARATION_COLUMNS, ENTRY_COLUMNS, SNAPSHOT

pytestmark = pytest.mark.usefixtures("house")


def writing(work: Callable[[Writer], Awaitable[Any]]) -> Any:
    """What `work` makes of a started writer."""

    async def run() -> Any:
        writer = Writer(os.environ["CUSTOMHOUSE_DATABASE_URL"])
        writer.start()
        try:
            async with asyncio.timeout(60):
                return await work(writer)
        finally:
            await writer.stop()

    return asyncio.run(run())


def put(*news: New) -> list[Stored | BaseException]:
    """Put all at once: the first goes alone, the others wait for it and go together."""

    async def work(writer: Writer) -> list[Stored | BaseException]:
        return await asyncio.gather(*(writer.put(n) for n in news), return_exceptions=True)

    return writing(work)  # type: ignore[no-any-return]


def columns(number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A declaration and its entries as they lie in the tables, every column but those the database makes itself."""

    def plain(value: Any) -> Any:
        return bytes(value) if isinstance(value, memoryview) else value

    def named(sql: str, table: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
        quoted = ", ".join(f'"{n}"' for n in names)
        found = rows(f"select {quoted} from {table} where {sql} = %s order by 1", number)
        return [dict(zip(names, map(plain, row), strict=True)) for row in found]

    return named("id", "declaration", DECLARATION_COLUMNS)[0], named("declaration", "entry", ENTRY_COLUMNS)


def forget(number: int) -> tuple[Any, ...]:
    """Columns, jobs and file of a declaration; then it is removed by the owner, as if it had never been."""
    declaration, entries = columns(number)
    waiting = rows(
        "select queue_name, task_name, priority, lock, queueing_lock, args, status::text, attempts "
        "from procrastinate_jobs where (args ->> 'declaration')::bigint = %s order by id",
        number,
    )
    with psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"]) as owner:
        owner.execute("alter table entry disable trigger entry_is_final")
        owner.execute("delete from entry where declaration = %s", [number])
        owner.execute("delete from declaration where id = %s", [number])
        owner.execute("delete from procrastinate_jobs where (args ->> 'declaration')::bigint = %s", [number])
        owner.execute("delete from consignment where file = %s", [number])
        owner.execute("alter table entry enable trigger entry_is_final")
    return declaration, entries, waiting


@pytest.mark.parametrize("kind", ["plain", "job due", "ucr", "refused"])
def test_the_rows_are_those_of_the_plain_path(kind):
    ucr = f"6XM{reference()}" if kind == "ucr" else ""
    data = paper(
        reference(), ucr=ucr, refused=kind == "refused", example=RED if kind == "job due" else "08-small-parcel.json"
    )
    one = new(data)
    number = one.declaration.id
    assert files.insert(one).kind == "new"
    slow = forget(number)
    assert put(one) == [Stored("new", one.declaration)]
    fast = forget(number)
    assert fast == slow
    assert set(fast[0]) == set(DECLARATION_COLUMNS) and len(fast[1]) == 1
    assert len(fast[2]) == (1 if kind == "job due" else len(fast[2]))


def test_every_column_of_the_tables_is_written_by_both():
    made = {"entry": {"id", "xid"}, "declaration": {"snapshot"}}  # the snapshot comes with the second entry
    for table, names in (("declaration", DECLARATION_COLUMNS), ("entry", ENTRY_COLUMNS)):
        found = {
            r[0] for r in rows("select attname from pg_attribute where attrelid = %s::regclass and attnum > 0", table)
        }
        assert found - made[table] == set(names)


def test_a_ucr_joins_files_across_both_paths():
    ucr, inside = f"6XM{reference()}", f"6XM{reference()}"
    first, second, third = (new(paper(reference(), ucr=ucr)) for _ in range(3))
    files.insert(first)
    put(second)
    files.insert(third)
    joined = files.consignment(second.declaration.id).declarations
    assert [d.id for d in joined] == [first.declaration.id, second.declaration.id, third.declaration.id]
    together = [new(paper(reference(), ucr=inside)) for _ in range(4)]
    put(new(paper(reference())), *together)
    assert [d.id for d in files.consignment(together[3].declaration.id).declarations] == [
        n.declaration.id for n in together
    ]


def test_two_hundred_at_once_are_all_stored_once():
    mark = reference()
    news = [new(paper(f"{mark}/{n}")) for n in range(200)]
    told = put(*news)
    assert told == [Stored("new", n.declaration) for n in news]
    numbers = [n.declaration.id for n in news]
    assert rows("select count(*), count(distinct mrn), sum(acts) from declaration where id = any(%s)", numbers) == [
        (200, 200, sum(n.declaration.acts for n in news))
    ]
    assert rows("select count(*), count(distinct declaration) from entry where declaration = any(%s)", numbers) == [
        (200, 200)
    ]
    assert all(files.entries(n.declaration.id) == (n.entry,) for n in news[::20])


def test_more_than_one_batch_holds():
    mark = reference()
    news = [new(paper(f"{mark}/{n}")) for n in range(MOST + 44)]
    assert {s.kind for s in put(*news)} == {"new"}  # type: ignore[union-attr]


def test_duplicates_inside_one_batch_are_the_same_record():
    lrn = reference()
    first, again, other = new(paper(lrn)), new(paper(lrn)), new(paper(lrn, goods="Other"))
    before = new(paper(reference()))
    told = put(before, first, again, other, before)
    assert told == [
        Stored("new", before.declaration),
        Stored("new", first.declaration),
        Stored("same", first.declaration),
        Stored("other", first.declaration),
        Stored("same", before.declaration),
    ]
    assert files.entries(before.declaration.id) == (before.entry,)
    assert stored(lrn) == 1 and stored(before.declaration.lodged.lrn) == 1
    assert rows("select count(*) from entry where declaration = %s", again.declaration.id) == [(0,)]


def test_duplicates_queue_no_second_job():
    lrn = reference()
    first, again = (new(paper(lrn, example=RED)) for _ in range(2))
    told = put(new(paper(reference())), first, again)
    assert [t.kind for t in told] == ["new", "new", "same"]  # type: ignore[union-attr]
    assert jobs(first.declaration.id) == ["lane:RED"] and jobs(again.declaration.id) == []


def with_nul(one: New) -> New:
    """The same with a NUL in its goods, as no gate would let it through."""
    d = one.declaration
    shipment = d.lodged.goods_shipment
    item = shipment.items[0]
    commodity = msgspec.structs.replace(item.commodity, description="pearls\0")
    shipment = msgspec.structs.replace(shipment, items=(msgspec.structs.replace(item, commodity=commodity),))
    lodged = msgspec.structs.replace(d.lodged, goods_shipment=shipment)
    return msgspec.structs.replace(one, declaration=msgspec.structs.replace(d, lodged=lodged))


def beyond_bounds(one: New) -> New:
    """The same with more to pay than a bigint holds."""
    d = one.declaration
    assert d.assessed is not None
    assessed = msgspec.structs.replace(d.assessed, payable=Money(2**63, "USD"))
    return msgspec.structs.replace(one, declaration=msgspec.structs.replace(d, assessed=assessed))


@pytest.mark.parametrize("spoil", [with_nul, beyond_bounds])
@pytest.mark.parametrize("ucr", [False, True])
def test_one_that_cannot_be_stored_fails_alone(spoil, ucr):
    mark = reference()
    news = [new(paper(f"{mark}/{n}", ucr=f"6XM{mark}" if ucr else "")) for n in range(9)]
    news[4] = spoil(news[4])
    told = put(*news)
    assert isinstance(told[4], Unstorable)
    assert [t.kind for n, t in enumerate(told) if n != 4] == ["new"] * 8  # type: ignore[union-attr]
    assert [stored(f"{mark}/{n}") for n in range(9)] == [1, 1, 1, 1, 0, 1, 1, 1, 1]


def test_a_database_that_goes_away_in_mid_flight_loses_and_doubles_nothing():
    mark = reference()
    news = [new(paper(f"{mark}/{n}", ucr=f"6XM{mark}/{n % 5}" if n % 3 == 0 else "")) for n in range(400)]

    async def work(writer: Writer) -> tuple[int, list[Stored]]:
        killed = 0

        def shoot() -> int:
            with psycopg.connect(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"]) as owner:
                found = owner.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() "
                    "and (query like '%%with stored as%%' or query like '%%consignment%%') and application_name = ''"
                ).fetchall()
            return len(found)

        async def trouble() -> None:
            nonlocal killed
            for _ in range(12):
                await asyncio.sleep(0.02)
                killed += await asyncio.to_thread(shoot)

        async def patient(one: New, after: float) -> Stored:
            await asyncio.sleep(after)
            for _ in range(100):
                try:
                    return await writer.put(one)
                except Unavailable:
                    await asyncio.sleep(0.02)
            raise AssertionError("never stored")

        troubles = asyncio.create_task(trouble())
        told = await asyncio.gather(*(patient(one, n * 0.0015) for n, one in enumerate(news)))
        await troubles
        return killed, told

    killed, told = writing(work)
    assert killed >= 1
    assert {s.kind for s in told} <= {"new", "same"}
    assert [s.declaration.mrn for s in told] == [n.declaration.mrn for n in news]
    lrns = [f"{mark}/{n}" for n in range(len(news))]
    assert rows(
        "select count(*), count(distinct lrn), count(distinct mrn) from declaration where declarant = %s and lrn = any(%s)",
        BROKER,
        lrns,
    ) == [(400, 400, 400)]
    numbers = [n.declaration.id for n in news]
    assert rows("select count(*) from entry where declaration = any(%s)", numbers) == [(400,)]


def test_those_who_watch_are_told_of_each_and_not_for_each():
    mark = reference()
    news = [new(paper(f"{mark}/{n}")) for n in range(60)]
    words: list[str] = []

    async def work(writer: Writer) -> None:
        listener = await asyncpg.connect(os.environ["CUSTOMHOUSE_DATABASE_URL"])
        await listener.add_listener("declaration", lambda *told: words.append(told[3]))
        for one in news[:30]:
            await writer.put(one)
        await asyncio.gather(*(writer.put(one) for one in news[30:]))
        await asyncio.sleep(3 * QUIET)
        await listener.close()

    writing(work)
    told = [one.split(" ") for word in words for one in word.split(",")]
    assert sorted(int(number) for number, _ in told) == sorted(n.declaration.id for n in news)
    assert {declarant for _, declarant in told} == {BROKER}
    assert len(words) < 30


def test_the_same_content_refused_under_another_law_is_the_one_accepted():
    """A message sent again because its answer was lost stays accepted, whatever the rules of the next day say."""
    lrn = reference()
    accepted = new(paper(lrn))
    assert files.insert(accepted).kind == "new"
    refused = new(paper(lrn, refused=True))
    again = msgspec.structs.replace(refused, digest=accepted.digest)
    assert files.insert(again) == Stored("same", accepted.declaration)
    assert put(again) == [Stored("same", accepted.declaration)]
    assert stored(lrn) == 1


def test_the_row_types_are_those_the_writer_fills():
    for table, names in (
        ("declaration", (*DECLARATION_COLUMNS[:SNAPSHOT], "snapshot", *DECLARATION_COLUMNS[SNAPSHOT:])),
        ("entry", ("id", *ENTRY_COLUMNS, "xid")),
    ):
        found = rows(
            "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 order by attnum", table
        )
        assert [name for (name,) in found] == list(names)


def test_without_a_database_one_is_told_and_the_writer_lives_on(monkeypatch):
    monkeypatch.setattr("customhouse.registry.batch.PATIENCE", 0.2)
    one, two = new(paper(reference())), new(paper(reference()))

    async def work(writer: Writer) -> Stored:
        right, writer.url = writer.url, "postgresql://nobody@/nowhere?host=/nonexistent"
        with pytest.raises(Unavailable):
            await writer.put(one)
        writer.url = right
        assert (await writer.put(one)).kind == "new"
        return await writer.put(two)

    assert writing(work).kind == "new"


def test_stopping_writes_what_waits():
    mark = reference()
    news = [new(paper(f"{mark}/{n}")) for n in range(30)]

    async def work() -> list[Stored | BaseException]:
        writer = Writer(os.environ["CUSTOMHOUSE_DATABASE_URL"])
        writer.start()
        waiting = [asyncio.create_task(writer.put(n)) for n in news]
        await asyncio.sleep(0)
        await writer.stop()
        async with asyncio.timeout(10):
            return await asyncio.gather(*waiting, return_exceptions=True)

    told = asyncio.run(work())
    for one, answer in zip(news, told, strict=True):
        there = stored(one.declaration.lodged.lrn)
        assert there == 1 if isinstance(answer, Stored) else isinstance(answer, Unavailable) and there <= 1
