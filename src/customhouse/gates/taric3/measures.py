"""The measures of TARIC3 in our words, with their duties, conditions, exclusions and footnotes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import msgspec

from customhouse.gates.taric3.derive import Derivation
from customhouse.gates.taric3.goods import Tree
from customhouse.gates.taric3.store import Fields
from customhouse.kernel.validity import Validity
from customhouse.law import taric
from customhouse.law.measure import ALL_ORIGINS, Measure

FLOWS = {"0": "import", "1": "export", "2": "both"}
KEPT = "It stays in records.jsonl; the law of the pack does not have it"


def measures(d: Derivation, groups: set[str]) -> tuple[Measure, ...]:
    """Every measure that our law can say. `groups`: the groups of origins that have members."""
    tree = Tree(d)
    made: list[Measure] = []
    for key, fields in d.store.all("measure"):
        if fields.get("measure.type") in taric.SUPPLEMENTARY_UNIT:
            continue
        measure = _measure(d, key[1][0], fields, groups)
        if measure is not None:
            d.used.add(key)
            made.append(measure)
            beneath = tree.beneath(fields.get("goods.nomenclature.sid", ""))
            made += (msgspec.structs.replace(measure, id=f"{measure.id}/{code}", code=code) for code in beneath)
    return d.standing(made, "measures", "The measure")


def _measure(d: Derivation, sid: str, fields: Fields, groups: set[str]) -> Measure | None:
    where = f"measure {sid}"
    kind, area = fields["measure.type"], taric.area(fields["geographical.area"])
    item = fields.get("goods.nomenclature.item.id", "")
    validity = _validity(d, fields, where)
    if validity is None:
        return None
    if not item.isdigit():
        d.unsaid("NoCode", "The measure is on no goods code (Meursing, export refunds)", where, KEPT)
        return None
    if area != ALL_ORIGINS and len(area) != 2 and area not in groups:
        d.unsaid("UnknownArea", f"The group of origins {area} has no members here", where, KEPT, area)
        return None
    additional = fields.get("additional.code.type", "") + fields.get("additional.code", "")
    tax, preference = taric.tax_and_preference(kind, area, additional)
    text = _duty(d, sid, kind, where)
    if text and not tax:
        d.unsaid(
            "UnknownTax", f"Measure type {kind} is no charge that we know; its duty is kept in words", where, "", text
        )
    said = _said(d, sid, preference, where)
    return Measure(
        id=sid,
        code=taric.short(item),
        tax_type=tax if text or any(c.expression_text for c in said.conditions) else "",
        area=area,
        validity=validity,
        source=_source(d, fields),
        kind=kind,
        expression=taric.read_duty(text) if tax else None,
        expression_text=text,
        preference=preference,
        additional_code=additional,
        order=fields.get("ordernumber", ""),
        documents=said.documents,
        flow=_flow(d, kind),
        excluded=_excluded(d, sid),
        conditions=said.conditions,
        footnotes=_footnotes(d, sid),
    )


def _said(d: Derivation, sid: str, preference: str, where: str) -> taric.Conditions:
    """The conditions of a measure in our words; what cannot be said is told."""
    said = taric.conditions(_clauses(d, sid), preference=preference[:1] in ("2", "3", "4"))
    for reason in said.unsaid:
        d.unsaid("ConditionNotSaid", f"Of the measure, {reason}", where, KEPT)
    return said


def _validity(d: Derivation, fields: Fields, where: str) -> Validity | None:
    """The validity of a measure; without an end of its own it ends with the regulation that made it."""
    validity = d.validity(fields, where)
    regulation = _regulation(d, fields)
    if validity is None or validity.until is not None or regulation is None:
        return validity
    ends = [e for f in ("effective.end.date", "validity.end.date") if (e := regulation.get(f, ""))]
    if not ends:
        return validity
    last = date.fromisoformat(min(ends)) + timedelta(days=1)
    if last <= validity.start:
        d.unsaid("RegulationEnded", "The regulation ended before the measure begins", where, KEPT, min(ends))
        return None
    return Validity(validity.start, last)


def _regulation(d: Derivation, fields: Fields) -> Fields | None:
    role = fields.get("measure.generating.regulation.role", "")
    number = fields.get("measure.generating.regulation.id", "")
    for name in ("base.regulation", "modification.regulation"):
        found = d.store.get(name, role, number)
        if found is not None:
            d.used.add((name, (role, number)))
            return found
    return None


def _source(d: Derivation, fields: Fields) -> str:
    """The regulation as a lawyer cites it."""
    number = fields.get("measure.generating.regulation.id", "")
    found = _regulation(d, fields)
    cited = f"Regulation {taric.regulation(number)}" if number else d.setting.source or "TARIC"
    if found is None:
        return cited
    journal = found.get("officialjournal.number", "")
    page = found.get("officialjournal.page", "")
    place = f", OJ {journal}" + (f", p. {page}" if page else "") if journal else ""
    told = found.get("information.text", "")
    return cited + place + (f": {told}" if told else "")


def _flow(d: Derivation, kind: str) -> str:
    fields = d.store.get("measure.type", kind)
    return FLOWS.get(fields.get("trade.movement.code", ""), "import") if fields else "import"


def _duty(d: Derivation, sid: str, kind: str, where: str) -> str:
    duties = []
    for key, component in d.index("measure.component", "measure.sid").get(sid):
        d.used.add(key)
        duties.append(_component(component))
    text = taric.duty_text(duties, on_duties=kind == taric.VAT)
    if text and taric.read_duty(text) is None:
        label = "The grammar of duty expressions has no words for this duty; it is kept in words and charges nothing"
        d.unsaid("DutyNotSaid", label, where, "", text)
    return text


def _component(fields: Fields) -> taric.Duty:
    amount = fields.get("duty.amount", "")
    unit = taric.unit(fields.get("measurement.unit.code"), fields.get("measurement.unit.qualifier.code"))
    return taric.Duty(
        fields["duty.expression.id"], Decimal(amount) if amount else None, fields.get("monetary.unit.code", ""), unit
    )


def _clauses(d: Derivation, sid: str) -> list[taric.Clause]:
    """The conditions of a measure in their order."""
    found = d.index("measure.condition", "measure.sid").get(sid)
    clauses = []
    for key, fields in sorted(found, key=lambda pair: int(pair[1]["component.sequence.number"] or 0)):
        d.used.add(key)
        components = d.index("measure.condition.component", "measure.condition.sid").get(key[1][0])
        d.used.update(k for k, _ in components)
        amount = fields.get("condition.duty.amount", "")
        clauses.append(
            taric.Clause(
                code=fields["condition.code"],
                action=fields.get("action.code", "").zfill(2)[-2:],
                document=fields.get("certificate.type.code", "") + fields.get("certificate.code", ""),
                amount=Decimal(amount) if amount else None,
                currency=fields.get("condition.monetary.unit.code", ""),
                unit=taric.unit(
                    fields.get("condition.measurement.unit.code"),
                    fields.get("condition.measurement.unit.qualifier.code"),
                ),
                duty=taric.duty_text(_component(c) for _, c in components),
            )
        )
    return clauses


def _excluded(d: Derivation, sid: str) -> tuple[str, ...]:
    found = d.index("measure.excluded.geographical.area", "measure.sid").get(sid)
    d.used.update(key for key, _ in found)
    return tuple(sorted(fields["excluded.geographical.area"] for _, fields in found))


def _footnotes(d: Derivation, sid: str) -> tuple[str, ...]:
    found = d.index("footnote.association.measure", "measure.sid").get(sid)
    d.used.update(key for key, _ in found)
    return tuple(sorted(fields["footnote.type.id"] + fields["footnote.id"] for _, fields in found))
