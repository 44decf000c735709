"""A layer of a country pack: the words that a loader adds to the law, and how they meet what the layer held before.

Every word has a key. Loading a file again meets the same keys with the same words and changes nothing; a word that
differs is changed, a new one added. A source that states a whole (all of a list, all of a nomenclature) also takes away
what it no longer says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import Any, NamedTuple

import msgspec

from customhouse.law.measure import Measure
from customhouse.law.terms import (
    Footnote,
    Line,
    ListEntry,
    Membership,
    Place,
    Procedure,
    ProductRule,
    Quota,
    Rate,
    Relief,
)
from customhouse.law.valuation import Charge, Incoterm


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one layer; the names are those of `Contents`."""

    lines: tuple[Line, ...] = ()
    measures: tuple[Measure, ...] = ()
    memberships: tuple[Membership, ...] = ()
    rates: tuple[Rate, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    reliefs: tuple[Relief, ...] = ()
    quotas: tuple[Quota, ...] = ()
    incoterms: tuple[Incoterm, ...] = ()
    charges: tuple[Charge, ...] = ()
    product_rules: tuple[ProductRule, ...] = ()
    footnotes: tuple[Footnote, ...] = ()
    entries: tuple[ListEntry, ...] = ()
    places: tuple[Place, ...] = ()


class Part(NamedTuple):
    """A part of a layer: its file, the key of a word in it, the whole that a word belongs to, and what must not overlap."""

    file: str
    key: Callable[[Any], tuple[Any, ...]]
    whole: Callable[[Any], str]
    same: Callable[[Any], tuple[Any, ...]] | None = None


def same_measure(m: Measure) -> tuple[Any, ...]:
    """What makes two measures the same in all but their time; two of the same must not overlap (TARIC rule ME32)."""
    parts = (m.code, m.area, m.tax_type, m.preference, m.additional_code, m.order)
    return (*parts, m.procedures, m.documents, m.kind, m.flow)


def clash(one: Any, other: Any) -> bool:
    """Whether two words can be in force on one day. A season is the exception to the whole year."""
    if not one.validity.overlaps(other.validity):
        return False
    mine, others = getattr(one, "season", None), getattr(other, "season", None)
    if mine is None or others is None:
        return mine is others
    return bool(mine.overlaps(others))


def _dated(field: str) -> Callable[[Any], tuple[Any, ...]]:
    return lambda word: (getattr(word, field), word.validity.start)


def _field(field: str) -> Callable[[Any], tuple[Any, ...]]:
    return lambda word: (getattr(word, field),)


def _all(_: Any) -> str:
    return ""


PARTS: dict[str, Part] = {
    "lines": Part("nomenclature.csv", _dated("code"), _all, _field("code")),
    "measures": Part("measures.csv", _field("id"), _all, same_measure),
    "memberships": Part(
        "areas.csv", lambda w: (w.group, w.country, w.validity.start), lambda w: w.group, lambda w: (w.group, w.country)
    ),
    "rates": Part("rates.csv", _dated("currency"), lambda w: w.currency, _field("currency")),
    "procedures": Part("procedures.csv", _dated("code"), _all, _field("code")),
    "reliefs": Part("reliefs.csv", _dated("code"), _all),
    "quotas": Part("quotas.csv", _dated("order"), _all, _field("order")),
    "incoterms": Part("incoterms.csv", _dated("code"), _all, _field("code")),
    "charges": Part("charges.csv", _dated("code"), _all, _field("code")),
    "product_rules": Part(
        "product_rules.csv", lambda w: (w.rules, w.low, w.high, w.heading, w.goods, w.text), lambda w: w.rules
    ),
    "footnotes": Part("footnotes.csv", _dated("code"), _all, _field("code")),
    "entries": Part(
        "lists.csv", lambda w: (w.list, w.code, w.validity.start), lambda w: w.list, lambda w: (w.list, w.code)
    ),
    "places": Part("places.csv", _dated("code"), _all, _field("code")),
}


class Changes(msgspec.Struct, frozen=True):
    """What loading did to a part of a layer, in words of the law."""

    part: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    same: int = 0


def merge(old: Layer, new: Layer, wholes: Iterable[tuple[str, str]] = ()) -> tuple[Layer, tuple[Changes, ...]]:
    """`old` with the words of `new`, in order of key, and what that changed.

    `wholes` names (part, whole) that `new` states completely: what `old` says there and `new` does not is taken away.
    """
    stated = set(wholes)
    made: dict[str, tuple[Any, ...]] = {}
    changes = []
    for name, part in PARTS.items():
        was = {part.key(w): w for w in getattr(old, name)}
        becomes = {part.key(w): w for w in getattr(new, name)}
        gone = {k for k, w in was.items() if k not in becomes and {(name, part.whole(w)), (name, "*")} & stated}
        kept = {k: w for k, w in was.items() if k not in gone} | becomes
        made[name] = tuple(kept[k] for k in sorted(kept))
        added = len(becomes.keys() - was.keys())
        changed = sum(1 for k, w in becomes.items() if k in was and was[k] != w)
        if kept or gone:
            changes.append(Changes(name, added, changed, len(gone), len(kept) - added - changed))
    return Layer(**made), tuple(changes)


def ordered(layer: Layer) -> Layer:
    """The same words in the order in which they are written."""
    return Layer(**{name: tuple(sorted(getattr(layer, name), key=part.key)) for name, part in PARTS.items()})


def overlaps(words: Iterable[Any], part: str) -> Iterator[tuple[Any, Any]]:
    """Every (word, earlier word of the same) that can be in force on one day; a part whose words may gives none."""
    same = PARTS[part].same
    if same is None:
        return
    groups: dict[Any, list[Any]] = {}
    for word in words:
        groups.setdefault(same(word), []).append(word)
    for dated in groups.values():
        dated.sort(key=lambda w: w.validity.start)
        yield from ((other, one) for one, other in combinations(dated, 2) if clash(one, other))


def without_overlaps(words: Iterable[Any], part: str) -> tuple[tuple[Any, ...], list[tuple[Any, Any]]]:
    """The words that stand, and (word, the one it overlaps) of those left out: of two, the one that begins earlier stands."""
    same = PARTS[part].same
    assert same is not None, part
    stood: dict[Any, list[Any]] = {}
    left_out = []
    stands = []
    for word in sorted(words, key=lambda w: (w.validity.start, PARTS[part].key(w))):
        before = stood.setdefault(same(word), [])
        if (against := next((b for b in before if clash(b, word)), None)) is not None:
            left_out.append((word, against))
        else:
            before.append(word)
            stands.append(word)
    return tuple(stands), left_out


def orphans(lines: Iterable[Line]) -> list[Line]:
    """Lines below a heading that no other line stands above: a heading for them is missing."""
    found = list(lines)
    codes = {line.code for line in found}
    return [
        line
        for line in found
        if len(line.code) > 2
        and not any(line.code[:n] in codes for n in range(2 if len(line.code) == 4 else 4, len(line.code)))
    ]


def circle(members: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """A circle of groups of origins that contain one another, from a group back to itself; empty when there is none."""
    done: set[str] = set()
    for start in sorted(members):
        path: list[str] = []
        found = _walk(start, members, path, done)
        if found:
            return found
    return ()


def _walk(group: str, members: Mapping[str, Iterable[str]], path: list[str], done: set[str]) -> tuple[str, ...]:
    if group in path:
        return (*path[path.index(group) :], group)
    if group in done:
        return ()
    path.append(group)
    for member in sorted(members.get(group, ())):
        if member in members and (found := _walk(member, members, path, done)):
            return found
    path.pop()
    done.add(group)
    return ()
