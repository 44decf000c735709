"""Consolidations in the register: taken once, answered whole, sealed, and every parcel opened afterwards as it was judged."""

from __future__ import annotations

import csv
import itertools
import json
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from django.db import DatabaseError, connection, transaction
from msgspec.structs import replace
from papers import BROKER, rows
from tests.registry import screened

from customhouse.clearance import parcel_file, parcel_opening
from customhouse.clearance.parcel_file import ParcelProblem
from customhouse.house.consolidation import Cleared, clear
from customhouse.house.options import setting
from customhouse.kernel.problem import Refusal
from customhouse.offices.longroom import issue_mrn
from customhouse.record.declaration import Stage
from customhouse.record.parcel import Consolidation, Parcel, number
from customhouse.registry import files, parcel_look, parcels, proof, reader, sealing
from customhouse.registry.reader import Reader, reading
from customhouse.simulator.parcels import parcels as made_up

pytestmark = pytest.mark.usefixtures("house")
_days = itertools.count()


def morning() -> datetime:
    """A day of the test's own, so that counts of the day begin anew."""
    return datetime(2026, 3, 1 + next(_days), 8, tzinfo=UTC)


def consolidation_of(made: list[Parcel], tmp_path: Path, *broken: bytes) -> Path:
    path = tmp_path / f"{uuid.uuid4().hex[:8]}.jsonl"
    path.write_bytes(b"\n".join((*(msgspec.json.encode(p) for p in made), *broken)) + b"\n")
    return path


def unique(count: int, *seed: object) -> list[Parcel]:
    """Made-up parcels under references that were never used before."""
    mark = uuid.uuid4().hex[:6]
    return [replace(p, reference=f"{mark}{p.reference[2:]}") for p in made_up(count, *seed)]


def cleared(path: Path, *, at: datetime, chunk: int = 100, reference: str = "") -> Cleared:
    of = Consolidation(BROKER, reference or path.name, "XM000040", "5")
    done = clear(path, of, by="test", at=at, chunk=chunk)
    parcel_opening.open_all(done.number)
    return done


def answers(done: Cleared, *, as_json: bool = False) -> list[dict[str, Any]]:
    told = b"".join(parcels.answer(done.number, as_json=as_json)).decode()
    return [json.loads(line) for line in told.splitlines()] if as_json else list(csv.DictReader(told.splitlines()))


def test_every_line_gets_one_answer_and_what_needs_a_file_has_one(tmp_path: Path) -> None:
    made = unique(400, "answer")
    done = cleared(consolidation_of(made, tmp_path, b"{half", b"", b"null"), at=morning())
    found = answers(done)
    assert [int(a["line"]) for a in found] == [*range(1, 402), 403]
    assert sum(done.counts.values()) == len(found) and done.counts["unreadable"] >= 2
    by_verdict = {v: [a for a in found if a["verdict"] == v] for v in done.counts}
    assert {v: len(a) for v, a in by_verdict.items()} == done.counts
    assert set(by_verdict) >= {"released", "due", "file", "refused", "unreadable"}
    for one in by_verdict["file"]:
        d = files.get(one["mrn"])
        assert (d.lane.value if d.lane else "") == one["lane"] and d.id == number(done.number, int(one["line"]))
        assert json.loads(one["reasons"]) and d.lodged.lrn == made[int(one["line"]) - 1].reference
    assert all(json.loads(a["reasons"])[0]["rule"] for a in by_verdict["refused"] + by_verdict["unreadable"])
    assert all(not files.knows(a["mrn"]) for a in by_verdict["released"])
    as_json = answers(done, as_json=True)
    assert [a["verdict"] for a in as_json] == [a["verdict"] for a in found]
    assert not any("confidential" in str(a) for a in as_json)


def test_a_file_is_taken_once_under_its_reference(tmp_path: Path) -> None:
    path, at = consolidation_of(unique(120, "once"), tmp_path), morning()
    first = cleared(path, at=at)
    before = rows("select count(*), sum(parcels) from parcel_segment")
    again = cleared(path, at=at)
    assert again.kind == "same" and again.number == first.number and answers(again) == answers(first)
    other = consolidation_of(unique(5, "once"), tmp_path)
    with pytest.raises(Refusal, match="another file under the reference"):
        cleared(other, at=at, reference=path.name)
    assert rows("select count(*), sum(parcels) from parcel_segment") == before


def test_interrupted_work_goes_on_where_it_stood_and_leaves_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, at = unique(500, "stop"), morning()
    path = consolidation_of(made, tmp_path, b"{half")
    store, places = parcels.store, []

    def stops(number: int, segment: parcels.Segment) -> None:
        if segment.place == 3 and 3 not in places:
            places.append(3)
            raise KeyboardInterrupt
        store(number, segment)

    monkeypatch.setattr(parcels, "store", stops)
    with pytest.raises(KeyboardInterrupt):
        cleared(path, at=at)
    begun = parcels.by_reference(BROKER, path.name)
    assert begun.done == 3 and not begun.finished
    done = cleared(
        path, at=datetime(2026, 4, 1, tzinfo=UTC), chunk=7
    )  # later, in other chunks: it stays as it was begun
    assert done.resumed == 300 and parcels.get(done.number).day == at.date()
    assert [int(a["line"]) for a in answers(done)] == list(range(1, 502))
    whole = cleared(consolidation_of(unique(500, "stop"), tmp_path, b"{half"), at=morning())
    # draws fall by number, and the first one says what is typical to the second; nothing else is another
    for a, b in zip(answers(done), answers(whole), strict=True):
        assert a["value"] == b["value"]
        assert (a["verdict"] in ("refused", "repeated", "unreadable")) == (
            b["verdict"] in ("refused", "repeated", "unreadable")
        )


def test_a_green_parcel_becomes_a_file_with_the_reasons_it_was_judged_by(tmp_path: Path) -> None:
    done = cleared(consolidation_of(unique(200, "later"), tmp_path), at=morning())
    found = answers(done)
    for verdict in ("released", "due"):
        mrn = next(a["mrn"] for a in found if a["verdict"] == verdict)
        once_more = parcel_file.again(mrn)
        stored, walk = once_more.stored, once_more.walk
        assert stored.verdict == verdict and not files.knows(mrn)
        d = parcel_file.file(mrn)
        assert d.mrn == mrn and d.selection == walk.declaration.selection and d.assessed == walk.declaration.assessed
        assert d.stage is Stage.RELEASED  # what was due stands on the declarant's deferment account
        assert files.get(mrn) == d == parcel_file.file(mrn)
    refused = next(a["line"] for a in found if a["verdict"] == "refused")
    with pytest.raises(ParcelProblem, match="was refused"):
        parcel_file.file(str(issue_mrn("XM", done_day(done), number(done.number, int(refused)))))
    with pytest.raises(ParcelProblem, match="number of no parcel"):
        parcel_file.again("26XM030000000001R0")


def done_day(done: Cleared) -> Any:
    return parcels.get(done.number).day


def test_files_made_of_parcels_are_sound_and_segments_are_sealed(tmp_path: Path) -> None:
    done = cleared(consolidation_of(unique(150, "sealed"), tmp_path, b"broken"), at=morning())
    assert sealing.seal(setting("CUSTOMHOUSE_LOG_ORIGIN")) >= 2
    report = proof.verify("test")
    assert report.segments >= 2 and not [b for b in report.broken if "consolidation" in b]
    numbers = {number(done.number, n) for n in range(1, 152)}
    assert not [b for b in report.broken if any(str(n) in b for n in numbers)]


def test_a_row_that_is_changed_behind_our_back_is_found(tmp_path: Path) -> None:
    done = cleared(consolidation_of(unique(30, "changed"), tmp_path), at=morning())
    for sql in (
        "update parcel_segment set facts = texts",
        "delete from parcel_quarantine",
        "update parcel_segment set rows = 1",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    segment = rows("select rows, leaf from parcel_segment where consolidation = %s and place = 0", done.number)[0]
    assert parcels.leaf(done.number, 0, 1, b"other rows", []) != bytes(segment[1])


def test_what_is_typical_comes_from_earlier_consolidations(tmp_path: Path) -> None:
    made = [
        replace(
            p,
            code="95030000",
            gross_mass="2",
            net_mass="1",
            price="40",
            currency="USD",
            procedures="",
            description="Building blocks",
        )
        for p in unique(60, "typ")
    ]
    cleared(consolidation_of(made, tmp_path), at=morning())
    cheap = [replace(p, price="1.50", reference=f"{p.reference}x") for p in made[:3]]
    found = answers(cleared(consolidation_of(cheap, tmp_path), at=morning()))
    assert {a["verdict"] for a in found} == {"file"}, found
    assert {a["lane"] for a in found} == {"YELLOW"}


def test_parcels_are_for_customs_and_the_answer_for_the_declarant(tmp_path: Path) -> None:
    at = morning()
    done = cleared(consolidation_of(unique(10, "seen"), tmp_path, b"{half"), at=at)
    whole, [first] = answers(done), parcel_look.rows(done.number, limit=1)
    with reading(Reader(writes=True, traders=(BROKER,))):
        # what customs knows of each parcel is not shown, the answer is, and how many there are
        assert rows("select count(*) from parcel_segment")[0][0] == 0
        assert not parcel_look.rows(done.number) and not parcel_look.find(first.parcel.reference)
        with pytest.raises(LookupError):
            parcels.parcel(first.number)
        assert answers(done) == whole and parcel_look.day(at.date())[0].verdicts == done.counts
        assert parcels.get(done.number).finished
    for stranger in (reader.NOBODY, Reader(writes=True, traders=("XM999",)), Reader(writes=True, office="XM000020")):
        with reading(stranger):
            assert (
                not parcel_look.day(at.date()) and not parcels.counts(done.number) and not parcel_look.rows(done.number)
            )
            with pytest.raises(LookupError):
                answers(done)
    with reading(Reader(writes=True, office="XM000040")):
        assert parcel_look.rows(done.number, limit=1) == [first] == parcel_look.find(first.parcel.reference)
        assert answers(done) == whole
    assert answers(done) == whole


def test_a_reference_of_a_full_declaration_is_not_used_again_for_a_file(tmp_path: Path) -> None:
    made = [
        replace(p, code="93020000", price="8", currency="USD", procedures="", description="rifle")
        for p in unique(4, "used")
    ]
    first = cleared(consolidation_of(made, tmp_path), at=morning())
    assert first.counts == {"file": 4}
    again = cleared(consolidation_of([replace(p, price="9") for p in made], tmp_path), at=morning())
    assert again.counts == {"refused": 4} and "stands under the reference" in answers(again)[0]["reasons"]


def test_a_listed_party_never_rests_as_a_row(tmp_path: Path) -> None:
    made = unique(12, "listed")
    made[3] = replace(made[3], consignee="Ilmar Ostrekov")
    made[5] = replace(made[5], consignor="Vantorr Quill Shipping GmbH")
    with screened.counting(screened.OSTREK, screened.VANTORR):
        done = cleared(consolidation_of(made, tmp_path), at=morning())
    found = answers(done)
    assert [a["verdict"] for a in found][3] == [a["verdict"] for a in found][5] == "file"
    for n in (3, 5):
        d = files.get(found[n]["mrn"])
        assert d.screened is not None and d.screened.alarms and d.holds
    assert "released" in {a["verdict"] for a in found}


def test_parcels_are_found_by_consolidation_by_reference_and_by_day(tmp_path: Path) -> None:
    made, at = unique(260, "look"), morning()
    # three are alike: the law looks at the third, whatever is drawn
    made[-2:] = [replace(made[0], reference=f"{n}{made[0].reference}") for n in range(2)]
    done = cleared(consolidation_of(made, tmp_path, b"{half"), at=at)
    found = answers(done)
    every = parcel_look.rows(done.number, limit=1000)
    assert [(p.line, p.verdict, p.mrn, p.parcel) for p in every] == [
        (int(a["line"]), a["verdict"], a["mrn"], made[int(a["line"]) - 1])
        for a in found
        if a["verdict"] != "unreadable"
    ]
    due = [p.line for p in every if p.verdict == "due"]
    assert [p.line for p in parcel_look.rows(done.number, verdicts=["due"], after=due[2], limit=3)] == due[3:6]
    yellow = parcel_look.rows(done.number, lanes=["YELLOW", "RED"], limit=1000)
    assert yellow and {p.lane for p in yellow} <= {"YELLOW", "RED"}
    tiles = parcel_look.rows(done.number, words="TILES ceramic", limit=1000)
    assert [p.line for p in tiles] == [p.line for p in every if "Ceramic tiles" in p.parcel.description] and tiles
    assert parcel_look.rows(done.number, words=made[7].consignee.upper() + " nowhere") == []
    last = every[-1]
    assert (
        parcel_look.find(last.parcel.reference) == [last] == parcel_look.find(last.parcel.reference, declarant=BROKER)
    )
    assert not parcel_look.find(last.parcel.reference, declarant="XM999") and not parcel_look.find("no such reference")
    assert parcels.parcel(last.number) == last
    [one] = parcel_look.day(at.date())
    assert one.begun == parcels.get(done.number) and one.state == "done" and one.verdicts == done.counts
    assert one.lanes == dict(Counter(p.lane for p in every if p.lane)) and one.rows == 261


AS_ROWS = """
    create temporary table told on commit drop as
    select * from jsonb_to_recordset(%s::jsonb) as t(line int, reference text, verdict text, mrn text, lane text, value bigint,
        payable bigint, reasons text)
"""
ORDERED = "select line, reference, verdict, mrn, lane, value, payable, reasons from told order by line"
AS_JSON = (
    "select json_strip_nulls(json_build_object('line', line, 'reference', reference, 'verdict', verdict, 'mrn', mrn, "
    "'lane', lane, 'value', value, 'payable', payable, 'reasons', reasons::json)) from told order by line"
)


def test_an_answer_is_what_postgresql_would_write_of_the_same_rows(tmp_path: Path) -> None:
    made = unique(300, "form")
    made[3] = replace(made[3], reference='with "quotes", a comma and é', description="gift")
    broken = (b'{"reference": "\\u0001, \\"x\\" \xc3\xa9"', b"null", b'{"price": "1,5"}')
    done = cleared(consolidation_of(made[:150], tmp_path, *broken), at=morning())
    told = [
        {"line": p.line, "reference": p.parcel.reference, "verdict": p.verdict, "mrn": p.mrn or None, "lane": p.lane,
         "value": p.value, "payable": p.payable, "reasons": p.told or None}
        for p in parcel_look.rows(done.number, limit=1000)
    ]  # fmt: skip
    quarantine = (
        "insert into told select line, '', 'unreadable', null, null, null, null, json_build_array(json_build_object("
        "'rule', rule, 'label', why, 'hint', hint, 'value', value))::text from parcel_quarantine where consolidation = %s"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(AS_ROWS, [json.dumps(told)])
        cursor.execute(quarantine, [done.number])
        for as_json, sql, how in (
            (False, ORDERED, "(format csv, header)"),
            (True, AS_JSON, "(format csv, quote e'\\x01', delimiter e'\\x02')"),
        ):
            with cursor.copy(f"copy ({sql}) to stdout {how}") as copy:
                expected = b"".join(bytes(block) for block in copy)
            assert b"".join(parcels.answer(done.number, as_json=as_json)) == expected


def test_a_register_with_parcels_of_an_earlier_form_is_left_as_it_is(tmp_path: Path) -> None:
    cleared(consolidation_of(unique(3, "earlier"), tmp_path), at=morning())
    sql = (Path(parcels.__file__).parent / "segment.sql").read_text()
    refusal = sql[: sql.index("end $$;") + len("end $$;")]
    assert "drop table" not in refusal and sql.index("drop table") > len(refusal)
    # also by an owner of the tables whom row-level security shows nothing
    with (
        reading(reader.NOBODY),
        pytest.raises(DatabaseError, match="parcels lie as rows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(refusal)
