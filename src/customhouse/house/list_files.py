"""Reads a watch list from its files, and tells a person what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from customhouse.gates import watch_list
from customhouse.house.fault import HouseProblem
from customhouse.kernel.problem import Refusal
from customhouse.record.watch_list import WatchList

SHOWN = 20


def read_list(path: Path, aliases: Path | None = None, skip_bad: bool = False) -> WatchList:
    """The list in a file. Raises HouseProblem with its bad rows; an alias file goes with OFAC's list only."""
    data = path.read_bytes()
    extra = aliases.read_bytes() if aliases is not None and watch_list.is_ofac(data) else None
    try:
        return watch_list.read(data, extra, skip_bad=skip_bad)
    except Refusal as refusal:
        told = "\n".join(f"  {problem}" for problem in refusal.problems[:SHOWN])
        more = len(refusal.problems) - SHOWN
        rest = f"\n  and {more} more" if more > 0 else ""
        raise HouseProblem(f"{path.name} was not taken:\n{told}{rest}") from None
