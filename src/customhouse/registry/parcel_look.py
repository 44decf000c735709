"""Parcels looked at: those of a consolidation by verdict, lane or words, those under a reference, the consolidations of a day.

Parcels are for customs alone (their history says what customs knows); a declarant is shown its own consolidations and counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
from django.db import connection

from customhouse.offices.longroom import number_of
from customhouse.record.parcel import ROWS, span
from customhouse.record.parcel_charge import ParcelCharge
from customhouse.registry import parcel_charge, parcel_packed, parcels, segment
from customhouse.registry.parcel_packed import Packed
from customhouse.registry.parcels import Begun, Stored
from customhouse.registry.segment import FINGERPRINT

WORDS_IN = ("reference", "consignee", "consignor", "description")
"""Where words are looked for."""
AT_ONCE = 500  # segments whose fingerprints are asked for together


class OfDay(msgspec.Struct, frozen=True):
    """A consolidation of a day: how far it is, its rows so far by verdict (also `unreadable`) and by lane, and what is due on them
    once it is done."""

    begun: Begun
    verdicts: dict[str, int]
    lanes: dict[str, int]
    charge: ParcelCharge | None = None

    @property
    def state(self) -> str:
        """`done`, or `going on` while segments are still to come (also where it was interrupted)."""
        return "done" if self.begun.finished else "going on"

    @property
    def rows(self) -> int:
        return sum(self.verdicts.values())


def rows(
    consolidation: int,
    *,
    verdicts: Sequence[str] = (),
    lanes: Sequence[str] = (),
    words: str = "",
    after: int = 0,
    before: int = ROWS,
    limit: int = 50,
) -> list[Stored]:
    """Parcels of a consolidation in the order of their lines, those between the lines `after` and `before`: of these verdicts and
    lanes (all where none is named), with every one of the words in their reference, names or description, capitals or not, or as their MRN."""
    return _found(
        consolidation, (after, before), limit, lambda of, one, _: _asked_for(of, one, verdicts, lanes, words.split())
    )


def count(consolidation: int, *, verdicts: Sequence[str] = (), lanes: Sequence[str] = (), words: str = "") -> int:
    """How many parcels `rows` would find in all."""
    return sum(
        int(_asked_for(of, one, verdicts, lanes, words.split()).sum())
        for of in parcels.begun("c.id = %s", [consolidation])
        for one in parcel_packed.of(consolidation)
    )


def of_lines(consolidation: int, lines: Sequence[int], *, after: int = 0, limit: int = 50) -> list[Stored]:
    """The parcels of a consolidation in these lines, those behind the line `after`, in their order."""
    import numpy as np

    between = max(after, min(lines, default=0) - 1), max(lines, default=0) + 1
    return _found(consolidation, between, limit, lambda of, one, line: np.isin(line, lines))


def _found(
    consolidation: int, between: tuple[int, int], limit: int, asked_for: Callable[[Begun, Packed, Any], Any]
) -> list[Stored]:
    """The first parcels between two lines that are asked for; `asked_for` says it of every row of a segment, whose
    lines it is given."""
    import numpy as np

    found: list[Stored] = []
    for of in parcels.begun("c.id = %s", [consolidation]):
        for one in parcel_packed.of(consolidation, after=between[0]):
            if one.first >= between[1]:
                break
            line = segment.unpacked(one.facts, ["line"])["line"].to_numpy()
            keep = (line > between[0]) & (line < between[1])
            if keep.any():
                keep &= asked_for(of, one, line)
            places = [int(n) for n in np.flatnonzero(keep)]
            found += parcels.at(of, one, places[: limit - len(found)])
            if len(found) >= limit:
                break
    return found


def _asked_for(of: Begun, one: Packed, verdicts: Sequence[str], lanes: Sequence[str], words: Sequence[str]) -> Any:
    """Which rows of a segment have one of these verdicts and lanes, and every one of the words."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    facts = segment.unpacked(one.facts, ["line", "verdict", "lane"])
    keep = np.ones(len(facts), bool)
    for name, wanted in (("verdict", verdicts), ("lane", lanes)):
        if wanted:
            column = facts[name].combine_chunks()
            keep &= pc.is_in(column.dictionary, pa.array(list(wanted))).to_numpy(False)[column.indices.to_numpy()]
    if words and keep.any():
        texts = segment.unpacked(one.texts, WORDS_IN)
        for word in words:
            named = facts["line"].to_numpy() == number_of(word.upper()) - span(of.id)[0]
            keep &= np.logical_or.reduce([named, *(_holds(texts[name].combine_chunks(), word) for name in WORDS_IN)])
    return keep


def _holds(column: Any, word: str) -> Any:
    """Which rows of a column hold a word, capitals or not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        return pc.match_substring(column.dictionary, word, ignore_case=True).to_numpy(False)[column.indices.to_numpy()]
    return pc.match_substring(column, word, ignore_case=True).to_numpy(False)


def find(reference: str, *, declarant: str = "", limit: int = 50) -> list[Stored]:
    """Parcels declared under exactly this reference, the newest first; of one declarant where one is named."""
    found: list[Stored] = []
    sought, before = segment.fingerprint(reference), (1 << 62, 0)
    while len(found) < limit and (asked := _asked(sought, declarant, before)):
        for number, place, stands in asked:
            if stands:
                found += _under(reference, number, place)
        before = asked[-1][:2]
    return found[:limit]


def _asked(sought: int, declarant: str, before: tuple[int, int]) -> list[tuple[int, int, bool]]:
    """(consolidation, place, whether the fingerprint is there) of some segments older than that one, the newest first.

    Hashes are spread evenly, so one stands about where its size says, and a window of some kilobytes is read; where it lies
    so oddly that the window cannot tell, all of them are.
    """
    width = "(4 * floor(sqrt(s.parcels))::int + 16)"
    sql = (
        "with w as (select s.consolidation, s.place, s.parcels, s.fingerprints, "  # noqa: S608 - our own words
        f"greatest(0, ((%s::bigint * s.parcels) >> 32) - {width})::int as low, "
        f"least(s.parcels, ((%s::bigint * s.parcels) >> 32) + {width})::int as high from parcel_segment s "
        "join consolidation c on c.id = s.consolidation where (%s::text = '' or c.declarant = %s) "
        "and (s.consolidation, s.place) < (%s, %s) order by s.consolidation desc, s.place desc limit %s) "
        f"select consolidation, place, substring(fingerprints from low * {FINGERPRINT} + 1 for (high - low) * {FINGERPRINT}), "
        "low = 0, high = parcels from w order by consolidation desc, place desc"
    )
    asked: list[tuple[int, int, bool]] = []
    with connection.cursor() as cursor:
        raw = parcel_packed.in_bytes(cursor)
        values = [sought, sought, declarant, declarant, *before, AT_ONCE]
        for number, place, part, begins, ends in raw.execute(sql, values, binary=True).fetchall():
            stands = segment.stands(part, sought, begins=begins, ends=ends)
            if stands is None:
                where = "select fingerprints from parcel_segment where consolidation = %s and place = %s"
                [whole] = raw.execute(where, [number, place], binary=True).fetchone() or [b""]
                stands = bool(segment.stands(whole, sought, begins=True, ends=True))
            asked.append((number, place, stands))
    return asked


def _under(reference: str, number: int, place: int) -> list[Stored]:
    """The parcels of a segment under exactly this reference, the last first."""
    import pyarrow.compute as pc

    [one] = parcel_packed.at(number, place)
    column = segment.unpacked(one.texts, ["reference"])["reference"].combine_chunks()
    places = pc.indices_nonzero(pc.equal(column, reference)).to_pylist()
    return parcels.at(parcels.get(number), one, places)[::-1]


def day(day: date, *, declarant: str = "") -> list[OfDay]:
    """The consolidations of a day, the newest first; of one declarant where one is named."""
    found = parcels.begun("c.on_day = %s and (%s = '' or c.declarant = %s)", [day, declarant, declarant], "desc")
    charges = parcel_charge.among([one.id for one in found])
    return [OfDay(one, parcels.counts(one.id), parcels.counts(one.id, "lanes"), charges.get(one.id)) for one in found]
