"""Reference lists become law: nomenclature, places, units, packages, countries, offices, code lists, exchange rates."""

from __future__ import annotations

import json
from datetime import date
from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.gates import areas, hs, rates, unlocode
from customhouse.gates.lists import codes, countries, offices, rec20, rec21
from customhouse.kernel.problem import errors
from customhouse.kernel.validity import Validity
from customhouse.law.loading import Reading, Setting, Source

SETTING = Setting(country="XM", currency="USD", languages=("en", "fr"))


def load(gate: Any, text: str | bytes, name: str = "x.csv", setting: Setting = SETTING) -> Reading:
    data = text.encode() if isinstance(text, str) else text
    reading: Reading = gate.read([Source(name, data)], setting)
    account = reading.account
    assert account.read == account.taken + account.noted + account.refused
    return reading


def listed(reading: Reading) -> dict[str, dict[str, str]]:
    """The English of every code, by list."""
    found: dict[str, dict[str, str]] = {}
    for entry in reading.layer.entries:
        found.setdefault(entry.list, {})[entry.code] = entry.text.get("en", "")
    return found


def wrong(reading: Reading) -> list[tuple[str, str]]:
    return [(p.rule, p.where) for p in errors(reading.problems)]


HS = "section,hscode,description,parent,level\n"
HS_GOOD = HS + "I,01,Live animals,TOTAL,2\nI,0101,Horses,01,4\nI,010121,Pure-bred,0101,6\nTOTAL,TOTAL,All,TOTAL,5\n"


def test_the_harmonized_system_of_an_edition() -> None:
    reading = load(hs, HS_GOOD, "hs2022.csv")
    assert wrong(reading) == []
    assert {line.code: line.text["en"] for line in reading.layer.lines} == {
        "01": "Live animals",
        "0101": "Horses",
        "010121": "Pure-bred",
    }
    assert {line.validity for line in reading.layer.lines} == {Validity(date(2022, 1, 1))}
    assert (reading.account.taken, reading.account.noted) == (3, 1)
    sections = load(hs, "﻿section,name\nI,Animals\n", "hs2022_sections.csv")
    assert listed(sections) == {"hs_sections": {"I": "Animals"}}


def test_a_nomenclature_without_a_day_is_refused_and_one_may_be_given() -> None:
    assert wrong(load(hs, HS_GOOD, "codes.csv")) == [("NoDate", "codes.csv")]
    given = load(hs, HS_GOOD, "codes.csv", Setting(first=date(2028, 1, 1)))
    assert {line.validity.start for line in given.layer.lines} == {date(2028, 1, 1)}


def test_every_broken_line_of_a_nomenclature_is_told_at_once() -> None:
    rows = [
        "I,01,Live animals,TOTAL,2", "I,0102,Bovines,02,4", "I,010b,Sheep,01,4", "I,7701,Reserved,01,4", "I,0104,Goats,01,6",
        "I,0105,,01,4", "I,0106,Other", "I,010,Short,01,3",
    ]  # fmt: skip
    reading = load(hs, HS + "\n".join(rows) + "\n", "hs2022.csv")
    assert wrong(reading) == [
        ("BrokenRow", "hs2022.csv:8"), ("NoParent", "hs2022.csv:3"), ("InvalidCode", "hs2022.csv:4"),
        ("InvalidCode", "hs2022.csv:5"), ("WrongLevel", "hs2022.csv:6"), ("NoText", "hs2022.csv:7"), ("InvalidCode", "hs2022.csv:9"),
    ]  # fmt: skip
    assert (reading.account.taken, reading.account.refused) == (1, 7)


def test_places_in_three_forms() -> None:
    compiled = load(unlocode, "XMPOR,Port Meridia,1,,,-12.5,141.25\nXMFAR,Far Point,3,,,99.1,1\nXMNIL,Nowhere,,,,,\n")
    assert [(p.code, p.country, p.latitude, p.longitude, p.function) for p in compiled.layer.places] == [
        ("XMFAR", "XM", None, None, "3"),
        ("XMNIL", "XM", None, None, ""),
        ("XMPOR", "XM", Decimal("-12.5"), Decimal("141.25"), "1"),
    ]
    assert [(p.rule, p.severity) for p in compiled.problems] == [("InvalidPosition", "warning")]
    official = ',"XM","POR","Port Meridia","Port Meridia",,"AI","1--45---","0401",,"1230S 14115E",\n'
    gone = 'X,"XM","OLD","Old Port","Old Port",,"AI","1-------","0401",,,\n'
    country = ',"XM",,".MERIDIA",,,,,,,,\n'
    reading = load(unlocode, country + official + gone)
    (place,) = reading.layer.places
    assert (place.code, place.latitude, place.longitude, place.function) == (
        "XMPOR",
        Decimal("-12.5"),
        Decimal("141.25"),
        "145",
    )
    assert reading.account.noted == 2
    union = load(unlocode, "country,code,name\nXM,POR,Port Meridia\n")
    assert [p.code for p in union.layer.places] == ["XMPOR"]


@given(
    st.integers(0, 89),
    st.integers(0, 59),
    st.sampled_from("NS"),
    st.integers(0, 179),
    st.integers(0, 59),
    st.sampled_from("EW"),
)
def test_positions_in_degrees_and_minutes(d: int, m: int, ns: str, e: int, n: int, ew: str) -> None:
    text = f"{d:02}{m:02}{ns} {e:03}{n:02}{ew}"
    (place,) = load(unlocode, f",XM,POR,Port,Port,,AI,1,0401,,{text},\n").layer.places
    assert place.latitude is not None
    assert place.longitude is not None
    assert abs(abs(place.latitude) * 60 - (d * 60 + m)) < Decimal("0.001")
    assert abs(abs(place.longitude) * 60 - (e * 60 + n)) < Decimal("0.001")
    assert (place.latitude < 0, place.longitude < 0) == (ns == "S" and d + m > 0, ew == "W" and e + n > 0)


def test_bad_places_are_refused_with_their_line() -> None:
    reading = load(unlocode, "XMPOR,Port Meridia,1,,,0,0\nxm,Nowhere,1,,,0,0\nXMABC,,1,,,0,0\nXMABD,Short,1\n")
    assert wrong(reading) == [("InvalidPlace", "x.csv:2"), ("InvalidPlace", "x.csv:3"), ("BrokenRow", "x.csv:4")]


def test_units_in_use() -> None:
    units = [
        {"commonCode": "KGM", "name": "kilogram", "state": "ACTIVE"},
        {"commonCode": "05", "name": "lift", "state": "MARKED_AS_DELETED"},
    ]
    reading = load(rec20, json.dumps(units), "units.json")
    assert listed(reading) == {"units": {"KGM": "kilogram"}}
    assert reading.account.noted == 1
    bad = load(rec20, json.dumps([{"name": "x"}, {"commonCode": "AA", "name": "y", "state": "ODD"}, 7]), "units.json")
    assert [rule for rule, _ in wrong(bad)] == ["BrokenRow", "UnknownState", "BrokenRow"]
    assert [rule for rule, _ in wrong(load(rec20, "{}", "units.json"))] == ["NotAList"]


def test_kinds_of_package_as_csv_and_a_workbook_that_is_none() -> None:
    reading = load(rec21, 'Status,Code,Name\n,1A,"Drum, steel"\nX,2Z,Gone\n,4,Short\n,ABC,Long\n')
    assert listed(reading) == {"packages": {"1A": "Drum, steel", "4": "Short"}}
    assert wrong(reading) == [("BrokenRow", "x.csv:5")]
    pytest.importorskip("xlrd")
    broken = load(rec21, b"\xd0\xcf\x11\xe0 nothing", "x.xls")
    assert wrong(broken) == [("BrokenWorkbook", "x.xls")]


def test_countries_and_their_currencies() -> None:
    head = (
        "ISO3166-1-Alpha-2,ISO4217-currency_alphabetic_code,ISO4217-currency_name,official_name_en,official_name_fr\n"
    )
    rows = 'XM,USD,Dollar,Meridia,Méridie\nXA,"SVC,USD","Colon,Dollar",Aland,Alandie\nX,USD,Dollar,Bad,\nXB,,,Atoll,\nXC,us,Odd,Cape,\n'
    reading = load(countries, head + rows)
    found = listed(reading)
    assert found["countries"] == {"XM": "Meridia", "XA": "Aland", "XB": "Atoll", "XC": "Cape"}
    assert found["currencies"] == {"USD": "Dollar", "SVC": "Colon"}
    assert wrong(reading) == [("InvalidCode", "x.csv:4")]
    assert {p.rule for p in reading.problems if p.severity == "warning"} == {"NoCurrency", "InvalidCode"}


def test_offices_of_all_and_of_the_country() -> None:
    head = "ref,country,name,city,state,active_from\n"
    rows = "XM000010,XM,Main Office,Port Meridia,valid,2020-02-01\nFJ000010,FJ,Harbour,,valid,\nFJ000020,FJ,Old,,closed,\nX1,XM,Bad,,valid,\nXM000011,XM,Late,,valid,soon\n"
    reading = load(offices, head + rows)
    assert listed(reading) == {
        "customs_offices": {"FJ000010": "Harbour", "XM000010": "Main Office, Port Meridia"},
        "offices": {"XM000010": "Main Office, Port Meridia"},
    }
    assert reading.account.noted == 1
    assert wrong(reading) == [("InvalidOffice", "x.csv:5"), ("InvalidDate", "x.csv:6")]


def test_code_lists_of_any_form_are_called_as_their_file() -> None:
    documents = [{"code": "N935", "en": "Invoice", "fr": "Facture"}, {"code": "N935", "en": "Invoice again"}]
    reading = load(codes, json.dumps(documents), "lists/documentTypes.json")
    assert listed(reading) == {"documents": {"N935": "Invoice"}}
    assert [p.rule for p in reading.problems] == ["StandsTwice"]
    acts = load(codes, '[{"code": "GBAU1", "en": "Shed"}]', "a.tgz!goods/acts-16n-from-22-08-2024.json")
    (entry,) = acts.layer.entries
    assert (entry.list, entry.validity.start) == ("acts_16n", date(2024, 8, 22))
    link = load(codes, '[{"parentCode": "4000", "childCodes": ["000", "C07"]}]', "linkProcedures.json")
    assert listed(link) == {"link_procedures": {"4000/000": "000", "4000/C07": "C07"}}
    packages = [
        {"code": "1A", "description": "Drum", "activeFrom": "2015-10-01", "state": "valid"},
        {"code": "ZZ", "state": "invalid"},
    ]
    reading = load(codes, json.dumps(packages), "kindsOfPackage.json")
    assert listed(reading) == {"packages": {"1A": "Drum"}}
    assert (reading.layer.entries[0].validity.start, reading.account.noted) == (date(2015, 10, 1), 1)
    csv = 'code,lang,description\nAD,en,Andorra\nAD,fr,Andorre\n"{""A"": ""BE"", ""B"": ""BRU""}",,\n'
    assert listed(load(codes, csv, "CountryCodesFullList.csv")) == {"countries": {"AD": "Andorra", "BE/BRU": ""}}


def test_procedures_say_under_which_duties_are_not_payable() -> None:
    text = '[{"code": "4000", "en": "Home use"}, {"code": "7100", "en": "Warehouse"}]'
    reading = load(codes, text, "procedureCodes.json")
    assert {p.code: (p.duties_payable, p.guarantee) for p in reading.layer.procedures} == {
        "4000": (True, False),
        "7100": (False, True),
    }


def test_broken_code_lists_are_told() -> None:
    rows = '[{"en": "no code"}, 7, {"code": "A", "activeFrom": "soon"}, {"code": "B", "en": "Good"}]'
    reading = load(codes, rows, "l.json")
    assert wrong(reading) == [
        ("BrokenRow", "l.json: entry 1"),
        ("BrokenRow", "l.json: entry 2"),
        ("InvalidDate", "l.json: entry 3"),
    ]
    assert listed(reading) == {"l": {"B": "Good"}}
    assert [r for r, _ in wrong(load(codes, "[{", "l.json"))] == ["MalformedJSON"]
    assert [r for r, _ in wrong(load(codes, b"[\xe9]", "l.json"))] == ["WrongEncoding"]
    assert [r for r, _ in wrong(load(codes, "a,b\n", "l.csv"))] == ["WrongColumns"]


def test_groups_of_origins_and_their_members() -> None:
    area = {
        "id": "2020",
        "description": "Friends",
        "children_geographical_areas": [{"id": "FR"}, {"geographical_area_id": "JP"}],
    }
    reading = load(
        areas, json.dumps([area, {"id": "1011", "children_geographical_areas": [{"id": "FR"}]}, {"id": "FR"}]), "a.json"
    )
    assert {(m.group, m.country) for m in reading.layer.memberships} == {("2020", "FR"), ("2020", "JP")}
    assert listed(reading)["geographical_areas"] == {"1011": "", "2020": "Friends", "FR": ""}
    ring = [{"id": a, "children_geographical_areas": [{"id": b}]} for a, b in (("AA1", "BB1"), ("BB1", "AA1"))]
    assert wrong(load(areas, json.dumps(ring), "a.json")) == [("CircularGroup", "AA1 > BB1 > AA1")]
    bad = [{}, 7, {"id": "A1", "children_geographical_areas": [{}]}, {"id": "A2", "children_geographical_areas": 3}]
    assert [rule for rule, _ in wrong(load(areas, json.dumps(bad), "a.json"))] == ["BrokenRow"] * 4


TABLE = "Date,Country,Exchange rate\n2026-01-01,Euro,0.8\n2026-01-01,Japan,150\n2026-02-01,Euro,0.9\n2026-02-01,Japan,150.5\n"


def test_monthly_rates_for_the_dollar_and_crossed_for_another_currency() -> None:
    reading = load(rates, TABLE)
    found = {(r.currency, r.validity.start.month): (r.value, r.validity.until) for r in reading.layer.rates}
    assert found["EUR", 1] == (Decimal("1.25"), date(2026, 2, 1))
    assert found["JPY", 2] == (Decimal("0.006644518272"), date(2026, 3, 1))
    yen = load(rates, TABLE, setting=Setting(currency="JPY", digits=6))
    found = {(r.currency, r.validity.start.month): (r.value, r.validity.until) for r in yen.layer.rates}
    assert found == {
        ("EUR", 1): (Decimal("187.5"), date(2026, 2, 1)),
        ("EUR", 2): (Decimal("167.222"), date(2026, 3, 1)),
        ("USD", 1): (Decimal(150), date(2026, 2, 1)),
        ("USD", 2): (Decimal("150.5"), date(2026, 3, 1)),
    }


def test_rates_of_the_euro_from_a_tariff_api() -> None:
    rows = [
        {
            "attributes": {
                "child_monetary_unit_code": "GBP",
                "exchange_rate": "0.8",
                "validity_start_date": f"2026-{m:02}-01T00",
            }
        }
        for m in (12, 1)
    ]
    pound = load(rates, json.dumps(rows), "eur.json", Setting(currency="GBP"))
    assert [(r.currency, r.value, r.validity.until) for r in pound.layer.rates] == [
        ("EUR", Decimal("0.8"), date(2026, 2, 1)),
        ("EUR", Decimal("0.8"), date(2027, 1, 1)),
    ]
    euro = load(rates, json.dumps(rows), "eur.json", Setting(currency="EUR"))
    assert {(r.currency, r.value) for r in euro.layer.rates} == {("GBP", Decimal("1.25"))}
    assert [r for r, _ in wrong(load(rates, json.dumps(rows), "eur.json"))] == ["NoRates"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Euro", "Japan", "Canada"]), st.integers(1, 12), st.decimals("0.001", 900, places=4)
        ),
        min_size=1,
        max_size=20,
        unique_by=lambda t: t[:2],
    ),
    st.integers(4, 20),
)
def test_crossed_rates_are_exact_to_their_digits_and_never_overlap(
    rows: list[tuple[str, int, Decimal]], digits: int
) -> None:
    text = "Date,Country,Exchange rate\n" + "".join(f"2026-{m:02}-01,{c},{v}\n" for c, m, v in rows)
    reading = load(rates, text, setting=Setting(currency="CAD", digits=digits))
    assert not [p for p in reading.problems if p.rule == "OverlappingValidity"]
    canada = {m: v for c, m, v in rows if c == "Canada"}
    names = {"EUR": "Euro", "JPY": "Japan"}
    said = {(c, m): v for c, m, v in rows}
    for rate in reading.layer.rates:
        month = rate.validity.start.month
        other = Decimal(1) if rate.currency == "USD" else said[names[rate.currency], month]
        assert rate.value == Context(prec=digits).divide(canada[month], other)


def test_bad_rates_are_refused_with_their_line() -> None:
    rows = "2026-01-01,Euro,0.8\n2026-01-01,Japan,-1\nsoon,Japan,1\n2026-01-01,Atlantis,1\n2026-01-01,Japan,NaN\n"
    reading = load(rates, "Date,Country,Exchange rate\n" + rows)
    assert wrong(reading) == [
        ("BrokenRow", "x.csv:3"),
        ("BrokenRow", "x.csv:4"),
        ("UnknownCurrency", "x.csv:5"),
        ("BrokenRow", "x.csv:6"),
    ]
