"""Descriptions that say nothing: no word of them names goods, by the law's lists of words, and the law says what to write instead.

A parcel's description is often all that an officer has, so one that names no goods is refused at entry with a suggestion and with
kinds of goods that go by the word (WCO SAFE Framework, annex II: acceptable and unacceptable goods descriptions; the words, hints
and kinds are the country's own, and so is the tariff).
"""

from __future__ import annotations

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.rules.functions import word_list
from customhouse.offices.longroom.vague_lexicon import (
    COLOURS,
    COMPOUNDS,
    ENDS,
    GARBLED,
    HEADS,
    HUES,
    IDLE,
    LISTS,
    LOOKS,
    MATERIALS,
    NAMED,
    NAMES,
    PARTS,
    QUALITIES,
    SAYS,
    SHADE,
    SHADES,
    SHORTENED,
    SIZES,
    TERMS,
    TYPES,
    VAGUE,
    WHOLES,
    Known,
    is_garbled,
    known_words,
    one,
)  # fmt: skip

__all__ = ["LISTS", "RULE", "TYPES", "check"]

RULE = "VagueDescription"
WHERE = "GoodsShipment/GovernmentAgencyGoodsItem[{item}]/Commodity/Description"
CODE = "sku"
"""The vague term whose hint is given where nothing but codes stands."""
ATTRIBUTES = frozenset((COLOURS, SIZES, QUALITIES, LOOKS))
"""Kinds of words that say how goods are."""
MAKERS = frozenset((LOOKS, QUALITIES, SIZES))
"""Kinds of words that makers give their goods for a name (ultra slim, extra long), so that more of them prove nothing."""
FEWEST_DIGITS = 3
"""Digits of a reference, at least."""
MOST_SHORTENED = 1
"""Words without a vowel in a text, more of which are abbreviations of words that may name goods (clr brw mscr)."""
MOST_SAID = 6
"""Words of a text that everyday words and names are all of; longer ones are by people who describe."""


def check(description: str, item: int, law: Law) -> Problem | None:
    """The problem of a description that names no goods, with the suggestion for the word that matters; None for any other.

    Numbers and codes count for nothing: what holds a digit, and one or two letters or a few without a vowel, except
    abbreviations that the law knows (TV). A noun that names a class of goods (supplies) says nothing either with one word
    before it, and everyday words, looks and names say nothing where they are all there is. An empty description is the business
    of the form rules.
    """
    known = law.remembered(known_words)
    if not description.strip() or not known.terms:
        return None
    told = _found(description, known)
    return None if told is None else _problem(description, item, told, known)


def _found(description: str, known: Known) -> str | None:
    """The vague word or kind whose hint is given, where nothing names goods; None where something does."""
    words = word_list(_without_references(description))
    if words and words[-1] in known.ends:
        return ENDS
    found, telling = known.found, []
    named, says, shortened = "", "", 0
    for n, word in enumerate(words):
        kind = found.get(word)
        if kind is None:
            kind = known.kind(word)
        if kind <= SHORTENED:
            shortened += kind
            continue
        telling.append(word)
        if kind == SHADE:
            kind = _here(words, n, description, known)
        if kind == NAMES:
            if named and word != named:
                return SHADES if words[0] in known.tints and _is_colour_and_size(description, known) else None
            named = word
        elif kind == SAYS:
            says = says or word
    if not telling:
        return _of_nothing(description, shortened, known)
    if named:
        return _beside(named, says, telling, known) or (
            SHADES if words[0] in known.tints and _is_colour_and_size(description, known) else None
        )
    if (
        shortened > MOST_SHORTENED
        or _is_inverted(telling, description, known)
        or (says and not _is_said(telling, known))
    ):
        return None
    return _told(telling, says, known)


def _of_nothing(description: str, shortened: int, known: Known) -> str | None:
    """The hint of a text of codes; None where words may be abbreviated."""
    if is_garbled(description):
        return GARBLED
    return None if shortened > MOST_SHORTENED else CODE if CODE in known.terms else next(iter(known.terms))


def _beside(named: str, says: str, telling: list[str], known: Known) -> str | None:
    """The hint of a text with one word that may name goods; None where it does."""
    if len(set(telling)) == 1 and named in known.alone:
        return named
    last, lists = telling[-1], known.lists
    if last != named and not says and (last in lists[HEADS] or (last in lists[PARTS] and named not in lists[WHOLES])):
        return last
    return None


def _is_said(telling: list[str], known: Known) -> bool:
    """Whether everyday words, looks and names say nothing: not in a long text, not where they make a name with a noun (running
    machine), nor a name that may be that of goods: one alone, and looks with sizes and qualities."""
    if len(telling) > MOST_SAID or not known.lists[COMPOUNDS].isdisjoint(telling):
        return False
    lists = {known.why(word) for word in telling}
    if lists == {NAMED}:
        return len(telling) > 1
    return not (lists <= MAKERS and LOOKS in lists and len(lists) > 1)


def _is_inverted(telling: list[str], description: str, known: Known) -> bool:
    """Whether a class of goods and then a material is told, as tariffs do (apparel, leather): together they are a heading."""
    return "," in description and known.listed.get(telling[0]) == TERMS and known.listed.get(telling[-1]) == MATERIALS


def _here(words: list[str], n: int, description: str, known: Known) -> int:
    """What a word for goods does that may stand for a colour, as it does right before the name of one (sky blue)."""
    if n + 1 < len(words) and words[n + 1] in known.lists[HUES] and f"{words[n]} {words[n + 1]}" in description.lower():
        return VAGUE
    return SAYS if words[n] in known.listed else NAMES


def _is_colour_and_size(description: str, known: Known) -> bool:
    """Whether a text is a colour, perhaps by the name of goods, a comma and a size (mushroom, EU 38)."""
    colour, comma, size = description.partition(",")
    words, sizes = word_list(colour), word_list(size)
    return bool(
        comma
        and words
        and known.tints.issuperset(words)
        and any(known.listed.get(word) == SIZES for word in sizes)
        and all(known.kind(word) == IDLE or known.listed.get(word) in ATTRIBUTES for word in sizes)
    )


def _told(telling: list[str], says: str, known: Known) -> str:
    """The word whose hint is given: one for which the law has kinds of goods, or else the everyday word or name, or the first;
    for words that tell different things of how goods are, that they do."""
    word = next((word for word in telling if word in known.candidates), "")
    if word:
        return word
    if says:
        return known.why(says)
    told = [word for word in telling if word in known.terms]
    if not told:
        return next(iter(known.terms))
    lists = {known.listed[word] for word in told}
    if lists == {COLOURS, SIZES}:
        return SHADES
    return LOOKS if len(lists) > 1 and lists <= ATTRIBUTES else told[0]


def _without_references(text: str) -> str:
    """The text without references (EXCH-T01043252): what is joined of parts and at least three tenths digits."""
    if text.isascii() and ("-" in text or "_" in text or "/" in text):
        return " ".join(one for one in text.split() if not _is_reference(one))
    return text


def _is_reference(text: str) -> bool:
    digits = sum(map(str.isdigit, text))
    letters = sum(map(str.isalpha, text))
    return digits >= FEWEST_DIGITS and digits * 10 >= (digits + letters) * 3 and not text.isalnum()


def _problem(description: str, item: int, word: str, known: Known) -> Problem:
    text, source = known.terms.get(word) or known.alone.get(word) or known.instead[word]
    told = known.candidates.get(word) or "; ".join(known.tariff.get(one(word), ()) if word in known.alone else ())
    kinds = f". Goods that may be meant by {word}: {told}" if told else ""
    return Problem(
        RULE, "The description says nothing about the goods", WHERE.format(item=item), f"{text} ({source}){kinds}",
        description[:60],
    )  # fmt: skip
