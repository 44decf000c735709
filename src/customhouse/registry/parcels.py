"""Parcels in the register: a consolidation begun once, its segments stored each in one transaction, its answer read back.

A segment is rows, files, what could not be read, and the leaf over all of it. What is stored says how far the work is, so it
goes on after any interruption where it stood.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.ledger.chain import START
from customhouse.record.history import HistoryFacts
from customhouse.record.parcel import MARK, NAMES, ROWS, Consolidation, Parcel, place
from customhouse.registry.rows import DECLARATION_COLUMNS, ENTRY_COLUMNS, New, declaration_row, entry_row

# Any number, the same everywhere: one consolidation of a declarant at a time, so that a reference is taken once.
LOCK = 7_205_760
HISTORY = (
    "consignee_parcels_today", "consignee_value_today", "address_parcels_today", "address_value_today", "alike_today",
    "typical_value_percent",
)  # fmt: skip
COLUMNS = ("id", "mrn", "verdict", "lane", *NAMES, "value", "duty", "payable", *HISTORY, "told")
ROWS_OF = f"select {', '.join(COLUMNS)} from parcel where id > %s and id < %s order by id"  # noqa: S608 - our own words
TAKEN = ("released", "due", "file")
SINCE = 90  # days whose consolidations say what is typical
LEAST = 30  # parcels of a heading that make a typical value


class Begun(msgspec.Struct, frozen=True):
    """A consolidation in the register. `seen` is the snapshot of its beginning: what had been stored then counts for it. `done`
    segments are stored, `finished` says that the last one is among them."""

    id: int
    of: Consolidation
    at: datetime
    day: date
    book: str
    selectivity: str
    seen: str
    chunk: int
    scored: bool = False
    done: int = 0
    finished: bool = False
    format: str = ""
    by: str = ""


class Segment(msgspec.Struct, frozen=True):
    """One chunk as it is stored: its place in the file, its rows as text for COPY, what could not be read as (line, rule, why,
    hint, value), the files, and counts by verdict."""

    place: int
    first: int
    rows: int
    last: bool
    parcels: int
    text: bytes
    quarantine: Sequence[tuple[int, str, str, str, str]]
    files: Sequence[New]
    told: dict[str, int]


class Stored(msgspec.Struct, frozen=True):
    """A parcel as it rests: its number and MRN (none where it was not taken), what became of it, what was declared, amounts in
    minor units, what was known of the day, and the reasons as JSON ("" where there is nothing to say)."""

    number: int
    mrn: str
    verdict: str
    lane: str | None
    parcel: Parcel
    value: int
    duty: int
    payable: int
    history: HistoryFacts
    told: str

    @property
    def consolidation(self) -> int:
        return place(self.number)[0]

    @property
    def line(self) -> int:
        """The line of the file it stood in."""
        return place(self.number)[1]


@contextmanager
def in_turn(declarant: str) -> Iterator[None]:
    """Wait until no other consolidation of this declarant is being cleared, and keep others of it waiting until the block ends.

    Those of other declarants go on beside it, in this process or any other. PostgreSQL lets go when the process dies.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(%s, hashtext(%s))", [LOCK, declarant])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, hashtext(%s))", [LOCK, declarant])


def busy(declarant: str) -> bool:
    """Whether a consolidation of this declarant is being cleared now."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, hashtext(%s))", [LOCK, declarant])
        if free := bool(cursor.fetchone()[0]):
            cursor.execute("select pg_advisory_unlock(%s, hashtext(%s))", [LOCK, declarant])
    return not free


def begin(new: Begun, digest: bytes, format: str, by: str) -> tuple[Literal["new", "same", "other"], Begun]:
    """Begin a consolidation, or find the one of this reference: `same` file, or `other`, which is refused."""
    of = new.of
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into consolidation (declarant, reference, digest, format, office, mode, chunk, at, on_day, book, "
            "selectivity, scored, by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "on conflict do nothing returning id, seen::text",
            [of.declarant, of.reference, digest, format, of.office, of.mode, new.chunk, new.at, new.day, new.book,
             new.selectivity, new.scored, by],
        )  # fmt: skip
        if row := cursor.fetchone():
            return "new", msgspec.structs.replace(new, id=row[0], seen=row[1])
        cursor.execute(
            "select id, digest from consolidation where declarant = %s and reference = %s", [of.declarant, of.reference]
        )
        number, standing = cursor.fetchone()
    return "same" if bytes(standing) == digest else "other", get(number)


def reserve(count: int) -> tuple[int, ...]:
    """Numbers of consolidations that are judged beside the register; none of its own will have them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence('consolidation', 'id')) from generate_series(1, %s)", [count]
        )
        return tuple(row[0] for row in cursor.fetchall())


def get(number: int) -> Begun:
    """A consolidation by its number. Raises LookupError."""
    return _found("c.id = %s", [number], f"there is no consolidation {number}")


def by_reference(declarant: str, reference: str) -> Begun:
    """A consolidation by its reference. Raises LookupError."""
    return _found(
        "c.declarant = %s and c.reference = %s", [declarant, reference],
        f"{declarant} handed in no consolidation {reference}",
    )  # fmt: skip


def _found(where: str, values: list[Any], otherwise: str) -> Begun:
    for found in begun(where, values):
        return found
    raise LookupError(otherwise)


def begun(where: str, values: Sequence[Any], order: str = "") -> list[Begun]:
    """Consolidations c for which this SQL is true, in the order of their numbers, or `desc`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.id, c.declarant, c.reference, c.office, c.mode, c.at, c.on_day, c.book, c.selectivity, c.seen::text, "  # noqa: S608
            "c.chunk, c.scored, (select count(*) from parcel_segment s where s.consolidation = c.id), "
            "exists (select from parcel_segment s where s.consolidation = c.id and s.last), c.format, c.by "
            f"from consolidation c where {where} order by c.id {order}",
            values,
        )
        rows = cursor.fetchall()
    return [Begun(row[0], Consolidation(*row[1:5]), row[5].astimezone(UTC), *row[6:]) for row in rows]


def span(number: int) -> tuple[int, int]:
    """The numbers of a consolidation's parcels lie between these two."""
    return MARK + number * ROWS, MARK + (number + 1) * ROWS


# --- writing ----------------------------------------------------------------------------------------------------------


def store(number: int, segment: Segment) -> None:
    """Store a segment, all of it or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        if segment.text:
            with cursor.copy(f"copy parcel_row ({', '.join(COLUMNS)}) from stdin") as copy:
                copy.write(segment.text)
        if segment.quarantine:
            cursor.executemany(
                "insert into parcel_quarantine (consolidation, line, rule, why, hint, value) values (%s, %s, %s, %s, %s, %s)",
                [(number, *one) for one in segment.quarantine],
            )
        _files(cursor, segment.files)
        cursor.execute(
            "insert into parcel_segment (consolidation, place, first, rows, last, parcels, told, leaf) "
            "values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [number, segment.place, segment.first, segment.rows, segment.last, segment.parcels,
             msgspec.json.encode(segment.told).decode(),
             leaf(number, segment.place, segment.first, hashlib.sha256(segment.text).digest(), segment.quarantine)],
        )  # fmt: skip
        if segment.last:
            _typical(cursor, number)


def leaf(
    number: int, place: int, first: int, rows: bytes, quarantine: Sequence[tuple[int, str, str, str, str]]
) -> bytes:
    """What is sealed of a segment: SHA-256 over its place, the SHA-256 of its rows as PostgreSQL writes them as text, and
    what could not be read."""
    told = msgspec.json.encode([list(one) for one in quarantine])
    return hashlib.sha256(b"parcels|%d|%d|%d|%s|%s" % (number, place, first, rows, told)).digest()


def _files(cursor: Any, files: Sequence[New]) -> None:
    """Files of parcels, each under the parcel's number. They have no notices: the answer of the consolidation says all.

    They are copied into tables of the session and taken over from there, where the policies are asked once and not row by row.
    """
    if not files:
        return
    declarations, entries = [], []
    for new in files:
        d, entry = new.declaration, new.entry
        row, last = entry_row(entry, START, new.source)
        entries.append(row)
        declarations.append(declaration_row(d, d.id, new.digest, last, entry.at, entry.at))
    for table, names, rows in (
        ("declaration", DECLARATION_COLUMNS, declarations),
        ("entry", ENTRY_COLUMNS, entries),
    ):
        columns = ", ".join(f'"{name}"' for name in names)
        cursor.execute(f"create temporary table new_{table} on commit drop as select {columns} from {table} limit 0")  # noqa: S608
        with cursor.copy(f"copy new_{table} ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(f"insert into {table} ({columns}) select {columns} from new_{table}")  # noqa: S608


def references(declarant: str) -> Iterator[list[str]]:
    """The references under which a declarant has declarations, some thousands at a time."""
    sql = "select lrn from declaration where declarant = %s and stage <> 'REFUSED'"
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(sql, [declarant])
        while found := cursor.fetchmany(50_000):
            yield [row[0] for row in found]


def used(declarant: str, references: Sequence[str]) -> set[str]:
    """Those of the references under which a declaration of the declarant stands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select lrn from declaration where declarant = %s and lrn = any(%s) and stage <> 'REFUSED'",
            [declarant, list(references)],
        )
        return {row[0] for row in cursor.fetchall()}


def _typical(cursor: Any, number: int) -> None:
    """What a kilogram is usually worth in each heading; of a large consolidation one parcel in sixteen says it."""
    low, high = span(number)
    cursor.execute(
        "insert into parcel_typical (consolidation, heading, parcels, per_kg) "
        "select %(number)s, left(code, 4), count(*), "
        "percentile_disc(0.5) within group (order by floor(value / gross_mass::numeric)) from parcel "
        "where id > %(low)s and id < %(high)s and verdict = any(%(taken)s) and gross_mass ~ '[1-9]' and value > 0 "
        "and (id %% 16 = 0 or (select sum(parcels) from parcel_segment where consolidation = %(number)s) < 20000) "
        "group by left(code, 4) having count(*) >= %(least)s order by 2",
        {"number": number, "low": low, "high": high, "taken": list(TAKEN), "least": LEAST},
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def snapshot() -> str:
    """What can be seen now, as consolidations keep it from their beginning."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_snapshot()::text")
        return str(cursor.fetchone()[0])


def typical(seen: str, day: date) -> dict[str, int]:
    """What a kilogram of each heading is usually worth (minor units): the weighted median of consolidations done before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.heading, t.per_kg, t.parcels from parcel_typical t join consolidation c on c.id = t.consolidation "
            "join parcel_segment s on s.consolidation = c.id and s.last "
            "where pg_visible_in_snapshot(s.xid, %s::pg_snapshot) and c.on_day > %s - %s order by 1, 2",
            [seen, day, SINCE],
        )
        rows = cursor.fetchall()
    found: dict[str, list[tuple[int, int]]] = {}
    for heading, per_kg, parcels in rows:
        found.setdefault(heading, []).append((per_kg, parcels))
    return {heading: _middle(values) for heading, values in found.items()}


def _middle(values: list[tuple[int, int]]) -> int:
    half, upto = sum(n for _, n in values) / 2, 0
    for value, n in values:
        upto += n
        if upto >= half:
            return value
    return 0


class Earlier(msgspec.Struct, frozen=True):
    """A stored segment of a day: so many rows of a consolidation from one on. Where it does not `count`, it was stored after the
    beginning of the one that asks, and only tells which references its declarant has used."""

    consolidation: int
    declarant: str
    first: int
    rows: int
    counts: bool = True


def earlier(day: date, seen: str, declarant: str = "", own: int = 0) -> list[Earlier]:
    """The segments of a day that count for a consolidation begun with this snapshot: those stored before, and its own. And all
    others of its declarant, so that no reference is taken twice, also where this one was interrupted and another came between."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select * from (select s.consolidation, c.declarant, s.first, s.rows, "
            "s.consolidation = %(own)s or pg_visible_in_snapshot(s.xid, %(seen)s::pg_snapshot) as counts "
            "from parcel_segment s join consolidation c on c.id = s.consolidation where c.on_day = %(day)s) e "
            "where counts or declarant = %(declarant)s order by consolidation, first",
            {"own": own, "seen": seen, "day": day, "declarant": declarant},
        )
        return [Earlier(*row) for row in cursor.fetchall()]


def taken(of: Earlier) -> Iterator[bytes]:
    """The parcels of a segment that were taken, as CSV without a header: number, value, and the declared fields."""
    low = span(of.consolidation)[0] + of.first
    sql = (
        f"copy (select id, value, {', '.join(NAMES)} from parcel where id >= {low:d} and id < {low + of.rows:d} "  # noqa: S608
        f"and verdict in {TAKEN} order by id) to stdout (format csv)"
    )
    with connection.cursor() as cursor, cursor.copy(sql) as copy:
        yield from (bytes(block) for block in copy)


def parcel(number: int) -> Stored:
    """A parcel by its number. Raises LookupError."""
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(COLUMNS)} from parcel where id = %s", [number])  # noqa: S608
        row = cursor.fetchone()
    if row is None:
        raise LookupError(f"there is no parcel {number}")
    return stored(row)


def stored(row: Sequence[Any]) -> Stored:
    """A parcel from its row of `COLUMNS`."""
    told = dict(zip(COLUMNS, row, strict=True))
    return Stored(
        told["id"], told["mrn"] or "", told["verdict"], told["lane"], Parcel(**{n: told[n] for n in NAMES}), told["value"],
        told["duty"], told["payable"], HistoryFacts(**{n: told[n] for n in HISTORY}), told["told"] or "",
    )  # fmt: skip


ANSWERS = """
    select {columns} from (
        select (id - {low:d})::int as line, reference, verdict, mrn, lane, value, payable, told as reasons
        from parcel where id > {low:d} and id < {high:d}
        union all
        select line, '', 'unreadable', null, null, null, null,
            json_build_array(json_build_object('rule', rule, 'label', why, 'hint', hint, 'value', value))::text
        from parcel_quarantine where consolidation = {number:d}) a order by line
"""


def answer(number: int, *, as_json: bool) -> Iterator[bytes]:
    """One answer per parcel in the order of lines: CSV with a header, or JSON lines. Amounts are minor units."""
    low, high = span(number)
    columns = "line, reference, verdict, mrn, lane, value, payable, reasons"
    if as_json:
        columns = (
            "json_strip_nulls(json_build_object('line', line, 'reference', reference, 'verdict', verdict, 'mrn', mrn, "
            "'lane', lane, 'value', value, 'payable', payable, 'reasons', reasons::json))"
        )
    sql = ANSWERS.format(columns=columns, low=low, high=high, number=number)
    how = "(format csv, quote e'\\x01', delimiter e'\\x02')" if as_json else "(format csv, header)"
    with connection.cursor() as cursor, cursor.copy(f"copy ({sql}) to stdout {how}") as copy:
        yield from (bytes(block) for block in copy)


def counts(number: int) -> dict[str, int]:
    """How many parcels of a consolidation have which verdict."""
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute("select told from parcel_segment where consolidation = %s", [number])
        for (told,) in cursor.fetchall():
            for name, n in (msgspec.json.decode(told) if isinstance(told, str | bytes) else told).items():
                found[name] = found.get(name, 0) + n
    return found


def broken() -> tuple[int, list[str]]:
    """(segments, the faults of those) whose rows are not those that were sealed."""
    faults: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("select consolidation, place, first, rows, leaf from parcel_segment order by 1, 2")
        segments = cursor.fetchall()
    for number, at, first, rows, sealed in segments:
        low = MARK + number * ROWS + first - 1
        with connection.cursor() as cursor:
            digest = hashlib.sha256()
            with cursor.copy(f"copy ({ROWS_OF % (low, low + rows + 1)}) to stdout") as copy:
                for block in copy:
                    digest.update(block)
            cursor.execute(
                "select line, rule, why, hint, value from parcel_quarantine where consolidation = %s and line >= %s "
                "and line < %s order by line",
                [number, first, first + rows],
            )
            told = cursor.fetchall()
        if leaf(number, at, first, digest.digest(), told) != bytes(sealed):
            faults.append(f"consolidation {number}, segment {at}: its rows are not those that were sealed")
    return len(segments), faults
