"""What parcels are worth and what is owed on them, in columns: the twins of `offices.value` and `offices.duty`.

The valuation office is asked once for each currency whether its value is the price, and the carriage on top, each converted;
the duty office once for each kind of claim (`stream.plans`). Whatever is not so is left to the offices, row by row.
"""

from __future__ import annotations

from math import gcd
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from customhouse.kernel.currency import minor_digits
from customhouse.law.book import Law
from customhouse.offices import documents
from customhouse.offices import value as valuation_office
from customhouse.record.acts import Held, Valued
from customhouse.record.parcel import INVOICE, PROCEDURE, VENDOR, Consolidation, Parcel, lodgement
from customhouse.stream.columns import GREATEST
from customhouse.stream.duty import Engine
from customhouse.stream.items import Claim, Flags, Ints, Items
from customhouse.stream.names import Names
from customhouse.stream.parcels.rows import MASS_SCALE, PRICE_SCALE, Coded, Rows, laid

BEYOND = ("agent", "documents", "statements", "tax_parties")
"""Fields that offices may ask for one by one: a row that has any is left to them."""
PROBES = ((1000, 0), (1000, 100), (1, 1))
"""(price, carriage) in whole units that the valuation office is asked about."""


class Rated(NamedTuple):
    """A scaled price times `top` over `bottom` is its value in national minor units."""

    top: int
    bottom: int


class Owed(NamedTuple):
    """All that is owed on each row, what of it is payable (minor units), and the rows left to the offices; what is payable for
    each of the `taxes`, one line a tax."""

    duty: Ints
    payable: Ints
    left: Flags
    taxes: tuple[str, ...]
    by_tax: Ints


class Worth:
    """Under one law, for one consolidation; what was asked of the offices is kept from chunk to chunk."""

    def __init__(self, law: Law, of: Consolidation, engine: Engine | None = None) -> None:
        self.law, self.of = law, of
        self.engine = engine or Engine(law.book)
        self._rated: dict[str, Rated | None] = {}
        self._asked: dict[tuple[str, str, bool], bool] = {}
        self._codes, self._origins, self._claims = Names(), Names(), Names()

    # --- value ----------------------------------------------------------------------------------------------------

    def values(self, rows: Rows) -> tuple[Ints, Flags]:
        """(customs value of each row, whether it is certain); nothing where it is not."""
        currency = rows.text["currency"]
        rates = [self.rated(c) for c in currency.words.to_pylist()]
        known = np.array([r is not None for r in rates], bool)[currency.code]
        top = np.array([r.top if r else 0 for r in rates], np.int64)[currency.code]
        bottom = np.array([r.bottom if r else 1 for r in rates], np.int64)[currency.code]
        value = np.zeros(len(rows), np.int64)
        for name in ("price", "freight"):
            number = rows.number[name]
            fits = (number >= 0) & (number <= GREATEST // np.maximum(top, 1))
            known &= fits
            value += self.engine.rounded(np.where(fits, number, 0) * top, bottom)
        known &= rows.text["price"].code != _place(rows.text["price"], "")
        known &= ~says_more(rows)
        return np.where(known, value, 0), known

    def rated(self, currency: str) -> Rated | None:
        """How prices of a currency become values; None where the office says anything else than that."""
        if currency not in self._rated:
            self._rated[currency] = self._rate(currency)
        return self._rated[currency]

    def _rate(self, currency: str) -> Rated | None:
        law = self.law
        rate = None if currency == law.currency else law.rate(currency)
        if not currency or (rate is None and currency != law.currency):
            return None
        units, per = rate.fraction if rate is not None else (1, 1)
        top, bottom = units * 10 ** minor_digits(law.currency), per * PRICE_SCALE
        shared = gcd(top, bottom)
        made = Rated(top // shared, bottom // shared)
        if max(made) > GREATEST // PRICE_SCALE or not all(self._is_so(currency, made, *p) for p in PROBES):
            return None
        return made

    def _is_so(self, currency: str, rated: Rated, price: int, freight: int) -> bool:
        """Whether the office values a price and carriage as columns would."""
        asked = Parcel(price=str(price), currency=currency, freight=str(freight) if freight else "")
        acts = valuation_office.value(lodgement(asked, self.of), self.law)
        expected = sum(
            int(self.engine.rounded(np.array([n * PRICE_SCALE * rated.top]), rated.bottom)[0]) for n in (price, freight)
        )
        return len(acts) == 1 and isinstance(acts[0], Valued) and acts[0].valuation.total.minor == expected

    def value_of(self, parcel: Parcel) -> int:
        """The value that the office finds; 0 where it finds none."""
        acts = valuation_office.value(lodgement(parcel, self.of), self.law)
        return next((a.valuation.total.minor for a in acts if isinstance(a, Valued)), 0)

    # --- duty -----------------------------------------------------------------------------------------------------

    def owed(self, rows: Rows, value: Ints) -> Owed:
        """What is owed on each row of such a value."""
        day = np.full(len(rows), self.law.date.toordinal(), np.int64)
        code, origin = (
            _numbered(names, rows.text[n]) for names, n in ((self._codes, "code"), (self._origins, "origin"))
        )
        claim = self._claim(rows)
        items = Items(
            tuple(self._codes.all), tuple(self._origins.all), tuple(self._claims.all), code, origin, claim, day, day, value,
            (rows.number["net_mass"] + MASS_SCALE // 2000) // (MASS_SCALE // 1000),
            np.full(len(rows), -1, np.int64), rows.number["packages"],
        )  # fmt: skip
        found = self.engine.assess(items, ask=False)
        left = np.zeros(len(rows), bool)
        left[found.left] = True
        # where a mass is charged on and none was declared, the office is asked, which knows what is lacking
        left |= (rows.number["net_mass"] < 0) | says_more(rows)
        return Owed(found.amounts.sum(axis=0), found.payable.sum(axis=0), left, found.taxes, found.payable)

    def _claim(self, rows: Rows) -> Ints:
        """The claim of each row: its additional procedures, whether there is an invoice, and whether a seller accounts for
        the tax."""
        procedures, scheme, invoice = (rows.text[name] for name in ("procedures", "scheme", "invoice"))
        kinds = procedures.code.astype(np.int64) * 4 + 2 * _there(scheme) + _there(invoice)
        distinct, inverse = np.unique(kinds, return_inverse=True)
        made = np.empty(len(distinct), np.int64)
        for n, kind in enumerate(distinct.tolist()):
            claim = Claim(
                "".join(PROCEDURE),
                documents=("".join(INVOICE),) if kind & 1 else (),
                additional_procedures=tuple(procedures.words[kind >> 2].as_py().split()),
                roles=(VENDOR,) if kind & 2 else (),
            )
            made[n] = self._claims.number(claim)
        return made[inverse]

    # --- documents ------------------------------------------------------------------------------------------------

    def wants_papers(self, rows: Rows) -> Flags:
        """Rows that lack a document which the law asks for their code and origin."""
        code, origin = rows.text["code"], rows.text["origin"]
        wide = len(origin.words)
        kinds = (code.code.astype(np.int64) * wide + origin.code) * 2 + _there(rows.text["invoice"])
        distinct, inverse = np.unique(kinds, return_inverse=True)
        asked = [
            self._lacks(code.words[kind // 2 // wide].as_py(), origin.words[kind // 2 % wide].as_py(), kind % 2 == 1)
            for kind in distinct.tolist()
        ]
        return np.array(asked, bool)[inverse] if asked else np.zeros(0, bool)

    def _lacks(self, code: str, origin: str, invoiced: bool) -> bool:
        found = self._asked.get((code, origin, invoiced))
        if found is None:
            asked = Parcel(code=code, origin=origin, invoice="1" if invoiced else "")
            acts = documents.verify(lodgement(asked, self.of), self.law)
            found = self._asked[code, origin, invoiced] = any(isinstance(act, Held) for act in acts)
        return found


def says_more(rows: Rows) -> Flags:
    """Rows that say what only the offices read."""
    found = np.zeros(len(rows), bool)
    for name in BEYOND:
        column = rows.text[name]
        if column.says():
            found |= _there(column).astype(bool)
    return found


def _there(column: Coded) -> NDArray[np.int64]:
    """1 where a text is not empty."""
    return (np.diff(laid(column.words)[0]) > 0).astype(np.int64)[column.code]


def _numbered(names: Names, column: Coded) -> NDArray[np.int64]:
    """The place of each row's text in a list that only grows."""
    return np.array([names.number(word) for word in column.words.to_pylist()], np.int64)[column.code]


def _place(column: Coded, word: str) -> int:
    return int(column.words.index(word).as_py())
