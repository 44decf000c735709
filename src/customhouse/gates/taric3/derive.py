"""From records to words of the law: what the store of a layer says, said in nomenclature, measures, areas, quotas, lists.

A record that our law has no word for stays in the store as a note; `Derivation.used` holds those that were said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from customhouse.gates.taric3.store import Fields, Index, Key, Store
from customhouse.kernel.problem import Problem
from customhouse.kernel.validity import Validity
from customhouse.law import taric
from customhouse.law.layer import PARTS, without_overlaps
from customhouse.law.loading import Setting
from customhouse.law.terms import Text

FOREVER = "1900-01-01"
W = TypeVar("W")


class Derivation:
    """What a derivation works with, and what it finds on the way."""

    def __init__(self, store: Store, setting: Setting) -> None:
        self.store, self.setting = store, setting
        self.used: set[Key] = set()
        self.problems: list[Problem] = []
        self._indexes: dict[tuple[str, str], Index] = {}

    def index(self, name: str, field: str) -> Index:
        found = self._indexes.get((name, field))
        if found is None:
            found = self._indexes[name, field] = Index.of(self.store, name, field)
        return found

    def unsaid(self, rule: str, label: str, where: str, hint: str = "", value: str = "") -> None:
        """Something in force of the tariff that does not come into force of our law, and why."""
        self.problems.append(Problem(rule, label, where, hint, value[:60], "warning"))

    def validity(self, fields: Fields, where: str, start: str = "", until: str = "") -> Validity | None:
        """The validity of a record, or None with a finding when its dates make none."""
        try:
            first = start or fields.get("validity.start.date", "") or FOREVER
            return taric.validity(first, until or fields.get("validity.end.date", ""))
        except ValueError as fault:
            self.unsaid(
                "InvalidValidity", str(fault), where, "The record stays in records.jsonl; have its dates mended"
            )
            return None

    def standing(self, words: Iterable[W], part: str, told: str) -> tuple[W, ...]:
        """The words whose times do not overlap; each of the others is told."""
        stands, left_out = without_overlaps(words, part)
        for word, before in left_out:
            name = " ".join(str(key) for key in PARTS[part].key(word))
            label = f"{told} overlaps in time with the one from {before.validity.start}; the earlier stands"
            self.unsaid("OverlappingValidity", label, name, "Ask the sender which one is meant")
        return stands

    def texts(self, descriptions: Iterable[tuple[Key, Fields]]) -> Text:
        """Descriptions in their languages (en, fr, ...)."""
        text: Text = {}
        for key, fields in descriptions:
            self.used.add(key)
            text[fields.get("language.id", "").lower()] = fields.get("description", "")
        return text

    def periods(self, name: str, field: str, value: str, match: dict[str, str]) -> list[tuple[str, Text]]:
        """(first day, text) of every description period of a thing, in order of time.

        `field` of the period equals `value`, and every field of `match` too; a description without its period counts
        from the beginning.
        """
        found: dict[str, tuple[str, Text]] = {}
        sid = f"{name}.description.period.sid"
        for key, period in self.index(f"{name}.description.period", field).get(value):
            if all(period.get(k) == v for k, v in match.items()):
                self.used.add(key)
                text = self.texts(self.index(f"{name}.description", sid).get(period.get(sid, "")))
                found[period.get(sid, "")] = (period.get("validity.start.date", FOREVER), text)
        for key, fields in self.index(f"{name}.description", field).get(value):
            if fields.get(sid, "") not in found and all(fields.get(k) == v for k, v in match.items()):
                found[fields.get(sid, "")] = (FOREVER, self.texts([(key, fields)]))
        return sorted(found.values(), key=lambda period: period[0])

    def noted(self, keys: Iterable[Key]) -> Counter[str]:
        """How many of these records are notes only, by kind."""
        return Counter(key[0] for key in keys if key not in self.used)


def cut(validity: Validity, starts: Iterable[tuple[str, Text]]) -> list[tuple[Validity, Text]]:
    """The validity in pieces, one for each text that holds in it; the first text also speaks for the time before it."""
    dated = [(date.fromisoformat(start), text) for start, text in starts if text]
    if not dated:
        return [(validity, {})]
    pieces: list[tuple[Validity, Text]] = []
    for number, (start, text) in enumerate(dated):
        first = validity.start if number == 0 else max(start, validity.start)
        until = dated[number + 1][0] if number + 1 < len(dated) else validity.until
        if validity.until is not None:
            until = min(until, validity.until) if until else validity.until
        if until is None or first < until:
            pieces.append((Validity(first, until), text))
    return pieces
