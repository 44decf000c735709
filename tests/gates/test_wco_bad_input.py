"""What each kind of bad XML gets: the rule, the place, and all problems at once."""

from __future__ import annotations

import io
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from wco_samples import BODY, bare, item, wrapped

from customhouse.gates import wco_xml
from customhouse.gates.wco_xml.findings import MAX_DEPTH, MAX_PROBLEMS
from customhouse.gates.wco_xml.parser import MAX_BYTES
from customhouse.kernel.problem import Problem, Refusal

ITEM = "GoodsShipment/GovernmentAgencyGoodsItem[1]"
LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
<Declaration><FunctionCode>&c;</FunctionCode></Declaration>"""
OUTSIDE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><Declaration><ID>&x;</ID></Declaration>'


def refused(data: bytes, **more: object) -> tuple[Problem, ...]:
    with pytest.raises(Refusal) as caught:
        wco_xml.read(data, **more)
    assert all(p.rule and p.label for p in caught.value.problems)
    return caught.value.problems


def rules(data: bytes) -> list[str]:
    return [p.rule for p in refused(data)]


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "EmptyFile"),
        (b"\xef\xbb\xbf  \n", "EmptyFile"),
        (b"LRN;TYPE\n1;IMA", "NotXML"),
        (b"{}", "NotXML"),
        (b" " * 300 + b"x", "NotXML"),
        (b"PK\x03\x04....", "NotXML"),
        (LAUGHS, "ForbiddenEntity"),
        (OUTSIDE, "ForbiddenEntity"),
        (LAUGHS.decode().replace('<?xml version="1.0"?>', "").encode("utf-16"), "ForbiddenEntity"),
        (b"<!DOCTYPE Declaration><Declaration/>", "ForbiddenDoctype"),
        (b"<!-- x --><!DOCTYPE d SYSTEM 'http://127.0.0.1/d.dtd'><Declaration/>", "ForbiddenDoctype"),
        (b'<?xml version="1.0" encoding="cp037"?><Declaration/>', "UnsupportedEncoding"),
        (b'<?xml version="1.0" encoding="UTF-8"?><Declaration><ID>\xe9</ID></Declaration>', "WrongEncoding"),
        (b"<Response><Declaration/></Response>", "NotADeclaration"),
        (b"<Invoice/>", "NotADeclaration"),
        (b"<All><Declaration/><Declaration/></All>", "NotADeclaration"),
        (b"<a>" * 300 + b"</a>" * 300, "TooDeep"),
        (b"<a>" * 30 + b"<Declaration/>" + b"</a>" * 30, "NotADeclaration"),
    ],
)
def test_one_rule_for_each_kind(data: bytes, rule: str) -> None:
    assert rules(data)[0] == rule


def test_malformed_xml_names_line_and_column() -> None:
    (problem, *_) = refused(b"<Declaration>\n  <ID>1</Id>\n</Declaration>")
    assert (problem.rule, problem.where) == ("MalformedXML", "line 2, column 13")
    assert "ID" in problem.label
    assert problem.hint


def test_faults_of_one_file_do_not_show_up_in_the_next() -> None:
    refused(b"<Declaration><ID></Declaration>")
    assert [p.where for p in refused(b"<a>\n<b></a>")] == ["line 2, column 8"]
    assert wco_xml.read(bare())


def test_an_undefined_entity_is_malformed() -> None:
    assert rules(b"<Declaration><ID>&nbsp;</ID></Declaration>") == ["MalformedXML"]


def test_the_word_doctype_in_text_or_comment_is_harmless() -> None:
    read = wco_xml.read(
        item("<!-- <!DOCTYPE x> --><d:Commodity><d:Description>&lt;!DOCTYPE x></d:Description></d:Commodity>")
    )
    assert read.items[0].commodity.description == "<!DOCTYPE x>"


def test_size_is_limited_before_anything_is_parsed() -> None:
    assert refused(bare(), limit=100)[0].rule == "TooLarge"
    assert refused(b"<" * (MAX_BYTES + 1))[0].rule == "TooLarge"


def test_a_stream_is_not_read_past_the_limit() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            self.taken += size
            return b"<" * size

    stream = Endless()
    assert refused(stream)[0].rule == "TooLarge"
    assert stream.taken < 2 * MAX_BYTES


def test_all_problems_come_at_once_with_their_paths() -> None:
    body = (
        BODY.replace(">210.0<", ">heavy<")
        .replace(">500.50<", ">5,50<")
        .replace("GoodsItemQuantity>2", "GoodsItemQuantity>two")
    )
    body = body.replace("<d:Origin>", "<d:Orgin><d:CountryCode>PT</d:CountryCode></d:Orgin><d:Origin>")
    found = {
        (p.rule, p.where): p for p in refused(wrapped(body.replace("d:GoodsItemQuantity>", "d:GoodsItemQuantity>")))
    }
    assert set(found) == {
        ("InvalidInteger", "GoodsItemQuantity"),
        ("InvalidDecimal", "TotalGrossMassMeasure"),
        ("InvalidDecimal", f"{ITEM}/Commodity/InvoiceLine/ItemChargeAmount"),
        ("UnknownElement", f"{ITEM}/Orgin"),
    }
    assert found[("UnknownElement", f"{ITEM}/Orgin")].hint == "Did you mean Origin?"
    assert found[("InvalidDecimal", "TotalGrossMassMeasure")].value == "heavy"
    assert "(line 9)" in found[("InvalidDecimal", "TotalGrossMassMeasure")].label


@pytest.mark.parametrize(
    ("content", "rule", "where"),
    [
        ("<d:Colour>red</d:Colour>", "UnknownElement", "Colour"),
        ("<d:Commodity>loose</d:Commodity>", "UnexpectedText", "Commodity"),
        ("<d:Commodity/>loose", "UnexpectedText", ""),
        (
            "<d:Commodity><d:Description>a<d:B>c</d:B></d:Description></d:Commodity>",
            "UnknownElement",
            "Commodity/Description/B",
        ),
        ("<d:Commodity/><d:Commodity/>", "DuplicateElement", "Commodity[2]"),
        (
            '<d:TransactionNatureCode colour="red">1</d:TransactionNatureCode>',
            "UnknownAttribute",
            "TransactionNatureCode",
        ),
        ('<d:CustomsValueAmount unitCode="KGM">1</d:CustomsValueAmount>', "UnknownAttribute", "CustomsValueAmount"),
        ("<d:CustomsValueAmount>1e5</d:CustomsValueAmount>", "InvalidDecimal", "CustomsValueAmount"),
        ("<d:CustomsValueAmount>NaN</d:CustomsValueAmount>", "InvalidDecimal", "CustomsValueAmount"),
        ("<d:CustomsValueAmount>1_000</d:CustomsValueAmount>", "InvalidDecimal", "CustomsValueAmount"),
        ("<d:CustomsValueAmount>\u0661</d:CustomsValueAmount>", "InvalidDecimal", "CustomsValueAmount"),
        (f"<d:CustomsValueAmount>{'9' * 30}</d:CustomsValueAmount>", "InvalidDecimal", "CustomsValueAmount"),
        ("<d:CustomsValueAmount/>", "InvalidDecimal", "CustomsValueAmount"),
        ("<d:Packaging/>", "MissingElement", "Packaging[1]"),
        (
            "<d:Packaging><d:SequenceNumeric>1.5</d:SequenceNumeric></d:Packaging>",
            "InvalidInteger",
            "Packaging[1]/SequenceNumeric",
        ),
        (
            "<d:AdditionalDocument><d:EffectiveDateTime>2026</d:EffectiveDateTime></d:AdditionalDocument>",
            "InvalidDateTime",
            "AdditionalDocument[1]/EffectiveDateTime",
        ),
    ],
)
def test_what_does_not_fit_the_table_is_refused_with_its_path(content: str, rule: str, where: str) -> None:
    problems = refused(item(content))
    assert [(p.rule, p.where) for p in problems] == [(rule, f"{ITEM}/{where}".rstrip("/"))]


def test_missing_function_code() -> None:
    assert [(p.rule, p.where) for p in refused(bare(""))] == [("MissingElement", "Declaration")]
    assert rules(bare("<d:FunctionCode> </d:FunctionCode>")) == ["MissingElement"]


def test_a_message_of_nothing_but_rubbish_is_refused_briefly_and_quickly() -> None:
    began = time.process_time()
    problems = refused(bare("<d:FunctionCode>9</d:FunctionCode>" + "<d:X/>" * 200_000))
    assert len(problems) == MAX_PROBLEMS + 1
    assert problems[-1].rule == "TooManyProblems"
    assert time.process_time() - began < 10


def test_a_large_message_full_of_oddities_is_read_in_time_that_grows_with_its_size() -> None:
    def seconds(documents: int) -> float:
        content = '<d:AdditionalDocument><d:ID/><d:TypeCode listID="x">935</d:TypeCode></d:AdditionalDocument>'
        data = item(content * documents)
        began = time.process_time()
        assert len(wco_xml.read(data).notations) == 2 * documents
        return time.process_time() - began

    assert seconds(40_000) < 30 * max(seconds(4_000), 0.05)


def test_threads_do_not_see_each_others_faults() -> None:
    bad = [b"<Declaration>" + b"\n" * n + b"<ID></Declaration>" for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda data: refused(data)[0].where, bad * 5))
    assert [where.partition(",")[0] for where in found] == [f"line {n + 1}" for n in range(40)] * 5


def test_deep_nesting_is_told() -> None:
    deep = "<d:X>" * (MAX_DEPTH + 1) + "</d:X>" * (MAX_DEPTH + 1)
    assert rules(item(deep)) == ["UnknownElement", "TooDeep"]


def test_invented_namespaces_do_not_fill_the_memory() -> None:
    from customhouse.gates.wco_xml import reader

    for number in range(2000):
        wco_xml.read(f"<Declaration xmlns='urn:x:{number}'><FunctionCode>9</FunctionCode></Declaration>".encode())
    assert len(reader._DECLARATION.steps) <= reader.MAX_CACHED_NAMES
