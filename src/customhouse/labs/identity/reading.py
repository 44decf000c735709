"""Reads a name into tokens that can be compared across scripts, spelling and order.

Transliteration is by character (anyascii); what a script leaves out, such as the short vowels of Arabic, is made good when
tokens are compared (`match.py`), by their consonants.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache

import msgspec
from anyascii import anyascii

from customhouse.labs.identity.words import (
    ABBREVIATIONS,
    FORMS,
    GENERIC,
    NUMBERS,
    PARTICLES,
    ROMAN,
    SHIP_TITLES,
    STOP,
    TITLES,
)

MAX_CHARACTERS = 400
MAX_TOKENS = 24


class Kind(StrEnum):
    """What bears the name; decides which words are titles and which are forms. ANY: not known."""

    PERSON = "PERSON"
    COMPANY = "COMPANY"
    SHIP = "SHIP"
    ANY = "ANY"


class Token(msgspec.Struct, frozen=True, gc=False):
    """One word of a name. `text` is folded to ASCII, `written` as it stood (lower case), `sound` folds spellings of one
    sound, `weight` says how much it tells (1 a name, less for particles and general words)."""

    text: str
    written: str
    sound: str
    bones: str
    weight: float
    latin: bool
    number: int = -1


class Name(msgspec.Struct, frozen=True):
    """A name as read: its telling tokens in their order, and what was set aside."""

    given: str
    kind: Kind
    tokens: tuple[Token, ...]
    forms: frozenset[str]
    dropped: tuple[str, ...]
    comma: bool
    plain: str
    sorted_plain: str


_DOTTED = re.compile(r"\b(?:\w[.·]\s?){2,}(?:\w\b)?")
_SLASHED = re.compile(r"\b([a-z])/([a-z])\b")
_APART = re.compile(r"[^a-z0-9]+")
_QUOTES = str.maketrans("", "", "'’‘`ʼʻ´′ʹ")
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]+[^\W_]*)*")
_SWAPPED = str.maketrans("013457", "oieast")


def folded(text: str) -> str:
    """Lower-case ASCII of a text of any script, with its words apart."""
    flat = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).translate(_QUOTES)
    flat = _DOTTED.sub(lambda met: re.sub(r"[.·\s]", "", met.group()) + " ", flat)
    flat = anyascii(flat).lower().translate(_QUOTES).replace("&", " and ")
    flat = _SLASHED.sub(r"\1\2", flat)
    return _APART.sub(" ", flat).strip()


_SOUNDS = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"(.)\1+", r"\1"),
        (r"sch|tsch|tch|sz|sh|ch|cz|zh|dzh|dj", "s"),
        (r"ph", "f"),
        (r"kh|gh|ck|q|x|c", "k"),
        (r"ts|tz|z", "s"),
        (r"th|dh", "t"),
        (r"w", "v"),
        (r"ou|oo|au|o", "u"),
        (r"ij|iy|yi|ey|ei|ai|ay|ie|ee|y|j|e", "i"),
        (r"(?<=[^aeiou])h|h$", ""),
        (r"(.)\1+", r"\1"),
    )
)
_VOWELS = str.maketrans("", "", "aeiouvh")


@lru_cache(maxsize=65536)
def sound(text: str) -> str:
    """A spelling that words of one sound share, whichever language transliterated them."""
    for pattern, by in _SOUNDS:
        text = pattern.sub(by, text)
    return text


def _phrases() -> dict[str, list[tuple[tuple[str, ...], str]]]:
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for family, spellings in FORMS.items():
        for spelling in spellings:
            words = tuple(spelling.split())
            found.setdefault(words[0], []).append((words, family))
    for rows in found.values():
        rows.sort(key=lambda row: -len(row[0]))
    return found


_PHRASES = _phrases()
_LONG_FORMS = tuple(
    sorted({one for spellings in FORMS.values() for one in spellings if len(one) > 9 and " " not in one})
)


def _without_forms(words: list[str]) -> tuple[list[str], frozenset[str], list[str]]:
    """The words without legal forms, the families of the forms, and the forms as they stood."""
    kept: list[str] = []
    families: set[str] = set()
    dropped: list[str] = []
    at = 0
    while at < len(words):
        for phrase, family in _PHRASES.get(words[at], ()):
            if tuple(words[at : at + len(phrase)]) == phrase:
                families.update({family} - {""})
                dropped.append(" ".join(phrase))
                at += len(phrase)
                break
        else:
            kept.append(words[at])
            at += 1
    return (kept, frozenset(families), dropped) if kept else (words, frozenset(), [])


def _numbered(words: list[str]) -> list[str]:
    """Words with numbers in digits: `forty four`, `1st`, `twelve`."""
    done: list[str] = []
    tens = False
    for word in words:
        plain = _ORDINAL.sub(r"\1", word)
        value = NUMBERS.get(plain)
        if value is None and plain.isdigit() and len(plain) < 2:
            value = int(plain)
        if value is not None and tens and value < 10:
            done[-1] = str(int(done[-1]) + value)
            tens = False
            continue
        tens = value is not None and plain in NUMBERS and value >= 20
        done.append(plain if value is None else str(value))
    return done


def _token(text: str, written: str, latin: bool, kind: Kind) -> Token:
    weight = 1.0
    person = kind is Kind.PERSON
    if text in PARTICLES and (person or kind is Kind.ANY):
        weight, text = 0.25, PARTICLES[text]
    elif text in STOP and not person:
        weight = 0.2
    elif text in GENERIC and not person:
        weight = 0.6
    number = int(text) if text.isdigit() and len(text) < 9 else ROMAN.get(text, -1) if not person else -1
    heard = sound(text)
    return Token(text, written, heard, heard.translate(_VOWELS), weight, latin, number)


def _set_aside(words: list[str], kind: Kind) -> tuple[list[str], frozenset[str], list[str]]:
    """The words that tell, the families of forms and what was dropped."""
    kept, families, dropped = words, frozenset[str](), []
    titles = SHIP_TITLES if kind is Kind.SHIP else TITLES if kind in (Kind.PERSON, Kind.ANY) else frozenset()
    if titles:
        kept = [word for word in words if word not in titles]
        dropped = [word for word in words if word in titles]
        if not kept:
            kept, dropped = words, []
    if kind is not Kind.SHIP:
        alone = kind is Kind.PERSON and len(kept) > 2
        if kind is not Kind.PERSON:
            kept, families, forms = _without_forms(kept)
            dropped += forms
        elif alone and kept[-1] in ("sa", "llc", "ltd", "inc", "gmbh", "plc"):
            dropped.append(kept.pop())
    return kept, families, dropped


@lru_cache(maxsize=8192)
def read(given: str, kind: Kind = Kind.ANY) -> Name:
    """The name in tokens. A name of nothing but signs has none; it meets no other."""
    flat = unicodedata.normalize("NFKC", given[:MAX_CHARACTERS])
    written = {folded(word): word.lower() for word in _WORD.findall(flat) if not word.isascii()}
    words = folded(given).split()[:MAX_TOKENS]
    if kind is not Kind.PERSON:
        words = _numbered(words)
    words = [_letters(word) for word in words]
    words = [ABBREVIATIONS.get(word, word) for word in words] if kind in (Kind.COMPANY, Kind.ANY) else words
    kept, families, dropped = _set_aside(words, kind)
    tokens = tuple(_token(word, written.get(word, word), _is_latin(written.get(word, word)), kind) for word in kept)
    texts = [token.text for token in tokens]
    return Name(
        given=given,
        kind=kind,
        tokens=tokens,
        forms=families,
        dropped=tuple(dropped),
        comma="," in given and kind is Kind.PERSON,
        plain=" ".join(texts),
        sorted_plain=" ".join(sorted(texts)),
    )


def _letters(word: str) -> str:
    """A word whose letters were swapped for digits that look like them (`Ig0r`), with its letters."""
    digits = sum(letter.isdigit() for letter in word)
    return (
        word.translate(_SWAPPED)
        if 0 < digits <= len(word) / 3 and word.rstrip("0123456789").isalpha() is False
        else word
    )


def _is_latin(word: str) -> bool:
    return word.isascii() or all(
        unicodedata.name(letter, "").startswith(("LATIN", "DIGIT", "COMBINING")) for letter in word
    )
