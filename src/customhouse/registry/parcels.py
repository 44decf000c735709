"""Parcels in the register: a consolidation begun once, its segments stored each in one transaction, its answer read back.

A segment is two packed files of columns (`registry.segment`), files of parcels, what could not be read, and the leaf over all of it. What is stored says how far the work is, so it
goes on after any interruption where it stood.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.kernel.money import Money
from customhouse.offices.longroom import issue_mrn
from customhouse.record.history import HistoryFacts
from customhouse.record.parcel import NAMES, Consolidation, Parcel, place, span
from customhouse.record.parcel import number as numbered
from customhouse.registry import (
    parcel_answer,
    parcel_charge,
    parcel_models,
    parcel_opening,
    parcel_packed,
    parcel_typical,
    segment,
    turn,
)
from customhouse.registry.parcel_typical import TAKEN
from customhouse.registry.reader import SYSTEM, reading
from customhouse.registry.rows import New

TURN = "consolidations of a declarant"
SINCE = 90  # days whose consolidations say what is typical


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
    """One chunk as it is stored: its place in the file, its parcels packed in columns (`registry.segment`), what could not be
    read as (line, rule, why, hint, value), the files, counts by verdict and by lane, the currency of what is owed, and what is due
    of it by tax."""

    place: int
    first: int
    rows: int
    last: bool
    parcels: int
    facts: bytes
    texts: bytes
    fingerprints: bytes
    quarantine: Sequence[tuple[int, str, str, str, str]]
    files: Sequence[New]
    told: dict[str, int]
    lanes: dict[str, int]
    currency: str
    taxes: dict[str, int]


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


def in_turn(declarant: str) -> AbstractContextManager[None]:
    """Wait until no other consolidation of this declarant is being cleared, and keep others of it waiting until the block ends: so a
    reference is taken once. Those of other declarants go on beside it, in this process or any other."""
    return turn.waited(TURN, declarant)


def busy(declarant: str) -> bool:
    """Whether a consolidation of this declarant is being cleared now."""
    return turn.is_taken(TURN, declarant)


def begin(
    new: Begun, digest: bytes, format: str, by: str, models: Sequence[parcel_models.Asked] = ()
) -> tuple[Literal["new", "same", "other"], Begun]:
    """Begin a consolidation of which these models speak, or find the one of this reference: `same` file, or `other`, which is refused."""
    of = new.of
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "insert into consolidation (declarant, reference, digest, format, office, mode, country, chunk, at, on_day, book, "
            "selectivity, scored, by) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) "
            "on conflict do nothing returning id, seen::text",
            [of.declarant, of.reference, digest, format, of.office, of.mode, of.destination, new.chunk, new.at, new.day, new.book,
             new.selectivity, new.scored, by],
        )  # fmt: skip
        if row := cursor.fetchone():
            parcel_models.keep(cursor, row[0], models)
            return "new", msgspec.structs.replace(new, id=row[0], seen=row[1])
        cursor.execute(
            "select id, digest from consolidation where declarant = %s and reference = %s", [of.declarant, of.reference]
        )
        number, standing = cursor.fetchone()
    return "same" if bytes(standing) == digest else "other", get(number)


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
    """Consolidations c for which this SQL is true, in the order of their numbers, or `desc`: those that the reader is shown."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.id, c.declarant, c.reference, c.office, c.mode, c.country, c.at, c.on_day, c.book, c.selectivity, "  # noqa: S608
            f"c.seen::text, c.chunk, c.scored, c.format, c.by from consolidation c where {where} order by c.id {order}",
            values,
        )
        rows = cursor.fetchall()
    done = _done([row[0] for row in rows])
    return [
        Begun(
            row[0],
            Consolidation(*row[1:6]),
            row[6].astimezone(UTC),
            *row[7:13],
            *done.get(row[0], (0, False)),
            *row[13:],
        )
        for row in rows
    ]


def _done(numbers: Sequence[int]) -> dict[int, tuple[int, bool]]:
    """(stored segments, whether the last is among them): of consolidations that the reader is shown, also where not their rows."""
    with reading(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            "select consolidation, count(*), bool_or(last) from parcel_segment where consolidation = any(%s) group by 1",
            [list(numbers)],
        )
        return {number: (count, last) for number, count, last in cursor.fetchall()}


# --- writing ----------------------------------------------------------------------------------------------------------


INSERT = (
    "insert into parcel_segment (consolidation, place, first, rows, last, parcels, told, lanes, taxes, facts, texts, fingerprints, leaf) "
    "values (%s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s::jsonb, %b, %b, %b, %b)"
)


def store(number: int, new: Segment) -> None:
    """Store a segment, all of it or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        if new.quarantine:
            cursor.executemany(
                "insert into parcel_quarantine (consolidation, line, rule, why, hint, value) values (%s, %s, %s, %s, %s, %s)",
                [(number, *one) for one in new.quarantine],
            )
        parcel_opening.put(cursor, new.files)
        told, lanes, taxes = (
            msgspec.json.encode(counted, order="sorted").decode() for counted in (new.told, new.lanes, new.taxes)
        )
        digests = b"".join(hashlib.sha256(blob).digest() for blob in (new.facts, new.texts, new.fingerprints))
        parcel_packed.in_bytes(cursor).execute(
            INSERT,
            [number, new.place, new.first, new.rows, new.last, new.parcels, told, lanes, taxes, new.facts, new.texts,
             new.fingerprints, leaf(number, new.place, new.first, digests, new.quarantine)],
        )  # fmt: skip
        if new.told.get("file", 0) > len(new.files):
            parcel_opening.wait(cursor, number, new.place)
        if new.last:
            _whole(cursor, number, new.currency)


def leaf(
    number: int, place: int, first: int, columns: bytes, quarantine: Sequence[tuple[int, str, str, str, str]]
) -> bytes:
    """What is sealed of a segment: SHA-256 over its place, the SHA-256 of its facts, its texts and its fingerprints, one behind
    the other, and what could not be read."""
    told = msgspec.json.encode([list(one) for one in quarantine])
    return hashlib.sha256(b"parcels|%d|%d|%d|%s|%s" % (number, place, first, columns, told)).digest()


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


def _whole(cursor: Any, number: int, currency: str) -> None:
    """Once a consolidation is done: what a kilogram is usually worth in each heading, and one charge for all that is due."""
    cursor.execute("select sum(parcels) from parcel_segment where consolidation = %s", [number])
    due = parcel_charge.Due()
    columns = (*parcel_typical.COLUMNS, "payable")
    tables = (due.seen(segment.unpacked(one.facts, columns)) for one in parcel_packed.of(number, texts=False))
    found = parcel_typical.usual(tables, cursor.fetchone()[0])
    cursor.executemany(
        "insert into parcel_typical (consolidation, heading, parcels, per_kg) values (%s, %s, %s, %s)",
        [(number, *one) for one in found],
    )
    if due.amount:
        parcel_charge.raised(number, Money(due.amount, currency), due.parcels, datetime.now(UTC))


# --- reading ----------------------------------------------------------------------------------------------------------


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
    return {heading: parcel_typical.middle(values) for heading, values in found.items()}


def at(of: Begun, one: parcel_packed.Packed, places: Sequence[int]) -> list[Stored]:
    """The parcels in these places (from 0, rising) of a segment."""
    if not places:
        return []
    told = {}
    for blob in (one.facts, one.texts):
        table = segment.at(blob, places)
        told |= {name: table[name].to_pylist() for name in table.column_names}
    return [_stored(of, {name: column[n] for name, column in told.items()}) for n in range(len(places))]


def _stored(of: Begun, row: dict[str, Any]) -> Stored:
    number = numbered(of.id, row["line"])
    mrn = issue_mrn(of.of.destination, of.day, number) if row["verdict"] in TAKEN else ""
    return Stored(
        number, str(mrn), row["verdict"], row["lane"] or None, Parcel(**{n: row[n] for n in NAMES if n in row}), row["value"], row["duty"],
        row["payable"], HistoryFacts(**{n: row[n] for n in segment.HISTORY}), row["told"],
    )  # fmt: skip


def parcel(number: int) -> Stored:
    """A parcel by its number. Raises LookupError."""
    consolidation, line = place(number)
    where = "s.consolidation = %s and s.first <= %s and s.first + s.rows > %s"
    for one in parcel_packed.where(where, [consolidation, line, line], limit=1):
        lines = segment.unpacked(one.facts, ["line"])["line"].to_numpy()
        where_it_is = int(lines.searchsorted(line))
        if where_it_is < len(lines) and lines[where_it_is] == line:
            return at(get(consolidation), one, [where_it_is])[0]
    raise LookupError(f"there is no parcel {number}")


def answer(number: int, *, as_json: bool, teller: parcel_answer.Teller | None = None) -> Iterator[bytes]:
    """One answer per parcel in the order of lines: CSV with a header, or JSON lines. Amounts are minor units; sentences are English, or
    those of the `teller`.

    For whoever is shown the consolidation, also its declarant, who is not shown the rows. Raises LookupError.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    of = get(number)
    form = parcel_answer.json_lines if as_json else parcel_answer.csv_lines
    if not as_json:
        yield parcel_answer.HEADER
    done = -1
    while True:
        with reading(SYSTEM):
            found = parcel_packed.where("s.consolidation = %s and s.place > %s", [number, done], limit=1)
            quarantine = _quarantine(number, found[0].place) if found else []
            alarms = parcel_opening.told_of(number, found[0].place) if found else {}
        if not found:
            return
        done = found[0].place
        facts = segment.unpacked(found[0].facts, parcel_answer.FACTS)
        mrns = segment.mrns(of.of.destination, of.day, facts["line"].to_numpy().astype("int64") + span(number)[0])
        taken = pc.is_in(facts["verdict"].combine_chunks().cast(pa.string()), pa.array(TAKEN))
        texts = segment.unpacked(found[0].texts, parcel_answer.TEXTS)
        if alarms:
            texts = parcel_answer.with_alarms(texts, facts["line"].to_numpy(), alarms)
        if teller is not None:
            texts = parcel_answer.retold(texts, teller)
            quarantine = [
                (line, rule, *teller.line(rule, why, hint), value) for line, rule, why, hint, value in quarantine
            ]
        yield form(facts, texts, pc.if_else(taken, mrns, ""), quarantine)


def _quarantine(number: int, place: int) -> list[tuple[int, str, str, str, str]]:
    """What could not be read of a segment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select q.line, q.rule, q.why, q.hint, q.value from parcel_segment s join parcel_quarantine q "
            "on q.consolidation = s.consolidation and q.line >= s.first and q.line < s.first + s.rows "
            "where s.consolidation = %s and s.place = %s order by q.line",
            [number, place],
        )
        return list(cursor.fetchall())


def counts(number: int, of: Literal["told", "lanes"] = "told") -> dict[str, int]:
    """How many rows of a consolidation that the reader is shown have which verdict (also `unreadable`), or are in which lane."""
    if not begun("c.id = %s", [number]):
        return {}
    with reading(SYSTEM), connection.cursor() as cursor:
        cursor.execute(
            f"select key, sum(value::bigint)::bigint from parcel_segment, jsonb_each_text({of}) where consolidation = %s "  # noqa: S608
            "group by key order by key",
            [number],
        )
        return dict(cursor.fetchall())


def broken() -> tuple[int, list[str]]:
    """(segments, the faults of those) whose columns, or what could not be read of them, are not those that were sealed."""
    faults: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "select consolidation, place, first, sha256(facts) || sha256(texts) || sha256(fingerprints), leaf "
            "from parcel_segment order by 1, 2"
        )
        segments = cursor.fetchall()
    for number, n, first, columns, sealed in segments:
        if leaf(number, n, first, bytes(columns), _quarantine(number, n)) != bytes(sealed):
            faults.append(f"consolidation {number}, segment {n}: its rows are not those that were sealed")
    return len(segments), faults
