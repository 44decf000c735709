"""Consolidations of every form cleared: the same verdicts for the same parcels, and what a small disk or a flood of copies gets."""

from __future__ import annotations

import csv
import json
import resource
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from msgspec.structs import replace
from papers import BROKER
from tests.registry.test_parcel_register import answers, cleared, consolidation_of, morning, unique

from customhouse.gates import wco_xml
from customhouse.house.commands import parcels as command
from customhouse.house.fault import HouseProblem
from customhouse.record.parcel import Consolidation, Parcel, lodgement
from customhouse.registry import parcels

pytestmark = pytest.mark.usefixtures("house")
SAMPLES = Path(__file__).resolve().parents[2] / "examples/parcels"


def as_xml(made: list[Parcel], path: Path) -> Path:
    of = Consolidation(BROKER, "", "XM000040", "5", "XM")
    path.write_bytes(b"".join(wco_xml.write(lodgement(p, of)) for p in made))
    return path


def told(found: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """What became of each parcel; draws of a number, and the counts of the day, are its own."""
    return [
        (a["line"], a["verdict"], a["value"], a["payable"])
        for a in found
        if a["verdict"] in ("released", "due", "refused")
    ]


def test_parcels_as_xml_come_out_as_they_do_as_json_lines_also_after_an_interruption(tmp_path: Path) -> None:
    made = [p for p in unique(90, "as xml") if p.currency and not p.freight]
    lines = answers(cleared(consolidation_of(made, tmp_path), at=morning()))
    again = [replace(p, reference=f"X{p.reference}", dispatch=p.dispatch or p.consignor_country) for p in made]
    documents = answers(cleared(as_xml(again, tmp_path / "a.xml"), at=morning(), chunk=20))
    both = {a["line"] for a in lines if a["verdict"] != "file"} & {
        a["line"] for a in documents if a["verdict"] != "file"
    }
    assert len(both) > 30
    one, other = ([t for t in told(found) if t[0] in both] for found in (lines, documents))
    assert one == other


def test_the_shipped_samples_are_cleared(tmp_path: Path) -> None:
    for name, aside in (("courier.xml", 2), ("mail.jsonl", 2)):
        done = cleared(SAMPLES / name, at=morning(), reference=f"sample {name}")
        assert done.counts["unreadable"] == aside and sum(done.counts.values()) >= 12
        rules = {json.loads(a["reasons"])[0]["rule"] for a in answers(done) if a["verdict"] == "unreadable"}
        assert "NeedsFullDeclaration" in rules


def test_declarations_of_somebody_else_are_put_aside(tmp_path: Path) -> None:
    path = as_xml([p for p in unique(5, "other") if p.currency], tmp_path / "other.xml")
    path.write_bytes(path.read_bytes().replace(BROKER.encode(), b"XM100000017", 1))
    found = answers(cleared(path, at=morning()))
    assert found[0]["verdict"] == "unreadable" and "declarant of the consolidation" in found[0]["reasons"]
    assert all(a["verdict"] != "unreadable" for a in found[1:])


def test_copies_without_end_count_once(tmp_path: Path) -> None:
    one = unique(1, "copies")[0]
    path = tmp_path / "copies.jsonl"
    path.write_bytes((msgspec.json.encode(one) + b"\n") * 3000)
    done = cleared(path, at=morning(), chunk=500)
    assert done.counts.pop("repeated") == 2999 and sum(done.counts.values()) == 1


def test_an_answer_that_finds_no_room_is_told_and_written_later(tmp_path: Path) -> None:
    done = cleared(consolidation_of(unique(200, "room"), tmp_path), at=morning())
    place = tmp_path / "answer.csv"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, hard))
    try:
        with pytest.raises(HouseProblem, match=r"cannot be written to .*: File too large.*every verdict is stored"):
            command._write(done.number, place)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.glob("*answer.csv*"))
    command._write(done.number, place)
    assert len(list(csv.DictReader(place.open(encoding="utf-8")))) == sum(parcels.counts(done.number).values())
