"""What both kinds of worked case share: how a case is told to be wrong, and how its verdict is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from customhouse.record.assessment import DutyTaxFee


class InvalidCase(ValueError):
    """A case that cannot be read; the message says which and why."""


class Judged(msgspec.Struct, frozen=True):
    """A case as the house sees it: every way in which it differs, and the duties worked out, which say why."""

    name: str
    source: str
    differences: tuple[str, ...]
    duties: tuple[DutyTaxFee, ...] = ()


def only(told: Mapping[str, Any], known: Iterable[str], place: str) -> None:
    """A word that is not compared would say nothing: raise ValueError for one that is not known."""
    if unknown := told.keys() - set(known):
        raise ValueError(f"not known in {place}: {', '.join(sorted(unknown))}")
