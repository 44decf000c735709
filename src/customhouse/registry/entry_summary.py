"""Entry summary declarations: each with what it is matched by, and for ever what was received and decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from django.db import connection, transaction

from customhouse.record.ens import Answer, EntryState, EntrySummary

Kind = Literal["lodged", "rejected", "amended", "amendment_rejected", "intervention"]
COLUMNS = (
    "id", "mrn", "lrn", "carrier", "state", "version", "mode", "transport", "conveyance", "office", "expected", "documents",
    "containers", "goods", "items", "steps", "lodged_at", "updated_at",
)  # fmt: skip
STEP = ("entry_summary", "number", "carrier", "kind", "by", "role", "at", "digest", "source", "decision")
READ = f"select {', '.join(COLUMNS)} from entry_summary"  # noqa: S608 - our own words
ARRIVAL = "%Y%m%d%H%M"

_decision = msgspec.json.Decoder(Answer)


class UnknownEntrySummary(LookupError):
    """There is no entry summary declaration of this MRN or number."""

    def __init__(self, key: str | int) -> None:
        super().__init__(f"there is no entry summary declaration {key}")


class EntrySummaryRow(msgspec.Struct, frozen=True, gc=False):
    """An entry summary declaration as it stands. `carrier` is who lodged it and whose row it is; `transport` the means
    (IMO number, registration), `documents` numbers of transport and other documents, `expected` the arrival told."""

    id: int
    mrn: str
    lrn: str
    carrier: str
    state: EntryState
    version: int
    mode: str
    transport: str
    conveyance: str
    office: str
    expected: datetime | None
    documents: tuple[str, ...]
    containers: tuple[str, ...]
    goods: str
    items: int
    steps: int
    lodged_at: datetime
    updated_at: datetime


class Step(msgspec.Struct, frozen=True, gc=False):
    """What was received (`source`, empty where customs acted by itself) and decided, by whom and when."""

    number: int
    kind: Kind
    by: str
    role: str
    at: datetime
    digest: str
    source: bytes
    decision: Answer


def _row(values: Sequence[Any]) -> EntrySummaryRow:
    told = dict(zip(COLUMNS, values, strict=True))
    told |= {"mrn": told["mrn"] or "", "state": EntryState(told["state"])}
    told |= {"documents": tuple(told["documents"]), "containers": tuple(told["containers"])}
    return EntrySummaryRow(**told)


def _matched(summary: EntrySummary) -> dict[str, Any]:
    """The columns that come from what was declared."""
    items = summary.items
    return {
        "mode": summary.mode,
        "transport": summary.transport.identity,
        "conveyance": summary.conveyance_reference,
        "office": summary.first_entry.reference,
        "expected": _arrival(summary.first_entry.expected),
        "documents": list(summary.documents),
        "containers": list(summary.containers),
        "goods": items[0].description[:140] if items else "",
        "items": len(items),
    }


def _arrival(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, ARRIVAL).replace(tzinfo=UTC)
    except ValueError:
        return None


def insert(
    number: int, mrn: str, state: EntryState, carrier: str, summary: EntrySummary, step: Step
) -> EntrySummaryRow | None:
    """Store an entry summary declaration with its first step; None where its carrier has used the reference before."""
    told = {
        "id": number, "mrn": mrn or None, "lrn": summary.lrn, "carrier": carrier, "state": state.value, "version": 1,
        **_matched(summary), "steps": 1, "lodged_at": step.at, "updated_at": step.at,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(COLUMNS))
        cursor.execute(
            f"insert into entry_summary ({', '.join(COLUMNS)}) values ({marks}) on conflict do nothing returning id",  # noqa: S608
            [told[name] for name in COLUMNS],
        )
        if cursor.fetchone() is None:
            return None
        _append(cursor, number, carrier, step)
    return get(number)


def append(row: EntrySummaryRow, step: Step, state: EntryState, summary: EntrySummary | None = None) -> EntrySummaryRow:
    """Add a step to a row read under `locked`; `summary` is the new version, where the step brings one."""
    changes: dict[str, Any] = {"state": state.value, "steps": step.number, "updated_at": step.at}
    if summary is not None:
        changes |= {"version": row.version + 1, **_matched(summary)}
    with transaction.atomic(), connection.cursor() as cursor:
        _append(cursor, row.id, row.carrier, step)
        sets = ", ".join(f"{name} = %s" for name in changes)
        cursor.execute(f"update entry_summary set {sets} where id = %s", [*changes.values(), row.id])  # noqa: S608
    return get(row.id)


def _append(cursor: Any, number: int, carrier: str, step: Step) -> None:
    values = (number, step.number, carrier, step.kind, step.by, step.role, step.at, step.digest, step.source)
    decision = msgspec.json.encode(step.decision).decode()
    names = ", ".join(f'"{name}"' for name in STEP)
    marks = ", ".join(["%s"] * len(STEP))
    cursor.execute(f"insert into entry_summary_step ({names}) values ({marks})", [*values, decision])  # noqa: S608


def get(key: str | int, *, lock: bool = False) -> EntrySummaryRow:
    """The one of this MRN or number; with `lock`, inside a transaction, until that ends. Raises UnknownEntrySummary."""
    column = "id" if isinstance(key, int) else "mrn"
    found = _all(f"{READ} where {column} = %s{' for update' if lock else ''}", [key])
    if not found:
        raise UnknownEntrySummary(key)
    return _row(found[0])


def standing(carrier: str, lrn: str, digest: str) -> EntrySummaryRow | None:
    """What a carrier lodged under a reference: the one that stands, else the one rejected with this content."""
    same = "exists (select from entry_summary_step s where s.entry_summary = e.id and s.number = 1 and s.digest = %s)"
    found = _all(
        f"{READ} e where carrier = %s and lrn = %s and (state <> 'REJECTED' or {same}) "
        "order by state = 'REJECTED', id desc limit 1",
        [carrier, lrn, digest],
    )
    return _row(found[0]) if found else None


def steps(number: int) -> tuple[Step, ...]:
    """Everything received and decided about one, in order."""
    found = _all(
        'select number, kind, "by", role, at, digest, source, decision::text from entry_summary_step '
        "where entry_summary = %s order by number",
        [number],
    )
    return tuple(Step(*row[:6], bytes(row[6]), _decision.decode(row[7])) for row in found)


def rows(
    *, carrier: str = "", text: str = "", state: str = "", before: int | None = None, limit: int = 50
) -> tuple[EntrySummaryRow, ...]:
    """A page of them, newest first; `text` is a reference, a document, a container or a conveyance, whole."""
    tests, values = ["true"], []
    for test, value in (("carrier = %s", carrier), ("state = %s", state), ("id < %s", before)):
        if value:
            tests.append(test)
            values.append(value)
    if text:
        tests.append(
            "(mrn = %s or lrn = %s or conveyance = %s or transport = %s or documents @> %s or containers @> %s)"
        )
        values += [text.upper(), text, text, text, [text], [text.upper()]]
    return tuple(
        _row(r) for r in _all(f"{READ} where {' and '.join(tests)} order by id desc limit %s", [*values, limit])
    )


def naming(*, documents: Sequence[str] = (), containers: Sequence[str] = ()) -> tuple[EntrySummaryRow, ...]:
    """Those that stand and name any of these transport documents or containers: what a manifest is matched with."""
    found = _all(
        f"{READ} where state <> 'REJECTED' and (documents && %s or containers && %s) order by id",
        [list(documents), list(containers)],
    )
    return tuple(_row(row) for row in found)


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()  # type: ignore[no-any-return]
