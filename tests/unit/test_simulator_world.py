"""The simulated world: numbers that check, plausible trade, mistakes and frauds with their truth beside them."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

import pytest
from stdnum import imo
from stdnum.iso6346 import is_valid as is_container

from customhouse.record.codec import decode_lodgement, encode
from customhouse.simulator import World, file
from customhouse.simulator.border import LOW_VALUE_USD
from customhouse.simulator.carriers import air_waybill, boxes_needed, container_number, imo_number
from customhouse.simulator.draw import Draw
from customhouse.simulator.fraud import FRAUDS
from customhouse.simulator.goods import catalogue, places
from customhouse.simulator.mistake import MISTAKES, SLIPS
from customhouse.simulator.money import in_usd, priced, usd_rate
from customhouse.simulator.truth import read_line, to_line

START = date(2026, 3, 2)


@pytest.fixture(scope="module")
def trade():
    """Four thousand shipments of one world with what was declared for each."""
    world = World(11, START)
    shipments = list(world.trade(4000))
    return shipments, [file(shipment) for shipment in shipments]


@pytest.fixture(scope="module")
def deceits():
    """Every dishonest filing of several worlds, with its shipment, by kind."""
    found = {kind: [] for kind in FRAUDS}
    for seed in range(5):
        for shipment in World(seed, START).trade(2500):
            if shipment.frauds and not (filed := file(shipment)).truth.honest:
                found[filed.truth.kinds[0]].append((shipment, filed))
    return found


# --- numbers and tables ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("serial", [0, 7, 123456, 999999])
def test_container_and_ship_numbers_check(serial):
    assert is_container(container_number("BLTU", serial))
    assert imo.is_valid(imo_number(serial))


def test_air_waybill_ends_in_its_serial_modulo_seven():
    assert air_waybill("020", 1234567) == "020-12345675"


@pytest.mark.parametrize(
    ("gross", "boxes"), [(Decimal(1), 1), (Decimal(24_000), 1), (Decimal(24_001), 2), (Decimal(900_000), 0)]
)
def test_boxes_follow_mass_and_bulk_needs_none(gross, boxes):
    assert boxes_needed(gross) == boxes


def test_every_goods_row_is_whole():
    for goods in catalogue().values():
        assert len(goods.code) == 8 and goods.code.isdigit(), goods.key
        assert goods.usd > 0 and goods.lot > 0 and goods.per > 0 and goods.tare >= 0, goods.key
        assert set(goods.decoys) <= set(catalogue()), goods.key
        assert bool(goods.unit) == bool(goods.each), goods.key
        assert set(goods.modes) <= {"1", "4"} and goods.origins, goods.key


def test_places_are_locodes_of_their_country():
    for (country, mode), place in places().items():
        assert place.locode[:2] == country == place.country and len(place.locode) == 5 and mode in "14"


def test_prices_survive_the_way_to_dollars_and_back():
    day = date(2026, 5, 5)
    for currency in ("USD", "EUR", "JPY"):
        there = priced(1234.56, currency, day)
        assert abs(in_usd(there, currency, day) - Decimal("1234.56")) < Decimal("0.01") + Decimal(
            usd_rate(currency, day)
        )


def test_draws_with_one_name_are_the_same_and_with_another_differ():
    assert Draw(1, "a").digits(20) == Draw(1, "a").digits(20) != Draw(1, "b").digits(20)


def test_counts_have_the_mean_they_were_given():
    draw = Draw("poisson")
    found = [draw.count(2.5) for _ in range(4000)]
    assert 2.35 < sum(found) / len(found) < 2.65


# --- the world ------------------------------------------------------------------------------------------------------


def test_a_day_does_not_depend_on_the_days_before():
    day = START + timedelta(days=9)
    late = [s for s in World(3, START).trade(600) if s.day == day]
    assert late == World(3, day).day(day)


def test_worlds_differ_by_seed_and_runs_by_name():
    monday = World(1, START).day(START)
    assert monday != World(2, START).day(START)
    again = World(1, START).day(START, run="B")
    assert not {s.reference for s in monday} & {s.reference for s in again}


def test_about_sixty_traders_who_keep_their_suppliers(trade):
    shipments, _ = trade
    world = World(11, START)
    assert 55 <= len(world.traders) <= 70
    partners = {t.key: {p.firm.name for p in t.partners} for t in world.traders}
    ordinary = [s for s in shipments if "splitting" not in s.frauds]
    assert all(s.abroad.name in partners[s.trader] for s in ordinary)
    assert len({s.trader for s in ordinary}) >= 0.9 * len(world.traders)


def test_traders_keep_regular_habits_and_sundays_are_quiet(trade):
    days = Counter(s.day.weekday() for s in trade[0])
    assert days[6] < 0.4 * days[1]
    shares = Counter(s.trader for s in trade[0]).most_common()
    assert shares[0][1] < 0.1 * len(trade[0])


def test_lanes_modes_and_origins_are_not_degenerate(trade):
    shipments, _ = trade
    modes = Counter(s.journey.mode for s in shipments)
    assert set(modes) == {"1", "3", "4"} and modes["4"] > 0.05 * len(shipments)
    origins = Counter(line.origin for s in shipments for line in s.lines)
    assert len(origins) >= 25 and origins.most_common(1)[0][1] < 0.4 * sum(origins.values())
    assert Counter(s.direction for s in shipments)["export"] > 0.03 * len(shipments)
    assert {s.procedure for s in shipments} == {"4000", "5100", "1000"}
    assert len({s.office for s in shipments}) == 3
    assert max(len(s.lines) for s in shipments) >= 8 and sum(len(s.lines) == 1 for s in shipments) > 0.3 * len(
        shipments
    )


def test_values_spread_over_orders_of_magnitude(trade):
    values = sorted(in_usd(s.price, s.currency, s.day) for s in trade[0])
    assert values[len(values) // 100] < 1_000
    assert 5_000 < median(values) < 100_000
    assert values[-len(values) // 100] > 150_000


def test_prices_of_one_kind_of_goods_stay_near_the_usual(trade):
    per_kilo = {}
    for s in trade[0]:
        for line in s.lines:
            per_kilo.setdefault(line.goods, []).append(float(in_usd(line.price, s.currency, s.day) / line.net))
    common = {key: prices for key, prices in per_kilo.items() if len(prices) >= 30}
    assert len(common) > 20
    for key, prices in common.items():
        assert 0.6 < median(prices) / catalogue()[key].usd < 1.6, key


def test_containers_seals_and_masses_hang_together(trade):
    for s in trade[0]:
        way = s.journey
        assert all(is_container(box.number) for box in way.containers)
        assert way.mode == "1" or not way.containers
        assert all(line.gross >= line.net > 0 and line.price > 0 and line.packages >= 1 for line in s.lines)
        if s.is_import:
            assert way.departed <= way.arrived <= s.day
        else:
            assert s.day < way.departed < way.arrived


# --- what is declared -----------------------------------------------------------------------------------------------


def test_every_lodgement_survives_the_codec(trade):
    for filed in trade[1][:500]:
        assert decode_lodgement(encode(filed.lodgement)) == filed.lodgement


def test_references_are_unique_and_short_enough(trade):
    references = [f.lodgement.lrn for f in trade[1]]
    assert len(set(references)) == len(references)
    assert all(len(reference) <= 22 for reference in references)


def test_honest_declarations_without_mistakes_say_what_is_true(trade):
    for shipment, filed in zip(*trade, strict=True):
        if filed.truth.kinds:
            continue
        lodged = filed.lodgement
        for line, item in zip(shipment.lines, lodged.items, strict=True):
            goods = item.commodity
            assert (goods.code, goods.net_mass.value, goods.price.value) == (line.code, line.net, line.price)
            assert item.origin == line.origin
        assert lodged.invoice.value == shipment.price and lodged.item_count == len(lodged.items)
        assert filed.truth.honest and not filed.truth.understated and not filed.truth.stake


def test_the_truth_never_travels_with_the_declaration(trade):
    field_names = {"origin", "weight"}
    for shipment, filed in zip(*trade, strict=True):
        if filed.truth.kinds:
            text = encode(filed.lodgement).decode()
            told = {*filed.truth.kinds, filed.truth.stake, filed.truth.network, shipment.seed} - field_names - {""}
            assert not any(word in text for word in told), shipment.reference


def test_truth_lines_can_be_read_back(trade):
    for filed in trade[1][:200]:
        line = to_line(filed.truth)
        assert line.endswith(b"\n") and line.count(b"\n") == 1
        assert read_line(line) == filed.truth


def test_about_six_in_a_hundred_carry_a_mistake_and_all_kinds_occur(trade):
    slips = Counter(kind for f in trade[1] for kind in f.truth.kinds if kind in MISTAKES)
    assert 0.04 < sum(slips.values()) / len(trade[1]) < 0.08
    assert set(slips) == set(MISTAKES) == set(SLIPS)


def test_about_two_in_a_hundred_are_dishonest_in_every_world():
    for seed in range(6):
        filings = [file(s) for s in World(seed, START).trade(3000)]
        share = sum(not f.truth.honest for f in filings) / len(filings)
        assert 0.005 < share < 0.05, seed


def test_frauds_are_the_habit_of_a_few(deceits):
    for kind, cases in deceits.items():
        assert cases, kind
    habitual = [s for kind, cases in deceits.items() for s, _ in cases if kind != "splitting"]
    assert len({(s.seed.split("/")[0], s.trader) for s in habitual}) <= 5 * 7


def test_undervaluation_is_a_steady_share_for_each_supplier(deceits):
    shares = {}
    for shipment, filed in deceits["undervaluation"]:
        declared = sum(item.commodity.price.value for item in filed.lodgement.items)
        assert declared < shipment.price and filed.truth.understated > 0
        if shipment.price > 1000:
            key = (shipment.trader, shipment.abroad.name)
            shares.setdefault(key, []).append(float(declared / shipment.price))
    assert all(max(found) - min(found) < 0.01 for found in shares.values())


def test_misclassification_keeps_the_words_and_changes_the_code(deceits):
    for shipment, filed in deceits["misclassification"]:
        wrong = [
            (line, item)
            for line, item in zip(shipment.lines, filed.lodgement.items, strict=True)
            if item.commodity.classifications[0].id[:6] != line.code[:6] and line.text == item.commodity.description
        ]
        assert wrong or len(filed.truth.kinds) > 1
        assert "declared under" in filed.truth.stake


def test_misdescription_changes_the_words_too(deceits):
    for shipment, filed in deceits["misdescription"]:
        words = {item.commodity.description for item in filed.lodgement.items}
        assert not words <= {line.text for line in shipment.lines}


def test_origin_fraud_hides_china(deceits):
    for shipment, filed in deceits["origin"]:
        claimed = [item.origin for item in filed.lodgement.items]
        real = [line.origin for line in shipment.lines]
        assert "CN" in real and "CN" not in claimed
        for item in filed.lodgement.items:
            if item.preference == "200":
                assert "N865" in {d.code for d in item.documents} or "missing_document" in filed.truth.kinds


def test_weight_fraud_declares_less_than_is_there(deceits):
    for shipment, filed in deceits["weight"]:
        assert sum(i.commodity.price.value for i in filed.lodgement.items) == shipment.price
        assert "kg net not declared" in filed.truth.stake


def test_the_ring_splits_one_consignment_into_low_value_parcels(deceits):
    parcels = deceits["splitting"]
    by_waybill = {}
    for shipment, filed in parcels:
        by_waybill.setdefault((shipment.seed.split("/")[0], shipment.journey.master), []).append((shipment, filed))
    for parts in by_waybill.values():
        assert len({s.abroad.name for s, _ in parts}) == 1
        assert len({s.journey.document for s, _ in parts}) == len(parts)
        for shipment, filed in parts:
            assert in_usd(shipment.price, shipment.currency, shipment.day) <= LOW_VALUE_USD * Decimal("1.5")
            assert "C07" in filed.lodgement.items[0].additional_procedures
            assert filed.truth.network == "parcel-ring"
    whole = [parts for parts in by_waybill.values() if len(parts) >= 5]
    assert whole and all(len({s.home.id for s, _ in parts}) >= 2 for parts in whole)
