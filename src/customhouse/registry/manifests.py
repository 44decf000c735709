"""Cargo reports: stored once, opened one at a time, every entry appended, and the balances of their goods kept beside them.

Whoever needs several reports opens them in the order of their numbers, and balances after reports: nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.offices.manifest import key, nested_key
from customhouse.record.cargo import Amended as CargoAmended
from customhouse.record.cargo import (
    Arrived,
    CargoAct,
    CargoEntry,
    CargoReport,
    Degrouped,
    Discharged,
    Reported,
    fold,
    step,
)
from customhouse.record.declaration import Role
from customhouse.record.manifest import TransportDocument
from customhouse.registry import balance

KIND = "manifest"
PACKAGES, MASS = "packages", "mass"
UNITS = {PACKAGES: "NMP", MASS: "GRM"}

_encoder = msgspec.json.Encoder()
_report = msgspec.json.Decoder(CargoReport).decode
_acts = msgspec.json.Decoder(tuple[CargoAct, ...]).decode

INSERT = (
    "insert into manifest (id, number, carrier, submitter, reference, digest, office, mode, conveyance, voyage, stage, "
    "expected, arrived, acts, unmet, lodged_at, updated_at, snapshot) values ("
    "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 1, %s, %s, %s) "
    "on conflict do nothing returning id"
)
UPDATE = (
    "update manifest set office = %s, conveyance = %s, voyage = %s, stage = %s, expected = %s, arrived = %s, acts = %s, "
    "unmet = case when %s then acts + 1 else unmet end, updated_at = %s, snapshot = %s where id = %s"
)
MEETS = (CargoAmended, Degrouped, Arrived)  # acts after which declarations that name its documents are to be met
ENTRY = (
    'insert into manifest_entry (manifest, first, carrier, "by", role, at, on_day, acts, source) '
    "values (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
DOCUMENT = (
    "insert into transport_document (manifest, place, number, key, level, master, carrier, forwarder, consignee, "
    "containers, balance, packages, mass) values ("
    "%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


class UnknownManifest(LookupError):
    """There is no cargo report of this number."""

    def __init__(self, number: str | int) -> None:
        super().__init__(f"there is no cargo report {number}")


class DocumentInUse(Exception):
    """A carrier's transport document stands in another of its living reports."""

    def __init__(self, numbers: Sequence[tuple[str, str]]) -> None:
        self.numbers = tuple(numbers)
        super().__init__(", ".join(f"{document} stands in {report}" for document, report in numbers))


class StoredReport(msgspec.Struct, frozen=True):
    """What storing did: `new`; `same` when this content was stored before; `other` when the reference was used for other content."""

    kind: Literal["new", "same", "other"]
    report: CargoReport


class OpenReport:
    """An open report: locked until the transaction ends."""

    def __init__(self, cursor: Any, report: CargoReport) -> None:
        self._cursor, self.report = cursor, report

    def record(
        self, acts: Sequence[CargoAct], *, by: str, role: Role, at: datetime, source: bytes | None = None
    ) -> CargoReport:
        """Append `acts`, and the discharge where nothing is left. Raises CargoNotPermitted; then nothing is stored."""
        before = self.report
        entry = CargoEntry(before.id, before.acts + 1, by, role, at, at.date(), tuple(acts))
        after = fold(before, entry)
        _append(self._cursor, entry, before.carrier, source)
        if any(isinstance(act, CargoAmended | Degrouped) for act in acts):
            _sync(self._cursor, before, after, at)
        if after.stage.value == "ARRIVED" and after.is_empty:
            last = CargoEntry(before.id, after.acts + 1, "customhouse", Role.SYSTEM, at, at.date(), (Discharged(),))
            after = step(after, last.acts[0], Role.SYSTEM, before.id)
            _append(self._cursor, last, before.carrier, None)
        meets = any(isinstance(act, MEETS) for act in acts)
        changed = [*_changing(after), after.acts, meets, at, _encoder.encode(after).decode(), after.id]
        self._cursor.execute(UPDATE, changed)
        self._cursor.execute("select pg_notify('declaration', %s)", [f"0 {before.carrier}"])
        self.report = after
        return after

    def draw(self, document: str, reference: str, packages: int, mass: int, *, at: datetime) -> None:
        """Take from a document's balances, both or neither. Raises balance.Exhausted."""
        named = self.balance_of(document)
        asked = ((PACKAGES, packages), (MASS, mass))
        balance.draw([balance.Draw(KIND, f"{named}/{of}", reference, Decimal(n)) for of, n in asked], at=at)

    def give_back(self, document: str, reference: str, *, at: datetime) -> tuple[int, int]:
        """Undo what was taken under `reference`: (packages, grams) that came back."""
        named = self.balance_of(document)
        packages, mass = (balance.give_back(KIND, f"{named}/{of}", reference, at=at) for of in (PACKAGES, MASS))
        return int(packages), int(mass)

    def balance_of(self, document: str) -> str:
        """The name of a document's balances. Raises balance.UnknownBalance where goods are taken from its houses."""
        self._cursor.execute(
            "select balance from transport_document where manifest = %s and key = %s", [self.report.id, key(document)]
        )
        row = self._cursor.fetchone()
        if row is None or not row[0]:
            raise balance.UnknownBalance(f"goods are not taken from {document}")
        return str(row[0])


def insert(
    report: CargoReport, act: Reported, *, by: str, role: Role, submitter: str, at: datetime, source: bytes
) -> StoredReport:
    """Store a report, once per carrier, reference and content. Raises DocumentInUse."""
    told = report.manifest
    with transaction.atomic(), connection.cursor() as cursor:
        row = [
            report.id, report.number, report.carrier, submitter, told.reference, act.digest, told.office, told.mode,
            told.conveyance.name or told.conveyance.id, told.voyage, report.stage.value, told.expected, report.arrived,
            report.acts, at, at, _encoder.encode(report).decode(),
        ]  # fmt: skip
        cursor.execute(INSERT, row)
        if cursor.fetchone() is None:
            cursor.execute(
                "select digest, snapshot::text from manifest where carrier = %s and reference = %s and stage <> 'CANCELLED'",
                [report.carrier, told.reference],
            )
            digest, snapshot = cursor.fetchone()
            return StoredReport("same" if digest == act.digest else "other", _report(snapshot))
        _append(cursor, CargoEntry(report.id, 1, by, role, at, at.date(), (act,)), report.carrier, source)
        _sync(cursor, None, report, at)
        cursor.execute("select pg_notify('declaration', %s)", [f"0 {report.carrier}"])
    return StoredReport("new", report)


@contextmanager
def opened(number: str | int) -> Iterator[OpenReport]:
    """A report by its number or id, locked; what is recorded in it is stored when the block ends well."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"select snapshot::text from manifest where {'id' if isinstance(number, int) else 'number'} = %s for update",  # noqa: S608
            [number],
        )
        row = cursor.fetchone()
        if row is None:
            raise UnknownManifest(number)
        yield OpenReport(cursor, _report(row[0]))


def opened_many(ids: Sequence[int]) -> dict[int, OpenReport]:
    """Several reports, locked in one order until the transaction around this ends."""
    with connection.cursor() as cursor:
        cursor.execute("select id, snapshot::text from manifest where id = any(%s) order by id for update", [list(ids)])
        rows = cursor.fetchall()
    return {number: OpenReport(connection.cursor(), _report(snapshot)) for number, snapshot in rows}


def get(number: str) -> CargoReport:
    """The report of this number. Raises UnknownManifest."""
    rows = _all("select snapshot::text from manifest where number = %s", [number])
    if not rows:
        raise UnknownManifest(number)
    return _report(rows[0][0])


def met(report: CargoReport) -> None:
    """Every declaration that names a document of the report, as it stands here, has been met."""
    with connection.cursor() as cursor:
        cursor.execute("update manifest set unmet = 0 where id = %s and unmet <= %s", [report.id, report.acts])


def unmet(before: datetime) -> tuple[CargoReport, ...]:
    """Reports changed before this moment whose declarations have yet to be met: whoever changed them did not come to it."""
    return tuple(
        _report(row[0])
        for row in _all("select snapshot::text from manifest where unmet > 0 and updated_at < %s order by id", [before])
    )


def submitter_of(number: str) -> str:
    """Who handed a report in, for itself or for the carrier."""
    rows = _all("select submitter from manifest where number = %s", [number])
    return rows[0][0] if rows else ""


def entries(report: int) -> tuple[CargoEntry, ...]:
    """Everything recorded on a report, in order."""
    rows = _all(
        'select manifest, first, "by", role, at, on_day, acts from manifest_entry where manifest = %s order by first',
        [report],
    )
    return tuple(
        CargoEntry(number, first, by, Role(role), at.astimezone(UTC), on, _acts(bytes(acts)))
        for number, first, by, role, at, on, acts in rows
    )


class ReportRow(msgspec.Struct, frozen=True):
    """A report in a list: who handed it in, when, and how many declarations have taken goods of it."""

    report: CargoReport
    submitter: str
    lodged_at: datetime
    declarations: int


def listed(
    *, trader: str = "", office: str = "", text: str = "", alive: bool = False, limit: int = 100
) -> tuple[ReportRow, ...]:
    """Reports, newest first: those that concern a trader (carrier, who handed it in, forwarder, consignee), of an office, or all."""
    tests, values = ["true"], []
    if trader:
        tests.append(
            "(m.carrier = %s or m.submitter = %s or exists (select from transport_document t "
            "where t.manifest = m.id and (t.forwarder = %s or t.consignee = %s)))"
        )
        values += [trader] * 4
    if office:
        tests.append("m.office = %s")
        values.append(office)
    if alive:
        tests.append("m.stage in ('REPORTED', 'ARRIVED')")
    if text:
        tests.append(
            "(m.number = %s or m.reference ilike %s or m.conveyance ilike %s or m.voyage ilike %s or exists "
            "(select from transport_document t where t.manifest = m.id and (t.key = %s or %s = any(t.containers))))"
        )
        like = "%" + text.replace("\\", "").replace("%", "").replace("_", "\\_") + "%"
        values += [text.upper(), like, like, like, key(text), key(text)]
    rows = _all(
        "select m.snapshot::text, m.submitter, m.lodged_at, (select count(*) from cargo_claim c where c.matched = m.id) "  # noqa: S608
        f"from manifest m where {' and '.join(tests)} order by m.id desc limit %s",
        [*values, limit],
    )
    return tuple(ReportRow(_report(snapshot), submitter, at, n) for snapshot, submitter, at, n in rows)


def _append(cursor: Any, entry: CargoEntry, carrier: str, source: bytes | None) -> None:
    written = _encoder.encode(entry.acts)
    cursor.execute(
        ENTRY,
        [entry.report, entry.first, carrier, entry.by, entry.role.value, entry.at, entry.on, written, source],
    )


def _changing(report: CargoReport) -> list[Any]:
    told = report.manifest
    name = told.conveyance.name or told.conveyance.id
    return [told.office, name, told.voyage, report.stage.value, told.expected, report.arrived]


def _sync(cursor: Any, before: CargoReport | None, after: CargoReport, at: datetime) -> None:
    """Rows and balances of the documents that are new or changed; those that stand as they were keep theirs."""
    known = _standing(before) if before else {}
    wanted = _standing(after)
    gone = [k for k, what in known.items() if wanted.get(k) != what]
    cursor.execute("delete from transport_document where manifest = %s and key = any(%s)", [after.id, gone])
    fresh = {k: what for k, what in wanted.items() if known.get(k) != what}
    _refuse_in_use(cursor, after, list(fresh))
    places = {key(d.number): n for n, d in enumerate(after.manifest.documents, 1)}
    rows, balances = [], []
    for k, (document, is_leaf) in fresh.items():
        named = nested_key(after.number, document.number, after.version) if is_leaf else ""
        rows.append(_document_row(after, document, places[k], named))
        if is_leaf:
            sums = ((PACKAGES, document.packages), (MASS, document.mass))
            balances += [(f"{named}/{of}", UNITS[of], Decimal(n)) for of, n in sums]
    cursor.executemany(DOCUMENT, rows)
    if balances:
        balance.open_balances(KIND, balances, at=at)


def _standing(report: CargoReport) -> dict[str, tuple[TransportDocument, bool]]:
    leaves = {d.number for d in report.leaves()}
    return {key(d.number): (d, d.number in leaves) for d in report.manifest.documents}


def _refuse_in_use(cursor: Any, report: CargoReport, keys: list[str]) -> None:
    cursor.execute(
        "select t.number, m.number from transport_document t join manifest m on m.id = t.manifest "
        "where t.key = any(%s) and t.carrier = %s and m.id <> %s and m.stage in ('REPORTED', 'ARRIVED') order by 1",
        [keys, report.carrier, report.id],
    )
    if found := cursor.fetchall():
        raise DocumentInUse(found)


def _document_row(report: CargoReport, document: TransportDocument, place: int, named: str) -> tuple[Any, ...]:
    consignee = document.consignee.id if document.consignee else ""
    forwarder = document.forwarder.id if document.forwarder else consignee if document.consolidated else ""
    return (
        report.id, place, document.number, key(document.number), document.level.value, document.master, report.carrier,
        forwarder, consignee, list(document.containers), named, document.packages, document.mass,
    )  # fmt: skip


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
