"""Countries and their currencies: a table with the codes of ISO 3166 and ISO 4217 and names in several languages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from customhouse.gates.lists import reading
from customhouse.kernel.validity import Validity
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, table
from customhouse.law.terms import ListEntry, Text

COUNTRY, CURRENCY, NAME = "ISO3166-1-Alpha-2", "ISO4217-currency_alphabetic_code", "ISO4217-currency_name"
LANGUAGES = {"official_name_ar": "ar", "official_name_cn": "zh", "official_name_en": "en", "official_name_es": "es",
             "official_name_fr": "fr", "official_name_ru": "ru"}  # fmt: skip


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every country as an entry of ``countries``, every currency as one of ``currencies``."""
    findings = Findings()
    countries: dict[str, ListEntry] = {}
    currencies: dict[str, ListEntry] = {}
    for source in sources:
        for where, row in table(source, (COUNTRY, CURRENCY, NAME), findings):
            code = row[COUNTRY]
            if not re.fullmatch("[A-Z]{2}", code):
                findings.refuse("InvalidCode", "The country has no code of two letters", where, "Mend the line", code)
                continue
            findings.take()
            text = {lang: row[column] for column, lang in LANGUAGES.items() if row.get(column)}
            countries[code] = _entry("countries", code, text or {"en": row.get("CLDR display name", "")}, setting)
            for currency, name in _currencies(row, where, findings):
                currencies.setdefault(currency, _entry("currencies", currency, {"en": name}, setting))
    return reading([*countries.values(), *currencies.values()], findings)


def _currencies(row: Mapping[str, str], where: str, findings: Findings) -> list[tuple[str, str]]:
    """(code, name) of the currencies of a country; a country may have two."""
    codes = [c.strip() for c in row[CURRENCY].split(",") if c.strip()]
    names = [n.strip() for n in row[NAME].split(",")]
    if not codes:
        findings.warn("NoCurrency", "The country has no currency in the file", where, "", row[COUNTRY])
    good = [c for c in codes if re.fullmatch("[A-Z]{3}", c)]
    if len(good) != len(codes):
        label = "A currency has no code of three letters; it is left out"
        findings.warn("InvalidCode", label, where, "Mend the line", row[CURRENCY])
    return [(code, names[n] if len(names) == len(codes) else row[NAME]) for n, code in enumerate(codes) if code in good]


def _entry(name: str, code: str, text: Text, setting: Setting) -> ListEntry:
    source = setting.source or ("ISO 3166-1" if name == "countries" else "ISO 4217")
    return ListEntry(list=name, code=code, text=text, validity=Validity(setting.since), source=source)
