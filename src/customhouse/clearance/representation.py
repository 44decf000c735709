"""Representation: a broker declares for an importer or exporter, an agent reports cargo for a carrier; has that trader
authorised it?

Only a trader with an account here can say so. What follows where it has not is law (`representation` in country.toml): a
warning beside the answer, or no lodgement at all.
"""

from __future__ import annotations

from datetime import date

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.record.lodgement import Lodgement
from customhouse.record.manifest import Manifest
from customhouse.registry import authorisations

REFUSE = "refuse"


def represented(lodged: Lodgement) -> tuple[str, tuple[str, ...]]:
    """The number of the trader that is declared for, empty where the declarant declares for itself; and the procedures."""
    shipment = lodged.goods_shipment
    party = shipment.importer if lodged.is_import else lodged.exporter
    number = party.id if party else ""
    procedures = tuple(sorted({item.procedure[:2] for item in lodged.items if item.procedure}))
    return ("" if number == lodged.declarant_id else number), procedures


def problem(lodged: Lodgement, law: Law, trader: str) -> Problem:
    """What is told when `trader` has not authorised the declarant; an error where the law refuses."""
    where = "GoodsShipment/Importer/ID" if lodged.is_import else "Exporter/ID"
    return _problem("This trader has not authorised the declarant to declare for it", where, law, trader)


def of_cargo(told: Manifest, submitter: str, law: Law, day: date) -> tuple[Problem, ...]:
    """The problem of an agent who reports cargo for a carrier that has an account here and has not authorised it."""
    carrier = told.carrier.id
    if carrier == submitter or authorisations.covers(carrier, submitter, day, ()) is not False:
        return ()
    return (_problem("This carrier has not authorised the submitter to report for it", "carrier/id", law, carrier),)


def _problem(label: str, where: str, law: Law, trader: str) -> Problem:
    severity = "error" if law.unauthorised == REFUSE else "warning"
    hint = "Ask the trader to authorise you on its page of authorisations"
    return Problem("NotAuthorised", label, where, hint, trader[:35], severity)
