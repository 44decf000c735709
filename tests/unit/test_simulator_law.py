"""What simulated traders know about the law of Meridia agrees with its pack; the line treats their trade sensibly."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from msgspec.structs import replace

from customhouse.clearance.line import Context, walk
from customhouse.law.book import Book, compile_pack
from customhouse.record.declaration import Stage
from customhouse.simulator import World, file
from customhouse.simulator.border import ATOLL, BY_QUANTITY, DUMPED, ENTRIES, LEAST_DEVELOPED, preference_for
from customhouse.simulator.goods import catalogue
from customhouse.simulator.money import USD_PER_UNIT, usd_rate

PACK = Path(__file__).parents[2] / "countries" / "meridia"
START = date(2026, 3, 2)


@pytest.fixture(scope="module")
def book():
    return Book.open(compile_pack(PACK))


@pytest.fixture(scope="module")
def law(book):
    return book.on(START)


@pytest.fixture(scope="module")
def walked(book):
    """(shipment, filing, walk) of fifteen hundred shipments, the random draw left out."""
    found = []
    for number, shipment in enumerate(World(5, START).trade(1500), 1):
        filed = file(shipment)
        context = Context(book.on(shipment.day), shipment.at, b"fixed")
        walk_of = walk(filed.lodgement, context, number=number, by="test", format="json", digest="")
        found.append((shipment, filed, walk_of))
    return found


def test_every_tariff_code_is_in_the_tariff(law):
    for goods in catalogue().values():
        assert law.line(goods.code) is not None, goods.key


def test_supplementary_units_are_those_of_the_tariff(law):
    for goods in catalogue().values():
        unit = law.line(goods.code).unit
        assert not unit or unit == goods.unit, (goods.key, unit)


def test_quantities_that_duty_is_charged_on_are_declared(law):
    mass = {"", "KGM", "TNE", "DTN", "GRM"}
    for goods in catalogue().values():
        for measure in law.measures(goods.code, next(iter(goods.origins))):
            if measure.expression is None or measure.additional_code:
                continue
            terms = (*measure.expression.terms, *measure.expression.minimum, *measure.expression.maximum)
            assert {t.unit for t in terms} <= mass | {goods.unit}, (goods.key, measure.id)


def test_traders_know_what_is_charged_by_quantity(law):
    for goods in catalogue().values():
        charged = any(
            term.unit
            for measure in law.measures(goods.code, "CN")
            if measure.expression is not None and not measure.preference
            for term in measure.expression.terms
        )
        assert charged == (goods.code[:4] in BY_QUANTITY), goods.key


def test_offices_and_currencies_are_known(law):
    offices = set(law.contents.offices)
    assert {entry.office for entries in ENTRIES.values() for entry, _ in entries} <= offices
    for currency in USD_PER_UNIT:
        if currency != law.currency:
            official = float(law.rate(currency).value)
            assert abs(usd_rate(currency, START) / official - 1) < 0.15, currency


@pytest.mark.parametrize("offer", [ATOLL, LEAST_DEVELOPED], ids=["ATOLL", "LEAST_DEVELOPED"])
def test_preferences_are_on_offer_as_traders_believe(law, offer):
    for goods in catalogue().values():
        for country in offer.countries:
            in_law = any(
                m.preference == offer.code and offer.proof in m.documents for m in law.measures(goods.code, country)
            )
            assert in_law == offer.covers(goods.code, country), (goods.key, country)


def test_traders_know_where_anti_dumping_duty_bites(law):
    for code, country in DUMPED:
        types = {m.tax_type for m in law.measures(code, country)}
        assert "A30" in types and preference_for(code, country) is None


def test_honest_and_careful_declarations_are_always_accepted(walked):
    for _, filed, done in walked:
        if not filed.truth.kinds:
            assert done.declaration.stage in (Stage.ROUTED, Stage.RELEASED), done.problems
            assert not done.problems


def test_honest_and_careful_declarations_bring_every_paper(walked):
    for _, filed, done in walked:
        if not filed.truth.kinds:
            assert all(r.met for r in done.declaration.verified.requirements), filed.lodgement.lrn


def test_claimed_preferences_of_honest_traders_are_granted(walked):
    notes = [
        duty.note
        for _, filed, done in walked
        if not filed.truth.kinds and filed.lodgement.is_import
        for duty in done.declaration.assessed.duties
        if duty.type == "A00" and filed.lodgement.items[duty.item - 1].preference > "1zz"
    ]
    assert len(notes) > 30 and all("granted" in note for note in notes)


def test_lanes_leave_officers_something_to_do_but_not_everything(walked):
    lanes = Counter(done.declaration.lane for *_, done in walked if done.declaration.lane)
    total = sum(lanes.values())
    assert set(lanes) == {"GREEN", "BLUE", "YELLOW", "RED"}
    assert 0.6 < lanes["GREEN"] / total < 0.92
    assert 0.03 < (lanes["YELLOW"] + lanes["RED"]) / total < 0.25


def test_mistakes_are_refused_or_held_more_often_than_careful_work(walked):
    refused = Counter()
    seen = Counter()
    for _, filed, done in walked:
        kind = (
            "slip"
            if any(k in ("wrong_total", "swapped_masses", "vague_description") for k in filed.truth.kinds)
            else ""
        )
        seen[kind] += 1
        refused[kind] += done.declaration.stage is Stage.REFUSED
    assert refused["slip"] > 0.7 * seen["slip"] > 0 and refused[""] == 0


def test_frauds_save_duty(book):
    """A fraud nobody gains by would teach a model nothing. (Splitting gains at the border of the parcel regime.)"""

    def owed(filed, shipment):
        context = Context(book.on(shipment.day), shipment.at, b"fixed")
        done = walk(filed.lodgement, context, number=1, by="test", format="json", digest="").declaration
        return done.assessed.total.minor if done.assessed else None

    gains = {}
    for seed in range(6):
        for shipment in World(seed, START).trade(2000):
            if shipment.frauds and shipment.frauds != ("splitting",) and not (false := file(shipment)).truth.honest:
                told, true = owed(false, shipment), owed(file(replace(shipment, frauds=())), shipment)
                if told is not None and true:
                    gains.setdefault(shipment.frauds[0], []).append(true - told)
    assert set(gains) == {"undervaluation", "misclassification", "misdescription", "origin", "weight"}
    for kind, saved in gains.items():
        assert sum(amount > 0 for amount in saved) > 0.6 * len(saved), kind
        assert sum(saved) > 0, kind


def test_a_declaration_of_the_world_can_be_amended_into_order(book):
    """A swapped mass is refused; the same shipment declared carefully is accepted."""
    for shipment in World(9, START).trade(4000):
        if shipment.mistakes == ("swapped_masses",) and "swapped_masses" in file(shipment).truth.kinds:
            break
    context = Context(book.on(shipment.day), shipment.at, b"fixed")
    careless, careful = file(shipment), file(replace(shipment, mistakes=()))

    def stage(filed):
        return walk(filed.lodgement, context, number=1, by="test", format="json", digest="").declaration.stage

    assert stage(careless) is Stage.REFUSED and stage(careful) in (Stage.ROUTED, Stage.RELEASED)
