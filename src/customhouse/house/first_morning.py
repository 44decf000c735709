"""The first morning of a demo house: trade with its cargo is handed in, and work is left on every desk.

Everything goes through the use cases that people use, under the names of the demo's accounts; by seed and day the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial

from msgspec.structs import replace

from customhouse.clearance import agency, cargo, entry_summary, order, query, reconcile, refund, settle
from customhouse.clearance.lodge import lodge_read
from customhouse.clearance.permit import Actor
from customhouse.desks import lodge_draft
from customhouse.desks.lodge_form import draft_of
from customhouse.gates import ens
from customhouse.house import first_alarms
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
SPOILED = ("permit_unknown", "permit_of_another")  # what is wrong with the permits of two consignments of each agency
ENOUGH, MOST_COURSES = 400, 60  # shipments that the morning is chosen from, and courses of the day to find them in
BANK = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>FIRST-MORNING</MsgId><CreDtTm>{day}T06:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>{day}</Id><CreDtTm>{day}T06:00:00Z</CreDtTm><Acct><Id><IBAN>XM21MERI0000000000777</IBAN></Id><Ccy>{currency}</Ccy></Acct>
{opening}{closing}{entries}</Stmt></BkToCstmrStmt></Document>"""
BALANCE = '<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>'
ENTRY = """<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{day}</Dt></BookgDt>
<AcctSvcrRef>FM-{n}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs/><RltdPties><Dbtr><Pty><Nm>{party}</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def issue_permits() -> int:
    """The permits that the traders of the simulated worlds hold. Idempotent; hands in no declaration."""
    now = datetime.now(UTC)
    officers = {code: name for name, code in demo.AGENCIES.items()}
    answers = {"product": "As listed", "species": "As listed", "establishment": "As listed", "temperature": "frozen"}
    for seed in WORLDS:
        for p in permit.held(traders(seed, BROKER_CODE)):
            asked = Application(
                p.agency, p.document, p.holder, demo.BROKER, p.commodities, (), p.quantity, p.unit, answers
            )
            demo_permits.issue(p.number, officers.get(p.agency, "police"), asked, "", now)
    return 0


def is_due() -> bool:
    """Whether nothing has been declared in this house yet."""
    return not worklist.rows(worklist.Wanted(), 1)


def begin(n: int = 24) -> int:
    """Hand in `n` declarations with their cargo and leave work on every desk; how many."""
    now = datetime.now(UTC)
    issue_permits()
    _authorise(now.date())
    odd = iter(first_alarms.EXPORTERS if first_alarms.take_list(now) else ())
    world = World(WORLDS[1], now.date(), broker=BROKER_CODE, whole=True)
    found = _courses(world, now.date())
    chosen = _chosen(found, n, world.permits)
    numbers = list(_handed_in(chosen, now, odd))
    _on_cargo_desks()
    told = [files.get(number) for number in numbers]
    _ask(told)
    _inspect_together(told, now)
    _keep_drafts(s for s in reversed(found) if s.is_import and s.carriage is None and not s.mistakes)
    _money(told, now)
    first_alarms.propose()
    return len(numbers)


def _courses(world: World, day: date) -> list[Shipment]:
    """Several courses of the same day, quiet days more of them, so that the morning can choose."""
    found: list[Shipment] = []
    for course in range(1, MOST_COURSES):
        found += world.day(day, run=f"M{course}")
        if len(found) >= ENOUGH:
            break
    return found


# --- trade and cargo ------------------------------------------------------------------------------------------------


def _chosen(found: list[Shipment], n: int, known: Mapping[tuple[str, str], permit.Held]) -> list[Shipment]:
    """`n` shipments in which everything is found that a desk should have on its first page."""
    here = [s for s in found if not (s.mistakes or s.frauds or (s.carriage and s.carriage.prelodged))]
    chosen: list[Shipment] = []

    def take(count: int, fits: Callable[[Shipment], bool], among: Sequence[Shipment] = found) -> list[Shipment]:
        """The next that fit, no goods twice."""
        names, goods = {s.reference for s in chosen}, {s.lines[0].goods for s in chosen}
        more: list[Shipment] = []
        for s in among:
            if len(more) < count and fits(s) and s.reference not in names and s.lines[0].goods not in goods:
                goods.add(s.lines[0].goods)
                more.append(s)
        return more

    for agency_ in demo.AGENCIES.values():
        wanted = {code for code, (of, *_) in permit.DOCUMENTS.items() if of == agency_}
        with_papers = take(4, lambda s, wanted=wanted: any(p.code in wanted for p in s.papers), here)  # type: ignore[misc]
        faults = (*SPOILED, *[""] * len(with_papers))
        chosen += [permit.with_permits(s, known, fault) for s, fault in zip(with_papers, faults, strict=False)]
    for wrong in ("short", "over", "overdue"):
        chosen += take(1, lambda s, wrong=wrong: s.carriage is not None and s.carriage.fault == wrong)  # type: ignore[misc]
    chosen += take(3, lambda s: s.carriage is not None and s.carriage.prelodged)
    chosen += take(3, lambda s: s.carriage is not None)
    for n_own, s in enumerate(take(3, lambda s: s.home.id == demo.TRADER, here)):
        itself = replace(s, broker=s.home, reference=s.reference.replace(BROKER_CODE, "IFI"), deferred="")
        chosen.append(s if n_own else itself)
    chosen += take(n - len(chosen), lambda s: True)
    return sorted(chosen, key=lambda s: s.at)


def _handed_in(chosen: list[Shipment], now: datetime, odd: Iterator[str]) -> Iterator[int]:
    """Lodge each with what its carrier does before and after; some of the ships are still at sea when the morning ends."""
    later: list[tuple[Shipment, str]] = []
    early = [s for s in chosen if s.carriage is not None and s.carriage.prelodged]
    at_sea = {s.reference for s in early if s.carriage is not None and s.carriage.fault == "overdue"}
    at_sea |= {s.reference for s in early[::2]}
    for shipment in chosen:
        told = shipment.carriage
        left_out = ("houses", "arrive") if shipment.reference in at_sea else ()
        for step in told.before if told else ():
            if step not in left_out:
                _carry(shipment, step, now)
        lodged = file(shipment).lodgement
        if (
            lodged.is_import
            and lodged.exporter is not None
            and not (told or shipment.mistakes or shipment.permit_faults)
        ):
            lodged = first_alarms.renamed(lodged, odd)
        outcome = lodge_read(lodged, encode(lodged), by=TRADE, format="json")
        if outcome.declaration is not None:
            yield outcome.declaration.id
        later += [(shipment, step) for step in (told.after if told else ()) if step not in left_out]
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
    at_sea = [row.report for row in manifests.listed(alive=True) if row.report.stage is CargoStage.REPORTED]
    numbers = [d.number for report in at_sea for d in report.manifest.documents]
    told = [x.mrn for x in summaries.rows(limit=20) if not set(x.documents).isdisjoint(numbers)]
    for mrn in told[:1]:
        text = "Show the safety data sheet before loading"
        entry_summary.intervene(mrn, text, by="officer", role=Role.OFFICER)


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
    who, missing = drafts.Owner("broker", demo.BROKER), ("-price", "-origin", "-description")
    for n, (shipment, left_out) in enumerate(zip(spare, (missing, ()), strict=False), 1):
        fields = lodge_draft.fields_in(lodge_draft.flat(draft_of(file(shipment).lodgement)))
        typed = {name: "" if name.endswith(left_out) else value for name, value in fields.items()}
        drafts.save(who, f"first-morning-{n}", 0, "first-morning", typed)


def _money(told: list[Declaration], now: datetime) -> None:
    """What is owed is paid for some and asked for for others; the bank brings money that fits nothing; one is claimed back."""
    # who asks for orders, and nobody pays by another's
    own = [d for d in told if d.lodged.declarant_id == demo.BROKER]
    owing = [
        d for d in own if d.settled and d.settled.outstanding.minor and [h.kind for h in d.holds] == [HoldKind.PAYMENT]
    ]
    third = max(1, len(owing) // 3)
    for d in owing[:third]:
        if d.settled is not None:
            settle.pay(d.id, d.settled.outstanding, "cash", by="cashier", role=Role.CASHIER)
    ids = [d.id for d in owing[third : 2 * third + 1]]
    asked = [order.order(demo.BROKER, some, by="broker") for some in (ids[:1], ids[1:]) if some]
    if asked:
        _from_the_bank(asked[0].amount, str(asked[0].reference), now.date())
    for d in (files.get(d.id) for d in own):
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
