"""A small tariff of a country that does not exist, as TARIC3 envelopes."""

from __future__ import annotations

from typing import Any

from customhouse.gates import taric3
from customhouse.law.loading import Reading, Setting, Source

Row = tuple[str, str, dict[str, str]]
SETTING = Setting(currency="EUR")


def row(name: str, operation: str = "create", **fields: str) -> Row:
    """A record; underscores in field names stand for dots."""
    return name, operation, {field.replace("_", "."): value for field, value in fields.items()}


def dated(name: str, start: str = "2026-01-01", end: str = "", **fields: str) -> Row:
    given = fields | {"validity_start_date": start} | ({"validity_end_date": end} if end else {})
    return row(name, **given)


def goods(sid: str, item: str, indents: str, text: str, suffix: str = "80") -> list[Row]:
    same = {"goods_nomenclature_sid": sid, "goods_nomenclature_item_id": item}
    return [
        dated("goods.nomenclature", producline_suffix=suffix, statistical_indicator="0", **same),
        dated("goods.nomenclature.indents", goods_nomenclature_indent_sid=f"1{sid}", number_indents=indents,
              productline_suffix=suffix, **same),
        dated("goods.nomenclature.description.period", goods_nomenclature_description_period_sid=f"2{sid}",
              productline_suffix=suffix, **same),
        row("goods.nomenclature.description", goods_nomenclature_description_period_sid=f"2{sid}", language_id="EN",
            productline_suffix=suffix, description=text, **same),
    ]  # fmt: skip


def area(sid: str, code: str, kind: str = "0") -> Row:
    return dated("geographical.area", geographical_area_sid=sid, geographical_area_id=code, geographical_code=kind)


def member(country: str, group: str) -> Row:
    return dated("geographical.area.membership", geographical_area_sid=country, geographical_area_group_sid=group)


def measure(sid: str, kind: str, item: str, where: str, goods_sid: str = "3", **more: str) -> Row:
    start, end = more.pop("start", "2026-01-01"), more.pop("end", "")
    return dated("measure", start, end, measure_sid=sid, measure_type=kind, geographical_area=where,
                 goods_nomenclature_item_id=item, goods_nomenclature_sid=goods_sid, stopped_flag="0",
                 measure_generating_regulation_role="1", measure_generating_regulation_id="R2600120", **more)  # fmt: skip


def component(sid: str, expression: str, amount: str, **more: str) -> Row:
    return row("measure.component", measure_sid=sid, duty_expression_id=expression, duty_amount=amount, **more)


def condition(sid: str, of: str, code: str, number: str, action: str, **more: str) -> Row:
    return row("measure.condition", measure_condition_sid=sid, measure_sid=of, condition_code=code,
               component_sequence_number=number, action_code=action, **more)  # fmt: skip


REGULATION = dated(
    "base.regulation", base_regulation_role="1", base_regulation_id="R2600120", officialjournal_number="L 3",
    officialjournal_page="7", information_text="Tariff of the year", regulation_group_id="DNC", effective_end_date="",
)  # fmt: skip

TARIFF: list[Row] = [
    REGULATION,
    dated("regulation.group", regulation_group_id="DNC"),
    *goods("1", "0100000000", "00", "Lanterns and lamps"),
    *goods("2", "0102000000", "00", "Lanterns"),
    *goods("3", "0102290000", "01", "Other lanterns"),
    *goods("4", "0102290010", "02", "Of paper", suffix="10"),
    *goods("5", "0102290010", "02", "Of paper, folded"),
    *goods("6", "0102290035", "03", "Painted"),
    *goods("7", "0102290090", "02", "Other"),
    area("90", "1011", "1"), area("91", "FR"), area("92", "JP"), area("93", "2020", "1"), area("94", "NF01", "1"),
    member("91", "94"), member("92", "94"), member("92", "93"), member("91", "90"),
    measure("100", "103", "0102290010", "1011", "5"),
    component("100", "01", "12.000"),
    component("100", "04", "147.000", monetary_unit_code="EUR", measurement_unit_code="DTN"),
    component("100", "17", "20"),
    measure("101", "142", "0102290000", "NF01", end="2026-12-31"),
    component("101", "01", "0"),
    condition("500", "101", "Q", "1", "27", certificate_type_code="N", certificate_code="954"),
    condition("501", "101", "Q", "2", "07"),
    row("measure.excluded.geographical.area", measure_sid="101", excluded_geographical_area="JP", geographical_area_sid="92"),
    measure("102", "143", "0102290000", "2020", ordernumber="090001"),
    component("102", "01", "3.50"),
    measure("103", "109", "0102290000", "1011"),
    component("103", "99", "", measurement_unit_code="NAR"),
    measure("104", "710", "0102000000", "1011", "2"),
    condition("510", "104", "B", "1", "29", certificate_type_code="C", certificate_code="400"),
    condition("511", "104", "B", "2", "29", certificate_type_code="Y", certificate_code="900"),
    condition("512", "104", "B", "3", "09"),
    row("footnote.association.measure", measure_sid="104", footnote_type_id="TM", footnote_id="001"),
    measure("105", "551", "0102290000", "JP"),
    condition("520", "105", "A", "1", "01", certificate_type_code="D", certificate_code="008"),
    condition("521", "105", "A", "2", "01"),
    row("measure.condition.component", measure_condition_sid="520", duty_expression_id="01", duty_amount="5.5"),
    row("measure.condition.component", measure_condition_sid="521", duty_expression_id="01", duty_amount="44"),
    dated("footnote", footnote_type_id="TM", footnote_id="001"),
    dated("footnote.description.period", footnote_description_period_sid="7", footnote_type_id="TM", footnote_id="001"),
    row("footnote.description", footnote_description_period_sid="7", language_id="EN", footnote_type_id="TM",
        footnote_id="001", description="Lanterns that float"),
    dated("certificate", certificate_type_code="N", certificate_code="954"),
    dated("certificate.description.period", certificate_description_period_sid="8", certificate_type_code="N",
          certificate_code="954"),
    row("certificate.description", certificate_description_period_sid="8", language_id="EN", certificate_type_code="N",
        certificate_code="954", description="Movement certificate"),
    dated("quota.order.number", quota_order_number_sid="60", quota_order_number_id="090001"),
    dated("quota.definition", "2026-01-01", "2026-12-31", quota_definition_sid="61", quota_order_number_sid="60",
          quota_order_number_id="090001", volume="1200.5", initial_volume="1000", measurement_unit_code="KGM",
          measurement_unit_qualifier_code="G", maximum_precision="3", critical_state="N", critical_threshold="75"),
    row("quota.balance.event", quota_definition_sid="61", occurrence_timestamp="2026-02-01T10:00:00", old_balance="1200.5",
        new_balance="1000", imported_amount="200.5"),
    dated("monetary.exchange.period", "2026-01-01", "2026-01-31", monetary_exchange_period_sid="70",
          parent_monetary_unit_code="EUR"),
    row("monetary.exchange.rate", monetary_exchange_period_sid="70", child_monetary_unit_code="GBP", exchange_rate="0.8"),
]  # fmt: skip


def source(rows: list[Row], name: str = "a.xml", envelope: str = "260001") -> Source:
    return Source(name, taric3.write(rows, envelope))


def load(rows: list[Row], beside: dict[str, bytes] | None = None, **more: Any) -> Reading:
    return taric3.read([source(rows, **more)], SETTING, beside)
