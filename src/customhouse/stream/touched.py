"""Which past declarations another law could assess otherwise: by the words of the two laws about the codes of their goods.

Nothing is worked out here. Where the tables that hold for all goods are the same, a declaration whose codes have the same lines and
measures in both laws is judged the same by both. `PLAIN` are differences that can only change amounts (percentages that depend on
nothing that is declared but the goods); `ODD` are all others.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np

from customhouse.law.book import Book, Law
from customhouse.law.measure import Measure
from customhouse.offices.duty.claim import PENDING
from customhouse.offices.duty.manual import MANUAL
from customhouse.stream.facts import Facts, Text
from customhouse.stream.items import Ints, distinct

SAME, PLAIN, ODD = range(3)
UNCLAIMED = "1"
"""With what the codes of preference begin that claim none (data element 4/17)."""
FRAME = (
    "procedures", "reliefs", "quotas", "agreements", "product_rules", "tax_types", "valuations", "incoterms", "charges",
)  # fmt: skip
"""Tables that hold for goods of any code and origin."""
WORDS = ("payment_methods", "securities", "rounding", "currency")
BY_NAME = (PENDING, MANUAL)
"""Code lists that the duty office asks for."""
MEASURED = frozenset(
    ("duty", "payable_total", "preference_granted", "preference_refused", "agreement", "indirect_transport")
)
"""The facts that another measure may change."""


def same_frame(one: Law, other: Law, day: date) -> bool:
    """Whether two laws have the same tables for goods of any code, with the rates of exchange of `day`."""
    if one.book_hash == other.book_hash and one.date == other.date:
        return True
    parts = all(_in_force(one, part) == _in_force(other, part) for part in FRAME)
    words = all(getattr(one.contents, name) == getattr(other.contents, name) for name in WORDS)
    lists = all(one.list_of(name) == other.list_of(name) for name in BY_NAME)
    return parts and words and lists and _rates(one, day) == _rates(other, day)


def _in_force(law: Law, part: str) -> list[Any]:
    return [
        word
        for word in getattr(law.contents, part)
        if getattr(word, "validity", None) is None or word.validity.contains(law.date)
    ]


def _rates(law: Law, day: date) -> dict[str, Any]:
    return {r.currency: r.fraction for r in law.contents.rates if r.validity.contains(day)}


class Touched:
    """A draft beside the laws of before: what it does to each code on each day; `as_of`: as the draft stands on that day."""

    def __init__(self, draft: Book, as_of: date | None) -> None:
        self.as_of = as_of
        self.law = cache(lambda day: draft.on(as_of or day, rates=day))
        self._code: dict[tuple[str, date, str], int] = {}
        self._alike: dict[tuple[str, str], bool] = {}
        self._frame: dict[tuple[str, date], bool] = {}

    def rows(self, facts: Facts, then: Law) -> Ints:
        """What differs for each declaration, all of them judged under the law `then` on its day."""
        law, found = self.law(then.date), np.zeros(len(facts), np.int64)
        if law.book_hash == then.book_hash and law.date == then.date:
            return found
        key = then.book_hash, then.date
        if key not in self._frame:
            self._frame[key] = same_frame(then, law, then.date)
        if not self._frame[key]:
            return found + ODD
        code = facts.items["code"]
        assert isinstance(code, Text)
        what = np.zeros(len(code.words), np.int64)
        for n in distinct(code.code.astype(np.int64)).tolist():
            what[n] = self.code(then, code.words.words[n])
        np.maximum.at(found, facts.of, what[code.code])
        found[facts.of[_elsewhere(facts, then, law)]] = ODD
        return found

    def code(self, then: Law, code: str) -> int:
        """What differs about a code on the day of `then`."""
        key = then.book_hash, then.date, code
        if key not in self._code:
            law = self.law(then.date)
            self._code[key] = (
                SAME if self.as_of is None and self._is_alike(then, law, code) else _compared(then, law, code)
            )
        return self._code[key]

    def _is_alike(self, then: Law, law: Law, code: str) -> bool:
        """Whether the two Books say the same of a code on every day."""
        key = then.book_hash, code
        if key not in self._alike:
            self._alike[key] = all(
                getattr(then.book, leaf).covering(code) == getattr(law.book, leaf).covering(code)
                for leaf in ("lines", "measures")
            )
        return self._alike[key]


def _elsewhere(facts: Facts, then: Law, law: Law) -> Ints:
    """The items whose country of origin belongs to other groups; and all that claim a preference, where any country does."""
    if _in_force(then, "memberships") == _in_force(law, "memberships"):
        return np.zeros(0, np.int64)
    origin, claim = facts.items["origin"], facts.items["preference"]
    assert isinstance(origin, Text) and isinstance(claim, Text)
    moved = np.array([then.areas(word) != law.areas(word) for word in origin.words.words] or [False], bool)
    claims = np.array([not word.startswith(UNCLAIMED) for word in claim.words.words] or [False], bool)
    claims &= np.array([word != "" for word in claim.words.words] or [False], bool)
    return np.flatnonzero(moved[origin.code] | claims[claim.code])


def _compared(then: Law, law: Law, code: str) -> int:
    if then.line(code) != law.line(code):
        return ODD
    were, are = _measures(then, code), _measures(law, code)
    if were == are:
        return SAME
    return PLAIN if all(_is_plain(m) for m in (*were, *are) if m not in were or m not in are) else ODD


def _measures(law: Law, code: str) -> list[Measure]:
    """The measures of a code in force, for any origin."""
    return [m for block in law.book.measures.covering(code) for m in block if m.in_force(law.date)]


def _is_plain(m: Measure) -> bool:
    """Whether a measure is a plain percentage that asks for nothing."""
    if m.expression is None or m.documents or m.conditions or m.order or m.preference:
        return False
    says = m.expression
    return not (says.minimum or says.maximum) and all(
        t.basis in ("value", "value_and_duties", "duties") for t in says.terms
    )
