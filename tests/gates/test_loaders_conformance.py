"""Foreign tariffs and lists as they are: loaded whole, or refused with a reason; and the kit's subject taric3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.gates.taric3_samples import TARIFF, row, source

from customhouse.gates import taric3
from customhouse.house.conformance import run
from customhouse.house.conformance.material import pieces
from customhouse.house.conformance.report import Skip
from customhouse.house.loading import Outcome, Wish, load
from customhouse.kernel.problem import Refusal, errors
from customhouse.law.loading import Setting, Source

UNDERSTOOD = 0.98


def test_the_subject_taric3_judges_envelopes(tmp_path: Path) -> None:
    (tmp_path / "good.xml").write_bytes(source(TARIFF).data)
    (tmp_path / "gone.xml").write_bytes(source([row("footnote.type", "delete", footnote_type_id="TM")]).data)
    (tmp_path / "cut.xml").write_bytes(source(TARIFF).data[:3000])
    (tmp_path / "odd.xml").write_bytes(source(TARIFF).data.replace(b"base.regulation>", b"basis.regulation>"))
    (tmp_path / "other.xml").write_bytes(b"<Declaration><envelope/></Declaration>")
    (tmp_path / "note.txt").write_text("an envelope, they say")
    report = run("taric3", tmp_path)
    assert {c.id: c.verdict for c in report.cases} == {
        "good.xml": "agree",
        "gone.xml": "agree",
        "cut.xml": "agree",
        "odd.xml": "explained",
    }
    assert {s.id for s in report.left_out} == {"other.xml", "note.txt"}
    assert next(c for c in report.cases if c.id == "cut.xml").expected == "refused: not well-formed"
    json.dumps(report.as_dict())


@pytest.mark.parametrize("fault", ["drop", "change", "derive"])
def test_the_subject_taric3_finds_what_goes_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    (tmp_path / "a.xml").write_bytes(source(TARIFF).data)
    apply = taric3.Store._apply

    def faulty(self: taric3.Store, record: Any, key: Any, findings: Any) -> str:
        done = apply(self, record, key, findings)
        if record.name == "footnote" and fault == "drop":
            del self.records[record.name, record.key]
        if record.name == "footnote" and fault == "change":
            self.records[record.name, record.key] = record.fields | {"validity.end.date": "2027-01-01"}
        return done

    if fault == "derive":
        monkeypatch.setattr("customhouse.law.pack_write._when", lambda w: {"from": "", "until": "", "source": w.source})
    else:
        monkeypatch.setattr(taric3.Store, "_apply", faulty)
    (case,) = run("taric3", tmp_path).cases
    assert case.verdict == "mismatch"


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Path:
    for found in sorted(shared_data.rglob("hs2022.csv")):
        return found.parent
    pytest.skip("the reference lists are absent")


@pytest.fixture(scope="module")
def envelopes(shared_data: Path) -> Path:
    found = sorted(shared_data.rglob("taric3_envelopes*"))
    return found[0] if found else pytest.skip("the TARIC3 envelopes are absent")


@pytest.mark.conformance
def test_every_envelope_is_loaded_or_refused_with_a_reason(envelopes: Path) -> None:
    report = run("taric3", envelopes)
    print(f"taric3: {report.agree} agree, {report.explained} explained, {report.mismatch} mismatch")
    assert [c for c in report.cases if c.verdict == "mismatch"] == []
    assert all(c.reason and c.got for c in report.cases if c.verdict == "explained")
    assert report.agree >= UNDERSTOOD * len(report.cases) > 100


@pytest.mark.conformance
def test_all_envelopes_together_make_one_layer_that_can_be_checked(envelopes: Path, pack: Path) -> None:
    outcome = _twice("taric3", envelopes, pack)
    account = outcome.reading.account
    assert account.taken + account.noted >= UNDERSTOOD * account.read
    from customhouse.law.book import Book, compile_pack

    book = Book.open(compile_pack(pack))
    held = taric3.Store.read({p.name: p.read_bytes() for p in (pack / "first").iterdir()}).records
    assert {m.id.split("/")[0] for m in book.contents.measures} <= {k[1][0] for k in held if k[0] == "measure"}
    unsaid = {p.where for p in outcome.reading.problems if p.where.startswith("measure ")}
    for name, key in held:
        if name == "measure":
            assert key[0] in {m.id for m in book.contents.measures} or f"measure {key[0]}" in unsaid


@pytest.mark.conformance
def test_the_envelopes_one_after_another_and_again_change_nothing_the_second_time(envelopes: Path) -> None:
    sources = [Source(p.id, p.data) for p in pieces(envelopes) if not isinstance(p, Skip)]
    beside: dict[str, bytes] = {}
    for one in sources:
        beside = taric3.read([one], Setting(), beside).beside
    for one in sources:
        assert taric3.read([one], Setting(), beside).beside == beside


def _twice(kind: str, file: Path, pack: Path, **wish: Any) -> Outcome:
    """Load a file twice; what the first did. The second must not change a byte."""
    try:
        outcome = load(kind, [file], pack / "first", Wish(**wish))
    except Refusal as refusal:
        pytest.fail("\n".join(map(str, errors(refusal.problems))))
    held = {p.name: p.read_bytes() for p in (pack / "first").iterdir()}
    assert outcome.written
    assert not load(kind, [file], pack / "first", Wish(**wish)).written
    assert {p.name: p.read_bytes() for p in (pack / "first").iterdir()} == held
    account = outcome.reading.account
    print(f"{kind} {file.name}: {account}", *outcome.reading.problems[:20], sep="\n  ")
    return outcome


@pytest.mark.conformance
def test_commodities_of_the_tariff_api(shared_data: Path, pack: Path) -> None:
    files = sorted(shared_data.rglob("uk_tariff_api/*.json.gz"))
    if not files:
        pytest.skip("the commodities are absent")
    outcome = _twice("tariff-json", files[0].parent, pack)
    account = outcome.reading.account
    assert account.taken >= UNDERSTOOD * account.read > 5 * len(files)
    charged = [m for m in outcome.reading.layer.measures if m.expression_text]
    assert sum(m.expression is not None for m in charged) >= 0.9 * len(charged)
    assert {line.code for line in outcome.reading.layer.lines} >= {
        line.code[:2] for line in outcome.reading.layer.lines
    }


@pytest.mark.conformance
@pytest.mark.parametrize(
    ("kind", "name", "part", "least", "noted"),
    [
        ("hs", "hs2022.csv", "lines", 6_900, 0.01),
        ("unlocode", "unlocode_with_coordinates.csv.bz2", "places", 90_000, 0.0),
        ("units", "unece_rec20_units.json", "entries", 2_000, 0.2),
        ("packages", "unece_rec21_packages_rev12.xls", "entries", 380, 0.05),
        ("countries", "country_currency_codes.csv", "entries", 390, 0.0),
        ("offices", "eu_col/customs_offices.csv.gz", "entries", 4_000, 0.0),
        ("lists", "hmrc_cds_code_lists.tar.gz", "entries", 3_000, 0.0),
        ("lists", "ncts_lists", "entries", 500, 0.0),
        ("lists", "eu_col/CountryCodesFullList.csv.gz", "entries", 250, 0.0),
        ("areas", "uk_geographical_areas.json.gz", "memberships", 500, 0.0),
        ("rates", "fx_monthly_fed.csv", "rates", 15_000, 0.0),
    ],
)
def test_reference_lists_are_loaded_whole(
    reference: Path,
    pack: Path,
    kind: str,
    name: str,
    part: str,
    least: int,
    noted: float,
) -> None:
    file = reference / name
    if not file.exists():
        pytest.skip(f"{name} is absent")
    outcome = _twice(kind, file, pack)
    account = outcome.reading.account
    assert account.refused == 0
    assert account.noted <= noted * account.read
    assert len(getattr(outcome.reading.layer, part)) >= least


@pytest.mark.conformance
def test_a_list_with_a_broken_line_is_refused_and_can_be_loaded_without_it(reference: Path, pack: Path) -> None:
    file = reference / "eu_col" / "unlocode.csv.gz"
    if not file.exists():
        pytest.skip("the places of the Union are absent")
    with pytest.raises(Refusal) as caught:
        load("unlocode", [file], pack / "first", Wish())
    assert all(p.where and p.hint for p in errors(caught.value.problems))
    assert list((pack / "first").iterdir()) == []
    outcome = _twice("unlocode", file, pack, skip_bad=True)
    assert 0 < outcome.reading.account.refused < 0.001 * outcome.reading.account.read
