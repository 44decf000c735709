"""The part of the law of motion that parties have: what a screening and the decision of a person do to a declaration.

Guards and effects of the same shape as in `flow`, which takes them into its tables. A hold for a party is not lifted by hand:
it stands as long as an alarm is undecided. Once a party is confirmed to be the listed one, a supervisor alone lifts it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from customhouse.record import acts
from customhouse.record.declaration import Declaration, Hold, HoldKind, Reason, Role
from customhouse.record.screening import Alarm, Screening, Verdict

CONFIRMED = "confirmed"
UNDECIDED = Hold(HoldKind.PARTY, "", (), (Reason("party", "The parties of the declaration are being checked"),))
STANDS = Hold(HoldKind.PARTY, CONFIRMED, (Role.SUPERVISOR,), (Reason("party", "Customs has questions about a party"),))
"""What the trade is told says nothing of lists: whoever is looked for is not warned."""


def verdict(d: Declaration, alarm: Alarm) -> Verdict | None:
    """What was decided about an alarm of this declaration last; None as long as nobody has."""
    return next((x.verdict for x in reversed(d.alarm_decisions) if x.key == alarm.key), None)


def undecided(d: Declaration) -> tuple[Alarm, ...]:
    """The alarms that wait for a person."""
    return tuple(a for a in d.screened.alarms if verdict(d, a) is None) if d.screened else ()


def confirmed(d: Declaration) -> tuple[Alarm, ...]:
    """The alarms whose party a person found to be the listed one."""
    return tuple(a for a in d.screened.alarms if verdict(d, a) is Verdict.SAME) if d.screened else ()


def of_earlier_version(d: Declaration) -> Screening | None:
    """What an amendment keeps: alarms that nobody has decided, and parties that were confirmed. Naming another does not end them."""
    kept = tuple(replace(a, earlier=True) for a in (*undecided(d), *confirmed(d)))
    return Screening(alarms=kept) if kept else None


def _held(d: Declaration, holds: tuple[Hold, ...], stands: bool) -> tuple[Hold, ...]:
    """The holds that follow from the alarms of `d`, in place of those before."""
    rest = tuple(h for h in holds if h.key not in (UNDECIDED.key, STANDS.key))
    return (
        *rest,
        *((UNDECIDED,) if undecided(d) else ()),
        *((STANDS,) if stands else ()),
    )


def _decide(d: Declaration, act: Any, role: Role) -> str:
    if d.screened is None or not d.screened.alarms:
        return "no alarm stands"
    if act is None:
        return "" if undecided(d) or role is Role.SUPERVISOR else "no alarm is undecided"
    alarm = next((a for a in d.screened.alarms if a.key == act.decision.key), None)
    if alarm is None:
        return f"there is no alarm {act.decision.key}"
    before = verdict(d, alarm)
    if before is act.decision.verdict:
        return f"the alarm is decided already: {before.value}"
    if before is not None and role is not Role.SUPERVISOR:
        return "a decision is changed by a supervisor"
    if alarm.entry is None and act.decision.verdict is Verdict.SAME:
        return "no listed party stands beside this name"
    return "" if act.decision.reason.strip() else "a decision needs a reason"


def _screened(d: Declaration, act: acts.PartiesScreened, at: datetime) -> dict[str, Any]:
    after = replace(d, screened=act.screening)
    holds = tuple(h for h in d.holds if h.kind is not HoldKind.SCREENING)
    stood = any(h.key == STANDS.key for h in d.holds)
    return {"screened": act.screening, "holds": _held(after, holds, stood)}


def _decided(d: Declaration, act: acts.AlarmDecided, at: datetime) -> dict[str, Any]:
    after = replace(d, alarm_decisions=(*d.alarm_decisions, act.decision))
    stood = any(h.key == STANDS.key for h in d.holds) or act.decision.verdict is Verdict.SAME
    return {
        "alarm_decisions": after.alarm_decisions,
        "holds": _held(after, d.holds, stood and bool(confirmed(after))),
    }


GUARD: dict[str, Callable[[Declaration, Any, Role], str]] = {"AlarmDecided": _decide}
EFFECT: dict[str, Callable[[Declaration, Any, datetime], dict[str, Any]]] = {
    "PartiesScreened": _screened,
    "AlarmDecided": _decided,
}
