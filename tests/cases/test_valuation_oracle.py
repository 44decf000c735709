"""The customs value of foreign sample declarations is the base on which their authority charged duty, to the penny."""

from __future__ import annotations

import csv
import tarfile
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from tests.valuations import law, valued

from customhouse.gates import wco_xml
from customhouse.kernel.problem import Refusal

pytestmark = pytest.mark.conformance
NATIONAL = law("GBP")
# Rows whose base is not the value of the declaration that lies beside them, and why.
EXPLAINED = {
    "TT_IM017b": "the answer speaks of a price of 10,000, the declaration of 3,000",
    "TT_IM065a": "a quota was exhausted: only a part of the value bears this rate",
    "TT_IM082a": "the price was amended from 1,000 to 999 by a later message",
    "TT_IM115a": "a quota was exhausted: only a part of the value bears this rate",
}


@pytest.fixture(scope="module")
def samples(shared_data: Path) -> dict[str, bytes]:
    """Every file of the archive of sample messages, by its path."""
    archive = shared_data / "customs" / "messages" / "cds" / "cds_annotated_dev.tar.gz"
    with tarfile.open(archive) as opened:
        found = ((m.name.removeprefix("./"), opened.extractfile(m)) for m in opened if m.isfile())
        return {name: stream.read() for name, stream in found if stream is not None}


def duties(shared_data: Path) -> Iterator[dict[str, str]]:
    """The rows of customs duty on a value, of a declaration that is at hand."""
    with (shared_data / "customs" / "messages" / "cds" / "duty_oracle_dev.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            if row["tax"].startswith("A") and row["adval_base"] and row["d_file"]:
                yield row


def test_the_value_is_the_base_of_the_duty(samples: dict[str, bytes], shared_data: Path) -> None:
    outcome: Counter[str] = Counter()
    for row in duties(shared_data):
        try:
            declared = wco_xml.read(samples[row["d_file"]])
        except Refusal:
            outcome["unreadable"] += 1
            continue
        value = next(i.value for i in valued(declared, NATIONAL).items if i.item == int(row["item"]))
        same = value.amount == Decimal(row["adval_base"])
        assert same or row["scenario"] in EXPLAINED, (row["scenario"], row["item"], row["adval_base"], str(value))
        outcome["same" if same else "explained"] += 1
    assert outcome["same"] >= 100 and outcome["explained"] <= 10 and outcome["unreadable"] <= 10, outcome
