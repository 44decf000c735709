"""Valuation whatever is declared: sums are conserved, shares are fair, order does not matter, more is never worth less."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.strategies import lodgements
from tests.valuations import costs, doubts, item, law, lodged, rate, valued

from customhouse.kernel.currency import minor_digits
from customhouse.kernel.money import Rounding, convert, round_to_minor
from customhouse.offices.value import value
from customhouse.record import lodgement as r
from customhouse.record.acts import Held, Valued

LAWS = [
    law(place=place, spread_freight_by=by, against_terms=against)
    for place in ("CIF", "FOB")
    for by in ("value", "weight")
    for against in ("leave_out", "as_declared")
]
cents = st.integers(0, 10**11).map(lambda n: Decimal(n).scaleb(-2))
masses = st.none() | st.integers(0, 10**7).map(str)
goods = st.builds(lambda price, mass: item(f"{price} USD", mass=mass), cents, masses)
shipments = st.lists(goods, min_size=1, max_size=12)
terms = st.sampled_from(("", "FCA", "FOB", "CIF", "DAP", "XXX"))
added = st.lists(st.builds("{} {} USD".format, st.sampled_from(("AB", "AK", "AS", "AT", "AV")), cents), max_size=4)
laws = st.sampled_from(LAWS)


@given(shipments, terms, added, laws)
def test_the_value_is_the_prices_and_every_charge_that_counts_to_the_cent(
    items: list[r.GoodsItem], of: str, declared: list[str], under: Any
) -> None:
    found = valued(lodged(*items, terms=of, charges=costs(*declared)), under)
    prices = sum(round_to_minor(i.commodity.price.value, "USD") for i in items if i.commodity.price)
    for n, charge in enumerate(costs(*declared).charges):
        steps = [s for i in found.items for s in i.steps if s.what == f"charge {charge.type}"]
        assert n < len(declared)
        same = [c for c in costs(*declared).charges if c.type == charge.type]
        whole = sum(round_to_minor(c.amount.value, "USD") for c in same if c.amount)
        assert sum(s.amount for s in steps) in (0, whole), "a charge counts whole or not at all"
        if not any(s.amount for s in steps) and whole:
            assert all(s.note for s in steps), "and where it does not, the steps say why"
    assert found.total.minor == sum(i.value.minor for i in found.items) >= prices
    assert all(sum(s.amount for s in i.steps) == i.value.minor for i in found.items)


@given(shipments, st.integers(1, 10**9), laws)
def test_a_share_is_within_one_cent_of_what_is_fair(items: list[r.GoodsItem], whole: int, under: Any) -> None:
    charge = f"AB {Decimal(whole).scaleb(-2)} USD"
    found = valued(lodged(*items, charges=costs(charge)), under)
    prices = [round_to_minor(i.commodity.price.value, "USD") for i in items if i.commodity.price]
    if total := sum(prices):
        for one, price in zip(found.items, prices, strict=True):
            assert abs(one.value.minor - price - Fraction(whole * price, total)) < 1


@given(shipments, st.randoms(use_true_random=False), terms, added, laws)
def test_the_order_of_items_and_charges_does_not_change_the_total(
    items: list[r.GoodsItem], shuffler: Any, of: str, declared: list[str], under: Any
) -> None:
    before = valued(lodged(*items, terms=of, charges=costs(*declared)), under)
    mixed, charges = shuffler.sample(items, len(items)), shuffler.sample(declared, len(declared))
    after = valued(lodged(*mixed, terms=of, charges=costs(*charges)), under)
    assert after.total == before.total and sorted(doubts(after)) == sorted(doubts(before))
    one, other = (sorted(i.value.minor for i in v.items) for v in (before, after))
    assert all(abs(a - b) <= len(declared) for a, b in zip(one, other, strict=True)), "only an odd cent may move"


@given(shipments, terms, added, cents, st.integers(0, 11), laws)
def test_a_dearer_item_never_makes_the_shipment_cheaper(
    items: list[r.GoodsItem], of: str, declared: list[str], more: Decimal, which: int, under: Any
) -> None:
    n = which % len(items)
    price = items[n].commodity.price
    assert price is not None
    dearer = replace(items[n], commodity=replace(items[n].commodity, price=r.Amount(price.value + more, "USD")))
    before = valued(lodged(*items, terms=of, charges=costs(*declared)), under).total.minor
    after = valued(lodged(*items[:n], dearer, *items[n + 1 :], terms=of, charges=costs(*declared)), under).total.minor
    assert after == before + round_to_minor(more, "USD")


@given(st.lists(masses, min_size=1, max_size=9), st.integers(1, 10**10), st.sampled_from(("USD", "JPY", "KWD")))
def test_the_shares_of_an_invoice_add_up_to_it(weights: list[str | None], minor: int, currency: str) -> None:
    whole = Decimal(minor).scaleb(-minor_digits(currency))
    bare = [item(None, mass=m) for m in weights]
    found = valued(lodged(*bare, invoice=r.Amount(whole, currency)), law(currency))
    assert found.total.minor == minor
    if None not in weights and any(map(int, map(str, weights))):
        assert all(i.value.minor == 0 for i, m in zip(found.items, weights, strict=True) if m == "0")


@given(lodgements(), laws)
def test_whatever_is_declared_is_valued_or_held_with_reasons(declared: r.Lodgement, under: Any) -> None:
    acts = value(declared, under)
    assert acts and acts == value(declared, under), "the same twice"
    for act in acts:
        if isinstance(act, Valued):
            assert act.valuation.total.minor == sum(i.value.minor for i in act.valuation.items) >= 0
            assert len(act.valuation.items) == len(declared.items)
        else:
            assert isinstance(act, Held) and all(why.text for why in act.hold.reasons)


# --- arithmetic ------------------------------------------------------------------------------------------------------

numbers = st.decimals(Decimal("0.000001"), Decimal(10**12), places=6)
roundings = st.builds(Rounding, st.sampled_from(("half_up", "half_even", "down", "up")), st.sampled_from((1, 5, 100)))


@given(numbers, numbers, numbers, st.sampled_from(("USD", "JPY", "KWD")), roundings)
def test_a_conversion_is_off_by_less_than_one_unit_of_rounding(
    amount: Decimal, times: Decimal, per: Decimal, currency: str, rounding: Rounding
) -> None:
    exact = Fraction(amount) * Fraction(times) / Fraction(per) * 10 ** minor_digits(currency)
    found = convert(amount, times, per, currency, rounding)
    assert found % rounding.unit == 0 and abs(found - exact) < rounding.unit
    if rounding.mode == "down":
        assert found <= exact
    elif rounding.mode == "up":
        assert found >= exact
    else:
        assert abs(found - exact) * 2 <= rounding.unit
    assert convert(-amount, times, per, currency, rounding) == -found, "the sign does not change the rounding"


@given(numbers, numbers, st.sampled_from((1, 100)))
def test_both_ways_of_quoting_a_rate_give_the_same(amount: Decimal, quoted: Decimal, units: int) -> None:
    direct = rate("EUR", str(quoted), units=units).to_national(amount, "USD", Rounding())
    assert direct == convert(amount, quoted, Decimal(units), "USD")
    inverse = rate("EUR", str(quoted), units=units, inverse=True).to_national(amount * quoted, "USD", Rounding())
    assert inverse == round_to_minor(amount * units, "USD")
