"""The weeks before a demo's first morning: all of it went the way of all, and what was found is wrong in truth."""

import pytest

from customhouse.house import weeks_before
from customhouse.house.commands import up
from customhouse.offices.risk.outcome import outcome
from customhouse.record.declaration import Stage
from customhouse.record.outcome import PERSON, Outcome
from customhouse.registry import courses, files, treasury_audit, worklist


@pytest.mark.django_db
def test_everything_was_dealt_with_by_acts_and_the_books_are_sound() -> None:
    up._open_accounts()
    before = {row.id for row in worklist.rows(worklist.Wanted(), 500)}
    sound = treasury_audit.audit().sound
    dealt = weeks_before.begin(7)
    told = [files.get(row.id) for row in worklist.rows(worklist.Wanted(), 500) if row.id not in before]
    assert len(told) == dealt > 20
    assert all(d.stage is Stage.RELEASED and not d.holds for d in told)
    known: list[Outcome] = [one for d in told if (one := outcome(courses.of(d.id))) is not None]
    assert len(known) == dealt
    found = [o for o in known if o.is_found]
    assert found and len([o for o in known if o.is_seen]) > len(found)
    assert any(o.revenue > 0 for o in found) and all(o.kinds for o in found)
    assert all(o.delay is not None and o.minutes < 300 for o in known)
    assert any(PERSON in o.chosen and o.changed_by == "officer" for o in known)
    assert treasury_audit.audit().sound == sound
    assert len({o.day for o in known}) > 3
