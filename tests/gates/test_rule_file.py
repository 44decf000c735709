"""Rules as files: what is written reads back the same; every kind of bad file gets its problem and its place."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.gates.rule_file import Kept, read, write
from customhouse.kernel.problem import Refusal
from customhouse.record.criterion import ListContent, RuleContent
from customhouse.record.lanes import Lane

DAY = date(2026, 5, 1)
RULE = '[[rule]]\nid = "SR0001"\nlane = "RED"\nexpression = "starts(code, \'93\')"\ntext = { en = "Arms" }\n'
TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=30)
RULES = st.builds(
    RuleContent, expression=TEXT, lane=st.sampled_from(list(Lane)), text=st.dictionaries(TEXT, TEXT, max_size=3),
    since=st.dates(DAY, date(2027, 1, 1)), until=st.dates(date(2027, 1, 2), date(2028, 1, 1)), source=TEXT, owner=TEXT,
    applies=st.sampled_from(["", "import", "export"]),
)  # fmt: skip
LISTS = st.builds(ListContent, text=TEXT, codes=st.lists(TEXT, unique=True).map(tuple), source=TEXT, owner=TEXT)


@given(st.lists(st.builds(Kept, id=TEXT, content=RULES | LISTS), max_size=5))
def test_what_is_written_reads_back_the_same(kept: list[Kept]) -> None:
    back = read(write(kept), DAY)
    assert len(back) == len(kept) and all(one in kept for one in back) and all(one in back for one in kept)


def test_a_rule_without_a_time_holds_for_half_a_year() -> None:
    (one,) = read(RULE.encode(), DAY)
    assert isinstance(one.content, RuleContent) and (one.content.since, one.content.until) == (DAY, date(2026, 10, 30))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "not a TOML file"),
        (b"rule = ", "not a TOML file"),
        (b"rule = 1", "not a list of tables"),
        (b"[[rules]]\n", "no part rules"),
        (RULE.replace('"RED"', '"PURPLE"').encode(), "PURPLE is no lane"),
        (RULE.replace('"RED"', "1").encode(), "lane is not a text"),
        (RULE.replace("expression", "expresion").encode(), "no field expresion"),
        (RULE.replace('lane = "RED"\n', "").encode(), "lane is missing"),
        ((RULE + 'since = "2026"\n').encode(), "are days"),
        ((RULE + "until = 2026-01-01T00:00:00\n").encode(), "are days"),
        ((RULE + 'applies = "transit"\n').encode(), "nothing that a rule applies to"),
        (RULE.replace('{ en = "Arms" }', '"Arms"').encode(), "not a table of languages"),
        (b'[[list]]\nid = "a"\ntext = "b"\ncodes = [1]\n', "not a list of texts"),
        (b'[[list]]\nid = "a"\ntext = 1\ncodes = []\n', "text is not a text"),
        (b" " * (20 * 1024 * 1024 + 1), "at most"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(data: bytes, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        read(data, DAY)


def test_every_problem_is_told_at_once() -> None:
    with pytest.raises(Refusal) as refusal:
        read((RULE.replace("RED", "X") + RULE.replace("RED", "Y")).encode(), DAY)
    assert [p.where for p in refusal.value.problems] == ["rule 1 SR0001", "rule 2 SR0001"]
