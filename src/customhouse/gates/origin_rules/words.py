"""Words of the source into plain text, and its classes of rules into those of the law."""

from __future__ import annotations

import html
import re
from typing import Any

from customhouse.law.preference import CLASSES

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_TAG = re.compile(r"</?\w[^<>]*>")
_CLASS = re.compile(r"\{\{([^{}]*)\}\}")
_MARKS = re.compile(r"\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|^#+\s*", re.M)


def plain(text: Any) -> str:
    """A text without marks, links, tags and class words, its blanks made one; "" for what is no text."""
    if not isinstance(text, str):
        return ""
    text = _CLASS.sub("", _LINK.sub(r"\1", text))
    text = _TAG.sub(" ", text.replace("</abbr>", "").replace("<br>", " ")) if "<" in text else text
    return " ".join(html.unescape(_MARKS.sub("", text)).split())


def inline_classes(text: str) -> tuple[str, ...]:
    """The classes that stand in the text itself: ``{{WO}}``."""
    return tuple(_CLASS.findall(text))


# The class words of the source, longest first, and the word of the law for each. Words about how classes combine say
# nothing of their own, because a rule set lists what may be met.
_WORDS = {
    "INSUFFICIENT PROCESSING": "INSUFFICIENT",
    "PROCESSING_TEXTILE": "PROCESSING_TEXTILE",
    "PRODUCTION FROM": "PRODUCTION_FROM",
    "ORIG RETAINED": "ORIG_RETAINED",
    "MINOM_VALUE": "MINOM_VALUE",
    "MAXNOM_OM": "MAXNOM_OM",
    "MAXNOM-OM": "MAXNOM_OM",
    "MAY NOT BE USED": "",
    "MAY BE USED": "",
    "OR_ENUM": "",
    "OR": "",
} | {word: word for word in CLASSES if "_" not in word}
_ANY = re.compile("|".join(rf"(?<!\w){re.escape(w)}(?!\w)" for w in sorted(_WORDS, key=len, reverse=True)))


def classes(told: str) -> tuple[tuple[str, ...], str]:
    """(the classes of the law in one class of the source, what of it is not understood)."""
    said = " ".join(told.upper().split())
    found = [_WORDS[m[0]] for m in _ANY.finditer(said)]
    return tuple(dict.fromkeys(filter(None, found))), " ".join(_ANY.sub(" ", said).split())


# How a rule that carries no class is worded (the list rules of the pan-European protocols and their successors).
_SAID = (
    (r"heading other than that of the product", "CTH"),
    (r"materials? of any heading, except that of the (good|product)", "CTH"),
    (r"materials? of any subheading, except that of the (good|product)", "CTSH"),
    (r"chang\w+ .*from any other chapter", "CC"),
    (r"chang\w+ .*from any other heading", "CTH"),
    (r"chang\w+ .*from any other subheading", "CTSH"),
    (r"wholly obtained", "WO"),
    (r"value of all .*materials.*(does|do|must|shall) not exceed", "MAXNOM"),
    (r"value (content|added) of (not|no) less than|regional value content", "RVC"),
    (r"(manufactured?|production|made) from", "PRODUCTION_FROM"),
    (r"already (be )?originating", "ORIGINATING"),
)


def classes_by_words(text: str) -> tuple[str, ...]:
    """The classes that a rule's own words say; none where they say nothing that is known."""
    return tuple(dict.fromkeys(word for shape, word in _SAID if re.search(shape, text, re.I | re.S)))
