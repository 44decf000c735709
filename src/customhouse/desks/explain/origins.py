"""What became of a preference: agreement and verdict, its conditions, its product rules, and the rate without it."""

from __future__ import annotations

import msgspec

from customhouse.desks import words
from customhouse.desks.explain.duties import formula
from customhouse.desks.explain.language import amount, in_language, lawful, told
from customhouse.law.book import Law
from customhouse.law.terms import Text
from customhouse.record.assessment import Assessment
from customhouse.record.origin import ItemOrigin, OriginRule, TariffRate, Verdict


class Condition(msgspec.Struct, frozen=True):
    """A condition of a preference as it is told."""

    word: str
    text: str
    met: bool
    source: str


class Rule(msgspec.Struct, frozen=True):
    """A product rule: where it stands, its class in words, and the words of the agreement."""

    of: OriginRule
    heading: str
    classes: str


class Rate(msgspec.Struct, frozen=True):
    """A rate of the tariff, with what was charged by it where something was."""

    of: TariffRate
    formula: str
    amount: str = ""


class Claimed(msgspec.Struct, frozen=True):
    """A claim of preference with everything that says why it was granted or refused; `language` is that of the rules."""

    of: ItemOrigin
    word: str
    agreement: str
    conditions: tuple[Condition, ...]
    rules: tuple[Rule, ...]
    rate: Rate | None
    instead: Rate | None
    language: str = "en"

    @property
    def failing(self) -> list[str]:
        return [c.text for c in self.conditions if not c.met]


def claimed(origin: ItemOrigin | None, assessed: Assessment | None, law: Law | None) -> Claimed | None:
    """The claim of an item; None where nothing was claimed."""
    if origin is None or origin.verdict is Verdict.NONE:
        return None
    text = _agreement(origin.agreement, law)
    conditions = tuple(
        Condition(
            str(words.CONDITIONS.get(c.rule, c.rule)), told(lawful(c.text, *([text] if text else []))), c.met, c.source
        )
        for c in origin.conditions
    )
    return Claimed(
        origin,
        str(words.VERDICTS[origin.verdict.value]),
        in_language(text) if text else origin.title,
        conditions,
        tuple(
            Rule(r, told(r.heading), ", ".join(str(words.CLASSES.get(c, c)) for c in r.classes)) for r in origin.rules
        ),
        Rate(origin.rate, formula(origin.rate.formula)) if origin.rate else None,
        None if origin.granted or origin.general is None else _charged(origin.general, origin.item, assessed),
        law.languages[0] if law else "en",
    )


def _agreement(id: str, law: Law | None) -> Text | None:
    if not id or law is None:
        return None
    return next((a.text for a in law.contents.agreements if a.id == id and a.validity.contains(law.date)), None)


def _charged(general: TariffRate, item: int, assessed: Assessment | None) -> Rate:
    """The rate that is charged instead, with the amount that it came to."""
    found = [x for x in assessed.duties if (x.item, x.measure) == (item, general.measure)] if assessed else []
    return Rate(general, formula(general.formula), " + ".join(amount(x.amount) for x in found))


def remark(origin: ItemOrigin, law: Law | None) -> str:
    """What became of a claim, in a sentence for the time line."""
    text = _agreement(origin.agreement, law)
    said = [r for r in origin.remark.split("; ") if r]
    return ". ".join(told(lawful(r, *([text] if text else []))) for r in said)
