"""The proof that the register is what it was: chains, snapshots, Merkle roots and signatures, all recomputed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from django.db import connection

from customhouse.ledger import chain, checkpoint
from customhouse.ledger.merkle import Frontier
from customhouse.record import codec
from customhouse.record.acts import Amended, Entry, Lodged
from customhouse.record.declaration import Declaration
from customhouse.record.flow import NotPermitted, fold
from customhouse.registry import parcel_charge, parcels
from customhouse.registry.rows import DECLARATION_COLUMNS, READ_ENTRY, declaration_row, read_entry
from customhouse.registry.sealing import signer

BATCH = 500
ENTRIES = f"select {READ_ENTRY}, e.leaves, e.reading, encode(sha256(e.source), 'hex')"
STATES = f"select d.snapshot::text, {', '.join(f'd.{c}' for c in DECLARATION_COLUMNS)} from declaration d"  # noqa: S608


class Report(msgspec.Struct):
    """What was checked and every place that is broken."""

    declarations: int = 0
    entries: int = 0
    acts: int = 0
    checkpoints: int = 0
    unsealed: int = 0
    segments: int = 0
    charges: int = 0
    key: str = ""
    broken: list[str] = []

    @property
    def sound(self) -> bool:
        return not self.broken


def verify(origin: str, progress: Callable[[int, int], None] = lambda done, of: None) -> Report:
    """Recompute everything. `progress` is told how many declarations are done, and of how many."""
    report = Report(key=str(signer(origin).verifier))
    _files(report, progress)
    _log(report, origin)
    report.segments, faults = parcels.broken()
    report.broken += faults
    report.charges, faults = parcel_charge.broken()
    report.broken += faults
    return report


def _files(report: Report, progress: Callable[[int, int], None]) -> None:
    """Each declaration: its chain is whole, and its snapshot is the fold of its acts."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from declaration")
        total = cursor.fetchone()[0]
        last = -1
        while True:
            cursor.execute(f"{STATES} where id > %s order by id limit %s", [last, BATCH])
            rows = cursor.fetchall()
            if not rows:
                break
            numbers = [row[1] for row in rows]
            last = numbers[-1]
            cursor.execute(f"{ENTRIES} from entry e where declaration = any(%s) order by declaration, first", [numbers])
            written: dict[int, list[Any]] = {}
            for row in cursor.fetchall():
                written.setdefault(row[0], []).append(row)
            for snapshot, *columns in rows:
                stored = dict(zip(DECLARATION_COLUMNS, columns, strict=True))
                _file(report, stored, snapshot, written.get(stored["id"], []))
            report.declarations += len(rows)
            progress(report.declarations, total)
        cursor.execute(
            "select distinct declaration from entry e where not exists (select from declaration d where d.id = e.declaration)"
        )
        report.broken += [f"declaration {row[0]}: acts are there, the declaration is not" for row in cursor.fetchall()]


def _file(report: Report, stored: dict[str, Any], snapshot: str | None, rows: list[Any]) -> None:
    number, previous, state = stored["id"], chain.START, None
    for row in rows:
        report.entries += 1
        *columns, leaves, reading, received = row
        try:
            entry = read_entry(*columns)
            written = codec.Written(codec.split(bytes(columns[7])), bytes(reading) if reading is not None else None)
            made = chain.leaves(previous, codec.canonical(entry, written))
            state = fold(state, entry)
        except (NotPermitted, msgspec.MsgspecError, ValueError) as fault:
            report.broken.append(f"declaration {number}, act {row[1]}: {fault}")
            return
        report.acts += len(made)
        if received not in (None, _digest(entry)):
            report.broken.append(f"declaration {number}, entry of act {row[1]}: the message is not the one received")
            return
        if b"".join(made) != bytes(leaves):
            report.broken.append(f"declaration {number}, entry of act {row[1]}: its hash does not fit its content")
            return
        previous = made[-1]
    if state is None or not _fits(state, snapshot, len(rows)):
        report.broken.append(f"declaration {number}: the snapshot is not the fold of its acts")
    elif previous != bytes(stored["leaf"]):
        report.broken.append(f"declaration {number}: an act at its end is missing")
    elif wrong := _wrong_columns(state, stored):
        report.broken.append(f"declaration {number}: {wrong} is not what its acts say")


def _digest(entry: Entry) -> str:
    """The digest of the message received with an entry, as its act names it."""
    return next((act.digest for act in entry.acts if isinstance(act, Lodged | Amended)), "")


def _fits(state: Declaration, snapshot: str | None, entries: int) -> bool:
    """A declaration of one entry needs no snapshot; any other has one, and it is the fold."""
    return entries == 1 if snapshot is None else codec.decode_declaration(snapshot) == state


def _wrong_columns(state: Declaration, stored: dict[str, Any]) -> str:
    """The first of the columns made from the state that says something else."""
    made = declaration_row(
        state, stored["file"], stored["digest"], bytes(stored["leaf"]), stored["lodged_at"], stored["updated_at"]
    )
    for name, value in zip(DECLARATION_COLUMNS, made, strict=True):
        if name == "agencies":  # those of lifted holds stay
            if not set(value) <= set(stored[name]):
                return name
        elif name != "leaf" and value != stored[name]:
            return name
    return ""


def _ordered() -> Iterator[tuple[int, int, bytes]]:
    """(xid, id, leaves) of all entries in the order of the log."""
    xid, number = "0", 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "select xid::text, id, leaves from log_leaf where (xid, id) > (%s::xid8, %s) "
                "order by log_leaf.xid, log_leaf.id limit 5000",
                [xid, number],
            )
            rows = cursor.fetchall()
            if not rows:
                return
            for xid, number, leaves in rows:
                yield int(xid), number, bytes(leaves)


def _log(report: Report, origin: str) -> None:
    """The log: every checkpoint is signed and its root is that of the entries up to it."""
    with connection.cursor() as cursor:
        cursor.execute("select size, upto_xid::text, upto_id, root, note from checkpoint order by size")
        points = [
            (int(size), int(xid), number, bytes(root), note) for size, xid, number, root, note in cursor.fetchall()
        ]
    verifier, frontier, at = signer(origin).verifier, Frontier(), 0
    for xid, number, leaves in _ordered():
        while at < len(points) and (xid, number) > points[at][1:3]:
            _point(report, points[at], frontier, verifier)
            at += 1
        if at == len(points):
            report.unsealed += len(leaves) // 32
        for start in range(0, len(leaves), 32):
            frontier.append(leaves[start : start + 32])
    for point in points[at:]:
        _point(report, point, frontier, verifier)


def _point(
    report: Report, point: tuple[int, int, int, bytes, str], frontier: Frontier, verifier: checkpoint.Verifier
) -> None:
    size, _, _, root, note = point
    report.checkpoints += 1
    try:
        told = checkpoint.parse(checkpoint.open_note(note, verifier))
    except checkpoint.InvalidNote as fault:
        report.broken.append(f"checkpoint {size}: {fault}")
        return
    if (told.size, told.root) != (size, root):
        report.broken.append(f"checkpoint {size}: its note says something else")
    if (frontier.size, frontier.root()) != (size, root):
        report.broken.append(f"checkpoint {size}: the log has {frontier.size} acts there with another root")
