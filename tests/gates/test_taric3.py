"""TARIC3 envelopes become law: what they say is said in our words, what they do is done to the store, nothing is lost."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gates.taric3_samples import SETTING, TARIFF, area, dated, goods, load, measure, member, row, source

from customhouse.gates import taric3
from customhouse.kernel.problem import errors
from customhouse.kernel.validity import Validity
from customhouse.law.expression import Component, Expression
from customhouse.law.loading import Source
from customhouse.law.pack import read_layer
from customhouse.law.pack_write import normal, write_layer

READ = load(TARIFF)
LAYER = READ.layer
MEASURES = {m.id: m for m in LAYER.measures}
LINES = {line.code: line for line in LAYER.lines}
YEAR = Validity(date(2026, 1, 1), date(2027, 1, 1))


def rules(reading: taric3.Reading) -> set[str]:
    return {p.rule for p in reading.problems}


def test_nothing_is_wrong_with_a_whole_tariff_and_every_record_is_accounted_for() -> None:
    assert errors(READ.problems) == ()
    account = READ.account
    assert account.read == len(TARIFF) == account.taken + account.noted
    assert account.detail == {"created": account.taken, "updated": 0, "deleted": 0, "unchanged": 0}
    notes = {p.where for p in READ.problems if p.rule == "KeptAsNote"}
    assert notes == {"goods.nomenclature", "quota.balance.event"}


def test_lines_have_their_shortest_code_text_and_supplementary_unit() -> None:
    assert set(LINES) == {"01", "0102", "010229", "0102290010", "0102290035", "0102290090"}
    assert LINES["0102290010"].text == {"en": "Of paper, folded"}
    assert {code: line.unit for code, line in LINES.items() if line.unit} == dict.fromkeys(
        ("010229", "0102290010", "0102290035", "0102290090"), "NAR"
    )


def test_a_compound_duty_with_a_maximum() -> None:
    duty = MEASURES["100"]
    assert duty.expression_text == "12 % + 147 EUR / DTN MAX 20 %"
    value, specific = Component(Decimal(12)), Component(Decimal(147), "quantity", "DTN", Decimal(1), "EUR")
    assert duty.expression == Expression((value, specific), maximum=(Component(Decimal(20)),))
    assert (duty.tax_type, duty.area, duty.kind, duty.code) == ("A00", "*", "103", "0102290010")
    assert duty.source == "Regulation R0012/26, OJ L 3, p. 7: Tariff of the year"


def test_a_measure_also_stands_on_what_falls_under_its_code_by_indents_only() -> None:
    assert MEASURES["100/0102290035"].expression == MEASURES["100"].expression
    assert "100/0102290090" not in MEASURES


def test_a_preference_with_its_proof_its_exclusion_and_the_last_day_included() -> None:
    preference = MEASURES["101"]
    assert (preference.preference, preference.documents, preference.excluded) == ("300", ("N954",), ("JP",))
    assert preference.validity == YEAR
    assert preference.conditions == ()
    assert MEASURES["102"].preference == "220"
    assert MEASURES["102"].order == "090001"


def test_controls_ask_for_one_of_their_documents_and_dumping_duties_depend_on_one() -> None:
    control, dumping = MEASURES["104"], MEASURES["105"]
    assert (control.documents, control.footnotes, control.tax_type) == (("C400", "Y900"), ("TM001",), "")
    assert [(c.document, c.action, c.expression_text) for c in dumping.conditions] == [
        ("D008", "rate", "5.5 %"),
        ("", "rate", "44 %"),
    ]
    assert dumping.tax_type == "A35"


def test_areas_quotas_footnotes_lists_and_rates() -> None:
    assert {(m.group, m.country) for m in LAYER.memberships} == {("NF01", "FR"), ("NF01", "JP"), ("2020", "JP")}
    (quota,) = LAYER.quotas
    assert (quota.order, quota.volume, quota.unit, quota.critical_ppm) == (
        "090001",
        Decimal("1200.5"),
        "KGM#G",
        750_000,
    )
    assert quota.validity == YEAR
    (footnote,) = LAYER.footnotes
    assert (footnote.code, footnote.text) == ("TM001", {"en": "Lanterns that float"})
    assert {e.code: e.text for e in LAYER.entries if e.list == "documents"} == {"N954": {"en": "Movement certificate"}}
    (rate,) = LAYER.rates
    assert (rate.currency, rate.value, rate.validity.until) == ("GBP", Decimal("1.25"), date(2026, 2, 1))


def test_a_description_that_changes_cuts_the_line_in_two() -> None:
    later = [
        dated("goods.nomenclature.description.period", "2026-07-01", goods_nomenclature_description_period_sid="29",
              goods_nomenclature_sid="7", goods_nomenclature_item_id="0102290090", productline_suffix="80"),
        row("goods.nomenclature.description", goods_nomenclature_description_period_sid="29", language_id="EN",
            goods_nomenclature_sid="7", goods_nomenclature_item_id="0102290090", description="Others"),
    ]  # fmt: skip
    lines = [line for line in load([*TARIFF, *later]).layer.lines if line.code == "0102290090"]
    half = date(2026, 7, 1)
    assert [(line.text["en"], line.validity) for line in lines] == [
        ("Other", Validity(date(2026, 1, 1), half)),
        ("Others", Validity(half)),
    ]


def test_a_measure_ends_with_its_regulation() -> None:
    ended = [
        r if r[0] != "base.regulation" else (r[0], r[1], r[2] | {"validity.end.date": "2026-03-31"}) for r in TARIFF
    ]
    found = {m.id: m.validity.until for m in load(ended).layer.measures}
    assert found["100"] == date(2026, 4, 1)


# --- what envelopes do


def test_the_same_envelope_twice_changes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "layer"
    assert write_layer(place, LAYER, ("en",), READ.beside)
    held = {p.name: p.read_bytes() for p in place.iterdir()}
    again = load(TARIFF, READ.beside)
    assert again.account.detail["unchanged"] == len(TARIFF)
    assert write_layer(place, again.layer, ("en",), again.beside) is False
    assert {p.name: p.read_bytes() for p in place.iterdir()} == held
    assert read_layer(place) == normal(LAYER, ("en",))


def test_updates_and_deletes_apply_to_what_is_there() -> None:
    change = [row("measure.component", "update", measure_sid="100", duty_expression_id="01", duty_amount="10"),
              row("measure.component", "delete", measure_sid="100", duty_expression_id="17"),
              row("measure.component", "delete", measure_sid="100", duty_expression_id="04")]  # fmt: skip
    after = load(change, READ.beside, name="b.xml", envelope="260002")
    assert after.account.detail == {"created": 0, "updated": 1, "deleted": 2, "unchanged": 0}
    assert {m.id: m.expression_text for m in after.layer.measures}["100"] == "10 %"
    old = load(TARIFF, after.beside)
    assert {m.id: m.expression_text for m in old.layer.measures}["100"] == "10 %", (
        "an old envelope is not applied again"
    )


operations = st.lists(
    st.tuples(st.sampled_from(["create", "update", "delete"]), st.sampled_from("ABC"), st.sampled_from(["1", "2"])),
    max_size=8,
)


@settings(max_examples=60)
@given(st.lists(operations, min_size=1, max_size=4))
def test_the_state_is_what_the_last_word_on_each_record_says(envelopes: list[list[tuple[str, str, str]]]) -> None:
    beside: dict[str, bytes] = {}
    last: dict[str, tuple[str, str]] = {}
    for number, steps in enumerate(envelopes):
        rows = [row("footnote.type", op, footnote_type_id=code, application_code=value, validity_start_date="2026-01-01")
                for op, code, value in steps]  # fmt: skip
        reading = load(rows, beside, name=f"{number}.xml", envelope=f"{number:06}")
        beside = reading.beside
        assert reading.account.read == len(rows)
        last |= {code: (op, value) for op, code, value in steps}
    held = {key[1][0]: fields["application.code"] for key, fields in taric3.Store.read(beside).records.items()}
    assert held == {code: value for code, (op, value) in last.items() if op != "delete"}


def test_envelopes_apply_in_the_order_of_their_numbers_however_they_are_named() -> None:
    first = source([dated("footnote.type", footnote_type_id="TM", application_code="1")], "z.xml", "260001")
    second = source(
        [row("footnote.type", "delete", footnote_type_id="TM", validity_start_date="2026-01-01")], "a.xml", "260002"
    )
    reading = taric3.read([second, first], SETTING)
    assert taric3.Store.read(reading.beside).records == {}
    assert errors(reading.problems) == ()
    assert "DeleteOfTheUnknown" not in rules(reading)


# --- what is not as it should be


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([row("footnote.type", "delete", footnote_type_id="TM")], "DeleteOfTheUnknown"),
        ([row("footnote.type", "update", footnote_type_id="TM", application_code="1")], "UpdateBeforeCreate"),
        ([row("footnote.type", footnote_type_id="TM", application_code=c) for c in "12"], "CreatedTwice"),
        ([dated("footnote", footnote_type_id="TM", footnote_id="001")], "UnknownReference"),
        ([*goods("1", "0102000000", "00", "Lanterns"), *goods("2", "0102000000", "00", "Lamps")], "OverlappingValidity"),
        (goods("3", "0102290000", "01", "Other lanterns"), "NoParent"),
        ([area("1", "AA01", "1"), area("2", "BB02", "1"), member("1", "2"), member("2", "1")], "CircularGroup"),
        ([dated("geographical.area", geographical_area_sid=a, geographical_area_id=f"A00{a}", geographical_code="1",
                parent_geographical_area_group_sid=b) for a, b in ("12", "21")], "CircularGroup"),
        ([member("1", "2")], "UnknownArea"),
        ([measure("1", "103", "0102000000", "ZZ99")], "UnknownArea"),
        ([measure("1", "103", "", "FR")], "NoCode"),
        ([measure("1", "777", "0102000000", "FR"), row("measure.component", measure_sid="1", duty_expression_id="01",
          duty_amount="5")], "UnknownTax"),
        ([measure("1", "103", "0102000000", "FR"), row("measure.component", measure_sid="1", duty_expression_id="02",
          duty_amount="5")], "DutyNotSaid"),
        ([measure("1", "103", "0102000000", "FR"), row("measure.condition", measure_condition_sid="1", measure_sid="1",
          condition_code="R", component_sequence_number="1", action_code="28", condition_duty_amount="80")],
         "ConditionNotSaid"),
    ],
)  # fmt: skip
def test_a_surprise_is_told_with_its_place_and_loading_goes_on(rows: list, rule: str) -> None:
    reading = load(rows)
    (told, *_) = [p for p in reading.problems if p.rule == rule]
    assert told.severity == "warning"
    assert told.where and told.label
    assert errors(reading.problems) == ()
    write_and_read = taric3.derive(taric3.Store.read(reading.beside), SETTING)[0]
    assert write_and_read == reading.layer


def test_everything_that_is_not_understood_is_told_at_once_with_line_and_record() -> None:
    good = taric3.write([
        dated("footnote.type", footnote_type_id="TM", application_code="1"),
        dated("certificate.type", certificate_type_code="N"),
        dated("measure.type.series", measure_type_series_id="C", measure_type_combination="0"),
        row("measure.component", measure_sid="1", duty_expression_id="01", duty_amount="5"),
        dated("regulation.group", regulation_group_id="DNC"),
        dated("monetary.unit", "2026-02-01", "2026-01-01", monetary_unit_code="EUR"),
        dated("language", language_id="EN"),
    ]).decode()  # fmt: skip
    bad = (
        good.replace("footnote.type>", "footnote.tipe>")
        .replace("<oub:certificate.type.code>N</oub:certificate.type.code>", "")
        .replace(
            "2026-01-01</oub:validity.start.date>\n            <oub:measure",
            "32 May</oub:validity.start.date><oub:measure",
        )
        .replace(
            "<oub:validity.start.date>2026-01-01</oub:validity.start.date>",
            "<oub:validity.start.date>soon</oub:validity.start.date>",
        )
        .replace(">5<", ">five<")
        .replace("<oub:record.code>150<", "<oub:record.code>151<")
    )
    last = bad.rindex("<oub:update.type>3<")
    bad = bad[:last] + bad[last:].replace("<oub:update.type>3<", "<oub:update.type>7<", 1)
    reading = taric3.read([Source("bad.xml", bad.encode())], SETTING)
    wrong = errors(reading.problems)
    assert {p.rule for p in wrong} == {
        "UnknownRecord", "MissingField", "InvalidDate", "InvalidDecimal", "WrongRecordCode", "InvalidValidity", "UnknownOperation",
    }  # fmt: skip
    assert all("bad.xml: line " in p.where and p.hint for p in wrong)
    assert reading.account.refused == reading.account.read == 7


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<env:envelope xmlns:env="urn:publicid:-:DGTAXUD:GENERAL:ENVELOPE:1.0" id="000001">&b;</env:envelope>'
)
WHOLE = source(TARIFF).data


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "EmptyFile"),
        (b"code,text\n", "MalformedXML"),
        (BOMB.encode(), "ForbiddenDoctype"),
        (b"<envelope/>", "NotAnEnvelope"),
        (b'<Declaration xmlns="urn:wco:datamodel:WCO:DEC-DMS:2"/>', "NotAnEnvelope"),
        (WHOLE[: len(WHOLE) // 2], "MalformedXML"),
        (WHOLE.replace(b"Lanterns", b"Lantern\xe9"), "WrongEncoding"),
    ],
)
def test_what_is_no_envelope_is_refused_with_its_place(data: bytes, rule: str) -> None:
    reading = taric3.read([Source("x.xml", data)], SETTING)
    (wrong,) = errors(reading.problems)
    assert (wrong.rule, wrong.where.startswith("x.xml"), bool(wrong.hint)) == (rule, True, True)
    assert (reading.account.read, reading.layer.lines) == (0, ())


def test_a_store_that_cannot_be_read_is_told_with_its_line() -> None:
    with pytest.raises(ValueError, match=r"records\.jsonl:2"):
        taric3.read([], SETTING, {"records.jsonl": READ.beside["records.jsonl"].splitlines()[0] + b"\nnothing\n"})


def test_a_broken_envelope_never_ends_in_anything_but_problems() -> None:
    chance = random.Random(7)
    for _ in range(150):
        data = bytearray(WHOLE)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(data))
            data[place : place + chance.randint(0, 9)] = bytes(
                chance.randrange(256) for _ in range(chance.randint(0, 3))
            )
        reading = taric3.read([Source("x.xml", bytes(data))], SETTING)
        assert reading.account.read == reading.account.taken + reading.account.noted + reading.account.refused
