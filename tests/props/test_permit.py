"""The life of a permit: the fold is total on permitted acts and nothing else is recorded; the office never writes off more
than is left, and what fits is decided by every word of the grant."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from customhouse.kernel.validity import Validity
from customhouse.law.agency import AgencyDocument
from customhouse.offices import permit as office
from customhouse.record import permit as p
from customhouse.record.declaration import Role
from customhouse.record.permit import PERMIT_FLOW, PERMIT_MAY, PermitEntry, PermitNotPermitted, State, fold, permitted

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = date(2026, 11, 24)
D = Decimal
ASKED = p.Application("MOH", "N852", "XM1", "XM2", ("3004",), (), D(100), "KGM")
GRANT = p.Grant(DAY, DAY + timedelta(365), ("3004",), (), D(100), "KGM")
DOCUMENT = AgencyDocument(
    agency="MOH", code="N852", validity=Validity(DAY), write_off="quantity", unit="KGM", electronic=True, paper=False
)
words = st.sampled_from(["", " ", "because"])
grants = st.builds(
    lambda days, quantity, unit, codes: replace(
        GRANT, until=GRANT.start + timedelta(days), quantity=quantity, unit=unit, commodities=codes
    ),
    st.sampled_from([-1, 0, 1, 400]),
    st.sampled_from([None, D(0), D(50), D(200)]),
    st.sampled_from(["KGM", "LTR"]),
    st.sampled_from([(), ("3004",)]),
)
ACTS = st.one_of(
    st.just(p.Applied(ASKED)),
    st.sampled_from(["XM1", "XM9"]).map(lambda holder: p.Corrected(replace(ASKED, holder=holder))),
    words.map(p.Withdrawn),
    words.map(p.Queried),
    words.map(p.Answered),
    st.builds(p.Issued, st.sampled_from(["", "MOH-1"]), grants),
    words.map(p.Refused),
    st.builds(p.Amended, grants, words),
    words.map(p.Suspended),
    words.map(p.Resumed),
    words.map(p.Revoked),
    st.just(p.Expired()),
)


@given(st.lists(st.tuples(ACTS, st.sampled_from(Role)), max_size=30))
def test_nothing_is_recorded_that_the_table_does_not_allow(attempts):
    permit, entries = None, []
    for act, role in attempts:
        before = permit
        state = permit.state if permit else State.NEW
        entry = PermitEntry(1, (permit.acts if permit else 0) + 1, "x", role, AT, (act,))
        try:
            permit = fold(permit, entry)
        except PermitNotPermitted:
            assert permit is before
            continue
        entries.append(entry)
        assert permit.state is PERMIT_FLOW[state, act.name] and role in PERMIT_MAY[act.name]
        if before is not None:
            assert act.name in permitted(before, role)
        if permit.state in (State.ISSUED, State.SUSPENDED, State.REVOKED, State.EXPIRED):
            assert permit.number and permit.grant and permit.grant.quantity and permit.grant.until > permit.grant.start
        assert (permit.holder, permit.agency) == ("XM1", "MOH")
    again = None
    for entry in entries:
        again = fold(again, entry)
    assert again == permit
    if permit is not None:
        assert p.decode(p.encode(permit)) == permit
        assert p.decode_acts(p.encode(entries[-1].acts)) == entries[-1].acts


def claim(item: int, asked: Decimal | None, **changes: str) -> office.PermitClaim:
    told = {"goods": "30049000", "origin": "IN", "user": "XM1", "number": "MOH-1"} | changes
    return office.PermitClaim(item, told["number"], DOCUMENT, "KGM", asked, told["goods"], told["origin"], told["user"])


ISSUED = replace(p.Permit(1, ASKED), state=State.ISSUED, number="MOH-1", grant=GRANT)


@given(
    st.lists(st.one_of(st.none(), st.decimals(-5, 80, places=2)), max_size=12),
    st.decimals(0, 200, places=2),
)
def test_uses_never_take_more_than_is_left_and_take_whole_or_nothing(asked, left):
    claims = tuple(claim(n, a) for n, a in enumerate(asked, 1))
    uses = office.answer(claims, {"MOH-1": ISSUED}, {"MOH-1": left}, DAY)
    rest = left
    for use, one in zip(uses, claims, strict=True):
        fits = one.asked is not None and 0 < one.asked <= rest
        assert use.met == fits and use.taken == (one.asked if fits else 0)
        rest -= use.taken
        assert use.left == rest >= 0
    assert left == rest + sum(u.taken for u in uses)


@given(
    st.sampled_from(["XM1", "XM2"]),
    st.sampled_from(["30049000", "30029000"]),
    st.sampled_from(["IN", "DE"]),
    st.integers(-2, 2),
    st.sampled_from([State.ISSUED, State.SUSPENDED, State.REVOKED]),
    st.sampled_from([(), ("IN",)]),
)
def test_a_permit_fits_when_every_word_of_it_does(user, goods, origin, days, state, origins):
    permit = replace(ISSUED, state=state, grant=replace(GRANT, until=DAY + timedelta(1), origins=origins))
    why = office.fit(permit, claim(1, D(1), user=user, goods=goods, origin=origin), DAY + timedelta(days))
    good = (
        user == "XM1"
        and goods.startswith("3004")
        and days == 0
        and state is State.ISSUED
        and origin in (origins or (origin,))
    )
    assert (why == "") == good
    held = office.holds(
        office.answer(
            (claim(1, D(1), user=user, goods=goods, origin=origin),), {"MOH-1": permit}, {"MOH-1": D(9)}, DAY
        ),
        (),
    )
    assert all(h.hold.ref == "MOH" and h.hold.lifted_by == (Role.AGENCY, Role.SUPERVISOR) for h in held)
