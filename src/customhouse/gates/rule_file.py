"""Officers' rules and lists as a TOML file, written like the criteria of a country pack, to keep them and to carry them to
another house. What is read is content only: who wrote it and who approved it is not a file's business.

    [[list]]
    id = "watched_importers"                    text = "Importers with repeated finds"        codes = ["XM1", "XM2"]
    [[rule]]
    id = "SR0001"      lane = "RED"             expression = "starts(code, '93')"             applies = "import"
    owner = "Arms desk"                         source = "Minute 2026/3"
    since = 2026-01-01                          until = 2026-07-01
    text = { en = "Arms are examined", fr = "Les armes sont visitées" }
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.criterion import ListContent, RuleContent, expires_by_default
from customhouse.record.lanes import Lane

LARGEST = 20 * 1024 * 1024
LANES = ", ".join(lane.value for lane in Lane)


class Kept(msgspec.Struct, frozen=True):
    """A rule or a list of a file, under the name that it has there."""

    id: str
    content: RuleContent | ListContent


def read(data: bytes, day: date) -> tuple[Kept, ...]:
    """Everything in the file, lists first; a rule without a time holds from `day` for half a year. Raises Refusal with every
    problem, each with the number of the rule or list in the file."""
    if len(data) > LARGEST:
        raise Refusal([Problem("TooLarge", f"A file of rules has at most {LARGEST} bytes", "", "Split it")])
    try:
        told = tomllib.loads(data.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise Refusal(
            [Problem("NotToml", "This is not a TOML file", str(fault), "See docs/guides/targeting.md")]
        ) from None
    problems = [
        Problem("UnknownPart", f"There is no part {name}", name, "A file holds [[rule]] and [[list]]")
        for name in told
        if name not in ("rule", "list")
    ]
    found: list[Kept] = []
    for kind, make in (("list", _list), ("rule", _rule)):
        rows = told.get(kind, [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            problems.append(
                Problem("NotATable", f"{kind} is not a list of tables", kind, f"Begin each with [[{kind}]]")
            )
            continue
        for n, row in enumerate(rows, 1):
            try:
                found.append(make(row, day))
            except _Wrong as wrong:
                problems.append(Problem("Criterion", str(wrong), f"{kind} {n} {row.get('id', '')}".strip(), wrong.hint))
    if problems:
        raise Refusal(problems)
    return tuple(found)


class _Wrong(ValueError):
    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


def _texts(row: dict[str, Any], allowed: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, str]:
    """The fields that are plain texts."""
    if unknown := [name for name in row if name not in allowed]:
        raise _Wrong(f"there is no field {unknown[0]}", f"The fields are {', '.join(allowed)}")
    if missing := [name for name in needed if name not in row]:
        raise _Wrong(f"{missing[0]} is missing")
    texts = {name: row[name] for name in allowed if name in row and name not in ("text", "codes", "since", "until")}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str)]:
        raise _Wrong(f"{wrong[0]} is not a text", "Write it in quotes")
    return texts


def _rule(row: dict[str, Any], day: date) -> Kept:
    fields = ("id", "expression", "lane", "applies", "owner", "source", "since", "until", "text")
    texts = _texts(row, fields, ("expression", "lane", "text"))
    if texts["lane"] not in set(Lane):
        raise _Wrong(f"{texts['lane']} is no lane", f"The lanes are {LANES}")
    if texts.get("applies", "") not in ("", "import", "export"):
        raise _Wrong(
            f"{texts['applies']} is nothing that a rule applies to", "import, export, or leave it out for both"
        )
    text = row["text"]
    if not isinstance(text, dict) or not all(isinstance(value, str) for value in text.values()):
        raise _Wrong("text is not a table of languages", 'Write text = { en = "...", fr = "..." }')
    since, until = row.get("since", day), row.get("until")
    if type(since) is not date or (until is not None and type(until) is not date):
        raise _Wrong("since and until are days", "Write 2026-12-31 without quotes")
    return Kept(
        texts.get("id", ""),
        RuleContent(
            expression=texts["expression"], lane=Lane(texts["lane"]), text=text, source=texts.get("source", ""),
            owner=texts.get("owner", ""), since=since, until=until or expires_by_default(since),
            applies=texts.get("applies", ""),
        ),
    )  # fmt: skip


def _list(row: dict[str, Any], day: date) -> Kept:
    texts = _texts(row, ("id", "text", "codes", "owner", "source"), ("id", "codes", "text"))
    codes, text = row["codes"], row["text"]
    if not isinstance(text, str):
        raise _Wrong("text is not a text", "Write it in quotes")
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        raise _Wrong("codes is not a list of texts", 'Write codes = ["XM1", "XM2"]')
    content = ListContent(
        text=text, codes=tuple(dict.fromkeys(codes)), source=texts.get("source", ""), owner=texts.get("owner", "")
    )
    return Kept(texts["id"], content)


def write(kept: Iterable[Kept]) -> bytes:
    """The file that reads back as the same."""
    parts = ["# Officers' selectivity: confidential. Money in cents of the national currency, mass in grams.\n"]
    parts += [
        _written_rule(one.id, one.content) if isinstance(one.content, RuleContent) else _written(one)
        for one in sorted(kept, key=lambda k: (isinstance(k.content, RuleContent), k.id))
    ]
    return "\n".join(parts).encode()


def _written_rule(id: str, content: RuleContent) -> str:
    texts = ", ".join(f"{_key(name)} = {_text(said)}" for name, said in sorted(content.text.items()))
    applies = f"applies = {_text(content.applies)}\n" if content.applies else ""
    return (
        f"[[rule]]\nid = {_text(id)}\nlane = {_text(content.lane.value)}\n{applies}owner = {_text(content.owner)}\n"
        f"expression = {_text(content.expression)}\nsource = {_text(content.source)}\nsince = {content.since}\n"
        f"until = {content.until}\ntext = {{ {texts} }}\n"
    )


def _written(one: Kept) -> str:
    codes = getattr(one.content, "codes", ())
    lines = "".join(f"    {_text(code)},\n" for code in codes)
    return (
        f"[[list]]\nid = {_text(one.id)}\ntext = {_text(str(one.content.text))}\nowner = {_text(one.content.owner)}\n"
        f"source = {_text(one.content.source)}\ncodes = [\n{lines}]\n"
    )


def _text(said: str) -> str:
    """A basic string: TOML escapes as JSON does, and DEL besides."""
    return json.dumps(said, ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(name: str) -> str:
    return name if name.isascii() and name.replace("_", "").isalnum() else _text(name)
