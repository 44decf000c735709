"""Screening on the line: each process keeps the lists that count as an index in memory, and asks it as a declaration walks by.

A name costs a fraction of a millisecond, and those who come again nothing. While a process has no index (it has just begun, or
another version of a list counts since a moment), a declaration waits for the worker; it never passes unasked. Where no list
counts, nothing is asked and nothing is kept.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from customhouse.offices import party as office
from customhouse.record.lodgement import Lodgement
from customhouse.record.screening import Alarm, ListedIn, Met, PartyRole, Screening
from customhouse.registry import party_decisions, watch_lists
from customhouse.registry.published import Published

if TYPE_CHECKING:
    from customhouse.clearance.screen import Alarm as Found
    from customhouse.clearance.screen import Screen

log = logging.getLogger(__name__)

AT_ONCE = 40
"""Names that are asked while a declaration walks; one with more of them waits for the worker."""
Stamp = tuple[tuple[int, ...], int]
NOTHING: Stamp = ((), 0)


class Asked:
    """The lists that count, ready to be asked; the `line.Screener` of a walk. Without a `screen` there is no answer yet."""

    def __init__(
        self,
        lists: tuple[ListedIn, ...],
        screen: Screen[ListedIn] | None = None,
        known: frozenset[str] = frozenset(),
        most: int = AT_ONCE,
    ) -> None:
        self.lists, self._screen, self._known, self._most = lists, screen, known, most

    def patient(self) -> Asked:
        """The same for the worker, who asks as many names as there are."""
        return Asked(self.lists, self._screen, self._known, 1 << 30)

    def look(self, lodged: Lodgement) -> Screening | None:
        """The alarms of a declaration; None while there is no index, or where it names very many parties."""
        named = office.named(lodged)
        if self._screen is None or len(named) > self._most:
            return None
        alarms: dict[str, Alarm] = {}
        known: list[str] = []
        for one in named:
            for alarm in self._alarms(one) if one.name else ():
                if alarm.key in self._known:
                    known.append(alarm.key)
                else:
                    alarms.setdefault(alarm.key, alarm)
        nameless = tuple(dict.fromkeys(one.role for one in named if not one.name))
        asked = sum(1 for one in named if one.name)
        return Screening(self.lists, asked, tuple(alarms.values()), tuple(dict.fromkeys(known)), nameless)

    def _alarms(self, one: office.Named) -> list[Alarm]:
        from customhouse.clearance.screen import unreadable

        screen = self._screen
        assert screen is not None
        alarms = [_told(one, found) for found in screen.remembered(one.name, one.role is PartyRole.MEANS)]
        if not alarms and (why := unreadable(one.name)):
            alarms.append(Alarm(one.role, one.name, one.number, one.country, unread=why))
        return alarms


def _told(one: office.Named, found: Found[ListedIn]) -> Alarm:
    pair = found.comparison
    return Alarm(
        role=one.role,
        name=one.name,
        number=one.number,
        country=one.country,
        list=found.of,
        entry=found.party,
        listed=pair.second,
        score=round(pair.score, 4),
        nearness=round(found.nearness, 4),
        met=tuple(Met(m.first, m.second, m.by.value, round(m.nearness, 2)) for m in pair.met),
        only_declared=pair.only_first,
        only_listed=pair.only_second,
        dropped=pair.dropped,
        forms_differ=bool(pair.measures["forms"]),
        order_differs=bool(pair.measures["crossed"]),
    )


class Keeper(Published):
    """What one process knows of the lists that count. Where it watches, their index is built beside those who ask, and
    declarations wait for the worker meanwhile; elsewhere whoever asks builds it."""

    channel = watch_lists.CHANNEL

    def __init__(self) -> None:
        super().__init__()
        self._stamp: Stamp = NOTHING
        self._asked: Asked | None = None
        self._index: tuple[tuple[ListedIn, ...], Screen[ListedIn]] | None = None
        self._built: Stamp = NOTHING

    @property
    def asked(self) -> Asked | None:
        """What is known without looking; None where no list counts."""
        return self._asked

    def read(self) -> None:
        """See what counts now, without building anything."""
        stamp = party_decisions.stamp()
        if stamp != self._stamp:
            self._stamp, self._asked = stamp, Asked(_versions()) if stamp[0] else None

    def prepare(self) -> None:
        """Build the index, where it must be (a second for 25,000 names). Raises ImportError without the extra `names`."""
        if self._stamp != self._built:
            self._build(self._stamp)

    def screener(self) -> Asked | None:
        """What a walk asks; None where no list counts."""
        try:
            self.renew()
        except ImportError as fault:
            log.error("watch lists count and cannot be asked without the extra `names` (%s)", fault)
        return self._asked

    def _build(self, stamp: Stamp) -> None:
        versions = _versions()
        if not versions:
            self._built, self._index = stamp, None
            return
        from customhouse.clearance.screen import Screen

        if self._index is None or self._index[0] != versions:
            self._index = (versions, Screen([(one, p) for one in versions for p in watch_lists.parties(one.version)]))
        self._asked = Asked(versions, self._index[1], party_decisions.known())
        self._built = stamp
        log.info("watch lists %s are ready to be asked", ", ".join(f"{v.name} {v.version}" for v in versions))


def _versions() -> tuple[ListedIn, ...]:
    return tuple(ListedIn(v.name, v.number, v.digest) for v in watch_lists.counting())


HERE = Keeper()
"""Of this process."""


def with_index(context: Any) -> Any:
    """The context of a walk by whoever may take the time to build the index and to ask every name."""
    HERE.look()
    asked = HERE.asked
    return msgspec.structs.replace(context, screening=asked.patient() if asked is not None else None)
