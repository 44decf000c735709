"""Names for the first morning of a demo house: an invented watch list, two parties that it alarms about, a trader written two ways."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from customhouse.clearance import screening, traders
from customhouse.house.list_files import read_list
from customhouse.record.lodgement import Lodgement, Party
from customhouse.registry import watch_lists

LIST = Path(__file__).with_name("example_watch_list.csv")
NAME = "example"
NEEDED = ("numpy", "rapidfuzz", "anyascii")
# exporters of the morning, in turn: one that is hardly another, one that may well be, and one firm under two spellings
EXPORTERS = (
    "Tarnbek Vosari Handels AG",
    "Quistgard Elmar",
    "Lindqvist Evergreen Supply Ltd",
    "LINDQUIST Evergreen Suply",
)


def take_list(now: datetime) -> bool:
    """The invented list counts from now on; only where names can be asked at all."""
    if any(importlib.util.find_spec(one) is None for one in NEEDED):
        return False
    watch_lists.keep(NAME, read_list(LIST), "customhouse", now)
    screening.HERE.forget()
    return True


def renamed(lodged: Lodgement, names: Iterator[str]) -> Lodgement:
    """The declaration with the next of the names for its exporter, as long as there are any."""
    name = next(names, "")
    if not name:
        return lodged
    before = lodged.exporter or Party()
    exporter = replace(before, id="", name=name)
    if name.casefold().startswith("lind") and before.address is not None:
        address = replace(before.address, line="41 Tannery Road", city="Gothenburg", postcode="41104", country="SE")
        exporter = replace(exporter, address=address)
    return replace(lodged, exporter=exporter)


def propose() -> None:
    """What was declared is looked through for traders that may be one."""
    while traders.gather():
        pass
    traders.propose_in_time()
