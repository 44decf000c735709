"""Which declaration an answer is about, as it stood when the answer was given.

An answer names the declaration by its LRN; of several with the same LRN the nearest in the folders is meant. Where no
declaration at hand has that LRN, the nearest original in the same folder is taken for it, and the pairing says so: then
the declaration may differ in its numbers from the one that was answered. Amendments count as far as the answer's version.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec.structs import replace

from customhouse.house.conformance.duty.answers import Answer
from customhouse.record.lodgement import GoodsItem, Lodgement

ORIGINAL, AMENDMENT = "9", "13"
KEPT = ("sequence",)
ADDED = ("documents", "information")


class Found(msgspec.Struct, frozen=True):
    """A declaration in the material; `thin` where a table tells only a part of it."""

    place: str
    lodged: Lodgement
    thin: bool = False


class Paired(msgspec.Struct, frozen=True):
    """The declaration an answer is judged by (None: there is none), and why it may not be the one that was answered."""

    lodged: Lodgement | None
    doubt: str = ""
    thin: bool = False


class Declarations:
    """All declarations of a material."""

    def __init__(self, found: list[Found], refused: dict[str, str], places: Iterable[str]) -> None:
        """`places` are those of the answers; what all places share tells nothing about who belongs to whom."""
        self.originals = [f for f in found if f.lodged.function != AMENDMENT and f.lodged.items]
        self.amendments = [f for f in found if f.lodged.function == AMENDMENT and f.lodged.type != "INV"]
        self.refused = refused
        all_places = [_folders(p) for p in (*places, *refused, *(f.place for f in found))]
        self.root = _shared(all_places)

    def paired(self, answer: Answer) -> Paired:
        """The declaration for an answer."""
        same = [f for f in self.originals if f.lodged.lrn and f.lodged.lrn == answer.lrn]
        if same:
            found = max(same, key=lambda f: _nearness(f.place, answer.id))
            if found.thin:
                return Paired(found.lodged, "the table holds only a part of the declaration", thin=True)
            return self._amended(found, answer, "")
        near = [f for f in self.originals if _nearness(f.place, answer.id) > self.root] or self._only()
        if near:
            found = max(near, key=lambda f: (_nearness(f.place, answer.id), _fit(f.lodged, answer)))
            doubt = f"the declaration answered ({answer.lrn}) is not in the material; {found.place} stands for it"
            return self._amended(found, answer, doubt)
        broken = [p for p in self.refused if _nearness(p, answer.id) > self.root]
        if broken:
            return Paired(None, f"the declaration {broken[0]} cannot be read: {self.refused[broken[0]]}")
        return Paired(None, "no declaration in the material belongs to this answer")

    def _only(self) -> list[Found]:
        """The one declaration of a material that has no other."""
        return self.originals if len(self.originals) == 1 else []

    def _amended(self, found: Found, answer: Answer, doubt: str) -> Paired:
        """The declaration in the version that was answered."""
        lodged = found.lodged
        later = [f for f in self.amendments if self._changes(f, found, answer)]
        later.sort(key=lambda f: f.place)
        for amendment in later[: answer.version - 1]:
            lodged = amended(lodged, amendment.lodged)
        if answer.version - 1 > len(later) and not doubt:
            doubt = f"version {answer.version} was answered, and the material has {len(later)} amendment(s)"
        return Paired(lodged, doubt)

    def _changes(self, amendment: Found, original: Found, answer: Answer) -> bool:
        """Whether an amendment is of this original: it names it or the answer's MRN, and no other of the name is nearer."""
        lrn = original.lodged.lrn
        if amendment.lodged.lrn != lrn and amendment.lodged.mrn != answer.mrn:
            return False
        rivals = [o for o in self.originals if o.lodged.lrn == lrn]
        nearest = max(_nearness(amendment.place, o.place) for o in rivals)
        return _nearness(amendment.place, original.place) == nearest


def _folders(place: str) -> list[str]:
    """The folders a place lies in, archives included."""
    return place.replace("!", "/").split("/")[:-1]


def _nearness(one: str, other: str) -> int:
    """How many folders two places share, from the outermost on."""
    return _shared([_folders(one), _folders(other)])


def _shared(paths: list[list[str]]) -> int:
    """How many folders all paths begin with."""
    shared = 0
    for level in zip(*paths, strict=False):
        if len(set(level)) != 1:
            break
        shared += 1
    return shared


def _fit(lodged: Lodgement, answer: Answer) -> int:
    return len({i.sequence for i in lodged.items} & set(answer.items))


def amended(lodged: Lodgement, change: Lodgement) -> Lodgement:
    """The declaration with an amendment put in: what the amendment says of an item stands in place of what was said."""
    changes = {i.sequence: i for i in change.items}
    items = tuple(_merged(i, changes[i.sequence]) if i.sequence in changes else i for i in lodged.items)
    more = tuple(i for n, i in changes.items() if n not in {old.sequence for old in lodged.items} and i.commodity.code)
    shipment = replace(lodged.goods_shipment, items=(*items, *more))
    return replace(lodged, goods_shipment=shipment)


def _merged(old: Any, new: Any) -> Any:
    """`old` with every field that `new` fills: lists are replaced, documents and statements added, parts merged."""
    fields: dict[str, Any] = {}
    blank = type(new)(sequence=new.sequence) if isinstance(new, GoodsItem) else type(new)()
    for name in new.__struct_fields__:
        value = getattr(new, name)
        if name in KEPT or value == getattr(blank, name):
            continue
        before = getattr(old, name)
        if isinstance(value, tuple):
            fields[name] = (*before, *value) if name in ADDED else value
        elif isinstance(value, msgspec.Struct) and before is not None and _blank(value):
            fields[name] = _merged(before, value)
        else:
            fields[name] = value
    return replace(old, **fields)


def _blank(value: msgspec.Struct) -> bool:
    """Whether a part can be made empty, so that it can be merged field by field."""
    try:
        type(value)()
    except TypeError:
        return False
    return True
