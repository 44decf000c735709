"""Party check: what waits to be screened is screened, what is open is screened again when another list counts, and a person decides.

The worker's side of `screening`, and the use cases of the clerk's desk.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from customhouse.clearance import screening, target
from customhouse.clearance.context import context_now, context_of, law_of
from customhouse.clearance.file import record
from customhouse.clearance.in_turn import answer_held
from customhouse.clearance.line import Context, proceed
from customhouse.offices import party as office
from customhouse.record.acts import AlarmDecided, Entry, LaneChanged, PartiesScreened
from customhouse.record.declaration import Declaration, HoldKind, Role, Stage
from customhouse.record.lanes import Lane
from customhouse.record.party_flow import undecided
from customhouse.record.screening import AlarmDecision, Verdict
from customhouse.registry import files, party_decisions, reader, turn, watch_lists, worklist

log = logging.getLogger(__name__)

AFTERWARDS = timedelta(seconds=30)
"""So long after a version of a list was taken, processes may still have walked declarations under the one before."""
OVER = (Stage.RELEASED, Stage.REFUSED, Stage.INVALIDATED)
_done: tuple[int, ...] | None = None


class NoIndex(RuntimeError):
    """Watch lists count here, and the extra `names` that asks them is not installed."""


def _context() -> Context:
    try:
        return screening.with_index(context_now())
    except ImportError as fault:
        raise NoIndex(
            "Watch lists count and cannot be asked: every declaration waits. Install the extra: pip install 'customhouse[names]'"
        ) from fault


def screen(number: int, now: Context) -> bool:
    """Screen one declaration against the lists that count and walk on; whether anything was recorded."""
    with files.opened(number) as file:
        d = file.declaration
        if d.stage in OVER or now.screening is None:
            return False
        law = law_of(d, now)
        found = now.screening.look(d.lodged)
        if found is None or (d.screened is not None and d.screened.lists == found.lists):
            return False
        act = PartiesScreened(office.with_earlier(found, d.screened))
        file.record(Entry(d.id, d.acts + 1, "customhouse", Role.SYSTEM, now.at, law.date, law.book_hash, (act,)))
        walked = proceed(file.declaration, context_of(file.declaration, now))
        if walked.entry is not None:
            file.record(walked.entry)
    return True


def screen_waiting(upto: int | None = None) -> int:
    """Screen every declaration that waits for it; how many."""
    with reader.system():
        if not worklist.held(HoldKind.SCREENING.value, upto):
            return 0
    now = _context()
    return answer_held(HoldKind.SCREENING, lambda number: screen(number, now), upto)


def screen_again() -> int:
    """Screen the declarations that are open and were not asked against the lists that count now; how many."""
    global _done
    with reader.system():
        versions = watch_lists.counting()
    numbers = tuple(v.number for v in versions)
    recent = any(datetime.now(UTC) - v.at < AFTERWARDS for v in versions)
    if not versions or (numbers == _done and not recent):
        return 0
    now, again, after = _context(), 0, 0
    with reader.system(), turn.alone("parties screened again") as mine:
        while mine and (found := party_decisions.open_numbers(after)):
            again += sum(_screened_again(number, now) for number in found)
            after = found[-1]
        if mine:
            _done = numbers
    return again


def _screened_again(number: int, now: Context) -> bool:
    try:
        return screen(number, now)
    except Exception:
        log.exception("declaration %s could not be screened again", number)
        return False


def decide(
    key: str | int, alarm: str, verdict: Verdict, reason: str, *, by: str, role: Role, for_good: bool = False
) -> Declaration:
    """Record what a person decided about an alarm. A confirmed party holds the goods and makes the lane red.

    `for_good` proposes that the pair be known as two parties, which another person must confirm. Raises NotPermitted.
    """
    at = datetime.now(UTC)
    with files.opened(key) as file:
        d = file.declaration
        found = next((a for a in d.screened.alarms if a.key == alarm), None) if d.screened else None
        after = record(d.id, (AlarmDecided(AlarmDecision(alarm, verdict, reason)),), by=by, role=role, at=at)
        assert found is not None  # else the flow had refused
        good = for_good and verdict is Verdict.OTHER
        with reader.system():  # decisions are kept for every office
            party_decisions.keep(found, verdict.value, reason, declaration=d.id, by=by, at=at, for_good=good)
    if verdict is Verdict.SAME and after.stage is Stage.ROUTED and after.lane is not Lane.RED:
        after = target.change_lane(d.id, LaneChanged(Lane.RED, "Customs has questions about a party"), by=by, role=role)
    return after


def confirm(pair: str, reason: str, *, by: str) -> int:
    """A second person confirms that a pair is two parties: it alarms no more, and what it held is decided. How many were.

    Raises `party_decisions.NotTwoPersons`, and KeyError where nothing is proposed for the pair.
    """
    with reader.system():  # at every office
        proposal = party_decisions.last_word(pair)
        if proposal is None or not proposal.for_good:
            raise KeyError(pair)
        if proposal.by == by:
            raise party_decisions.NotTwoPersons("whoever proposes that a pair be known does not confirm it")
        party_decisions.keep(
            proposal.alarm, "confirmed", reason, declaration=proposal.declaration, by=by, at=datetime.now(UTC)
        )
        screening.HERE.forget()
        return _decided_everywhere(pair, reason, by)


def _decided_everywhere(pair: str, reason: str, by: str) -> int:
    decided, after = 0, 0
    decision = AlarmDecided(AlarmDecision(pair, Verdict.OTHER, reason))
    while found := party_decisions.waiting(after=after):
        for d in found:
            if any(a.key == pair for a in undecided(d)):
                record(d.id, (decision,), by=by, role=Role.SUPERVISOR)
                decided += 1
        after = found[-1].id
    return decided


def withdraw(pair: str, reason: str, *, by: str) -> None:
    """A known pair, or the proposal of one, is known no more. Raises KeyError where there is none."""
    with reader.system():
        last = party_decisions.last_word(pair)
        if last is None or last.verdict == "withdrawn":
            raise KeyError(pair)
        party_decisions.keep(last.alarm, "withdrawn", reason, declaration=last.declaration, by=by, at=datetime.now(UTC))
        screening.HERE.forget()
