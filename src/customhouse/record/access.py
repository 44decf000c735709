"""Who may do what: one table of actions and roles, printed in docs/access.md, obeyed by every page and every API route.

A cell says whose file the role may do it on. `flow.MAY` is the finer table beside it: which role may record which act once
`declaration.act` is open to it. What a reader is *shown* is enforced once more by the rows that PostgreSQL gives out
(`registry/access.sql`); the rows follow the cells of `declaration.read`.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from customhouse.record.declaration import Declaration, Role


class Whose(StrEnum):
    """On whose file a role may do something.

    OWN: the trader is the declarant. PARTY: declarant, importer or exporter, or authorised by one of them to read. OFFICE:
    the customs office of the account; every one where the account has none. AGENCY: held for or routed to the agency of the
    account. ALL: every file. SELF: no file, or the person's own account.
    """

    OWN = "own"
    PARTY = "party"
    OFFICE = "office"
    AGENCY = "agency"
    ALL = "all"
    SELF = "self"


R, W = Role, Whose
TRADE = (R.BROKER, R.TRADER)
CONTROL = (R.OFFICER, R.EXAMINER, R.CASHIER, R.SUPERVISOR)
STAFF = (*CONTROL, R.AUDITOR)
EVERYONE = (*TRADE, *STAFF, R.CARRIER, R.AGENCY, R.ADMINISTRATOR)


def _to(whose: Whose, *roles: Role) -> dict[Role, Whose]:
    return dict.fromkeys(roles, whose)


Cells = dict[Role, Whose]
ACTIONS: dict[str, Cells] = {
    # the house
    "house.enter": _to(W.SELF, *EVERYONE),
    "account.keep": _to(W.SELF, *EVERYONE),
    "law.read": _to(W.ALL, *EVERYONE),
    "law.draft": _to(W.ALL, R.OFFICER, R.SUPERVISOR, R.AUDITOR),
    "law.try": _to(W.ALL, R.OFFICER, R.SUPERVISOR),
    "tariff.look_up": _to(W.ALL, *TRADE),
    "risk.results": {**_to(W.OFFICE, R.OFFICER, R.SUPERVISOR), R.AUDITOR: W.ALL},
    "risk.people": {R.SUPERVISOR: W.OFFICE},
    "board.read": {**_to(W.OFFICE, R.OFFICER, R.SUPERVISOR), R.AUDITOR: W.ALL},
    # declarations
    "declaration.lodge": _to(W.OWN, *TRADE),
    "declaration.list": _to(W.PARTY, *TRADE),
    "declaration.read": {**_to(W.PARTY, *TRADE), **_to(W.OFFICE, *CONTROL), R.AUDITOR: W.ALL},
    "declaration.work": {**_to(W.OFFICE, *CONTROL), R.AUDITOR: W.ALL},
    "declaration.act": {**_to(W.OWN, *TRADE), **_to(W.OFFICE, *CONTROL)},
    "declaration.pay": _to(W.PARTY, *TRADE),
    "payment.record": _to(W.OFFICE, R.CASHIER, R.SUPERVISOR),
    "declaration.amend": _to(W.OWN, *TRADE),
    "declaration.claim": _to(W.OWN, *TRADE),
    "declaration.attach": {**_to(W.OWN, *TRADE), **_to(W.OFFICE, *CONTROL)},
    # consolidations of parcels: what became of each is the declarant's, what customs knows of it is customs'
    "consolidation.send": _to(W.OWN, *TRADE),
    "consolidation.read": {**_to(W.OWN, *TRADE), **_to(W.OFFICE, *CONTROL), R.AUDITOR: W.ALL},
    "consolidation.work": {**_to(W.OFFICE, R.OFFICER, R.EXAMINER, R.SUPERVISOR), R.AUDITOR: W.ALL},
    "consolidation.act": _to(W.OFFICE, R.OFFICER, R.SUPERVISOR),
    "consolidation.rule": {R.SUPERVISOR: W.OFFICE},
    "supplementary.list": {**_to(W.OWN, *TRADE), **_to(W.ALL, *STAFF)},
    # targeting: what it looks for is for customs alone
    "targeting.read": {**_to(W.OFFICE, R.OFFICER, R.EXAMINER, R.SUPERVISOR), R.AUDITOR: W.ALL},
    "targeting.act": _to(W.OFFICE, R.OFFICER, R.SUPERVISOR),
    "notice.read": _to(W.OWN, *TRADE),
    # parties on watch lists, and who is the same trader
    "party.read": {**_to(W.OFFICE, R.OFFICER, R.SUPERVISOR), R.AUDITOR: W.ALL},
    "party.decide": _to(W.OFFICE, R.OFFICER, R.SUPERVISOR),
    "party.confirm": _to(W.ALL, R.SUPERVISOR),
    "entity.read": _to(W.ALL, R.OFFICER, R.SUPERVISOR, R.AUDITOR),
    "entity.decide": _to(W.ALL, R.OFFICER, R.SUPERVISOR),
    # cargo and what is told before it comes
    "manifest.read": {**_to(W.PARTY, R.CARRIER, *TRADE), **_to(W.OFFICE, *CONTROL), R.AUDITOR: W.ALL},
    "manifest.report": {R.CARRIER: W.OWN},
    "manifest.act": {**_to(W.PARTY, R.CARRIER, *TRADE), **_to(W.OFFICE, *CONTROL)},
    "entry_summary.lodge": {R.CARRIER: W.OWN},
    "entry_summary.read": {R.CARRIER: W.OWN, **_to(W.OFFICE, *CONTROL), R.AUDITOR: W.ALL},
    "entry_summary.stop": _to(W.OFFICE, R.OFFICER, R.SUPERVISOR),
    # agencies and permits
    "agency.work": {R.AGENCY: W.AGENCY},
    "agency.act": {R.AGENCY: W.AGENCY},
    "government.read": _to(W.ALL, R.AGENCY, R.SUPERVISOR, R.AUDITOR),
    "permit.read": {**_to(W.PARTY, *TRADE), R.AGENCY: W.AGENCY},
    "permit.apply": _to(W.OWN, *TRADE),
    "permit.act": {**_to(W.PARTY, *TRADE), R.AGENCY: W.AGENCY},
    # money
    "treasury.read": _to(W.ALL, R.CASHIER, R.SUPERVISOR, R.AUDITOR),
    "treasury.work": _to(W.ALL, R.CASHIER, R.SUPERVISOR),
    "facility.grant": _to(W.ALL, R.SUPERVISOR),
    "account.use": _to(W.OWN, *TRADE),
    "software.manage": _to(W.OWN, *TRADE),
    "payment.read": {**_to(W.OWN, *TRADE), **_to(W.ALL, R.CASHIER, R.SUPERVISOR, R.AUDITOR)},
    # the risk office
    "risk.read": _to(W.ALL, R.OFFICER, R.SUPERVISOR, R.AUDITOR),
    "risk.write": _to(W.ALL, R.OFFICER, R.SUPERVISOR),
    "risk.approve": _to(W.ALL, R.SUPERVISOR),
    # people
    "authorisation.list": {**_to(W.OWN, *TRADE), R.ADMINISTRATOR: W.ALL},
    "authorisation.grant": _to(W.OWN, R.TRADER, R.CARRIER),
    "authorisation.revoke": {**_to(W.OWN, R.TRADER, R.CARRIER), R.ADMINISTRATOR: W.ALL},
    "account.administer": {R.ADMINISTRATOR: W.ALL},
    "read.audit": {R.SUPERVISOR: W.OFFICE, **_to(W.ALL, R.AUDITOR, R.ADMINISTRATOR)},
}


def may(action: str) -> tuple[Role, ...]:
    """The roles that may do this. Raises KeyError for an action that is not in the table."""
    return tuple(ACTIONS[action])


def is_open(
    action: str, role: Role, d: Declaration, *, own: str = "", reads: Collection[str] = (), office: str = ""
) -> bool:
    """Whether an account of `role` may do `action` on declaration `d`.

    `own` is the number of the account's trader, `reads` the numbers whose files it may read (its own and those that authorised
    it), `office` its customs office. Agencies are shown by the register alone, which remembers what was routed to them.
    """
    return bool(ground(action, role, d, own=own, reads=reads, office=office))


def ground(
    action: str, role: Role, d: Declaration, *, own: str = "", reads: Collection[str] = (), office: str = ""
) -> Whose | None:
    """The cell under which `action` is open to an account on declaration `d`, as `is_open`; None where it is not."""
    whose = ACTIONS[action].get(role)
    match whose:
        case Whose.OWN:
            return whose if own and d.lodged.declarant_id == own else None
        case Whose.PARTY:
            return None if parties(d).isdisjoint(reads) else whose
        case Whose.OFFICE:
            return whose if not office or office == office_of(d) else None
        case None | Whose.SELF:
            return None
    return whose


def parties(d: Declaration) -> set[str]:
    """The numbers of the traders whose file this is: declarant, importer, exporter."""
    importer, exporter = d.lodged.goods_shipment.importer, d.lodged.exporter
    named = (d.lodged.declarant_id, importer.id if importer else "", exporter.id if exporter else "")
    return {number for number in named if number}


def office_of(d: Declaration) -> str:
    """The customs office that a declaration was lodged at."""
    return d.lodged.office or d.lodged.presentation_office
