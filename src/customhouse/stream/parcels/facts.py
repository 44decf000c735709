"""Parcels as the facts that rules see: the same as `record.facts` finds in the declaration of each (tests/stream), in columns.

What is the same for all parcels of a consolidation is asked of one of them; the rest is made here from its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from customhouse.kernel.currency import minor_digits
from customhouse.law.book import Law
from customhouse.record.facts import ITEM, WHOLE, lodged_facts
from customhouse.record.parcel import BY_NAME, INVOICE, NAMES, VENDOR, Consolidation, Parcel, entries, lodgement
from customhouse.stream.facts import Codes, Facts, Text, Words
from customhouse.stream.items import Ints
from customhouse.stream.parcels.rows import MASS_SCALE, PRICE_SCALE, Coded, Rows, Table, laid, settle, shaped, strings

GRAM = MASS_SCALE // 1000
Assessed = Mapping[str, Ints]
"""Value, duty, payable of each row in national minor units, and the facts of history; empty before they are known."""


KINDS = {name: kind for name, (kind, _) in (*WHOLE.items(), *ITEM.items())}


def same(of: Consolidation, currency: str, day: date | None) -> dict[str, Any]:
    """The facts that are one for all parcels of a consolidation, asked of one of them; with what is true of the day once it is
    known."""
    header, items = lodged_facts(lodgement(Parcel(price="1", currency=currency), of))
    made = {**{n: getattr(header, n) for n in WHOLE}, **{n: getattr(items[0], n) for n in ITEM}}
    if day is not None:
        made |= {"day": day.year * 10_000 + day.month * 100 + day.day, "month": day.month, "weekday": day.isoweekday()}
    return made


class ParcelFacts:
    """The facts of rows; each column is made when it is first asked for. `assessed` is empty while the form is checked."""

    def __init__(self, rows: Rows, of: Consolidation, law: Law, assessed: Assessed | None = None) -> None:
        self.rows, self.law, self.assessed = rows, law, assessed or {}
        self._same = same(of, law.currency, law.date if assessed else None)
        self._made: dict[str, Any] = {}

    def facts(self, names: Iterable[str]) -> Facts:
        """The columns of these facts, one item to a declaration."""
        size = len(self.rows)
        wanted = set(names)
        return Facts(
            {n: self.column(n) for n in wanted if n in WHOLE},
            {n: self.column(n) for n in wanted if n in ITEM},
            np.arange(size + 1, dtype=np.int64),
        )

    def column(self, name: str) -> Any:
        made = self._made.get(name)
        if made is None:
            how = MAKERS.get(name)
            if how is not None:
                made = how(self)
            elif name in self.assessed:
                made = self.assessed[name]
            else:
                made = self._constant(name)
            self._made[name] = made
        return made

    def _constant(self, name: str) -> Any:
        kind, value, size = KINDS[name], self._same[name], len(self.rows)
        if kind == "text":
            return Text(Words([value]), np.zeros(size, np.int32))
        if kind == "codes":
            words = sorted(value)
            starts = np.arange(size + 1, dtype=np.int64) * len(words)
            return Codes(Words(words), starts, np.tile(np.arange(len(words), dtype=np.int32), size))
        return np.full(size, value, bool if kind == "bool" else np.int64)

    # --- texts ----------------------------------------------------------------------------------------------------

    def text(self, name: str) -> Text:
        return _text(self.rows.text[name])

    def first_of(self, one: str, other: str) -> Text:
        """A text, or another one where it is empty."""
        found, instead = self.rows.text[one], self.rows.text[other]
        empty = found.words.index("").as_py()
        if empty < 0:
            return _text(found)
        if not found.code.any() and len(found.words) == 1:
            return _text(instead)
        words = list(dict.fromkeys((*found.words.to_pylist(), *instead.words.to_pylist())))
        place = {word: n for n, word in enumerate(words)}
        mapped = (np.array([place[w] for w in c.words.to_pylist()], np.int32)[c.code] for c in (found, instead))
        mine, its = mapped
        return Text(Words(words), np.where(found.code == empty, its, mine))

    def codes(self, name: str) -> Codes:
        """Codes with blanks between them, taken apart."""
        found = self.rows.text[name]
        sets = [sorted(set(text.split())) for text in found.words.to_pylist()]
        return codes_of(sets, found.code)

    def where(self, name: str, code: str) -> Codes:
        """One code where a column is not empty."""
        found = self.rows.text[name]
        there = np.diff(laid(found.words)[0]) > 0
        starts = np.concatenate((np.zeros(1, np.int64), np.cumsum(there[found.code], dtype=np.int64)))
        return Codes(Words([code] if len(there) and there.any() else []), starts, np.zeros(int(starts[-1]), np.int32))

    def listed(self, name: str, alone: str = "", code: str = "") -> Codes:
        """The codes of entries, and one more code where a column beside them, `alone`, is not empty."""
        found = self.rows.text[name]
        if alone and not found.says():
            return self.where(alone, code)
        shapes, place = shaped(found.words)
        sets = [{parts[0] for parts in entries(text)} for text in shapes]
        if not alone:
            return codes_of([sorted(codes) for codes in sets], place[found.code])
        column = self.rows.text[alone]
        there = (np.diff(laid(column.words)[0]) > 0)[column.code]
        both = [sorted(codes | more) for codes in sets for more in (set(), {code})]
        return codes_of(both, place[found.code] * 2 + there)

    # --- numbers --------------------------------------------------------------------------------------------------

    def money(self, name: str) -> Ints:
        """A price in minor units of its currency, rounded half up; none is below zero here."""
        currency = self.rows.text["currency"]
        digits = np.array([minor_digits(c) for c in currency.words.to_pylist()], np.int64)[currency.code]
        per = PRICE_SCALE // 10**digits
        return np.asarray((self.rows.number[name] + per // 2) // per, np.int64)

    def grams(self, name: str) -> Ints:
        return np.asarray((self.rows.number[name] + GRAM // 2) // GRAM, np.int64)

    def known(self, name: str) -> Ints:
        found = self.assessed.get(name)
        return np.zeros(len(self.rows), np.int64) if found is None else found

    def value_per_kg(self) -> Ints:
        net, value = self.grams("net_mass"), self.known("customs_value")
        return np.asarray(np.where(net > 0, value * 1000 // np.maximum(net, 1), 0), np.int64)


def any_parcel(law: Law) -> ParcelFacts:
    """The facts of one parcel, whichever, as they are when lanes are set: to try whether a rule can be asked."""
    rows, _ = settle(Table(np.array([1]), strings([["1" if BY_NAME[name].must else "" for name in NAMES]]), []))
    nothing = np.zeros(1, np.int64)
    known = dict.fromkeys(("customs_value", "duty", "payable"), nothing)
    return ParcelFacts(rows, Consolidation("1", "1", destination=law.country), law, known)


def _text(found: Coded) -> Text:
    return Text(Words(found.words.to_pylist()), found.code)


def _each(found: Coded, how: Callable[[str], str]) -> Text:
    """A text that is made of each distinct one."""
    words = [how(w) for w in found.words.to_pylist()]
    distinct = {w: n for n, w in enumerate(dict.fromkeys(words))}
    return Text(Words(list(distinct)), np.array([distinct[w] for w in words], np.int32)[found.code])


def _place(text: str) -> str:
    """The name of a place where goods may be seen, or its ID where it has none."""
    told = (*next(iter(entries(text)), ()), "", "", "", "", "")
    return told[0] or told[4]


def codes_of(sets: list[list[str]], row: Any) -> Codes:
    """Sets of codes, for each row the place of its own among `sets`."""
    words = sorted({code for codes in sets for code in codes})
    place = {word: n for n, word in enumerate(words)}
    counts = np.array([len(codes) for codes in sets], np.int64)
    flat = np.array([place[code] for codes in sets for code in codes], np.int32)
    begins = np.concatenate(([0], np.cumsum(counts)))[:-1]
    of_row = counts[row]
    starts = np.concatenate(([0], np.cumsum(of_row))).astype(np.int64)
    at = np.repeat(begins[row] - starts[:-1], of_row) + np.arange(int(starts[-1]))
    return Codes(Words(words), starts, flat[at] if len(flat) else np.zeros(0, np.int32))


MAKERS: dict[str, Callable[[ParcelFacts], Any]] = {
    "lrn": lambda of: of.text("reference"),
    "importer": lambda of: of.first_of("consignee_id", "consignee"),
    "exporter": lambda of: of.text("consignor"),
    "exporter_country": lambda of: of.text("consignor_country"),
    "representation": lambda of: of.text("representation"),
    "border_nationality": lambda of: of.text("nationality"),
    "location": lambda of: _each(of.rows.text["location"], _place),
    "previous_documents": lambda of: of.listed("previous"),
    "dispatch_country": lambda of: of.first_of("dispatch", "consignor_country"),
    "charges": lambda of: of.where("freight", "AK"),
    "packages_sum": lambda of: of.rows.number["packages"],
    "price_sum": lambda of: of.money("price"),
    "price_currency": lambda of: of.text("currency"),
    "gross_mass_sum": lambda of: of.grams("gross_mass"),
    "customs_value_total": lambda of: of.known("customs_value"),
    "payable_total": lambda of: of.known("payable"),
    "code": lambda of: of.text("code"),
    "description": lambda of: _each(
        of.rows.text["description"], str.lower
    ),  # Python's, which the rules of declarations see
    "origin": lambda of: of.text("origin"),
    "additional_procedures": lambda of: of.codes("procedures"),
    "item_dispatch": lambda of: of.column("dispatch_country"),
    "item_charge_least": lambda of: of.money("freight"),
    "price": lambda of: of.money("price"),
    "currency": lambda of: of.text("currency"),
    "gross_mass": lambda of: of.grams("gross_mass"),
    "net_mass": lambda of: of.grams("net_mass"),
    "packages": lambda of: of.rows.number["packages"],
    "documents": lambda of: of.listed("documents", "invoice", "".join(INVOICE)),
    "tax_roles": lambda of: of.listed("tax_parties", "scheme", VENDOR),
    "customs_value": lambda of: of.known("customs_value"),
    "duty": lambda of: of.known("duty"),
    "value_per_kg": ParcelFacts.value_per_kg,
}
"""Facts that differ from parcel to parcel. Those of history stand in `Assessed`; all others are one for the consolidation."""
