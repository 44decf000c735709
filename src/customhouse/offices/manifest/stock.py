"""Temporary storage: goods that have arrived and that nothing has taken are the stock; some of it lies too long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from customhouse.law.book import Law
from customhouse.record.cargo import CargoReport, CargoStage
from customhouse.record.manifest import TransportDocument


class Stock(msgspec.Struct, frozen=True, gc=False):
    """What is left of one transport document in the house; `until` is the last day it may lie there (None: no limit)."""

    report: CargoReport
    document: TransportDocument
    packages: int
    mass: int
    until: date | None


class Overdue(Stock, frozen=True, gc=False):
    """Stock that lies too long, by so many days."""

    days: int = 0


def storage_days(law: Law) -> int | None:
    """How many days goods may lie in temporary storage (`temporary_storage_days` of the law); None without a limit."""
    return max(map(int, law.list_of("temporary_storage_days")), default=None)


def stock(reports: Iterable[CargoReport], law: Law) -> tuple[Stock, ...]:
    """What lies in temporary storage, document by document."""
    days = storage_days(law)
    found: list[Stock] = []
    for report in reports:
        if report.stage is not CargoStage.ARRIVED or report.arrived is None:
            continue
        until = report.arrived.date() + timedelta(days) if days is not None else None
        documents = [*report.leaves(), *report.awaiting_houses()]
        for document in documents:
            packages, mass = report.rest(document)
            if packages or (mass and not document.packages):
                found.append(Stock(report, document, packages, mass, until))
    return tuple(found)


def overdue(stored: Iterable[Stock], today: date) -> tuple[Overdue, ...]:
    """What lies longer than it may on `today`, longest first."""
    late = [
        Overdue(s.report, s.document, s.packages, s.mass, s.until, (today - s.until).days)
        for s in stored
        if s.until is not None and today > s.until
    ]
    return tuple(sorted(late, key=lambda s: -s.days))
