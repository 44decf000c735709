"""Finds, among tens of thousands of listed names, the few that a name may be, in a fraction of a millisecond.

Every name is cut into trigrams of its words (which neither order nor a single misspelling destroys); the listed names that
share most of them with the asked one are candidates, and only candidates are compared as strings. Whoever wants reasons asks
`score.compare` for the handful that remains.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel

from customhouse.labs.identity.reading import folded

CANDIDATES = 40
_COMMON = 0.12
"""A trigram that more than this share of the names has tells nothing; it is left out where others remain."""


class Near(msgspec.Struct, frozen=True, gc=False):
    """A listed name by its place in the list, and how near it is as a string (0 to 1)."""

    at: int
    nearness: float


def trigrams(text: str) -> set[str]:
    """The trigrams of the words of a folded text, each word between two marks."""
    found: set[str] = set()
    for word in text.split():
        marked = f"^{word}$"
        found.update(marked[i : i + 3] for i in range(len(marked) - 2))
    return found


class Index:
    """The names of a list, ready to be asked. Built once (about a second for 23,000 names), then read only.

    `names` may be of any script; a name that folds to nothing is kept in its place and is never found.
    """

    def __init__(self, names: Sequence[str]) -> None:
        postings: dict[str, list[int]] = {}
        sizes = np.zeros(max(len(names), 1), dtype=np.float32)
        self._straight: list[str] = []
        self._sorted: list[str] = []
        for at, name in enumerate(names):
            text = folded(name)
            self._straight.append(text.replace(" ", ""))
            self._sorted.append(" ".join(sorted(text.split())))
            keys = trigrams(text)
            sizes[at] = len(keys)
            for key in keys:
                postings.setdefault(key, []).append(at)
        self._sizes = sizes
        self._postings = {key: np.array(places, dtype=np.int32) for key, places in postings.items()}
        self._most = max(50, int(_COMMON * len(names)))

    def __len__(self) -> int:
        return len(self._straight)

    def near(self, name: str, least: float = 0.0, most: int = 5) -> list[Near]:
        """The listed names nearest to a name, the best first; none that is less near than `least`."""
        text = folded(name)
        straight, ordered = text.replace(" ", ""), " ".join(sorted(text.split()))
        scored = []
        for at in self._candidates(text):
            near = max(
                Indel.normalized_similarity(ordered, self._sorted[at], score_cutoff=least),
                Indel.normalized_similarity(straight, self._straight[at], score_cutoff=least),
            )
            if near >= least and near > 0:
                scored.append((-near, at))
        scored.sort()
        return [Near(at, -near) for near, at in scored[:most]]

    def _candidates(self, text: str) -> Iterable[int]:
        keys = trigrams(text)
        lists = [places for key in keys if (places := self._postings.get(key)) is not None]
        telling = [places for places in lists if len(places) <= self._most] or lists
        if not telling:
            return ()
        together: NDArray[np.int32] = np.concatenate(telling)
        shared = np.bincount(together, minlength=len(self._sizes))
        best = shared.max()
        some = np.flatnonzero(shared >= max(1, best * 0.4))
        share = shared[some] / (self._sizes[some] + len(keys))
        if len(some) > CANDIDATES:
            some = some[np.argpartition(share, -CANDIDATES)[-CANDIDATES:]]
        return [int(at) for at in some]
