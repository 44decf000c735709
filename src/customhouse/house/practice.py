"""Practice: simulated trade walked along the line and examined in memory, so that a unit can train a model before it has results.

Nothing is stored but the model, and its card says in its first line that it knows no real trader.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from customhouse.clearance import learn
from customhouse.clearance.learn import Case
from customhouse.clearance.line import Context, walk
from customhouse.law.book import Law
from customhouse.record.declaration import Declaration, Discrepancy, Examination
from customhouse.record.history import HistoryFacts
from customhouse.record.lanes import Lane
from customhouse.registry import lawbook
from customhouse.registry.actors import Actors, Counted, actors
from customhouse.registry.decided import Decided
from customhouse.simulator import Filing, Shipment, World, file

KEY = b"the draw of practice is no secret"
OFTEN, BUSY = (
    0.6,
    6.0,
)  # share of shipments in which a deceiver deceives, and how much more it ships: little trade teaches much
A_DAY = 45  # declarations that such a world makes
EVERY = 6  # of those that nothing speaks against, one in so many is looked at by lot
LOT_PPM = 1_000_000 // EVERY


def world(seed: int, start: date) -> World:
    """A simulated world whose deceivers are busy and deceive often."""
    made = World(seed, start)
    made.traders = tuple(replace(t, fraud_rate=OFTEN, weekly=t.weekly * BUSY) if t.fraud else t for t in made.traders)
    return made


def cases(many: int, until: date, seed: int = 1) -> list[Case]:
    """So many declarations of the days before `until`, decided and, where they were looked at, examined."""
    book, past = lawbook.current(until), Past()
    start = until - timedelta(max(14, many // A_DAY))
    out = []
    for n, shipment in enumerate(trade(world(seed, start), many), 1):
        at = min(shipment.at, datetime(until.year, until.month, until.day, tzinfo=UTC))
        found = _decided(file(shipment), book.on(at.date()), past, at, n)
        if found is not None:
            past.note(found)
            out.append(learn.case(found))
    return out


def trade(world: World, many: int) -> Iterator[Shipment]:
    """Shipments in the order of the clock, with a zone."""
    for shipment in world.trade(many):
        yield replace(shipment, at=shipment.at.replace(tzinfo=shipment.at.tzinfo or UTC))


def _decided(filing: Filing, law: Law, past: Past, at: datetime, number: int) -> Decided | None:
    lodged = filing.lodgement
    context = Context(law, at, KEY, history=past.known(actors(lodged), at))
    walked = walk(lodged, context, number=number, by=lodged.declarant_id, format="json", digest="")
    d = walked.declaration
    if d.selection is None or d.acceptance is None:
        return None
    selection = replace(d.selection, random_share_ppm=max(d.selection.random_share_ppm, LOT_PPM))
    looked = selection.lane is not Lane.GREEN or number % EVERY == 0
    result = examination(filing) if looked else None
    return Decided(d, selection, at, "", result, at + timedelta(days=1) if result else None)


def examination(filing: Filing) -> Examination:
    """What a careful examiner finds: the truth of the simulator."""
    if filing.truth.honest:
        return Examination("conform", "as declared")
    what = ", ".join(filing.truth.kinds)
    return Examination("discrepancy", what, (Discrepancy(0, what),))


class Past:
    """What is known of actors while practising: the same facts as `registry.actors` keeps, counted in memory."""

    def __init__(self) -> None:
        self._by: dict[tuple[str, str], list[Counted]] = {}

    def note(self, one: Decided) -> None:
        d: Declaration = one.declaration
        who = actors(d.lodged)
        value = sum(v.value.minor for v in d.valued.items) if d.valued else 0
        found = one.result.conclusion == "discrepancy" if one.result else None
        counted = Counted(who, value, one.at, one.examined_at, found)
        for kind in ("importer", "declarant", "exporter"):
            if actor := getattr(who, kind):
                self._by.setdefault((kind, actor), []).append(counted)

    def known(self, who: Actors, at: datetime) -> HistoryFacts:
        """What was known at `at`: results only where the examination was over."""
        facts: dict[str, int] = {}
        for kind in ("importer", "declarant", "exporter"):
            told = [c for c in self._by.get((kind, getattr(who, kind)), ()) if c.accepted_at and c.accepted_at < at]
            if told:
                facts |= _facts(kind, told, at)
        seen = {
            h
            for c in self._by.get(("importer", who.importer), ())
            if c.accepted_at and c.accepted_at < at
            for h in c.actors.goods
        }
        kept = {n: v for n, v in facts.items() if n in HistoryFacts.__struct_fields__}
        return HistoryFacts(**kept, importer_new_goods=bool(who.importer) and not set(who.goods) <= seen)


def _facts(kind: str, told: list[Counted], at: datetime) -> dict[str, int]:
    days = [(at.date() - c.accepted_at.date()).days for c in told if c.accepted_at]
    year = [c for c, ago in zip(told, days, strict=True) if ago <= 365]
    known = [c for c in year if c.examined_at is not None and c.examined_at < at]
    return {
        f"{kind}_days": max(days),
        f"{kind}_today": sum(ago == 0 for ago in days),
        f"{kind}_declarations_30": sum(ago <= 30 for ago in days),
        f"{kind}_declarations_365": len(year),
        f"{kind}_examined_365": len(known),
        f"{kind}_finds_365": sum(bool(c.found) for c in known),
        f"{kind}_value_30": sum(c.value for c, ago in zip(told, days, strict=True) if ago <= 30),
    }
