"""Origin under every claim that Hypothesis can think of: a refusal names what fails, a grant means that all holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from customhouse.kernel.money import Money
from customhouse.law.book import Book, Law, compile_pack
from customhouse.law.pack import country_directory
from customhouse.law.preference import Preferences
from customhouse.law.terms import ProductRule
from customhouse.offices.duty import assess_item
from customhouse.offices.origin import determine
from customhouse.record import codec
from customhouse.record import lodgement as r
from customhouse.record.acts import OriginDetermined
from customhouse.record.origin import Verdict

COUNTRIES = st.sampled_from(("FJ", "WS", "KI", "NU", "BD", "UG", "CN", "NO", "SG", "XM", ""))
CODES = st.sampled_from(
    ("03040000", "16041400", "61091000", "40111000", "84713000", "94036000", "22042100", "01", "9999", "8517130000")
)
BY_QUANTITY = ("22042100", "40111000")
PAPERS = st.lists(st.sampled_from(("N954", "U110", "N865", "U165", "9120", "N935")), max_size=3, unique=True)
PREFERENCES = st.sampled_from(("", "100", "120", "200", "300", "320", "400"))


@cache
def law() -> Law:
    return Book.open(compile_pack(country_directory("meridia"))).on(date(2026, 11, 24))


def papers(codes: list[str]) -> tuple[r.AdditionalDocument, ...]:
    return tuple(r.AdditionalDocument(category=c[:1], type=c[1:], id="1") for c in codes)


@st.composite
def items(draw: st.DrawFn) -> r.GoodsItem:
    origins = tuple(r.Origin(draw(COUNTRIES), kind) for kind in draw(st.sampled_from((("1",), ("2",), ("1", "2"), ()))))
    return r.GoodsItem(
        sequence=1,
        commodity=r.Commodity(
            classifications=(r.Classification(draw(CODES), "TSP"),),
            duties=(r.DeclaredDuty(type="A00", regime=draw(PREFERENCES)),),
            net_mass=r.Measure(Decimal(5)),
        ),
        documents=papers(draw(PAPERS)),
        procedures=(r.Procedure("40", "00"),),
        origins=origins,
        export_country=draw(COUNTRIES),
    )


@st.composite
def lodgements(draw: st.DrawFn) -> r.Lodgement:
    goods = tuple(replace(one, sequence=n) for n, one in enumerate(draw(st.lists(items(), min_size=1, max_size=4)), 1))
    shipment = r.GoodsShipment(export_country=draw(COUNTRIES), items=goods)
    return r.Lodgement(type="IMA", documents=papers(draw(PAPERS)), goods_shipment=shipment)


@settings(max_examples=300, deadline=None)
@given(lodgements())
def test_a_refusal_names_what_fails_and_a_grant_means_that_all_holds(lodged: r.Lodgement) -> None:
    for origin in determine(lodged, law()).determination.items:
        met = [c.met for c in origin.conditions]
        if origin.verdict is Verdict.NONE:
            assert not met and not origin.remark
        elif origin.granted:
            assert met and all(met) and origin.rate is not None
        else:
            assert origin.failing and all(c.text in origin.remark for c in origin.failing)
        assert all(c.text for c in origin.conditions)


@settings(max_examples=200, deadline=None)
@given(lodgements(), st.randoms())
def test_the_verdict_on_an_item_does_not_hang_on_its_place(lodged: r.Lodgement, random: object) -> None:
    shuffled = list(lodged.items)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    other = replace(lodged, goods_shipment=replace(lodged.goods_shipment, items=tuple(shuffled)))
    before = {o.item: o for o in determine(lodged, law()).determination.items}
    assert {o.item: o for o in determine(other, law()).determination.items} == before


@settings(max_examples=200, deadline=None)
@given(lodgements(), PAPERS)
def test_another_paper_never_loses_a_preference(lodged: r.Lodgement, more: list[str]) -> None:
    richer = replace(lodged, documents=(*lodged.documents, *papers(more)))
    after = determine(richer, law()).determination.items
    for one, other in zip(determine(lodged, law()).determination.items, after, strict=True):
        assert other.granted or not one.granted


@settings(max_examples=200, deadline=None)
@given(lodgements(), st.integers(0, 10**9))
def test_duty_charges_what_the_verdict_says(lodged: r.Lodgement, minor: int) -> None:
    for item, origin in zip(lodged.items, determine(lodged, law()).determination.items, strict=True):
        found = assess_item(item, Money(minor, "USD"), law(), lodged=lodged, origin=origin)
        duties = [d for d in found.duties if d.type == "A00"]
        if found.problems:
            assert not duties
        elif origin.granted and origin.rate:
            assert [d.measure for d in duties] == [origin.rate.measure]
        elif origin.verdict is Verdict.REFUSED and origin.general:
            assert [d.measure for d in duties] == [origin.general.measure]


@settings(max_examples=100, deadline=None)
@given(lodgements())
def test_a_determination_is_written_and_read_back(lodged: r.Lodgement) -> None:
    act = determine(lodged, law())
    (again,) = codec.read(codec.write([act], None).array, None)
    assert isinstance(again, OriginDetermined) and again == act


BOUNDS = st.integers(1_00_00_0000_0, 99_99_99_9999).map(lambda n: f"{n:010d}")


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(BOUNDS, BOUNDS), max_size=12), BOUNDS, st.sampled_from((2, 4, 6, 8, 10)))
def test_looking_a_code_up_is_the_same_as_trying_every_rule(
    spans: list[tuple[str, str]], code: str, digits: int
) -> None:
    rules = tuple(
        ProductRule("S", min(a, b), max(a, b), str(n), "goods", ("WO",), "text") for n, (a, b) in enumerate(spans)
    )
    agreement = replace(law().contents.agreements[0], rules="S")
    found = Preferences((agreement,), rules, {}, date(2026, 11, 24)).rules(agreement, code[:digits])
    low, high = code[:digits].ljust(10, "0"), code[:digits].ljust(10, "9")
    assert set(found) == {x for x in rules if x.low <= high and low <= x.high}
    widths = [int(x.high) - int(x.low) for x in found]
    assert widths == sorted(widths)
