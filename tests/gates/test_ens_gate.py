"""The ENS gate: hostile files, structure, round trip, answers."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
from ens_samples import AIR, AMENDMENT, EXAMPLES, SEA, message

from customhouse.gates import ens
from customhouse.gates.ens import answers, tree
from customhouse.gates.ens.compare import differences
from customhouse.gates.ens.table import MESSAGES, Leaf, rows_of
from customhouse.kernel.problem import Refusal
from customhouse.record.codec import encode
from customhouse.record.ens import (
    Accepted,
    CustomsIntervention,
    EntryItem,
    EntrySummary,
    Intervention,
    Rejected,
)

AT = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SENDER = answers.Sender("MRCUSTOMS", "ANS0001", AT)


def refused(data: bytes, **named: int) -> list[tuple[str, str]]:
    with pytest.raises(Refusal) as caught:
        ens.read(data, **named)
    return [(p.rule, p.where) for p in caught.value.problems]


def test_a_declaration_is_read() -> None:
    read = ens.read(SEA)
    assert (read.lrn, read.mrn, read.amends, read.mode) == ("2026-KESTREL-0041", "", False, "1")
    assert (read.transport.identity, read.transport.nationality) == ("9321483", "PA")
    assert (read.item_count, read.gross_mass) == (3, Decimal("38250.500"))
    assert read.containers == ("KSTU4100218", "KSTU4100305")
    assert read.itinerary == ("CN", "SG", "MR")
    assert [seal.identity for seal in read.seals] == ["HL-553201", "HL-553202"]
    assert read.first_entry.expected == "202611221400"
    first = read.items[0]
    assert (first.documents[0].type, first.packages[0].number, first.packages[0].pieces) == ("N705", 820, None)
    assert read.items[2].special_mentions == ("10600",)
    assert read.consignor_of(first) is not None and read.consignor_of(first).name == "HARBOUR LIGHT FOOTWEAR CO"
    assert ens.read(AMENDMENT).amends


def test_parties_of_the_whole_consignment_stand_in_for_those_of_an_item() -> None:
    read = ens.read(AIR)
    assert read.consignee_of(read.items[0]) == read.consignee
    assert ens.read(SEA).consignee_of(ens.read(SEA).items[1]).tin == "MRNORTHGATE01"


@pytest.mark.parametrize("data", [SEA, AIR, AMENDMENT])
def test_what_is_read_is_written_back_with_equal_content(data: bytes) -> None:
    read = ens.read(data)
    written = ens.write(read)
    assert differences(message(data), message(written)) == ()
    assert ens.read(written) == read
    assert msgspec.json.decode(encode(read), type=EntrySummary) == read


def test_spelling_is_free_and_content_is_not() -> None:
    spelled = SEA.replace(b"<TotNumOfIteHEA305>3<", b"<TotNumOfIteHEA305> 003 <").replace(b"ie:", b"x:")
    spelled = spelled.replace(b"xmlns:ie", b"xmlns:x").replace(b">PORT ELGIN<", b">\n PORT   ELGIN<!-- here --> <")
    assert differences(message(SEA), message(spelled)) == ()
    assert ens.read(spelled) == ens.read(SEA)
    for old, new in [(b"38250.500", b"38250.50"), (b"KSTU4100218", b"KSTU4100219"), (b"<ITI>", b"<ITI/><ITI>")]:
        assert differences(message(SEA), message(SEA.replace(old, new, 1))) != ()
    tin = AMENDMENT.replace(b">KE 0012 <", b">KE 0012<")
    assert differences(message(AMENDMENT), message(tin)) != ()


def test_a_message_may_stand_in_an_envelope() -> None:
    inner = SEA.partition(b"?>\n")[2]
    assert ens.read(b"<e:Env xmlns:e='urn:e'><e:Body>" + inner + b"</e:Body></e:Env>") == ens.read(SEA)
    assert refused(b"<Env>" + inner + inner + b"</Env>") == [("SeveralMessages", "")]
    assert refused(b"<Env/>") == [("NotAnEntrySummary", "line 1")]
    assert refused(SEA.replace(b"dgtaxud.ec/CC315A", b"dgtaxud.ec/CC999A"))[0][0] == "NotAnEntrySummary"


@pytest.mark.parametrize(
    ("data", "rule", "where"),
    [
        (b"", "EmptyFile", ""),
        (b" \n\t ", "EmptyFile", ""),
        (b" " * 300, "NotXML", ""),
        (b"PK\x03\x04", "NotXML", "line 1, column 1"),
        (b"<a>\n  <b></a>", "MalformedXML", "line 2, column 8"),
        (b"<a>\n&nbsp;</a>", "MalformedXML", "line 2, column 1"),
        (b"<a>\n  <x:b/></a>", "MalformedXML", "line 2, column 3"),
        (b"<a>", "MalformedXML", "line 1, column 4"),
        ("<a>é</a>".encode("latin-1"), "WrongEncoding", "line 1, column 4"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "UnsupportedEncoding", "line 1"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "UnsupportedEncoding", "line 1"),
        (b"\n<!DOCTYPE a><a/>", "ForbiddenDoctype", "line 2"),
        (b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><a/>', "ForbiddenDoctype", "line 1"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "ForbiddenEntity", "line 1"),
        (b'<!DOCTYPE a [<!ENTITY % b SYSTEM "file:///etc/passwd">]><a/>', "ForbiddenEntity", "line 1"),
        (b"<a>" * 65, "TooDeep", "line 1, column 193"),
    ],
)
def test_a_file_that_is_no_message_is_refused_with_its_place(data: bytes, rule: str, where: str) -> None:
    assert refused(data) == [(rule, where)]


def test_size_is_limited_also_of_a_stream() -> None:
    assert refused(SEA, limit=100) == [("TooLarge", "")]
    with pytest.raises(Refusal):
        ens.read(io.BytesIO(b"<a>" + b" " * 10_000), limit=1000)
    assert ens.read(io.BytesIO(SEA)) == ens.read(SEA)


def test_other_encodings_are_taken() -> None:
    words = SEA.decode().replace("PORT ELGIN", "PÖRT ÉLGIN")
    expected = ens.read(words.encode())
    assert ens.read(words.replace("UTF-8", "UTF-16").encode("utf-16")) == expected
    assert ens.read(words.replace("UTF-8", "ISO-8859-1").encode("latin-1")) == expected
    assert ens.read(b"\xef\xbb\xbf" + words.encode()) == expected


ROOT = "/ie:CC315A[1]"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"<LRN/>", b"", []),
        (b"<MesIdeMES19>ENS0001</MesIdeMES19>", b"", [("MissingElement", ROOT)]),
        (b">ENS0001<", b"> <", [("TooShort", f"{ROOT}/MesIdeMES19[1]")]),
        (b">ENS0001<", b">ENS000000000001<", [("TooLong", f"{ROOT}/MesIdeMES19[1]")]),
        (b">261120<", b">260230<", [("InvalidValue", f"{ROOT}/DatOfPreMES9[1]")]),
        (b">0815<", b">2415<", [("InvalidValue", f"{ROOT}/TimOfPreMES10[1]")]),
        (b">38250.500<", b">38250.5001<", [("TooLong", f"{ROOT}/HEAHEA[1]/TotGroMasHEA307[1]")]),
        (b">38250.500<", b">382505000000<", [("TooLong", f"{ROOT}/HEAHEA[1]/TotGroMasHEA307[1]")]),
        (b">38250.500<", b">38,250<", [("InvalidDecimal", f"{ROOT}/HEAHEA[1]/TotGroMasHEA307[1]")]),
        (b">38250.500<", b">+038250.5000<", []),
        (b">1240<", b">-1<", [("InvalidCharacters", f"{ROOT}/HEAHEA[1]/TotNumOfPacHEA306[1]")]),
        (b">PA<", b">pa<", [("InvalidValue", f"{ROOT}/HEAHEA[1]/NatOfMeaOfTraCroHEA87[1]")]),
        (b">MRNORTHGATE01<", b"> MRNORTHGATE<", [("InvalidValue", f"{ROOT}/GOOITEGDS[2]/TRACONCE2[1]/TINCE259[1]")]),
        (b">252329<", b">252<", [("TooShort", f"{ROOT}/GOOITEGDS[3]/COMCODGODITM[1]/ComNomCMD1[1]")]),
        (b"<ITI>", b"<ITE/><ITI>", [("UnknownElement", f"{ROOT}/ITE[1]")]),
        (b"<ITI>", b"<ITI x='1'>", [("UnknownAttribute", f"{ROOT}/ITI[1]")]),
        (b"<ITI>", b"<ITI>route", [("UnexpectedText", f"{ROOT}/ITI[1]")]),
        (b"<ITI>", b"<ITI xmlns='urn:x'>", [("UnknownElement", f"{ROOT}/ITI[1]")]),
        (b">CN</CouOfRouCodITI1>", b"><b/>CN</CouOfRouCodITI1>", [("UnknownElement", f"{ROOT}/ITI[1]/CouOfRouCodITI1[1]/b[1]")]),
        (b"<CUSOFFFENT730>", b"<ITI/><CUSOFFFENT730>", [("MisplacedElement", f"{ROOT}/ITI[4]"), ("MissingElement", f"{ROOT}/ITI[4]")]),
        (b"<PERLODSUMDEC>", b"<PERLODSUMDEC/><PERLODSUMDEC>", [("MissingElement", f"{ROOT}/PERLODSUMDEC[1]"), ("DuplicateElement", f"{ROOT}/PERLODSUMDEC[2]")]),
        (b"<ITI>", b"<ITI><CouOfRouCodITI1>MR</CouOfRouCodITI1></ITI>" * 97 + b"<ITI>", [("TooManyRepetitions", f"{ROOT}/ITI[100]")]),
    ],
)  # fmt: skip
def test_structure_is_checked_with_places(old: bytes, new: bytes, expected: list[tuple[str, str]]) -> None:
    data = SEA.replace(old, new, 1)
    assert data != SEA or old == b"<LRN/>"
    if expected:
        assert refused(data) == expected
    else:
        assert ens.read(data)


def test_all_faults_come_at_once_and_not_without_end() -> None:
    assert len(refused((EXAMPLES / "bad" / "03-structure.xml").read_bytes())) == 5
    many = refused(SEA.replace(b"<ITI>", b"<ITE/>" * 5000 + b"<ITI>", 1))
    assert len(many) == 101 and many[-1][0] == "TooManyProblems"


def test_every_element_of_the_table_is_written_and_read() -> None:
    """A message that fills every field comes back as it was."""
    for root, table in MESSAGES.items():
        tags = rows_of(table)
        assert len(tags) > 100 and {"HEAHEA", "GOOITEGDS", "TINPLD1"} < set(tags)
        full = _full(table, 1)
        data = f'<ie:{root} xmlns:ie="http://ics.dgtaxud.ec/{root}">{full}</ie:{root}>'.encode()
        read = ens.read(data)
        assert differences(message(data), message(ens.write(read))) == ()
        unset = [f for f in read.__struct_fields__ if getattr(read, f) in ("", None, ())]
        assert unset == (["mrn"] if root == "CC315A" else ["lrn", "lodgement_office"])


VALUES = {
    "a1": "A", "a1 (code)": "B", "a2": "en", "a2 (country)": "MR", "n6 (YYMMDD)": "261231", "n4 (HHMM)": "2359",
    "n12 (CCYYMMDDHHMM)": "202612312359", "an..35 (place)": "MR PORT", "an8 (office)": "MR000101", "n4": "1203",
    "an18 (MRN)": "26MR000000000118K5", "an..17 (TIN)": "MR 1", "an6 (message)": "CC315A", "n..8": "640399",
    "an2": "CT", "n..11,3": "12345678.901",
}  # fmt: skip


def _full(rows: tuple, depth: int) -> str:
    out = []
    for row in rows:
        if isinstance(row, Leaf):
            value = VALUES.get(row.format.name, "7")
            out.append(f"<{row.tag}>{value}</{row.tag}>")
        else:
            once = f"<{row.tag}>{_full(row.rows, depth + 1)}</{row.tag}>"
            out.append(once if row.most == 1 else once * 2)
    return "".join(out)


def test_characters_that_xml_cannot_carry_are_not_written() -> None:
    with pytest.raises(Refusal) as caught:
        ens.write(EntrySummary(items=(EntryItem(number=1, description="a\x00b"),)))
    assert (caught.value.problems[0].rule, caught.value.problems[0].where) == ("InvalidCharacter", "GooDesGDS23")


def values(data: bytes, *names: str) -> list[str]:
    root = tree.parse(data)
    return [node.text for node in root.walk() if node.name in names]


def test_a_declaration_is_acknowledged_with_its_mrn() -> None:
    about = ens.read(SEA)
    data = answers.write(Accepted("26MR000000000120K1", AT), about, SENDER)
    root = tree.parse(data)
    assert (root.name, root.namespace) == ("CC328A", "http://ics.dgtaxud.ec/CC328A")
    assert values(data, "DocNumHEA5", "RefNumHEA4") == ["2026-KESTREL-0041", "26MR000000000120K1"]
    assert values(data, "MesRecMES6", "CorIdeMES25", "MesTypMES20") == ["MRAGENT07/0000000012", "CC328A", "ENS0001"]
    assert values(data, "DecRegDatTimHEA115") == ["202611200930"]
    assert values(data, "ConNumNR21") == ["KSTU4100218", "KSTU4100218", "KSTU4100305"]
    assert values(data, "TINTRACARENT602") == ["MRCARRIER0001"]


def test_an_amendment_is_accepted() -> None:
    about = ens.read(AMENDMENT)
    data = answers.write(Accepted(about.mrn, AT.astimezone(timezone(timedelta(hours=3)))), about, SENDER)
    assert tree.parse(data).name == "CC304A"
    assert values(data, "DocNumHEA5", "AmeAccDatTimHEA111") == [about.mrn, "202611200930"]
    assert values(data, "RefNumHEA4") == []


def _errors(data: bytes) -> tuple:
    with pytest.raises(Refusal) as caught:
        ens.read(data)
    return answers.functional_errors(caught.value.problems)


def test_a_refused_declaration_is_answered_with_every_error() -> None:
    errors = _errors((EXAMPLES / "bad" / "03-structure.xml").read_bytes())
    data = answers.write(Rejected(AT, errors), ens.read(AIR), SENDER)
    assert tree.parse(data).name == "CC316A"
    assert values(data, "ErrTypER11") == ["39", "19", "13", "13", "12"]
    assert values(data, "ErrPoiER12")[0] == "/ie:CC315A[1]/HEAHEA[1]/TraModAtBorHEA76[1]"
    assert values(data, "OriAttValER14") == ["AIR", "14.2 kg", "202613201145"]
    assert values(data, "DecRejDatTimHEA116", "RefNumHEA4") == ["2026-AIR-1187", "202611200930"]


def test_rules_are_told_by_their_code_in_a_refused_amendment() -> None:
    rules = ens.RuleSet({"r": (EXAMPLES / "rules.json").read_bytes()})
    heavy = AMENDMENT.replace(b"<GroMasGDS46>21.3<", b"<GroMasGDS46>99<")
    with pytest.raises(Refusal) as caught:
        ens.read(heavy, rules)
    data = answers.write(Rejected(AT, answers.functional_errors(caught.value.problems)), ens.read(heavy), SENDER)
    assert tree.parse(data).name == "CC305A"
    assert values(data, "ErrTypER11", "ErrReaER13") == ["12", "1104"]
    assert values(data, "AmeRejDatTimHEA112", "DatTimAmeHEA113") == ["202611200905", "202611200930"]
    assert values(data, "ExpDatOfArrFIRENT733") == []


def test_an_intervention_says_what_is_not_to_be_loaded() -> None:
    one = CustomsIntervention("A01", "Do not load", "en", item=3)
    all_of_it = CustomsIntervention("B02")
    data = answers.write(
        Intervention("26MR000000000120K1", AT, AT - timedelta(hours=1), (one, all_of_it)), ens.read(SEA), SENDER
    )
    assert tree.parse(data).name == "CC351A"
    assert values(data, "CusIntCodCUSINT665", "CusIntTexCUSINT666", "IteNumConCUSINT668") == [
        "3",
        "A01",
        "Do not load",
        "B02",
    ]
    assert values(data, "NotDatTimHEA104", "DecRegDatTimHEA115") == ["202611200930", "202611200830"]
