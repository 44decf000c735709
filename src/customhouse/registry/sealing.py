"""Sealing: every act becomes a leaf of the Merkle log, and the log's state is signed.

One sequencer (in the worker) takes committed entries in the order (transaction id, entry id), below the oldest transaction
that still runs, so that the order is fixed for ever and no request waits for it.
"""

from __future__ import annotations

from django.db import connection, transaction

from customhouse.ledger import checkpoint
from customhouse.ledger.merkle import Frontier
from customhouse.registry import secret, turn

AT_ONCE = 5000
NEXT = """
    select xid::text, id, leaves from log_leaf
    where (xid, id) > (%s::xid8, %s) and xid < pg_snapshot_xmin(pg_current_snapshot())
    order by log_leaf.xid, log_leaf.id limit %s
"""
LAST = "select size, upto_xid::text, upto_id, frontier from checkpoint order by size desc limit 1"


def signer(origin: str) -> checkpoint.Signer:
    """The key of this house's log."""
    return checkpoint.Signer(origin, secret.key("log"))


def seal(origin: str) -> int:
    """Append what was recorded since the last checkpoint and sign a new one; how many acts were sealed (0: none new)."""
    with transaction.atomic(), connection.cursor() as cursor:
        if not turn.in_transaction("sealing"):
            return 0
        cursor.execute(LAST)
        size, xid, number, dumped = cursor.fetchone() or (0, "0", 0, b"")
        frontier = Frontier.load(size, bytes(dumped))
        cursor.execute(NEXT, [xid, number, AT_ONCE])
        rows = cursor.fetchall()
        for _, _, leaves in rows:
            joined = bytes(leaves)
            for start in range(0, len(joined), 32):
                frontier.append(joined[start : start + 32])
        if frontier.size == size:
            return 0
        xid, number = rows[-1][:2]
        root = frontier.root()
        note = checkpoint.sign(checkpoint.Checkpoint(origin, frontier.size, root), signer(origin))
        cursor.execute(
            "insert into checkpoint (size, upto_xid, upto_id, frontier, root, note) values (%s, %s::xid8, %s, %s, %s, %s)",
            [frontier.size, xid, number, frontier.dump(), root, note],
        )
    return frontier.size - size


def standing() -> dict[str, int]:
    """How far the log is sealed: acts under the last checkpoint, and entries that wait for the next."""
    with connection.cursor() as cursor:
        cursor.execute(LAST)
        size, xid, number, _ = cursor.fetchone() or (0, "0", 0, b"")
        cursor.execute("select count(*) from log_leaf where (xid, id) > (%s::xid8, %s)", [xid, number])
        return {"sealed_acts": size, "waiting_entries": cursor.fetchone()[0]}


def keep_partitions_ahead() -> None:
    """See that the coming months have their partitions."""
    with connection.cursor() as cursor:
        cursor.execute("select ensure_entry_partitions(3)")
