"""Compares two names as read: which word met which, by what, and what stands against it.

Words meet in the order of how well they agree, each at most once; words written together meet the words apart. What is left
over on one side only was left out by somebody (a second name); what is left over on both sides contradicts.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from rapidfuzz.distance import OSA, JaroWinkler

from customhouse.labs.identity.reading import Name, Token
from customhouse.labs.identity.words import FAMILIAR


class By(StrEnum):
    """By what a word of one name met a word of the other."""

    SAME = "SAME"
    TRANSLITERATION = "TRANSLITERATION"
    SOUND = "SOUND"
    SPELLING = "SPELLING"
    FAMILIAR = "FAMILIAR"
    INITIAL = "INITIAL"
    TOGETHER = "TOGETHER"
    CUT = "CUT"
    UNLIKE = "UNLIKE"


class Met(msgspec.Struct, frozen=True):
    """A word of the first name beside its counterpart in the second, and how near they are (0 to 1)."""

    first: str
    second: str
    by: By
    nearness: float


class Alignment(msgspec.Struct, frozen=True):
    """All that meets, and the words left over: `only_first` and `only_second` with their weights summed."""

    met: tuple[Met, ...]
    lost: float
    weight: float
    edits: int
    heaviest: float
    only_first: tuple[Token, ...]
    only_second: tuple[Token, ...]
    crossed: bool


_FLOOR = 0.5


def nearness(one: Token, other: Token) -> tuple[float, By]:
    """How near two words are, and by what they met; (0, UNLIKE) when nothing speaks for it."""
    a, b = one.text, other.text
    if not one.latin and not other.latin and one.written != other.written:
        if _dense(one.written) or _dense(other.written):
            return (0.0, By.UNLIKE)
    elif a == b:
        return (1.0, By.SAME if one.written == other.written else By.TRANSLITERATION)
    if one.number >= 0 or other.number >= 0:
        return (0.0, By.UNLIKE) if one.number != other.number else (1.0, By.SAME)
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    if len(shorter) == 1:
        return (0.7, By.INITIAL) if longer[0] == shorter else (0.0, By.UNLIKE)
    if FAMILIAR.get(a, _NONE) & FAMILIAR.get(b, _NONE):
        return (0.9, By.FAMILIAR)
    if one.latin != other.latin and len(one.bones) > 1 and one.bones == other.bones:
        return (0.92, By.TRANSLITERATION)
    if one.sound == other.sound:
        return (0.94, By.SOUND)
    return _spelling(one, other, shorter, longer)


_NONE: frozenset[str] = frozenset()


def _dense(text: str) -> bool:
    """Whether each character is a syllable or a word, so that another character is another name."""
    return any("\u2e80" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3" for letter in text)


def _spelling(one: Token, other: Token, shorter: str, longer: str) -> tuple[float, By]:
    raw = OSA.normalized_similarity(shorter, longer)
    heard = OSA.normalized_similarity(one.sound, other.sound)
    near = raw if len(shorter) <= 3 else max(raw, 0.5 * (raw + heard))  # in short words and acronyms every letter tells
    if near >= _FLOOR:
        return (near, By.SPELLING)
    if len(shorter) >= 3 and longer.startswith(shorter):
        return (0.5, By.CUT)
    return (0.0, By.UNLIKE)


def align(first: Name, second: Name) -> Alignment:
    """Meets the words of two names; both as `reading.read` gives them."""
    left, right = list(first.tokens), list(second.tokens)
    met: list[tuple[int, int, float, By]] = []
    free_left, free_right = set(range(len(left))), set(range(len(right)))
    joined = _together(left, right, free_left, free_right)
    pairs = []
    for i in free_left:
        for j in free_right:
            near, by = nearness(left[i], right[j])
            if near:
                pairs.append((-near * (0.5 + 0.5 * min(left[i].weight, right[j].weight)), abs(i - j), i, j, near, by))
    pairs.sort()
    for _, _, i, j, near, by in pairs:
        if i in free_left and j in free_right:
            free_left.discard(i)
            free_right.discard(j)
            met.append((i, j, near, by))
    met.sort()
    shown = [Met(left[i].written, right[j].written, by, near) for i, j, near, by in met]
    losses = [max(left[i].weight, right[j].weight) * (1.0 - near) for i, j, near, by in met if by is not By.INITIAL]
    return Alignment(
        met=tuple(shown) + tuple(one for one, _ in joined),
        lost=sum(losses),
        weight=sum(max(left[i].weight, right[j].weight) for i, j, _, _ in met) + sum(weight for _, weight in joined),
        edits=sum(OSA.distance(left[i].text, right[j].text) for i, j, _, by in met if by is By.SPELLING),
        heaviest=max(losses, default=0.0),
        only_first=tuple(left[i] for i in sorted(free_left)),
        only_second=tuple(right[j] for j in sorted(free_right)),
        crossed=[j for _, j, _, _ in met] != sorted(j for _, j, _, _ in met),
    )


def _together(
    left: list[Token], right: list[Token], free_left: set[int], free_right: set[int]
) -> list[tuple[Met, float]]:
    """Words written together in one name and apart in the other (`VladimirPutin`, `van der bilt`)."""
    found: list[tuple[Met, float]] = []
    for swap in (False, True):
        whole, parts = (right, left) if swap else (left, right)
        free_whole, free_parts = (free_right, free_left) if swap else (free_left, free_right)
        known = {token.text for token in parts}
        for i, token in enumerate(whole):
            if i not in free_whole or len(token.text) < 2 or token.text in known or token.weight < 0.5:
                continue
            short = len(token.text) < 4
            run = (_initials if short else _run)(token.text, parts, free_parts)
            if run is None:
                continue
            near, start, stop = run
            free_whole.discard(i)
            free_parts.difference_update(range(start, stop))
            apart = " ".join(part.written for part in parts[start:stop])
            by = By.INITIAL if short else By.TOGETHER
            one = Met(apart, token.written, by, near) if swap else Met(token.written, apart, by, near)
            found.append((one, sum(part.weight for part in parts[start:stop])))
    return found


def _initials(text: str, parts: list[Token], free: set[int]) -> tuple[float, int, int] | None:
    """The neighbouring words whose first letters the text is (`JC` for `Jean-Claude`)."""
    for start in range(len(parts) - len(text) + 1):
        run = range(start, start + len(text))
        if free.issuperset(run) and all(parts[j].text[0] == letter for j, letter in zip(run, text, strict=True)):
            return (0.7, start, start + len(text))
    return None


def _run(text: str, parts: list[Token], free: set[int]) -> tuple[float, int, int] | None:
    """The neighbouring words that, written together, are the text or nearly so."""
    best: tuple[float, int, int] | None = None
    for start in range(len(parts) - 1):
        joined = parts[start].text
        for stop in range(start + 1, min(start + 4, len(parts))):
            joined += parts[stop].text
            if abs(len(joined) - len(text)) > 1 or not free.issuperset(range(start, stop + 1)):
                continue
            near = OSA.normalized_similarity(text, joined)
            if near >= 0.88 and (best is None or near > best[0]):
                best = (near, start, stop + 1)
    return best


def whole(first: Name, second: Name) -> float:
    """How near the names are as strings, in the best of their orders, without spaces, and half so as they sound."""
    heard = OSA.normalized_similarity(
        " ".join(sorted(token.sound for token in first.tokens)),
        " ".join(sorted(token.sound for token in second.tokens)),
    )
    written = max(
        OSA.normalized_similarity(first.plain.replace(" ", ""), second.plain.replace(" ", "")),
        OSA.normalized_similarity(first.sorted_plain, second.sorted_plain),
        0.0 if first.kind.value != "PERSON" else JaroWinkler.similarity(first.sorted_plain, second.sorted_plain) - 0.1,
    )
    return max(written, (written + heard) / 2)
