"""Why a customs value is what it is: its steps, what was checked, and what stands against it."""

from __future__ import annotations

import re

import msgspec
from django.utils.translation import gettext as _

from customhouse.desks import words
from customhouse.desks.explain.duties import Step, rounding
from customhouse.desks.explain.language import amount, figures, in_language, lawful, told
from customhouse.kernel.money import Money
from customhouse.law.book import Law
from customhouse.law.terms import Text
from customhouse.record.valuation import ItemValue, Unmet

CHARGE = "charge "
SHARE = re.compile(r"(\d[\d.]*) of (\d[\d.]*) (\S+)")
OF_CHARGES = ("charge", "twice", "outside", "not_in_price", "part_of_value")


class Remark(msgspec.Struct, frozen=True):
    """What stands against a value: why, what to do, by which article, and whether it stops the release."""

    of: Unmet
    word: str
    why: str
    hint: str
    holds: bool


def steps(of: ItemValue, law: Law | None) -> tuple[Step, ...]:
    """A customs value, line by line."""
    return tuple(
        Step(
            _what(s.what, law),
            figures(s.declared),
            "" if s.rate == "1" else figures(s.rate),
            amount(Money(s.amount, of.value.currency)) if s.amount or not s.note else "–",
            told(s.source),
            _share(s.share),
            rounding(s.note) if s.what == "rounding" else _reason(s.note, s.what, law),
        )
        for s in of.steps
    )


def _charge(code: str, law: Law | None) -> Text | None:
    found = law.charge(code) if law else None
    return found.text if found else None


def _what(what: str, law: Law | None) -> str:
    if not what.startswith(CHARGE):
        return str(words.ORIGIN_OF_VALUE.get(what, what))
    code = what.removeprefix(CHARGE)
    text = _charge(code, law)
    return f"{code} {in_language(text) if text else words.CHARGES.get(code, '')}".strip()


def _reason(note: str, what: str, law: Law | None) -> str:
    text = _charge(what.removeprefix(CHARGE), law)
    return told(lawful(note, text) if text else note)


def _share(said: str) -> str:
    """How an amount of the shipment was apportioned; the record writes a part, the whole and their unit."""
    found = SHARE.fullmatch(said)
    if found is None:
        return said
    unit = _("items") if found[3] == "items" else found[3]
    return _("by %(part)s of %(whole)s %(unit)s") % {
        "part": figures(found[1]),
        "whole": figures(found[2]),
        "unit": unit,
    }


def checks(met: tuple[str, ...]) -> list[str]:
    """The checks that are met, in words, each once."""
    return [str(words.CHECKS.get(id, id)) for id in dict.fromkeys(met)]


def remarks(unmet: tuple[Unmet, ...], law: Law | None) -> list[Remark]:
    """The checks that are not met."""
    holding = law.valuation.holds if law else ()
    return [Remark(u, str(words.CHECKS.get(u.id, u.id)), why(u, law), told(u.hint), u.id in holding) for u in unmet]


def why(unmet: Unmet, law: Law | None) -> str:
    """Why a check is not met."""
    if unmet.id not in OF_CHARGES:
        return told(unmet.why)
    text = _charge(unmet.why.split(" ", 1)[0], law)
    return figures(told(lawful(unmet.why, text) if text else unmet.why))
