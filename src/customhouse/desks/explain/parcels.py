"""Reasons of parcels in the reader's language: what the stream says of lines and files, the form rules, lanes and holds of a row.

A row rests with the rule and the sentence of each reason in English, sealed. The sentence is made again at the edge: from the law the
row was judged under where the rule is the law's, by the shapes of `parcel_sentences` where the stream speaks, and by those of the
offices. What has no other words stays as it is, and rule and value always do.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import override

from customhouse.desks import parcel_sentences, sentences
from customhouse.desks.explain import decisions
from customhouse.desks.explain.language import figures, in_language, language, told
from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.offices.longroom import vague

RANDOM = "random"
MOST_KEPT = 100_000
_NEAR = re.compile(r"Did you mean (?P<name>.+)\?")


def said(text: str) -> str:
    """A sentence of the stream in the reader's language."""
    if not text or language() == "en":
        return text
    return _said(text, language())


@lru_cache(maxsize=10_000)
def _said(text: str, language: str) -> str:
    for shape, form in _forms():
        if found := form.fullmatch(text):
            facts = {n: said(fact) if n in parcel_sentences.TOLD else fact for n, fact in found.groupdict().items()}
            return _(shape).format(**facts) if facts else _(shape)
    if found := _NEAR.fullmatch(text):  # the name of a field, which is the same in every language
        return _("Did you mean {name}?").format(name=found["name"])
    return told(text)


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (shape, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(shape)), re.DOTALL))
        for shape in parcel_sentences.SHAPES
    )


def problem(found: Problem, law: Law | None = None) -> Problem:
    """What is wrong with a file, a line or a parcel; `law` is the one it was judged under."""
    if language() == "en":
        return found
    if law is not None and (found.rule == vague.RULE or any(rule.id == found.rule for rule in law.contents.rules)):
        return decisions.problem(found, law)
    return msgspec.structs.replace(found, label=said(found.label), hint=said(found.hint))


class Reasons:
    """The reasons of rows that were judged under one law, in one language: the reader's where none is named.

    The same reasons stand in many rows: each text is worked out once.
    """

    def __init__(self, law: Law | None, told_in: str = "") -> None:
        self.law, self.language = law, (told_in or language())[:2]
        criteria = (*law.contents.criteria, *law.contents.agency_criteria) if law else ()
        self._texts = {criterion.id: criterion.text for criterion in criteria}
        self._kept: dict[str, str] = {}

    def row(self, told: str) -> str:
        """The reasons of a row as they rest (JSON), in other words; the same JSON in English."""
        if not told or self.language == "en":
            return told
        if (made := self._kept.get(told)) is None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            made = self._kept[told] = msgspec.json.encode(self.read(told)).decode()
        return made

    def read(self, told: str) -> list[dict[str, Any]]:
        """The same, to be shown: what each holds beside rule and label (place, hint, value) stays with it."""
        with override(self.language):
            return [self._one(one) for one in msgspec.json.decode(told)] if told else []

    def line(self, rule: str, why: str, hint: str) -> tuple[str, str]:
        """(why, what to do) of a line that could not be read."""
        found = self.problem(Problem(rule, why, "", hint))
        return found.label, found.hint

    def problem(self, found: Problem) -> Problem:
        """What is wrong with a file or a parcel."""
        with override(self.language):
            return problem(found, self.law)

    def _one(self, one: dict[str, Any]) -> dict[str, Any]:
        if self.language == "en":
            return one
        rule, label = one["rule"], one["label"]
        if rule in sentences.OFFICES:
            return {**one, "label": str(sentences.OFFICES[rule])}
        if rule in self._texts:
            return {**one, "label": in_language(self._texts[rule])}
        if rule == RANDOM:
            return {**one, "label": figures(said(label))}
        if rule in decisions.OWN_WORDS:
            return one
        found = problem(Problem(rule, label, one.get("where", ""), one.get("hint", "")), self.law)
        return {**one, "label": found.label, **({"hint": found.hint} if "hint" in one else {})}
