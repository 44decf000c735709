"""Parties are screened as declarations walk: nothing passes unasked, nobody is warned, and a person decides."""

from __future__ import annotations

import json
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection, transaction
from tests.registry.papers import BROKER, reference
from tests.registry.screened import OSTREK, TIDE, VANTORR, counting, keep, lodged, message

from customhouse.clearance import amend, lift, party_check, screening
from customhouse.clearance.answer import answer
from customhouse.clearance.context import context_now
from customhouse.clearance.notification import notifications
from customhouse.clearance.trial import try_out
from customhouse.gates import json as json_gate
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.flow import NotPermitted, fold, permitted
from customhouse.record.lanes import Lane
from customhouse.record.screening import PartyRole, Verdict
from customhouse.registry import files, party_decisions, reader
from customhouse.registry.party_decisions import NotTwoPersons

pytestmark = pytest.mark.usefixtures("house")
OFFICER = {"by": "officer", "role": Role.OFFICER}
TRADER = reader.of_person(Role.BROKER, traders=[BROKER])
NEARLY = "Vantor Quil Shipping AG"
NAMESAKE = "Quill Vantorr Shipping SA"


@pytest.fixture
def listed() -> Iterator[None]:
    with counting(VANTORR, OSTREK, TIDE):
        yield


def decide(d: Declaration, verdict: Verdict, n: int = 0, **more: object) -> Declaration:
    assert d.screened is not None
    return party_check.decide(d.id, d.screened.alarms[n].key, verdict, "Looked at the papers", **{**OFFICER, **more})  # type: ignore[arg-type]


def test_without_a_list_nothing_is_asked_and_nothing_recorded():
    screening.HERE.forget()
    assert screening.HERE.screener() is None
    d = lodged(exporter="Vantorr Quill Shipping GmbH")
    assert d.stage is Stage.RELEASED and d.screened is None


@pytest.mark.usefixtures("listed")
def test_what_is_not_listed_goes_straight_through_and_the_record_says_what_was_asked():
    d = lodged(exporter="Plain Honest Pottery Ltd")
    assert d.stage is Stage.RELEASED and d.screened is not None
    assert d.screened.alarms == () and d.screened.asked >= 1
    assert [one.name for one in d.screened.lists] == ["test"]
    assert "PartiesScreened" in [act.name for act in files.entries(d.id)[0].acts]


@pytest.mark.usefixtures("listed")
def test_a_possible_listed_party_holds_the_goods_until_a_person_has_decided():
    d = lodged(exporter=NEARLY)
    assert d.stage is Stage.ROUTED and [h.kind for h in d.holds] == [HoldKind.PARTY]
    assert d.screened is not None
    (alarm,) = d.screened.alarms
    assert (alarm.role, alarm.name, alarm.entry, alarm.country) == (PartyRole.EXPORTER, NEARLY, VANTORR, "DE")
    assert alarm.forms_differ and [m.by for m in alarm.met] == ["SOUND", "SOUND", "SAME"]
    with pytest.raises(NotPermitted, match="may not lift"):
        lift.lift(d.id, HoldKind.PARTY, "never mind", by="sita", role=Role.SUPERVISOR)
    after = decide(d, Verdict.OTHER)
    assert after.stage is Stage.RELEASED and after.holds == ()
    state = None
    for entry in files.entries(d.id):
        state = fold(state, entry)
    assert state == files.get(d.id) == after


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("parties", "role"),
    [
        ({"importer": "Ostrekov, Ilmar"}, PartyRole.IMPORTER),
        ({"exporter": "Вантор Квилл"}, PartyRole.EXPORTER),
        ({"exporter": "ＶＡＮＴＯＲＲ ＱＵＩＬＬ SHIPPING"}, PartyRole.EXPORTER),  # full-width letters
        ({"exporter": "Vаntоrr Quill Shipping"}, PartyRole.EXPORTER),  # two letters are Cyrillic
        ({"exporter": "Van\u200btorr Qu\u00adill Shipping"}, PartyRole.EXPORTER),  # letters that are not seen between
        ({"exporter": "V.A.N.T.O.R.R. Quill Shipping"}, PartyRole.EXPORTER),
        ({"means": "M/V Grey Tide Runner"}, PartyRole.MEANS),
    ],
)
def test_who_is_listed_is_found_however_it_is_written(parties: dict[str, str], role: PartyRole):
    d = lodged(**parties)
    assert d.screened is not None and [a.role for a in d.screened.alarms] == [role]
    assert d.hold(HoldKind.PARTY) is not None


@pytest.mark.usefixtures("listed")
def test_a_ship_is_asked_among_ships_and_a_firm_among_firms():
    assert lodged(means="Vantorr Quill").hold(HoldKind.PARTY) is None
    assert lodged(exporter="Grey Tide Runner Ltd").hold(HoldKind.PARTY) is None


@pytest.mark.usefixtures("listed")
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("★ ☆ ★", "no letter and no digit"),
        ("-", "no letter and no digit"),
        ("x" * 390 + " Vantorr Quill Shipping", "has 413 characters"),
        ("a" * 10_000, "has 10000 characters"),
        ("Har\x7fbour", "characters that no script knows"),
    ],
)
def test_a_name_that_cannot_be_compared_is_shown_to_a_person(name: str, why: str):
    d = lodged(exporter=name)
    assert d.screened is not None
    (alarm,) = d.screened.alarms
    assert why in alarm.unread and alarm.entry is None and d.hold(HoldKind.PARTY)
    with pytest.raises(NotPermitted, match="no listed party"):
        decide(d, Verdict.SAME)
    assert decide(d, Verdict.OTHER).stage is Stage.RELEASED


@pytest.mark.usefixtures("listed")
def test_a_party_without_a_name_is_counted_as_such():
    d = lodged()
    assert d.screened is not None and PartyRole.DECLARANT in d.screened.nameless


@pytest.mark.usefixtures("listed")
def test_a_confirmed_party_makes_the_lane_red_and_a_supervisor_alone_lifts():
    d = decide(lodged(exporter=NEARLY), Verdict.SAME)
    assert d.lane is Lane.RED and d.hold(HoldKind.INSPECTION) is not None
    held = d.hold(HoldKind.PARTY)
    assert held is not None and held.lifted_by == (Role.SUPERVISOR,)
    with pytest.raises(NotPermitted):
        lift.lift(d.id, HoldKind.PARTY, "no", ref=held.ref, **OFFICER)
    with pytest.raises(NotPermitted, match="changed by a supervisor"):
        decide(d, Verdict.OTHER)
    after = lift.lift(d.id, HoldKind.PARTY, "Licence 7 of the ministry", ref=held.ref, by="sita", role=Role.SUPERVISOR)
    assert after.hold(HoldKind.PARTY) is None and after.hold(HoldKind.INSPECTION) is not None


@pytest.mark.usefixtures("listed")
def test_once_a_party_is_confirmed_the_trade_amends_no_more():
    d = decide(lodged(exporter=NEARLY), Verdict.SAME)
    with pytest.raises(NotPermitted, match="announced an examination"):
        amend.amend(d.id, message(exporter="Somebody Else"), "mistake", by="broker", role=Role.BROKER)


@pytest.mark.usefixtures("listed")
def test_naming_somebody_else_does_not_shake_an_alarm_off():
    d = lodged(exporter=NEARLY)
    other = message(exporter="Plain Honest Pottery Ltd")
    after = amend.amend(d.id, other, "mistake", by="broker", role=Role.BROKER)
    assert after.version == 2 and after.hold(HoldKind.PARTY) is not None and after.screened is not None
    (alarm,) = after.screened.alarms
    assert alarm.earlier and alarm.name == NEARLY
    assert party_check.decide(d.id, alarm.key, Verdict.OTHER, "no", **OFFICER).stage is Stage.RELEASED


def test_what_is_open_is_screened_again_when_another_list_counts():
    with counting(OSTREK):
        held = lodged(exporter="Ilmar Ostrekov")
        quiet = lodged(exporter=NEARLY)
        assert quiet.stage is Stage.RELEASED
        keep(OSTREK, VANTORR)
        assert party_check.screen_again() >= 1
        after = files.get(held.id)
        assert after.screened is not None and held.screened is not None
        assert after.screened.lists != held.screened.lists and len(after.screened.alarms) == 1
        assert files.get(quiet.id).screened == quiet.screened  # it is over
        before = after.acts
        party_check.screen_again()
        assert files.get(held.id).acts == before


def test_nothing_is_released_under_a_list_that_counts_no_more():
    with counting(OSTREK):
        d = lodged(exporter=NEARLY, importer="Ilmar Ostrekov")
        keep(OSTREK, VANTORR)
        after = decide(d, Verdict.OTHER)
        assert after.stage is Stage.ROUTED and after.screened is not None
        assert [a.name for a in after.screened.alarms] == ["Ilmar Ostrekov", NEARLY]
        assert decide(after, Verdict.OTHER, 1).stage is Stage.RELEASED


@pytest.mark.usefixtures("listed")
def test_where_no_index_is_at_hand_the_declaration_waits_and_the_worker_answers():
    with patch.object(screening.Asked, "look", lambda self, lodged: None):
        d = lodged(exporter=NEARLY)
        green = lodged(exporter="Plain Honest Pottery Ltd")
    assert [h.kind for h in d.holds] == [h.kind for h in green.holds] == [HoldKind.SCREENING]
    with pytest.raises(NotPermitted):
        lift.lift(green.id, HoldKind.SCREENING, "quick", by="sita", role=Role.SUPERVISOR)
    assert party_check.screen_waiting() >= 2
    assert files.get(green.id).stage is Stage.RELEASED
    assert [h.kind for h in files.get(d.id).holds] == [HoldKind.PARTY]


@pytest.mark.usefixtures("listed")
def test_without_the_extra_everything_waits_and_the_worker_says_what_is_missing():
    keep(VANTORR)  # so that an index must be built
    with patch.dict("sys.modules", {"customhouse.clearance.screen": None}):
        d = lodged(exporter="Plain Honest Pottery Ltd")
        assert [h.kind for h in d.holds] == [HoldKind.SCREENING]
        with pytest.raises(party_check.NoIndex, match=r"customhouse\[names\]"):
            party_check.screen_waiting()
    screening.HERE.forget()
    party_check.screen_waiting()
    assert files.get(d.id).stage is Stage.RELEASED


@pytest.mark.usefixtures("listed")
def test_a_pair_is_known_for_good_when_a_second_person_says_so():
    first, second = lodged(exporter=NAMESAKE), lodged(exporter=NAMESAKE)
    assert first.screened is not None
    pair = first.screened.alarms[0].key
    decide(first, Verdict.OTHER, for_good=True)
    third = lodged(exporter=NAMESAKE)
    assert third.hold(HoldKind.PARTY) is not None  # one person's word does not do
    with pytest.raises(NotTwoPersons):
        party_check.confirm(pair, "yes", by="officer")
    assert party_check.confirm(pair, "Two firms, two countries", by="sita") == 2
    assert {files.get(d.id).stage for d in (first, second, third)} == {Stage.RELEASED}
    quiet = lodged(exporter=NAMESAKE)
    assert quiet.stage is Stage.RELEASED and quiet.screened is not None and quiet.screened.known == (pair,)
    assert lodged(exporter="Vantorr Quill Shiping SA").hold(HoldKind.PARTY) is not None  # another name is another pair
    keep(*(VANTORR, OSTREK)[:1])
    assert lodged(exporter=NAMESAKE).stage is Stage.RELEASED
    changed = VANTORR.__class__(VANTORR.reference, VANTORR.names, VANTORR.kind, "Own, arms and more", VANTORR.listed_on)
    keep(changed)
    assert lodged(exporter=NAMESAKE).hold(HoldKind.PARTY) is not None  # the entry has changed
    keep(VANTORR)
    party_check.withdraw(pair, "New papers", by="sita")
    assert lodged(exporter=NAMESAKE).hold(HoldKind.PARTY) is not None


@pytest.mark.usefixtures("listed")
def test_decisions_stay_and_are_for_customs_alone():
    d = decide(lodged(exporter=NEARLY), Verdict.OTHER)
    (told,) = [
        one for one in party_decisions.of_pairs([d.screened.alarms[0].key]).popitem()[1] if one.declaration == d.id
    ]  # type: ignore[union-attr]
    assert (told.verdict, told.by, told.reason) == ("other", "officer", "Looked at the papers")
    for order in ("update party_decision set reason = 'x'", "delete from party_decision"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(order)
    with reader.reading(TRADER):
        assert party_decisions.of_pairs([told.pair]) == {} and party_decisions.stamp() == ((), 0)


@pytest.mark.usefixtures("listed")
def test_whoever_is_looked_for_is_not_warned():
    d = lodged(exporter=NEARLY)
    said = json.dumps([str(answer("new", d)), str(notifications(files.entries(d.id)))])
    assert "party" in said and not any(word in said for word in ("Vantorr", "Own, arms", "Q-1", "listed", "alarm"))
    assert "AlarmDecided" not in permitted(d, Role.BROKER)
    tried = try_out(json_gate.read(message(exporter=NEARLY, lrn=reference())), context_now())
    assert tried.declaration.screened is None and tried.declaration.stage is Stage.RELEASED


@pytest.mark.usefixtures("listed")
def test_the_lists_are_asked_also_for_somebody_who_may_not_see_them():
    screening.HERE.forget()
    with reader.reading(TRADER):
        assert context_now().screening is not None
