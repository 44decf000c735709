"""Properties of the ENS gate: rules never fail, patterns match what the usual matcher matches, writing is undone by reading."""

from __future__ import annotations

import re
import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gates.ens_samples import AIR, EXAMPLES, SEA

from customhouse.gates import ens
from customhouse.gates.ens import functions, reader, tree
from customhouse.gates.ens.code import RuleError
from customhouse.gates.ens.compare import differences
from customhouse.gates.ens.expression import compile_test
from customhouse.gates.ens.pattern import Pattern
from customhouse.gates.ens.rules import RuleSet
from customhouse.gates.ens.table import MESSAGES, Leaf, rows_of
from customhouse.gates.ens.tree import Node
from customhouse.kernel.problem import Refusal
from customhouse.record.ens import (
    BorderTransport,
    EntryItem,
    EntrySummary,
    Interchange,
    Office,
    Packages,
    Place,
    Trader,
)

NAMES = ["A", "B", "C"]
texts = st.one_of(
    st.sampled_from(["", " ", "0", "1", " 2", "+3.5", "-1", "1e9", "NaN", "Infinity", "GB1", "10600", "٣", "9" * 70]),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=8),
)


@st.composite
def trees(draw: st.DrawFn) -> Node:
    root = Node("M")
    nodes = [root]
    for _ in range(draw(st.integers(0, 8))):
        child = Node(draw(st.sampled_from(NAMES)))
        child.text = draw(texts)
        draw(st.sampled_from(nodes)).add(child)
        nodes.append(child)
    return root


paths = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)
paths = st.one_of(st.sampled_from([".", "..", "../..", "../A"]), paths)
quoted = paths.map(lambda path: f"'{path}'")
words = st.sampled_from(["''", "'GB'", "'1'", "'10600'"])
numbers = st.recursive(
    st.one_of(
        st.sampled_from(["0", "1", "2.50", "9999999999999999999999"]),
        st.builds("{}({})".format, st.sampled_from(["number", "count", "sum", "countDistinctChildCount"]), quoted),
        st.builds("intOrElse({}, 7)".format, quoted),
        st.builds("countEquals({}, {})".format, quoted, words),
        st.builds("countDistinct({}, {})".format, quoted, st.sampled_from(["true", "false"])),
        st.builds("trim({}).length()".format, quoted),
    ),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*"), inner),
    max_leaves=4,
)
values = st.one_of(
    words,
    st.builds("{}({})".format, st.sampled_from(["trim", "getValue"]), quoted),
    st.builds("trim({}).take({})".format, quoted, numbers),
    st.builds("substringAfter(trim({}), {})".format, quoted, words),
)
simple = st.one_of(
    st.builds("{}({})".format, st.sampled_from(["exists", "not", "areIndices"]), quoted),
    st.builds("existsForAll({}, {}, {})".format, quoted, quoted, words),
    st.builds("applyRegex({}, '(\\\\s*[0-9]+|G.)*')".format, quoted),
    st.builds("{}.{}({})".format, values, st.sampled_from(["startsWith", "contains"]), values),
    st.builds("{} {} {}".format, values, st.sampled_from(["==", "!="]), values),
    st.builds("{} {} {}".format, numbers, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), numbers),
)
within = st.one_of(
    st.builds("other.trim({}) == here.trim({})".format, quoted, quoted),
    st.builds("other.number({}) {} here.number({})".format, quoted, st.sampled_from(["==", "<"]), quoted),
    st.builds("other.exists({})".format, quoted),
    st.builds("here.exists({})".format, quoted),
    simple,
)
conditions = st.lists(within, min_size=1, max_size=3).map(" && ".join)
tests = st.recursive(
    st.one_of(simple, st.builds("exists({}, {{here, other -> {}}})".format, quoted, conditions)),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner), st.builds("!({})".format, inner)
    ),
    max_leaves=5,
)


@given(tests, trees())
def test_a_rule_is_true_or_false_of_any_element(test: str, root: Node) -> None:
    holds = compile_test(test)
    assert {type(holds(node)) for node in root.walk()} == {bool}


@given(quoted, conditions, trees())
def test_looking_up_says_what_looking_one_by_one_says(path: str, condition: str, root: Node) -> None:
    """A condition in brackets beside `false` cannot be looked up, so each element is tried."""
    looked_up = compile_test(f"exists({path}, {{here, other -> {condition}}})")
    one_by_one = compile_test(f"exists({path}, {{here, other -> ({condition}) || false}})")
    assert [looked_up(n) for n in root.walk()] == [one_by_one(n) for n in root.walk()]


@given(tests, trees())
def test_not_turns_a_rule_around(test: str, root: Node) -> None:
    assert compile_test(f"!({test})")(root) is not compile_test(test)(root)


@given(st.text(alphabet=string.printable, max_size=60))
def test_any_text_is_a_rule_or_is_refused_with_a_column_in_it(text: str) -> None:
    try:
        compile_test(text)
    except RuleError as fault:
        assert 1 <= fault.column <= len(text) + 1


shapes = st.recursive(
    st.sampled_from(["a", "b", ".", "[ab]", "[^a]", "\\s", "\\d", "", "\\."]),
    lambda inner: st.one_of(
        st.builds("(?:{}){}".format, inner, st.sampled_from(["", "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?"])),
        st.builds("{}{}".format, inner, inner),
        st.builds("(?:{}|{})".format, inner, inner),
        st.builds("(?!{}){}".format, inner, inner),
        st.builds("(?={}){}".format, inner, inner),
    ),
    max_leaves=6,
)


@given(shapes, st.text(alphabet="ab1. ", max_size=7))
def test_patterns_match_as_the_usual_matcher_does(pattern: str, text: str) -> None:
    assert Pattern(pattern).fits(text) is bool(re.fullmatch(pattern, text, re.ASCII))


@given(st.text(alphabet="ab\\[](){}*+?|^$.-,0129:=!", max_size=16), st.text(alphabet="ab1", max_size=6))
def test_a_pattern_is_used_or_refused_and_never_fails(pattern: str, text: str) -> None:
    from customhouse.gates.ens.pattern import PatternError

    try:
        compiled = Pattern(pattern)
    except PatternError as fault:
        assert 1 <= fault.column <= len(pattern) + 1
    else:
        assert compiled.fits(text) in (True, False)


clean = st.text(alphabet=string.ascii_letters + "éß&<>\"' .", min_size=1, max_size=9)
clean = clean.map(lambda text: " ".join(text.split()) or "x")
upper = st.text(alphabet=string.ascii_uppercase, min_size=2, max_size=2)
tins = st.builds("{}{}".format, upper, st.text(alphabet="A1 &<", min_size=1, max_size=9))
masses = st.one_of(st.none(), st.decimals(0, 9999999, places=3), st.integers(0, 99999).map(Decimal))
traders = st.one_of(st.none(), st.builds(Trader, name=clean, city=clean, country=upper, tin=tins), st.just(Trader()))
counts = st.one_of(st.none(), st.integers(0, 99999))
items = st.builds(
    EntryItem,
    number=st.integers(1, 99999),
    description=clean,
    gross_mass=masses,
    loading=st.builds(Place, name=clean.map("MR {}".format)),
    special_mentions=st.lists(st.just("10600"), max_size=3).map(tuple),
    consignee=traders,
    containers=st.lists(clean, max_size=3).map(tuple),
    transport=st.lists(st.builds(BorderTransport, identity=clean, nationality=upper), max_size=2).map(tuple),
    packages=st.lists(st.builds(Packages, kind=upper, number=counts, pieces=counts, marks=clean), max_size=3).map(
        tuple
    ),
)
summaries = st.builds(
    EntrySummary,
    interchange=st.just(Interchange("S", "", "261120", "0800", "", "1", "CC315A")),
    lrn=clean,
    mode=st.sampled_from(["1", "4", "10"]),
    item_count=counts,
    gross_mass=masses,
    declared=st.just("202611200800"),
    consignor=traders,
    items=st.lists(items, min_size=1, max_size=3).map(tuple),
    itinerary=st.lists(upper, max_size=3).map(tuple),
    lodger=st.builds(Trader, name=clean, tin=tins),
    first_entry=st.just(Office("MR000101", "202611221400")),
)


@given(summaries)
def test_reading_undoes_writing(summary: EntrySummary) -> None:
    written = ens.write(summary)
    assert ens.read(written) == summary
    assert ens.write(ens.read(written)) == written


RULES = RuleSet({"rules.json": (EXAMPLES / "rules.json").read_bytes()})
LEAVES = [tag for tag, row in rows_of(MESSAGES["CC315A"]).items() if isinstance(row, Leaf)]


@given(st.sampled_from([SEA, AIR]), st.data())
def test_a_spoiled_message_is_read_or_refused_with_places(data: bytes, draws: st.DataObject) -> None:
    root = reader.message_of(tree.parse(data))
    nodes = list(root.walk())[1:]
    node = draws.draw(st.sampled_from(nodes))
    above = node.parent
    assert above is not None
    match draws.draw(st.sampled_from(["text", "drop", "double", "move", "rename"])):
        case "text":
            node.text = draws.draw(texts)
        case "drop":
            above.children.remove(node)
        case "double":
            above.add(node)
        case "move":
            above.children.remove(node)
            above.children.append(node)
        case _:
            node.name = draws.draw(st.sampled_from(LEAVES))
    assert {type(p.rule) for p in RULES.problems(root)} <= {str}
    try:
        summary = reader.summary(root)
    except Refusal as refusal:
        assert all(p.where and p.label for p in refusal.problems)
    else:
        assert differences(root, reader.message_of(tree.parse(ens.write(summary)))) == ()


def test_comparing_every_package_with_every_other_costs_in_proportion(monkeypatch: pytest.MonkeyPatch) -> None:
    """500 items that all ask for packages with their marks: 250,000 pairs, were they tried one by one."""
    looked = []
    known = functions.number_of
    monkeypatch.setattr(functions, "number_of", lambda text: looked.append(text) or known(text))
    item = "<I><P><Count>0</Count><Marks>M{}</Marks></P></I>"
    root = tree.parse(f"<M>{''.join(item.format(n) for n in range(500))}</M>".encode())
    test = "number('Count') != 0 || exists('../../I/P', {here, other -> other.number('Count') > 0 && "
    holds = compile_test(test + "here.trim('Marks') == other.trim('Marks')})")
    assert not any(holds(package) for item in root.children for package in item.children)
    assert len(looked) == 1000
