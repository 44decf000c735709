"""What the stream says of lines, files and rows has words in French, and what stood in them stays as it was."""

from __future__ import annotations

import ast
import csv
import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.test import Client
from django.utils import translation

from customhouse import stream
from customhouse.clearance import job
from customhouse.desks import parcel_sentences
from customhouse.desks.explain import goods_meant
from customhouse.desks.explain.parcels import Reasons, said
from customhouse.house.consolidation import clear
from customhouse.kernel.problem import Problem
from customhouse.law.book import Book, Law, compile_pack
from customhouse.law.pack import country_directory
from customhouse.offices import longroom
from customhouse.record.parcel import Consolidation, Parcel, lodgement
from customhouse.registry import parcels
from customhouse.simulator.parcels import parcels as made_up

SAYING = {"_Broken", "Broken", "Quarantined", "Problem", "TooMuch", "_refusal", "_full", "wrong", "_leave_out"}
SAID_IN = {"why", "hint", "label", "what", "DAY_HINT", "_UNPACK", "_AGAIN", "FULL_HINT", "_NUMBERS", "_FOREIGN"}
ELSEWHERE = {"places.py", "cuts.py", "portions.py", "engine.py"}
"""Rooms of `parcels judge`, a command of whoever runs the house."""
ENGLISH = re.compile(
    r"\b(the|is|are|was|were|which|and|with|not|no|every|each|send|this|declared|parcels?)\b", re.IGNORECASE
)
COMPOSED = {"This is {}", "no ordinary file, and is read twice", "{}. Save a workbook as CSV UTF-8"}
"""Parts of sentences that are put together; their whole is a shape."""
PLACE = re.compile(r"\{\w*\}")


def sentences(tree: ast.AST) -> Iterator[str]:
    """Sentences that a module says of what it reads, a brace for every fact."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SAYING:
            for told in (*node.args, *(k.value for k in node.keywords)):
                yield from _of(told)
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") in SAID_IN for t in node.targets):
            yield from _of(node.value)


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from (*_of(node.body), *_of(node.orelse))
    elif isinstance(node, ast.Tuple | ast.Dict):
        for part in node.elts if isinstance(node, ast.Tuple) else node.values:
            yield from _of(part)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)


def test_every_sentence_of_the_stream_has_words_for_it() -> None:
    rooms = [p for p in (Path(stream.__file__).parent / "parcels").glob("*.py") if p.name not in ELSEWHERE]
    found = {s for room in rooms for s in sentences(ast.parse(room.read_text("utf-8"))) if s.count(" ") > 1}
    assert len(found) > 80
    missing = []
    with translation.override("fr"):
        for one in sorted(found):
            # as a whole; or as what an XML element is told, which stands before its line
            facts = [one.replace("{}", "X1"), f"Declaration {one.replace('{}', 'declarant')} (line 3)"]
            if all(said(text) == text for text in facts):
                missing.append(one)
    assert set(missing) <= COMPOSED, missing


def test_facts_of_a_shape_are_those_of_its_words() -> None:
    for shape in parcel_sentences.SHAPES:
        filled = PLACE.sub("7", shape)
        with translation.override("fr"):
            told = said(filled)
        assert told != filled and told.count("7") == filled.count("7"), shape


BAD = {
    b"{half": "NotJSON",
    b'{"reference": "a", "prijs": "1"}': "UnknownField",
    b'["a"]': "NotJSON",
    b'{"reference": "a", "reference": "b"}': "RepeatedField",
    b'{"reference": "a", "price": NaN}': "InvalidNumber",
    b'{"reference": {"a": 1}}': "WrongType",
    b'{"reference": "\xff"}': "BadEncoding",
    b'{"reference": "\\ud800"}': "BadEncoding",
    b'{"reference": "a", "consignee": "b"}': "MissingField",
}
GOOD = Parcel(
    reference="", consignor="Fischer Trading", consignor_country="CN", consignee="Kira", address="902 Coral Avenue", postcode="30004",
    city="Westbay", description="Building blocks", code="95030000", origin="CN", gross_mass="0.906", price="13.50", currency="EUR",
    procedures="C07", invoice="SO-0", posted="20261120",
)  # fmt: skip
WRONG = (
    {"price": "1,5"}, {"gross_mass": "heavy"}, {"packages": "1.5"}, {"posted": "24/11/2026"}, {"city": "a\u0007b"},
    {"description": "x" * 2001}, {"documents": "|||||"}, {"previous": "N740|1|x"}, {"consignee": ""}, {"price": ""},
    # refused by the form and the law
    {"description": "gift"}, {"description": "spare parts"}, {"currency": "XXX"}, {"origin": "QQ"}, {"gross_mass": "0"}, {"code": "1"},
)  # fmt: skip


def file_of(tmp_path: Path) -> Path:
    mark = uuid.uuid4().hex[:6]
    rows = [msgspec.structs.replace(GOOD, reference=f"{mark}-{n}", **told) for n, told in enumerate(WRONG)]
    rows += [msgspec.structs.replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(60, "words")]
    rows += [rows[-1], msgspec.structs.replace(rows[-1], price="99.00")]
    path = tmp_path / f"{mark}.jsonl"
    path.write_bytes(b"\n".join((*BAD, *(msgspec.json.encode(p) for p in rows))))
    return path


def test_an_answer_in_french_says_what_the_english_one_says(
    desk: Callable[..., Client], tmp_path: Path, house: None
) -> None:
    path = file_of(tmp_path)
    done = clear(path, Consolidation("XM100000009", path.name, "XM000040", "5"), by="test")
    here, there = (
        [json.loads(one) for one in b"".join(job.answer(done.number, as_json=True, language=language)).splitlines()]
        for language in ("en", "fr")
    )
    stored = [json.loads(one) for one in b"".join(parcels.answer(done.number, as_json=True)).splitlines()]
    assert here == stored and len(here) == len(there) == sum(done.counts.values())
    unreadable = [one for one in here if one["verdict"] == "unreadable"]
    assert [one["reasons"][0]["rule"] for one in unreadable[: len(BAD)]] == list(BAD.values())
    assert {r["rule"] for one in here for r in one.get("reasons", ())} >= {
        "VagueDescription", "RepeatedParcel", "DuplicateLRN", "InvalidEntry", "InvalidDate", "InvalidNumber",
    }  # fmt: skip
    left = []
    for one, other in zip(here, there, strict=True):
        assert {k: v for k, v in one.items() if k != "reasons"} == {k: v for k, v in other.items() if k != "reasons"}
        for reason, told in zip(one.get("reasons", ()), other.get("reasons", ()), strict=True):
            same = {k: v for k, v in reason.items() if k not in ("label", "hint")}
            assert same == {k: v for k, v in told.items() if k not in ("label", "hint")}
            left += [
                (reason["rule"], told[name])
                for name in ("label", "hint")
                if reason.get(name) and (reason[name] == told[name] or ENGLISH.search(_words(told[name])))
            ]
    assert left == []
    as_csv = b"".join(job.answer(done.number, as_json=False, language="fr")).decode()
    rows = list(csv.DictReader(as_csv.splitlines()))
    assert [json.loads(r["reasons"]) for r in rows if r["reasons"]] == [o["reasons"] for o in there if "reasons" in o]
    only = b"".join(job.answer(done.number, as_json=False, unreadable=True, language="fr")).decode()
    assert only.splitlines()[0] == "line,rule,why,hint,value" and "n’est pas un objet JSON" in only

    # the officer's page and the courier's download follow the reader
    place = f"/parcels/consolidation/{done.number}"
    officer, broker = desk("officer", language="fr"), desk("broker", language="fr")
    page = officer.get(f"{place}?verdict=unreadable").content.decode()
    assert "l’octet 16 n’est pas de l’UTF-8" in page and "is not UTF-8" not in page
    page = officer.get(f"{place}?verdict=refused").content.decode()
    assert "La désignation ne dit rien" in page
    kept = broker.get(f"{place}/answer?as=jsonl")
    assert [json.loads(one) for one in b"".join(kept).splitlines()] == there


def _words(text: str) -> str:
    """A sentence without what is quoted from a file or the law's own sources."""
    return re.sub(r"'[^']*'|\([^()]*\)|docs/\S+", "", text)


@pytest.fixture(scope="module")
def law() -> Law:
    return Book.open(compile_pack(country_directory("meridia"))).on(date(2026, 11, 20))


@pytest.mark.parametrize(
    ("description", "wanted"),
    [
        ("gift", "Dites"),
        ("spare parts", "plaquettes de frein pour voitures (8708)"),
        ("RBR-2210", "dites ce que sont"),
    ],
)
def test_what_to_write_instead_is_the_law_s_own_words(law: Law, description: str, wanted: str) -> None:
    found = longroom.check(
        lodgement(
            msgspec.structs.replace(GOOD, reference="a", description=description),
            Consolidation("XM100000009", "x", "XM000040", "5", "XM"),
        ),
        law,
    )
    vague = next(p for p in found if p.rule == "VagueDescription")
    told = Reasons(law, "fr").problem(vague)
    assert told.label != vague.label and wanted in told.hint and "Goods that" not in told.hint


def test_every_hint_of_the_law_has_its_other_words(law: Law) -> None:
    hinted = [e for e in law.contents.entries if e.list in goods_meant.HINTED and e.validity.contains(law.date)]
    assert len(hinted) > 1000
    with translation.override("fr"):
        for e in hinted:
            assert goods_meant.hint(f"{e.text['en']} ({e.source})", law) == f"{e.text['fr']} ({e.source})"


def test_what_has_no_words_stays_as_it_is() -> None:
    odd = Problem("Odd", "Something that nobody has translated: price", "", "", "x")
    assert Reasons(None, "fr").problem(odd) == odd
    drawn = '[{"rule":"random","label":"Chosen at random: 2.5 % of declarations are looked at"}]'
    assert Reasons(None, "fr").read(drawn)[0]["label"] == "Choisi au hasard : 2,5 % des déclarations sont regardées"
    assert Reasons(None, "en").row(drawn) == drawn
    with translation.override("fr"):  # the name of a field is the same in every language
        assert said("price is no number that can be taken") == "price n’est pas un nombre admissible"
        assert said("Did you mean price?").startswith("Vouliez-vous dire price") or "price" in said(
            "Did you mean price?"
        )
