"""Traders: the parties that declarations name are gathered as they come, and those that may be one trader are proposed to people."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from customhouse.offices import party as office
from customhouse.record.acts import Amended, Entry, Lodged
from customhouse.record.entity import Bond, Together, TraderRecord, record_of
from customhouse.record.lodgement import Lodgement
from customhouse.record.parts import Party
from customhouse.record.screening import PartyRole
from customhouse.registry import entities, reader, turn

log = logging.getLogger(__name__)

MOST = 20_000
"""Records that are compared with each other; beyond, those seen most."""
SHOWN_BONDS = 12
EVERY = 60.0
"""Seconds between two rounds of proposals, counted from the end of one."""
_proposed, _last = "", 0.0


def gather() -> int:
    """Take note of the parties in what was recorded since the last time; how many entries were read."""
    with reader.system(), transaction.atomic():
        place = entities.position()
        entries, after = entities.news(place)
        if not entries:
            return 0
        found: dict[str, tuple[TraderRecord, datetime]] = {}
        for entry in entries:
            for one in _records(entry):
                before = found.get(one.record)
                found[one.record] = (_with(before[0], one) if before else one, entry.at)
        entities.keep((found[key] for key in sorted(found)), after)
        return len(entries)


def _records(entry: Entry) -> Iterator[TraderRecord]:
    for act in entry.acts:
        if isinstance(act, Lodged | Amended):
            yield from of_lodgement(act.lodgement)


def of_lodgement(lodged: Lodgement) -> Iterator[TraderRecord]:
    """The traders that a declaration names, each once."""
    addresses = {(p.name.strip(), p.id): _address(p) for p in _parties(lodged)}
    for one in office.named(lodged):
        record = record_of(one.number, one.name, one.country)
        if record and one.role is not PartyRole.MEANS:
            names = (one.name,) if one.name else ()
            where = addresses.get((one.name, one.number), "")
            yield TraderRecord(record, one.number.strip().upper(), names, one.country, where, (one.role.value,), 1)


def _parties(lodged: Lodgement) -> Iterator[Party]:
    shipment = lodged.goods_shipment
    for party in (
        lodged.declarant, lodged.exporter, lodged.agent, shipment.importer, shipment.consignee, shipment.consignor, shipment.buyer, shipment.seller,
    ):  # fmt: skip
        if party is not None:
            yield party


def _address(party: Party) -> str:
    a = party.address
    return ", ".join(part for part in (a.line, a.postcode, a.city) if part) if a else ""


def _with(before: TraderRecord, more: TraderRecord) -> TraderRecord:
    return TraderRecord(
        before.record,
        before.number,
        tuple(dict.fromkeys((*before.names, *more.names))),
        more.country or before.country,
        more.address or before.address,
        tuple(sorted({*before.roles, *more.roles})),
        before.seen + more.seen,
    )


def propose() -> int:
    """Find records that may be one trader and put them before people; how many proposals. Needs the extra `names`.

    What is decided already is not proposed again; what a person split stays apart.
    """
    from customhouse.labs.identity.resolve import Mention, resolve

    global _proposed
    with reader.system(), turn.alone("proposals of traders") as mine:
        if not mine:
            return 0
        told = [r for r in entities.records() if r.names]
        told = sorted(sorted(told, key=lambda r: -r.seen)[:MOST], key=lambda r: r.record)
        last = entities.decided()
        stamp = f"{len(told)} {sum(len(r.names) for r in told)} {len(last)} {hash(frozenset(last.items()))}"
        if stamp == _proposed:
            return 0
        joined = entities.entities_of([r.record for r in told])
        mentions = [Mention(r.record, r.names, r.number, r.country, r.address) for r in told]

        def apart(one: int, other: int) -> bool:
            pair = (told[one].record, told[other].record)
            return last.get((min(pair), max(pair))) is Together.SPLIT

        found = [c for c in resolve(mentions, apart) if len({joined[told[at].record] for at in c.members}) > 1]
        n = entities.propose(
            (
                [told[at].record for at in c.members],
                c.score,
                [
                    Bond(
                        told[t.one].record,
                        told[t.other].record,
                        round(t.score, 3),
                        (t.comparison.first, t.comparison.second),
                        t.why(),
                    )
                    for t in sorted(c.ties, key=lambda t: -t.score)[:SHOWN_BONDS]
                ],
            )
            for c in found
        )
        _proposed = stamp
        return n


def keep_up() -> int:
    """The worker's: gather what is new; when there is no more of it, and a while has passed, propose. How much was gathered."""
    global _last
    if done := gather():
        return done
    if time.monotonic() - _last > EVERY:
        propose_in_time()
        _last = time.monotonic()
    return 0


def propose_in_time() -> int:
    """The same for the worker; without the extra there are no proposals, and nothing else is missing."""
    try:
        return propose()
    except ImportError:
        log.debug("no proposals of traders without the extra `names`")
        return 0
