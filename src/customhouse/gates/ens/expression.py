"""The language of the rules: a test over an element of a message, read once and compiled to a Python closure.

    exists('TINCE159') || trim('../HEAHEA/SpeCirIndHEA1') != 'E'
    number('TotNumOfIteHEA305') == count('../GOOITEGDS')
    exists('../PACGS2', {here, other -> other.number('NumOfPacGS24') > 0 && other.trim('M') == here.trim('M')})

Three kinds of value: truth, number (exact decimal, or no number) and text. Operators, loosest first: || && == != < <= >
>= + - * ! and unary -. Functions are in `functions`. Kinds are checked when the rule is read, so that evaluation never
fails, whatever the message. A comparison with no number is false, except != which is true.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from customhouse.gates.ens import functions
from customhouse.gates.ens.code import (
    WORDS,
    Code,
    RuleError,
    Token,
    all_of,
    either_of,
    minus,
    must_be,
    negated,
    ordered,
    reckoned,
    same,
)
from customhouse.gates.ens.tree import Node

MAX_LENGTH = 20_000
MAX_DEPTH = 60
_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_]\w*)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<sign>\|\||&&|==|!=|<=|>=|->|[<>+\-*!().,{}])",
    re.ASCII | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


class Names(NamedTuple):
    """What a name means in a condition (which element of the scope), which one a bare call is about, how many there are."""

    known: dict[str, int]
    here: int
    size: int


def compile_test(source: str) -> Callable[[Node], bool]:
    """The test as a function of the element it stands at. Raises RuleError with the first thing wrong."""
    reader = _Reader(source)
    code = reader.whole()
    run = code.run
    return lambda node: run((node,))


class _Reader:
    """A recursive descent over the tokens of one test."""

    def __init__(self, source: str) -> None:
        if len(source) > MAX_LENGTH:
            raise RuleError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH + 1)
        self.tokens = _tokens(source)
        self.at = self.depth = 0

    def whole(self) -> Code:
        code = self.either(Names({}, 0, 1))
        left = self.peek()
        if left.kind != "end":
            raise RuleError(f"{left.text} is not expected here", left.column)
        return must_be(code, "truth", "a rule")

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[min(self.at + ahead, len(self.tokens) - 1)]

    def take(self, *signs: str) -> Token | None:
        token = self.peek()
        if token.kind == "sign" and token.text in signs:
            self.at += 1
            return token
        return None

    def need(self, sign: str) -> Token:
        token = self.peek()
        if found := self.take(sign):
            return found
        seen = token.text if token.kind != "end" else "the end"
        raise RuleError(f"expected {sign}, found {seen}", token.column)

    def either(self, names: Names) -> Code:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RuleError(f"nested more than {MAX_DEPTH} deep", self.peek().column)
        parts = [self.all_of(names)]
        while sign := self.take("||"):
            must_be(parts[-1], "truth", "what stands before ||")
            parts.append(must_be(self.all_of(names), "truth", f"what follows {sign.text}"))
        self.depth -= 1
        return parts[0] if len(parts) == 1 else either_of(tuple(parts))

    def all_of(self, names: Names) -> Code:
        parts = [self.same(names)]
        while sign := self.take("&&"):
            must_be(parts[-1], "truth", "what stands before &&")
            parts.append(must_be(self.same(names), "truth", f"what follows {sign.text}"))
        return parts[0] if len(parts) == 1 else all_of(tuple(parts))

    def same(self, names: Names) -> Code:
        left = self.order(names)
        while sign := self.take("==", "!="):
            right = self.order(names)
            if left.kind != right.kind or left.kind == "condition":
                told = f"{WORDS[left.kind]} and {WORDS[right.kind]} cannot be compared"
                raise RuleError(told, sign.column)
            left = same(left, right, sign)
        return left

    def order(self, names: Names) -> Code:
        left = self.terms(names)
        if sign := self.take("<", "<=", ">", ">="):
            right = must_be(self.terms(names), "number", f"what follows {sign.text}")
            left = ordered(must_be(left, "number", f"what stands before {sign.text}"), right, sign)
        return left

    def terms(self, names: Names) -> Code:
        left = self.factors(names)
        while sign := self.take("+", "-"):
            right = must_be(self.factors(names), "number", f"what follows {sign.text}")
            left = reckoned(must_be(left, "number", f"what stands before {sign.text}"), right, sign)
        return left

    def factors(self, names: Names) -> Code:
        left = self.unary(names)
        while sign := self.take("*"):
            right = must_be(self.unary(names), "number", "what follows *")
            left = reckoned(must_be(left, "number", "what stands before *"), right, sign)
        return left

    def unary(self, names: Names) -> Code:
        if sign := self.take("!", "-"):
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise RuleError(f"nested more than {MAX_DEPTH} deep", sign.column)
            inner = self.unary(names)
            self.depth -= 1
            return negated(must_be(inner, "truth", "what follows !"), sign) if sign.text == "!" else minus(inner, sign)
        return self.chain(names)

    def chain(self, names: Names) -> Code:
        code = self.single(names)
        while self.take("."):
            name = self.peek()
            if name.kind != "name":
                raise RuleError("a . is followed by the name of a function", name.column)
            self.at += 1
            code = functions.method(name, code, self.arguments(names))
        return code

    def single(self, names: Names) -> Code:
        token = self.peek()
        self.at += 1
        if token.kind == "number":
            value = Decimal(token.text)
            return Code("number", lambda _: value, token.column, literal=value)
        if token.kind == "text":
            text = token.text
            return Code("text", lambda _: text, token.column, literal=text)
        if token.kind == "name":
            return self.named(token, names)
        if token.text == "(" and token.kind == "sign":
            code = self.either(names)
            self.need(")")
            return code
        if token.text == "{" and token.kind == "sign":
            raise RuleError("a condition in { } stands only within the brackets of a function", token.column)
        seen = token.text if token.kind != "end" else "the end"
        raise RuleError(f"{seen} is not expected here", token.column)

    def named(self, token: Token, names: Names) -> Code:
        if token.text in ("true", "false"):
            value = token.text == "true"
            return Code("truth", lambda _: value, token.column, literal=value)
        about = names.here
        if token.text in names.known and self.take("."):
            about = names.known[token.text]
            token = self.peek()
            if token.kind != "name":
                raise RuleError("a . is followed by the name of a function", token.column)
            self.at += 1
        functions.must_know(token)
        return functions.call(token, about, self.arguments(names, about), names.size)

    def arguments(self, names: Names, about: int = 0) -> list[Code]:
        self.need("(")
        found: list[Code] = []
        if self.take(")"):
            return found
        while True:
            found.append(self.condition(names, about) if self.peek().text == "{" else self.either(names))
            if not self.take(","):
                self.need(")")
                return found

    def condition(self, names: Names, about: int) -> Code:
        """{here, other -> test}: `here` is the element the function is about, `other` each of those it looks at."""
        opening = self.need("{")
        told: list[Token] = []
        while not self.take("->"):
            name = self.peek()
            if name.kind != "name":
                raise RuleError("a condition begins {here, other ->", name.column)
            self.at += 1
            if self.peek().kind == "name":  # a type may be written before the name
                continue
            told.append(name)
            if not self.take(",") and self.peek().text != "->":
                raise RuleError("expected , or ->", self.peek().column)
        if not 1 <= len(told) <= 2:
            raise RuleError("a condition names one element or two", opening.column)
        places = (names.size,) if len(told) == 1 else (about, names.size)
        known = {**names.known, **{name.text: place for name, place in zip(told, places, strict=True)}}
        inner = must_be(self.either(Names(known, names.here, names.size + 1)), "truth", "a condition")
        self.need("}")
        return inner._replace(kind="condition", column=opening.column)


def _tokens(source: str) -> list[Token]:
    found, at = [], 0
    while True:
        at = _SPACE.match(source, at).end()  # type: ignore[union-attr]
        if at >= len(source):
            found.append(Token("end", "", at + 1))
            return found
        match = _TOKEN.match(source, at)
        if match is None or match.lastgroup is None:
            what = "a text without its closing quote" if source[at] in "'\"" else f"{source[at]} is not expected here"
            raise RuleError(what, at + 1)
        text = match[0]
        if match.lastgroup == "text":
            text = _unquoted(text[1:-1], at + 1)
        found.append(Token(match.lastgroup, text, at + 1))
        at = match.end()


def _unquoted(text: str, column: int) -> str:
    def meant(match: re.Match[str]) -> str:
        char = match[1]
        if char in "\\'\"$":
            return char
        if char not in _ESCAPES:
            raise RuleError(
                f"\\{char} means nothing in a text; a backslash is written \\\\", column + match.start() + 1
            )
        return _ESCAPES[char]

    return _ESCAPE.sub(meant, text)
