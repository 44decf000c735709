"""The audit of the books: everything that must agree is worked out again, and every place where it does not is named.

The journals are made anew from the acts of the record and compared, so that a posting too many, too few or wrong is found
however well it balances. What the worker has not booked yet is counted as waiting, not as missing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from django.db import connection

from customhouse.offices.treasury.books import journals
from customhouse.offices.treasury.events import RECEIPTS
from customhouse.record.account import LIMITED, Journal
from customhouse.record.acts import Entry
from customhouse.record.declaration import Declaration, Stage
from customhouse.record.flow import fold
from customhouse.record.parcel import MARK, ROWS
from customhouse.registry import booking, charge_audit
from customhouse.registry.rows import READ_ENTRY, read_entry

BATCH = 500
Booked = frozenset[tuple[str, str, str, int]]


class Finding(msgspec.Struct, frozen=True):
    """One thing that does not agree: the name of the check, and where and how."""

    check: str
    what: str


class Report(msgspec.Struct):
    """What was looked at and everything that is wrong; `waiting` are entries that are still to be booked."""

    journals: int = 0
    postings: int = 0
    accounts: int = 0
    declarations: int = 0
    orders: int = 0
    waiting: int = 0
    wrong: list[Finding] = []

    @property
    def sound(self) -> bool:
        return not self.wrong


def audit(progress: Callable[[int, int], None] = lambda done, of: None) -> Report:
    """Look at everything. `progress` is told how many declarations are done, and of how many."""
    report = Report(waiting=booking.waiting(), wrong=[])
    for table in ("journals", "postings", "accounts", "orders"):
        setattr(report, table, _all(COUNTS[table])[0][0])
    for check, (sql, words) in CHECKS.items():
        report.wrong += [Finding(check, words.format(*row)) for row in _all(sql)]
    _record(report, progress)
    report.wrong += [Finding("consolidation", what) for what in charge_audit.faults()]
    return report


COUNTS = {
    "journals": "select count(*) from journal",
    "postings": "select count(*) from posting",
    "accounts": "select count(*) from account",
    "orders": "select count(*) from payment_order",
}
_NO_RECEIPT = ", ".join(f"'{event}'" for event in RECEIPTS)

# name of the check -> (SQL whose every row is something wrong, the words for a row)
CHECKS: dict[str, tuple[str, str]] = {
    "journal": (
        "select j.id, j.source, coalesce(a.currency, 'any currency'), coalesce(sum(p.amount), 0), count(p.*) from journal j "
        "left join posting p on p.journal = j.id left join account a on a.id = p.account group by j.id, j.source, a.currency "
        "having coalesce(sum(p.amount), 0) <> 0 or count(p.*) = 0 order by j.id",
        "journal {0} ({1}) adds up to {3} in {2}, in {4} postings",
    ),
    "account": (
        "select a.kind, a.key, a.balance, coalesce(sum(p.amount), 0), a.postings, count(p.*) from account a "
        "left join posting p on p.account = a.id group by a.id having a.balance <> coalesce(sum(p.amount), 0) "
        "or a.postings <> count(p.*) or a.postings <> coalesce(max(p.number), 0) order by a.id",
        "account {0}:{1} stands at {2}; its postings make {3}. It counts {4} postings, there are {5}",
    ),
    "running": (
        "select a.kind, a.key, r.number, r.balance, r.made from (select account, number, balance, "
        "sum(amount) over (partition by account order by number) as made from posting) r join account a on a.id = r.account "
        "where r.balance <> r.made order by a.id, r.number",
        "account {0}:{1}: after posting {2} the balance says {3}, the postings so far make {4}",
    ),
    "total": (
        "select currency, sum(balance) from account group by currency having sum(balance) <> 0",
        "all accounts in {0} together make {1}, not zero",
    ),
    "limit": (
        "select a.kind, a.key, a.ceiling, c.ceiling from account a left join lateral (select ceiling from account_ceiling c "
        "where c.account = a.id order by number desc limit 1) c on true "
        "where a.kind in ('deferment', 'guarantee') and a.ceiling is distinct from c.ceiling",
        "account {0}:{1} has the limit {2}; the last one given is {3}",
    ),
    "order": (
        "select o.reference, o.amount, coalesce(sum(l.amount), 0) from payment_order o left join payment_order_line l "
        "using (reference) group by o.reference having o.amount <> coalesce(sum(l.amount), 0)",
        "payment order {0} is over {1}; its lines make {2}",
    ),
    "settlement": (
        "select o.reference, o.amount, s.paid from payment_order o join (select j.reference, -sum(p.amount) as paid from journal j "
        "join posting p on p.journal = j.id join account a on a.id = p.account and a.kind = 'deferment' "
        "where j.reference <> '' group by j.reference) s using (reference) where o.kind = 'deferment' and s.paid > o.amount",
        "payment order {0} is over {1}, and {2} were paid on it",
    ),
    "receipt": (
        f"select source, event from journal where receipt = '' and event in ({_NO_RECEIPT})",  # noqa: S608 - our own words
        "{0} ({1}) has no receipt",
    ),
    "bank": (
        "select e.name, e.amount, coalesce(sum(p.amount), 0) from bank_entry e left join journal j on j.source = 'bank ' || e.id "
        "left join (posting p join account a on a.id = p.account and a.kind = 'bank') on p.journal = j.id "
        "group by e.id having coalesce(sum(p.amount), 0) <> case when e.credit then e.amount else -e.amount end",
        "entry {0} of the bank is over {1}; booked on the account are {2}",
    ),
    "statement": (
        "select s.name, s.opening, s.closing, s.repeated + coalesce(sum(case when e.credit then e.amount else -e.amount end), 0) "
        "from bank_statement s left join bank_entry e on e.statement = s.id where s.opening is not null and s.closing is not null "
        "group by s.id having s.opening + s.repeated + coalesce(sum(case when e.credit then e.amount else -e.amount end), 0) <> s.closing",
        "statement {0} opens at {1} and closes at {2}; its entries make {3}",
    ),
    "claim": (
        "select c.id, c.amount, coalesce(sum(p.amount), 0) from claim c join claim_step s on s.claim = c.id and s.step = 'granted' "
        "left join journal j on j.source = 'claim ' || c.id and j.event = c.kind "
        "left join (posting p join account a on a.id = p.account and a.kind in ('refund', 'drawback')) on p.journal = j.id "
        "group by c.id having coalesce(sum(p.amount), 0) <> -c.amount",
        "claim {0} was granted over {1}; booked are {2}",
    ),
}


# --- the books against the record -------------------------------------------------------------------------------------


def _record(report: Report, progress: Callable[[int, int], None]) -> None:
    """Every act that moves money has its journal, no journal names an act that did not, and each debt is what is owed."""
    total = _all("select count(*) from declaration")[0][0]
    stands: dict[str, int] = defaultdict(int)
    unbooked: set[str] = set()
    for chunk in _declarations():
        stored = _stored(list(chunk))
        owed = _balances(list(chunk))
        repaid = _repaid(list(chunk))
        for number, entries in chunk.items():
            state: Declaration | None = None
            for entry, _ in entries:
                state = fold(state, entry)
            pending = {e.first + n for e, waits in entries if waits for n in range(len(e.acts))}
            _compare(report, number, journals(e for e, _ in entries), stored[number], pending)
            if state is None:
                continue
            for charge in state.charges:
                stands[f"{charge.kind.value}:{charge.key}"] += charge.amount.minor
            if pending:
                unbooked |= {f"{c.kind.value}:{c.key}" for c in state.charges}
                continue
            _owed(report, state, owed[number], repaid[number])
        report.declarations += len(chunk)
        progress(report.declarations, total)
    _accounts(report, stands, unbooked)
    rows = _all("select j.source, j.declaration from journal j where j.declaration is not null and not exists "
                "(select from declaration d where d.id = j.declaration) and not exists (select from consolidation_charge h "
                "where %s + h.consolidation * %s = j.declaration) order by j.id", MARK, ROWS)  # fmt: skip
    report.wrong += [
        Finding("act", f"{source} is booked, and there is no declaration {number}") for source, number in rows
    ]


def _declarations() -> Iterator[dict[int, list[tuple[Entry, bool]]]]:
    """The entries of the declarations, some at a time, each with whether it may still be waiting to be booked."""
    xid, last = booking.position()
    after = -1
    while True:
        numbers = [
            row[0] for row in _all("select id from declaration where id > %s order by id limit %s", after, BATCH)
        ]
        if not numbers:
            return
        after = numbers[-1]
        found: dict[int, list[tuple[Entry, bool]]] = {number: [] for number in numbers}
        rows = _all(
            f"select (e.xid, e.id) > (%s::xid8, %s), {READ_ENTRY} from entry e where declaration = any(%s) "  # noqa: S608
            "order by declaration, first",
            str(xid), last, numbers,
        )  # fmt: skip
        for waits, *columns in rows:
            found[columns[0]].append((read_entry(*columns), waits))
        yield found


def _stored(numbers: list[int]) -> dict[int, dict[tuple[str, str], tuple[Booked, str]]]:
    """The journals of these declarations that come from acts: (source, event) -> what was posted, the receipt."""
    found: dict[int, dict[tuple[str, str], tuple[Booked, str]]] = {number: {} for number in numbers}
    postings: dict[int, set[tuple[str, str, str, int]]] = defaultdict(set)
    for journal, *posting in _all(
        "select p.journal, a.kind, a.key, a.currency, p.amount from posting p join account a on a.id = p.account "
        "join journal j on j.id = p.journal where j.declaration = any(%s)",
        numbers,
    ):
        kind, key, currency, amount = posting
        postings[journal].add((kind, key, currency, amount))
    for number, journal, source, event, receipt in _all(
        "select declaration, id, source, event, receipt from journal where declaration = any(%s) and act is not null",
        numbers,
    ):
        found[number][source, event] = frozenset(postings[journal]), receipt
    return found


def _compare(
    report: Report,
    number: int,
    made: tuple[Journal, ...],
    stored: dict[tuple[str, str], tuple[Booked, str]],
    pending: set[int],
) -> None:
    left = dict(stored)
    for journal in made:
        what = frozenset((p.account.kind.value, p.account.key, p.account.currency, p.minor) for p in journal.postings)
        booked = left.pop((journal.source, journal.event), None)
        if booked is None:
            if journal.act not in pending:
                report.wrong.append(Finding("act", f"{journal.source} ({journal.event}) is not booked"))
        elif booked != (what, journal.receipt):
            report.wrong.append(
                Finding("act", f"{journal.source} ({journal.event}) is booked otherwise than the record says")
            )
    report.wrong += [
        Finding("act", f"{s} ({e}) is booked, and the record of {number} knows nothing of it") for s, e in left
    ]


def _owed(report: Report, d: Declaration, stands: int, repaid: int) -> None:
    """What stands on a declaration is what is due less what was paid, charged and given back."""
    owed = repaid
    if d.settled is not None:
        due = 0 if d.stage is Stage.INVALIDATED else d.settled.due.minor
        owed += due - d.settled.paid - d.settled.charged
    if owed != stands:
        name = d.mrn or str(d.id)
        report.wrong.append(Finding("receivable", f"{name} owes {owed} by the record and {stands} by the books"))


def _balances(numbers: list[int]) -> dict[int, int]:
    """What stands on the receivable accounts of these declarations."""
    keys = [str(number) for number in numbers]
    return _summed(_all("select key, balance from account where kind = 'receivable' and key = any(%s)", keys))


def _summed(rows: list[tuple[Any, ...]]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for key, minor in rows:
        found[int(key)] += minor
    return found


def _repaid(numbers: list[int]) -> dict[int, int]:
    """What was granted to be given back of overpayments."""
    rows = _all(
        "select c.declaration, c.amount from claim c join claim_step s on s.claim = c.id and s.step = 'granted' "
        "where c.kind = 'repayment' and c.declaration = any(%s)",
        numbers,
    )
    return _summed(rows)


def _accounts(report: Report, stands: dict[str, int], unbooked: set[str]) -> None:
    """On a deferment account stand the charges less what was settled; on a guarantee account the charges."""
    settled = dict(
        _all(
            "select a.kind || ':' || a.key, sum(p.amount) from posting p join account a on a.id = p.account "
            "join journal j on j.id = p.journal where a.kind = 'deferment' and j.act is null group by 1"
        )
    )
    for kind, key, balance in _all(
        "select kind, key, balance from account where kind = any(%s)", [k.value for k in LIMITED]
    ):
        code = f"{kind}:{key}"
        by_record = stands[code] + int(settled.get(code, 0))
        if code not in unbooked and by_record != balance:
            report.wrong.append(Finding(kind, f"account {code} stands at {balance}; open charges make {by_record}"))


def _all(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return cursor.fetchall()  # type: ignore[no-any-return]
