"""CUSRES, the customs response: what customs answers to a CUSDEC.

Accepted or rejected (response type 4343), every error with its point in the declaration (ERP: section, item, segment; ERC:
the rule; FTX: the sentence), the duties by item and in total, the release. Codes are those of the lists of D.24A.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from customhouse.gates.edifact import interchange
from customhouse.gates.edifact.syntax import Segment, segment
from customhouse.kernel.money import Money
from customhouse.kernel.problem import Problem, errors
from customhouse.record.assessment import DutyTaxFee
from customhouse.record.declaration import Declaration
from customhouse.record.lodgement import Lodgement

RESPONSE, ERROR_RESPONSE = "962", "963"  # document response (customs), error response (customs); list 1001
ACCEPTED, PENDING, REJECTED = "AP", "AJ", "RE"  # list 4343
IS_RESPONSE = "11"  # list 1225
HEADING, ITEM, ANYWHERE = "1", "10", "5"  # sections of a message; list 1049
LIMIT = 9999
"""Most errors told one by one."""

POINTS = {
    "FunctionalReferenceID": "BGM",
    "FunctionCode": "BGM",
    "TypeCode": "CST",
    "Classification": "CST",
    "GovernmentProcedure": "CST",
    "SequenceNumeric": "CST",
    "MethodCode": "CST",
    "Description": "FTX",
    "Origin": "LOC",
    "Destination": "LOC",
    "ExportCountry": "LOC",
    "DeclarationOfficeID": "LOC",
    "GoodsLocation": "LOC",
    "GoodsMeasure": "MEA",
    "TotalGrossMassMeasure": "MEA",
    "InvoiceLine": "MOA",
    "InvoiceAmount": "MOA",
    "CustomsValuation": "MOA",
    "DutyTaxFee": "TAX",
    "AdditionalDocument": "DOC",
    "PreviousDocument": "RFF",
    "UCR": "RFF",
    "ID": "RFF",
    "Packaging": "PAC",
    "Declarant": "NAD",
    "Agent": "NAD",
    "Exporter": "NAD",
    "Importer": "NAD",
    "TradeTerms": "TOD",
    "BorderTransportMeans": "TDT",
    "ArrivalTransportMeans": "TDT",
    "TransportEquipment": "EQD",
    "GoodsItemQuantity": "CNT",
    "TotalPackageQuantity": "CNT",
}
"""Element of the WCO path a problem names -> segment of CUSDEC that carries it; the first that is found counts."""

_ITEM = re.compile(r"GovernmentAgencyGoodsItem\[(\d+)\]")
_SEGMENT = re.compile(r"segment (\d+)(?: ([A-Z]{3}))?")


Answered = tuple[Lodgement | None, Declaration | None, tuple[Problem, ...]]
"""What was read of a message, if anything; the declaration as it stands, if one was taken; the problems."""


def write(
    lodged: Lodgement | None,
    declaration: Declaration | None,
    problems: tuple[Problem, ...],
    *,
    sender: str,
    recipient: str,
    at: datetime,
    reference: str,
) -> bytes:
    """The answer as an interchange with one CUSRES of D.24A, from `sender` (customs) to `recipient`.

    `declaration` is as it stands, or None where nothing was taken; `lodged` what was read of the message, if anything. `at`
    is the time of the answer (UTC), `reference` the control reference, 14 characters at most.
    """
    one = (lodged, declaration, problems)
    return write_all([one], sender=sender, recipient=recipient, at=at, reference=reference)


def write_all(parts: Sequence[Answered], *, sender: str, recipient: str, at: datetime, reference: str) -> bytes:
    """The same with one CUSRES for each of several declarations."""
    found = [("CUSRES:D:24A:UN", segments(*part, at)) for part in parts]
    moment = f"{at:%Y%m%d}:{at:%H%M}"
    return interchange.write(found, sender=sender, recipient=recipient, moment=moment, reference=reference)


def segments(
    lodged: Lodgement | None, declaration: Declaration | None, problems: tuple[Problem, ...], at: datetime
) -> list[Segment]:
    """The message between UNH and UNT."""
    accepted = declaration is not None and declaration.acceptance is not None
    wrong = () if accepted else errors(problems)
    lrn = lodged.lrn if lodged else declaration.lrn if declaration else ""
    mrn = declaration.mrn if declaration else ""
    kind = (ACCEPTED if declaration is not None and declaration.released else PENDING) if accepted else REJECTED
    found = [segment("BGM", RESPONSE if accepted else ERROR_RESPONSE, mrn or lrn, IS_RESPONSE, kind)]
    found += [segment("DTM", ("137", f"{at:%Y%m%d%H%M%S}", "204"))]
    if declaration is not None and declaration.acceptance is not None:
        found.append(segment("DTM", ("148", f"{declaration.acceptance.tax_date:%Y%m%d}", "102")))
    if declaration is not None and declaration.released is not None:
        found.append(segment("DTM", ("204", f"{declaration.released.at:%Y%m%d%H%M%S}", "204")))
    found += _holds(declaration)
    found.append(segment("GEI", "5", _status(declaration, accepted)))
    if lodged is not None and lodged.declarant_id:
        found.append(segment("NAD", "DT", lodged.declarant_id))
    found += [segment("RFF", ("ABE", lrn))] if lrn else []
    found += [segment("RFF", ("ABT", mrn))] if mrn else []
    for problem in problems[:LIMIT]:
        found += _error(problem)
    found += _taxes(declaration)
    if wrong:
        found.append(segment("CNT", ("55", str(len(wrong)))))
    return found


def _status(declaration: Declaration | None, accepted: bool) -> str:
    """Code of list 7365: accepted, rejected with comment, goods released."""
    if declaration is not None and declaration.released is not None:
        return "4"
    return "1" if accepted else "2"


def _holds(declaration: Declaration | None) -> Iterator[Segment]:
    for hold in declaration.holds if declaration else ():
        text = "; ".join(r.text for r in hold.reasons)
        yield segment("FTX", "AAI", "", hold.kind.value, _pieces(text or hold.kind.value))


def _error(problem: Problem) -> list[Segment]:
    """ERP with its section, item and segment; ERC with the rule; FTX with the sentence and the place in WCO words."""
    item = _ITEM.search(problem.where)
    place = _SEGMENT.search(problem.where)
    if place:
        point = segment("ERP", ANYWHERE, (place[2] or "", place[1]))
    else:
        tag = next((POINTS[x] for x in re.findall(r"[A-Za-z]+", problem.where) if x in POINTS), "")
        point = segment("ERP", (ITEM, item[1]) if item else HEADING, tag)
    told = f"{problem.label}. {problem.hint}" if problem.hint else problem.label
    found = [point, segment("ERC", problem.rule), segment("FTX", "AAO", "", "", _pieces(told))]
    if problem.where and not place:
        found.append(segment("FTX", "AAO", "", "WCO", _pieces(problem.where)))
    return found


def _pieces(text: str) -> tuple[str, ...]:
    return tuple(text[n : n + 512] for n in range(0, min(len(text), 5 * 512), 512))


def _taxes(declaration: Declaration | None) -> Iterator[Segment]:
    """Totals by type and of all, then every duty of every item under the document it belongs to."""
    assessed = declaration.assessed if declaration else None
    if declaration is None or assessed is None:
        return
    totals: dict[str, int] = {}
    for duty in assessed.duties:
        totals[duty.type] = totals.get(duty.type, 0) + duty.amount.minor
    for type, minor in totals.items():
        yield segment("TAX", "3", type)
        yield _money("161", Money(minor, assessed.total.currency))
    yield segment("TAX", "4")
    yield _money("176", assessed.total)
    yield _money("9", assessed.payable)
    yield segment("DOC", "929" if declaration.lodged.is_import else "830", declaration.mrn)
    for item in declaration.lodged.items:
        yield segment("CST", str(item.sequence), item.commodity.code)
        for duty in (d for d in assessed.duties if d.item == item.sequence):
            yield from _duty(duty)


def _duty(duty: DutyTaxFee) -> Iterator[Segment]:
    yield segment("TAX", "1", duty.type, duty.preference, "", ("", "", "", duty.formula[:35]), duty.payment_method)
    yield _money("56", Money(duty.base, duty.amount.currency))
    yield _money("161", duty.amount)
    yield _money("9", duty.payable)


def _money(qualifier: str, money: Money) -> Segment:
    amount: Decimal = money.amount
    return segment("MOA", (qualifier, f"{amount:f}", money.currency))
