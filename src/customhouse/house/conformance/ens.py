"""Subject ens: entry summary declarations (IE315, IE313 of ICS1) with the answers that are expected for them.

A message and its expected answer lie side by side and share the name before the last dot; where they do not, an answer
of the same name elsewhere in the material is taken. The answer lists the errors with code and location, or says without
any code that the message is not valid against the schema, or lists nothing. A message without an answer is judged by the
schema alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from customhouse.gates.ens import reader, tree, writer
from customhouse.gates.ens.compare import differences
from customhouse.gates.ens.rules import RuleSet, is_rule_file
from customhouse.gates.ens.schema import Schema
from customhouse.gates.ens.table import MESSAGES
from customhouse.gates.ens.tree import BLANK, Node
from customhouse.house.conformance.beside import ens_material
from customhouse.house.conformance.report import Case, Piece, Skip, Verdict
from customhouse.kernel.problem import Problem, Refusal

MAX_SHOWN = 8
ANSWER_ROOTS = ("ErrorResponse", "SuccessResponse")
VALID = "valid: read, no rule broken, written back with equal content"
INVALID = "refused: not valid against the schema"
MALFORMED = "refused: not well-formed"
NO_RULES = "no rule files at hand to say which errors these are; name them with --rules"
NOT_MATERIAL = ("EmptyFile", "NotXML")


class Expected(NamedTuple):
    """What an answer says: `errors` (code, location) that rules must tell; `invalid` where the schema is broken."""

    errors: Counter[tuple[str, str]]
    invalid: bool


class EnsJudge:
    """Judges each message when it and its answer have both been seen; `rest` judges what stayed alone."""

    def __init__(self, rules: RuleSet | None, schema: Schema | None) -> None:
        self.rules, self.schema = rules, schema
        self.messages: dict[str, Piece] = {}
        self.answers: dict[str, tuple[str, Expected]] = {}

    def __call__(self, piece: Piece) -> Case | Skip | None:
        try:
            root = tree.parse(piece.data)
        except Refusal as refusal:
            if is_rule_file(piece.data):
                return Skip(piece.id, "a rule file")
            if refusal.problems[0].rule in NOT_MATERIAL:
                return Skip(piece.id, refusal.problems[0].label)
            if not any(name.encode() in piece.data.replace(b"\0", b"") for name in MESSAGES):
                return Skip(piece.id, "not well-formed, and nothing in it speaks of an entry summary declaration")
            return self.take_message(piece)
        if root.name in ANSWER_ROOTS:
            return self.take_answer(piece, _expected(root))
        if not any(node.name in MESSAGES for node in root.walk()):
            return Skip(piece.id, "there is no entry summary declaration in it")
        return self.take_message(piece)

    def take_answer(self, piece: Piece, expected: Expected) -> Case | Skip | None:
        stem = _stem(piece.id)
        if message := self.messages.pop(stem, None):
            return self.judge(message, expected)
        if stem in self.answers:
            return Skip(piece.id, f"a second answer beside {self.answers[stem][0]}")
        self.answers[stem] = piece.id, expected
        return None

    def take_message(self, piece: Piece) -> Case | None:
        stem = _stem(piece.id)
        if stem in self.answers:
            return self.judge(piece, self.answers.pop(stem)[1])
        if stem in self.messages:  # an answer would be that of the first
            return self.judge(piece, None)
        self.messages[stem] = piece
        return None

    def rest(self) -> Iterator[Case | Skip]:
        """Messages whose answer lies elsewhere, those that have none, and answers left without a message."""
        named: dict[str, list[str]] = {}
        for stem in self.answers:
            named.setdefault(PurePosixPath(stem).name, []).append(stem)
        for stem, piece in self.messages.items():
            whole = piece.id.replace("!", "/")  # a.xml and a.xml.ctl
            near = whole if whole in self.answers else _nearest(stem, named.get(PurePosixPath(stem).name, []))
            yield self.judge(piece, self.answers.pop(near)[1] if near else None)
            if near:
                named[PurePosixPath(near).name].remove(near)
        for id, _ in self.answers.values():
            yield Skip(id, "an expected answer without its message")

    def judge(self, piece: Piece, expected: Expected | None) -> Case:
        """The verdict on one message."""
        told = _told(expected)
        try:
            message = reader.message_of(tree.parse(piece.data))
        except Refusal as refusal:
            if expected is not None and not expected.invalid:
                reason = "a message that must be taken cannot be read"
                return Case(piece.id, "mismatch", told, _shown(refusal.problems), reason)
            return _refused(piece, MALFORMED, refusal.problems)
        official = self.schema.problems(piece.data) if self.schema else None
        try:
            summary = reader.summary(message)
        except Refusal as refusal:
            return _invalid(piece, told, expected, official, refusal.problems)
        if official:
            reason = f"the schema refuses what our table takes: {_shown(official)}"
            return Case(piece.id, "mismatch", told, "taken", reason)
        if expected is not None and expected.invalid:
            return Case(piece.id, "mismatch", told, "taken", "our structure finds nothing wrong")
        if faults := self.faults(message, writer.write(summary), summary):
            return Case(piece.id, "mismatch", told, "read, but written back otherwise", "; ".join(faults))
        return self.by_rules(piece, message, told, expected)

    def faults(self, message: Node, written: bytes, summary: object) -> tuple[str, ...]:
        """How what was written differs from what came in, breaks the schema, or reads otherwise."""
        again = tree.parse(written)
        faults = differences(message, again)
        if self.schema:
            faults = (*faults, *(str(p) for p in self.schema.problems(written)[:MAX_SHOWN]))
        if not faults and reader.summary(again) != summary:
            faults = ("reading what was written gives another record",)
        return faults

    def by_rules(self, piece: Piece, message: Node, told: str, expected: Expected | None) -> Case:
        if self.rules is None:
            if expected and expected.errors:
                return Case(piece.id, "explained", told, "taken", NO_RULES)
            return Case(piece.id, "agree", told, "taken")
        problems = self.rules.problems(message)
        got = Counter((p.rule, p.where) for p in problems)
        shown = _errors(got) if got else VALID
        if expected is None or got == expected.errors:
            return Case(piece.id, "agree", told, shown)
        missing, more = expected.errors - got, got - expected.errors
        reason = "; ".join(
            f"{words} {_errors(errors)}" for words, errors in (("lacking", missing), ("too many", more)) if errors
        )
        unknown = sorted({code for code, _ in missing} - self.rules.codes)
        if unknown and not more and len(unknown) == len({code for code, _ in missing}):
            reason = f"the rule files at hand know no {', '.join(unknown)}"
            return Case(piece.id, "explained", told, shown, reason)
        return Case(piece.id, "mismatch", told, shown, reason)


def judge(directory: Path, schema: str | Path | None = None, rules: str | Path | None = None) -> EnsJudge:
    """The judge of this subject, with the rules and schemas named, or those in the material or beside it.

    Raises Refusal for rule files that cannot be used, and for named places without any.
    """
    found = ens_material(directory, named_rules=rules, named_schemas=schema)
    return EnsJudge(RuleSet(found.rules) if found.rules else None, Schema(found.schemas) if found.schemas else None)


def _stem(id: str) -> str:
    """The name without its last suffix; of names with a second word for the answer (x.expected.xml) without both."""
    path = PurePosixPath(id.replace("!", "/"))
    stem = path.stem
    for word in ("expected", "answer", "response", "ctl"):
        for sign in ".-_":
            stem = stem.removesuffix(f"{sign}{word}")
    return str(path.with_name(stem)) if stem else str(path)


def _nearest(stem: str, candidates: list[str]) -> str:
    """The candidate with most folders in common at its place, where one alone has most."""
    folders = PurePosixPath(stem).parts

    def common(candidate: str) -> int:
        return sum(one == other for one, other in zip(folders, PurePosixPath(candidate).parts, strict=False))

    ranked = sorted(candidates, key=common, reverse=True)
    if not ranked or (len(ranked) > 1 and common(ranked[0]) == common(ranked[1])):
        return ""
    return ranked[0]


def _expected(root: Node) -> Expected:
    errors: Counter[tuple[str, str]] = Counter()
    invalid = False
    for error in root.named.get("Error", ()):
        code, place = (_text(error, name) for name in ("Number", "Location"))
        if code:
            errors[code, place] += 1
        else:
            invalid = True
    return Expected(errors, invalid)


def _text(node: Node, name: str) -> str:
    found = node.named.get(name)
    return found[0].text.strip(BLANK) if found else ""


def _told(expected: Expected | None) -> str:
    if expected is None:
        return "taken where valid, refused where not"
    return INVALID if expected.invalid else _errors(expected.errors) if expected.errors else VALID


def _errors(errors: Counter[tuple[str, str]]) -> str:
    listed = sorted(errors.elements())
    shown = ", ".join(f"{code} at {place}" for code, place in listed[:MAX_SHOWN])
    more = len(listed) - MAX_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _invalid(
    piece: Piece,
    told: str,
    expected: Expected | None,
    official: tuple[Problem, ...] | None,
    problems: tuple[Problem, ...],
) -> Case:
    """A message that our structure refuses: right where the answer, or else the schema, says so."""
    if official == ():
        return Case(piece.id, "mismatch", told, _shown(problems), "the schema takes what our table refuses")
    if expected is not None and not expected.invalid:
        if official:
            reason = f"the schema at hand refuses the message: {_shown(official)}"
            return Case(piece.id, "explained", told, _shown(problems), reason)
        return Case(piece.id, "mismatch", told, _shown(problems), "a message that must be taken was refused")
    return _refused(piece, told, problems)


def _refused(piece: Piece, told: str, problems: tuple[Problem, ...]) -> Case:
    silent = [p for p in problems if not (p.where and p.label) and p.rule not in ("TooLarge", "TooManyProblems")]
    verdict: Verdict = "mismatch" if silent else "agree"
    return Case(piece.id, verdict, told, _shown(problems), "a problem names no place" if silent else "")


def _shown(problems: Iterable[Problem]) -> str:
    listed = [str(problem) for problem in problems]
    more = len(listed) - MAX_SHOWN
    return "; ".join(listed[:MAX_SHOWN]) + (f"; and {more} more" if more > 0 else "")
