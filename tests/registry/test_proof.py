"""The proof finds every kind of tampering, and says where.

Each is done as the owner of the tables with triggers switched off, in a transaction that the proof reads and that is then
undone, so that the register of the tests stays sound.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import papers
import psycopg.conninfo
import pytest
from django.db import connections, transaction
from papers import BROKER, rows

from customhouse.clearance.lodge import lodge
from customhouse.clearance.query import query
from customhouse.clearance.settle import pay
from customhouse.gates import json as json_gate
from customhouse.gates import wco_xml
from customhouse.house.options import setting
from customhouse.ledger.chain import START, leaves
from customhouse.record import codec
from customhouse.record.declaration import Declaration, Role
from customhouse.record.flow import fold
from customhouse.registry import files, proof, sealing

pytestmark = pytest.mark.usefixtures("house")
ORIGIN = setting("CUSTOMHOUSE_LOG_ORIGIN")
_before: list[int] = []


@pytest.fixture(scope="module")
def sealed(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[tuple[Declaration, ...]]:
    """Four declarations under a checkpoint each, the second with a life; and one more act that is not sealed yet."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        while sealing.seal(ORIGIN):
            pass
        _before.extend(checkpoints())
        made = []
        for n in range(4):
            d = papers.green()
            if n == 1:
                d = query(d.id, "Where from?", by="officer", role=Role.OFFICER)
                assert d.settled is not None
                d = pay(d.id, d.settled.outstanding, "cash", by="cashier", role=Role.CASHIER)
            made.append(d)
            assert sealing.seal(ORIGIN) > 0
        made[3] = query(made[3].id, "And since?", by="officer", role=Role.OFFICER)
        yield tuple(made)


@contextmanager
def tampering() -> Iterator[Any]:
    """A cursor of the owner without triggers; what is done lasts until the block ends, and the proof sees it."""
    told = psycopg.conninfo.conninfo_to_dict(os.environ["CUSTOMHOUSE_OWNER_DATABASE_URL"])
    owner = connections.create_connection("default")
    owner.settings_dict = owner.settings_dict | {
        "USER": told["user"],
        "PASSWORD": told.get("password", ""),
        "OPTIONS": {k: v for k, v in owner.settings_dict["OPTIONS"].items() if k != "pool"},
    }
    application, connections["default"] = connections["default"], owner
    try:
        with transaction.atomic(), owner.cursor() as cursor:
            cursor.execute("alter table entry disable trigger entry_is_final")
            cursor.execute("alter table checkpoint disable trigger checkpoint_is_final")
            yield cursor
            transaction.set_rollback(True)
    finally:
        owner.close()
        connections["default"] = application


def broken() -> list[str]:
    return proof.verify(ORIGIN).broken


def checkpoints() -> list[int]:
    """The sizes of the checkpoints made here, after those of other tests."""
    return [r[0] for r in rows("select size from checkpoint order by size") if r[0] not in _before]


def test_what_was_recorded_is_sound(sealed):
    report = proof.verify(ORIGIN)
    assert report.sound, report.broken
    assert report.checkpoints == len(_before) + 4 and report.unsealed == 1
    assert report.declarations == rows("select count(*) from declaration")[0][0]
    assert [report.entries, report.acts] == [
        rows("select count(*) from entry")[0][0],
        rows("select count(*) from act")[0][0],
    ]
    (charged,) = rows(
        "select (select count(leaf) from consolidation_charge) + (select count(leaf) from consolidation_charge_event)"
    )[0]
    assert report.acts + report.segments + charged == checkpoints()[-1] + report.unsealed


def test_progress_is_told(sealed):
    told: list[tuple[int, int]] = []
    proof.verify(ORIGIN, lambda done, of: told.append((done, of)))
    assert told[-1][0] == told[-1][1] == rows("select count(*) from declaration")[0][0]


def test_nothing_of_the_tampering_stays(sealed):
    with tampering() as cursor:
        cursor.execute("delete from entry where declaration = %s", [sealed[0].id])
        assert broken()
    assert not broken()
    enabled = rows("select tgenabled from pg_trigger where tgname in ('entry_is_final', 'checkpoint_is_final')")
    assert {r[0] for r in enabled} <= {"O", b"O"}


def test_changed_bytes_of_an_act(sealed):
    d = sealed[0]
    with tampering() as cursor:
        cursor.execute(
            "update entry set acts = convert_to(replace(convert_from(acts, 'UTF8'), 'customs value', 'customs wealth'), 'UTF8') "
            "where declaration = %s",
            [d.id],
        )
        assert broken() == [f"declaration {d.id}, entry of act 1: its hash does not fit its content"]


def test_a_changed_message(sealed):
    d = sealed[0]
    with tampering() as cursor:
        cursor.execute(
            "update entry set source = convert_to(replace(convert_from(source, 'UTF8'), 'Imitation', 'Authentic'), 'UTF8') "
            "where declaration = %s",
            [d.id],
        )
        assert broken() == [f"declaration {d.id}, entry of act 1: the message is not the one received"]


def test_a_removed_message(sealed):
    d = sealed[0]
    with tampering() as cursor:
        cursor.execute("update entry set source = null where declaration = %s", [d.id])
        assert broken() == [f"declaration {d.id}, act 1: what was declared is missing"]


def test_a_reading_put_before_the_message(sealed):
    """What was read is part of the hash, so none can be slipped in where the message speaks for itself."""
    d = sealed[0]
    with tampering() as cursor:
        cursor.execute(
            "update entry set reading = convert_to(replace(convert_from(source, 'UTF8'), 'Imitation', 'Authentic'), 'UTF8') "
            "where declaration = %s",
            [d.id],
        )
        assert broken() == [f"declaration {d.id}, entry of act 1: its hash does not fit its content"]


def test_a_changed_reading(sealed):
    d = lodge(wco_xml.write(json_gate.read(papers.paper(papers.reference()))), by=BROKER).declaration
    assert d is not None
    assert rows("select reading is not null from entry where declaration = %s", d.id) == [(True,)]
    assert not broken()
    with tampering() as cursor:
        cursor.execute(
            "update entry set reading = convert_to(replace(convert_from(reading, 'UTF8'), 'Imitation', 'Authentic'), 'UTF8') "
            "where declaration = %s",
            [d.id],
        )
        assert broken() == [f"declaration {d.id}, entry of act 1: its hash does not fit its content"]


@pytest.mark.parametrize(
    ("column", "value"), [("stage", "'RELEASED'"), ("goods", "'tea'"), ("payable", "0"), ("holds", "'{}'")]
)
def test_a_changed_column_of_the_lists(sealed, column, value):
    d = sealed[0]
    with tampering() as cursor:
        cursor.execute(f"update declaration set {column} = {value} where id = %s", [d.id])
        assert broken() == [f"declaration {d.id}: {column} is not what its acts say"]


def test_changed_acts_with_hashes_made_to_fit(sealed):
    """A forger who makes chain and columns anew is caught by the log: its root has been signed."""
    d = sealed[0]
    entry = files.entries(d.id)[0]
    written = codec.write(entry.acts, files.source(d.id))
    forged = codec.Written([act.replace(b"customs value", b"customs wealth") for act in written.acts], written.reading)
    assert forged != written
    made = leaves(START, codec.canonical(entry, forged))
    with tampering() as cursor:
        cursor.execute(
            "update entry set acts = %s, leaves = %s where declaration = %s", [forged.array, b"".join(made), d.id]
        )
        cursor.execute("update declaration set leaf = %s where id = %s", [made[-1], d.id])
        found = broken()
    assert len(found) == 4 and all("with another root" in f for f in found)
    assert [f.split(":")[0] for f in found] == [f"checkpoint {size}" for size in checkpoints()]


@pytest.mark.parametrize(
    "column",
    ["by = 'somebody'", "role = 'supervisor'", "at = at + interval '1 second'", "on_day = on_day - 1", "book = ''"],
)
def test_changed_circumstances_of_an_entry(sealed, column):
    d = sealed[1]
    with tampering() as cursor:
        cursor.execute(
            f"update entry set {column.split(' ')[0].replace('by', chr(34) + 'by' + chr(34))} = {column.split(' = ')[1]} "
            "where declaration = %s and first = (select max(first) from entry where declaration = %s)",
            [d.id, d.id],
        )
        found = broken()
    assert len(found) == 1 and found[0].startswith(f"declaration {d.id}, entry of act {d.acts}: ")


@pytest.mark.parametrize(
    "change",
    ["jsonb_set(snapshot, '{stage}', '\"RELEASED\"')", "snapshot #- '{holds}'", "jsonb_set(snapshot, '{acts}', '99')"],
)
def test_a_changed_snapshot(sealed, change):
    d = sealed[1]
    with tampering() as cursor:
        cursor.execute(f"update declaration set snapshot = {change} where id = %s", [d.id])
        assert broken() == [f"declaration {d.id}: the snapshot is not the fold of its acts"]


def test_a_missing_snapshot(sealed):
    d = sealed[1]
    with tampering() as cursor:
        cursor.execute("update declaration set snapshot = null where id = %s", [d.id])
        assert broken() == [f"declaration {d.id}: the snapshot is not the fold of its acts"]


def test_a_removed_last_entry(sealed):
    d = sealed[3]
    with tampering() as cursor:
        cursor.execute("delete from entry where declaration = %s and first > 1", [d.id])
        assert broken() == [f"declaration {d.id}: the snapshot is not the fold of its acts"]


def test_a_removed_last_entry_with_the_snapshot_before_it(sealed):
    """Only the leaf beside the snapshot still knows of the act, as no checkpoint has it yet."""
    d = sealed[3]
    before = codec.encode(fold(None, files.entries(d.id)[0])).decode()
    with tampering() as cursor:
        cursor.execute("delete from entry where declaration = %s and first > 1", [d.id])
        cursor.execute("update declaration set snapshot = %s where id = %s", [before, d.id])
        assert broken() == [f"declaration {d.id}: an act at its end is missing"]


def test_a_removed_entry_in_the_middle(sealed):
    d = sealed[1]
    firsts = [e.first for e in files.entries(d.id)]
    with tampering() as cursor:
        cursor.execute("delete from entry where declaration = %s and first = %s", [d.id, firsts[1]])
        found = broken()
    assert found[0].startswith(f"declaration {d.id}, act {firsts[2]}: ")
    assert [f.split(":")[0] for f in found[1:]] == [f"checkpoint {size}" for size in checkpoints()[1:]]


def test_a_whole_declaration_removed_before_a_checkpoint(sealed):
    d = sealed[1]
    with tampering() as cursor:
        cursor.execute("delete from entry where declaration = %s", [d.id])
        cursor.execute("delete from declaration where id = %s", [d.id])
        found = broken()
    assert [f.split(":")[0] for f in found] == [f"checkpoint {size}" for size in checkpoints()[1:]]
    assert all("with another root" in f for f in found)


def test_a_declaration_removed_and_its_acts_left(sealed):
    d = sealed[2]
    with tampering() as cursor:
        cursor.execute("delete from declaration where id = %s", [d.id])
        assert broken() == [f"declaration {d.id}: acts are there, the declaration is not"]


def test_a_changed_root(sealed):
    size = checkpoints()[1]
    with tampering() as cursor:
        cursor.execute("update checkpoint set root = sha256(root) where size = %s", [size])
        found = broken()
    assert found == [
        f"checkpoint {size}: its note says something else",
        f"checkpoint {size}: the log has {size} acts there with another root",
    ]


def test_a_changed_note(sealed):
    size = checkpoints()[2]
    with tampering() as cursor:
        cursor.execute(
            "update checkpoint set note = replace(note, chr(10) || %s || chr(10), chr(10) || %s || chr(10)) where size = %s",
            [str(size), str(size + 1), size],
        )
        found = broken()
    assert len(found) == 1 and found[0].startswith(f"checkpoint {size}: ")


def test_the_note_of_another_checkpoint(sealed):
    earlier, size = checkpoints()[:2]
    with tampering() as cursor:
        cursor.execute(
            "update checkpoint set note = (select note from checkpoint where size = %s) where size = %s",
            [earlier, size],
        )
        assert broken() == [f"checkpoint {size}: its note says something else"]


def test_leaves_put_in_another_order(sealed):
    """Two entries that change places in the log: every file is whole, the root is not."""
    with tampering() as cursor:
        cursor.execute("update entry set xid = '3'::xid8 where declaration = %s", [sealed[1].id])
        found = broken()
    assert found and all(f.startswith("checkpoint ") for f in found)


def test_a_log_of_another_name_is_not_believed(sealed):
    found = proof.verify("other.example/customs").broken
    assert [f.split(":")[0] for f in found] == [f"checkpoint {size}" for size in (*_before, *checkpoints())]
    assert BROKER not in " ".join(found)
