"""Rule files of entry summary declarations: read, refused with their place, evaluated with code and location."""

from __future__ import annotations

import json

import pytest
from ens_samples import EXAMPLES, SEA, message

from customhouse.gates import ens
from customhouse.gates.ens.rules import MAX_PROBLEMS, RuleSet, current, is_rule_file
from customhouse.kernel.problem import Refusal

OURS = RuleSet({"rules.json": (EXAMPLES / "rules.json").read_bytes()})


def rule(element: str, test: str, code: str = "9001", text: str = "It does not hold") -> bytes:
    return json.dumps(
        {"element": element, "asserts": [{"test": test, "errorCode": code, "errorMessage": text}]}
    ).encode()


def problems(files: dict[str, bytes]) -> list[tuple[str, str]]:
    with pytest.raises(Refusal) as caught:
        RuleSet(files)
    return [(p.rule, p.where) for p in caught.value.problems]


def test_a_rule_is_looked_at_at_every_element_it_names_and_nowhere_else() -> None:
    rules = RuleSet({"a": rule("/GOOITEGDS/PACGS2", "number('NumOfPacGS24') > 500")})
    assert [(p.rule, p.label, p.where) for p in rules.problems(message(SEA))] == [
        ("9001", "It does not hold", "/ie:CC315A[1]/GOOITEGDS[2]/PACGS2[1]"),
        ("9001", "It does not hold", "/ie:CC315A[1]/GOOITEGDS[3]/PACGS2[1]"),
    ]
    assert RuleSet({"a": rule("/CUSOFFLON", "false")}).problems(message(SEA)) == ()
    (root,) = RuleSet({"a": rule("/", "false")}).problems(message(SEA))
    assert root.where == "/ie:CC315A[1]"


def test_the_prefix_of_a_location_is_that_of_the_message() -> None:
    bare = SEA.replace(b"ie:CC315A xmlns:ie=", b"CC315A xmlns=").replace(b"</ie:CC315A>", b"</CC315A>")
    other = SEA.replace(b"ie:", b"n1:").replace(b"xmlns:ie", b"xmlns:n1")
    rules = RuleSet({"a": rule("/", "false")})
    assert rules.problems(message(other))[0].where == "/n1:CC315A[1]"
    with pytest.raises(Refusal) as caught:  # the elements within a message stand in no namespace
        ens.read(bare)
    assert {p.rule for p in caught.value.problems} >= {"UnknownElement"}


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Refusal) as caught:
        ens.read((EXAMPLES / "bad" / "02-parties.xml").read_bytes(), OURS)
    assert sorted(p.rule for p in caught.value.problems) == ["1002", "1202", "1203", "1203", "1301", "1401"]
    assert ens.read(SEA, OURS).lrn == "2026-KESTREL-0041"


def test_a_new_file_stands_in_for_the_one_it_renews() -> None:
    old, new = rule("/", "false", "1"), rule("/", "false", "2")
    assert RuleSet({"p3.json": old, "p3_New.json": new, "p3_GB.json": rule("/", "false", "3")}).codes == {"2", "3"}
    assert RuleSet({"a.tgz!p3.json": old, "b/p3-new.json": new}).codes == {"1", "2"}
    assert current(["x/p_New.json", "x/p.json", "y/p.json"]) == ["x/p_New.json", "y/p.json"]


def test_rules_may_stand_in_a_list_and_bring_words_of_their_own() -> None:
    one = json.loads(rule("/", "true"))
    one["localErrorMessage"] = "as they please"
    rules = RuleSet({"a": json.dumps([one, one]).encode()})
    assert len(rules) == 2


@pytest.mark.parametrize(
    ("data", "rule_name", "where"),
    [
        (b"", "InvalidRuleFile", "f"),
        (b"{", "InvalidRuleFile", "f"),
        (b'{"element": "/",\n "asserts": [}', "InvalidRuleFile", "f, line 2"),
        (b'{"element": "/"}', "InvalidRuleFile", "f"),
        (b'{"element": "/", "asserts": [{"test": "true", "errorCode": "1"}]}', "InvalidRuleFile", "f"),
        (b'{"element": "/", "asserts": [{"test": 7, "errorCode": "1", "errorMessage": ""}]}', "InvalidRuleFile", "f"),
        (b"\xff\xfe{", "InvalidRuleFile", "f, line 1"),
        (rule("HEAHEA", "true"), "InvalidRuleElement", "f rule 1"),
        (rule("/HEAHEA[1]", "true"), "InvalidRuleElement", "f rule 1"),
        (rule("//HEAHEA", "true"), "InvalidRuleElement", "f rule 1"),
        (rule("/HEAHEA", "exists('A') &&& true"), "InvalidRule", "f rule 1 assert 1, column 15"),
    ],
)
def test_a_rule_file_that_cannot_be_used_says_where(data: bytes, rule_name: str, where: str) -> None:
    assert problems({"f": data}) == [(rule_name, where)]


def test_everything_wrong_in_any_file_is_told_at_once() -> None:
    files = {"a": rule("/", "exists('H'"), "b": rule("x", "true"), "c": rule("/", "true"), "d": b"[7]"}
    assert [place for _, place in problems(files)] == ["a rule 1 assert 1, column 11", "b rule 1", "d"]


def test_a_message_full_of_errors_is_told_up_to_a_limit() -> None:
    many = message(SEA.replace(b"</ITI>", b"</ITI>" + b"<ITI/>" * 3000, 1))
    assert len(RuleSet({"a": rule("/ITI", "exists('CouOfRouCodITI1')")}).problems(many)) == MAX_PROBLEMS


def test_rule_files_are_known_by_what_is_in_them() -> None:
    assert is_rule_file(rule("/", "true"))
    assert is_rule_file(b"\xef\xbb\xbf\n [" + rule("/", "true") + b"]")
    assert not is_rule_file(b'{"element": 1}')
    assert not is_rule_file(b'<a x="&quot;"> "element" "asserts" </a>')
