"""Words of descriptions: which name goods, and what the others say instead, by lists of the law and by how words are built.

Vague words are listed by kind (colours, sizes, qualities, materials, names, everyday words), because a refusal is to say what is
missing, and because kinds do different things beside a noun: *steel box* names goods and *black box* does not.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from customhouse.law.book import Law
from customhouse.law.rules.functions import word_list

TERMS, ALONE, CANDIDATES = "vague_terms", "vague_alone", "vague_candidates"
"""Code lists of the law: words that name no goods, and words that name none while they stand alone (both with what to write
instead), and kinds of goods, with their headings, that may be meant by a word."""
COLOURS, SIZES, QUALITIES, MATERIALS = "vague_colours", "vague_sizes", "vague_qualities", "vague_materials"
"""Words that name no goods by what they tell, each with what to write instead as well."""
KINDS = "vague_kinds"
"""What to write instead of words that are listed without that (SPEECH, LOOKS, NAMES, SHADES), and of GARBLED and ROMANISED text."""
SPEECH, LOOKS, NAMED, SHADES, HUES = "vague_speech", "vague_looks", "vague_names", "vague_shades", "vague_hues"
"""Everyday words, what is said of how goods look, names and brands, goods that stand for a colour, and before which colours."""
GARBLED, ROMANISED = "vague_garbled", "vague_romanised"
FILLERS, INITIALS, TYPES = "vague_fillers", "telling_initials", "parcel_types"
"""Words that do not count, abbreviations that do, and the types of declaration whose descriptions are held against all this."""
HEADS, PARTS, WHOLES, ENDINGS, ENDINGS_NOT, COMPOUNDS, ENDS = (
    "vague_heads", "vague_parts", "vague_wholes", "vague_endings", "vague_endings_not", "vague_compounds", "vague_ends",
)  # fmt: skip
"""Nouns that name a class of goods; those that mean parts, and what has parts; ends of words that only describe, and what ends in
them all the same; nouns that everyday words make a name with (running machine); companies and services that end a text."""
TOLD = (TERMS, COLOURS, SIZES, QUALITIES, MATERIALS)
"""Lists of vague words with what to write instead."""
PLAIN = (
    FILLERS,
    INITIALS,
    HEADS,
    PARTS,
    WHOLES,
    ENDINGS,
    ENDINGS_NOT,
    COMPOUNDS,
    ENDS,
    SPEECH,
    LOOKS,
    NAMED,
    SHADES,
    HUES,
)
"""Lists of nothing but words."""
LISTS = (*TOLD, ALONE, KINDS, *PLAIN, TYPES)
"""All of them that say whether a description is vague."""
IDLE, SHORTENED, VAGUE, SAYS, NAMES, SHADE = range(6)
"""A word says nothing at all (0), is short for another (1: they are counted), is vague, is an everyday word or a name, or names
something; or it may stand for a colour, by where it stands."""
VOWELS = frozenset("aeiouy")
LONGEST_CODE = 5
SHORTEST_SHORTENED = 3
SHORTEST = 6
"""Letters of a word that is judged by its end."""
MOST_KINDS = 3
MOST_WORDS = 100_000
LATIN = "\u024f"
"""The last letter of the Latin blocks that text read in the wrong code comes out in."""
CJK = "\u2e80"
"""The first sign of the scripts of China, Japan and Korea."""
Hints = dict[str, tuple[str, str]]

_SYLLABLE = re.compile(
    r"(?:zh|ch|sh|[bpmfdtnlgkhjqxrzcsyw])"
    r"(?:iang|iong|uang|ueng|iao|ian|ing|uai|uan|ang|eng|ong|iu|ie|ia|in|ui|uo|un|ua|ue|ai|ei|ao|ou|an|en|a|o|e|i|u)"
)
_WHOLLY = re.compile(rf"(?:{_SYLLABLE.pattern})+")
_CHINESE = re.compile(r"zh|[xq]i|[xq]u|j[iu][aeo]|[iu]ang|iong|iao|uo|ou")
"""What hardly stands in words of European languages: two of these make a word of such syllables Chinese."""
ENOUGH = 2


class Known(NamedTuple):
    """The words of the law: (what to write instead, by which law) of vague words, of those that are vague alone and of kinds,
    kinds of goods by word, headings of the tariff by word, and the lists."""

    terms: Hints
    alone: Hints
    instead: Hints
    listed: dict[str, str]
    """The list in which a vague word stands."""
    candidates: dict[str, str]
    tariff: dict[str, list[str]]
    lists: dict[str, frozenset[str]]
    endings: tuple[str, ...]
    ends: frozenset[str]
    tints: frozenset[str]
    """Colours, and goods that may stand for one."""
    found: dict[str, int]
    """What was found out about words so far."""

    def kind(self, word: str) -> int:
        """What a word does for a description; remembered."""
        found = self.found.get(word)
        if found is None:
            if len(self.found) >= MOST_WORDS:
                self.found.clear()
            found = self.found[word] = _judged(word, self)
        return found

    def why(self, word: str) -> str:
        """The list that says what to write instead of a vague word."""
        return self.listed.get(word) or (ROMANISED if is_romanised(word) else TERMS)


def _judged(word: str, known: Known) -> int:
    lists = known.lists
    if word in lists[FILLERS] or is_garbled(word):
        return IDLE
    if word not in lists[INITIALS] and _is_code(word):
        return SHORTENED if len(word) >= SHORTEST_SHORTENED and word.isalpha() and word not in known.terms else IDLE
    if word in known.terms or word in known.ends or _is_run_together(word, known) or _is_by_its_end(word, known):
        return VAGUE
    if word in lists[SHADES]:
        return SHADE
    return SAYS if word in known.listed or (word not in known.alone and is_romanised(word)) else NAMES


def _is_by_its_end(word: str, known: Known) -> bool:
    """Whether the end of a word tells that it only describes (decorative)."""
    if len(word) < SHORTEST or not word.endswith(known.endings):
        return False
    return word not in known.lists[ENDINGS_NOT] and word not in known.alone


def _is_code(word: str) -> bool:
    """Whether a word is a size, a number or a mark of the seller's, and says nothing to others."""
    if any(c.isdigit() for c in word):
        return True
    return word.isascii() and (len(word) < 3 or (len(word) <= LONGEST_CODE and not VOWELS.intersection(word)))


def _is_run_together(word: str, known: Known) -> bool:
    """Whether a word is of signs that stand without spaces between words (红色大号), and all words in it are vague."""
    if all(c < CJK for c in word):
        return False
    reached = {0}
    for end in range(1, len(word) + 1):
        if any(word[start:end] in known.listed or word[start:end].isascii() for start in reached):
            reached.add(end)
    return len(word) in reached


def is_garbled(text: str) -> bool:
    """Whether the letters of a text are what other letters become when UTF-8 or another code is read as Latin: none of them is
    of the plain alphabet, and none of another script."""
    letters = [c for c in text if c.isalpha()]
    return bool(letters) and not any(c.isascii() or c > LATIN for c in letters)


def is_romanised(word: str) -> bool:
    """Whether a word is Chinese in Latin letters without tones (shouji, dianzi): nothing but its syllables, and at least two
    spellings that European words hardly have."""
    return _WHOLLY.fullmatch(word) is not None and (word.startswith("zh") or len(_CHINESE.findall(word)) >= ENOUGH)


def one(word: str) -> str:
    """One of what an English word is the plural of, near enough to find it in the tariff."""
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def known_words(law: Law) -> Known:
    """The words of the law of a day; asked by `law.remembered`."""
    there = [e for e in law.contents.entries if e.validity.contains(law.date)]
    told = {e.code: (e.text["en"], e.source) for e in there if e.list in TOLD}
    alone, instead = ({e.code: (e.text["en"], e.source) for e in there if e.list == name} for name in (ALONE, KINDS))
    lists = {name: law.list_of(name) for name in PLAIN}
    listed = {word: name for name in (SPEECH, LOOKS, NAMED) for word in lists[name]}
    listed |= {e.code: e.list for e in there if e.list in TOLD}
    return Known(
        told, alone, instead, listed, {e.code: e.text["en"] for e in there if e.list == CANDIDATES},
        _headings(law, {*map(one, alone)}), lists, tuple(sorted(lists[ENDINGS])),
        lists[ENDS], lists[SHADES] | {word for word, name in listed.items() if name == COLOURS}, {},
    )  # fmt: skip


def _headings(law: Law, wanted: set[str]) -> dict[str, list[str]]:
    """The first headings of the tariff whose text has one of these words, as they are shown. What stands behind "in" says in what
    state goods are (eggs in shell), and not which."""
    found: dict[str, list[str]] = {}
    for line in law.contents.lines:
        if len(line.code) == 4 and line.validity.contains(law.date):
            for word in wanted.intersection(map(one, word_list(line.text["en"].partition(" in ")[0]))):
                kinds = found.setdefault(word, [])
                if len(kinds) < MOST_KINDS:
                    kinds.append(f"{line.text['en'].lower()} ({line.code})")
    return found
