"""Any life of a cargo report: what is taken and what is left always make what was reported, and nothing is below zero."""

from __future__ import annotations

from datetime import UTC, date, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from tests import cargo as ship

from customhouse.house.lawbooks import embedded_book
from customhouse.offices import manifest as office
from customhouse.record import cargo as c
from customhouse.record.declaration import Role
from customhouse.record.manifest import Degroupage, TransportDocument, totals
from customhouse.record.parts import Party

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)
LAW = embedded_book().on(date(2026, 11, 26))
NUMBERS = ("BL-1", "BL-2", "H-1", "H-2", "BL-9")
amounts = st.tuples(st.integers(-1, 60), st.integers(-1, 600_000))
houses = tuple(ship.house("BL-1", number=f"H-{n}", packages=50, mass=500_000) for n in (1, 2))
acts = st.one_of(
    st.builds(lambda d, a: c.WrittenOff(d, 1, "", *a), st.sampled_from(NUMBERS), amounts),
    st.builds(lambda d, a: c.GivenBack(d, 1, "", *a), st.sampled_from(NUMBERS), amounts),
    st.builds(lambda d, a, r: c.Accounted(d, *a, r), st.sampled_from(NUMBERS), amounts, st.sampled_from(["", "lost"])),
    st.builds(
        lambda d, k, a: c.DiscrepancyFound(d, k, *a),
        st.sampled_from(NUMBERS),
        st.sampled_from(["short", "over"]),
        amounts,
    ),
    st.just(c.Degrouped("BL-1", houses, "F")),
    st.just(c.Arrived(NOW)),
    st.just(c.Discharged()),
    st.just(c.Cancelled("no")),
    st.just(c.Amended(ship.manifest(ship.bill("BL-1"), ship.bill("BL-2", packages=7)), "json", "")),
)


def balanced(report: c.CargoReport) -> None:
    for document in report.manifest.documents:
        gone, (packages, mass) = report.of(document.number), report.rest(document)
        if report.is_grouped(document):
            assert (gone.packages, gone.mass) == (0, 0)
            continue
        assert packages + gone.packages + gone.other_packages == document.packages
        assert mass + gone.mass + gone.other_mass == document.mass
        assert min(packages, mass, gone.packages, gone.mass) >= 0
    if report.stage is c.CargoStage.DISCHARGED:
        assert report.is_empty


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(acts, st.sampled_from([Role.SYSTEM, Role.CARRIER, Role.OFFICER, Role.TRADER])), max_size=30))
def test_write_offs_and_the_rest_are_what_was_reported(life: list[tuple[c.CargoAct, Role]]) -> None:
    first = c.CargoEntry(
        1,
        1,
        "x",
        Role.CARRIER,
        NOW,
        NOW.date(),
        (c.Reported(ship.manifest(ship.bill("BL-1"), ship.bill("BL-2")), "json", ""),),
    )
    report = c.fold(None, first, "26XMM0000000000016")
    for act, role in life:
        try:
            after = c.fold(report, c.CargoEntry(1, report.acts + 1, "x", role, NOW, NOW.date(), (act,)))
        except c.CargoNotPermitted as fault:
            assert fault.why
            continue
        assert (report.stage, act.name) in c.FLOW
        assert role in c.MAY[act.name]
        balanced(after)
        report = after


parts = st.lists(st.tuples(st.integers(1, 99), st.integers(1, 10**7)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=100)
@given(parts, st.integers(-3, 3), st.integers(-500_000, 500_000))
def test_houses_fit_their_master_exactly_in_packages_and_nearly_in_mass(
    told: list[tuple[int, int]], more: int, heavier: int
) -> None:
    made = tuple(ship.house("BL-1", number=f"H-{n}", packages=p, mass=m) for n, (p, m) in enumerate(told))
    packages, mass = totals(made)
    if packages + more < 1 or mass + heavier < 1:
        return
    master = ship.bill("BL-1", packages=packages + more, mass=mass + heavier, consolidated=True)
    report = c.step(None, c.Reported(ship.manifest(master), "json", ""), Role.CARRIER, 1, "26XMM0000000000016")
    found = office.check_degroupage(report, Degroupage("D", "", "BL-1", Party(), made), LAW)
    wrong = {p.where for p in found if p.rule == "HousesDoNotFit"}
    expected = {"houses/packages"} if more else set()
    if abs(heavier) > office.tolerated(mass + heavier, LAW):
        expected.add("houses/gross_mass")
    assert wrong == expected


@given(st.text(max_size=20))
def test_a_number_is_compared_by_its_letters_and_digits(text: str) -> None:
    key = office.key(text)
    assert office.key(key) == key
    assert office.key(f" {text.lower()}-") == key or not text.isascii()


def test_every_act_has_a_row_and_somebody_who_may_do_it() -> None:
    named = {kind.__name__ for kind in c.CargoAct.__args__}  # type: ignore[attr-defined]
    assert named == set(c.MAY) == {act for _, act in c.FLOW}
    assert isinstance(houses[0], TransportDocument)
