"""The rule language of entry summary declarations: every function, every operator, everything that is refused."""

from __future__ import annotations

import pytest
from ens_samples import small

from customhouse.gates.ens.code import RuleError
from customhouse.gates.ens.expression import compile_test
from customhouse.gates.ens.functions import OF_ELEMENTS, OF_TEXT
from customhouse.gates.ens.pattern import Pattern, PatternError

ITEMS = """
<H><Mode> 3 </Mode><Total>12.50</Total><Word>GBcd </Word><Empty/></H>
<I><No>1</No><Mass>5</Mass><P><Kind>CT</Kind><Marks>A</Marks><Count>0</Count></P></I>
<I><No> 2</No><Mass>+7.5</Mass><P><Kind>BX</Kind><Marks> A </Marks><Count>4</Count></P><Q>10600</Q></I>
<I><No>03</No><Mass>heavy</Mass><P><Kind>BX</Kind></P><Q> 10600</Q><Q>x</Q></I>
"""


def holds(test: str, at: str = "", text: str = ITEMS) -> bool:
    node = small(text)
    for name in filter(None, at.split("/")):
        node = node.named[name][0]
    return compile_test(test)(node)


TRUE = [
    "exists('H')",
    "exists('H/Empty')",
    "exists('.')",
    "exists('I/P/Marks')",
    "!exists('H/None')",
    "not('None')",
    "not('H/None/Deeper')",
    "!not('H')",
    "getValue('H/Word') == 'GBcd '",
    "getValue('None') == ''",
    "getValue('H/Empty') == ''",
    "getValue('I/No') == '1'",
    "trim('H/Word') == 'GBcd'",
    "trim('None') == ''",
    "number('H/Mode') == 3",
    "number('H/Total') == 12.5",
    "number('I/Mass') * 2 == 10",
    "number('None') != 0",
    "!(number('None') == 0)",
    "!(number('None') < 1) && !(number('None') >= 1)",
    "number('H/Word') != number('H/Word')",
    "!(number('None') + 1 == 1)",
    "-number('H/Mode') == -3",
    "intOrElse('H/Mode', 9) == 3",
    "intOrElse('H/Total', 9) == 9",
    "intOrElse('None', 9) == 9",
    "count('I') == 3",
    "count('I/Q') == 3",
    "count('None') == 0",
    "countEquals('I/Q', '10600') == 2",
    "countEquals('None', '') == 0",
    "countDistinct('I/P/Marks', true) == 1",
    "countDistinct('I/P/Marks', false) == 2",
    "countDistinct('None', true) == 0",
    "countDistinctChildCount('I/P') == 2",
    "countDistinctChildCount('None') == 0",
    "sum('I/Mass') == 12.5",
    "sum('None') == 0",
    "areIndices('I/No')",
    "areIndices('None')",
    "!areIndices('I/Mass')",
    "existsForAll('I', 'P/Kind', 'BX') == false",
    "existsForAll('None', 'P/Kind', 'BX')",
    "existsForAll('H', 'Mode', '3')",
    "applyRegex('H/Mode', '\\\\s*[0-9]\\\\s*')",
    "!applyRegex('H/Mode', '[0-9]')",
    "!applyRegex('None', '[0-9]+')",
    "applyRegex('None', '[0-9]*')",
    "getValue('H/Word').startsWith('GB')",
    "!getValue('H/Word').startsWith('gb')",
    "!getValue('None').startsWith('G')",
    "getValue('None').startsWith('')",
    "getValue('H/Word').contains('Bc')",
    "!getValue('None').contains('B')",
    "trim('H/Word').length() == 4",
    "getValue('None').length() <= 0",
    "trim('H/Word').take(2) == 'GB'",
    "trim('H/Word').take(99) == 'GBcd'",
    "trim('H/Word').take(0) == ''",
    "trim('H/Word').take(number('None')) == ''",
    "substringAfter(getValue('H/Total'), '.') == '50'",
    "substringAfter(getValue('H/Word'), '.').length() == 0",
    "getValue('H/Total').substringAfter('12') == '.50'",
    "exists('I', {here, other -> other.number('Mass') > 7})",
    "!exists('I', {here, other -> other.number('Mass') > 8})",
    "exists('I', {other -> other.exists('Q')})",
    "exists('H', {ContextHelper a, ContextHelper b -> b.trim('Mode') == '3' && a.exists('I')})",
    "!exists('None', {here, other -> true})",
    "not((('None')))",
    'trim("H/Mode") == "3"',
    "true || false && false",
    "!(true && false) && 1 + 2 * 3 == 7 && 7 - 2 - 1 == 4",
    "1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && !(2 > 3)",
    "'it\\'s' == \"it's\" && '\\\\s'.length() == 2 && 'a\\tb'.length() == 3",
]


@pytest.mark.parametrize("test", TRUE)
def test_what_holds(test: str) -> None:
    assert holds(test) is True
    assert holds(f"!({test})") is False


def test_every_function_has_been_tried() -> None:
    told = " ".join(TRUE)
    assert len(OF_ELEMENTS) + len(OF_TEXT) == 19
    assert [name for name in {**OF_ELEMENTS, **OF_TEXT} if f"{name}(" not in told] == []


def test_paths_lead_up_and_never_out() -> None:
    assert holds("exists('../H/Mode') && count('../I') == 3", at="I")
    assert holds("trim('../../H/Mode') == '3' && trim('.') == ''", at="I/P")
    assert not holds("exists('../../../H')", at="I/P")
    assert holds("getValue('.') == '1' && not('./None') && exists('../No')", at="I/No")


ZERO = (
    "number('Count') != 0 || exists('../../I/P', {here, other -> other.intOrElse('Count', 0) > 0 && "
    "other.exists('Marks') && here.exists('Marks') && here.trim('Marks') == other.trim('Marks')})"
)


def test_elements_are_compared_with_others_of_their_kind() -> None:
    assert holds(ZERO, at="I/P")
    assert not holds(ZERO, at="I/P", text=ITEMS.replace("> A <", "> B <"))
    assert not holds(ZERO, at="I/P", text=ITEMS.replace("<Marks>A</Marks>", ""))
    assert not holds(ZERO, at="I/P", text=ITEMS.replace("<Count>4", "<Count>0"))


@pytest.mark.parametrize(
    "condition",
    [
        "other.number('Count') > here.number('Count')",
        "other.trim('Kind') == here.trim('Kind') || other.number('Count') == 7",
        "!(other.trim('Kind') == here.trim('Kind'))",
        "other.number('Count') == here.number('Count') && other.trim('Marks') == 'A'",
        "other.number('Count') == number('Count')",
    ],
)
def test_conditions_say_the_same_looked_up_and_one_by_one(condition: str) -> None:
    looked_up = compile_test(f"exists('../../I/P', {{here, other -> {condition}}})")
    one_by_one = compile_test(f"exists('../../I/P', {{here, other -> ({condition}) || false}})")
    root = small(ITEMS)
    packages = [child for item in root.named["I"] for child in item.named["P"]]
    assert [looked_up(p) for p in packages] == [one_by_one(p) for p in packages]


@pytest.mark.parametrize(
    ("test", "column", "words"),
    [
        ("", 1, "the end is not expected"),
        ("exists('H'", 11, "expected ), found the end"),
        ("exists(H)", 8, "there is no function H"),
        ("exist('H')", 1, "there is no function exist"),
        ("exists('H').length()", 1, "takes a text here"),
        ("exists('H', 'I')", 13, "takes a condition"),
        ("exists(trim('H'))", 8, "written out in quotes"),
        ("exists()", 1, "takes 1 to 2 arguments"),
        ("exists('H') &&", 15, "the end is not expected"),
        ("exists('H') exists('I')", 13, "exists is not expected here"),
        ("exists('H' | 'I')", 12, "| is not expected here"),
        ("exists('a//b')", 8, "is no path"),
        ("exists('a/../b')", 8, "goes up after it went down"),
        ("exists('a[1]')", 8, "is no path"),
        ("trim('H')", 1, "a rule must be true or false, this is a text"),
        ("count('H')", 1, "a rule must be true or false, this is a number"),
        ("trim('H') == 3", 11, "a text and a number cannot be compared"),
        ("trim('H') < 3", 1, "must be a number"),
        ("!trim('H')", 2, "what follows !"),
        ("number('H') + 'x' == 1", 15, "must be a number"),
        ("exists('H') || 1", 16, "what follows ||"),
        ("exists('H", 8, "without its closing quote"),
        ("'\\q' == ''", 2, "means nothing in a text"),
        ("applyRegex('H', '[')", 17, "the pattern cannot be read"),
        ("applyRegex('H', '(a)\\\\1')", 17, "\\1 is not taken here"),
        ("{a -> true}", 1, "only within the brackets"),
        ("exists('H', {a, b, c -> true})", 13, "one element or two"),
        ("exists('H', {a, b -> 1})", 22, "must be true or false"),
        ("exists('H', {-> true})", 13, "one element or two"),
        ("import os", 1, "there is no function import"),
        ("exists", 7, "expected (, found the end"),
        ("(" * 70 + "true" + ")" * 70, 61, "nested more than 60 deep"),
        ("!" * 100 + "true", 60, "nested more than 60 deep"),
        ("1" + " + 1" * 200 + " == 1", 1, "within one another"),
        ("'" + "x" * 20_000 + "' == ''", 20_001, "longer than"),
    ],
)
def test_what_is_refused(test: str, column: int, words: str) -> None:
    with pytest.raises(RuleError) as caught:
        compile_test(test)
    assert words in caught.value.message
    assert caught.value.column == column


@pytest.mark.parametrize(
    ("pattern", "fits", "not_fits"),
    [
        ("", [""], ["a"]),
        ("abc", ["abc"], ["ab", "abcd", "xabc"]),
        ("a|bc|", ["a", "bc", ""], ["b", "abc"]),
        ("[a-cx]{2,3}", ["ab", "xxc"], ["a", "abcd", "ad"]),
        ("[^a-c\\s]+", ["xyz", "-"], ["xaz", "x y", ""]),
        ("[a\\-z]*[\\]]", ["a-z]", "]"], ["b]"]),
        ("\\d+\\.\\d{2}", ["1.50", "12.00"], ["1.5", "1,50"]),
        ("\\D\\S\\W\\w", ["ab-x", "a9.9"], ["1b-x", "a -x", "abcx"]),
        (".+", ["x", "ab c"], ["", "a\nb"]),
        ("a?b*c+?", ["c", "abbbcc"], ["ab"]),
        ("(ab){2}", ["abab"], ["ab", "ababab"]),
        ("(?:ab|c){1,}", ["ab", "cab"], ["", "ba"]),
        ("(a*)*b", ["b", "aaab"], ["aaa"]),
        ("(|a){3}", ["", "a", "aaa"], ["aaaa"]),
        ("^ab$", ["ab"], ["aab"]),
        ("a^b|a$b", [], ["ab"]),
        ("(?!X).+", ["aX"], ["Xa"]),
        ("(?=..$)\\w+", ["ab"], ["abc", "a"]),
        ("x{0}y", ["y"], ["xy"]),
        ("[\\n\\t]x", ["\nx", "\tx"], ["nx"]),
    ],
)
def test_patterns(pattern: str, fits: list[str], not_fits: list[str]) -> None:
    compiled = Pattern(pattern)
    assert [text for text in fits if not compiled.fits(text)] == []
    assert [text for text in not_fits if compiled.fits(text)] == []


@pytest.mark.parametrize(
    ("pattern", "column"),
    [
        *[
            ("(a", 1),
            ("a)", 2),
            ("[a", 1),
            ("*a", 1),
            ("a**", 3),
            ("a++", 3),
            ("a{2,1}", 2),
            ("a{x}", 2),
            ("a{1000}", 2),
        ],
        *[("\\1", 1), ("\\", 1), ("(?<n>a)", 1), ("(?i)a", 1), ("[b-a]", 2), ("[[a]]", 2), ("[]", 1), ("[\\S]", 2)],
        *[("(" * 31 + ")" * 31, 32), ("\\pL", 1)],
    ],
)
def test_patterns_that_are_refused(pattern: str, column: int) -> None:
    with pytest.raises(PatternError) as caught:
        Pattern(pattern)
    assert caught.value.column == column


def test_a_pattern_made_to_be_slow_is_not() -> None:
    """A backtracking matcher would need more than the age of the world for these."""
    assert not Pattern("(a|a)*b").fits("a" * 4000)
    assert not Pattern("\\s*[A-Z]{2}([\\s]+|[^\\n\\r]){1,15}/[0-9]{10}\\s*").fits("GB" + " " * 4000)
    assert not Pattern("(.*)*(.*)*(.*)*x").fits("y" * 1000)
