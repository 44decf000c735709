"""The simulated world repeats itself: one seed, one course of events, byte for byte."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.record.codec import decode_lodgement, encode
from customhouse.record.facts import lodged_facts
from customhouse.record.manifest import totals
from customhouse.simulator import World, carriage, file
from customhouse.simulator.truth import to_line

SEEDS = st.integers(min_value=0, max_value=2**32)
DAYS = st.integers(min_value=0, max_value=900).map(lambda n: date(2025, 1, 1) + timedelta(days=n))


@settings(max_examples=15, deadline=None)
@given(SEEDS, DAYS)
def test_one_seed_and_one_day_give_the_same_bytes(seed, day):
    def course():
        filed = [file(shipment) for shipment in World(seed, day).day(day)]
        return [(encode(f.lodgement), to_line(f.truth)) for f in filed]

    assert course() == course()


@settings(max_examples=25, deadline=None)
@given(SEEDS, DAYS)
def test_whatever_happens_can_be_declared_and_read(seed, day):
    for shipment in World(seed, day).day(day):
        filed = file(shipment)
        lodged = filed.lodgement
        assert decode_lodgement(encode(lodged)) == lodged
        header, items = lodged_facts(lodged)
        assert header.item_count == len(shipment.lines) == len(filed.truth.items)
        assert filed.truth.lrn == lodged.lrn == shipment.reference
        assert filed.truth.declarant == lodged.declarant_id
        assert all(item.price > 0 and item.net_mass > 0 for item in items)


@settings(max_examples=15, deadline=None)
@given(SEEDS, DAYS)
def test_a_whole_border_repeats_itself_and_ships_what_the_plain_one_ships(seed, day):
    def course(shipments):
        filed = [file(shipment) for shipment in shipments]
        return [(encode(f.lodgement), to_line(f.truth)) for f in filed]

    whole = World(seed, day, whole=True).day(day)
    assert course(whole) == course(World(seed, day, whole=True).day(day))
    assert [s.lines for s in whole] == [s.lines for s in World(seed, day).day(day)]
    for shipment in whole:
        told = shipment.carriage
        if told is not None:
            now = datetime.combine(day, time(8), UTC)
            report = carriage.reported(shipment, told, carriage.expected_at(told, now))
            under = carriage.houses(shipment, told, "X")
            assert report == carriage.reported(shipment, told, carriage.expected_at(told, now))
            assert under is None or totals(under.houses) == totals(report.masters[:1])


@settings(max_examples=20, deadline=None)
@given(SEEDS, st.integers(min_value=1, max_value=60))
def test_trade_gives_as_many_as_asked_and_begins_alike(seed, n):
    world = World(seed, date(2026, 6, 1))
    few, more = list(world.trade(n)), list(world.trade(n + 5))
    assert len(few) == n and more[:n] == few
