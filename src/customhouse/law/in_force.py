"""The law in force on one day: what every office asks.

Made by `Book.on`; nothing here is ambient, and answers are kept, because neither the Book nor the day can change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec

from customhouse.kernel.problem import Problem
from customhouse.law.agency import Agency, AgencyCriterion, AgencyDocument, Wish
from customhouse.law.measure import ALL_ORIGINS, Measure
from customhouse.law.preference import Preferences, with_outer_groups
from customhouse.law.rules.compiled import failing, firing
from customhouse.law.terms import BusinessRule, Criterion, Hit, Line, Procedure, Quota, Rate, Relief, TaxType
from customhouse.law.valuation import UNWRITTEN, Charge, Incoterm

if TYPE_CHECKING:
    from customhouse.law.book import Book, Contents

KEPT_ANSWERS = 20_000
MOST_REMEMBERED = 50_000  # answers a Law keeps before it begins anew
NOTHING: frozenset[str] = frozenset()
_ASKED = re.compile(r"\b(\w+) in (\w+)\b")
T = TypeVar("T")


def _lists(c: Contents, day: date) -> dict[str, frozenset[str]]:
    """Every named code list with its codes on `day`: those of the rules, those loaded, and the places as `places`."""
    found: dict[str, set[str]] = {name: set(words) for name, words in c.lists.items()}
    for entry in c.entries:
        codes = found.setdefault(entry.list, set())
        if entry.validity.contains(day):
            codes.add(entry.code)
    if c.places:
        found.setdefault("places", set()).update(p.code for p in c.places if p.validity.contains(day))
    return {name: frozenset(codes) for name, codes in found.items()}


class Law:
    """The law in force on one day under one Book. Answers are cached, which is sound because neither can change."""

    def __init__(self, book: Book, day: date, rates_of: date) -> None:
        c = cast("Contents", book.pages)
        self.contents, self.book_hash, self.date = c, book.hash, day
        self.country, self.currency, self.rounding, self.languages = c.country, c.currency, c.rounding, c.languages
        self.preference_codes = book.preference_codes
        self.book = book
        self._lines: dict[str, Line | None] = {}
        self._rates = {x.currency: x for x in c.rates if x.validity.contains(rates_of)}
        self._procedures = {x.code: x for x in c.procedures if x.validity.contains(day)}
        self._order = {t.code: t.order for t in c.tax_types}
        self._groups: dict[str, set[str]] = {}
        for member in c.memberships:
            if member.validity.contains(day):
                self._groups.setdefault(member.country, set()).add(member.group)
        self._groups = with_outer_groups(self._groups)
        self._measures: dict[tuple[str, str], tuple[Measure, ...]] = {}
        self._remembered: dict[tuple[Any, ...], Any] = {}
        self._reliefs: dict[str, tuple[Relief, ...]] = {}
        for relief in c.reliefs:
            if relief.validity.contains(day):
                self._reliefs[relief.code] = (*self._reliefs.get(relief.code, ()), relief)
        self._quotas = {q.order: q for q in c.quotas if q.validity.contains(day)}
        self._tax_types = {t.code: t for t in c.tax_types}
        self._lists = _lists(c, day)
        self._incoterms = {x.code: x for x in c.incoterms if x.validity.contains(day)}
        self._charges = {x.code: x for x in c.charges if x.validity.contains(day)}
        self.lists_incoterms, self.lists_charges = bool(c.incoterms), bool(c.charges)
        self.valuation = next((v for v in c.valuations if v.validity.contains(day)), UNWRITTEN)
        self.release_terms = tuple(t for t in c.release_terms if t.validity.contains(day))
        self.unauthorised = next((r.unauthorised for r in c.representation if r.validity.contains(day)), "warn")
        self.supplementary = next((s for s in c.supplementary if s.validity.contains(day)), None)
        self.random_share_ppm = next((s.ppm for s in c.random_share if s.validity.contains(day)), 0)

    # --- tariff ---------------------------------------------------------------------------------------------------

    def line(self, code: str) -> Line | None:
        """The most specific line in force that `code` falls under; None when not even its chapter is known."""
        found = self._lines.get(code, code)
        if isinstance(found, str):
            if len(self._lines) >= KEPT_ANSWERS:
                self._lines.clear()
            blocks = self.book.lines.covering(code)
            in_force = (x for lines in blocks for x in lines if len(x.code) > 1 and x.validity.contains(self.date))
            found = self._lines[code] = next(in_force, None)
        return found

    def measures(self, code: str, origin: str) -> tuple[Measure, ...]:
        """Every measure in force for the code at any level and the origin or a group of it, most specific code first."""
        found = self._measures.get((code, origin))
        if found is None:
            if len(self._measures) >= KEPT_ANSWERS:
                self._measures.clear()
            found = self._measures[code, origin] = tuple(self._find(code, origin))
        return found

    def remembered(self, work: Callable[..., T], *asked: Hashable) -> T:
        """What `work(law, *asked)` answers, worked out once; for offices that ask the same of the law again and again."""
        key = (work, *asked)
        found = self._remembered.get(key)
        if found is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[key] = work(self, *asked)
        return found

    def areas(self, origin: str) -> set[str]:
        """Every area of measures that goods of `origin` belong to: all origins, the country itself, its groups."""
        return {ALL_ORIGINS, origin, *self._groups.get(origin, ())}

    def _find(self, code: str, origin: str) -> list[Measure]:
        areas = self.areas(origin)
        blocks, day = self.book.measures.covering(code), self.date
        return [
            m
            for measures in blocks
            for m in measures
            if m.area in areas and m.in_force(day) and areas.isdisjoint(m.excluded)
        ]

    @cached_property
    def preferences(self) -> Preferences:
        """The agreements of the day and their product rules."""
        return Preferences(self.contents.agreements, self.contents.product_rules, self._groups, self.date)

    def rate(self, currency: str) -> Rate | None:
        """The rate of exchange of the day, or None when the law has none."""
        return self._rates.get(currency)

    def quota(self, order: str) -> Quota | None:
        """The period of a quota that the day falls into, or None."""
        return self._quotas.get(order)

    def incoterm(self, code: str) -> Incoterm | None:
        """A delivery term that the law knows."""
        return self._incoterms.get(code)

    def charge(self, code: str) -> Charge | None:
        """A code of addition or deduction that the law knows."""
        return self._charges.get(code)

    def procedure(self, code: str) -> Procedure | None:
        """The procedure of four characters, or the entry for its first two where the law has no other."""
        return self._procedures.get(code) or self._procedures.get(code[:2])

    def reliefs(self, code: str) -> tuple[Relief, ...]:
        """What a claim of `code` (procedure, additional procedure, statement) takes off; empty when nothing."""
        return self._reliefs.get(code, ())

    def tax_type(self, code: str) -> TaxType | None:
        return self._tax_types.get(code)

    def order_of(self, tax_type: str) -> int:
        """Place of a tax type in the order of calculation; unknown types come before those charged on duties."""
        return self._order.get(tax_type, 50)

    def is_deferred(self, method: str) -> bool:
        """Whether a method of payment defers payment until after release."""
        return self.contents.payment_methods.get(method) == "deferred"

    def is_secured(self, method: str) -> bool:
        """Whether a method of payment puts money or an account down as a security."""
        return self.contents.payment_methods.get(method) == "secured"

    def security_type(self, cause: str) -> str:
        """The tax type under which a security for `cause` is booked when it is taken in money; empty when none is.

        A cause is the code of a relief or of a procedure, what became of the amount (relieved, suspended, deposited), or
        preference, quota, manual.
        """
        return self.contents.securities.get(cause, "")

    @cached_property
    def agencies(self) -> dict[str, Agency]:
        """The border agencies of the day, by code."""
        return {a.code: a for a in self.contents.agencies if a.validity.contains(self.date)}

    @cached_property
    def agency_documents(self) -> dict[str, AgencyDocument]:
        """What agencies issue on the day, by the code of the document."""
        return {d.code: d for d in self.contents.agency_documents if d.validity.contains(self.date)}

    @cached_property
    def electronic(self) -> frozenset[str]:
        """Codes of the documents that stand in the permit register."""
        return frozenset(code for code, d in self.agency_documents.items() if d.electronic)

    def codes(self, name: str) -> frozenset[str]:
        """A named code list. Raises KeyError for a name the Book does not have."""
        return self._lists[name]

    def list_of(self, name: str) -> frozenset[str]:
        """A code list that a Book may do without: empty where it has none of that name."""
        return self._lists.get(name, NOTHING)

    @property
    def lists(self) -> Mapping[str, frozenset[str]]:
        """Every named code list of the day, as rules may use them."""
        return self._lists

    # --- rules ----------------------------------------------------------------------------------------------------

    @cached_property
    def _rules(self) -> tuple[Any, Any]:
        rules = [r for r in self.contents.rules if r.validity.contains(self.date)]
        return self.book.compiled(rules, failing, self._lists)

    @cached_property
    def _criteria(self) -> tuple[Any, Any]:
        criteria = [c for c in self.contents.criteria if c.validity.contains(self.date)]
        return self.book.compiled(criteria, firing, self._lists)

    @cached_property
    def _agency_criteria(self) -> tuple[Any, Any] | None:
        criteria = [c for c in self.contents.agency_criteria if c.validity.contains(self.date)]
        return self.book.compiled(criteria, firing, self._lists) if criteria else None

    def check(self, header: Any, items: Sequence[Any]) -> tuple[Problem, ...]:
        """Every business rule that the declaration breaks, with its place."""
        (of_header, header_rules), (of_item, item_rules) = self._rules
        problems = [self._problem(header_rules[n], header, None, 0) for n in of_header(header, items)]
        for place, item in enumerate(items, 1):
            problems.extend(self._problem(item_rules[n], header, item, place) for n in of_item(header, item))
        return tuple(problems)

    def _problem(self, rule: BusinessRule, header: Any, item: Any, place: int) -> Problem:
        """What a broken rule says; of a code that is in no list, which list it was looked for in, and as of which day."""
        facts = msgspec.structs.asdict(header) | (msgspec.structs.asdict(item) if item is not None else {})
        value = facts.get(rule.value, "")
        shown = ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)
        hint, listed = rule.hint.get("en", ""), list_asked(rule)
        return Problem(
            rule.id,
            rule.text["en"].format(**facts),
            rule.where.format(item=place),
            with_list(hint, listed, self.date) if listed in self._lists else hint,
            shown[:60] if rule.value else "",
            "warning" if rule.severity == "warning" else "error",
        )

    def select(self, header: Any, items: Sequence[Any]) -> tuple[Hit, ...]:
        """Every criterion that fires, on the whole or on an item."""
        (of_header, header_rules), (of_item, item_rules) = self._criteria
        hits = [hit(header_rules[n], 0) for n in of_header(header, items)]
        for item in items:
            hits.extend(hit(item_rules[n], item.sequence) for n in of_item(header, item))
        return tuple(hits)

    def wishes(self, header: Any, items: Sequence[Any]) -> tuple[Wish, ...]:
        """What agencies want to see of the declaration."""
        if self._agency_criteria is None:
            return ()
        (of_header, header_rules), (of_item, item_rules) = self._agency_criteria
        found = [(header_rules[n], 0) for n in of_header(header, items)]
        for item in items:
            found.extend((item_rules[n], item.sequence) for n in of_item(header, item))
        return tuple(wish(c, item) for c, item in found)


def hit(criterion: Criterion, item: int) -> Hit:
    """What a criterion of the law says when it fires, on an item (its number) or on the whole (0)."""
    return Hit(criterion.id, criterion.lane, criterion.text["en"], item, criterion.source)


def wish(criterion: AgencyCriterion, item: int) -> Wish:
    """What an agency's criterion says when it fires."""
    return Wish(criterion.agency, criterion.id, criterion.check, criterion.text["en"], item, criterion.source)


def list_asked(rule: BusinessRule) -> str:
    """The code list that a rule holds its value against (``origin in countries``), or the empty string."""
    return next((listed for fact, listed in _ASKED.findall(rule.expression) if fact == rule.value), "")


def with_list(hint: str, listed: str, day: date) -> str:
    """A hint with the code list and the day whose codes count."""
    sentence = f"the list is {listed}, as of {day}"
    return f"{hint}; {sentence}" if hint else sentence[0].upper() + sentence[1:]
