"""Supplementary declarations: the day by which a simplified one is completed, and which one completes it."""

from __future__ import annotations

from datetime import date

import pytest
from msgspec.structs import replace

from customhouse.house.lawbooks import embedded_book
from customhouse.law.book import Law
from customhouse.law.terms import Supplementary
from customhouse.offices.longroom import decide
from customhouse.offices.longroom.supplementary import completes, owed_by
from customhouse.record.acts import Accepted
from customhouse.record.lodgement import GoodsItem, GoodsShipment, Lodgement, Party, PreviousDocument

MRN = "26XM110000000001R9"


@pytest.fixture(scope="module")
def law() -> Law:
    return embedded_book().on(date(2026, 11, 24))


@pytest.mark.parametrize(
    ("accepted", "due"),
    [
        (date(2026, 11, 1), date(2026, 12, 10)),
        (date(2026, 11, 30), date(2026, 12, 10)),
        (date(2026, 12, 31), date(2027, 1, 10)),
    ],
)
@pytest.mark.parametrize("kind", ["IMB", "IMC", "IME", "IMF", "EXC", "COF"])
def test_a_simplified_declaration_is_completed_by_the_tenth_of_the_next_month(
    kind: str, accepted: date, due: date, law: Law
) -> None:
    assert owed_by(Lodgement(type=kind), accepted, law) == due


@pytest.mark.parametrize("kind", ["IMA", "IMD", "IMX", "IMY", "IMZ", "EXA", "IMJ", "IM", ""])
def test_any_other_owes_nothing(kind: str, law: Law) -> None:
    assert owed_by(Lodgement(type=kind), date(2026, 11, 1), law) is None


@pytest.mark.parametrize(
    ("day", "months", "due"), [(31, 1, date(2027, 2, 28)), (1, 0, date(2027, 1, 1)), (15, 13, date(2028, 2, 15))]
)
def test_the_law_sets_the_day_and_a_short_month_ends_it(day: int, months: int, due: date, law: Law) -> None:
    class Other:
        supplementary = Supplementary(validity=law.supplementary.validity, day=day, months=months)  # type: ignore[union-attr]

    assert owed_by(Lodgement(type="IMC"), date(2027, 1, 20), Other()) == due  # type: ignore[arg-type]


def test_a_supplementary_declaration_names_those_it_completes() -> None:
    first, other = PreviousDocument("Y", "SDE", MRN.lower()), PreviousDocument("Z", "705", "BL-1")
    item = GoodsItem(1, previous_documents=(first,))
    lodged = Lodgement(type="IMY", goods_shipment=GoodsShipment(previous_documents=(other, first), items=(item,)))
    assert completes(lodged) == (MRN,)
    assert completes(replace(lodged, type="IMA")) == ()


def test_acceptance_says_what_is_owed(law: Law) -> None:
    shipment = GoodsShipment(items=(GoodsItem(1),))
    lodged = Lodgement(lrn="S-1", type="IMC", declarant=Party(id="XM100000009"), goods_shipment=shipment)
    accepted, _problems = decide(lodged, law, 1)
    assert isinstance(accepted, Accepted)
    assert accepted.acceptance.supplementary_by == date(2026, 12, 10)
