"""Random rules and facts that a rule can be true of, false of, or undecided about."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from customhouse.law.rules.syntax import TYPES
from customhouse.record.facts import ITEM, WHOLE

WORDS = (
    "", "64", "6403", "93011000", "CN", "FR", "N935", "gift", "used tyres", "IMA", "cafe\u0301", "Gift", "a\nb", "\x00", "'",
    "\u0939\u093f\u0928\u094d\u0926\u0940 gift", "\U0001f381", "x_y", "tyres, used",
)  # fmt: skip
LISTS: dict[str, frozenset[str]] = {
    "watched": frozenset({"CN", "64", "N935"}),
    "vague": frozenset({"gift", "used tyres", "", "caf\u00e9", *(f"word{n}" for n in range(9))}),
    "nothing": frozenset(),
}
TEXTS = sorted(n for n, t in TYPES.items() if t == "text")
INTS = sorted(n for n, t in TYPES.items() if t == "int")
CODES = sorted(n for n, t in TYPES.items() if t == "codes")
BOOLS = sorted(n for n, t in TYPES.items() if t == "bool")
SIGNS = ("<", "<=", ">", ">=", "==", "!=")
numbers = st.sampled_from(
    (0, 1, -1, 2, 5, 100, 2**31, 2**62, 2**63 - 1, 2**63, -(2**63), 2**70, -(10**30))
) | st.integers(-5, 60)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": st.sampled_from(WORDS) | st.text(max_size=4),
    "int": numbers,
    "bool": st.booleans(),
    "codes": st.frozensets(st.sampled_from(WORDS), max_size=3),
}
EMPTY: dict[str, Any] = {"text": "", "int": 0, "bool": False, "codes": frozenset()}
EMPTY_HEADER = {n: EMPTY[t] for n, (t, _) in WHOLE.items()}
EMPTY_ITEM = {n: EMPTY[t] for n, (t, _) in ITEM.items()}


class Rules:
    """The texts of well-typed rules: about the whole with what is counted over items, or about an item."""

    def __init__(self, draw: st.DrawFn, level: str) -> None:
        self.draw, self.level = draw, level
        self.inside = False

    def _fact(self, names: list[str]) -> str:
        whole = self.level == "header" and not self.inside
        return self.draw(st.sampled_from([n for n in names if not whole or n in WHOLE]))

    def _one(self, *forms: str) -> str:
        return self.draw(st.sampled_from(forms))

    def boolean(self, depth: int = 3) -> str:
        if depth and self.draw(st.integers(0, 2)):
            match self._one("and", "or", "not"):
                case "not":
                    return f"not ({self.boolean(depth - 1)})"
                case how:
                    return f"({self.boolean(depth - 1)}) {how} ({self.boolean(depth - 1)})"
        kind = self._one("int", "int", "text", "text", "codes", "bool", "ratio")
        if self.inside and kind == "ratio":
            kind = "int"
        return str(getattr(self, f"_{kind}")())

    def number(self, depth: int = 2) -> str:
        if depth and self.draw(st.booleans()):
            sign = self._one("+", "-", "*")
            return f"({self.number(depth - 1)} {sign} {self.number(depth - 1)})"
        forms = ["fact", "fact", "written", "abs", "length", "negative"]
        if self.level == "header" and not self.inside:
            forms += ["count", "sum"]
        match self._one(*forms):
            case "fact":
                return self._fact(INTS)
            case "written":
                return str(self.draw(numbers))
            case "abs":
                return f"abs({self.number(0)})"
            case "negative":
                return f"-{self._fact(INTS)}"
            case "length":
                return f"length({self._fact([*TEXTS, *CODES])})"
            case which:
                self.inside = True
                inner = f"count_items({self.boolean(1)})" if which == "count" else f"sum_items({self.number(1)})"
                self.inside = False
                return inner

    def _int(self) -> str:
        if self.level == "header" and not self.inside and self.draw(st.integers(0, 3)) == 0:
            self.inside = True
            inner = self.boolean(1)
            self.inside = False
            return f"any_item({inner})"
        number = self.number()
        match self._one("compare", "between", "in"):
            case "between":
                return f"between({number}, {self.draw(numbers)}, {self.number(1)})"
            case "in":
                return f"{number} {self._one('in', 'not in')} ({self.draw(numbers)}, 5, -3)"
        return f"{number} {self._one(*SIGNS)} {self.number()}"

    def _ratio(self) -> str:
        ratio = f"{self.number(1)} / {self.number(1)}"
        other = self._one("0.5", "-1.25", "3", f"{self.number(1)}", f"{self.number(0)} / {self.number(0)}", "1e3")
        match self._one("compare", "between", "turned"):
            case "between":
                return f"between({ratio}, {self._one('-0.5', '0', '1')}, {self._one('2.5', self.number(0))})"
            case "turned":
                return f"{other} {self._one(*SIGNS)} {ratio}"
        return f"{ratio} {self._one(*SIGNS)} {other}"

    def _word(self) -> str:
        return repr(self.draw(st.sampled_from(WORDS)))

    def _text(self) -> str:
        fact, word = self._fact(TEXTS), self._word()
        named = self._one(*LISTS)
        found = self.draw(st.sampled_from(("words", "words", "starts", "ends", "contains")))
        spoken = self._one("'gift'", "'used tyres'", "'caf\u00e9'", "'b'", "'\u0939\u093f\u0928\u094d\u0926\u0940'")
        return self._one(
            f"{fact} {self._one('==', '!=')} {word}", f"{word} == {fact}", f"{fact} not in ({word}, 'x')",
            f"{fact} in {named}", f"{fact} {self._one('==', '!=')} {self._fact(TEXTS)}", f"{found}({fact}, {named})",
            f"starts({fact}, {word}, '9')", f"ends({fact}, {word})", f"contains({fact}, {word}, 'zz')",
            f"words({fact}, {spoken}, 'none')", f"{word} == {self._word()}", f"starts({word}, '6')",
        )  # fmt: skip

    def _codes(self) -> str:
        fact, word = self._fact(CODES), self._word()
        return self._one(
            f"{word} in {fact}", f"{self._fact(TEXTS)} in {fact}", f"{self._fact(TEXTS)} not in {fact}",
            f"meets({fact}, {word}, 'CN')", f"meets({fact}, {self._one(*LISTS)})", f"length({fact}) >= 1",
        )  # fmt: skip

    def _bool(self) -> str:
        fact = self._fact(BOOLS)
        return self._one(fact, f"{fact} == True", f"{fact} != {self._fact(BOOLS)}", "True")


@st.composite
def rules(draw: st.DrawFn) -> str:
    """The text of a rule."""
    return Rules(draw, draw(st.sampled_from(["header", "item"]))).boolean()
