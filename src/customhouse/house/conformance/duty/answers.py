"""The tax answers of an authority: WCO Response messages of function 13, read by local name, because many have no namespace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec
from lxml import etree

FUNCTION = "13"


class Row(msgspec.Struct, frozen=True):
    """One tax of one item as the authority answered it. None stands for what it did not say."""

    item: int
    number: int
    type: str
    regime: str = ""
    rate: Decimal | None = None
    base: Decimal | None = None
    quantity: Decimal | None = None
    unit: str = ""
    deduct: Decimal | None = None
    assessed: Decimal = Decimal(0)
    payable: Decimal | None = None


class Answer(msgspec.Struct, frozen=True):
    """One answer: where it was found, whom it answers (LRN, MRN, version), its day, its rows in order."""

    id: str
    lrn: str = ""
    mrn: str = ""
    version: int = 1
    day: date | None = None
    status: str = ""
    rows: tuple[Row, ...] = ()

    @property
    def items(self) -> dict[int, list[Row]]:
        """The rows by item number."""
        found: dict[int, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.item, []).append(row)
        return found


def answers(root: etree._Element, place: str) -> Iterator[Answer]:
    """Every tax answer in a message, whatever is around it."""
    for response in root.iter():
        if _name(response) == "Response" and _text(response, "FunctionCode") == FUNCTION:
            yield _answer(response, place)


def _answer(response: etree._Element, place: str) -> Answer:
    declaration = _child(response, "Declaration")
    rows: list[Row] = []
    if declaration is not None:
        for item in _below(declaration, "GovernmentAgencyGoodsItem"):
            number = int(_number(_text(item, "SequenceNumeric")) or 0)
            for duty in _below(item, "DutyTaxFee"):
                rows.append(_row(duty, number, len(rows) + 1))
    return Answer(
        id=place,
        lrn=_text(declaration, "FunctionalReferenceID"),
        mrn=_text(declaration, "ID"),
        version=int(_number(_text(declaration, "VersionID")) or 1),
        day=_day(_text(response, "IssueDateTime", "DateTimeString")),
        status=_text(response, "Status", "NameCode"),
        rows=tuple(rows),
    )


def _row(duty: etree._Element, item: int, number: int) -> Row:
    quantity = _child(duty, "SpecificTaxBaseQuantity")
    return Row(
        item=item,
        number=number,
        type=_text(duty, "TypeCode"),
        regime=_text(duty, "DutyRegimeCode"),
        rate=_number(_text(duty, "TaxRateNumeric")),
        base=_number(_text(duty, "AdValoremTaxBaseAmount")),
        quantity=_number(_text(duty, "SpecificTaxBaseQuantity")),
        unit=quantity.get("unitCode", "") if quantity is not None else "",
        deduct=_number(_text(duty, "DeductAmount")),
        assessed=_number(_text(duty, "Payment", "TaxAssessedAmount")) or Decimal(0),
        payable=_number(_text(duty, "Payment", "PaymentAmount")),
    )


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    if element is None:
        return None
    return next((child for child in element if _name(child) == name), None)


def _below(element: etree._Element, name: str) -> Iterator[etree._Element]:
    return (found for found in element.iter() if _name(found) == name)


def _text(element: etree._Element | None, *path: str) -> str:
    for name in path:
        element = _child(element, name)
    return (element.text or "").strip() if element is not None else ""


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None


def _day(stamp: str) -> date | None:
    try:
        return date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]))
    except ValueError:
        return None
