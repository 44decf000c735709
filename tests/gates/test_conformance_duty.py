"""The conformance subject duty: pairing, verdicts and reasons on made-up answers; and our record on the shared material."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest
import typer
from tax_samples import amendment, answer, declaration, item, row
from typer.testing import CliRunner

from customhouse.house.commands.conformance import conformance
from customhouse.house.conformance import Case, run

TARIFF = """commodity,description,cet_duty_rate,ukgt_duty_rate
44219999,Wood,8.0%,5.0%
22042100,Wine,32.00 EUR / hl,26.00 GBP/hl
02011000,Beef,12.80% + 176.80 EUR / 100 kg,12.00% + 147.00 GBP/100kg
95030041,Toys,3.0%,4.0%
"""
VAT = row("B00", "210.00", rate="20.00", base="1050.00")


def judged(place: Path, *answers: bytes, declared: bytes = b"", tariff: str = TARIFF) -> dict[str, Case]:
    """The cases of a folder with these answers and this declaration, by item and tax."""
    (place / "case").mkdir(exist_ok=True)
    (place / "rates.data").write_text(tariff)
    if declared:
        (place / "case" / "declared").write_bytes(declared)
    (place / "case" / "told").mkdir(exist_ok=True)
    for number, one in enumerate(answers):
        (place / "case" / "told" / f"{number}.bin").write_bytes(one)
    report = run("duty", place)
    return {c.id.partition("#")[2] if len(answers) == 1 else c.id: c for c in report.cases}


def verdicts(cases: dict[str, Case]) -> dict[str, tuple[str, str]]:
    return {name: (c.verdict, c.by) for name, c in cases.items()}


LAW, STATED, EXPLAINED, MISMATCH = ("agree", "law"), ("agree", "stated"), ("explained", ""), ("mismatch", "")


def test_what_our_own_law_reproduces(tmp_path: Path) -> None:
    told = answer("L1", row("A00", "50.00", rate="5.00", base="1000.00"), VAT)
    cases = judged(tmp_path, told, declared=declaration("L1", item()))
    assert verdicts(cases) == {"1/A00": LAW, "1/B00": LAW}
    assert "5.0 % of 1000.00 GBP" in cases["1/A00"].reason


def test_a_wrong_amount_base_or_payable_is_a_mismatch(tmp_path: Path) -> None:
    told = answer("L1", row("A00", "50.01", rate="5.00", base="1000.00"), VAT)
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", item())))["1/A00"] == MISMATCH
    told = answer(
        "L1", row("A00", "50.00", rate="5.00", base="1000.00"), row("B00", "210.00", rate="20.00", base="1050.01")
    )
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", item())))["1/B00"] == MISMATCH
    told = answer("L1", row("A00", "50.00", rate="5.00", base="1000.00", payable="49.00"), VAT)
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", item())))["1/A00"] == MISMATCH


def test_a_tax_that_only_we_charge_is_a_mismatch(tmp_path: Path) -> None:
    told = answer("L1", row("A00", "50.00", rate="5.00", base="1000.00"))
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", item())))["1/B00(ours)"] == MISMATCH


def test_specific_and_compound_rates_of_the_tariff(tmp_path: Path) -> None:
    told = answer("L1", row("A00", "855.00"), row("B00", "0.00", rate="0.00", base="1855.00"))
    beef = item("02011000", codes=("VATZ",))
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", beef))) == {"1/A00": LAW, "1/B00": LAW}
    told = answer("L1", row("A00", "52.00"), row("B00", "210.40", rate="20.00", base="1052.00"))
    wine = item("22042100", quantity="200")
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", wine))) == {"1/A00": LAW, "1/B00": LAW}


def test_a_rate_that_the_tariff_lacks_is_taken_from_the_answer_and_told(tmp_path: Path) -> None:
    told = answer(
        "L1",
        row("A00", "10.00", rate="1.00", base="1000.00", regime="300"),
        row("B00", "202.00", rate="20.00", base="1010.00", regime="300"),
    )
    cases = judged(tmp_path, told, declared=declaration("L1", item(regime="300")))
    assert verdicts(cases) == {"1/A00": STATED, "1/B00": STATED}
    assert "300: its rate is not in the material" in cases["1/A00"].reason
    told = answer("L1", row("A00", "10.00", rate="1.00", base="1000.01", regime="300"))
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", item(regime="300"))))["1/A00"] == MISMATCH


def test_an_amount_without_rate_and_base_is_explained_and_still_counts_in_the_base(tmp_path: Path) -> None:
    told = answer(
        "L1", row("A00", "50.00", rate="5.00", base="1000.00"), row("333", "285.00"),
        row("B00", "267.00", rate="20.00", base="1335.00"),
    )  # fmt: skip
    excise = '<DutyTaxFee><SpecificTaxBaseQuantity unitCode="LPA">10</SpecificTaxBaseQuantity><TypeCode>333</TypeCode></DutyTaxFee>'
    cases = judged(tmp_path, told, declared=declaration("L1", item(codes=("X333",), duties=excise)))
    assert verdicts(cases) == {"1/A00": LAW, "1/333": EXPLAINED, "1/B00": STATED}
    assert "28.5 for each LPA" in cases["1/333"].reason


def test_goods_at_risk_pay_the_duty_of_the_union_and_tax_on_it_alone(tmp_path: Path) -> None:
    told = answer(
        "L1", row("A50", "80.00", rate="8.00", base="1000.00"), row("B05", "16.00", rate="20.00", base="80.00"),
        row("B00", "200.00", rate="20.00", base="1000.00"),
    )  # fmt: skip
    cases = judged(tmp_path, told, declared=declaration("L1", item(said=("NIIMP",))))
    assert verdicts(cases) == {"1/A50": LAW, "1/B05": LAW, "1/B00": LAW}
    told = answer(
        "L1", row("A00", "40.00", rate="4.00", base="1000.00"), row("B00", "208.00", rate="20.00", base="1040.00")
    )
    cases = judged(tmp_path, told, declared=declaration("L1", item("95030041", said=("NIIMP",))))
    assert verdicts(cases) == {"1/A00": LAW, "1/B00": LAW}, "the duty of the Union is not higher"


def test_a_rate_in_euro_names_the_month_and_what_it_implies(tmp_path: Path) -> None:
    told = answer(
        "L1",
        row("A50", "55.04"),
        row("B05", "11.00", rate="20.00", base="55.04"),
        row("B00", "200.00", rate="20.00", base="1000.00"),
    )
    cases = judged(tmp_path, told, declared=declaration("L1", item("22042100", quantity="200", said=("NIIMP",))))
    assert verdicts(cases) == {"1/A50": EXPLAINED, "1/B05": STATED, "1/B00": LAW}
    assert "2025-06" in cases["1/A50"].reason and "0.86" in cases["1/A50"].reason


def test_reliefs_deposits_and_suspended_procedures(tmp_path: Path) -> None:
    told = answer(
        "L1", row("A00", "0.00", rate="5.00", base="1000.00", deduct="50.00"),
        row("B00", "0.00", rate="20.00", base="1050.00", deduct="210.00"),
    )  # fmt: skip
    cases = judged(tmp_path, told, declared=declaration("L1", item(additional=("C07", "1RV"))))
    assert verdicts(cases) == {"1/A00": LAW, "1/B00": LAW}
    told = answer(
        "L1", row("A00", "0.00", rate="5.00", base="1000.00"), VAT, row("ACS", "50.00", payable="", regime="")
    )
    cases = judged(tmp_path, told, declared=declaration("L1", item(additional=("1FV",), method="R")))
    assert verdicts(cases) == {"1/A00": LAW, "1/B00": LAW, "1/ACS": LAW}
    told = answer(
        "L1", row("A00", "50.00", rate="5.00", base="1000.00", payable="0.00"),
        row("B00", "200.00", rate="20.00", base="1000.00", payable="0.00"),
        row("IPR", "50.00", payable=""), row("IPR", "200.00", payable=""),
    )  # fmt: skip
    cases = judged(tmp_path, told, declared=declaration("L1", item(procedure="5100", method="R")))
    assert set(verdicts(cases).values()) == {LAW} and len(cases) == 4


def test_a_relief_that_the_overlay_does_not_know_is_told(tmp_path: Path) -> None:
    told = answer(
        "L1",
        row("A00", "0.00", rate="5.00", base="1000.00", deduct="50.00"),
        row("B00", "200.00", rate="20.00", base="1000.00"),
    )
    cases = judged(tmp_path, told, declared=declaration("L1", item(additional=("9ZZ",))))
    assert verdicts(cases) == {"1/A00": STATED, "1/B00": STATED}
    assert "9ZZ" in cases["1/A00"].reason
    plain = judged(tmp_path, told, declared=declaration("L1", item()))
    assert verdicts(plain)["1/A00"] == MISMATCH, "without a claim there is no relief"


def test_amendments_count_as_far_as_the_version_answered(tmp_path: Path) -> None:
    change = (
        '<Commodity><InvoiceLine><ItemChargeAmount currencyID="GBP">900</ItemChargeAmount></InvoiceLine></Commodity>'
    )
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "later").write_bytes(amendment("L1", change))
    first = answer("L1", row("A00", "50.00", rate="5.00", base="1000.00"), VAT)
    second = answer(
        "L1",
        row("A00", "45.00", rate="5.00", base="900.00"),
        row("B00", "189.00", rate="20.00", base="945.00"),
        version=2,
    )
    cases = judged(tmp_path, first, second, declared=declaration("L1", item()))
    assert set(verdicts(cases).values()) == {LAW} and len(cases) == 4


def test_amounts_worked_out_by_hand_come_from_the_amendment(tmp_path: Path) -> None:
    change = """<AdditionalDocument><CategoryCode>9</CategoryCode><ID>sheet</ID><TypeCode>WKS</TypeCode></AdditionalDocument>
    <Commodity><DutyTaxFee><SpecificTaxBaseQuantity unitCode="GBP">99</SpecificTaxBaseQuantity><TypeCode>A00</TypeCode>
    <Payment><MethodCode>E</MethodCode><PaymentAmount currencyID="GBP">7.77</PaymentAmount></Payment></DutyTaxFee>
    <DutyTaxFee><TypeCode>B00</TypeCode><Payment><MethodCode>R</MethodCode>
    <PaymentAmount currencyID="GBP">8.88</PaymentAmount></Payment></DutyTaxFee></Commodity>"""
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "later").write_bytes(amendment("L1", change))
    told = answer("L1", row("A00", "7.77"), row("MOD", "8.88", payable="", regime=""), version=2)
    assert verdicts(judged(tmp_path, told, declared=declaration("L1", item()))) == {"1/A00": LAW, "1/MOD": LAW}


def test_a_quota_that_grants_a_part_splits_the_goods(tmp_path: Path) -> None:
    beyond = answer(
        "x",
        row("A00", "40.00", rate="5.00", base="800.00"),
        row("B00", "168.00", rate="20.00", base="840.00"),
        number=2,
    )
    more = beyond.decode().partition("<GoodsShipment>")[2].partition("</GoodsShipment>")[0]
    told = answer(
        "L1", row("A00", "2.00", rate="1.00", base="200.00", regime="320"),
        row("B00", "40.40", rate="20.00", base="202.00", regime="320"), more=more,
    )  # fmt: skip
    quota = "<DutyTaxFee><QuotaOrderID>050001</QuotaOrderID></DutyTaxFee>"
    cases = judged(tmp_path, told, declared=declaration("L1", item(regime="320", duties=quota)))
    assert verdicts(cases) == {"1/A00": STATED, "1/B00": STATED, "2/A00": STATED, "2/B00": STATED}
    assert "granted 20 %" in cases["2/A00"].reason


def test_an_answer_without_its_declaration_is_worked_out_from_what_it_states(tmp_path: Path) -> None:
    told = answer("L9", row("A00", "50.00", rate="5.00", base="1000.00"), VAT)
    cases = judged(tmp_path, told)
    assert verdicts(cases) == {"1/A00": STATED, "1/B00": STATED}
    assert "no declaration in the material" in cases["1/A00"].reason
    other = judged(tmp_path, told, declared=declaration("L1", item(price="777")))
    assert verdicts(other) == {"1/A00": STATED, "1/B00": STATED}
    assert "stands for it" in other["1/A00"].reason
    wrong = answer(
        "L9", row("A00", "50.00", rate="5.00", base="1000.00"), row("B00", "210.00", rate="20.00", base="1060.00")
    )
    assert verdicts(judged(tmp_path, wrong))["1/B00"] == MISMATCH


def test_the_nearest_declaration_of_several_with_one_reference_is_taken(tmp_path: Path) -> None:
    told = answer("L1", row("A00", "50.00", rate="5.00", base="1000.00"), VAT)
    (tmp_path / "another").mkdir()
    (tmp_path / "another" / "declared").write_bytes(declaration("L1", item(price="5")))
    assert set(verdicts(judged(tmp_path, told, declared=declaration("L1", item()))).values()) == {LAW}


def test_the_command_tells_grounds_and_ends_with_one_on_a_mismatch(tmp_path: Path) -> None:
    app = typer.Typer()
    app.command()(conformance)
    (tmp_path / "tariff.csv.gz").write_bytes(gzip.compress(TARIFF.encode()))
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "d.xml").write_bytes(declaration("L1", item()))
    file = tmp_path / "case" / "a.xml"
    file.write_bytes(answer("L1", row("A00", "50.00", rate="5.00", base="1000.00"), VAT))
    done = CliRunner().invoke(
        app, ["duty", str(tmp_path / "case"), "--tariff", str(tmp_path / "tariff.csv.gz"), "--json"]
    )
    assert done.exit_code == 0 and json.loads(done.stdout)["by"] == {"law": 2}
    file.write_bytes(answer("L1", row("A00", "51.00", rate="5.00", base="1000.00"), VAT))
    done = CliRunner().invoke(app, ["duty", str(tmp_path), "--json"])
    assert done.exit_code == 1 and json.loads(done.stdout)["mismatch"] == 1


# --- the shared material


@pytest.fixture(scope="module")
def material(shared_data: Path) -> Path:
    return shared_data / "customs"


@pytest.mark.conformance
def test_the_authority_agrees_with_us_on_the_shared_answers(material: Path) -> None:
    archive = material / "messages" / "cds" / "cds_annotated_dev.tar.gz"
    report = run("duty", archive, tariff=material / "reference" / "uk_global_tariff_2021.csv.gz")
    assert [c for c in report.cases if c.verdict == "mismatch"] == []
    assert report.by["law"] >= 197 and report.agree >= 316
    assert all(c.reason for c in report.cases)
    found = {c.id.partition("!")[2]: c.verdict for c in report.cases}
    rows = list(csv.DictReader((material / "messages" / "cds" / "duty_oracle_dev.csv").read_text().splitlines()))
    seen: Counter[tuple[str, str, str]] = Counter()
    for told in rows:
        key = (told["notif"], told["item"], told["tax"])
        seen[key] += 1
        nth = f"({seen[key]})" if seen[key] > 1 else ""
        verdict = found[f"{told['notif']}#{told['item']}/{told['tax']}{nth}"]
        if told["check"] == "ok":
            assert verdict == "agree", told
    assert len(rows) == len(report.cases)


@pytest.mark.conformance
def test_the_table_of_answers_is_material_too(material: Path, tmp_path: Path) -> None:
    shutil.copy(material / "messages" / "cds" / "duty_oracle_dev.csv", tmp_path / "any-name")
    report = run("duty", tmp_path, tariff=material / "reference" / "uk_global_tariff_2021.csv.gz")
    assert report.mismatch == 0 and report.agree >= 303
