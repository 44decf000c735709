"""Commodities of a tariff API become law, and what our law cannot say is told."""

from __future__ import annotations

import copy
import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from customhouse.gates import tariff_json
from customhouse.kernel.problem import errors
from customhouse.law.loading import Reading, Setting, Source

SETTING = Setting(currency="GBP")


def component(expression: str, amount: float | None, currency: str = "", unit: str = "", qualifier: str = "") -> Any:
    return {"duty_expression_id": expression, "duty_amount": amount, "monetary_unit_code": currency or None,
            "measurement_unit_code": unit or None, "measurement_unit_qualifier_code": qualifier or None}  # fmt: skip


def condition(code: str, document: str, action: str, amount: float | None = None, unit: str = "", **more: Any) -> Any:
    return {"condition_code": code, "document_code": document, "action": action, "requirement": "Paper",
            "condition_duty_amount": amount, "condition_measurement_unit_code": unit or None,
            "measure_condition_components": [], **more}  # fmt: skip


def measure(sid: int, kind: str, area: str, *components: Any, **more: Any) -> Any:
    members = [{"geographical_area_id": c} for c in ("FR", "JP")] if len(area) > 2 else []
    return {"id": sid, "measure_type": {"id": kind, "description": "A measure"}, "import": True, "vat": False,
            "effective_start_date": "2026-01-01T00:00:00.000Z", "effective_end_date": None,
            "geographical_area": {"geographical_area_id": area, "children_geographical_areas": members},
            "legal_acts": [{"regulation_code": "R0012/26", "officialjournal_number": "3", "officialjournal_page": 7}],
            "measure_components": list(components), "measure_conditions": [], "excluded_countries": [], "footnotes": [],
            "order_number": None, **more}  # fmt: skip


QUOTA = {"number": "090001", "definition": {
    "initial_volume": "1200.5", "measurement_unit": "Kilogram (kg)", "validity_start_date": "2026-01-01T00:00:00.000Z",
    "validity_end_date": "2026-05-31T23:59:59.000Z", "description": None}}  # fmt: skip
COMMODITY: dict[str, Any] = {
    "goods_nomenclature_item_id": "0102290010", "description": "Of paper,|folded", "producline_suffix": "80",
    "chapter": {"goods_nomenclature_item_id": "0100000000", "description": "Lanterns <i>and</i> lamps"},
    "heading": {"goods_nomenclature_item_id": "0102000000", "description": "Lanterns"},
    "ancestors": [{"goods_nomenclature_item_id": "0102290000", "producline_suffix": "10", "description": "Others"}],
    "footnotes": [{"code": "TN001", "description": "Lanterns that float<br>also sink"}],
    "import_measures": [
        measure(1, "103", "1011", component("01", 8.0), component("04", 30.5, "GBP", "DTN")),
        measure(2, "142", "2020", component("01", 0.0), effective_end_date="2026-12-31T00:00:00.000Z",
                measure_conditions=[condition("Q", "U088", "Apply the mentioned duty"),
                                    condition("Q", "", "Measure not applicable")]),
        measure(3, "305", "1011", component("01", 20.0), vat=True),
        measure(4, "VTZ", "1011", component("01", 0.0), vat=True, additional_code={"code": "VATZ", "description": "Zero"}),
        measure(5, "109", "1011", component("99", None, "", "NAR")),
        measure(6, "143", "JP", component("01", 2.5), order_number=QUOTA),
        measure(7, "755", "1011", measure_conditions=[
            condition("E", "C672", "Import/export allowed after control", action_code="29"),
            condition("E", "", "Import/export allowed after control", 20.0, "KGM", action_code="29"),
            condition("E", "", "Import/export not allowed after control", action_code="09")]),
        measure(8, "306", "1011", component("01", 16.5, "", "RET"), excise=True, additional_code={"code": "X611"}),
        measure(9, "482", "1011", measure_conditions=[condition("R", "", "Declared subheading allowed", 160.0, "KGM")]),
        measure(10, "552", "FR", additional_code={"code": "B999"}, excluded_countries=[{"geographical_area_id": "MC"}],
                measure_conditions=[
                    condition("A", "D008", "Apply the amount of the action (see components)",
                              measure_condition_components=[component("01", 1.0)]),
                    condition("A", "", "Apply the amount of the action (see components)",
                              measure_condition_components=[component("01", 44.0)])]),
    ],
    "export_measures": [measure(5, "109", "1011", component("99", None, "", "NAR")),
                        measure(20, "357", "1011", **{"import": False})],
}  # fmt: skip


def load(*commodities: Any) -> Reading:
    sources = [Source(f"{n}.json", json.dumps(c).encode()) for n, c in enumerate(commodities)]
    return tariff_json.read(sources, SETTING)


READ = load(COMMODITY)
MEASURES = {m.id.split("/")[0]: m for m in READ.layer.measures}


def test_duties_preferences_taxes_and_their_dates() -> None:
    assert MEASURES["1"].expression_text == "8 % + 30.5 GBP / DTN"
    assert (MEASURES["1"].tax_type, MEASURES["1"].area, MEASURES["1"].code) == ("A00", "*", "0102290010")
    assert MEASURES["1"].source == "Regulation R0012/26, OJ 3, p. 7"
    preference = MEASURES["2"]
    assert (preference.preference, preference.documents, preference.area) == ("200", ("U088",), "2020")
    assert preference.validity.until == date(2027, 1, 1)
    assert (MEASURES["3"].tax_type, MEASURES["3"].expression_text) == ("B00", "20 % of value and duties")
    assert (MEASURES["4"].tax_type, MEASURES["4"].additional_code) == ("B00", "VATZ")


def test_conditions_with_documents_amounts_and_rates_of_their_own() -> None:
    waste = [(c.document, c.threshold, c.at_most, c.action) for c in MEASURES["7"].conditions]
    assert waste == [("C672", None, False, "apply"), ("", Decimal(20), True, "apply"), ("", None, False, "forbid")]
    dumping = MEASURES["10"]
    assert [(c.document, c.expression_text) for c in dumping.conditions] == [("D008", "1 %"), ("", "44 %")]
    assert (dumping.tax_type, dumping.excluded) == ("A30", ("MC",))


def test_lines_units_groups_quotas_footnotes_and_documents() -> None:
    layer = READ.layer
    assert [(line.code, line.text["en"], line.unit) for line in sorted(layer.lines, key=lambda line: line.code)] == [
        ("01", "Lanterns and lamps", ""),
        ("0102", "Lanterns", ""),
        ("0102290010", "Of paper, folded", "NAR"),
    ]
    assert {(m.group, m.country) for m in layer.memberships} == {("2020", "FR"), ("2020", "JP")}
    (quota,) = layer.quotas
    assert (quota.order, quota.volume, quota.unit, quota.validity.until) == (
        "090001",
        Decimal("1200.5"),
        "KGM",
        date(2026, 6, 1),
    )
    assert layer.footnotes[0].text["en"] == "Lanterns that float\nalso sink"
    assert {e.code for e in layer.entries if e.list == "documents"} == {"U088", "C672", "D008"}


def test_the_direction_of_trade() -> None:
    assert {sid: m.flow for sid, m in MEASURES.items()} == dict.fromkeys(MEASURES, "import") | {"20": "export"}


def test_what_our_law_cannot_say_is_told_and_every_record_is_accounted_for() -> None:
    assert errors(READ.problems) == ()
    told = {(p.rule, p.where.rsplit(" ", 1)[-1]) for p in READ.problems}
    assert told == {("DutyNotSaid", "8"), ("ConditionNotSaid", "9")}
    assert MEASURES["8"].expression is None
    assert MEASURES["8"].expression_text == "16.5 % RET"
    assert READ.account.read == READ.account.taken == len(COMMODITY["import_measures"]) + 1 + 1


def test_a_group_without_members_makes_a_note_and_other_dates_of_the_same_a_warning() -> None:
    other = copy.deepcopy(COMMODITY)
    other["import_measures"] = [measure(30, "142", "2020", component("01", 1.0))]
    other["import_measures"][0]["geographical_area"]["children_geographical_areas"] = []
    other["export_measures"] = []
    other["chapter"]["description"] = "Something else"
    reading = load(COMMODITY, other)
    assert {p.rule for p in reading.problems} >= {"UnknownArea", "StandsTwice"}
    assert reading.account.noted == 1


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda c: c.pop("goods_nomenclature_item_id"), "NotACommodity"),
        (lambda c: c.update(goods_nomenclature_item_id="01"), "InvalidCode"),
        (lambda c: c["import_measures"][0].pop("measure_type"), "MalformedRecord"),
        (lambda c: c["import_measures"][0].update(effective_start_date="soon"), "MalformedRecord"),
        (lambda c: c["import_measures"][0].update(effective_end_date="2025-01-01"), "MalformedRecord"),
        (lambda c: c["import_measures"][0]["measure_components"][0].update(duty_amount="many"), "MalformedRecord"),
        (lambda c: c.update(import_measures={"1": 2}), "MalformedRecord"),
        (lambda c: c.update(footnotes=[{}]), "MalformedRecord"),
        (lambda c: c.update(ancestors=[1]), "MalformedRecord"),
    ],
)
def test_a_broken_record_is_refused_with_its_place(change: Any, rule: str) -> None:
    broken = copy.deepcopy(COMMODITY)
    change(broken)
    (wrong,) = errors(load(broken).problems)
    assert (wrong.rule, wrong.where.startswith("0.json"), bool(wrong.hint)) == (rule, True, True)


def test_all_that_is_broken_is_told_at_once() -> None:
    broken = copy.deepcopy(COMMODITY)
    for number, name in ((0, "measure_type"), (2, "geographical_area"), (5, "effective_start_date")):
        del broken["import_measures"][number][name]
    reading = load(broken)
    assert [p.where for p in errors(reading.problems)] == [f"0.json: measure {n}" for n in (1, 3, 6)]
    assert reading.account.refused == 3


@pytest.mark.parametrize(
    ("data", "rule"), [(b"{", "MalformedJSON"), (b"[]", "NotACommodity"), (b'{"a": "\xe9"}', "WrongEncoding")]
)
def test_what_is_no_commodity_is_refused(data: bytes, rule: str) -> None:
    (wrong,) = errors(tariff_json.read([Source("x.json", data)], SETTING).problems)
    assert wrong.rule == rule


def test_a_commodity_of_any_shape_ends_in_problems_only() -> None:
    chance = random.Random(3)
    whole = json.dumps(COMMODITY)
    for _ in range(200):
        broken = json.loads(whole)
        place: Any = broken
        while isinstance(place, (dict, list)) and place:
            key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if not isinstance(place[key], (dict, list)) or chance.random() < 0.3:
                place[key] = chance.choice([None, 7, "x", [], {}, [1], {"a": 1}, -1.5])
                break
            place = place[key]
        account = load(broken).account
        assert account.read == account.taken + account.noted + account.refused
