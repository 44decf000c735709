"""The law itself in words: a measure with its rate, area, season, conditions, documents, footnotes and quota."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import msgspec
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customhouse.desks import words
from customhouse.desks.explain.decisions import document
from customhouse.desks.explain.duties import formula, tax_name
from customhouse.desks.explain.language import figures, in_language, quantity
from customhouse.law.book import Law
from customhouse.law.measure import ALL_ORIGINS, Condition, Measure, Season
from customhouse.law.terms import Agreement, Quota, Text
from customhouse.registry.balance import Standing

Standings = Mapping[str, Standing]
LEAP_YEAR = 2024  # every day of a season is in it


class QuotaTold(msgspec.Struct, frozen=True):
    """A quota with what is left of it; `left_ppm` is what a bar shows, `critical` from how much drawn it is watched."""

    of: Quota
    name: str
    left: str
    volume: str
    left_ppm: int
    critical: bool

    @property
    def per_cent(self) -> float:
        return round(self.left_ppm / 10_000, 1)


class MeasureTold(msgspec.Struct, frozen=True):
    """A measure in words; `agreements` are those it rests on, `overruled` says that a more specific code goes first."""

    of: Measure
    tax: str
    rate: str
    area: str
    preference: str
    agreements: tuple[str, ...]
    season: str
    documents: tuple[str, ...]
    conditions: tuple[tuple[str, ...], ...]
    footnotes: tuple[tuple[str, str], ...]
    quota: QuotaTold | None
    overruled: bool = False


def measure(of: Measure, law: Law, stands: Standings, *, overruled: bool = False) -> MeasureTold:
    """One measure of the day."""
    found = law.quota(of.order) if of.order else None
    agreements = resting_on(of, law)
    proofs = of.documents or tuple(dict.fromkeys(p for a in agreements for p in a.proofs))
    return MeasureTold(
        of,
        tax_name(of.tax_type, law) if of.tax_type else "",
        formula(of.expression_text) if of.expression_text else "",
        area(of.area, law),
        preference(of.preference) if of.preference else "",
        tuple(in_language(a.text) for a in agreements),
        season(of.season) if of.season else "",
        tuple(document(code, law) for code in proofs),
        conditions(of.conditions, law),
        footnotes(of.footnotes, law),
        quota(found, stands[found.order]) if found and found.order in stands else None,
        overruled,
    )


def resting_on(of: Measure, law: Law) -> list[Agreement]:
    """The agreements in force that give the preference of a measure to its area."""
    if not of.preference:
        return []
    found = law.preferences.of(of.area, of.preference)
    return [a for a in found if of.area in a.areas] or list(found)


def quota(of: Quota, stands: Standing) -> QuotaTold:
    left_ppm = int(stands.left / stands.volume * 1_000_000) if stands.volume else 0
    return QuotaTold(
        of,
        in_language(of.text),
        quantity(stands.left, stands.unit),
        quantity(stands.volume, stands.unit),
        left_ppm,
        1_000_000 - left_ppm >= of.critical_ppm,
    )


def area(code: str, law: Law) -> str:
    """A country by its code, a group by the agreements for it."""
    if code == ALL_ORIGINS:
        return _("every origin")
    named = (a for a in law.contents.agreements if code in a.areas and a.validity.contains(law.date))
    return next((f"{code} {in_language(a.text)}" for a in named if len(code) != 2), code)


def preference(code: str) -> str:
    """What a preference code claims, in words."""
    if code == "100":
        return _("no preference")
    claimed, under = words.PREFERENCES.get(code[:1]), words.CLAIMED_UNDER.get(code[1:])
    if under and code.startswith("1"):
        return str(under)
    return ", ".join(str(word) for word in (claimed, under) if word)


def season(of: Season) -> str:
    """A part of every year, in words."""
    start, until = (_of_year(date(LEAP_YEAR, *day)) for day in (of.start, of.until))
    return _("each year from %(start)s until before %(until)s") % {"start": start, "until": until}


def _of_year(day: date) -> str:
    """A day without its year; the first of a month has a word of its own in some languages."""
    if day.day == 1:
        return _("1 %(month)s") % {"month": date_format(day, "F")}
    return date_format(day, "j F")


def conditions(lines: Iterable[Condition], law: Law) -> tuple[tuple[str, ...], ...]:
    """The conditions of a measure: in each group the first line that holds speaks."""
    groups: dict[str, list[str]] = {}
    for line in lines:
        groups.setdefault(line.group, []).append(condition(line, law))
    return tuple(tuple(group) for group in groups.values())


def condition(line: Condition, law: Law) -> str:
    """One line of a condition."""
    asked = []
    if line.document:
        asked.append(_("with %(document)s") % {"document": document(line.document, law)})
    if line.threshold is not None:
        threshold = figures(str(line.threshold)) + "\u202f" + " / ".join(u for u in (line.currency, line.unit) if u)
        asked.append((_("up to %(threshold)s") if line.at_most else _("from %(threshold)s")) % {"threshold": threshold})
    done = str(words.ACTIONS[line.action])
    if line.action == "rate":
        done %= {"rate": formula(line.expression_text)}
    return _("%(when)s: %(then)s") % {"when": ", ".join(asked) or _("otherwise"), "then": done}


def footnotes(codes: Iterable[str], law: Law) -> tuple[tuple[str, str], ...]:
    """The footnotes of these codes with their words."""
    wanted = dict.fromkeys(codes)
    if not wanted:
        return ()
    found = law.remembered(_of_the_day)
    return tuple((code, in_language(found.get(code, {}))) for code in wanted)


def _of_the_day(law: Law) -> dict[str, Text]:
    return {f.code: f.text for f in law.contents.footnotes if f.validity.contains(law.date)}
