"""What is wrong with a message, said so that the person who must mend it can.

Every check of the house answers with Problems, all at once, never the first only. `where` is the WCO data-element
path (``GoodsShipment/GovernmentAgencyGoodsItem[2]/Commodity``), `label` what is wrong, `hint` what to do next.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """One finding of a check.

    `rule` is the number the field uses for the rule, or the name of the error (``UnknownHeading``); `value` is what
    was found there, shortened by the caller where it may be long. A warning is shown but does not refuse.
    """

    rule: str
    label: str
    where: str = ""
    hint: str = ""
    value: str = ""
    severity: Severity = "error"

    def __str__(self) -> str:
        place = f" at {self.where}" if self.where else ""
        found = f" (found: {self.value})" if self.value else ""
        hint = f". {self.hint}" if self.hint else ""
        return f"{self.rule}: {self.label}{place}{found}{hint}"


class Refusal(Exception):
    """Raised at the edge when input cannot be taken; carries every problem found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[type[Refusal], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


def errors(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those of the problems that refuse; the rest are warnings."""
    return tuple(p for p in problems if p.severity == "error")
