"""Descriptions that say nothing: every word of them stands in the law's list of vague terms, and the law says what to write instead.

A parcel's description is often all that an officer has, so one that names no goods is refused at entry with a suggestion
(WCO SAFE Framework, annex II: acceptable and unacceptable goods descriptions; the terms and hints are the country's own).
"""

from __future__ import annotations

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.law.rules.functions import word_list

TERMS, FILLERS, TYPES = "vague_terms", "vague_fillers", "parcel_types"
"""Code lists of the law: words that name no goods (with what to write instead), words that do not count, and the types of
declaration whose descriptions are held against them."""
RULE = "VagueDescription"
WHERE = "GoodsShipment/GovernmentAgencyGoodsItem[{item}]/Commodity/Description"


def check(description: str, item: int, law: Law) -> Problem | None:
    """The problem of a description all of whose words are vague, with the suggestion of the first; None for any other.

    Numbers and what holds a digit count for nothing. An empty description is the business of the form rules.
    """
    hints = law.remembered(_hints)
    words = [w for w in word_list(description) if not any(c.isdigit() for c in w)]
    telling = [w for w in words if w not in law.list_of(FILLERS)]
    if not description.strip() or not hints or any(w not in hints for w in telling):
        return None
    hint, source = hints[telling[0]] if telling else next(iter(hints.values()))
    return Problem(
        RULE, "The description says nothing about the goods", WHERE.format(item=item),
        f"{hint} ({source})", description[:60],
    )  # fmt: skip


def _hints(law: Law) -> dict[str, tuple[str, str]]:
    """Vague word -> (what to write instead, by which law)."""
    entries = (e for e in law.contents.entries if e.list == TERMS and e.validity.contains(law.date))
    return {e.code: (e.text["en"], e.source) for e in entries}
