"""The order of answers, folder by folder: our own scenarios, where agreement, explanation and mismatch are known beforehand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from wco_samples import wrapped

from customhouse.gates import wco_xml
from customhouse.gates.wco_xml import response as gate
from customhouse.house.conformance import run
from customhouse.house.conformance.report import Case
from customhouse.record.lodgement import GoodsLocation, GoodsShipment, Lodgement, TransportConsignment
from customhouse.record.parts import Stamp
from customhouse.record.response import Answered, Error, Response, Statement, Status

START = datetime(2025, 3, 3, 9, 0, 0)
MINUTE = 60


def told(function: str, at: int, status: str = "", *, mrn: str = "25GB000000000000R1", **more: object) -> Response:
    """A message issued `at` seconds after the start."""
    return Response(
        function,
        f"{mrn}-{function}-{at}",
        Stamp(f"{START + timedelta(seconds=at):%Y%m%d%H%M%S}Z", "304"),
        statuses=(Status(code=status),) if status else (),
        declaration=Answered(lrn="A", mrn=mrn, version="1"),
        **more,  # type: ignore[arg-type]
    )


def declared(**changes: str) -> Lodgement:
    """The first item of our sample: goods of a known code, at a price."""
    sample = wco_xml.read(wrapped())
    shipment = replace(sample.goods_shipment, items=sample.items[:1])
    return replace(sample, goods_shipment=shipment, **{"type": "IMA", "function": "9", "mrn": "", **changes})


def original(type: str = "IMA") -> bytes:
    return wco_xml.write(declared(type=type))


def orders(place: Path, *answers: Response, type: str = "IMA", extra: bytes | None = None) -> list[Case]:
    folder = place / "SCENARIO"
    (folder / "answers").mkdir(parents=True)
    (folder / "declaration.xml").write_bytes(original(type))
    if extra is not None:
        (folder / "request.xml").write_bytes(extra)
    for number, answer in enumerate(answers, 1):
        (folder / "answers" / f"{number:02d}_X.xml").write_bytes(gate.write([answer]))
    return [case for case in run("cds", place).cases if "(order" in case.id]


CLEARED = (told("01", 0), told("13", 0, "67"), told("13", 5 * MINUTE, "4"), told("09", 5 * MINUTE))
AMENDED = wco_xml.write(declared(function="13", mrn="25GB000000000000R1", lrn="CHANGE"))
PLACE = Lodgement(
    goods_shipment=GoodsShipment(consignment=TransportConsignment(goods_location=GoodsLocation(name="BELBELBEL")))
)


@pytest.mark.parametrize(
    ("type", "answers"),
    [
        ("IMA", CLEARED),
        ("IMA", (told("13", 0, "67"), told("01", 1), *CLEARED[2:])),  # one moment, either order
        ("IMD", (told("02", 0), told("13", 0, "67"), told("02", 60), told("01", 60),
                 told("13", 61, "67"), told("13", 400, "4"), told("09", 400))),
        ("EXD", (told("02", 0), told("01", 60), told("07", 61, changed=PLACE), told("09", 61), told("16", 900))),
        ("IMA", (told("03", 0, errors=(Error("no", "CDS12005"),)),)),
        ("IMA", (told("01", 0), told("13", 0, "67"), told("06", 1), told("05", 1), told("02", 300), told("11", 301, "39"),
                 told("13", 302, "67"), told("13", 900, "4"), told("07", 900), told("09", 900))),
        ("IMA", (told("01", 0), told("13", 0, "67"), told("51", 90, information=(Statement(text="?"),)))),
        ("IMA", (told("01", 0), told("13", 0, "67"), told("14", 90))),
        ("IMA", (told("01", 0), told("13", 0, "67"), told("10", 90))),
        ("IMD", (told("02", 0), told("13", 0, "67"), told("02", 90), told("11", 91, "39"), told("03", 92))),
        ("EXA", (told("01", 0), told("09", 0), told("02", 90), told("11", 91, "39"), told("10", 92))),
    ],
)  # fmt: skip
def test_sequences_of_the_authority_that_we_issue_too(type: str, answers: tuple[Response, ...], tmp_path: Path) -> None:
    (case,) = orders(tmp_path, *answers, type=type)
    assert case.verdict == "agree", case
    assert case.by in ("order of the files", "order of the times")


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((CLEARED[0], CLEARED[2], told("09", 600), told("13", 700, "67")), "comes before"),  # provisional after final
        ((told("09", 0), told("01", 300), *(CLEARED[1:3])), "comes before"),
        ((*CLEARED, told("16", 900)), "only goods released for export"),
        ((*CLEARED, told("13", 600, "4")), "lacks 13/4"),
        ((told("02", 0), *CLEARED[:1], *CLEARED[2:]), "lacks 02"),  # received, though it was no pre-lodged one
    ],
)
def test_a_sequence_that_we_do_not_issue_is_a_mismatch(
    answers: tuple[Response, ...], says: str, tmp_path: Path
) -> None:
    (case,) = orders(tmp_path, *answers)
    assert case.verdict == "mismatch", case
    assert says in case.got + case.reason


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ((told("01", 0), told("09", 0)), "no tax"),
        ((told("13", 0, "115"), told("08", 1), told("09", 2)), "later part"),
        ((told("01", 0), told("13", 0, "67"), told("13", 60, "115"), told("08", 60)), "taxes left open"),
        ((told("01", 0), told("13", 0, "67"), told("50", 60)), "kinds 50"),
        ((told("01", 0), told("02", 60), told("11", 60, "41")), "refuses a request"),
        ((told("01", 0), told("13", 0, "67"), told("09", 60)), "not the final taxes"),
        ((told("01", 0), told("13", 0, "67"), told("07", 60), *CLEARED[2:]), "how it was asked for"),
    ],
)
def test_what_a_scenario_does_not_determine_is_named(
    answers: tuple[Response, ...], reason: str, tmp_path: Path
) -> None:
    (case,) = orders(tmp_path, *answers)
    assert case.verdict == "explained", case
    assert reason in case.reason


def test_answers_to_two_declarations_are_two_sequences_and_copies_count_once(tmp_path: Path) -> None:
    other = told("03", 0, mrn="25GB000000000000R2", errors=(Error("no", "X1"),))
    found = orders(tmp_path, *CLEARED, CLEARED[0], other)
    assert [case.verdict for case in found] == ["agree", "agree"]
    assert [case.got for case in found] == ["01 13/67 13/4 09", "03"]


def test_an_amendment_in_the_folder_is_the_new_version(tmp_path: Path) -> None:
    answers = (*CLEARED[:2], told("02", 90), told("11", 91, "39"), told("13", 92, "67"), *(
        told(f, 600, s) for f, s in (("13", "4"), ("07", ""), ("09", ""))
    ))  # fmt: skip
    (case,) = orders(tmp_path, *answers, extra=AMENDED)
    assert (case.verdict, case.reason) == ("agree", "events of the scenario: amended, settled")


def test_answers_without_a_declaration_beside_them_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "01.xml").write_bytes(gate.write([CLEARED[0]]))
    report = run("cds", tmp_path)
    assert [case.verdict for case in report.cases] == ["agree"]
    assert [skip.reason for skip in report.left_out] == ["no declaration lies in the folder of these answers"]


def test_a_line_that_forgets_a_message_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from customhouse.clearance import notification

    monkeypatch.setitem(notification.TABLE, "Accepted", lambda act, d, s: ())
    (case,) = orders(tmp_path, *CLEARED)
    assert case.verdict == "mismatch"
    assert "lacks 01" in case.got


def test_a_declaration_amended_before_it_is_withdrawn(tmp_path: Path) -> None:
    answers = (
        told("02", 0), told("13", 0, "67"), told("02", 60), told("11", 61, "39"), told("13", 62, "67"),
        told("06", 70), told("02", 120), told("11", 121, "39"), told("03", 122),
    )  # fmt: skip
    (case,) = orders(tmp_path, *answers, type="IMK")
    assert (case.verdict, case.reason) == ("agree", "events of the scenario: amended, documents, withdrawn")
