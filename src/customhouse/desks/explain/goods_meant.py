"""What to write instead of a description that says nothing, in the reader's language, from the law's own lists and tariff."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.utils.translation import gettext as _

from customhouse.desks.explain.language import in_language
from customhouse.law.book import Law
from customhouse.law.terms import Text
from customhouse.offices.longroom import vague_lexicon as lexicon

_MEANT = re.compile(r"(?P<hint>.*)\. Goods that may be meant by (?P<word>[^:]+): (?P<goods>.*)", re.DOTALL)
HINTED = (*lexicon.TOLD, lexicon.ALONE, lexicon.KINDS)
"""Lists of the law whose words say what to write instead."""
_HEADING = re.compile(r"(?P<text>.*) \((?P<code>\d{4})\)")


def hint(said: str, law: Law) -> str:
    """The hint of `offices.longroom.vague`, made again from the words of the law; as it stands where the law has it no more."""
    found = _MEANT.fullmatch(said)
    first = _instead(found["hint"] if found else said, law)
    if found is None:
        return first
    goods = _goods(found["word"], found["goods"], law)
    return _("%(hint)s. Goods that may be meant by %(word)s: %(goods)s") % {
        "hint": first, "word": found["word"], "goods": goods,
    }  # fmt: skip


class _Words(NamedTuple):
    """The law's words by what is said in English: what to write instead, with its source, and kinds of goods by word."""

    instead: dict[str, tuple[Text, str]]
    goods: dict[str, Text]


def _words(law: Law) -> _Words:
    there = [e for e in law.contents.entries if e.validity.contains(law.date)]
    return _Words(
        {f"{e.text['en']} ({e.source})": (e.text, e.source) for e in there if e.list in HINTED},
        {e.code: e.text for e in there if e.list == lexicon.CANDIDATES},
    )


def _instead(said: str, law: Law) -> str:
    known = law.remembered(_words).instead.get(said)
    return f"{in_language(known[0])} ({known[1]})" if known else said


def _goods(word: str, said: str, law: Law) -> str:
    known = law.remembered(_words).goods.get(word, {})
    if known.get("en") == said:
        return in_language(known)
    return "; ".join(_heading(one, law) for one in said.split("; "))


def _heading(said: str, law: Law) -> str:
    found = _HEADING.fullmatch(said)
    line = law.line(found["code"]) if found else None
    return f"{in_language(line.text).lower()} ({line.code})" if line else said
