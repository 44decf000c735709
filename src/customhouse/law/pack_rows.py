"""One line of a CSV file of a country pack, made into a word of the law. Each raises ValueError with what is wrong in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import msgspec

from customhouse.kernel.validity import Validity
from customhouse.law import expression
from customhouse.law.measure import ALL_ORIGINS, Action, Condition, Measure, Season
from customhouse.law.terms import (
    Footnote,
    Line,
    ListEntry,
    Membership,
    Place,
    Procedure,
    ProductRule,
    Quota,
    Rate,
    Relief,
    Text,
)
from customhouse.law.valuation import COSTS, Charge, Incoterm

START = date(2020, 1, 1)
Row = dict[str, str]


# A tariff repeats itself: its tens of thousands of lines have few dates, rates and lists, and each is read once.
_remembered = lru_cache(maxsize=1 << 16)


def validity(row: Row) -> Validity:
    return _validity(row.get("from", ""), row.get("until", ""))


@_remembered
def _validity(start: str, until: str) -> Validity:
    return Validity(date.fromisoformat(start) if start else START, date.fromisoformat(until) if until else None)


def words(row: Row, languages: tuple[str, ...]) -> Text:
    """The text of a row in every language it has; English speaks for those it has not."""
    return {lang: row.get(lang) or row["en"] for lang in languages}


def many(row: Row, column: str) -> tuple[str, ...]:
    """Words with spaces between them."""
    return _many(row.get(column, ""))


@_remembered
def _many(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_expression = _remembered(expression.parse)


def number(text: str) -> Decimal:
    return msgspec.convert(text, type=Decimal, strict=False)


def line(row: Row, languages: tuple[str, ...]) -> Line:
    if not row["code"].isdigit():
        raise ValueError("a code has digits only")
    return Line(
        code=row["code"], text=words(row, languages), unit=row["unit"], validity=validity(row), source=row["source"]
    )


def membership(row: Row) -> Membership:
    return Membership(group=row["group"], country=row["country"], validity=validity(row), source=row["source"])


def rate(row: Row) -> Rate:
    """`units` and `quoted` (inverse: how much of the currency for one unit of ours) may be left out."""
    value, units = number(row["value"]), int(row.get("units") or 1)
    if value <= 0 or units <= 0:
        raise ValueError("a rate of exchange is above zero")
    return Rate(
        currency=row["currency"],
        value=value,
        units=units,
        inverse=row.get("quoted", "") == "inverse",
        validity=validity(row),
        source=row["source"],
    )


def procedure(row: Row, languages: tuple[str, ...]) -> Procedure:
    return Procedure(
        code=row["code"],
        text=words(row, languages),
        duties_payable=row["duties"] != "suspended",
        guarantee=row["guarantee"] == "yes",
        note=row["note"],
        validity=validity(row),
        source=row["source"],
    )


def measure(row: Row) -> Measure:
    """A measure without its conditions, which stand in a file of their own."""
    text = row["expression"]
    return Measure(
        id=row["id"],
        code=row["code"],
        tax_type=row["tax_type"],
        area=row["area"] or ALL_ORIGINS,
        validity=validity(row),
        source=row["source"],
        kind=row.get("kind", ""),
        expression=_expression(text) if text else None,
        expression_text=text or row.get("words", ""),
        preference=row["preference"],
        additional_code=row["additional_code"],
        order=row["order"],
        documents=many(row, "documents"),
        procedures=many(row, "procedures"),
        flow=row["flow"] or "import",
        excluded=many(row, "excluded"),
        season=season(row.get("season", "")),
        footnotes=many(row, "footnotes"),
    )


@_remembered
def season(text: str) -> Season | None:
    """``06-01..10-01``: from the first of June until (not including) the first of October, every year."""
    if not text:
        return None
    try:
        start, until = ((int(d[:2]), int(d[3:])) for d in text.split(".."))
        date(2024, *start), date(2024, *until)
    except ValueError as fault:
        raise ValueError(f"{text!r} is no season; write it as 06-01..10-01") from fault
    return Season(start, until)


def condition(row: Row) -> tuple[str, Condition]:
    """(id of the measure, one line of a condition of it)."""
    text = row["expression"]
    made = Condition(
        group=row["group"],
        action=msgspec.convert(row["action"], type=Action),
        document=row["document"],
        threshold=number(row["threshold"]) if row["threshold"] else None,
        currency=row["currency"],
        unit=row["unit"],
        expression=_expression(text) if text else None,
        expression_text=text or row.get("words", ""),
        at_most=row.get("at_most", "") == "yes",
    )
    return row["measure"], made


def relief(row: Row, languages: tuple[str, ...]) -> Relief:
    return Relief(
        code=row["code"],
        text=words(row, languages),
        tax_types=many(row, "tax_types") or ("*",),
        document=row["document"],
        suspended=row["effect"] == "suspended",
        deposited=row["effect"] == "deposited",
        off=many(row, "off"),
        validity=validity(row),
        source=row["source"],
    )


def quota(row: Row, languages: tuple[str, ...]) -> Quota:
    return Quota(
        order=row["order"],
        volume=number(row["volume"]),
        unit=row["unit"],
        critical_ppm=int(number(row["critical"] or "90") * 10_000),
        currency=row.get("currency", ""),
        text=words(row, languages),
        validity=validity(row),
        source=row["source"],
    )


def costs(row: Row, column: str) -> tuple[str, ...]:
    """Costs of delivery, by their names."""
    named = many(row, column)
    if unknown := [c for c in named if c not in COSTS]:
        raise ValueError(f"{unknown[0]!r} is no cost of delivery; they are {', '.join(COSTS)}")
    return named


def incoterm(row: Row, languages: tuple[str, ...]) -> Incoterm:
    return Incoterm(
        code=row["code"],
        text=words(row, languages),
        includes=costs(row, "includes"),
        may_include=costs(row, "may_include"),
        modes=many(row, "modes"),
        validity=validity(row),
        source=row["source"],
    )


def charge(row: Row, languages: tuple[str, ...]) -> Charge:
    return Charge(
        code=row["code"],
        text=words(row, languages),
        effect=chosen(row["effect"], "add", "deduct", "none"),
        covers=costs(row, "covers"),
        spread=chosen(row["spread"], "", "value", "weight"),
        percent=row["percent"] == "yes",
        validity=validity(row),
        source=row["source"],
    )


def chosen(text: str, *words: str) -> Any:
    """One of a few words."""
    if text not in words:
        raise ValueError(f"{text!r} is not one of {', '.join(filter(None, words))}")
    return text


def product_rule(row: Row) -> ProductRule:
    return ProductRule(
        rules=row["rules"],
        low=row["low"],
        high=row["high"],
        heading=row["heading"],
        goods=row["goods"],
        classes=many(row, "classes"),
        text=row["text"],
        source=row["source"],
    )


def footnote(row: Row, languages: tuple[str, ...]) -> Footnote:
    return Footnote(code=row["code"], text=words(row, languages), validity=validity(row), source=row["source"])


def entry(row: Row, languages: tuple[str, ...]) -> ListEntry:
    return ListEntry(
        list=row["list"],
        code=row["code"],
        text=words(row, languages),
        validity=validity(row),
        source=row["source"],
    )


def place(row: Row) -> Place:
    return Place(
        code=row["code"],
        name=row["name"],
        country=row["country"],
        latitude=number(row["latitude"]) if row["latitude"] else None,
        longitude=number(row["longitude"]) if row["longitude"] else None,
        function=row["function"],
        validity=validity(row),
        source=row["source"],
    )
