"""The goods nomenclature of TARIC3 as lines of our nomenclature, and the tree that its indents make."""

from __future__ import annotations

from datetime import date

from customhouse.gates.taric3.derive import Derivation, cut
from customhouse.kernel.validity import Validity
from customhouse.law import taric
from customhouse.law.layer import orphans
from customhouse.law.terms import Line

DECLARABLE = "80"
"""The product line suffix of a code itself; others are headings in between, without a code of their own."""


def lines(d: Derivation) -> tuple[Line, ...]:
    """Every line with its text and supplementary unit, piece by piece as they change."""
    units = _units(d)
    made: list[Line] = []
    for key, goods in d.store.all("goods.nomenclature"):
        sid, item = goods["goods.nomenclature.sid"], goods["goods.nomenclature.item.id"]
        periods = d.periods("goods.nomenclature", "goods.nomenclature.sid", sid, {})
        validity = d.validity(goods, f"goods.nomenclature {sid}")
        if goods.get("producline.suffix") != DECLARABLE or validity is None or not item.isdigit():
            continue
        d.used.add(key)
        source = d.setting.source or f"TARIC goods nomenclature {sid}"
        for piece, text in cut(validity, periods):
            for part, unit in _with_units(piece, units.get(taric.short(item), [])):
                made.append(Line(code=taric.short(item), text=text, unit=unit, validity=part, source=source))
    stands = d.standing(made, "lines", "The line")
    for line in orphans(stands):
        d.unsaid("NoParent", f"No line stands above {line.code}", line.code, "Load the envelopes with its heading")
    return stands


def _units(d: Derivation) -> dict[str, list[tuple[Validity, str]]]:
    """(validity, supplementary unit) of every code, from the measures that state them, their subheadings included."""
    found: dict[str, list[tuple[Validity, str]]] = {}
    for key, measure in d.store.all("measure"):
        if measure.get("measure.type") not in taric.SUPPLEMENTARY_UNIT:
            continue
        validity = d.validity(measure, f"measure {key[1][0]}")
        for part, component in d.index("measure.component", "measure.sid").get(key[1][0]):
            unit = taric.unit(component.get("measurement.unit.code"), component.get("measurement.unit.qualifier.code"))
            if validity is not None and unit:
                d.used.update((key, part))
                code = taric.short(measure.get("goods.nomenclature.item.id", ""))
                found.setdefault(code, []).append((validity, unit))
    if not found:
        return {}
    codes = {taric.short(goods["goods.nomenclature.item.id"]) for _, goods in d.store.all("goods.nomenclature")}
    return {code: [u for n in range(2, len(code) + 1) for u in found.get(code[:n], [])] for code in codes}


def _with_units(validity: Validity, units: list[tuple[Validity, str]]) -> list[tuple[Validity, str]]:
    """The validity in pieces, each with the supplementary unit that holds in it (the most specific code speaks last)."""
    days: set[date] = {validity.start}
    for unit, _ in units:
        days.update(day for day in (unit.start, unit.until) if day is not None and validity.contains(day))
    starts = sorted(days)
    pieces: list[tuple[Validity, str]] = []
    for start, until in zip(starts, [*starts[1:], validity.until], strict=True):
        name = next((name for unit, name in reversed(units) if unit.contains(start)), "")
        if pieces and pieces[-1][1] == name:
            pieces[-1] = (Validity(pieces[-1][0].start, until), name)
        else:
            pieces.append((Validity(start, until), name))
    return pieces


class Tree:
    """The nomenclature in its order, with the indents: which codes fall under which."""

    def __init__(self, d: Derivation) -> None:
        indents: dict[str, int] = {}
        dated = sorted(d.store.all("goods.nomenclature.indents"), key=lambda pair: pair[1]["validity.start.date"])
        for key, fields in dated:
            if fields["number.indents"].isdigit():
                indents[fields["goods.nomenclature.sid"]] = int(fields["number.indents"])
                d.used.add(key)
        self.nodes: list[tuple[str, str, int, str]] = sorted(
            (g["goods.nomenclature.item.id"], g["producline.suffix"], indents[sid], sid)
            for _, g in d.store.all("goods.nomenclature")
            if (sid := g["goods.nomenclature.sid"]) in indents
        )
        self.place = {node[3]: n for n, node in enumerate(self.nodes)}

    def beneath(self, sid: str) -> list[str]:
        """Codes that fall under a line by its indents though they do not begin with its digits."""
        n = self.place.get(sid)
        if n is None:
            return []
        item, own, indent, _ = self.nodes[n]
        if indent == 0:
            return []
        code = taric.short(item)
        found = []
        for below, suffix, deeper, _ in self.nodes[n + 1 :]:
            if (below, suffix) == (item, own):
                continue  # the same code at another time
            if deeper <= indent:
                break
            if suffix == DECLARABLE and not taric.short(below).startswith(code):
                found.append(taric.short(below))
        return found
