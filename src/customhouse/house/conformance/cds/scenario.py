"""Scenario folders: our own sequence of notifications against the authority's, where the scenario determines it.

A folder with declarations directly in it is a scenario; the answers in it, or in folders below without declarations, are
its own. Answers of different declarations (MRN) are told apart. Two messages have an order where the numbers of their
files and the times in them say the same, and they were not issued in one moment (WITHIN).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from customhouse.clearance.notification import NAMES
from customhouse.house.conformance.cds.answer import Told, label, place_of
from customhouse.house.conformance.cds.course import Course, Event, Laws, Stuck
from customhouse.house.conformance.report import Case, Skip
from customhouse.law.book import Law
from customhouse.offices.longroom import PRELODGED
from customhouse.record.declaration import Role
from customhouse.record.flow import NotPermitted
from customhouse.record.lodgement import Lodgement

WITHIN = timedelta(seconds=2)
"""Messages issued this close together come from one step of the authority and stand in either order in its own scenarios."""

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
NO_DECLARATION = "no declaration lies in the folder of these answers"
UNTAXED = "that these goods pay no tax at the border is law that the pack of this subject does not have"
OPEN_RELEASE = "customs releases with taxes left open and fixes them later; the house decides both in one release"
NO_CODE = "goods are declared without a commodity code; which declarations need none is law that the pack does not have"
NOT_FINAL = "provisional taxes and the clearance are there, and not the final taxes that come between them"
LATER_PART = "the folder holds only a later part of the messages"
UNSHOWN_CHANGE = "a result tells of a change, and no message of this declaration shows how it was asked for"
REFUSED_REQUEST = "customs refuses a request; nothing is recorded and nothing told by notification here"


class Scenario(msgspec.Struct):
    """What lies in one folder."""

    folder: str
    declarations: list[tuple[str, Lodgement]] = []
    answers: list[Told] = []


class Scenarios:
    """All folders of a material, filled piece by piece."""

    def __init__(self) -> None:
        self._declared: dict[str, list[tuple[str, Lodgement]]] = {}
        self._told: dict[str, list[Told]] = {}

    def declare(self, id: str, lodged: Lodgement) -> None:
        self._declared.setdefault(place_of(id)[0], []).append((id, lodged))

    def tell(self, told: Told) -> None:
        self._told.setdefault(place_of(told.id)[0], []).append(told)

    def cases(self) -> Iterator[Case | Skip]:
        laws = Laws()
        for scenario in self._scenarios():
            if isinstance(scenario, Skip):
                yield scenario
            else:
                yield from _judged(scenario, laws)

    def _scenarios(self) -> Iterator[Scenario | Skip]:
        found: dict[str, Scenario] = {}
        for folder in sorted(self._told):
            home = self._home(folder)
            if home is None:
                yield Skip(f"{folder or '.'} (order)", NO_DECLARATION)
                continue
            scenario = found.setdefault(home, Scenario(home, self._declared[home]))
            scenario.answers += self._told[folder]
        yield from found.values()

    def _home(self, folder: str) -> str | None:
        """The folder itself or the one around it, whichever has declarations."""
        above = place_of(folder)[0] if folder not in ("", ".") else folder
        return next((f for f in (folder, above) if f in self._declared), None)


def _judged(scenario: Scenario, laws: Laws) -> list[Case]:
    """The cases of a folder; a failure of the house itself is a mismatch, told and not the end."""
    try:
        return list(judge(scenario, laws))
    except Exception as fault:
        got = f"{type(fault).__name__}: {fault}"[:600]
        return [Case(f"{scenario.folder} (order)", "mismatch", "an order", got, "the house failed over this folder")]


def judge(scenario: Scenario, laws: Laws) -> Iterator[Case]:
    """One case for each declaration that the answers of a folder are about."""
    series = _series(scenario.answers)
    for number, told in enumerate(series.values(), 1):
        name = f"{scenario.folder} (order)" if len(series) == 1 else f"{scenario.folder} (order {number})"
        shown = " ".join(t.label for t in told)
        if reason := _undetermined(scenario, told):
            yield Case(name, "explained", shown, "not walked", reason)
        else:
            yield _compare_each(name, scenario, told, laws)


def _series(answers: Sequence[Told]) -> dict[str, list[Told]]:
    """The answers to each declaration, by its MRN, in the order of their times; one that lies there twice counts once."""
    seen: set[str] = set()
    series: dict[str, list[Told]] = {}
    for told in sorted(answers, key=lambda t: (t.at or NEVER, t.number or 0, t.id)):
        reference = told.response.reference or told.id
        if reference not in seen:
            seen.add(reference)
            series.setdefault(told.response.declaration.mrn, []).append(told)
    return series


def _undetermined(scenario: Scenario, told: Sequence[Told]) -> str:
    """Why the folder does not determine this sequence; empty where it does."""
    originals = _originals(scenario)
    codes = {t.code for t in told}
    if not originals:
        return "the folder holds no first declaration"
    if others := sorted(codes - set(NAMES)):
        return f"messages of the kinds {', '.join(others)} are answers of others, or reminders: the house issues none"
    if not codes & {"01", "02", "03"} or _unasked(told):
        return LATER_PART
    if any(t.at is None for t in told):
        return "a message does not say when it was issued"
    if "08" in codes:
        return OPEN_RELEASE
    if any(t.code == "11" and t.label != "11/39" for t in told):
        return REFUSED_REQUEST
    if {"13/67", "09"} <= (labels := {t.label for t in told}) and "13/4" not in labels:
        return NOT_FINAL
    if "07" in codes and "11" not in codes and not any(_place(t) for t in told):
        return UNSHOWN_CHANGE
    return ""


def _unasked(told: Sequence[Told]) -> bool:
    """Whether a request is granted before any message of the trader was received."""
    received = 0
    for message in told:
        received += message.code == "02"
        if message.code == "11" and not received:
            return True
    return False


def _originals(scenario: Scenario) -> list[Lodgement]:
    return [lodged for _, lodged in scenario.declarations if lodged.function == "9"]


def _compare_each(name: str, scenario: Scenario, told: Sequence[Told], laws: Laws) -> Case:
    """Compared with the first declaration of the folder; with each, where it holds several and the answers may be to any."""
    amendments = [one for _, one in scenario.declarations if one.function == "13" and _is_whole(one)]
    found = [_compare(name, lodged, amendments, told, laws) for lodged in _originals(scenario)]
    other = next((case for case in found if case.verdict != "agree"), None)
    if other is None or len(found) == 1:
        return found[0]
    reason = f"the folder holds {len(found)} first declarations, and answers do not say which they are about"
    return Case(name, "explained", other.expected, other.got, reason)


def _is_whole(amendment: Lodgement) -> bool:
    """Whether an amendment carries the whole declaration, as ours do; where it says only what changes, the first
    declaration stands for the new version, because what changed bears on no message."""
    return bool(amendment.items) and all(item.commodity.code for item in amendment.items)


def _compare(name: str, lodged: Lodgement, amendments: Sequence[Lodgement], told: Sequence[Told], laws: Laws) -> Case:
    day = next(t.at for t in told if t.at)
    expected = " ".join(t.label for t in told)
    faults: list[str] = []
    stuck = but_for_taxes = False
    for taxed in (True, False):
        law = laws.of([lodged, *amendments], day.date(), taxed=taxed)
        events = _events(told, _is_prelodged(lodged, law), amendments)
        try:
            course = Course(lodged, law, day, detained=_detained(events))
            ours = [label(n.response) for n in course.run(events)]
        except (Stuck, NotPermitted) as fault:
            faults.append(str(fault))
            stuck = stuck or isinstance(fault, Stuck)
            continue
        got = " ".join(ours)
        fault = _differs(told, ours)
        if not fault and taxed:
            return Case(name, "agree", expected, got, _said(events), _ground(ours, told))
        if not fault:
            return Case(name, "explained", expected, got, UNTAXED)
        but_for_taxes = but_for_taxes or not _differs(_untaxed(told), [word for word in ours if not _is_tax(word)])
        faults.append(f"{got}: {fault}")
    if (stuck or but_for_taxes) and any(not item.commodity.code for item in lodged.items):
        return Case(name, "explained", expected, faults[0], NO_CODE)
    return Case(name, "mismatch", expected, faults[0], "; ".join(faults[1:]))


def _is_prelodged(lodged: Lodgement, law: Law) -> bool:
    return lodged.type in law.list_of(PRELODGED)


def _untaxed(told: Sequence[Told]) -> list[Told]:
    return [t for t in told if not _is_tax(t.label)]


def _is_tax(word: str) -> bool:
    return word.startswith("13")


def _detained(events: Sequence[Event]) -> bool:
    """Whether something happened between acceptance and the end, or the messages do not show the end."""
    kinds = [e.kind for e in events]
    return kinds[:1] != ["rejected"] and (
        "settled" not in kinds or bool(BETWEEN.intersection(kinds[: kinds.index("settled")]))
    )


def _said(events: Sequence[Event]) -> str:
    return f"events of the scenario: {', '.join(e.kind for e in events)}" if events else ""


def _ground(ours: Sequence[str], told: Sequence[Told]) -> str:
    """Whether our order is that of the files too, or other only where messages were issued in one moment."""
    numbered = sorted(told, key=lambda t: t.number or 0)
    return "order of the files" if ours == [t.label for t in numbered] else "order of the times"


def _differs(told: Sequence[Told], ours: Sequence[str]) -> str:
    """How our sequence contradicts the scenario; empty where it does not."""
    theirs = [t.label for t in told]
    if sorted(theirs) != sorted(ours):
        lacking = _less(theirs, ours)
        more = _less(ours, theirs)
        return f"lacks {' '.join(lacking) or 'nothing'}, has besides {' '.join(more) or 'nothing'}"
    place = _places(theirs, ours)
    for n, first in enumerate(told):
        for m in range(n + 1, len(told)):
            if _in_order(first, told[m]) and place[n] > place[m]:
                return f"{first.label} comes before {told[m].label} there, and after it here"
    return ""


def _less(one: Sequence[str], other: Sequence[str]) -> list[str]:
    left = list(other)
    found = []
    for word in one:
        if word in left:
            left.remove(word)
        else:
            found.append(word)
    return found


def _places(theirs: Sequence[str], ours: Sequence[str]) -> list[int]:
    """Where each of their messages stands among ours: the second of a kind is our second of that kind."""
    left: dict[str, list[int]] = {}
    for n, word in enumerate(ours):
        left.setdefault(word, []).append(n)
    return [left[word].pop(0) for word in theirs]


def _in_order(first: Told, second: Told) -> bool:
    """Whether the scenario says that the one comes before the other: by their times, and not otherwise by their numbers."""
    if first.at is None or second.at is None or second.at - first.at <= WITHIN:
        return False
    return first.number is None or second.number is None or first.number < second.number


# --- what happened outside the declaration ----------------------------------------------------------------------------


def _events(told: Sequence[Told], prelodged: bool, amendments: Sequence[Lodgement]) -> list[Event]:
    """What the messages show of the world outside, in their order; `told` is sorted by time."""
    if told[0].code == "03":
        return [Event("rejected", _rule(told[0]))]
    events: list[Event] = []
    waiting = list(amendments)
    place = next((_place(t) for t in told if t.code == "07" and _place(t)), "")
    requests = _requests(told)
    for n, message in enumerate(told):
        kinds = {e.kind for e in events}
        if prelodged and "presented" not in kinds and _shows_presentation(n, message, told, requests):
            by = Role.CARRIER if message.code == "02" else Role.SYSTEM
            events.append(Event("presented", place, by))
        if message.code == "11":
            after = {t.code for t in told[n + 1 :]}
            withdrawn = bool(after & {"03", "10"}) and "11" not in after
            events.append(Event("withdrawn") if withdrawn else Event("amended", lodged=_next(waiting)))
        elif message.code == "10" and "withdrawn" not in kinds:
            events.append(Event("invalidated"))
        elif message.code in SHOWN:
            events.append(Event(SHOWN[message.code], _account(message)))
        elif message.label in ("13/4", "09") and "settled" not in kinds:
            events.append(Event("settled"))
    return events


BETWEEN = frozenset({"amended", "withdrawn", "invalidated", "controlled", "documents", "asked", "short"})
SHOWN = {"05": "controlled", "06": "documents", "51": "asked", "14": "short", "16": "left"}


def _next(waiting: list[Lodgement]) -> Lodgement | None:
    return waiting.pop(0) if waiting else None


def _requests(told: Sequence[Told]) -> set[int]:
    """Which of the messages received (02) belong to a request: the last before each granted (11)."""
    found: set[int] = set()
    for n, message in enumerate(told):
        if message.code == "11":
            open_ = [m for m in range(n) if told[m].code == "02" and m not in found]
            found.update(open_[-1:])
    return found


def _shows_presentation(n: int, message: Told, told: Sequence[Told], requests: set[int]) -> bool:
    """Goods of a pre-lodged declaration are there: a second message received that is no request's, or acceptance."""
    received = [m for m in range(n + 1) if told[m].code == "02" and m not in requests]
    return (message.code == "02" and n not in requests and len(received) > 1) or message.code == "01"


def _place(message: Told) -> str:
    changed = message.response.changed
    transport = changed.goods_shipment.consignment if changed else None
    location = transport.goods_location if transport else None
    return location.name or location.id if location else ""


def _account(message: Told) -> str:
    sums = [t.payment for t in message.response.declaration.totals if t.payment]
    return next((g.reference for s in sums for g in s.guarantees if g.reference), "")


def _rule(message: Told) -> str:
    return next((e.code for e in message.response.errors if e.code), "rejected")
