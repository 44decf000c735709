"""The reader's language: words of the law, numbers and amounts, and the sentences that lower floors write in English."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache

from django.utils.formats import number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from customhouse.desks import sentences
from customhouse.kernel.money import Money
from customhouse.law.terms import Text

FIGURES = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


def language() -> str:
    """The reader's language, two letters."""
    return (get_language() or "en")[:2]


def in_language(text: Text) -> str:
    """The words of the law in the reader's language, in English where the law has none."""
    return text.get(language()) or text.get("en", "")


def lawful(said: str, *texts: Text) -> str:
    """A sentence in which English words of the law stand, with these in the reader's language."""
    for text in texts:
        if english := text.get("en"):
            said = said.replace(english, in_language(text))
    return said


def told(text: str) -> str:
    """A sentence of a lower floor in the reader's language, part by part; what has no other words stays as it is."""
    if not text or language() == "en":
        return text
    if (other := _(text)) != text:
        return other
    if (other := _by_sentence(text)) != text:
        return other
    shaped = (_shaped(shape, text) for shape in sentences.SHAPES)
    return next((other for other in shaped if other != text), text)


def fixed(text: str) -> str:
    """The same for what may be a person's own words: only sentences that are known as a whole."""
    return _(text) if text else text


def _shaped(shape: str, text: str) -> str:
    facts = _pattern(shape).fullmatch(text)
    if facts is None:
        return text
    filled = {
        name: _alternatives(fact) if name in sentences.ALTERNATIVES else told(fact)
        for name, fact in facts.groupdict().items()
    }
    return _(shape).format(**filled)


def _by_sentence(text: str) -> str:
    """Two sentences put together, each with its own words."""
    for stop in re.finditer(r"\. ", text):
        first, rest = text[: stop.start()], text[stop.end() :]
        if (other := told(first)) != first:
            return f"{other}. {told(rest)}"
    return text


def _alternatives(codes: str) -> str:
    return f" {_('or')} ".join(told(code) for code in codes.split(" or "))


@lru_cache(maxsize=512)
def _pattern(shape: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(shape)))


def again(text: Text, label: str) -> str:
    """The sentence `label`, made from the English words of `text`, made again from those of the reader's language."""
    facts = _pattern(text["en"]).fullmatch(label)
    other = text.get(language(), "")
    return other.format(**facts.groupdict()) if other and facts else label


def number(value: Decimal | int, digits: int | None = None) -> str:
    """A number as the reader's language writes it, with groups of three."""
    if digits is None and isinstance(value, Decimal):
        digits = max(0, -int(value.as_tuple().exponent))
    return number_format(value, digits, use_l10n=True, force_grouping=True)


def quantity(value: Decimal, unit: str) -> str:
    """A quantity with its unit, without zeros that say nothing."""
    plain = value.normalize()
    return f"{number(plain if plain.as_tuple().exponent < 0 else plain.quantize(Decimal(1)))}\u202f{unit}"


def amount(money: Money) -> str:
    return f"{number(money.amount)}\u202f{money.currency}"


def figures(said: str) -> str:
    """What the record writes with figures (12400.00 USD, 4.5 %), as the reader's language writes them."""
    return FIGURES.sub(lambda found: number(Decimal(found[0])), said)


def share(ppm: int) -> str:
    """Parts per million as per cent."""
    return number((Decimal(ppm) / 10_000).normalize() + 0)
