"""A simulated day, stored; then judged again: under its own law every byte is the same, under a draft the sums are right."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from papers import paper, reference
from typer.testing import CliRunner

from customhouse.clearance.amend import amend
from customhouse.clearance.file import record
from customhouse.clearance.lodge import lodge
from customhouse.clearance.replay import again, as_recorded, differences, judged
from customhouse.house.cli import app
from customhouse.house.commands.history import period
from customhouse.house.paths import data_dir
from customhouse.kernel.problem import Refusal
from customhouse.law.book import Book, compile_pack
from customhouse.law.pack import country_directory
from customhouse.offices.duty.formula import Sum
from customhouse.record import codec
from customhouse.record.acts import Paid
from customhouse.record.declaration import Receipt, Role
from customhouse.record.flow import permitted
from customhouse.registry import files, history, lawbook
from customhouse.simulator import World, file

pytestmark = pytest.mark.usefixtures("house")
DAY = date(2025, 3, 3)
RUN = CliRunner()


@pytest.fixture(scope="module")
def day(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> list[str]:
    """The MRNs of a day of trade: lodged, some paid, some amended, some left as they are."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        shipments = list(World(11, DAY).trade(70, run="again"))
        mrns = []
        for n, shipment in enumerate(shipments):
            at = datetime.combine(DAY, shipment.at.time(), shipment.at.tzinfo)
            lodged = file(shipment).lodgement
            d = lodge(codec.encode(lodged), by="test", at=at).declaration
            assert d is not None
            if not d.mrn or d.mrn in mrns:  # refused, or sent twice
                continue
            mrns.append(d.mrn)
            if n % 3 == 0 and "Amended" in permitted(d, Role.BROKER):
                other = file(shipments[n - 1]).lodgement
                other = replace(other, lrn=lodged.lrn, declarant=lodged.declarant)
                with suppress(Refusal):  # what was declared wrong by intention is not taken
                    d = amend(d.id, codec.encode(other), "other goods came", by="test", role=Role.BROKER)
            if n % 2 == 0 and "Paid" in permitted(d, Role.CASHIER) and d.settled:
                receipt = Receipt(f"T-{n}", d.settled.due, "cash")
                record(d.id, (Paid(receipt),), by="test", role=Role.CASHIER)
        return mrns


def test_every_stored_declaration_is_judged_the_same_again(day: list[str]) -> None:
    seen = []
    for found in history.accepted(DAY, DAY + timedelta(1)):
        past = judged(found.declaration, found.taken)
        seen.append(past.declaration.mrn)
        stored = files.get(past.declaration.id)
        assert past.declaration == stored
        acts = [(act.name, e.book, e.on) for e in files.entries(stored.id) for act in e.acts]
        assert list(found.taken) == acts
        becomes = again(stored, as_recorded(past, lambda digest: lawbook.by_hash(digest)))
        assert differences(stored, becomes) == ()
        assert stored.assessed and codec.encode(becomes.assessed) == codec.encode(stored.assessed)
    assert seen == day and len(day) > 40 and history.count(DAY, DAY + timedelta(1)) == len(day)


def test_replay_says_so(day: list[str]) -> None:
    done = RUN.invoke(app, ["law", "replay", "--on", str(DAY)])
    assert done.exit_code == 0, done.output
    assert f"{len(day)} declaration(s) judged again, 0 differ" in done.output
    told = json.loads(RUN.invoke(app, ["law", "replay", "--on", str(DAY), "--json"]).output)
    assert told == {"from": "2025-03-03", "until": "2025-03-04", "declarations": len(day), "different": []}


def test_a_changed_program_is_found_out(day: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    right = Sum.amount
    monkeypatch.setattr(Sum, "amount", lambda *given: right(*given) + 1)
    done = RUN.invoke(app, ["law", "replay", "--on", str(DAY)])
    assert done.exit_code == 1 and "differs in assessed" in done.output


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """The demo's law with every duty of 5 % made 50 %, to begin in 2027."""
    pack = tmp_path / "draft"
    shutil.copytree(country_directory("meridia"), pack)
    rows = (pack / "measures.csv").read_text().splitlines()
    rate = ",5 %,,,,,,,,,"
    more = [r.replace(rate, ",50 %,,,,,,,2027-01-01,,", 1) for r in rows if rate in r]
    less = [r.replace(rate, ",5 %,,,,,,,,2027-01-01,", 1) for r in rows]
    (pack / "measures.csv").write_text("\n".join([*less, *(r.replace(",", "-27,", 1) for r in more)]) + "\n")
    return pack


def told(draft: Path, *options: str) -> dict:
    done = RUN.invoke(app, ["law", "impact", str(draft), "--json", *options])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_impact_is_the_sum_of_every_declaration_judged_again(day: list[str], draft: Path) -> None:
    begins = date(2027, 1, 1)
    nothing = told(draft, "--on", str(DAY))
    assert nothing["declarations"] == len(day) and nothing["changed"] == 0
    assert nothing["total"]["before"] == nothing["total"]["after"] > 0
    assert "--as-of DAY" in RUN.invoke(app, ["law", "impact", str(draft), "--on", str(DAY)]).output

    book = Book.open(compile_pack(draft))
    before = after = changed = 0
    for mrn in day:
        d = files.get(mrn)
        law = book.on(begins, rates=DAY)
        becomes = again(d, lambda _, law=law: law)
        assert d.assessed and becomes.assessed
        before += d.assessed.payable.minor
        after += becomes.assessed.payable.minor
        changed += d.assessed.payable != becomes.assessed.payable
    sums = told(draft, "--on", f"{DAY}..{DAY + timedelta(1)}", "--as-of", str(begins))
    assert (sums["total"]["before"], sums["total"]["after"]) == (before, after) and after > before
    assert sums["changed"] >= changed > 0 and not sums["unjudged"]
    for part in ("chapters", "origins", "taxes"):
        assert sum(c["after"] - c["before"] for c in sums[part].values()) == after - before
    done = RUN.invoke(app, ["law", "impact", str(draft), "--on", str(DAY), "--as-of", str(begins)])
    assert done.exit_code == 0 and "by chapter" in done.output and "by origin" in done.output


@pytest.mark.parametrize("as_of", ["", "2027-01-01"])
def test_columns_say_what_judging_one_by_one_says(day: list[str], draft: Path, as_of: str) -> None:
    """Made, kept, read again, and made anew after something was recorded; the same sums every time."""
    options = ("--on", "2025-03-01..2025-03-20", *(("--as-of", as_of) if as_of else ()))
    slow = told(draft, *options, "--one-by-one")
    assert slow["declarations"] >= len(day) and slow["total"]["items"] > len(day)
    assert slow["singly"] >= slow["declarations"] > 2 * told(draft, *options)["singly"]

    def plain(sums: dict) -> dict:
        assert sums.pop("singly") <= sums["declarations"] + len(sums["unjudged"])
        parts = {p: {k: c for k, c in sums[p].items() if any(c.values())} for p in ("chapters", "origins", "taxes")}
        return sums | parts

    slow = plain(slow)
    assert plain(told(draft, *options)) == slow
    kept = {p.name: p.stat().st_mtime_ns for p in (data_dir() / "history").glob("2025-03.*.npz")}
    assert kept
    assert plain(told(draft, *options)) == slow
    assert {p.name: p.stat().st_mtime_ns for p in (data_dir() / "history").glob("2025-03.*.npz")} == kept
    d = lodge(paper(reference()), by="test", at=datetime(2025, 3, 10, 8, tzinfo=UTC)).declaration
    assert d is not None and d.mrn
    more = plain(told(draft, *options))
    assert more == plain(told(draft, *options, "--one-by-one"))
    assert more["declarations"] == slow["declarations"] + 1
    assert not {p.name for p in (data_dir() / "history").glob("2025-03.*.npz")} & kept.keys()


def test_a_draft_with_other_rates_is_tried_one_by_one(day: list[str], draft: Path) -> None:
    rates = (draft / "rates.csv").read_text().replace("EUR,1.10,", "EUR,2.20,")
    (draft / "rates.csv").write_text(rates)
    own = DAY + timedelta(40)  # whether a made-up day holds goods in euro that pay is left to chance
    euro = paper(reference()).replace(b'"USD"', b'"EUR"')
    d = lodge(euro, by="test", at=datetime.combine(own, datetime.min.time(), UTC)).declaration
    assert d is not None and d.mrn
    sums, slow = told(draft, "--on", str(own)), told(draft, "--on", str(own), "--one-by-one")
    assert sums["total"] == slow["total"] and sums["total"]["after"] > sums["total"]["before"]


def test_why_under_another_law(day: list[str], draft: Path) -> None:
    raised = {m.id for m in Book.open(compile_pack(draft)).contents.measures if m.expression_text == "50 %"}
    mrn = next(m for m in day if any(f"{x.measure}-27" in raised for x in files.get(m).assessed.duties))
    done = RUN.invoke(app, ["why", mrn, "--law", str(draft), "--as-of", "2027-01-01"])
    assert done.exit_code == 0 and "50 %" in done.output and "as decided" in done.output, done.output
    same = RUN.invoke(app, ["why", mrn, "--law", str(draft)])
    assert same.exit_code == 0 and "50 %" not in same.output
    before = files.get(mrn)
    assert files.get(mrn) == before and len(files.entries(before.id)) >= 1


def test_a_broken_draft_is_told_and_nothing_is_judged(day: list[str], draft: Path) -> None:
    with (draft / "measures.csv").open("a") as file:
        file.write("B1,01,A00,*,five,,,,,,,,,Act\n")
    done = RUN.invoke(app, ["law", "impact", str(draft)])
    assert done.exit_code == 1 and "'five'" in done.output


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("last-year", date(2025, 1, 1), date(2026, 1, 1)),
        ("this-year", date(2026, 1, 1), date(2027, 1, 1)),
        ("2024", date(2024, 1, 1), date(2025, 1, 1)),
        ("2024-12", date(2024, 12, 1), date(2025, 1, 1)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 3, 1)),
        ("2024-02-01..2024-05-01", date(2024, 2, 1), date(2024, 5, 1)),
    ],
)
def test_times_as_people_write_them(text: str, first: date, last: date) -> None:
    assert period(text, date(2026, 11, 24)) == (first, last)


@pytest.mark.parametrize("text", ["yesterday", "2024-13", "2024-02-30", "2024-05-01..2024-05-01", "..", "24"])
def test_times_that_are_none(text: str) -> None:
    done = RUN.invoke(app, ["law", "replay", "--on", text])
    assert done.exit_code == 2 and "is no time" in done.output
