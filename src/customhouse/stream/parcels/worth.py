"""What parcels are worth and what is owed on them, in columns: the twins of `offices.value` and `offices.duty`.

The valuation office is asked once for each currency whether its value is the price, and the carriage on top, each converted, and once for
each kind of what rows say besides (`claims`) whether it changes that; the duty office once for each kind of claim (`stream.plans`). Whatever
is not so is left to the offices, row by row.
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
from customhouse.record.parcel import Consolidation, Parcel, lodgement
from customhouse.stream.columns import GREATEST
from customhouse.stream.duty import Engine
from customhouse.stream.items import Claim, Flags, Ints, Items
from customhouse.stream.names import Names
from customhouse.stream.parcels.claims import NOTHING, Kinds, Produced, Reading, alike
from customhouse.stream.parcels.rows import MASS_SCALE, PRICE_SCALE, Coded, Rows, laid

PROBES = ((1000, 0), (1000, 100), (1, 1))
"""(price, carriage) in whole units that the valuation office is asked about."""
MOST_CLAIMS, MOST_ASKED = 50_000, 200_000
"""Claims and answers of the offices that are kept."""


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
        self.reading = Reading(law)
        self._rated: dict[str, Rated | None] = {}
        self._plain: dict[Produced, bool] = {NOTHING: True}
        self._asked: dict[tuple[str, str, bool, str], bool] = {}
        self._codes, self._origins, self._claims = Names(), Names(), Names()

    # --- value ----------------------------------------------------------------------------------------------------

    def values(self, rows: Rows, kinds: Kinds) -> tuple[Ints, Flags]:
        """(customs value of each row, whether it is certain); nothing where it is not. `kinds` are what its rows say besides."""
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
        known &= kinds.where([self._leaves_value(one) for one in kinds.all])
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

    def _leaves_value(self, produced: Produced) -> bool:
        """Whether the office values goods as if nothing of this was said."""
        found = self._plain.get(produced)
        if found is None:
            if len(self._plain) >= MOST_ASKED:
                self._plain = {NOTHING: True}
            currency = str(self.law.currency)
            rated = self.rated(currency)
            found = rated is not None and all(self._is_so(currency, rated, *p, produced) for p in PROBES)
            self._plain[produced] = found
        return found

    def _is_so(self, currency: str, rated: Rated, price: int, freight: int, produced: Produced = NOTHING) -> bool:
        """Whether the office values a price and carriage as columns would."""
        asked = produced.parcel(price=str(price), currency=currency, freight=str(freight) if freight else "")
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

    def owed(self, rows: Rows, value: Ints, kinds: Kinds) -> Owed:
        """What is owed on each row of such a value."""
        day = np.full(len(rows), self.law.date.toordinal(), np.int64)
        code, origin = (
            _numbered(names, rows.text[n]) for names, n in ((self._codes, "code"), (self._origins, "origin"))
        )
        claim, secured = self._claim(rows, kinds)
        items = Items(
            tuple(self._codes.all), tuple(self._origins.all), tuple(self._claims.all), code, origin, claim, day, day, value,
            (rows.number["net_mass"] + MASS_SCALE // 2000) // (MASS_SCALE // 1000),
            np.full(len(rows), -1, np.int64), rows.number["packages"],
        )  # fmt: skip
        found = self.engine.assess(items, ask=False)
        left = secured | ~kinds.where([not one.asks for one in kinds.all])
        left[found.left] = True
        # where a mass is charged on and none was declared, the office is asked, which knows what is lacking
        left |= rows.number["net_mass"] < 0
        if self.reading.of_invoice:
            left |= _there(rows.text["invoice"]).astype(bool)
        return Owed(found.amounts.sum(axis=0), found.payable.sum(axis=0), left, found.taxes, found.payable)

    def _claim(self, rows: Rows, kinds: Kinds) -> tuple[Ints, Flags]:
        """(the claim of each row: its additional procedures, whether there is an invoice, whether a seller accounts for the tax, and
        what it says besides; whether it may have to be secured)."""
        procedures, scheme, invoice = (rows.text[name] for name in ("procedures", "scheme", "invoice"))
        wide = len(kinds.all)
        key = (
            (procedures.code.astype(np.int64) * wide + np.maximum(kinds.of, 0)) * 4
            + 2 * _there(scheme)
            + _there(invoice)
        )
        distinct, which, _ = alike(key, len(procedures.words) * wide * 4)
        if len(self._claims) > MOST_CLAIMS:
            self._claims = Names()
        made, secured = np.empty(len(distinct), np.int64), np.empty(len(distinct), bool)
        for n, key_ in enumerate(distinct.tolist()):
            said, produced = procedures.words[key_ // 4 // wide].as_py(), kinds.all[key_ // 4 % wide]
            claim = produced.claim(said, seller=bool(key_ & 2), invoice=bool(key_ & 1))
            made[n], secured[n] = self._claims.number(claim), self._is_secured(claim)
        return made[which], secured[which]

    def _is_secured(self, claim: Claim) -> bool:
        """Whether a guarantee may be owed, which holds the goods: how much, the duty office works out."""
        law, (code, group) = self.law, (claim.procedure, claim.procedure[:2])
        procedure = law.procedure(code)
        reliefs = [r for c in (code, group, *claim.additional_procedures, *claim.statements) for r in law.reliefs(c)]
        if any(r.deposited for r in reliefs):
            return True
        suspended = procedure is not None and (not procedure.duties_payable or any(r.suspended for r in reliefs))
        return suspended and procedure is not None and procedure.guarantee

    # --- documents ------------------------------------------------------------------------------------------------

    def wants_papers(self, rows: Rows, kinds: Kinds) -> Flags:
        """Rows that lack a document which the law asks for their code and origin."""
        code, origin = rows.text["code"], rows.text["origin"]
        names = Names()
        of = np.array([names.number(one.documents) for one in kinds.all], np.int64)[kinds.of]
        papers = names.all
        sizes = (len(origin.words), len(papers), 2)
        key = code.code.astype(np.int64)
        for size, more in zip(sizes, (origin.code, of, _there(rows.text["invoice"])), strict=True):
            key = key * size + more
        distinct, which, _ = alike(key, len(code.words) * sizes[0] * sizes[1] * 2)
        asked = []
        for one in distinct.tolist():
            rest, invoiced = divmod(one, 2)
            rest, paper = divmod(rest, sizes[1])
            goods, from_ = divmod(rest, sizes[0])
            asked.append(
                self._lacks(code.words[goods].as_py(), origin.words[from_].as_py(), bool(invoiced), papers[paper])
            )
        return np.array(asked, bool)[which] if asked else np.zeros(0, bool)

    def _lacks(self, code: str, origin: str, invoiced: bool, papers: str) -> bool:
        found = self._asked.get((code, origin, invoiced, papers))
        if found is None:
            if len(self._asked) >= MOST_ASKED:
                self._asked.clear()
            asked = Parcel(code=code, origin=origin, invoice="1" if invoiced else "", documents=papers)
            acts = documents.verify(lodgement(asked, self.of), self.law)
            found = self._asked[code, origin, invoiced, papers] = any(isinstance(act, Held) for act in acts)
        return found


def _there(column: Coded) -> NDArray[np.int64]:
    """1 where a text is not empty."""
    return (np.diff(laid(column.words)[0]) > 0).astype(np.int64)[column.code]


def _numbered(names: Names, column: Coded) -> NDArray[np.int64]:
    """The place of each row's text in a list that only grows."""
    return np.array([names.number(word) for word in column.words.to_pylist()], np.int64)[column.code]


def _place(column: Coded, word: str) -> int:
    return int(column.words.index(word).as_py())
