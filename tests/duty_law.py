"""A small law for tests of the duty office, made in code: measures are given as (code, tax type, expression, ...)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from customhouse.kernel.money import Rounding
from customhouse.kernel.validity import Validity
from customhouse.law import expression
from customhouse.law.book import Book, Contents, Law
from customhouse.law.measure import Condition, Measure
from customhouse.law.terms import Line, Procedure, Rate, Relief, TaxType
from customhouse.record import lodgement as r

DAY = date(2026, 6, 1)
ALWAYS = Validity(date(2020, 1, 1), None)
TAXES = (
    TaxType("A00", {"en": "Customs duty"}, 10),
    TaxType("A30", {"en": "Anti-dumping duty"}, 20, code_required=True),
    TaxType("A50", {"en": "Duty of a union"}, 25),
    TaxType("X01", {"en": "Excise"}, 30),
    TaxType("B05", {"en": "VAT on duties of the union"}, 80, base=("A5*",)),
    TaxType("B00", {"en": "VAT"}, 90, base=("A00", "A3*", "X*"), postponed=("FR1",)),
)
PROCEDURES = (
    Procedure(code="40", text={"en": "Home use"}, validity=ALWAYS, source="Act 1"),
    Procedure(code="5100", text={"en": "Inward processing"}, duties_payable=False, guarantee=True,
              note="suspended under inward processing", validity=ALWAYS, source="Act 60"),
    Procedure(code="7800", text={"en": "Free zone"}, duties_payable=False, note="in the free zone", validity=ALWAYS),
)  # fmt: skip


def measure(code: str, tax_type: str, text: str, **more: Any) -> Measure:
    """A measure in force always; its id tells what it is."""
    made = {
        "id": f"{tax_type}-{code}-{more.get('preference', '')}{more.get('additional_code', '')}",
        "area": "*",
        "validity": ALWAYS,
        "source": "Tariff Act",
        "expression": expression.parse(text) if text else None,
        "expression_text": text,
        **more,
    }
    return Measure(code=code, tax_type=tax_type, **made)


def condition(group: str, action: str, text: str = "", **more: Any) -> Condition:
    return Condition(group, action, expression=expression.parse(text) if text else None, expression_text=text, **more)  # type: ignore[arg-type]


def law(*measures: Measure, **more: Any) -> Law:
    """The law of `DAY` with these measures; keyword arguments replace parts of its contents."""
    parts: dict[str, Any] = {
        "country": "XX",
        "title": {"en": "Test"},
        "version": "1",
        "currency": "USD",
        "languages": ("en",),
        "rounding": Rounding(),
        "lines": (Line(code="01", text={"en": "Goods"}, unit=more.pop("unit", ""), validity=ALWAYS),),
        "tax_types": TAXES,
        "procedures": PROCEDURES,
        "measures": measures,
        "rates": (Rate(currency="EUR", value=Decimal("1.10"), validity=ALWAYS),),
        "payment_methods": {"A": "immediate", "E": "deferred", "R": "secured"},
        **more,
    }
    return Book.of(Contents(**parts)).on(DAY)


def relief(code: str, *tax_types: str, **more: Any) -> Relief:
    return Relief(
        code=code, text={"en": "Relief"}, tax_types=tax_types or ("*",), validity=ALWAYS, source="Act 9", **more
    )


def goods(**told: Any) -> r.GoodsItem:
    """Item 1 with code 0101, from CN, 100 kg, procedure 4000; keywords replace what they name."""
    procedure = told.get("procedure", "4000")
    quantity = told.get("quantity")
    duties = [r.DeclaredDuty(type="A00", regime=told.get("preference", "100"), quota=told.get("order", ""),
                             payment=r.DeclaredPayment(told["method"]) if "method" in told else None)]  # fmt: skip
    duties += told.get("duties", [])
    origins = [r.Origin(told.get("origin", "CN"), "1")]
    if "preferential_origin" in told:
        origins.append(r.Origin(told["preferential_origin"], "2"))
    return r.GoodsItem(
        sequence=1,
        commodity=r.Commodity(
            description="case",
            classifications=(
                r.Classification(told.get("code", "01010000"), "TSP"),
                *(r.Classification(c, "TRA") for c in told.get("codes", ())),
            ),
            duties=tuple(duties),
            net_mass=r.Measure(Decimal(told.get("net", "100"))) if told.get("net", "100") else None,
            gross_mass=r.Measure(Decimal(told["gross"])) if "gross" in told else None,
            tariff_quantity=r.Measure(Decimal(quantity[0]), quantity[1]) if quantity else None,
        ),
        documents=tuple(
            r.AdditionalDocument(category=c[:1], type=c[1:4], id="1", exemption=c[5:])
            for c in told.get("documents", ())
        ),
        information=tuple(r.AdditionalInformation(code=c) for c in told.get("statements", ())),
        procedures=(r.Procedure(procedure[:2], procedure[2:]), *(r.Procedure(a) for a in told.get("additional", ()))),
        origins=tuple(origins),
        tax_parties=tuple(r.Party(role=x) for x in told.get("roles", ())),
    )
