"""Descriptions that say nothing: every word of them stands in the law's list of vague terms, and the law says what to write instead.

A parcel's description is often all that an officer has, so one that names no goods is refused at entry with a suggestion
(WCO SAFE Framework, annex II: acceptable and unacceptable goods descriptions; the terms and hints are the country's own).
"""

from __future__ import annotations

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.rules.functions import word_list

TERMS, ALONE, FILLERS, INITIALS, TYPES = (
    "vague_terms",
    "vague_alone",
    "vague_fillers",
    "telling_initials",
    "parcel_types",
)
"""Code lists of the law: words that name no goods, and words that name none while they stand alone (both with what to write
instead), words that do not count, abbreviations that do, and the types of declaration whose descriptions are held against them."""
RULE = "VagueDescription"
WHERE = "GoodsShipment/GovernmentAgencyGoodsItem[{item}]/Commodity/Description"
CODE = "sku"
"""The vague term whose hint is given where nothing but codes stands."""
VOWELS = frozenset("aeiouy")
LONGEST_CODE = 5
Hints = dict[str, tuple[str, str]]


def check(description: str, item: int, law: Law) -> Problem | None:
    """The problem of a description that names no goods, with the suggestion for its first word; None for any other.

    Numbers and codes count for nothing: what holds a digit, and one or two letters or a few without a vowel, except
    abbreviations that the law knows (TV). An empty description is the business of the form rules.
    """
    terms, alone = law.remembered(_hints)
    if not description.strip() or not terms:
        return None
    fillers, initials = law.list_of(FILLERS), law.list_of(INITIALS)
    telling = [w for w in word_list(description) if w not in fillers and (w in initials or not _is_code(w))]
    for hints in (terms, alone if len(set(telling)) == 1 else terms):
        if all(word in hints for word in telling):
            return _problem(
                description, item, hints[telling[0]] if telling else terms.get(CODE, next(iter(terms.values())))
            )
    return None


def _is_code(word: str) -> bool:
    """Whether a word is a size, a number or a mark of the seller's, and says nothing to others."""
    if any(c.isdigit() for c in word):
        return True
    return word.isascii() and (len(word) < 3 or (len(word) <= LONGEST_CODE and not VOWELS.intersection(word)))


def _problem(description: str, item: int, hint: tuple[str, str]) -> Problem:
    text, source = hint
    return Problem(
        RULE, "The description says nothing about the goods", WHERE.format(item=item), f"{text} ({source})",
        description[:60],
    )  # fmt: skip


def _hints(law: Law) -> tuple[Hints, Hints]:
    """Vague words, and those that are vague alone -> (what to write instead, by which law)."""
    there = [e for e in law.contents.entries if e.validity.contains(law.date)]
    terms, alone = ({e.code: (e.text["en"], e.source) for e in there if e.list == name} for name in (TERMS, ALONE))
    return terms, alone
