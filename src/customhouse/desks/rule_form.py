"""The form of a rule: rows of conditions on top, the expression beneath, and what is said about the rule beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from customhouse.desks import explain, rule_words
from customhouse.kernel.problem import Problem
from customhouse.law.rules import form, units
from customhouse.law.rules.syntax import TYPES, RuleError
from customhouse.record.criterion import RuleContent, expires_by_default
from customhouse.record.facts import HEADER, ITEM
from customhouse.record.history import HISTORY
from customhouse.record.lanes import Lane

MOST_ROWS = 30
SIDES = ("", "import", "export")
FIELDS = ("text_en", "text_fr", "lane", "applies", "source", "owner", "since", "until", "expression", "mode")
DEFAULT = form.Condition("code", "starts", ())
ROW = re.compile(r"c-(\d{1,2})-fact")


class Row(msgspec.Struct, frozen=True):
    """A condition as typed."""

    n: int
    fact: str
    operator: str
    value: str = ""
    fault: str = ""


class Typed(msgspec.Struct):
    """The whole form as typed: `fields` by name, `rows` of conditions; `mode` is form or text."""

    fields: dict[str, str]
    rows: list[Row]
    mode: str = "form"


def begin(day: date) -> Typed:
    """An empty form."""
    fields = dict.fromkeys(FIELDS, "")
    fields |= {"lane": Lane.YELLOW.value, "applies": "import", "since": f"{day}", "until": f"{expires_by_default(day)}"}
    return Typed(fields, [Row(1, "code", "starts")])


def of_content(content: RuleContent, day: date, digits: int) -> Typed:
    """The form filled with a version; a time that is over begins again today."""
    since = max(content.since, day)
    until = content.until if content.until > since else expires_by_default(since)
    fields = {
        "text_en": content.text.get("en", ""), "text_fr": content.text.get("fr", ""), "lane": content.lane.value,
        "applies": content.applies, "source": content.source, "owner": content.owner, "since": f"{since}",
        "until": f"{until}", "expression": content.expression,
    }  # fmt: skip
    conditions = _simple(content.expression)
    if conditions is None:
        return Typed(fields, [], "text")
    return Typed(fields, [_row(n, c, digits) for n, c in enumerate(conditions, 1)])


def _simple(expression: str) -> tuple[form.Condition, ...] | None:
    """The conditions of an expression that fits into the rows."""
    found = form.to_conditions(expression)
    return found if found is not None and len(found) <= MOST_ROWS and not any(c.per for c in found) else None


def _row(n: int, c: form.Condition, digits: int) -> Row:
    takes = form.operator(c).takes
    plain = takes in ("list", "fact") or c.operator == "more_than"
    told = [str(v) if plain else units.shown(c.fact, v, digits).replace(",", "") for v in c.values]
    return Row(n, c.fact, c.operator, "; ".join(told))


def read(posted: Mapping[str, str], day: date, digits: int) -> Typed:
    """The form as posted. What a row says is taken over into the expression when it can be; else the row says what is wrong."""
    fields = {name: posted.get(name, "").replace("\x00", "").strip()[:4001] for name in FIELDS}
    mode = "text" if fields.pop("mode") == "text" else "form"
    fields["since"] = fields["since"] or f"{day}"
    numbers = sorted(int(m[1]) for name in posted if (m := ROW.fullmatch(name)))[:MOST_ROWS]
    rows = []
    for n in numbers:
        fact = posted.get(f"c-{n}-fact", "")
        fact = fact if fact in TYPES else "code"
        names = [o.name for o in form.operators_for(TYPES[fact])]
        operator = posted.get(f"c-{n}-operator", "")
        said = posted.get(f"c-{n}-value", "").replace("\x00", "").strip()[:2000]
        rows.append(Row(len(rows) + 1, fact, operator if operator in names else names[0], said))
    typed = Typed(fields, rows, mode)
    if mode == "form":
        _take_over(typed, digits)
    return typed


def _take_over(typed: Typed, digits: int) -> None:
    """Write the rows as the expression."""
    conditions, rows = [], []
    for row in typed.rows:
        try:
            condition = _condition(row, digits)
            form.to_expression((condition,))
            conditions.append(condition)
            rows.append(row)
        except RuleError as fault:
            rows.append(msgspec.structs.replace(row, fault=explain.told(fault.message)))
    typed.rows = rows
    faulty = any(row.fault for row in rows)
    typed.fields["expression"] = "" if faulty or not conditions else form.to_expression(tuple(conditions))


def _condition(row: Row, digits: int) -> form.Condition:
    takes = next(o.takes for o in form.operators_for(TYPES[row.fact]) if o.name == row.operator)
    if takes == "none":
        return form.Condition(row.fact, row.operator)
    kind = TYPES[row.fact]
    if takes in ("list", "fact"):
        return form.Condition(row.fact, row.operator, (row.value,))
    if row.operator == "more_than":
        return form.Condition(row.fact, row.operator, (_whole(row.value),))
    parts = [p.strip() for p in re.split(r";" if kind == "int" else r"[;,]", row.value) if p.strip()]
    return form.Condition(row.fact, row.operator, tuple(units.entered(row.fact, p, digits) for p in parts))


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise RuleError(f"{text!r} is no number")
    return int(text)


def step(typed: Typed, do: str) -> None:
    """A button of the form that changes the form itself: another row, one less, rows or expression."""
    if do == "add" and len(typed.rows) < MOST_ROWS:
        typed.rows.append(Row(len(typed.rows) + 1, "code", "starts"))
    elif do.startswith("drop-") and len(typed.rows) > 1:
        kept = [r for r in typed.rows if f"drop-{r.n}" != do]
        typed.rows = [msgspec.structs.replace(r, n=n) for n, r in enumerate(kept, 1)]
    elif do == "text":
        typed.mode = "text"
    elif do == "form":
        typed.mode = "form"


def to_rows(typed: Typed, digits: int) -> bool:
    """Take the expression back into rows; False where it says more than rows can."""
    conditions = _simple(typed.fields["expression"])
    if conditions is None:
        typed.mode = "text"
        return False
    typed.rows, typed.mode = [_row(n, c, digits) for n, c in enumerate(conditions, 1)], "form"
    return True


def content(typed: Typed) -> tuple[RuleContent | None, tuple[Problem, ...]]:
    """What was typed as the content of a version, or what keeps it from being one."""
    f, problems = typed.fields, []
    days: dict[str, date | None] = {}
    for name in ("since", "until"):
        try:
            days[name] = date.fromisoformat(f[name])
        except ValueError:
            days[name] = None
            problems.append(Problem("Criterion", _("This is not a date; write it as 2026-12-31"), name))
    rows = typed.rows if typed.mode == "form" else []
    problems += [Problem("Criterion", row.fault, f"c-{row.n}-value") for row in rows if row.fault]
    if f["lane"] not in set(Lane) or f["applies"] not in SIDES:
        problems.append(Problem("Criterion", _("Choose a lane"), "lane"))
    since, until = days["since"], days["until"]
    if problems or since is None or until is None:
        return None, tuple(problems)
    text = {name: f[f"text_{name}"] for name in ("en", "fr") if f[f"text_{name}"]}
    return (
        RuleContent(
            expression=f["expression"], lane=Lane(f["lane"]), text=text, source=f["source"][:200], owner=f["owner"][:80],
            since=since, until=until, applies=f["applies"],
        ),
        (),
    )  # fmt: skip


def shown(typed: Typed, lists: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows for the page: each with its choices, the help of its fact and the kind of value it takes."""
    return [_shown(row, lists) for row in typed.rows]


def _shown(row: Row, lists: Mapping[str, Any]) -> dict[str, Any]:
    operators = form.operators_for(TYPES[row.fact])
    takes = next(o.takes for o in operators if o.name == row.operator)
    return {
        "row": row,
        "facts": facts(),
        "operators": [(o.name, rule_words.operator(o)) for o in operators],
        "takes": takes,
        "help": rule_words.help_of(row.fact),
        "unit": rule_words.UNITS.get(units.unit_of(row.fact), "") if TYPES[row.fact] == "int" else "",
        "lists": sorted(lists) if takes == "list" else [],
        "others": [(n, w) for n, w in _labels() if TYPES[n] == TYPES[row.fact]] if takes == "fact" else [],
    }


def facts() -> list[tuple[Any, list[tuple[str, str]]]]:
    """The vocabulary in groups, by its short names."""
    groups = ((_("Goods item"), ITEM), (_("Whole declaration"), HEADER), (_("What is known of the parties"), HISTORY))
    return [
        (word, sorted(((n, rule_words.label(n)) for n in named), key=lambda x: x[1].lower())) for word, named in groups
    ]


def _labels() -> list[tuple[str, str]]:
    return [pair for _word, those in facts() for pair in those]
