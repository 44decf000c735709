"""The first morning of a demo house: trade with its cargo is handed in, and work is left on every desk.

Everything goes through the use cases that people use, under the names of the demo's accounts; by seed and day the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

from customhouse.clearance import agency, cargo, entry_summary, order, query, reconcile, refund, settle
from customhouse.clearance.lodge import lodge_read
from customhouse.clearance.permit import Actor
from customhouse.desks import lodge_draft
from customhouse.desks.lodge_form import draft_of
from customhouse.gates import ens
from customhouse.kernel.money import Money
from customhouse.record.cargo import CargoStage, DiscrepancyFound
from customhouse.record.codec import encode
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.permit import Application
from customhouse.registry import authorisations, demo, demo_permits, drafts, files, manifests, worklist
from customhouse.registry import entry_summary as summaries
from customhouse.simulator import Shipment, World, carriage, file, permit
from customhouse.simulator.entry_summary import entry_summary as summary_of
from customhouse.simulator.names import KNOWN
from customhouse.simulator.trader import traders

WORLDS = (1, 7)  # seeds: of the trade that goes on, and of the first morning
BROKER_CODE = "HBL"  # the broker of the demo among the brokers of the simulated world
TRADE = "simulated trade"
COURSES = 8  # courses of the day that the morning's shipments are chosen from
BANK = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>FIRST-MORNING</MsgId><CreDtTm>{day}T06:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>{day}</Id><CreDtTm>{day}T06:00:00Z</CreDtTm><Acct><Id><IBAN>XM21MERI0000000000777</IBAN></Id><Ccy>{currency}</Ccy></Acct>
{opening}{closing}{entries}</Stmt></BkToCstmrStmt></Document>"""
BALANCE = '<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
ENTRY = """<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>
<AcctSvcrRef>FM-{n}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs/><RltdPties><Dbtr><Pty><Nm>{party}</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def issue_permits() -> None:
    """The permits that the traders of the simulated worlds hold. Idempotent."""
    now = datetime.now(UTC)
    officers = {code: name for name, code in demo.AGENCIES.items()}
    answers = {"product": "As listed", "species": "As listed", "establishment": "As listed", "temperature": "frozen"}
    for seed in WORLDS:
        for p in permit.held(traders(seed, BROKER_CODE)):
            asked = Application(
                p.agency, p.document, p.holder, demo.BROKER, p.commodities, (), p.quantity, p.unit, answers
            )
            demo_permits.issue(p.number, officers.get(p.agency, "police"), asked, "", now)


def begin(n: int = 24) -> int:
    """Hand in `n` declarations with their cargo and leave work on every desk; how many. Nothing where there is trade."""
    if worklist.rows(worklist.Wanted(), 1):
        return 0
    now = datetime.now(UTC)
    _authorise(now.date())
    world = World(WORLDS[1], now.date(), broker=BROKER_CODE, whole=True)
    found = [s for course in range(1, COURSES + 1) for s in world.day(now.date(), run=f"first.{course}")]
    chosen = _chosen(found, n)
    numbers = list(_handed_in(chosen, now))
    _on_cargo_desks()
    told = [files.get(number) for number in numbers]
    _ask(told)
    _inspect_together(told, now)
    _keep_drafts(s for s in found if s not in chosen and s.home.id != demo.BROKER)
    _money(told, now)
    return len(numbers)


# --- trade and cargo ------------------------------------------------------------------------------------------------


def _chosen(found: list[Shipment], n: int) -> list[Shipment]:
    """`n` shipments in which everything is found that a desk should have on its first page."""

    def has(agency_: str, *, wrong: bool) -> Callable[[Shipment], bool]:
        return lambda s: bool(s.permit_faults) is wrong and any(p.issuer == agency_ for p in s.papers)

    def fails(fault: str) -> Callable[[Shipment], bool]:
        return lambda s: s.carriage is not None and s.carriage.fault == fault

    wanted: list[tuple[Callable[[Shipment], bool], int]] = [
        *((has(a, wrong=True), 2) for a in ("MOH", "AGR")),
        *((has(a, wrong=False), 2) for a in ("MOH", "AGR")),
        *((fails(fault), 1) for fault in ("short", "over", "overdue")),
        (lambda s: s.carriage is not None and s.carriage.prelodged, 3),
        (lambda s: s.carriage is not None, 4),
        (lambda s: s.home.id == demo.TRADER, 2),
        (lambda s: True, n),
    ]
    chosen: list[Shipment] = []
    for fits, count in wanted:
        free = (s for s in found if s not in chosen and fits(s))
        chosen += [s for s, _ in zip(free, range(min(count, n - len(chosen))), strict=False)]
    return sorted(chosen, key=lambda s: s.at)


def _handed_in(chosen: list[Shipment], now: datetime) -> Iterator[int]:
    """Lodge each with what its carrier does before and after; some of the ships are still at sea when the morning ends."""
    later = []
    at_sea = 0
    for shipment in chosen:
        told = shipment.carriage
        for step in told.before if told else ():
            _carry(shipment, step, now)
        lodged = file(shipment).lodgement
        outcome = lodge_read(lodged, encode(lodged), by=TRADE, format="json")
        if outcome.declaration is not None:
            yield outcome.declaration.id
        if told and told.prelodged and (at_sea := at_sea + 1) % 2:
            later += [(shipment, step) for step in told.after if step not in ("arrive", "houses")]
        else:
            later += [(shipment, step) for step in (told.after if told else ())]
    cargo.match_new()
    for shipment, step in later:
        _carry(shipment, step, now)


def _carry(shipment: Shipment, step: str, now: datetime) -> None:
    """One step of the demo's carrier, or of the forwarder of a consolidation."""
    told = shipment.carriage
    if told is None:
        return
    expected = carriage.expected_at(told, now)
    if step == "summary":
        entry_summary.lodge(ens.write(summary_of(shipment, told, now, expected)), by=demo.CARRIER)
        return
    if step == "report":
        data = carriage.reported(shipment, told, expected)
        sent = carriage.encode(data)
        cargo.report(data, sent, by="carrier", role=Role.CARRIER, submitter=demo.CARRIER, format="json")
        return
    number = next(r.report.number for r in manifests.listed(text=told.reference))
    under = carriage.houses(shipment, told, number)
    if step == "houses" and under is not None:
        sent = carriage.encode(under)
        cargo.degroup(under, sent, by="broker", role=Role.BROKER, forwarder=demo.BROKER, format="json")
    if step == "arrive":
        cargo.arrive(number, now - timedelta(hours=1), by="carrier", role=Role.CARRIER, place=shipment.location)


def _on_cargo_desks() -> None:
    """Officers count a few packages less than reported, and stop the loading of one consignment."""
    for row in manifests.listed(alive=True):
        report = row.report
        spare = next(
            (
                d
                for d in report.leaves()
                if report.stage is CargoStage.ARRIVED and d.packages > 3 and report.rest(d)[0] == d.packages
            ),
            None,
        )
        if spare is not None:
            mass = spare.mass // spare.packages
            found = DiscrepancyFound(spare.number, "short", 1, mass, "One package was not found in the container")
            cargo.discrepancy(report.number, found, by="officer", role=Role.OFFICER)
            break
    for summary in summaries.rows(limit=1):
        text = "Show the safety data sheet before loading"
        entry_summary.intervene(summary.mrn, text, by="officer", role=Role.OFFICER)


# --- the other desks ------------------------------------------------------------------------------------------------


def _authorise(day: date) -> None:
    """The traders that the demo knows by number let its broker declare for them."""
    for name, number in KNOWN.items():
        if number != demo.BROKER:
            by = "trader" if number == demo.TRADER else name
            authorisations.grant(number, demo.BROKER, by=by, since=day, reads=number == demo.TRADER)


def _ask(told: list[Declaration]) -> None:
    """An officer asks the broker about one that is looked at."""
    looked_at = [d for d in told if d.stage is Stage.ROUTED and d.lane in ("YELLOW", "RED")]
    for d in looked_at[:1] or [d for d in told if d.stage is Stage.ROUTED][:1]:
        text = "Please send the price list of the supplier that this invoice refers to."
        query.query(d.id, text, by="officer", role=Role.OFFICER, deadline=datetime.now(UTC).date() + timedelta(days=5))


def _inspect_together(told: list[Declaration], now: datetime) -> None:
    """Customs and the veterinary service look at one consignment at the same time."""
    for d in told:
        if any(h.kind is HoldKind.AGENCY and h.ref == "AGR" for h in d.holds):
            officer = Actor("officer", Role.OFFICER)
            agency.call(d.id, ["AGR"], "Customs opens the container as well", actor=officer)
            when = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
            agency.fix(d.id, 1, "Examination hall 2, Port Meridia", when, actor=officer)
            return


def _keep_drafts(spare: Iterable[Shipment]) -> None:
    """Two declarations that the broker has begun: one nearly whole, one with much to do."""
    who, missing = drafts.Owner("broker", demo.BROKER), ("", "-price", "-net", "-gross", "-doc-1-id")
    for n, (shipment, left_out) in enumerate(zip(spare, (missing[:1], missing[1:]), strict=False), 1):
        fields = lodge_draft.fields_in(lodge_draft.flat(draft_of(file(shipment).lodgement)))
        typed = {k: "" if any(k.endswith(end) for end in left_out if end) else v for k, v in fields.items()}
        drafts.save(who, f"first-morning-{n}", 0, "first-morning", typed)


def _money(told: list[Declaration], now: datetime) -> None:
    """What is owed is paid for some and asked for for others; the bank brings money that fits nothing; one is claimed back."""
    owing = [
        d for d in told if d.settled and d.settled.outstanding.minor and [h.kind for h in d.holds] == [HoldKind.PAYMENT]
    ]
    third = max(1, len(owing) // 3)
    for d in owing[:third]:
        if d.settled is not None:
            settle.pay(d.id, d.settled.outstanding, "cash", by="cashier", role=Role.CASHIER)
    ids = [d.id for d in owing[third : 2 * third + 1]]
    asked = [order.order(demo.BROKER, some, by="broker") for some in (ids[:1], ids[1:]) if some]
    if asked:
        _from_the_bank(asked[0].amount, str(asked[0].reference), now.date())
    for d in (files.get(d.id) for d in told):
        left = refund.left_of(d) if d.settled and not d.settled.outstanding.minor else {}
        tax = next((t for t, minor in left.items() if minor > 100), "")
        if tax:
            reason = "Ten cartons were damaged and destroyed under customs control"
            refund.claim("refund", d.id, {tax: left[tax] // 10}, reason, by="broker")
            return


def _from_the_bank(paid: Money, reference: str, day: date) -> None:
    """A statement of two entries: one that pays an order, and one that nobody can place."""
    stray = Money(1_250_00, paid.currency)
    fill = partial(str.format, currency=paid.currency, day=day)
    total = Money(paid.minor + stray.minor, paid.currency)
    entries = fill(ENTRY, n=1, amount=paid.amount, party="Harbour Brokers Ltd", text=reference)
    entries += fill(
        ENTRY, n=2, amount=stray.amount, party="Cave des Tropiques", text="duty november, as agreed by phone"
    )
    opening, closing = fill(BALANCE, code="OPBD", amount="0.00"), fill(BALANCE, code="CLBD", amount=total.amount)
    data = fill(BANK, opening=opening, closing=closing, entries=entries)
    reconcile.take(data.encode(), by="cashier", role=Role.CASHIER)
