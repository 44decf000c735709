"""One commodity of the tariff API, made into words of the law."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from customhouse.kernel.validity import Validity
from customhouse.law import taric
from customhouse.law.loading import Findings, Setting
from customhouse.law.measure import ALL_ORIGINS, Measure
from customhouse.law.terms import Footnote, Line, ListEntry, Membership, Quota

HINT = "Fetch the commodity again from the tariff API"
KEPT = "It is not in the layer; what it says must be written into the pack by hand"
ALWAYS = taric.validity("1970-01-01", "")
"""The API gives no dates for its nomenclature and groups of origins."""

UNITS = {"Kilogram": "KGM", "Number of items": "NAR", "Litre": "LTR", "Square metre": "MTK", "Cubic metre": "MTQ"}
UNITS |= {"Tonne": "TNE", "100 kg": "DTN", "Hectokilogram": "DTN", "Hectolitre": "HLT", "Metre": "MTR", "Pair": "NPR"}
UNITS |= {"Number of pairs": "NPR", "1000 items": "MIL", "Thousand items": "MIL", "100 items": "CEN", "Gram": "GRM"}


class Faulty(ValueError):
    """A record that cannot be understood; says which field."""


UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, msgspec.ValidationError)
"""What reading a record of an unexpected shape ends with."""


def _told(fault: Exception) -> str:
    return f"the field {fault} is missing" if isinstance(fault, KeyError) else str(fault)


class Commodity:
    """Reads one commodity; every measure of it is a record of the account, and so is the commodity itself."""

    def __init__(self, data: dict[str, Any], file: str, setting: Setting, findings: Findings) -> None:
        self.data, self.file, self.setting, self.findings = data, file, setting, findings
        self.item = str(data["goods_nomenclature_item_id"])
        self.units: set[str] = set()
        self.made: dict[str, list[Any]] = {
            name: [] for name in ("measures", "memberships", "quotas", "footnotes", "entries")
        }

    def words(self) -> dict[str, list[Any]]:
        """Everything the commodity says, by the parts of a layer."""
        if not (len(self.item) == 10 and self.item.isdigit()):
            self.findings.refuse("InvalidCode", "The code has not ten digits", self.file, HINT, self.item)
            return {}
        for measure, flow in self._measures():
            where = f"{self.file}: measure {measure.get('id', '?')}"
            held = {part: len(words) for part, words in self.made.items()}
            try:
                self._measure(measure, flow, where)
            except UNREADABLE as fault:
                self.findings.refuse("MalformedRecord", f"The measure cannot be read: {_told(fault)}", where, HINT)
                for part, words in self.made.items():
                    del words[held[part] :]
        try:
            self._footnotes(self.data.get("footnotes") or ())
            lines = list(self._lines())
        except UNREADABLE as fault:
            self.findings.refuse("MalformedRecord", f"The commodity cannot be read: {_told(fault)}", self.file, HINT)
            return self.made
        self.findings.take()
        return {**self.made, "lines": lines}

    def _keep(self, part: str, word: Any) -> None:
        """Keep a word; raises ValidationError where the file has a value of another type than the word wants."""
        plain = msgspec.to_builtins(word, builtin_types=(Decimal, date))
        self.made[part].append(msgspec.convert(plain, type(word)))

    def _measures(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Every measure once, with the direction of trade it is about."""
        lists = [self.data.get(name) or [] for name in ("import_measures", "export_measures")]
        for found in lists:
            if not isinstance(found, list) or not all(isinstance(m, dict) for m in found):
                self.findings.refuse("MalformedRecord", "The measures are no list of objects", self.file, HINT)
                return
        imports, exports = lists
        both = {str(m.get("id")) for m in imports} & {str(m.get("id")) for m in exports}
        for measure in imports:
            yield measure, "both" if str(measure.get("id")) in both else "import"
        for measure in exports:
            if str(measure.get("id")) not in both:
                yield measure, "both" if measure.get("import") else "export"

    # --- nomenclature ---------------------------------------------------------------------------------------------

    def _lines(self) -> Iterator[Line]:
        """The commodity, and what stands above it: chapter, heading, and lines with a code of their own."""
        source = self.setting.source or "Tariff API"
        above = [self.data.get("chapter") or {}, self.data.get("heading") or {}]
        above += [a for a in self.data.get("ancestors") or () if a.get("producline_suffix", "80") == "80"]
        unit = next(iter(self.units)) if len(self.units) == 1 else ""
        if len(self.units) > 1:
            shown = " ".join(sorted(self.units))
            self.findings.warn("TwoUnits", "The commodity has several supplementary units", self.file, KEPT, shown)
        for place in above:
            item = str(place.get("goods_nomenclature_item_id", ""))
            if item.isdigit() and item != self.item:
                text = {"en": _plain(place.get("description") or "")}
                yield Line(code=taric.short(item), text=text, validity=ALWAYS, source=source)
        text = {"en": _plain(self.data.get("description") or "")}
        yield Line(code=taric.short(self.item), text=text, unit=unit, validity=ALWAYS, source=source)

    # --- measures -------------------------------------------------------------------------------------------------

    def _measure(self, found: dict[str, Any], flow: str, where: str) -> None:
        kind = _kind(found)
        duties = [_duty(c) for c in found.get("measure_components") or ()]
        if kind in taric.SUPPLEMENTARY_UNIT:
            self.units.update(duty.unit for duty in duties if duty.unit)
            self.findings.take()
            return
        area = self._area(found["geographical_area"])
        if not area:
            self._nobody(found, where)
            return
        code = (found.get("additional_code") or {}).get("code") or ""
        tax, preference = taric.tax_and_preference(kind, area, code)
        text = taric.duty_text(duties, on_duties=kind == taric.VAT)
        self._check_duty(text, tax, kind, where)
        said = self._said(found, preference, where)
        order = found.get("order_number") or {}
        measure = Measure(
            id=f"{found['id']}/{self.item}",
            code=taric.short(self.item),
            tax_type=tax if text or any(c.expression_text for c in said.conditions) else "",
            area=area,
            validity=_validity(found["effective_start_date"], found.get("effective_end_date")),
            source=self._source(found),
            kind=kind,
            expression=taric.read_duty(text) if tax else None,
            expression_text=text,
            preference=preference,
            additional_code=code,
            order=str(order.get("number") or ""),
            documents=said.documents,
            flow=flow,
            excluded=tuple(sorted(c["geographical_area_id"] for c in found.get("excluded_countries") or ())),
            conditions=said.conditions,
            footnotes=self._footnotes(found.get("footnotes") or ()),
        )
        self._keep("measures", measure)
        self._quota(order, where)
        self._documents(found, code)
        self.findings.take()

    def _nobody(self, found: dict[str, Any], where: str) -> None:
        """Tell of a measure on a group of origins without members, which is a note only."""
        label = "The group of origins has no members, so the measure applies to nobody"
        self.findings.warn("UnknownArea", label, where, KEPT, str(found["geographical_area"]["geographical_area_id"]))
        self.findings.note()

    def _said(self, found: dict[str, Any], preference: str, where: str) -> taric.Conditions:
        """The conditions of a measure in our words; what cannot be said is told."""
        clauses = [_clause(c) for c in found.get("measure_conditions") or ()]
        said = taric.conditions(clauses, preference=preference[:1] in ("2", "3", "4"))
        for reason in said.unsaid:
            self.findings.warn("ConditionNotSaid", f"Of the measure, {reason}", where, KEPT)
        return said

    def _check_duty(self, text: str, tax: str, kind: str, where: str) -> None:
        if text and not tax:
            label = f"Measure type {kind} is no charge that we know; its duty is kept in words"
            self.findings.warn("UnknownTax", label, where, "", text)
        elif text and taric.read_duty(text) is None:
            label = (
                "The grammar of duty expressions has no words for this duty; it is kept in words and charges nothing"
            )
            self.findings.warn("DutyNotSaid", label, where, "", text)

    def _area(self, found: dict[str, Any]) -> str:
        """The area in our words, empty for a group without members; the members of a group become memberships."""
        name = taric.area(str(found["geographical_area_id"]))
        source = self.setting.source or f"Tariff API, geographical area {name}"
        if name != ALL_ORIGINS:
            for child in found.get("children_geographical_areas") or ():
                member = Membership(group=name, country=child["geographical_area_id"], validity=ALWAYS, source=source)
                self._keep("memberships", member)
            if len(name) > 2 and not found.get("children_geographical_areas"):
                return ""
        return name

    def _source(self, found: dict[str, Any]) -> str:
        """The legal acts as a lawyer cites them."""
        acts = [a for a in found.get("legal_acts") or () if a.get("regulation_code")]
        cited = []
        for act in acts:
            journal, page = act.get("officialjournal_number"), act.get("officialjournal_page")
            place = f", OJ {journal}" + (f", p. {page}" if page else "") if journal else ""
            told = act.get("description") or ""
            cited.append(f"Regulation {act['regulation_code']}{place}" + (f": {told}" if told else ""))
        kind = found["measure_type"]
        return (
            "; ".join(cited)
            or self.setting.source
            or f"Tariff API, measure type {kind['id']} {kind.get('description')}"
        )

    def _quota(self, order: dict[str, Any], where: str) -> None:
        defined = order.get("definition")
        if not order.get("number") or not defined:
            return
        unit = _unit(defined.get("measurement_unit") or "", defined.get("measurement_unit_qualifier") or "")
        if unit is None:
            label = "The unit of the quota is not known by its name"
            self.findings.warn("UnknownUnit", label, where, KEPT, str(defined.get("measurement_unit")))
            return
        text = _plain(defined.get("description") or "")
        self._keep(
            "quotas",
            Quota(
                order=str(order["number"]),
                volume=_number(defined["initial_volume"]),
                unit=unit,
                currency=defined.get("monetary_unit") or "",
                text={"en": text} if text else {},
                validity=_validity(defined["validity_start_date"], defined.get("validity_end_date")),
                source=self.setting.source or f"Tariff API, quota {order['number']}",
            ),
        )

    def _documents(self, found: dict[str, Any], additional: str) -> None:
        """The documents of the conditions, the additional code and the measure type, as entries of code lists."""
        for condition in found.get("measure_conditions") or ():
            if condition.get("document_code"):
                told = condition.get("certificate_description") or condition.get("requirement") or ""
                self._entry("documents", condition["document_code"], _plain(told))
        if additional:
            self._entry("additional_codes", additional, _plain(found["additional_code"].get("description") or ""))

    def _entry(self, name: str, code: str, text: str) -> None:
        source = self.setting.source or "Tariff API"
        if not any(e.list == name and e.code == code for e in self.made["entries"]):
            entry = ListEntry(list=name, code=code, text={"en": text}, validity=ALWAYS, source=source)
            self._keep("entries", entry)

    def _footnotes(self, found: Any) -> tuple[str, ...]:
        codes = []
        source = self.setting.source or "Tariff API"
        for footnote in found:
            codes.append(footnote["code"])
            text = {"en": _plain(footnote.get("description") or "")}
            self._keep("footnotes", Footnote(code=footnote["code"], text=text, validity=ALWAYS, source=source))
        return tuple(sorted(set(codes)))


def _kind(found: dict[str, Any]) -> str:
    """The measure type; older answers name value added tax and excise by types of their own, and say so."""
    kind = str(found["measure_type"]["id"])
    if found.get("vat") and not kind.isdigit():
        return taric.VAT
    return taric.EXCISE if found.get("excise") and not kind.isdigit() else kind


# --- values -----------------------------------------------------------------------------------------------------------


def _duty(component: dict[str, Any]) -> taric.Duty:
    amount = component.get("duty_amount")
    unit = taric.unit(component.get("measurement_unit_code"), component.get("measurement_unit_qualifier_code"))
    currency = component.get("monetary_unit_code") or ""
    return taric.Duty(str(component["duty_expression_id"]), None if amount is None else _number(amount), currency, unit)


def _clause(condition: dict[str, Any]) -> taric.Clause:
    amount = condition.get("condition_duty_amount")
    unit, qualifier = (condition.get(f"condition_measurement_unit_{part}") for part in ("code", "qualifier_code"))
    return taric.Clause(
        code=condition["condition_code"],
        action=condition.get("action_code") or _action(condition.get("action") or ""),
        document=condition.get("document_code") or "",
        amount=None if amount is None else _number(amount),
        currency=condition.get("condition_monetary_unit_code") or "",
        unit=taric.unit(unit, qualifier),
        duty=taric.duty_text(_duty(c) for c in condition.get("measure_condition_components") or ()),
    )


def _action(words: str) -> str:
    """The action code, where older answers give its words only: the words that tell the actions apart."""
    low = words.lower()
    if "not applicable" in low:
        return "07"
    if "not allowed" in low:
        return "09"
    if "to be corrected" in low:
        return "10"
    if "allowed" in low:
        return "29"
    if "mentioned duty" in low:
        return "27"
    return "01" if "amount of the action" in low else ""


def _validity(start: str, end: str | None) -> Validity:
    """From the first day to the last, both included, as the API writes them (2021-01-01T00:00:00.000Z)."""
    try:
        return taric.validity(start[:10], end[:10] if end else "")
    except ValueError as fault:
        raise Faulty(f"its dates {start} to {end or 'for ever'} make no validity ({fault})") from None


def _number(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Faulty(f"{value!r} is no number") from None
    if not number.is_finite():
        raise Faulty(f"{value!r} is no number")
    return number


def _unit(name: str, qualifier: str) -> str | None:
    """The code of a unit that the API gives by name (``Kilogram (kg)``); None for one that is not known."""
    if not name:
        return ""
    code = UNITS.get(re.sub(r"\s*\(.*", "", name))
    return None if code is None or qualifier else code


def _plain(text: str) -> str:
    """A text without the marks of a web page; the API writes | for a space that must not break."""
    text = re.sub(r"<br\s*/?>|</p>", "\n", text)
    return re.sub(r"<[^<>]{1,200}>", "", text).replace("|", " ").strip()
