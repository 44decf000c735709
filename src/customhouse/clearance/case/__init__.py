"""Worked cases: what the law means, written down by a jurist as YAML and held against what the house works out.

Two kinds: one item of goods with what it owes and what becomes of a preference (`goods`), and a shipment with its customs
value (`shipment`). Every value is read as text, so that no amount meets a binary fraction. docs/law.md describes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from customhouse.clearance.case.goods import GoodsCase
from customhouse.clearance.case.judged import InvalidCase, Judged
from customhouse.clearance.case.shipment import ShipmentCase
from customhouse.law.book import Book

__all__ = ["Case", "InvalidCase", "Judged", "judge", "read"]

Case = GoodsCase | ShipmentCase


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a file. Raises InvalidCase for the first that is not one."""
    try:
        told = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - BaseLoader makes text only
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise InvalidCase(f"{path.name} cannot be read: {fault}") from fault
    if not isinstance(told, list):
        raise InvalidCase(f"{path.name} is no list of cases")
    return tuple(_case(one, path.name) for one in told)


def judge(case: Case, book: Book) -> Judged:
    """Walk the case under `book` and compare."""
    return case.judge(book)


def _case(told: Any, file: str) -> Case:
    name = told.get("case", "") if isinstance(told, Mapping) else ""
    if not name:
        raise InvalidCase(f"{file}: every case begins with `case:` and what it shows")
    kind: type[GoodsCase] | type[ShipmentCase] = ShipmentCase if "items" in told else GoodsCase
    if missing := [word for word in ("source", "date", *kind.NEEDED) if not told.get(word)]:
        raise InvalidCase(f"{file}, {name!r}: {', '.join(missing)} is missing")
    try:
        return kind.read(told)
    except (KeyError, ValueError, InvalidOperation, AttributeError) as fault:
        raise InvalidCase(f"{file}, {name!r}: {fault}") from fault
