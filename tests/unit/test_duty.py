"""The duty office: every kind of rate, what becomes of an amount, which measure is taken, what cannot be worked out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.law.measure import Measure
from customhouse.law.terms import Membership, Procedure, Rate
from customhouse.offices.duty import Allotment, ItemDuties, assess, assess_item, reckon
from customhouse.offices.duty.formula import Lacking
from customhouse.record import lodgement as r
from customhouse.record.acts import Assessed, Held
from customhouse.record.declaration import Declaration, HoldKind, Stage
from customhouse.record.valuation import ItemValue, Valuation
from duty_law import DAY, TAXES, condition, goods, law, measure, relief

VAT = measure("", "B00", "20 % of value and duties")


def amounts(found: ItemDuties) -> dict[str, int]:
    assert not found.problems, found.problems
    return {d.type: d.amount.minor for d in found.duties}


def assessed(told: Law, value: int = 100_000, **item: Any) -> ItemDuties:
    return assess_item(goods(**item), Money(value, "USD"), told)


# --- kinds of rates


@dataclass
class Kind:
    text: str
    expected: int
    item: dict[str, Any]


KINDS = [
    Kind("free", 0, {}),
    Kind("12.5 %", 12_500, {}),
    Kind("2 USD / KGM", 20_000, {"net": "100"}),
    Kind("147 USD / 100 KGM", 14_700, {"net": "100"}),
    Kind("12 % + 147 USD / 100 KGM", 26_700, {}),
    Kind("30 EUR / TNE", 330, {"net": "100"}),
    Kind("0.50 USD / 100 KGM#G", 60, {"gross": "120"}),
    Kind("26 USD / HLT", 5_200, {"quantity": ("200", "LTR")}),
    Kind("26 USD / HLT", 5_200, {"quantity": ("2", "HLT")}),
    Kind("1.40 USD / ASV#X", 2_800, {"quantity": ("200", "LTR"), "duties": [r.DeclaredDuty(base_quantity=r.Measure(Decimal(10), "ASV"))]}),
    Kind("28.50 USD / LPA", 57_000, {"quantity": ("200", "LTR"), "duties": [r.DeclaredDuty(base_quantity=r.Measure(Decimal(10), "ASV"))]}),
    Kind("28.50 USD / LPA", 5_700, {"quantity": ("2", "LPA")}),
    Kind("0.20 USD / NAR", 1_000, {"quantity": ("50", "NAR")}),
    Kind("43 USD / 1000 NAR", 215, {"quantity": ("50", "NAR")}),
    Kind("43 USD / MIL", 215, {"quantity": ("50", "NAR")}),
    Kind("0.30 USD / DTN#Z", 900, {"duties": [r.DeclaredDuty(base_quantity=r.Measure(Decimal(30), "DTN#Z"))]}),
    Kind("7.80 USD / DTN#E", 624, {"duties": [r.DeclaredDuty(base_quantity=r.Measure(Decimal(80), "KGM#E"))]}),
    Kind("1 USD / KGM#P + 23 USD / 100 KGM", 3_300, {"duties": [r.DeclaredDuty(base_quantity=r.Measure(Decimal(10), "KGM#P"))]}),
    Kind("25 USD per item", 2_500, {}),
    Kind("8 % MIN 2 USD / KGM", 20_000, {}),
    Kind("8 % MIN 0.10 USD / KGM MAX 5 %", 5_000, {}),
    Kind("0.50 USD / NAR MIN 2.7 % MAX 4.6 %", 4_600, {"quantity": ("500", "NAR")}),
    Kind("5 % + (2 USD / KGM MAX 10 %)", 15_000, {}),
    Kind("(1 % MIN 3 USD / KGM) + 1 %", 31_000, {}),
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.text)
def test_every_kind_of_rate(kind: Kind) -> None:
    book = law(measure("01", "A00", kind.text))
    found = assessed(book, **kind.item)
    assert amounts(found) == {"A00": kind.expected}
    (due,) = found.duties
    assert sum(c.amount for c in due.components) == kind.expected
    assert due.formula == kind.text and due.source and due.since
    assert reckon(goods(**kind.item), 100_000, book) == [("A00", kind.expected, kind.expected)]


def test_the_agricultural_component_comes_from_the_recipe() -> None:
    book = law(
        measure("01", "A00", "9 % + EA MAX 18.7 % + ADSZ"),
        measure("", "", "16 USD / 100 KGM", kind="EA", additional_code="7200"),
        measure("", "", "2 USD / 100 KGM", kind="ADSZ", additional_code="7200"),
    )
    assert amounts(assessed(book, codes=("7200",))) == {"A00": 9_000 + 1_600}
    assert amounts(assessed(book, value=1_000, codes=("7200",))) == {"A00": 187 + 200}
    (problem,) = assessed(book).problems
    assert problem.rule == "MissingComponent" and problem.hint


def test_the_entry_price_decides_the_rate() -> None:
    book = law(
        measure("01", "A00", "12 %", conditions=(
            condition("V", "rate", "10 %", threshold=Decimal(50), currency="EUR", unit="DTN"),
            condition("V", "rate", "10 % + 3 USD / 100 KGM", threshold=Decimal(48), currency="EUR", unit="DTN"),
            condition("V", "rate", "10 % + 30 USD / 100 KGM", threshold=Decimal(0), currency="EUR", unit="DTN"),
        ))
    )  # fmt: skip
    assert amounts(assessed(book, value=5_500)) == {"A00": 550}
    assert amounts(assessed(book, value=5_499)) == {"A00": 550 + 300}
    found = assessed(book, value=4_000)
    assert amounts(found) == {"A00": 400 + 3_000}
    assert found.duties[0].formula == "10 % + 30 USD / 100 KGM"


# --- taxes on taxes


def test_each_tax_counts_what_the_law_counts_for_it() -> None:
    book = law(
        measure("01", "A00", "10 %"), measure("01", "A30", "5 %"), measure("01", "A50", "8 %"),
        measure("01", "X01", "3 USD / KGM"), VAT, measure("", "B05", "20 % of duties"),
    )  # fmt: skip
    found = assessed(book)
    assert amounts(found) == {
        "A00": 10_000, "A30": 5_000, "A50": 8_000, "X01": 30_000, "B05": 1_600, "B00": 29_000,
    }  # fmt: skip
    assert {d.type: d.base for d in found.duties}["B00"] == 145_000
    assert {d.type: d.base for d in found.duties}["B05"] == 8_000


def test_an_additional_code_chooses_the_rate() -> None:
    book = law(
        measure("01", "A00", "0 %"), VAT, measure("", "B00", "5 % of value and duties", additional_code="VATR"),
        measure("01", "A30", "30 %", area="CN", additional_code="A999"),
        measure("01", "A30", "10 %", area="CN", additional_code="A001"),
        measure("01", "X01", "1 USD / KGM", additional_code="X333"),
    )  # fmt: skip
    assert amounts(assessed(book, codes=("A001", "VATR", "X333")))["B00"] == (100_000 + 10_000 + 10_000) // 20
    (problem,) = assessed(book).problems
    assert problem.rule == "MissingAdditionalCode" and "A001, A999" in problem.label
    assert amounts(assessed(book, origin="FR")) == {"A00": 0, "B00": 20_000}


# --- which measure


def test_the_most_specific_code_wins_and_excluded_areas_are_left_out() -> None:
    book = law(
        measure("01", "A00", "5 %"), measure("0101", "A00", "7 %", area="ASIA", excluded=("TW",)),
        memberships=tuple(Membership(group="ASIA", country=c, validity=DAY_ALWAYS) for c in ("CN", "TW")),
    )  # fmt: skip
    assert amounts(assessed(book)) == {"A00": 7_000}
    assert amounts(assessed(book, origin="TW")) == {"A00": 5_000}


DAY_ALWAYS = measure("", "A00", "free").validity
MFN = measure("01", "A00", "12 %", kind="103")
PREFERENCE = measure("01", "A00", "2 %", kind="142", preference="300", area="TN", documents=("N954", "U110"))


def test_a_preference_goes_by_its_own_origin_and_proof() -> None:
    book = law(MFN, PREFERENCE, VAT)
    claim = {"preference": "300", "origin": "CN", "preferential_origin": "TN"}
    found = assessed(book, **claim, documents=("N954",))
    assert amounts(found)["A00"] == 2_000
    assert "preference 300 granted" in found.duties[0].note
    refused = assessed(book, **claim)
    assert amounts(refused)["A00"] == 12_000
    assert "N954 or U110 is missing" in refused.duties[0].note
    assert "not offered" in assessed(book, preference="400").duties[0].note


def test_a_proof_still_to_come_is_secured_by_the_difference() -> None:
    book = law(MFN, PREFERENCE, VAT, lists={"proof_pending": ("UA",)}, securities={"preference": "MDP"})
    claim = {"preference": "300", "preferential_origin": "TN", "documents": ("U110/UA",)}
    found = assessed(book, **claim, method="R")
    assert amounts(found)["A00"] == 2_000
    assert [(s.type, s.tax_type, s.amount.minor) for s in found.securities] == [("MDP", "A00", 10_000)]
    assert [s.type for s in assessed(book, **claim, method="A").securities] == [""]


def test_a_suspension_is_claimed_or_applies_by_itself() -> None:
    claimed = measure("01", "A00", "3 %", kind="112", preference="110")
    assert amounts(assessed(law(MFN, claimed)))["A00"] == 12_000
    assert amounts(assessed(law(MFN, claimed), preference="110"))["A00"] == 3_000
    assert amounts(assessed(law(MFN, measure("01", "A00", "0 %", kind="112"))))["A00"] == 0


def test_a_quota_is_chosen_with_its_number_and_grants_what_it_has() -> None:
    quota = measure("01", "A00", "4 %", kind="143", preference="320", area="TN", order="050001")
    book = law(MFN, quota, VAT, securities={"quota": "QSD"})
    claim: dict[str, Any] = {"preference": "320", "preferential_origin": "TN", "net": "200"}
    assert "was not claimed" in assessed(book, **claim, order="050002").duties[0].note
    item = goods(**claim, order="050001")
    value = Money(100_000, "USD")
    assert amounts(assess_item(item, value, book))["A00"] == 4_000
    part = assess_item(item, value, book, allotment=Allotment("050001", Decimal(200), Decimal(50)))
    assert [(d.type, d.amount.minor) for d in part.duties] == [
        ("A00", 1_000), ("B00", 5_200), ("A00", 9_000), ("B00", 16_800),
    ]  # fmt: skip
    assert "quota 050001 grants 50 of 200" in part.duties[0].note
    nothing = assess_item(item, value, book, allotment=Allotment("050001", Decimal(200), Decimal(0)))
    assert amounts(nothing)["A00"] == 12_000
    critical = assess_item(item, value, book, allotment=Allotment("050001", Decimal(200), Decimal(200), critical=True))
    assert [(s.amount.minor, s.type) for s in critical.securities] == [(8_000, "")]


def test_a_condition_lets_apply_gives_its_own_rate_or_voids() -> None:
    book = law(
        MFN,
        measure("0101", "A00", "1 %", conditions=(condition("B", "apply", document="N990"), condition("B", "void"))),
    )
    assert amounts(assessed(book, documents=("N990",)))["A00"] == 1_000
    assert amounts(assessed(book))["A00"] == 12_000
    rated = law(
        measure(
            "0101", "A00", "9 %", conditions=(condition("A", "rate", "4 %", document="D008"), condition("A", "apply"))
        )
    )
    assert amounts(assessed(rated, documents=("D008",)))["A00"] == 4_000
    assert amounts(assessed(rated))["A00"] == 9_000
    forbidding = law(
        measure("0101", "A00", "9 %", conditions=(condition("B", "apply", document="C673"), condition("B", "forbid")))
    )
    (problem,) = assessed(forbidding).problems
    assert problem.rule == "GoodsForbidden" and "C673" in problem.label
    assert amounts(assessed(forbidding, documents=("C673",)))["A00"] == 9_000


# --- what becomes of an amount


def test_a_suspended_procedure_shows_what_is_at_stake_and_asks_for_a_guarantee() -> None:
    found = assessed(law(MFN, VAT), procedure="5100")
    assert {d.type: (d.amount.minor, d.payable.minor, d.treatment) for d in found.duties} == {
        "A00": (12_000, 0, "suspended"), "B00": (22_400, 0, "suspended"),
    }  # fmt: skip
    assert sum(s.amount.minor for s in found.securities) == 34_400
    assert not assessed(law(MFN, VAT), procedure="7800").securities


def test_a_relief_takes_off_what_it_covers_and_nothing_else() -> None:
    book = law(MFN, VAT, reliefs=(relief("C07", "A00"), relief("1RV", "B00"), relief("C09", "A00", document="C640")))
    relieved = assessed(book, additional=("C07",))
    assert {d.type: (d.assessed.minor, d.payable.minor) for d in relieved.duties} == {
        "A00": (0, 0),
        "B00": (20_000,) * 2,
    }
    assert "Relief" in relieved.duties[0].note and relieved.duties[0].amount.minor == 12_000
    both = assessed(book, additional=("C07", "1RV"))
    assert {d.type: (d.base, d.amount.minor, d.payable.minor) for d in both.duties}["B00"] == (112_000, 22_400, 0)
    assert assessed(book, additional=("C09",)).duties[0].payable.minor == 12_000
    assert assessed(book, additional=("C09",), documents=("C640",)).duties[0].payable.minor == 0


def test_a_deposit_counts_in_the_base_and_is_secured() -> None:
    book = law(MFN, VAT, reliefs=(relief("1FV", "A00", deposited=True),), securities={"deposited": "ACS"})
    found = assessed(book, additional=("1FV",), method="R")
    assert {d.type: (d.base, d.assessed.minor) for d in found.duties} == {"A00": (100_000, 0), "B00": (112_000, 22_400)}
    assert [(s.type, s.amount.minor) for s in found.securities] == [("ACS", 12_000)]


def test_what_a_relief_keeps_out_of_a_base() -> None:
    book = law(
        MFN,
        VAT,
        reliefs=(
            relief("51", "A*", suspended=True, off=("B00",)),
            relief("51", "B*", suspended=True),
        ),
        procedures=(),
    )
    assert {d.type: d.base for d in assessed(book, procedure="5100").duties}["B00"] == 100_000
    union = law(
        measure("01", "A50", "12 %"), VAT, measure("", "B05", "20 % of duties"), procedures=(),
        reliefs=(relief("51", "A*", suspended=True, off=("B00",)), relief("51", "B*", suspended=True),),
    )  # fmt: skip
    found = {d.type: d.base for d in assessed(union, procedure="5100").duties}
    assert (found["B05"], found["B00"]) == (12_000, 88_000)


def test_a_tax_that_the_trader_accounts_for_is_not_paid_at_the_border() -> None:
    found = assessed(law(MFN, VAT), roles=("FR1",))
    assert [(d.type, d.payable.minor, d.treatment) for d in found.duties] == [
        ("A00", 12_000, ""),
        ("B00", 0, "postponed"),
    ]
    paid = [r.DeclaredDuty(type="B00", payment=r.DeclaredPayment("E"))]
    assert [d.payable.minor for d in assessed(law(MFN, VAT), roles=("FR1",), duties=paid).duties] == [12_000, 22_400]


def test_amounts_worked_out_by_hand_stand_where_the_law_admits_it() -> None:
    by_hand = [
        r.DeclaredDuty(type="A00", payment=r.DeclaredPayment("E", r.Amount(Decimal("11.33"), "USD"))),
        r.DeclaredDuty(type="B00", payment=r.DeclaredPayment("R", r.Amount(Decimal("44.33"), "USD"))),
    ]
    book = law(MFN, VAT, lists={"manual_calculation": ("9WKS",)}, securities={"manual": "MOD"})
    found = assessed(book, duties=by_hand, documents=("9WKS",))
    assert [(d.type, d.payable.minor) for d in found.duties] == [("A00", 1_133)]
    assert [(s.type, s.tax_type, s.amount.minor) for s in found.securities] == [("MOD", "B00", 4_433)]
    assert amounts(assessed(book, duties=by_hand))["A00"] == 12_000


# --- what cannot be worked out


LACKING = [
    ("2 USD / NPR", {}, "MissingQuantity"),
    ("2 USD / KGM", {"net": "0"}, "MissingQuantity"),
    ("2 USD / KGM", {"net": "-5"}, "MissingQuantity"),
    ("2 USD / KGM", {"net": ""}, "MissingQuantity"),
    ("2 USD / HLT", {"quantity": ("5", "NAR")}, "MissingQuantity"),
    ("2 USD / DTN#E", {}, "MissingQuantity"),
    ("5 % MIN 2 USD / NPR", {}, "MissingQuantity"),
    ("2 CHF / KGM", {}, "NoExchangeRate"),
    ("3 CHF per item", {}, "NoExchangeRate"),
    ("5 %", {"code": "99"}, "UnknownHeading"),
]


@pytest.mark.parametrize(("text", "item", "rule"), LACKING, ids=lambda x: str(x))
def test_an_amount_that_cannot_be_worked_out_is_a_problem_and_never_nothing(text: str, item: Any, rule: str) -> None:
    book = law(measure("", "A00", text), VAT)
    found = assessed(book, **item)
    assert not found.duties
    (problem,) = found.problems
    assert (
        problem.rule == rule and problem.hint and problem.where.startswith("GoodsShipment/GovernmentAgencyGoodsItem[1]")
    )
    with pytest.raises(Lacking, match=rule):
        reckon(goods(**item), 100_000, book)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    found = assessed(law(measure("01", "A00", "2 USD / NPR"), measure("01", "X01", "1 CHF / KGM"), VAT), value=-1)
    assert {p.rule for p in found.problems} == {"MissingQuantity", "NoExchangeRate", "NegativeValue"}


# --- the whole declaration


def declaration(item: r.GoodsItem, value: int, **more: Any) -> Declaration:
    lodged = r.Lodgement(type="IMA", goods_shipment=r.GoodsShipment(items=(item,)), **more)
    money = Money(value, "USD")
    return Declaration(1, lodged, stage=Stage.VALUED, valued=Valuation((ItemValue(1, "1", money),), money))


def test_what_cannot_be_worked_out_holds_the_declaration() -> None:
    (act,) = assess(declaration(goods(), 100), law(measure("01", "A00", "2 USD / NPR")))
    assert isinstance(act, Held)
    assert act.hold.kind is HoldKind.LAW
    assert "NPR" in act.hold.reasons[0].text and act.hold.reasons[0].item == 1


def test_a_guarantee_that_is_owed_and_not_offered_holds_the_declaration() -> None:
    book = law(MFN, VAT)
    made, held = assess(declaration(goods(procedure="5100"), 100_000), book)
    assert isinstance(made, Assessed) and made.assessment.payable.minor == 0
    assert made.assessment.secured.minor == 34_400
    assert isinstance(held, Held) and "344.00 USD must be secured" in held.hold.reasons[0].text
    offered = declaration(goods(procedure="5100"), 100_000, guarantees=(r.Guarantee(reference="G1", type="1"),))
    assert len(assess(offered, book)) == 1


def test_header_documents_and_statements_count_for_every_item() -> None:
    book = law(MFN, PREFERENCE, reliefs=(relief("NIDOM", "A00"),))
    item = goods(preference="300", preferential_origin="TN")
    paper = r.AdditionalDocument(category="N", type="954", id="1")
    (act,) = assess(declaration(item, 100_000, documents=(paper,)), book)
    assert isinstance(act, Assessed) and act.assessment.payable.minor == 2_000
    said = (r.AdditionalInformation(code="NIDOM"),)
    (act,) = assess(declaration(goods(), 100_000, information=said), book)
    assert isinstance(act, Assessed) and act.assessment.payable.minor == 0


def test_a_procedure_may_be_written_by_what_is_requested() -> None:
    book = law(MFN, procedures=(Procedure(code="51", text={"en": "IP"}, duties_payable=False, validity=DAY_ALWAYS),))
    assert assessed(book, procedure="5171").duties[0].payable.minor == 0


def test_rates_of_exchange_are_exact() -> None:
    book = law(
        measure("01", "A00", "1 EUR / KGM"),
        rates=(Rate(currency="EUR", value=Decimal("0.86328"), validity=DAY_ALWAYS),),
    )
    assert amounts(assessed(book, net="512")) == {"A00": 44_200}


def test_measures_without_an_amount_only_ask_for_documents() -> None:
    asks: Measure = measure("01", "", "", documents=("N853",))
    assert amounts(assessed(law(MFN, asks))) == {"A00": 12_000}
    assert DAY.year == 2026 and TAXES
