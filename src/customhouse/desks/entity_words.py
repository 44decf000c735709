"""Why two records may be one trader's, in the reader's language: the sentences of `labs.identity` put into words."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from customhouse.desks.party_alarms import BY

_SAID = {
    "is the same": "SAME",
    "is the same in another script": "TRANSLITERATION",
    "sounds the same": "SOUND",
    "is spelled nearly so": "SPELLING",
    "is a familiar or national form of it": "FAMILIAR",
    "is its initial": "INITIAL",
    "is the same, written apart": "TOGETHER",
    "begins so": "CUT",
}
_WORD = re.compile(r"“(?P<first>.*)” and “(?P<second>.*)”: (?P<said>.*) \((?P<near>[\d.]+)\)")


def _word(found: re.Match[str]) -> str:
    told = {
        "declared": found["first"],
        "listed": found["second"],
        "by": BY[_SAID[found["said"]]],
        "near": found["near"],
    }
    if found["first"] == found["second"]:
        return _("“%(declared)s”: %(by)s") % told
    return _("“%(declared)s” and “%(listed)s”: %(by)s (%(near)s)") % told


_RULES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Any]], ...] = (
    (_WORD, _word),
    (re.compile(r"only in the first: (.*)"), lambda m: _("Only in the first name: %(words)s") % {"words": m[1]}),
    (re.compile(r"only in the second: (.*)"), lambda m: _("Only in the second name: %(words)s") % {"words": m[1]}),
    (
        re.compile(r"not compared \(titles and legal forms\): (.*)"),
        lambda m: _("Not compared (titles and legal forms): %(words)s") % {"words": m[1]},
    ),
    (re.compile("the legal forms are of two kinds"), lambda m: _("The legal forms are of two kinds")),
    (re.compile("the words stand in another order"), lambda m: _("The words stand in another order")),
    (
        re.compile(r"the addresses are alike \((.*)\)"),
        lambda m: _("The addresses are alike (%(near)s)") % {"near": m[1]},
    ),
    (re.compile("the addresses are two"), lambda m: _("The addresses are two")),
    (re.compile("the countries are two"), lambda m: _("The countries are two")),
    (re.compile("each has a number of its own"), lambda m: _("Each has a number of its own")),
)


def why(said: tuple[str, ...]) -> list[str]:
    """The sentences in the reader's language; one that is not known as it stands."""
    return [_told(one) for one in said]


def _told(one: str) -> str:
    for pattern, say in _RULES:
        if found := pattern.fullmatch(one):
            return str(say(found))
    return one
