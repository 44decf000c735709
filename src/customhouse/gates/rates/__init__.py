"""The gate for monthly rates of exchange, as rates of the national currency.

Two forms are read: a table of units of every currency for one United States dollar (Date, Country, Exchange rate), and
the JSON of a tariff API (units of a currency for one euro). A rate holds from its month until the next one; rates
between two others are crossed, exact in decimal to the significant digits that are asked for, half to even.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import NamedTuple

from customhouse.gates.rates.currency import currency_of
from customhouse.kernel.validity import Validity
from customhouse.law.layer import Layer
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, named, read_json, standing, table
from customhouse.law.terms import Rate

HINT = "Mend the line; a rate is a number above zero"
TABLE = ("Date", "Country", "Exchange rate")


class Quote(NamedTuple):
    """In a month, one unit of `one` is worth `value` units of `other`."""

    month: date
    one: str
    other: str
    value: Decimal


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    findings = Findings()
    quotes: list[Quote] = []
    for source in sources:
        quotes += _json(source, findings) if source.data.lstrip()[:1] in (b"[", b"{") else _csv(source, findings)
    rates = _national(quotes, setting, findings, setting.source or f"Monthly rates of exchange, {named(sources)}")
    wholes = tuple(("rates", currency) for currency in sorted({r.currency for r in rates}))
    stands = standing(rates, "rates", findings)
    if quotes and not rates:
        label = f"The files have no rates of the national currency {setting.currency}"
        findings.found(
            "NoRates", label, named(sources), "Name the currency of the pack in country.toml, or other files"
        )
    return Reading(
        layer=Layer(rates=stands), account=findings.account, problems=tuple(findings.problems), wholes=wholes
    )


def _csv(source: Source, findings: Findings) -> list[Quote]:
    made = []
    for where, row in table(source, TABLE, findings):
        try:
            month, value = date.fromisoformat(row["Date"]).replace(day=1), _positive(row["Exchange rate"])
        except ValueError as fault:
            findings.refuse("BrokenRow", f"The rate cannot be read: {fault}", where, HINT, ",".join(row.values()))
            continue
        currency = currency_of(row["Country"], month)
        if not currency:
            label = "We do not know the currency of this country on that day"
            findings.refuse(
                "UnknownCurrency", label, where, "Add the country to the table of currencies", row["Country"]
            )
            continue
        findings.take()
        made.append(Quote(month, "USD", currency, value))
    return made


def _json(source: Source, findings: Findings) -> list[Quote]:
    found = read_json(source, findings)
    if found is None:
        return []
    made = []
    for number, row in enumerate(found if isinstance(found, list) else [], 1):
        where = f"{source.name}: entry {number}"
        try:
            said = row["attributes"]
            month, currency = date.fromisoformat(said["validity_start_date"][:10]), said["child_monetary_unit_code"]
            value = _positive(str(said["exchange_rate"]))
            if not re.fullmatch("[A-Z]{3}", currency):
                raise ValueError(f"{currency!r} is no currency")
        except (KeyError, TypeError, ValueError) as fault:
            findings.refuse("BrokenRow", f"The rate cannot be read: {fault}", where, HINT)
            continue
        findings.take()
        made.append(Quote(month, "EUR", currency, value))
    if not isinstance(found, list):
        findings.found(
            "NotAList", "The file is no list of rates", f"{source.name}:1", "Check that this is the file meant"
        )
    return made


def _positive(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no number") from None
    if not value.is_finite() or value <= 0:
        raise ValueError(f"{text!r} is not above zero")
    return value


def _national(quotes: Sequence[Quote], setting: Setting, findings: Findings, source: str) -> list[Rate]:
    """The rates of every currency in national currency, period by period."""
    context = Context(prec=setting.digits, rounding=ROUND_HALF_EVEN)
    by_pivot: dict[tuple[str, date], dict[str, Decimal]] = {}
    for quote in quotes:
        by_pivot.setdefault((quote.one, quote.month), {quote.one: Decimal(1)})[quote.other] = quote.value
    found: dict[str, dict[date, Decimal]] = {}
    lacking: list[date] = []
    for (_, month), worth in sorted(by_pivot.items()):
        national = worth.get(setting.currency)
        if national is None:
            lacking.append(month)
            continue
        for currency, value in worth.items():
            if currency != setting.currency:
                found.setdefault(currency, {}).setdefault(month, context.divide(national, value))
    if lacking:
        label = f"{len(lacking)} month(s) have no rate of {setting.currency}, from {lacking[0]} to {lacking[-1]}"
        findings.warn("NoNationalRate", label, source)
    return [rate for currency, months in sorted(found.items()) for rate in _periods(currency, months, source)]


def _periods(currency: str, months: Mapping[date, Decimal], source: str) -> list[Rate]:
    """A rate holds from its month until the month after; a month that is missing has no rate."""
    return [
        Rate(currency=currency, value=months[m], validity=Validity(m, _next(m)), source=source) for m in sorted(months)
    ]


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
