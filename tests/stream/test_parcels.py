"""Parcels in columns say what the line says, parcel by parcel; what columns cannot say, they leave to it."""

from __future__ import annotations

import pickle
import shutil
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import typer
from msgspec.structs import replace

pa = pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

from bench.equal import DAY, KEY, OF, rows_of, wild  # noqa: E402 - only where the extra is there

from customhouse.clearance.line import Context  # noqa: E402 - only where the extra is there
from customhouse.clearance.parcel import ParcelLine, walked  # noqa: E402
from customhouse.house.commands import law as law_command  # noqa: E402
from customhouse.house.lawbooks import embedded_book  # noqa: E402
from customhouse.kernel.validity import Validity  # noqa: E402
from customhouse.law.selectivity import Policy, Selectivity  # noqa: E402
from customhouse.law.terms import Criterion  # noqa: E402
from customhouse.offices.longroom import issue_mrn  # noqa: E402
from customhouse.offices.risk import network  # noqa: E402
from customhouse.record.facts import ITEM, WHOLE, assessed_facts, lodged_facts  # noqa: E402
from customhouse.record.history import HistoryFacts  # noqa: E402
from customhouse.record.parcel import Parcel, lodgement, number  # noqa: E402
from customhouse.registry import segment as layout  # noqa: E402
from customhouse.simulator.parcels import GOODS, parcels  # noqa: E402
from customhouse.stream import publication  # noqa: E402
from customhouse.stream.facts import Codes, Text  # noqa: E402
from customhouse.stream.parcels import counters, marks, segment  # noqa: E402
from customhouse.stream.parcels.day import Day  # noqa: E402
from customhouse.stream.parcels.facts import ParcelFacts  # noqa: E402
from customhouse.stream.parcels.kernel import (  # noqa: E402
    FILE,
    HISTORY,
    REFUSED,
    REPEATED,
    Disagreement,
    Eyes,
    Kernel,
    Verdicts,
    answer,
)
from customhouse.stream.parcels.named import Named  # noqa: E402
from customhouse.stream.parcels.rows import Rows  # noqa: E402
from customhouse.stream.parcels.rulebook import NotForParcels  # noqa: E402


@pytest.fixture(scope="module")
def law() -> Any:
    return embedded_book().on(DAY)


def value_of(column: Any, n: int, kind: str) -> Any:
    if kind == "text":
        assert isinstance(column, Text)
        return column.words.words[column.code[n]]
    if kind == "codes":
        assert isinstance(column, Codes)
        return frozenset(column.words.words[c] for c in column.code[column.starts[n] : column.starts[n + 1]])
    return column[n].item()


def kernel(law: Any, eyes: Eyes | None = None) -> tuple[Kernel, ParcelLine]:
    eyes = eyes or Eyes(KEY)
    line = ParcelLine(OF, Context(law, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY, eyes.selectivity))
    return Kernel(law, OF, eyes, line), line


def equal(found: Verdicts, line: ParcelLine) -> Counter[str]:
    """Hold every row against the line itself, with the same history and draws; what there was to compare."""
    seen: Counter[str] = Counter()
    drawn = marks.draws(KEY, found.number)
    for n in range(len(found.number)):
        said, parcel = answer(found, n), found.rows.parcel(n)
        history = HistoryFacts(**{name: int(found.history[name][n]) for name in HISTORY})
        judged = line(int(found.number[n]), parcel, history, (int(drawn[0][n]), int(drawn[1][n])))
        seen[said.verdict] += 1
        if said.verdict == "repeated" or "DuplicateLRN" in said.told:
            assert not judged.refused
        else:
            plain = judged.answer.told if judged.rests and not said.told else said.told
            assert judged.answer == said._replace(told=plain), parcel
    return seen


# --- equality ---------------------------------------------------------------------------------------------------------


def test_every_fact_of_a_parcel_is_the_same_in_columns(law: Any) -> None:
    made = [p for p in wild(400, 1) if p.price and not p.price.startswith("-") and p.currency]
    made = [
        replace(p, freight="" if p.freight == "-1" else p.freight, packages=p.packages.replace("-", "")) for p in made
    ]
    rows = rows_of(made)
    before = ParcelFacts(rows, OF, law)
    chance = np.random.default_rng(3)
    known = {name: chance.integers(0, 50_000, len(made)) for name in ("customs_value", "duty", "payable", *HISTORY)}
    after = ParcelFacts(rows, OF, law, known)
    context = Context(law, datetime(2026, 11, 26, tzinfo=UTC), KEY)
    differ = []
    for n, parcel in enumerate(made):
        header, items = lodged_facts(lodgement(parcel, OF))
        walk, _, _ = walked(number(1, n + 1), parcel, OF, context, HistoryFacts(), (999_999, 999_999))
        late = walk.declaration.acceptance is not None and assessed_facts(walk.declaration)
        for name, (kind, _) in {**WHOLE, **ITEM}.items():
            scalar = getattr(header if name in WHOLE else items[0], name)
            if value_of(before.column(name), n, kind) != scalar:
                differ.append((name, parcel, scalar))
            if late and name not in known and name not in ("customs_value_total", "payable_total", "value_per_kg"):
                scalar = getattr(late[0] if name in WHOLE else late[1][0], name)
                if value_of(after.column(name), n, kind) != scalar:
                    differ.append((name, parcel, scalar))
    assert not differ, differ[:3]


@pytest.mark.parametrize("seed", range(4))
def test_columns_and_the_line_say_the_same_of_wild_parcels(law: Any, seed: int) -> None:
    worked, line = kernel(law, Eyes(KEY, typical={code[:4]: 5000 for _, code, *_ in GOODS}))
    day, made = Day(), wild(500, seed)
    seen: Counter[str] = Counter()
    for start in (0, 250):
        found = worked.judge(replace_lines(rows_of(made[start : start + 250]), start), 7, day)
        seen += equal(found, line)
    assert set(seen) >= {"released", "due", "file", "refused"}


def replace_lines(rows: Rows, start: int) -> Rows:
    return msgspec.structs.replace(rows, line=rows.line + start)


def test_officers_criteria_and_the_shares_of_their_policy_hold_for_parcels(law: Any) -> None:
    criterion = Criterion(
        validity=Validity(date(2020, 1, 1)),
        id="RC1",
        lane="RED",
        text={"en": "Batteries"},
        expression="starts(code, '8507')",
    )
    trial = replace(criterion, id="RC2", expression="customs_value > 4000 and origin == 'DE'")
    for policy in (Policy(floor_ppm=200_000), Policy(exploration_ppm=100_000)):
        worked, line = kernel(law, Eyes(KEY, Selectivity([criterion], [trial], {}, policy)))
        found = worked.judge(rows_of(list(parcels(300, "officers"))), 3, Day())
        equal(found, line)
        lanes = [found.lane[c] for c in found.lane_code]
        code = found.rows.text["code"].texts().to_pylist()
        assert all(lanes[n] == "RED" for n in range(300) if code[n].startswith("8507") and found.verdict[n] == FILE)
        assert "RED" in lanes and "YELLOW" in lanes


def test_a_listed_name_never_passes(law: Any) -> None:
    asked: list[str] = []
    worked, line = kernel(law, Eyes(KEY, alarming=lambda names: [n == "Keller Trading 1" for n in names]))
    worked.line = lambda n, p, h, d: asked.append(p.reference) or line(n, p, h, d)  # type: ignore[func-returns-value]
    made = [replace(p, consignor="Keller Trading 1") for p in parcels(20, "listed")]
    worked.judge(rows_of(made), 3, Day())
    assert {p.reference for p in made} <= set(asked)


def test_a_parcel_that_names_what_an_officer_asked_for_is_judged_by_the_line(law: Any) -> None:
    """As many as one by one: a receiver, a sender, both addresses, transport documents, the declarant."""
    made = [
        replace(p, previous=f"N740|172-{n % 7}", documents=f"N741|{n}", consignor_address="1 Road", consignor_city=f"Town {n % 5}")
        for n, p in enumerate(wild(120, "marked"))
    ]  # fmt: skip
    rows, every = rows_of(made), [{(link.kind, link.key) for link in network.links(lodgement(p, OF))} for p in made]
    chance = np.random.default_rng(8)
    for kind in ("importer", "exporter", "address", "document", "declarant", "address"):
        told = sorted({link for links in every for link in links if link[0] == kind})
        marks_ = dict.fromkeys(told[n] for n in chance.integers(0, len(told), 3))
        found = Named(marks_, OF)(rows)
        assert found.tolist() == [not links.isdisjoint(marks_) for links in every] and found.any()
    worked, line = kernel(law, Eyes(KEY, marked=Named({("document", "1723"): None}, OF)))
    asked: list[str] = []
    worked.line = lambda n, p, h, d: asked.append(p.reference) or line(n, p, h, d)  # type: ignore[func-returns-value]
    judged = worked.judge(rows, 3, Day())
    for n in range(3, len(made), 7):
        assert judged.verdict[n] in (REFUSED, REPEATED) or made[n].reference in asked


def test_where_line_and_columns_disagree_the_work_stops(law: Any) -> None:
    worked, line = kernel(law)
    worked.line = lambda n, p, h, d: replace(line(n, p, h, d), payable=1)
    with pytest.raises(Disagreement, match="the line says"):
        worked.judge(rows_of(list(parcels(5000, "sample"))), 3, Day())


def test_a_rule_that_columns_cannot_answer_is_refused_with_the_reason(law: Any) -> None:
    criterion = Criterion(
        validity=Validity(date(2020, 1, 1)),
        id="RC9",
        lane="RED",
        text={"en": "x"},
        expression="documents == header_documents",
    )
    with pytest.raises(NotForParcels, match=r"rule RC9 cannot be asked of parcels: .*compares two sets"):
        kernel(law, Eyes(KEY, Selectivity([criterion], [], {}, None)))


def test_a_book_is_asked_of_parcels_before_it_is_published(
    law: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert publication.of_book(law) == ()
    lists = {"watch": ("N935",)}
    told = [
        publication.of_criterion("RC9", text, lists, law)
        for text in (
            "documents == header_documents",
            "meets(documents, watch)",
            "duty * 2 > 100 and consignee_parcels_today > 3",
        )
    ]
    assert [len(problems) for problems in told] == [1, 0, 0]
    assert "Rule RC9 cannot be asked of parcels" in told[0][0].label and "meets(documents" in told[0][0].hint
    pack = tmp_path / "meridia"
    shutil.copytree(Path(__file__).resolve().parents[2] / "countries/meridia", pack)
    rules = (pack / "rules.toml").read_text()
    (pack / "rules.toml").write_text(
        rules.replace('"description not in vague_words"', '"documents == header_documents"')
    )
    published: list[bytes] = []
    monkeypatch.setattr("customhouse.registry.lawbook.publish", lambda data, **_: published.append(data))
    with pytest.raises(typer.Exit), monkeypatch.context() as told_to:
        told_to.setattr("customhouse.house.start.connect_environment", lambda: None)
        told_to.setattr("customhouse.house.start.setup_django", lambda: None)
        law_command.publish(str(pack), "", "operator")
    assert not published
    monkeypatch.setattr(publication, "is_asked", lambda: False)  # where the extra is not installed
    assert publication.of_criterion("RC9", "documents == header_documents", {}, law) == ()


# --- what came before -------------------------------------------------------------------------------------------------


def test_counts_stop_before_the_row_they_are_about_and_are_the_same_in_chunks_of_any_size() -> None:
    chance = np.random.default_rng(5)
    asked, value = chance.integers(0, 40, 900).astype(np.uint64), chance.integers(0, 1000, 900)
    counted = chance.random(900) < 0.8
    expected, count, worth = [], Counter[int](), Counter[int]()
    for key, much, counts in zip(asked.tolist(), value.tolist(), counted.tolist(), strict=True):
        expected.append((count[key], worth[key]))
        count[key] += counts
        worth[key] += much * counts
    for size in (1, 7, 250, 900):
        tally, found = counters.Tally(), []
        for start in range(0, 900, size):
            part = slice(start, start + size)
            got = tally.meet(counters.grouped(asked[part]), value[part], counted[part])
            found += zip(got.count.tolist(), got.value.tolist(), strict=True)
        assert found == expected


def test_splitting_and_likes_are_seen_and_told(law: Any) -> None:
    one = Parcel(
        reference="A1", consignor="S", consignor_country="CN", consignee="Ana Adler", postcode="10001", description="wool scarf",
        code="61091000", origin="CN", gross_mass="1", net_mass="1", price="90", currency="USD", procedures="C07", invoice="1",
    )  # fmt: skip
    made = [
        one,
        replace(one, reference="A2", consignee="ANA  ADLER."),
        replace(one, reference="A3"),
        replace(one, price="3", reference="B"),
    ]
    worked, line = kernel(law)
    found = worked.judge(rows_of(made), 3, Day())
    equal(found, line)
    assert found.history["consignee_parcels_today"].tolist() == [0, 1, 2, 3]
    assert found.history["alike_today"].tolist() == [0, 1, 2, 0]
    assert [v == FILE for v in found.verdict[1:]] == [True, True, True]
    assert found.history["consignee_value_today"].tolist()[-1] == 27_000 and not found.files
    assert "SC027" in found.told[1] and "SC029" in found.told[2]


def test_the_same_parcel_twice_counts_once_and_another_under_its_reference_is_refused(law: Any) -> None:
    one = next(parcels(1, "twice"))
    (worked, _), day = kernel(law), Day()
    found = worked.judge(rows_of([one, one, replace(one, price="1.00")]), 3, day)
    assert found.verdict.tolist()[1:] == [REPEATED, REFUSED]
    mrn = issue_mrn("XM", DAY, number(3, 1))
    assert mrn in found.told[1] and mrn in found.told[2] and "DuplicateLRN" in found.told[2]
    again = worked.judge(replace_lines(rows_of([one]), 10), 3, day)
    assert again.verdict.tolist() == [REPEATED] and mrn in again.told[0]


def test_a_reference_under_which_a_declaration_stands_is_refused_and_counts_for_nobody(law: Any) -> None:
    first, other, third = parcels(3, "stands")
    standing = np.sort(counters.references(OF.declarant, pa.array([first.reference, other.reference, "elsewhere"])))
    worked, _ = kernel(law, Eyes(KEY, standing=standing))
    asked: list[str] = []
    day = Day(lambda names: asked.extend(names) or {first.reference})  # type: ignore[func-returns-value]
    found = worked.judge(rows_of([first, first, other, replace(third, consignee=first.consignee)]), 3, day)
    assert sorted(asked) == sorted((first.reference, other.reference))
    assert [v == REFUSED for v in found.verdict] == [True, True, False, False] and first.reference in found.told[1]
    assert len(day.firsts) == 2 and not found.history["consignee_parcels_today"].any()


def test_the_steps_of_the_kernel_may_each_run_in_another_process(law: Any) -> None:
    made = wild(300, 9)
    (one, _), (other, _), day = kernel(law), kernel(law), Day()
    whole = one.judge(rows_of(made), 7, Day())
    ahead = [
        pickle.loads(pickle.dumps(other.prepare(replace_lines(rows_of(made[at : at + 100]), at), 7)))
        for at in (0, 100, 200)
    ]
    parts = [kernel(law)[0].finish(p, pickle.loads(pickle.dumps(day.meet(p.asked)))) for p in ahead]
    packed = [[segment.unpacked(blob) for blob in segment.packed(part)] for part in (*parts, whole)]
    for facts_or_texts in zip(*packed, strict=True):
        *some, all_ = (table.to_pylist() for table in facts_or_texts)
        assert [row for part in some for row in part] == all_
    assert [f.declaration for part in parts for f in part.files] == [f.declaration for f in whole.files]


def test_thirty_thousand_times_the_same_parcel_is_one_parcel(law: Any) -> None:
    (worked, _), day = kernel(law), Day()
    one = next(parcels(1, "many"))
    for start in (0, 15_000):
        found = worked.judge(replace_lines(rows_of([one] * 15_000), start), 3, day)
        assert Counter(found.verdict.tolist())[REPEATED] == 15_000 - (start == 0)
    assert len(day.consignee) == 1


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_mrns_are_those_of_the_long_room_and_draws_are_spread_evenly() -> None:
    numbers = np.array([number(c, r) for c in (1, 77, 2**25) for r in (1, 2, 35, 36, 2**24 - 1)])
    assert layout.mrns("XM", DAY, numbers).to_pylist() == [issue_mrn("XM", DAY, int(n)) for n in numbers]
    many = np.arange(100_000) + number(5, 1)
    one, other = marks.draws(KEY, many)
    assert abs(np.mean(one < 30_000) - 0.03) < 0.003 and abs(np.corrcoef(one, other)[0, 1]) < 0.02
    assert not np.array_equal(one, marks.draws(b"j" * 32, many)[0])
