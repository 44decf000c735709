"""Entry summary declarations in a real register: what each message gets, once; amended, stopped, found, never changed."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from customhouse.clearance import entry_summary
from customhouse.clearance.entry_summary import NotPermitted, answer, declared, intervene, lodge
from customhouse.gates.ens import tree
from customhouse.kernel.mrn import MRN
from customhouse.record.declaration import Role
from customhouse.record.ens import EntryState
from customhouse.registry import entry_summary as register

pytestmark = pytest.mark.usefixtures("house")
CARRIER, OTHER = "XM100000058", "XM100000009"
EXAMPLES = Path(__file__).parents[2] / "examples" / "ens"


def message(lrn: str = "", *, lodger: str = CARRIER, **changes: str) -> bytes:
    """Our example of a ship's IE315 with a reference of its own, lodged by `lodger`; `changes` replace words in it."""
    text = (EXAMPLES / "good" / "01-sea-groupage.xml").read_text("utf-8")
    text = text.replace("2026-KESTREL-0041", lrn or f"E-{uuid.uuid4().hex[:12]}")
    text = _tin(text, lodger)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def _tin(text: str, tin: str) -> str:
    before, _, rest = text.partition("<TINPLD1>")
    return f"{before}<TINPLD1>{tin}{rest[rest.index('</TINPLD1>') :]}"


def amendment(mrn: str, *, lodger: str = CARRIER, goods: str = "SHOES, AND THEIR SOLES") -> bytes:
    text = (EXAMPLES / "good" / "03-amendment.xml").read_text("utf-8")
    before, _, rest = text.partition("<DocNumHEA5>")
    text = f"{before}<DocNumHEA5>{mrn}{rest[rest.index('</DocNumHEA5>') :]}"
    before, _, rest = text.partition("<GooDesGDS23>")
    text = f"{before}<GooDesGDS23>{goods}{rest[rest.index('</GooDesGDS23>') :]}"
    return _tin(text, lodger).encode()


def name(data: bytes) -> str:
    return tree.parse(data).name


def taken() -> register.EntrySummaryRow:
    outcome = lodge(message(), by=CARRIER)
    assert outcome.result == "new", outcome.problems
    assert outcome.row is not None
    return outcome.row


def test_one_that_is_in_order_gets_its_number_and_is_found_by_what_it_names() -> None:
    data = message()
    outcome = lodge(data, by=CARRIER)
    row, step = outcome.row, outcome.step
    assert row is not None
    assert step is not None
    assert (outcome.result, row.state, row.carrier) == ("new", EntryState.REGISTERED, CARRIER)
    assert MRN.parse(row.mrn)[16] == "F"
    assert step.source == data
    told = answer(row, step)
    assert name(told) == "CC328A"
    assert row.mrn.encode() in told
    assert told == answer(register.get(row.mrn), register.steps(row.id)[0])
    assert (row.conveyance, row.transport, row.mode, row.items) == ("KST041W", "9321483", "1", 3)
    assert row.expected is not None
    assert f"{row.expected:%Y-%m-%d %H:%M}" == "2026-11-22 14:00"
    assert row.containers == ("KSTU4100218", "KSTU4100305")
    for found in (
        register.rows(text="KSTU4100305"),
        register.rows(text=row.mrn.lower(), carrier=CARRIER),
        register.rows(text="KES77120-1"),
        register.naming(documents=["KES77120-1"]),
        register.naming(containers=["KSTU4100218", "x"]),
    ):
        assert row in found
    assert row not in register.rows(carrier=OTHER)


def test_the_same_again_is_the_same_answer_and_other_content_is_refused() -> None:
    data = message(lrn := f"E-{uuid.uuid4().hex[:12]}")
    first, second = lodge(data, by=CARRIER), lodge(data, by=CARRIER)
    assert (first.result, second.result) == ("new", "same")
    assert first.row is not None
    assert second.row is not None
    assert first.step is not None
    assert second.step is not None
    assert answer(first.row, first.step) == answer(second.row, second.step)
    other = lodge(message(lrn, **{"LADIES SHOES, UPPER OF LEATHER": "BOOTS"}), by=CARRIER)
    assert other.result == "other"
    assert [p.rule for p in other.problems] == ["DuplicateLRN"]
    assert first.row.mrn in other.problems[0].label
    assert len([r for r in register.rows(carrier=CARRIER) if r.lrn == lrn]) == 1


def test_one_that_breaks_rules_is_rejected_with_all_of_them_and_its_reference_is_free_again() -> None:
    data = message(lrn := f"E-{uuid.uuid4().hex[:12]}", **{"<TotNumOfIteHEA305>3<": "<TotNumOfIteHEA305>7<"})
    outcome = lodge(data, by=CARRIER)
    assert (outcome.result, [p.rule for p in outcome.problems]) == ("rejected", ["1101"])
    assert outcome.row is not None
    assert outcome.step is not None
    assert (outcome.row.state, outcome.row.mrn) == (EntryState.REJECTED, "")
    told = answer(outcome.row, outcome.step)
    assert name(told) == "CC316A"
    assert b"<ErrReaER13>1101</ErrReaER13>" in told
    assert lodge(data, by=CARRIER).result == "same"
    assert lodge(message(lrn), by=CARRIER).result == "new"


@pytest.mark.parametrize(
    ("data", "result", "rule"),
    [
        (b"", "unreadable", "EmptyFile"),
        (b"<x/>", "unreadable", "NotAnEntrySummary"),
        (message()[:500], "unreadable", "MalformedXML"),
        (message(lodger=OTHER), "not_yours", "NotYours"),
        (amendment("26XM110000000001F4"), "unknown", "UnknownMRN"),
        (message(**{"<IteNumGDS7>1<": "<IteNumGDS7>one<"}), "unreadable", "InvalidCharacters"),
    ],
)
def test_what_cannot_be_taken_is_told_and_leaves_nothing(data: bytes, result: str, rule: str) -> None:
    before = register.rows(limit=1)
    outcome = lodge(data, by=CARRIER)
    assert outcome.result == result
    assert rule in [p.rule for p in outcome.problems]
    assert outcome.row is None
    assert register.rows(limit=1) == before


def test_an_amendment_is_taken_from_its_own_carrier_only_and_once() -> None:
    row = taken()
    assert lodge(amendment(row.mrn, lodger=OTHER), by=OTHER).result == "unknown"
    data = amendment(row.mrn)
    outcome = lodge(data, by=CARRIER)
    assert outcome.result == "new", outcome.problems
    assert outcome.row is not None
    assert outcome.step is not None
    assert (outcome.row.version, outcome.row.mrn, outcome.row.lrn) == (2, row.mrn, row.lrn)
    assert name(answer(outcome.row, outcome.step)) == "CC304A"
    assert declared(outcome.row).items[0].description == "SHOES, AND THEIR SOLES"
    assert declared(outcome.row, 1).items[0].description == "LADIES SHOES, UPPER OF LEATHER"
    assert lodge(data, by=CARRIER).result == "same"
    assert register.get(row.mrn).steps == 2


def test_an_officer_stops_the_loading_and_no_amendment_follows() -> None:
    row = taken()
    with pytest.raises(NotPermitted, match="may not stop"):
        intervene(row.mrn, "why not", by="cora", role=Role.CARRIER)
    with pytest.raises(NotPermitted, match="reason"):
        intervene(row.mrn, " ", by="oscar", role=Role.OFFICER)
    with pytest.raises(NotPermitted, match="no item 9"):
        intervene(row.mrn, "x", by="oscar", role=Role.OFFICER, item=9)
    stopped = intervene(row.mrn, "Arms suspected", by="oscar", role=Role.OFFICER, item=2)
    assert (stopped.state, stopped.steps) == (EntryState.STOPPED, 2)
    told = answer(stopped, register.steps(row.id)[1])
    assert name(told) == "CC351A"
    assert b"Arms suspected" in told
    refused = lodge(amendment(row.mrn), by=CARRIER)
    assert refused.result == "rejected"
    assert refused.row is not None
    assert refused.step is not None
    assert name(answer(refused.row, refused.step)) == "CC305A"
    assert register.get(row.id).version == 1


@pytest.mark.parametrize("sql", ["update entry_summary_step set carrier = 'x'", "delete from entry_summary_step"])
def test_what_was_received_and_decided_is_never_changed(sql: str) -> None:
    taken()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_house_without_rules_takes_what_is_well_formed(settings: object) -> None:
    settings.ENS_RULES = None  # type: ignore[attr-defined]
    assert entry_summary.rules() is None
    assert lodge(message(**{"<TotNumOfIteHEA305>3<": "<TotNumOfIteHEA305>7<"}), by=CARRIER).result == "new"
