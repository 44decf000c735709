"""The outbox: what must happen outside because of an entry, queued in the transaction that records it.

At least once, so every job is idempotent: a notice is one per declaration and act.
"""

from __future__ import annotations

from typing import Any

from customhouse.record import acts
from customhouse.record.acts import Entry
from customhouse.record.declaration import Declaration, HoldKind, Role
from customhouse.record.lanes import Lane

QUEUE, NOTIFY = "notices", "customhouse.notify"
# $1: a JSON array with the arguments of each job.
DEFER = (
    f"select procrastinate_defer_jobs_v1(array(select row('{QUEUE}', '{NOTIFY}', 0, null, null, j, null)"  # noqa: S608
    "::procrastinate_job_to_defer_v1 from jsonb_array_elements($1::jsonb) j))"
)


def due(d: Declaration, entry: Entry) -> list[dict[str, Any]]:
    """The arguments of the jobs that `entry` calls for; most entries of the automatic line call for none."""
    jobs: list[dict[str, Any]] = []
    for number, act in enumerate(entry.acts, entry.first):
        if text := _notice(act, entry):
            jobs.append({"declaration": d.id, "act": number, "declarant": d.lodged.declarant_id, "text": text})
    return jobs


def _notice(act: acts.Act, entry: Entry) -> str:
    """What the declarant is told about an act, or nothing: the answer at lodgement says the rest."""
    match act:
        case acts.Accepted(acceptance=accepted) if accepted.supplementary_by:
            return f"owed:{accepted.supplementary_by.isoformat()}:{accepted.mrn}"
        case acts.Accepted(acceptance=accepted) if accepted.completes:
            return f"completes:{','.join(accepted.completes)}"
    return _of_control(act) or _of_goods(act, entry)


def _of_control(act: acts.Act) -> str:
    match act:
        case acts.LaneAssigned(selection=selection) if selection.lane in (Lane.YELLOW, Lane.RED):
            return f"lane:{selection.lane.value}"
        case acts.LaneChanged(lane=lane):
            return f"lane:{lane.value}"
        case acts.Held(hold=hold) if hold.kind is HoldKind.AGENCY and Role.AGENCY in hold.lifted_by:
            return f"agency:{hold.ref}"
        case acts.JointInspectionFixed(place=place, at=at):
            return f"inspection:{place[:140]}, {at:%Y-%m-%d %H:%M} UTC"
        case acts.Queried(text=text):
            return f"query:{text[:400]}"
    return ""


def _of_goods(act: acts.Act, entry: Entry) -> str:
    match act:
        case acts.CargoMatched(matches=matches) if short := next((m for m in matches if m.short), None):
            return f"short:{short.document}: {short.short}"[:400]
        case acts.CargoMatched(matches=matches) if matches and all(m.arrived for m in matches):
            return f"arrived:{', '.join(m.document for m in matches)}"[:400]
        case acts.Released() if entry.first > 1:
            return "released"
        case acts.Recalled(reason=reason):
            return f"recalled:{reason[:400]}"
        case acts.Accepted() if entry.first > 1:
            return "accepted"
        case acts.Refused() if entry.first > 1:
            return "refused"
        case acts.Ruled(stands="line", line=line) if line.verdict == "refused":
            return "parcel-refused"
        case acts.Invalidated(reason=reason):
            return f"invalidated:{reason[:400]}"
    return ""
