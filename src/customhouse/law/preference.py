"""Preferences in the Book: which agreements an origin may claim under, which product rules speak for a code.

A group of origins may belong to another group (a community to a wider area); a circle of groups is a mistake in the law.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations

from customhouse.kernel.problem import Problem
from customhouse.law.terms import Agreement, Membership, ProductRule

# What makes goods originating, as product rules are classed (WTO Agreement on Rules of Origin, annex II, and the
# origin protocols in use): the words of `ProductRule.classes`.
CLASSES = {
    "WO": "wholly obtained",
    "ORIGINATING": "made of originating materials",
    "ORIG_RETAINED": "origin is kept",
    "CC": "change of chapter",
    "CTH": "change of heading",
    "CTSH": "change of subheading",
    "AH": "materials of any heading",
    "MAXNOM": "a highest share of non-originating materials",
    "MAXNOM_OM": "a highest share of non-originating materials of some kinds",
    "MINOM": "a lowest share of originating materials",
    "MINOM_VALUE": "a lowest value of originating materials",
    "MAXWEIGHT": "a highest weight of some materials",
    "RVC": "regional value content",
    "PRODUCTION_FROM": "made from named materials",
    "PROCESSING": "a named process",
    "PROCESSING_TEXTILE": "a named process of textiles",
    "MINOP": "a lowest number of operations",
    "INSUFFICIENT": "more than minimal working",
    "SET": "sets of goods",
    "SP": "as its words say",
    "EXCEPT": "with exceptions",
    "INCLUDING": "with inclusions",
    "TOLERANCE": "with a tolerance",
    "RESTRICTION": "with a restriction",
}

Groups = Mapping[str, set[str]]


class Preferences:
    """The agreements in force on one day, found by origin, and their product rules, found by code."""

    def __init__(
        self, agreements: Sequence[Agreement], product_rules: Sequence[ProductRule], groups: Groups, day: date
    ) -> None:
        self._all, self._rules, self._groups, self._day = agreements, product_rules, groups, day
        self._found: dict[tuple[str, str], tuple[ProductRule, ...]] = {}
        self._chapters: dict[str, dict[str, list[ProductRule]]] | None = None

    def covers(self, agreement: Agreement, area: str) -> bool:
        """Whether a country or group belongs to the agreement, itself or through a group of it."""
        return not {area, *self._groups.get(area, ())}.isdisjoint(agreement.areas)

    def of(self, origin: str, preference: str) -> tuple[Agreement, ...]:
        """The agreements in force under which goods of `origin` may be given the preference code `preference`."""
        return tuple(a for a in self.ever(origin, preference) if a.validity.contains(self._day))

    def ever(self, origin: str, preference: str) -> tuple[Agreement, ...]:
        """The same of any day, with the groups of this day: for saying that one has ended, or has not begun."""
        return tuple(a for a in self._all if begins(preference, a.preferences) and self.covers(a, origin))

    def rules(self, agreement: Agreement, code: str) -> tuple[ProductRule, ...]:
        """Every product rule whose range holds the code or a part of it, narrowest range first."""
        found = self._found.get((agreement.rules, code))
        if found is None:
            found = self._found[agreement.rules, code] = tuple(self._look_up(agreement.rules, code))
        return found

    def _look_up(self, rules: str, code: str) -> list[ProductRule]:
        if not rules or len(code) < 2:
            return []
        if self._chapters is None:
            self._chapters = _by_chapter(self._rules)
        low, high = code[:10].ljust(10, "0"), code[:10].ljust(10, "9")
        of_chapter = self._chapters.get(rules, {}).get(code[:2], ())
        hits = [r for r in of_chapter if r.low <= high and low <= r.high]
        return sorted(hits, key=lambda r: int(r.high) - int(r.low))


def begins(code: str, beginnings: Iterable[str]) -> bool:
    """Whether a code is one of these, or begins with one of them."""
    return any(code.startswith(b) for b in beginnings)


def _by_chapter(rules: Iterable[ProductRule]) -> dict[str, dict[str, list[ProductRule]]]:
    found: dict[str, dict[str, list[ProductRule]]] = {}
    for rule in rules:
        chapters = found.setdefault(rule.rules, {})
        for chapter in range(int(rule.low[:2]), int(rule.high[:2]) + 1):
            chapters.setdefault(f"{chapter:02d}", []).append(rule)
    return found


# --- groups in groups ------------------------------------------------------------------------------------------------


def with_outer_groups(groups: dict[str, set[str]]) -> dict[str, set[str]]:
    """Country or group -> all the groups it belongs to, those of its groups included."""
    named = set().union(*groups.values()) if groups else set()
    if named.isdisjoint(groups):
        return groups
    return {member: _outer(member, groups) for member in groups}


def _outer(member: str, groups: Groups) -> set[str]:
    found: set[str] = set()
    waiting = [member]
    while waiting:
        new = groups.get(waiting.pop(), set()) - found
        found |= new
        waiting.extend(new)
    return found


def circles(memberships: Sequence[Membership]) -> list[tuple[str, ...]]:
    """Every chain of groups that comes back to its beginning on some day: (A, B, A) for A in B and B in A."""
    named = {m.group for m in memberships}
    nested = [m for m in memberships if m.country in named]
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for day in sorted({m.validity.start for m in nested}):
        edges: dict[str, set[str]] = {}
        for m in nested:
            if m.validity.contains(day):
                edges.setdefault(m.country, set()).add(m.group)
        for group in sorted(edges):
            if (chain := _way_back(group, edges)) is not None:
                found.setdefault(frozenset(chain), chain)
    return list(found.values())


def _way_back(start: str, edges: Groups) -> tuple[str, ...] | None:
    """The shortest chain from a group back to itself."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for way in ways:
        for outer in sorted(edges.get(way[-1], ())):
            if outer == start:
                return (*way, start)
            if outer not in seen:
                seen.add(outer)
                ways.append((*way, outer))
    return None


# --- what is wrong in a pack -----------------------------------------------------------------------------------------


def check(
    memberships: Sequence[Membership], agreements: Sequence[Agreement], rules: Sequence[ProductRule]
) -> list[Problem]:
    """Everything wrong in the groups, agreements and product rules of a pack."""
    circular = [
        Problem(
            "CircularGroup",
            "a group of origins is a member of itself",
            "areas.csv",
            "Take one of these memberships out",
            " in ".join(chain),
        )
        for chain in circles(memberships)
    ]
    groups, sets = {m.group for m in memberships}, {r.rules for r in rules}
    return [*circular, *_wrong_agreements(agreements, groups, sets), *_wrong_rules(rules)]


def _wrong_agreements(agreements: Sequence[Agreement], groups: set[str], sets: set[str]) -> Iterator[Problem]:
    for one, other in combinations(agreements, 2):
        if one.id == other.id and one.validity.overlaps(other.validity):
            yield _invalid("this agreement stands twice for the same day", f"agreements.toml:{one.id}")
    for agreement in agreements:
        place = f"agreements.toml:{agreement.id}"
        for area in agreement.areas:
            if area not in groups and len(area) != 2:
                yield _invalid("the area is no country and no group of areas.csv", place, area)
        if not agreement.areas:
            yield _invalid("an agreement names the countries or groups that may claim under it", place)
        if not agreement.source:
            yield _invalid("an agreement names its legal source", place)
        if agreement.rules and agreement.rules not in sets:
            yield _invalid("there are no product rules of this name in product_rules.csv", place, agreement.rules)


def _wrong_rules(rules: Sequence[ProductRule]) -> Iterator[Problem]:
    for rule in rules:
        place = f"product_rules.csv:{rule.rules} {rule.heading}"
        if not all(len(c) == 10 and c.isascii() and c.isdigit() for c in (rule.low, rule.high)):
            yield _invalid("a range of codes is written with ten digits each", place, f"{rule.low}-{rule.high}")
        elif rule.low > rule.high:
            yield _invalid("the range of codes ends before it begins", place, f"{rule.low}-{rule.high}")
        for word in rule.classes:
            if word not in CLASSES:
                yield _invalid("the class of the rule is not known", place, word)


def _invalid(label: str, place: str, value: str = "") -> Problem:
    return Problem("InvalidLaw", label, place, "", value[:60])
