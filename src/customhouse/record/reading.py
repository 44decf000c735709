"""What a gate hands over when it has read a message of another shape than our record: the record, and what found no place.

Nothing that was handed in is dropped in silence: a value is mapped, or it is a leftover with its place and the reason. The
message itself is kept as evidence beside the record, so a leftover can be read again at any time.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import assemble, kind_of

Record = TypeVar("Record", bound=msgspec.Struct)
MAX_TOLD = 200
"""Leftovers told to the sender one by one; a Reading holds them all."""

MAX_PROBLEMS = 100
"""Problems told one by one."""

NO_PLACE = "our record has no field for it"
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})").fullmatch
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}(?:\.0{0,18})?").fullmatch
# The field that carries its class: without it, the others of the class say nothing.
BEARERS = {"currency": "value", "unit": "value", "format": "text"}


class Leftover(msgspec.Struct, frozen=True):
    """A value of the message that the record does not hold: where it stood, what it was, why it stayed behind."""

    where: str
    value: str
    why: str = NO_PLACE

    def problem(self) -> Problem:
        """The same as a warning for the person who handed the message in."""
        return Problem(
            "NotMapped", f"Not taken into the record: {self.why}", self.where, "", self.value[:80], "warning"
        )


class Reading(msgspec.Struct, frozen=True):
    """A declaration that was read: the record, what found no place in it, and what was noticed on the way."""

    lodgement: Lodgement
    leftovers: tuple[Leftover, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Warnings and leftovers together, as the sender is told them; of very many leftovers the first and their number."""
        told = tuple(x.problem() for x in self.leftovers[:MAX_TOLD])
        if more := len(self.leftovers) - len(told):
            label = f"Not taken into the record: {more} further values"
            told = (*told, Problem("NotMapped", label, hint="Read the message as received", severity="warning"))
        return (*self.warnings, *told)


class Draft(Generic[Record]):
    """Collects the values of one record while a message is read; `finish` makes the record or refuses with every problem."""

    def __init__(self, record: type[Record]) -> None:
        self.record = record
        self.values: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.leftovers: list[Leftover] = []
        self.problems: list[Problem] = []
        self.more = 0

    def problem(self, rule: str, label: str, where: str = "", hint: str = "", value: str = "") -> None:
        if len(self.problems) >= MAX_PROBLEMS:
            self.more += 1
        else:
            self.problems.append(Problem(rule, label, where, hint, value[:80]))

    def leave(self, where: str, value: str, why: str = NO_PLACE) -> None:
        self.leftovers.append(Leftover(where, value, why))

    def put(self, path: str, text: str, where: str) -> None:
        """Take `text`, found at `where`, for the field at `path`.

        A number that is none becomes the problem InvalidNumber; a second, different value for the same field a leftover.
        """
        kind = kind_of(self.record, path)
        if kind is Decimal and not _DECIMAL(text):
            self.problem("InvalidNumber", "This is no number", where, "Write digits and one decimal mark", text)
        elif kind is int and not _INTEGER(text):
            self.problem("InvalidNumber", "This is no whole number", where, "Write digits only", text)
        elif (held := self.values.get(path)) is not None and held != text:
            self.leave(where, text, f"{self.places[path]} says {held[:40]} for the same field")
        else:
            self.values[path] = str(int(Decimal(text))) if kind is int else text
            self.places[path] = where

    def finish(self) -> Record:
        """The record. Raises Refusal with every problem noted on the way."""
        for path in [p for p in self.values if self._is_bare(p)]:
            self.leave(self.places.get(path, path), self.values.pop(path), "there is no value with it")
        if not self.problems:
            try:
                return assemble(self.record, self.values)
            except msgspec.ValidationError as fault:
                self.problem("Incomplete", str(fault)[:200], hint="Give the missing value")
        if self.more:
            self.problem_count()
        raise Refusal(self.problems)

    def _is_bare(self, path: str) -> bool:
        """Whether the value only qualifies another, a currency for instance, that is not there."""
        head, _, name = path.rpartition(".")
        bearer = f"{head}.{BEARERS.get(name, name)}"
        if bearer in self.values or name not in BEARERS or not head:
            return False
        return any(f.name == BEARERS[name] for f in msgspec.structs.fields(kind_of(self.record, head)))

    def problem_count(self) -> None:
        """Say how many problems were found beyond those told one by one."""
        self.problems.append(
            Problem("TooManyProblems", f"{self.more} further problems are not listed", hint="Mend these first")
        )
