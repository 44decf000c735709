"""What a draft law would have changed: revenue before and after, and who pays more or less, by chapter, origin and tax.

Pure sums over declarations judged twice: as it was recorded, and again under the draft. Money in national minor units.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from customhouse.offices.risk.backtest import BackTest, Of
from customhouse.record.assessment import Assessment
from customhouse.record.declaration import Declaration


class Sums(Protocol):
    """Sums made in columns (`stream.whatif`): [items, before, after, more, less], by tax [before, after]."""

    declarations: int
    changed: int
    chapters: dict[str, list[int]]
    origins: dict[str, list[int]]
    taxes: dict[str, list[int]]


class ParcelSums(Sums, Protocol):
    """Those of stored parcels (`stream.parcels.impact`)."""

    refused: dict[str, int]
    files: tuple[int, int]


class Change(msgspec.Struct):
    """Payable amounts before and after, of how many items, and how many of them pay more or less."""

    items: int = 0
    before: int = 0
    after: int = 0
    more: int = 0
    less: int = 0

    @property
    def difference(self) -> int:
        return self.after - self.before

    def add(self, before: int, after: int) -> None:
        """One item."""
        self.join(1, before, after, after > before, after < before)

    def join(self, items: int, before: int, after: int, more: int, less: int) -> None:
        self.items += items
        self.before += before
        self.after += after
        self.more += more
        self.less += less


class Impact(msgspec.Struct):
    """The sums; those by tax count amounts only. `singly` says how many declarations were judged one by one, not in columns;
    `unjudged` names those that one of the two laws could not assess, each with the reason. `refused` are those that the form of the
    draft would not take, by rule, which are in no other sum; `lanes` who would go where, with the looks a day by office. Of parcels:
    `files` those with a file of their own, as it was and under the draft; `unread` files keep the lane that they have, since
    what was recorded of them is not read yet. Of declarations: `holds` says how many more, and how many no more, would be held for a
    document that the law asks for (documents) or to be seen by another agency (agency). Of both, `beside` tells them apart."""

    currency: str
    of: Of = "declarations"
    declarations: int = 0
    singly: int = 0
    changed: int = 0
    total: Change = msgspec.field(default_factory=Change)
    chapters: dict[str, Change] = {}
    origins: dict[str, Change] = {}
    taxes: dict[str, Change] = {}
    unjudged: list[tuple[str, str]] = []
    refused: dict[str, int] = {}
    files: tuple[int, int] = (0, 0)
    unread: int = 0
    lanes: BackTest | None = None
    holds: dict[str, tuple[int, int]] = {}
    beside: tuple[Impact, ...] = ()

    def add(self, was: Declaration, becomes: Declaration) -> None:
        """Count one declaration: `was` as recorded, `becomes` judged again under the draft."""
        self.singly += 1
        if was.assessed is None:
            self.unjudged.append((was.mrn, "it was not assessed"))
            return
        if becomes.assessed is None:
            why = "; ".join(r.text for h in becomes.holds for r in h.reasons) or "the draft does not assess it"
            self.unjudged.append((was.mrn, why))
            return
        self.declarations += 1
        before, after = (self._by_item(d.assessed, turn) for turn, d in enumerate((was, becomes)))
        for item in was.lodged.items:
            code = item.commodity.code
            self._count(code[:2] or "?", item.origin or "?", before.get(item.sequence, 0), after.get(item.sequence, 0))
        self.changed += before != after

    def add_parcel(self, code: str, origin: str, before: int, after: int, *, filed: tuple[bool, bool]) -> None:
        """Count one parcel that was judged again by itself, `filed` before and after; what rests of it says no single tax."""
        self.singly += 1
        self._files(*filed)
        self.declarations += 1
        self._count(code[:2] or "?", origin or "?", before, after)
        self.changed += before != after

    def refuse(self, rule: str, count: int = 1) -> None:
        """Count parcels that the form of the draft would not take."""
        self.refused[rule] = self.refused.get(rule, 0) + count

    def hold(self, kind: str, before: int, after: int) -> None:
        """Count declarations that are held under one of the two laws only: under that of before, under the draft."""
        if before or after:
            more, less = self.holds.get(kind, (0, 0))
            self.holds[kind] = more + after, less + before

    def _files(self, before: int, after: int) -> None:
        self.files = self.files[0] + before, self.files[1] + after

    def add_parcels(self, sums: ParcelSums) -> None:
        """Count parcels that were summed in columns."""
        self.add_sums(sums)
        self._files(*sums.files)
        for rule, count in sums.refused.items():
            self.refuse(rule, count)

    def add_sums(self, sums: Sums) -> None:
        """Count what was summed in columns."""
        self.declarations += sums.declarations
        self.changed += sums.changed
        for changes, found in ((self.chapters, sums.chapters), (self.origins, sums.origins)):
            for key, numbers in found.items():
                _of(changes, key).join(*numbers)
        for numbers in sums.chapters.values():
            self.total.join(*numbers)
        for tax, (before, after) in sums.taxes.items():
            _of(self.taxes, tax).join(0, before, after, 0, 0)

    def joined(self, other: Impact) -> Impact:
        """Both together, each told beside; the lanes of all are not in them."""
        made = Impact(self.currency, "both", beside=(self, other))
        for one in made.beside:
            made.declarations += one.declarations
            made.singly += one.singly
            made.changed += one.changed
            made.unread += one.unread
            made.unjudged.extend(one.unjudged)
            made._files(*one.files)
            made.total.join(*msgspec.structs.astuple(one.total))
            for kind, (more, less) in one.holds.items():
                made.hold(kind, less, more)
            for rule, count in one.refused.items():
                made.refuse(rule, count)
            for into, changes in ((made.chapters, one.chapters), (made.origins, one.origins), (made.taxes, one.taxes)):
                for key, change in changes.items():
                    _of(into, key).join(*msgspec.structs.astuple(change))
        return made

    def _by_item(self, assessed: Assessment | None, turn: int) -> dict[int, int]:
        """What is payable on each item where anything is; the taxes are counted on the way (turn 0 before, 1 after)."""
        items: dict[int, int] = {}
        for due in assessed.duties if assessed else ():
            if minor := due.payable.minor:
                items[due.item] = items.get(due.item, 0) + minor
                _of(self.taxes, due.type).join(0, *((0, minor) if turn else (minor, 0)), 0, 0)
        return items

    def _count(self, chapter: str, origin: str, before: int, after: int) -> None:
        for change in (self.total, _of(self.chapters, chapter), _of(self.origins, origin)):
            change.add(before, after)


def _of(changes: dict[str, Change], key: str) -> Change:
    found = changes.get(key)
    if found is None:
        found = changes[key] = Change()
    return found
