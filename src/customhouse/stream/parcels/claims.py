"""What parcels say beside the fields that all of them have: documents, additional information, other tax parties (DE 2/3, 2/2, 3/40).

Of these the offices read the codes, statuses and roles that the law knows, and of a number only whether there is one, or whether it is of a
register; so among a million rows few kinds differ, and the offices are asked once for each. What they read is written down in `Reading`,
and held to the line on wild rows (tests/stream). The number of a representative is read by none of them (the status is a fact of its own).
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from customhouse.law.book import Law
from customhouse.offices import permit as permit_office
from customhouse.offices.duty.manual import MANUAL
from customhouse.offices.manifest import AWAITED
from customhouse.record.parcel import INVOICE, PROCEDURE, VENDOR, Consolidation, Parcel, as_entries, entries, lodgement
from customhouse.stream.items import Claim, Flags, Ints
from customhouse.stream.names import Names
from customhouse.stream.parcels.rows import Coded, Rows, shaped

MOST_KINDS = 10_000
"""Kinds of a chunk that the offices are asked about: those that most rows are of. Asking about one costs less than a row on the line; the
bound is for what is kept."""
NUMBERED, ASKED = "1", "?"
"""Stand for the number of a document, and for that of one about which a register is asked: a permit, cargo that is awaited."""


class Produced(NamedTuple):
    """A kind of what rows say besides, each field as a parcel would write it."""

    documents: str = ""
    statements: str = ""
    tax_parties: str = ""

    def parcel(self, **more: str) -> Parcel:
        """A parcel that says this, and more."""
        return Parcel(**self._asdict(), **more)

    @property
    def asks(self) -> bool:
        """Whether the line waits for what a register says of one of its documents."""
        return any(number == ASKED for _, number, _ in _documents(self.documents))

    @property
    def papers(self) -> tuple[tuple[str, str], ...]:
        """The code of each document, and its status where there is one."""
        return tuple((code, status) for code, _, status in _documents(self.documents))

    def claim(self, procedures: str, *, seller: bool, invoice: bool) -> Claim:
        """What a row of this kind claims, with these additional procedures, a seller who accounts for the tax, an invoice."""
        papers = ((("".join(INVOICE), ""),) if invoice else ()) + self.papers
        return Claim(
            "".join(PROCEDURE),
            documents=_once(code for code, status in papers if not status),
            waived=tuple(dict.fromkeys(paper for paper in papers if paper[1])),
            additional_procedures=tuple(procedures.split()),
            statements=tuple(parts[0] for parts in entries(self.statements)),
            roles=_once((*((VENDOR,) if seller else ()), *(parts[0] for parts in entries(self.tax_parties)))),
        )


NOTHING, NOBODY = Produced(), Consolidation("", "")


class Kinds(NamedTuple):
    """The kinds of some rows, and for each row the place of its own; -1 where so few rows are of it that nobody is asked."""

    all: tuple[Produced, ...]
    of: Ints

    def part(self, rows: Ints) -> Kinds:
        """Those of some of the rows."""
        return Kinds(self.all, self.of[rows])

    def where(self, true: Sequence[bool]) -> Flags:
        """The rows of those kinds for which it is `true`."""
        return np.array([*true, False], bool)[self.of]


class Reading:
    """What the offices read under a law.

    Documents: `offices.documents`, `origin` and `duty` ask which codes are there, with which status (LPCO exemption), `value` whether
    they have a number, `permit` for numbers of its register, `manifest` for documents by which release waits for the goods.
    Statements: `duty` asks for reliefs and amounts worked out by hand, `value` for evidence. Tax parties: `duty` asks for roles
    by which a tax is postponed. Codes and roles that the law names nowhere there are read by nobody.
    """

    def __init__(self, law: Law) -> None:
        evidence = (code for codes in law.valuation.evidence.values() for code in codes)
        self.statements = {r.code for r in law.contents.reliefs} | {*evidence} | law.list_of(MANUAL)
        self.roles = {role for tax in law.contents.tax_types for role in tax.postponed}
        self.law, self.awaited = law, law.list_of(AWAITED)
        self.of_invoice = "".join(INVOICE) in self.awaited | law.electronic
        self.how: dict[str, Callable[[str], str]] = {
            "documents": self._papers,
            "statements": lambda text: _named(text, self.statements),
            "tax_parties": lambda text: _named(text, self.roles),
        }

    def kinds(self, rows: Rows) -> Kinds:
        """What rows say besides."""
        size, names, words = 1, [], []
        key = np.zeros(len(rows), np.int64)
        for name in self.how:
            if not (column := rows.text[name]).says():
                continue
            place, distinct = self._read(name, column)
            key = key * len(distinct) + place[column.code]
            size *= len(distinct)
            names.append(name)
            words.append(distinct)
        found, which, counts = alike(key, size)
        kinds = [_meant(key, names, words) for key in found.tolist()]
        if len(kinds) > MOST_KINDS:  # the same of the same rows, however their dictionaries came about
            most = sorted(range(len(kinds)), key=lambda n: (-counts[n], kinds[n]))[:MOST_KINDS]
            place = np.full(len(kinds), -1, np.int64)
            place[most] = np.arange(len(most))
            kinds, which = [kinds[n] for n in most], place[which]
        return Kinds(tuple(kinds), which)

    def _read(self, name: str, column: Coded) -> tuple[Ints, list[str]]:
        """(for each text of a column the place of what is read of it, all that is read)."""
        how, read = self.how[name], Names()
        shapes, place = shaped(column.words)
        of = np.array([read.number(how(shape)) for shape in shapes], np.int64)[place]
        if name == "documents":  # of a permit the very number says whether it is one of the register
            for n in np.flatnonzero(_naming(shapes, self.law.electronic)[place]).tolist():
                of[n] = read.number(how(column.words[n].as_py()))
        return of, read.all

    def _papers(self, text: str) -> str:
        papers = ((code, self._number(code, id, status), status) for code, id, status in _documents(text))
        return as_entries(dict.fromkeys(papers))

    def _number(self, code: str, id: str, status: str) -> str:
        """What stands for the number of a document."""
        if code in self.law.electronic:
            named = Parcel(documents=as_entries([(code, id, status)]))
            if permit_office.names_any(lodgement(named, NOBODY), self.law):
                return ASKED
        return ASKED if code in self.awaited else NUMBERED if id else ""

    def awaits_goods(self, rows: Rows) -> Flags:
        """Rows whose previous documents say that release waits for the goods (`offices.manifest`)."""
        column, codes = rows.text["previous"], self.awaited
        if not codes or not column.says():
            return np.zeros(len(rows), bool)
        shapes, place = shaped(column.words)
        return _naming(shapes, codes)[place][column.code]


def alike(key: Ints, size: int) -> tuple[Ints, Ints, Ints]:
    """(the distinct ones of whole numbers from 0 below `size`, ascending; the place of each among them; how many there are of each)."""
    if size > 4 * len(key) + 1024:
        found, which, counts = np.unique(key, return_inverse=True, return_counts=True)
        return found, which, counts
    counts = np.bincount(key, minlength=size)
    found = np.flatnonzero(counts)
    place = np.zeros(size, np.int64)
    place[found] = np.arange(len(found))
    return found, place[key], counts[found]


def _named(text: str, known: set[str]) -> str:
    """The codes of entries that are known, each once, in their order, in which the offices look at them."""
    return as_entries((code,) for code in _once(parts[0] for parts in entries(text)) if code in known)


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


def _naming(shapes: Iterable[str], codes: Container[str]) -> Flags:
    """The texts with an entry of one of these codes."""
    return np.array([any(parts[0] in codes for parts in entries(shape)) for shape in shapes], bool)


def _documents(text: str) -> Iterator[tuple[str, ...]]:
    """The code, number and status of each document; those that are left out are empty."""
    return ((*parts, "", "", "")[:3] for parts in entries(text))


def _meant(key: int, names: Sequence[str], words: Sequence[Sequence[str]]) -> Produced:
    """What a number of `Reading.kinds` stands for."""
    said = {}
    for name, distinct in zip(reversed(names), reversed(words), strict=True):
        key, place = divmod(key, len(distinct))
        said[name] = distinct[place]
    return Produced(**said)
