"""Watch lists: three formats read, and what each kind of bad input gets."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import pytest

from customhouse.gates import watch_list
from customhouse.kernel.problem import Refusal
from customhouse.record.watch_list import PartyKind

SDN = b"""11,"AMBER COAST SHIPPING",-0- ,"TEST1",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"of the sea"
12,"DELACROIX, Marguerite","individual","TEST2",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0-
13,"SILVER DAWN","vessel","TEST1",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0-
\x1a"""
ALT = b"""12,1,"aka","LACROIX, Margot",-0-
12,2,"aka","DELACROIX, Marguerite",-0-
"""
UN = """<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-11-01T00:00:09.554Z"><INDIVIDUALS><INDIVIDUAL><DATAID>1</DATAID>
<FIRST_NAME>MARGUERITE</FIRST_NAME><SECOND_NAME>DELACROIX</SECOND_NAME><UN_LIST_TYPE>Test</UN_LIST_TYPE>
<REFERENCE_NUMBER>TSi.001</REFERENCE_NUMBER><LISTED_ON>2020-02-03</LISTED_ON><NAME_ORIGINAL_SCRIPT>Маргарита</NAME_ORIGINAL_SCRIPT>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Margot</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME>na</ALIAS_NAME></INDIVIDUAL_ALIAS></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>2</DATAID><FIRST_NAME>AMBER GUILD</FIRST_NAME><REFERENCE_NUMBER>TSe.002</REFERENCE_NUMBER></ENTITY></ENTITIES>
</CONSOLIDATED_LIST>""".encode()
CSV = """reference;name;alias;kind;programme;listed_on
A1;Amber Guild;Guild of Amber|Янтарь;organisation;Own;2026-01-02
A2;Marguerite Delacroix;;person;Own;
A2;Margot Lacroix;;person;Own;
""".encode()


def refused(data: bytes, **how: object) -> list[tuple[str, str]]:
    with pytest.raises(Refusal) as found:
        watch_list.read(data, **how)  # type: ignore[arg-type]
    assert all(problem.label and problem.hint for problem in found.value.problems)
    return [(problem.rule, problem.where) for problem in found.value.problems]


def test_ofac_with_its_aliases() -> None:
    listed = watch_list.read(SDN, ALT)
    assert listed.format == "ofac"
    ship, person = listed.parties[2], listed.parties[1]
    assert (ship.kind, ship.names) == (PartyKind.SHIP, ("SILVER DAWN",))
    assert (person.kind, person.names, person.programme) == (
        PartyKind.PERSON,
        ("DELACROIX, Marguerite", "LACROIX, Margot"),
        "TEST2",
    )
    assert listed.parties[0].remarks == "of the sea"
    assert listed.names == 4


def test_the_united_nations() -> None:
    listed = watch_list.read(UN)
    assert (listed.format, listed.dated) == ("un", date(2026, 11, 1))
    person, entity = listed.parties
    assert person.names == ("MARGUERITE DELACROIX", "Маргарита", "Margot")
    assert (person.reference, person.listed_on, person.programme) == ("TSi.001", date(2020, 2, 3), "Test")
    assert entity.kind is PartyKind.ORGANISATION


def test_plain_csv_joins_the_rows_of_one_party() -> None:
    listed = watch_list.read(b"\xef\xbb\xbf" + CSV)
    assert [party.names for party in listed.parties] == [
        ("Amber Guild", "Guild of Amber", "Янтарь"),
        ("Marguerite Delacroix", "Margot Lacroix"),
    ]
    assert listed.parties[0].listed_on == date(2026, 1, 2)


def test_packed_or_not_a_list_has_one_hash() -> None:
    assert watch_list.read(gzip.compress(UN)).digest == watch_list.read(UN).digest
    assert watch_list.read(SDN, ALT).digest != watch_list.read(SDN).digest


@pytest.mark.parametrize(
    ("data", "rule", "where"),
    [
        (SDN.replace(b'12,"', b'x,"'), "BadReference", "sdn:line 2"),
        (SDN.replace(b'13,"', b'12,"'), "BadReference", "sdn:line 3"),
        (SDN.replace(b'"vessel",', b""), "WrongColumns", "sdn:line 3"),
        (SDN.replace(b"vessel", b"balloon"), "UnknownKind", "sdn:line 3"),
        (SDN.replace(b"SILVER DAWN", b"-0-"), "NoName", "sdn:line 3"),
        (SDN.replace(b"SILVER DAWN", b"S" * 500), "NameTooLong", "sdn:line 3"),
        (SDN.replace(b"SILVER", b"\xff\xfe"), "NotUtf8", "sdn:line 3"),
        (SDN.replace(b'"SILVER DAWN"', b'"SILVER'), "NotCsv", "sdn:line 3"),
        (UN.replace(b"TSe.002", b"TSi.001"), "BadReference", "line 7"),
        (UN.replace(b">AMBER GUILD<", b"><"), "NoName", "line 7"),
        (UN.replace(b"Margot", "\ufffd\ufffdrgot".encode()), "NameUnreadable", "line 2"),
        (UN[:-30], "NotXml", "line 7"),
        (UN.replace(b"CONSOLIDATED_LIST", b"OTHER_LIST"), "NotThisList", "/"),
        (UN.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', 1), "DoctypeNotAllowed", ""),
        (CSV.replace(b"programme", b"colour"), "UnknownHeading", "line 1"),
        (CSV.replace(b"2026-01-02", b"yesterday"), "BadDate", "line 2"),
        (CSV.replace(b"A2;Marg", b"A2;X;Marg"), "WrongColumns", "line 3"),
        (CSV.replace(b"organisation", b"crowd"), "UnknownKind", "line 2"),
        (b"name\n", "EmptyList", ""),
        (b"", "UnknownHeading", "line 1"),
        (gzip.compress(CSV)[:-12], "BrokenArchive", ""),
        (b"\x1f\x8bxxxx", "BrokenArchive", ""),
    ],
)
def test_bad_input_is_told_with_its_line(data: bytes, rule: str, where: str) -> None:
    assert (rule, where) in refused(data)


def test_whole_or_not_at_all_unless_bad_rows_may_be_skipped() -> None:
    bad = CSV.replace(b"organisation", b"crowd")
    assert refused(bad) == [("UnknownKind", "line 2")]
    listed = watch_list.read(bad, skip_bad=True)
    assert [party.reference for party in listed.parties] == ["A2"]
    assert [(problem.rule, problem.where) for problem in listed.skipped] == [("UnknownKind", "line 2")]


def test_a_damaged_alias_does_not_take_the_party_off_the_list() -> None:
    listed = watch_list.read(UN.replace(b"Margot", "\ufffdrgot".encode()), skip_bad=True)
    assert listed.parties[0].names == ("MARGUERITE DELACROIX", "Маргарита")
    assert len(listed.skipped) == 1


def test_nothing_readable_is_refused_even_when_skipping() -> None:
    assert refused(b"name,kind\nX Y,crowd\n", skip_bad=True) == [("UnknownKind", "line 2")]


def test_aliases_of_nobody_and_of_the_wrong_list() -> None:
    assert refused(SDN, aliases=b'99,1,"aka","NOBODY",-0-\n') == [("AliasOfNobody", "alt:line 1")]
    assert refused(UN, aliases=ALT) == [("AliasFileNotWanted", "")]
    assert refused(CSV, format="xls") == [("UnknownListFormat", "")]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    from customhouse.gates.watch_list import rows

    monkeypatch.setattr(rows, "MAX_BYTES", 10_000)
    assert refused(gzip.compress(b"a" * 50_000)) == [("TooLarge", "")]


@pytest.mark.conformance
def test_the_lists_as_published(shared_data: Path) -> None:
    folder = shared_data / "risk" / "names"
    if not folder.is_dir():
        pytest.skip("no lists among the shared data")
    ofac = watch_list.read((folder / "ofac_sdn.csv.gz").read_bytes(), (folder / "ofac_alt.csv.gz").read_bytes())
    assert (len(ofac.parties), ofac.skipped) == (8976, ())
    un = watch_list.read((folder / "un_consolidated.xml.gz").read_bytes(), skip_bad=True)
    assert len(un.parties) > 950
    assert len(un.skipped) <= 1
