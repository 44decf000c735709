"""What to write instead of a description that says nothing, in the reader's language, from the law's own lists and tariff."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from customhouse.desks.explain.language import in_language
from customhouse.law.book import Law
from customhouse.offices.longroom import vague

_MEANT = re.compile(r"(?P<hint>.*)\. Goods that may be meant by (?P<word>[^:]+): (?P<goods>.*)", re.DOTALL)
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


def _instead(said: str, law: Law) -> str:
    for entry in law.contents.entries:
        if entry.list in (vague.TERMS, vague.ALONE) and said == f"{entry.text['en']} ({entry.source})":
            return f"{in_language(entry.text)} ({entry.source})"
    return said


def _goods(word: str, said: str, law: Law) -> str:
    for entry in law.contents.entries:
        if entry.list == vague.CANDIDATES and entry.code == word and entry.text["en"] == said:
            return in_language(entry.text)
    return "; ".join(_heading(one, law) for one in said.split("; "))


def _heading(said: str, law: Law) -> str:
    found = _HEADING.fullmatch(said)
    line = law.line(found["code"]) if found else None
    return f"{in_language(line.text).lower()} ({line.code})" if line else said
