"""Conditions of measures: which documents they ask for, what they forbid, and what the documents office makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from customhouse.law.book import Law
from customhouse.law.condition import judge
from customhouse.law.measure import Measure
from customhouse.offices.documents import verify
from customhouse.record import lodgement as r
from customhouse.record.acts import Held, Verified
from customhouse.record.declaration import HoldKind
from duty_law import condition, goods, law, measure

CITES = measure(
    "01", "", "", source="Trade in Endangered Species Act",
    conditions=(condition("B", "apply", document="C400"), condition("B", "apply", document="Y900"), condition("B", "forbid")),
)  # fmt: skip


def verified(book: Law, **item: Any) -> tuple[Verified, list[Held]]:
    lodged = r.Lodgement(type="IMA", goods_shipment=r.GoodsShipment(items=(goods(**item),)))
    first, *holds = verify(lodged, book)
    assert isinstance(first, Verified)
    return first, [h for h in holds if isinstance(h, Held)]


@pytest.mark.parametrize(
    ("documents", "action"), [((), "forbid"), (("C400",), "apply"), (("Y900",), "apply"), (("N935",), "forbid")]
)
def test_the_first_line_that_holds_speaks(documents: tuple[str, ...], action: str) -> None:
    assert judge(CITES, documents, lambda line: True).action == action


def test_every_group_must_let_the_measure_pass() -> None:
    both: Measure = measure(
        "01", "A00", "5 %", conditions=(
            condition("A", "rate", "3 %", document="D008"), condition("C", "void", document="Y020"),
            condition("A", "apply"), condition("C", "apply"),
        ),
    )  # fmt: skip
    assert judge(both, (), lambda line: True).action == "apply"
    assert judge(both, ("D008",), lambda line: True).action == "rate"
    assert judge(both, ("D008", "Y020"), lambda line: True).action == "void"


def test_a_group_of_which_no_line_holds_voids() -> None:
    asks = measure("01", "A00", "5 %", conditions=(condition("B", "apply", document="N990"),))
    verdict = judge(asks, (), lambda line: True)
    assert (verdict.action, verdict.wanted) == ("void", ("N990",))


def test_what_forbids_becomes_a_documents_hold_that_names_what_would_lift_it() -> None:
    check, holds = verified(law(CITES))
    (hold,) = [h.hold for h in holds]
    assert hold.kind is HoldKind.DOCUMENTS and hold.ref == "C400"
    assert "C400" in hold.reasons[0].text and hold.reasons[0].source == "Trade in Endangered Species Act"
    assert [x.met for x in check.check.requirements] == [False]


def test_a_document_that_lifts_the_prohibition_meets_it() -> None:
    check, holds = verified(law(CITES), documents=("Y900",))
    assert holds == []
    assert [(x.code, x.met) for x in check.check.requirements] == [("Y900", True)]


def test_goods_that_nothing_lets_in_are_held_too() -> None:
    banned = measure("01", "", "", conditions=(condition("Z", "forbid"),))
    _, holds = verified(law(banned))
    assert "forbids the goods" in holds[0].hold.reasons[0].text


def test_measures_under_codes_not_declared_ask_for_nothing() -> None:
    asks = measure("01", "", "", documents=("N853",), additional_code="4099")
    assert verified(law(asks))[1] == []
    assert len(verified(law(asks), codes=("4099",))[1]) == 1
