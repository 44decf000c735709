"""Descriptions that say nothing: every word of them stands in the law's list of vague terms, and the law says what to write instead.

A parcel's description is often all that an officer has, so one that names no goods is refused at entry with a suggestion and with
kinds of goods that go by the word (WCO SAFE Framework, annex II: acceptable and unacceptable goods descriptions; the terms, hints and
kinds are the country's own, and so is the tariff).
"""

from __future__ import annotations

from typing import NamedTuple

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.rules.functions import word_list

TERMS, ALONE, CANDIDATES = "vague_terms", "vague_alone", "vague_candidates"
"""Code lists of the law: words that name no goods, and words that name none while they stand alone (both with what to write
instead), and kinds of goods, with their headings, that may be meant by a word."""
FILLERS, INITIALS, TYPES = "vague_fillers", "telling_initials", "parcel_types"
"""Words that do not count, abbreviations that do, and the types of declaration whose descriptions are held against all this."""
HEADS, PARTS, WHOLES, ENDINGS, ENDINGS_NOT = (
    "vague_heads", "vague_parts", "vague_wholes", "vague_endings", "vague_endings_not",
)  # fmt: skip
"""Nouns that name a class of goods; those that mean parts, and what has parts; ends of words that only describe, and what ends in
them all the same."""
LISTS = (TERMS, ALONE, FILLERS, INITIALS, HEADS, PARTS, WHOLES, ENDINGS, ENDINGS_NOT, TYPES)
"""All of them that say whether a description is vague."""
RULE = "VagueDescription"
WHERE = "GoodsShipment/GovernmentAgencyGoodsItem[{item}]/Commodity/Description"
CODE = "sku"
"""The vague term whose hint is given where nothing but codes stands."""
VOWELS = frozenset("aeiouy")
LONGEST_CODE = 5
SHORTEST = 6
"""Letters of a word that is judged by its end."""
MOST_KINDS = 3
FEWEST_DIGITS = 3
"""Digits of a reference, at least."""
IDLE, VAGUE, NAMES = range(3)
MOST_WORDS = 100_000
Hints = dict[str, tuple[str, str]]


class _Known(NamedTuple):
    """The words of the law: (what to write instead, by which law) of vague words and of those that are vague alone, kinds of goods by
    word, headings of the tariff by word, and the lists."""

    terms: Hints
    alone: Hints
    kinds: dict[str, str]
    tariff: dict[str, list[str]]
    fillers: frozenset[str]
    initials: frozenset[str]
    heads: frozenset[str]
    parts: frozenset[str]
    wholes: frozenset[str]
    endings: tuple[str, ...]
    endings_not: frozenset[str]
    kind: dict[str, int]
    """What was found out about words so far."""


def check(description: str, item: int, law: Law) -> Problem | None:
    """The problem of a description that names no goods, with the suggestion for the word that matters; None for any other.

    Numbers and codes count for nothing: what holds a digit, and one or two letters or a few without a vowel, except
    abbreviations that the law knows (TV). A noun that names a class of goods (supplies) says nothing either with one word
    before it. An empty description is the business of the form rules.
    """
    known = law.remembered(_known)
    if not description.strip() or not known.terms:
        return None
    told = _found(description, known)
    return None if told is None else _problem(description, item, told, known)


def _found(description: str, known: _Known) -> str | None:
    """The vague word whose hint is given, where there is no other; None where goods are named."""
    telling: list[str] = []
    named = ""
    for word in word_list(_without_references(description)):
        kind = known.kind.get(word)
        if kind is None:
            kind = _learnt(word, known)
        if kind == IDLE:
            continue
        if kind == NAMES:
            if named and word != named:
                return None
            named = word
        telling.append(word)
    if not telling:
        return CODE if CODE in known.terms else next(iter(known.terms))
    if not named:
        told = [word for word in telling if word in known.terms] or [next(iter(known.terms))]
        return next((word for word in told if word in known.kinds), told[0])
    if len(set(telling)) == 1:
        return named if named in known.alone else None
    last = telling[-1]
    if last != named and last in known.terms:
        return last if last in known.heads or (last in known.parts and named not in known.wholes) else None
    return None


def _without_references(text: str) -> str:
    """The text without references (EXCH-T01043252): what is joined of parts and at least three tenths digits."""
    if text.isascii() and ("-" in text or "_" in text or "/" in text):
        return " ".join(one for one in text.split() if not _is_reference(one))
    return text


def _is_reference(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    letters = sum(map(str.isalpha, text))
    return digits >= FEWEST_DIGITS and digits * 10 >= (digits + letters) * 3 and not text.isalnum()


def _learnt(word: str, known: _Known) -> int:
    """Whether a word says nothing at all, is vague, or names something; remembered."""
    if len(known.kind) >= MOST_WORDS:
        known.kind.clear()
    if word in known.fillers or (word not in known.initials and _is_code(word)):
        kind = IDLE
    else:
        kind = VAGUE if _is_vague(word, known) else NAMES
    known.kind[word] = kind
    return kind


def _is_vague(word: str, known: _Known) -> bool:
    if word in known.terms:
        return True
    return len(word) >= SHORTEST and word.endswith(known.endings) and word not in known.endings_not


def _is_code(word: str) -> bool:
    """Whether a word is a size, a number or a mark of the seller's, and says nothing to others."""
    if any(c.isdigit() for c in word):
        return True
    return word.isascii() and (len(word) < 3 or (len(word) <= LONGEST_CODE and not VOWELS.intersection(word)))


def _problem(description: str, item: int, word: str, known: _Known) -> Problem:
    text, source = known.terms.get(word) or known.alone[word]
    told = known.kinds.get(word) or "; ".join(known.tariff.get(_one(word), ()) if word in known.alone else ())
    kinds = f". Goods that may be meant by {word}: {told}" if told else ""
    return Problem(
        RULE, "The description says nothing about the goods", WHERE.format(item=item), f"{text} ({source}){kinds}",
        description[:60],
    )  # fmt: skip


def _one(word: str) -> str:
    """One of what an English word is the plural of, near enough to find it in the tariff."""
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _known(law: Law) -> _Known:
    there = [e for e in law.contents.entries if e.validity.contains(law.date)]
    terms, alone = ({e.code: (e.text["en"], e.source) for e in there if e.list == name} for name in (TERMS, ALONE))
    lists = {name: law.list_of(name) for name in (FILLERS, INITIALS, HEADS, PARTS, WHOLES, ENDINGS_NOT)}
    return _Known(
        terms, alone, {e.code: e.text["en"] for e in there if e.list == CANDIDATES}, _headings(law, {*map(_one, alone)}),
        lists[FILLERS], lists[INITIALS], lists[HEADS], lists[PARTS], lists[WHOLES],
        tuple(sorted(law.list_of(ENDINGS))), lists[ENDINGS_NOT], {},
    )  # fmt: skip


def _headings(law: Law, wanted: set[str]) -> dict[str, list[str]]:
    """The first headings of the tariff whose text has one of these words, as they are shown. What stands behind "in" says in what
    state goods are (eggs in shell), and not which."""
    found: dict[str, list[str]] = {}
    for line in law.contents.lines:
        if len(line.code) == 4 and line.validity.contains(law.date):
            for word in wanted.intersection(map(_one, word_list(line.text["en"].partition(" in ")[0]))):
                kinds = found.setdefault(word, [])
                if len(kinds) < MOST_KINDS:
                    kinds.append(f"{line.text['en'].lower()} ({line.code})")
    return found
