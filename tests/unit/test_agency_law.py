"""Agencies as law: read from agencies.toml, checked with clear words, and a form judged by the rules that stand beside it."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from customhouse.law.agency import filled
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import PackError, country_directory

DAY = date(2026, 11, 24)
GOOD = {"product": "Paracetamol", "registration": "MM-1", "use": "pharmacy", "pharmacist": "D. Okoro"}


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    place = tmp_path / "meridia"
    shutil.copytree(country_directory("meridia"), place)
    return place


def law(place: Path):
    return Book.open(compile_pack(place)).on(DAY)


def test_the_agencies_of_meridia_are_law(pack):
    found = law(pack)
    assert sorted(found.agencies) == ["AGR", "MOH", "POL"]
    document = found.agency_documents["N852"]
    assert (document.agency, document.write_off, document.unit, document.paper) == ("MOH", "quantity", "KGM", False)
    assert "N852" in found.electronic and "N935" not in found.electronic
    assert document.is_ours("whatever") and not found.agency_documents["N853"].is_ours("BR-77")
    assert found.agency_documents["N853"].is_ours("agr-2026-000001")


def test_a_pack_without_agencies_stays_valid(pack):
    (pack / "agencies.toml").unlink()
    found = law(pack)
    assert (found.agencies, found.agency_documents, found.electronic) == ({}, {}, frozenset())


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('agency = "MOH"\ncode = "N852"', 'agency = "XYZ"\ncode = "N852"', "there is no such agency"),
        ('agency = "AGR"\ncode = "N853"', 'agency = "AGR"\ncode = "N852"', "issued by MOH already"),
        ('unit = "KGM"\n', "", "a unit goes with write-off by quantity"),
        ("use == 'trial'", "usage == 'trial'", "there is no fact or list 'usage'; did you mean use?"),
        ("pieces > 0", "pieces > 'none'", "only numbers have an order"),
        ("starts(code, '01')", "starts(kode, '01')", "did you mean code?"),
        ("days = 30", "days = 0", "holds for a day at least"),
        ('source = "Plant Protection Act 2010, section 6"', "", "names no legal source"),
        ('sees = ["value"]', 'sees = ["everything"]', "sees value or duties on demand"),
        ('name = "treatment"', 'name = "species"', "a field has a name of its own"),
        ('write_off = "uses"', 'write_off = "sometimes"', "Invalid enum value"),
        ('fee = "15.00"', 'fee = "little"', "fee"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(pack, was, becomes, told):
    file = pack / "agencies.toml"
    text = file.read_text("utf-8")
    assert was in text
    file.write_text(text.replace(was, becomes, 1), "utf-8")
    with pytest.raises(PackError) as caught:
        compile_pack(pack)
    assert any("agencies.toml" in p.where and told in p.label for p in caught.value.problems), caught.value


def test_a_form_is_judged_by_its_fields_and_its_checks(pack):
    document = law(pack).agency_documents["N852"]
    assert filled(document, GOOD)[1] == ()
    wrong = filled(document, {**GOOD, "product": " ", "use": "resale", "expires": "soon"})[1]
    assert {(w.field, w.text["en"]) for w in wrong} == {
        ("product", "This is missing"),
        ("use", "Choose one of the list"),
        ("expires", "This is not a date; write it as 2026-12-31"),
    }
    (whole,) = filled(document, {**GOOD, "pharmacist": ""})[1]
    assert whole.field == "" and "responsible pharmacist" in whole.text["en"]
    assert filled(document, {**GOOD, "pharmacist": "", "use": "trial"})[1] == ()
    assert set(filled(document, {**GOOD, "more": "x"})[0]) == {
        "product",
        "registration",
        "use",
        "pharmacist",
        "expires",
    }


@pytest.mark.parametrize("said", ["ten", "-1", "1e9999", "NaN", "0.5", "501", "0", "1" * 3000])
def test_numbers_of_a_form_are_whole_and_within_their_bounds(pack, said):
    document = law(pack).agency_documents["9104"]
    assert filled(document, {"kind": "shotgun", "pieces": said})[1] != ()
    assert filled(document, {"kind": "shotgun", "pieces": "12"})[1] == ()
