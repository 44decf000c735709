"""Declarations and the cargo they ask for: who names which transport document, and what they have taken of it.

A declaration may be lodged before its goods are reported, so its claims are kept until they can be met. They are read off
the register of declarations in the order in which it grew (`unread`), so that no lodgement waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import connection, transaction

from customhouse.offices.manifest import CargoClaim, key
from customhouse.record import codec
from customhouse.record.acts import Entry
from customhouse.record.cargo import CargoReport, CargoStage, GivenBack, WrittenOff
from customhouse.record.declaration import CargoMatch, Declaration, Role
from customhouse.record.manifest import TransportDocument
from customhouse.registry import manifests
from customhouse.registry.manifests import OpenReport
from customhouse.registry.rows import READ_ENTRY, read_entry

AT_ONCE = 500
BY = "customhouse"
CONCERN = frozenset(("Lodged", "Accepted", "Amended", "Invalidated"))
GROUPED = "its goods are declared by the houses under it"
UNREAD = (
    f"select e.xid::text, e.id, {READ_ENTRY} from entry e "  # noqa: S608 - columns named in code
    "where (e.xid, e.id) > (%s::xid8, %s) and e.xid < pg_snapshot_xmin(pg_current_snapshot()) "
    "order by e.xid, e.id limit %s"
)


class Unread(NamedTuple):
    """What was recorded since the register was read last, as far as cargo is concerned, and where that ends."""

    entries: tuple[Entry, ...]
    upto: tuple[str, int] | None


def unread() -> Unread:
    """The next entries that lodge, amend or invalidate a declaration; `upto` is None where nothing is new."""
    with connection.cursor() as cursor:
        cursor.execute("select upto_xid::text, upto_id from cargo_position")
        cursor.execute(UNREAD, [*cursor.fetchone(), AT_ONCE])
        rows = cursor.fetchall()
    concerned = [row for row in rows if _concerns(codec.names(bytes(row[9])))]
    return Unread(tuple(read_entry(*row[2:]) for row in concerned), tuple(rows[-1][:2]) if rows else None)


def _concerns(names: Sequence[str]) -> bool:
    return "Refused" not in names and not CONCERN.isdisjoint(names)


def have_read(upto: tuple[str, int]) -> None:
    """The register has been read up to there."""
    with connection.cursor() as cursor:
        cursor.execute("update cargo_position set upto_xid = %s::xid8, upto_id = %s", list(upto))


def claim(rows: Iterable[tuple[int, str, str, datetime]]) -> None:
    """Keep which declaration (number, its declarant, since when) names which transport document (key)."""
    columns = list(zip(*((d, key(k), who, at) for d, k, who, at in rows), strict=True))
    if not columns:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into cargo_claim (declaration, key, declarant, since) select * from "
            "unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[]) on conflict do nothing",
            [list(column) for column in columns],
        )


def reported(keys: Iterable[str]) -> set[str]:
    """Those of the keys that a transport document is known by."""
    with connection.cursor() as cursor:
        cursor.execute("select distinct key from transport_document where key = any(%s)", [[key(k) for k in keys]])
        return {row[0] for row in cursor.fetchall()}


def naming(keys: Iterable[str]) -> list[int]:
    """Numbers of the declarations that name any of these transport documents, first come first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct declaration from cargo_claim where key = any(%s) order by 1", [[key(k) for k in keys]]
        )
        return [row[0] for row in cursor.fetchall()]


def keys_of(declaration: int) -> list[str]:
    """Every transport document that a declaration names or named."""
    with connection.cursor() as cursor:
        cursor.execute("select key from cargo_claim where declaration = %s", [declaration])
        return [row[0] for row in cursor.fetchall()]


class Asker(msgspec.Struct, frozen=True):
    """A declaration that names a transport document, as lists show it."""

    key: str
    declaration: int
    mrn: str
    declarant: str
    stage: str
    matched: bool


def askers(report: CargoReport) -> tuple[Asker, ...]:
    """Every declaration that names a document of the report."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.key, c.declaration, coalesce(d.mrn, ''), c.declarant, d.stage, c.matched is not distinct from %s "
            "from cargo_claim c join declaration d on d.id = c.declaration "
            "where c.key = any(%s) and d.stage not in ('REFUSED', 'INVALIDATED') order by c.declaration",
            [report.id, [key(d.number) for d in report.manifest.documents]],
        )
        return tuple(Asker(*row) for row in cursor.fetchall())


class _Found(NamedTuple):
    report: int
    number: str
    containers: tuple[str, ...]


def take(d: Declaration, asked: Sequence[CargoClaim], tolerance: int, at: datetime) -> tuple[CargoMatch, ...]:
    """Write off what the declaration asks for, as far as it is reported, and say what was found.

    What was taken before is not taken again. A claim is met whole or not at all; `tolerance` is by how many millionths
    its mass may be more than what is left. Joins the transaction around it, in which the declaration's file is locked.
    """
    found = _find(d, [n for c in asked for n in c.numbers])
    reports = manifests.opened_many(sorted({f.report for f in found.values()}))
    matches: list[CargoMatch] = []
    for one in asked:
        places = [(n, found[key(n)]) for n in one.numbers if key(n) in found]
        if len(places) < len(one.numbers):
            continue
        documents = [(reports[place.report], place.number) for _, place in places]
        matches += _meet(d, one, documents, tolerance, at)
    _remember(d, matches, {r.report.number: r.report.id for r in reports.values()})
    return tuple(matches)


def _find(d: Declaration, numbers: Sequence[str]) -> dict[str, _Found]:
    """The one document in a living report for each number; of several, the one with a container of the declaration."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select t.key, t.manifest, t.number, t.containers from transport_document t "
            "join manifest m on m.id = t.manifest "
            "where t.key = any(%s) and (m.stage in ('REPORTED', 'ARRIVED') or m.number = any(%s)) order by t.id",
            [[key(n) for n in numbers], [m.manifest for m in d.cargo]],
        )
        rows = cursor.fetchall()
    transport = d.lodged.goods_shipment.consignment
    boxes = {e.id for e in transport.equipment} if transport else set()
    found: dict[str, list[_Found]] = {}
    for k, report, number, containers in rows:
        found.setdefault(k, []).append(_Found(report, number, tuple(containers)))
    chosen: dict[str, _Found] = {}
    for k, several in found.items():
        fitting = several if len(several) == 1 else [f for f in several if boxes.intersection(f.containers)]
        if len(fitting) == 1:
            chosen[k] = fitting[0]
    return chosen


def _meet(
    d: Declaration, asked: CargoClaim, places: list[tuple[OpenReport, str]], tolerance: int, at: datetime
) -> list[CargoMatch]:
    """The claim met: one match for each of its documents."""
    item = asked.items[0] if asked.items else 0
    before = {(key(m.document), item): m for m in d.cargo if m.item == item and not m.short}
    documents = [(file, document) for file, n in places if (document := file.report.manifest.document(n)) is not None]
    if documents and all((key(t.number), item) in before for _, t in documents):
        known = [before[key(t.number), item] for _, t in documents]
        return [msgspec.structs.replace(m, arrived=_there(f)) for m, (f, _) in zip(known, documents, strict=True)]
    made: list[CargoMatch] = []
    shares, short = _shares(asked, documents, tolerance)
    for (file, document), (packages, mass) in zip(documents, shares, strict=True):
        if not short:
            file.draw(document.number, reference(d, item), packages, mass, at=at)
            act = WrittenOff(document.number, d.id, d.mrn, packages, mass)
            file.record((act,), by=BY, role=Role.SYSTEM, at=at)
        made.append(CargoMatch(document.number, file.report.number, item, packages, mass, _there(file), short))
    return made


def _there(file: OpenReport) -> bool:
    return file.report.stage in (CargoStage.ARRIVED, CargoStage.DISCHARGED)


def _shares(
    asked: CargoClaim, documents: list[tuple[OpenReport, TransportDocument]], tolerance: int
) -> tuple[list[tuple[int, int]], str]:
    """What to take of each document, filling one after the other; or why the claim cannot be met."""
    nothing = [(0, 0)] * len(documents)
    if any(file.report.is_grouped(t) for file, t in documents):
        return nothing, GROUPED
    rests = [file.report.rest(t) for file, t in documents]
    packages, mass = sum(p for p, _ in rests), sum(m for _, m in rests)
    if asked.packages > packages:
        return nothing, f"{asked.packages} packages are declared, {packages} are left"
    allowed = sum(t.mass for _, t in documents) * tolerance // 1_000_000
    if asked.mass > mass + allowed:
        return nothing, f"{asked.mass / 1000:g} kg are declared, {mass / 1000:g} kg are left"
    shares, wanted = [], [asked.packages, min(asked.mass, mass)]
    for rest in rests:
        share = (min(wanted[0], rest[0]), min(wanted[1], rest[1]))
        wanted = [wanted[0] - share[0], wanted[1] - share[1]]
        shares.append(share)
    return shares, ""


def reference(d: Declaration, item: int) -> str:
    """The name of what a version of a declaration takes."""
    return f"{d.id}.{d.version}.{item}"


def _remember(d: Declaration, matches: Iterable[CargoMatch], ids: dict[str, int]) -> None:
    """Which report meets the claims of the declaration."""
    with connection.cursor() as cursor:
        for m in matches:
            cursor.execute(
                "update cargo_claim set matched = %s where declaration = %s and key = %s",
                [None if m.short else ids[m.manifest], d.id, key(m.document)],
            )


def give_back(before: Declaration, at: datetime) -> None:
    """Give back everything that this version of a declaration had written off; joins the transaction around it."""
    taken = [m for m in before.cargo if m.packages or m.mass]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("update cargo_claim set matched = null where declaration = %s", [before.id])
        cursor.execute("select number, id from manifest where number = any(%s)", [[m.manifest for m in taken]])
        ids = dict(cursor.fetchall())
        reports = manifests.opened_many(sorted(ids.values()))
        for m in taken:
            file = reports[ids[m.manifest]]
            packages, mass = file.give_back(m.document, reference(before, m.item), at=at)
            if packages or mass:
                act = GivenBack(m.document, before.id, before.mrn, packages, mass)
                file.record((act,), by=BY, role=Role.SYSTEM, at=at)


def forget(declaration: int, keys: Iterable[str]) -> None:
    """The declaration names these documents no longer."""
    with connection.cursor() as cursor:
        cursor.execute("delete from cargo_claim where declaration = %s and key = any(%s)", [declaration, list(keys)])
