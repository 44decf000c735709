"""Answers handed in as a table, one row a tax, with what the declaration said beside it (columns d_...).

Columns: scenario, notif, status, item, tax, regime, rate, adval_base, spec_base, spec_unit, deduct, assessed, payable; of
the declaration d_code, d_addl, d_proc, d_apc, d_origin, d_price, d_cur, d_method, d_net, d_gross, d_supp, d_pref, d_quota,
d_mop, d_dispatch, d_dest. Several values of a cell stand with | between them.
"""

from __future__ import annotations

import csv
import io
from decimal import Decimal, InvalidOperation

from customhouse.house.conformance.duty.answers import Answer, Row
from customhouse.house.conformance.duty.declared import Found
from customhouse.house.conformance.report import Piece
from customhouse.record import lodgement as r

NEEDED = ("item", "tax", "assessed", "adval_base", "rate", "payable")
LETTERS = str.isalpha


def is_oracle(data: bytes) -> bool:
    """Whether bytes are such a table."""
    head = data[:4096].split(b"\n", 1)[0].decode("utf-8", "replace").strip().lstrip("\ufeff").lower()
    names = head.split(",")
    return all(name in names for name in NEEDED)


def read_oracle(piece: Piece) -> tuple[list[Found], list[Answer]]:
    """The declarations and answers of a table."""
    rows = list(csv.DictReader(io.StringIO(piece.data.decode("utf-8-sig"), newline="")))
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row.get("scenario", ""), row.get("notif", "")), []).append(row)
    declared: list[Found] = []
    answered: list[Answer] = []
    for number, ((scenario, notif), group) in enumerate(groups.items(), 1):
        lrn = f"{scenario}/{number}"
        place = f"{piece.id}!{scenario or 'rows'}/{notif or number}"
        told = tuple(_row(one, n) for n, one in enumerate(group, 1))
        answered.append(Answer(id=place, lrn=lrn, status=group[0].get("status", ""), rows=told))
        items = {int(one["item"] or 0): one for one in group if one.get("d_code")}
        if items:
            shipment = r.GoodsShipment(items=tuple(_item(n, one) for n, one in items.items()))
            kind = next((one["d_typ"] for one in items.values() if one.get("d_typ")), "IMA")
            declared.append(Found(place, r.Lodgement(lrn=lrn, type=kind, goods_shipment=shipment), thin=True))
    return declared, answered


def _row(told: dict[str, str], number: int) -> Row:
    return Row(
        item=int(told["item"] or 0),
        number=number,
        type=told["tax"],
        regime=told.get("regime", ""),
        rate=_number(told["rate"]),
        base=_number(told["adval_base"]),
        quantity=_number(told.get("spec_base", "")),
        unit=told.get("spec_unit", ""),
        deduct=_number(told.get("deduct", "")),
        assessed=_number(told["assessed"]) or Decimal(0),
        payable=_number(told["payable"]),
    )


def _item(number: int, told: dict[str, str]) -> r.GoodsItem:
    code = told["d_code"]
    duties = [r.DeclaredDuty(regime=told.get("d_pref", ""), quota=told.get("d_quota", ""))]
    duties += [r.DeclaredDuty(payment=r.DeclaredPayment(method=m)) for m in _many(told, "d_mop")]
    procedure = told.get("d_proc", "")
    goods = r.Commodity(
        description=told.get("d_desc", ""),
        classifications=(
            r.Classification(code[:8], "TSP"),
            r.Classification(code[8:], "TRC"),
            *(r.Classification(c, "GN") for c in _many(told, "d_addl")),
        ),
        duties=tuple(duties),
        net_mass=_measure(told.get("d_net", "")),
        gross_mass=_measure(told.get("d_gross", "")),
        tariff_quantity=_measure(told.get("d_supp", "")),
        price=_price(told),
    )
    return r.GoodsItem(
        sequence=number,
        commodity=goods,
        valuation=r.CustomsValuation(method=told.get("d_method", "")),
        procedures=(r.Procedure(procedure[:2], procedure[2:]), *(r.Procedure(a) for a in _many(told, "d_apc"))),
        origins=tuple(r.Origin(o.partition(":")[2], o.partition(":")[0]) for o in _many(told, "d_origin")),
    )


def _price(told: dict[str, str]) -> r.Amount | None:
    value = _number(told.get("d_price", ""))
    return r.Amount(value, told.get("d_cur", "")) if value is not None else None


def _measure(text: str) -> r.Measure | None:
    value = _number(text)
    return r.Measure(value) if value is not None else None


def _many(told: dict[str, str], column: str) -> list[str]:
    return [part for part in told.get(column, "").split("|") if part]


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
