"""The functions of the rule language: what each wants and gives, and how a text is taken apart into words."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

TEXTS = "texts"
_PLAIN = re.compile(r"[a-z0-9]+")


class Function(NamedTuple):
    """`first` are the types that its first value may have; `rest` are the names of the numbers after it, or TEXTS: texts to
    look for, or one named list of them."""

    gives: str
    first: tuple[str, ...]
    written: str
    told: str
    rest: tuple[str, ...] | str = ()
    over_items: bool = False


FUNCTIONS: dict[str, Function] = {
    "starts": Function("bool", ("text",), "starts(text, 'a', ...)", "The text begins with one of these", TEXTS),
    "ends": Function("bool", ("text",), "ends(text, 'a', ...)", "The text ends with one of these", TEXTS),
    "contains": Function("bool", ("text",), "contains(text, 'a', ...)", "One of these is somewhere in the text", TEXTS),
    "words": Function(
        "bool", ("text",), "words(text, 'a', 'b c', ...)",
        "One of these stands in the text as a whole word, or as whole words in a row; capitals do not matter", TEXTS,
    ),
    "meets": Function("bool", ("codes",), "meets(codes, 'a', ...)", "One of these is among the codes", TEXTS),
    "between": Function(
        "bool", ("int", "ratio"), "between(number, low, high)", "The number is low, high, or between them", ("low", "high")
    ),
    "length": Function("int", ("text", "codes"), "length(text or codes)", "How many characters, or how many codes"),
    "abs": Function("int", ("int",), "abs(number)", "The number without its sign"),
    "any_item": Function("bool", ("bool",), "any_item(condition)", "The condition is true of an item", over_items=True),
    "count_items": Function(
        "int", ("bool",), "count_items(condition)", "Of how many items the condition is true", over_items=True
    ),
    "sum_items": Function("int", ("int",), "sum_items(number)", "The number summed over all items", over_items=True),
}  # fmt: skip


def word_list(text: str) -> list[str]:
    """The words of a text in lower case: runs of letters, digits and the marks that belong to letters."""
    lower = text.lower()
    if lower.isascii():
        return _PLAIN.findall(lower)
    composed = unicodedata.normalize("NFC", lower)
    return "".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in composed).split()


def spaced(text: str) -> str:
    """The words of a text with one space between and around them, so that a whole word is found as ' word '."""
    return f" {' '.join(word_list(text))} "
