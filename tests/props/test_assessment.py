"""What holds for every assessment: more value never means less duty, sums add up, bounds bind, a replay is identical."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.kernel.money import Money, Rounding, round_to_minor
from customhouse.offices.duty import Allotment, assess_item, reckon
from customhouse.offices.duty.formula import rounder
from customhouse.offices.duty.quota import split
from duty_law import goods, law, measure, relief

VAT = measure("", "B00", "20 % of value and duties")
percents = st.decimals(0, 200, places=2).map(lambda d: f"{d} %")
specifics = st.builds(
    lambda rate, per: f"{rate} USD / {per}", st.decimals(0, 500, places=2), st.sampled_from(["KGM", "100 KGM", "TNE"])
)
terms = percents | specifics
sums = st.lists(terms, min_size=1, max_size=3).map(" + ".join)
values = st.integers(0, 10**12)
masses = st.integers(1, 10**7).map(lambda g: f"{Decimal(g) / 1000}")


@given(sums, values, values, masses)
def test_more_value_never_means_less_duty(text: str, one: int, other: int, net: str) -> None:
    book = law(measure("01", "A00", text), VAT)
    low, high = (reckon(goods(net=net), v, book) for v in sorted((one, other)))
    assert all(a[1] <= b[1] for a, b in zip(low, high, strict=True))


@given(sums, values, masses)
def test_the_trace_adds_up_to_the_amounts_and_these_to_the_plain_ones(text: str, value: int, net: str) -> None:
    book = law(measure("01", "A00", text), VAT)
    item = goods(net=net)
    found = assess_item(item, Money(value, "USD"), book)
    assert [(d.type, d.amount.minor, d.payable.minor) for d in found.duties] == reckon(item, value, book)
    for due in found.duties:
        assert sum(c.amount for c in due.components) == due.amount.minor
    duty, vat = found.duties
    assert vat.base == value + duty.amount.minor


@given(sums, sums, sums, values, masses)
def test_bounds_bind(text: str, low: str, high: str, value: int, net: str) -> None:
    item = goods(net=net)

    def amount(words: str) -> int:
        return reckon(item, value, law(measure("01", "A00", words)))[0][1]

    plain, least, most = amount(text), amount(low), amount(high)
    bounded = amount(f"{text} MIN {low} MAX {high}")
    assert bounded == min(max(plain, least), most)
    assert amount(f"({text} MIN {low}) + 0 %") == max(plain, least)


@given(sums, values, masses)
def test_a_replay_is_identical_to_the_cent_and_to_the_trace(text: str, value: int, net: str) -> None:
    item = goods(net=net, additional=("C07",))

    def once() -> bytes:
        book = law(measure("01", "A00", text), VAT, reliefs=(relief("C07", "A00"),))
        return msgspec.msgpack.encode(assess_item(item, Money(value, "USD"), book))

    assert once() == once()


@given(sums, values, masses, st.sampled_from(["4000", "5100", "7800"]), st.booleans())
def test_nobody_pays_more_than_is_owed(text: str, value: int, net: str, procedure: str, relieved: bool) -> None:
    book = law(measure("01", "A00", text), VAT, reliefs=(relief("C07", "A00"),))
    item = goods(net=net, procedure=procedure, additional=("C07",) if relieved else ())
    for due in assess_item(item, Money(value, "USD"), book).duties:
        assert 0 <= due.payable.minor <= due.assessed.minor <= due.amount.minor
        assert due.payable == due.amount or due.note


@given(values, st.integers(1, 10**6), st.integers(0, 10**6), masses)
def test_a_split_by_quota_conserves_value_and_quantity(value: int, asked: int, granted: int, net: str) -> None:
    item = goods(preference="320", order="050001", net=net)
    parts = split(item, Money(value, "USD"), Allotment("050001", Decimal(asked), Decimal(granted)))
    assert sum(v.minor for _, v in parts) == value
    mass = sum(i.commodity.net_mass.value for i, _ in parts if i.commodity.net_mass)
    assert abs(mass - Decimal(net)) <= Decimal("0.000001")


@given(
    st.integers(-(10**12), 10**12), st.integers(1, 10**6),
    st.sampled_from(["half_up", "half_even", "down", "up"]), st.sampled_from([1, 5, 100]),
)  # fmt: skip
def test_whole_number_rounding_is_that_of_the_kernel(top: int, bottom: int, mode: str, unit: int) -> None:
    bottom = 2 ** (bottom % 12) * 5 ** (bottom % 7)  # so that the fraction is an exact decimal
    rule = Rounding(mode, unit)  # type: ignore[arg-type]
    exact = Decimal(top) / Decimal(bottom)
    if exact * bottom != top:
        return
    assert rounder(rule)(top, bottom) == round_to_minor(exact.scaleb(-2), "USD", rule)


@pytest.mark.parametrize("mode", ["half_up", "half_even", "down", "up"])
def test_halves_go_where_the_law_sends_them(mode: str) -> None:
    round_ = rounder(Rounding(mode))  # type: ignore[arg-type]
    expected = {"half_up": [1, 2, -1], "half_even": [0, 2, 0], "down": [0, 1, 0], "up": [1, 2, -1]}[mode]
    assert [round_(1, 2), round_(3, 2), round_(-1, 2)] == expected
