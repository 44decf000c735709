"""What a draft law would have changed: revenue before and after, and who pays more or less, by chapter, origin and tax.

Pure sums over declarations judged twice: as it was recorded, and again under the draft. Money in national minor units.
"""

from __future__ import annotations

import msgspec

from customhouse.record.declaration import Declaration


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

    def add(self, before: int, after: int, items: int = 1) -> None:
        self.items += items
        self.before += before
        self.after += after
        if after > before:
            self.more += items
        elif after < before:
            self.less += items


class Impact(msgspec.Struct):
    """The sums. `unjudged` names declarations that one of the two laws could not assess, each with the reason."""

    currency: str
    declarations: int = 0
    changed: int = 0
    total: Change = msgspec.field(default_factory=Change)
    chapters: dict[str, Change] = {}
    origins: dict[str, Change] = {}
    taxes: dict[str, Change] = {}
    unjudged: list[tuple[str, str]] = []

    def add(self, was: Declaration, becomes: Declaration) -> None:
        """Count one declaration: `was` as recorded, `becomes` judged again under the draft."""
        if was.assessed is None:
            self.unjudged.append((was.mrn, "it was not assessed"))
            return
        if becomes.assessed is None:
            why = "; ".join(r.text for h in becomes.holds for r in h.reasons) or "the draft does not assess it"
            self.unjudged.append((was.mrn, why))
            return
        self.declarations += 1
        before, after = _by_item(was), _by_item(becomes)
        changed = False
        for item in was.lodged.items:
            old, new = before.get(item.sequence, {}), after.get(item.sequence, {})
            code = item.commodity.code
            self._count(code[:2] or "?", item.origin or "?", sum(old.values()), sum(new.values()))
            for tax in old.keys() | new.keys():
                _of(self.taxes, tax).add(old.get(tax, 0), new.get(tax, 0))
            changed |= old != new
        self.changed += changed

    def _count(self, chapter: str, origin: str, before: int, after: int) -> None:
        for change in (self.total, _of(self.chapters, chapter), _of(self.origins, origin)):
            change.add(before, after)


def _of(changes: dict[str, Change], key: str) -> Change:
    found = changes.get(key)
    if found is None:
        found = changes[key] = Change()
    return found


def _by_item(d: Declaration) -> dict[int, dict[str, int]]:
    """What is payable on each item, by tax type."""
    items: dict[int, dict[str, int]] = {}
    for due in d.assessed.duties if d.assessed else ():
        taxes = items.setdefault(due.item, {})
        taxes[due.type] = taxes.get(due.type, 0) + due.payable.minor
    return items
