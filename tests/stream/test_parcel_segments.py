"""Segments: what lies in them is what was judged, the same rows give the same bytes, and every reference is found."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pa = pytest.importorskip("pyarrow", reason="parcels need the extra `parcels`")

import pyarrow.parquet as parquet  # noqa: E402 - only where the extra is there

from customhouse.clearance.line import Context  # noqa: E402 - only where the extra is there
from customhouse.clearance.parcel import ParcelLine  # noqa: E402
from customhouse.house.lawbooks import embedded_book  # noqa: E402
from customhouse.record.parcel import ADDED, NAMES, Consolidation  # noqa: E402
from customhouse.registry import segment as layout  # noqa: E402
from customhouse.simulator.parcels import parcels  # noqa: E402
from customhouse.stream.parcels import counters, segment  # noqa: E402
from customhouse.stream.parcels.day import Day  # noqa: E402
from customhouse.stream.parcels.kernel import HISTORY, REFUSED, REPEATED, VERDICTS, Eyes, Kernel, Verdicts  # noqa: E402
from customhouse.stream.parcels.rows import Coded, Table, settle, strings  # noqa: E402

OF = Consolidation("XM100000009", "MORNING", "XM000040", "5", "XM")
KEY = b"k" * 32


@pytest.fixture(scope="module")
def judged() -> Verdicts:
    """Three hundred made-up parcels with their verdicts."""
    law = embedded_book().on(date(2026, 11, 26))
    made = [msgspec.structs.replace(p, currency=p.currency or "USD") for p in parcels(300, "segment")]
    rows, _ = settle(Table(np.arange(2, 302), strings([[getattr(p, n) for n in NAMES] for p in made]), []))
    line = ParcelLine(OF, Context(law, datetime(2026, 11, 26, 8, tzinfo=UTC), KEY))
    return Kernel(law, OF, Eyes(KEY), line).judge(rows, 7, Day())


def test_a_segment_holds_every_row_as_it_was_judged(judged: Verdicts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment, "GROUP", 128)
    facts, texts = segment.packed(judged)
    found = segment.unpacked(facts).to_pydict() | segment.unpacked(texts).to_pydict()
    assert tuple(found) == (*layout.FACTS, *layout.TEXTS)
    for name in NAMES:
        assert found[name] == judged.rows.text[name].texts().to_pylist(), name
    assert found["line"] == judged.rows.line.tolist()
    assert found["verdict"] == [VERDICTS[n] for n in judged.verdict]
    nothing = [n in (REFUSED, REPEATED) for n in judged.verdict]
    assert found["lane"] == ["" if no else judged.lane[n] for no, n in zip(nothing, judged.lane_code, strict=True)]
    assert found["told"] == [judged.told.get(n, "") for n in range(300)] and any(found["told"])
    for name, column in {
        "value": judged.value,
        "duty": judged.duty,
        "payable": judged.payable,
        **judged.history,
    }.items():
        assert found[name] == column.tolist(), name
    assert layout.HISTORY == HISTORY
    second = segment.unpacked(texts, ["city", "reference"], groups=[1])
    assert second.column_names == ["city", "reference"]
    assert second["reference"].to_pylist() == found["reference"][128:256]


def test_segments_and_keys_of_before_the_reduced_data_set_was_whole_are_still_read(judged: Verdicts) -> None:
    def older(blob: bytes) -> bytes:
        table, sink = segment.unpacked(blob), pa.BufferOutputStream()
        parquet.write_table(table.drop_columns([n for n in ADDED if n in table.column_names]), sink)
        return bytes(sink.getvalue())

    facts, texts = (older(blob) for blob in segment.packed(judged))
    again = segment.rows_of(segment.unpacked(facts), segment.unpacked(texts))
    assert [again.parcel(n) for n in range(300)] == [judged.rows.parcel(n) for n in range(300)]
    assert segment.unpacked(facts, ["statements", "code"]).column_names == ["statements", "code"]
    assert layout.at(texts, [7]).column_names == [n for n in layout.TEXTS if n not in ADDED]
    content = counters.keys(judged.rows, "XM100000009").content
    assert int(np.bitwise_xor.reduce(content)) == 0x578297EB082BA420  # as it was: a day goes on over an upgrade
    more = msgspec.structs.replace(judged.rows, text={**judged.rows.text, "agent": judged.rows.text["origin"]})
    says = judged.rows.text["origin"].texts().to_numpy(zero_copy_only=False) != ""
    assert np.array_equal(counters.keys(more, "XM100000009").content != content, says)


def test_the_same_rows_give_the_same_bytes_whatever_their_dictionaries(judged: Verdicts) -> None:
    chance = random.Random(5)

    def otherwise(column: Coded) -> Coded:
        order = chance.sample(range(len(column.words)), len(column.words))
        place = np.argsort(order).astype(np.int32)
        words = pa.concat_arrays([pa.array(["never seen"]), column.words.take(pa.array(order))])
        return Coded(words, place[column.code] + np.int32(1))

    text = {name: otherwise(column) for name, column in judged.rows.text.items()}
    other = msgspec.structs.replace(judged, rows=msgspec.structs.replace(judged.rows, text=text))
    assert segment.packed(other) == segment.packed(judged)
    assert segment.fingerprints(other) == segment.fingerprints(judged)


def test_a_chunk_without_a_parcel_is_a_segment_too(judged: Verdicts) -> None:
    none = np.zeros(0, np.int64)
    empty = Verdicts(
        judged.rows.part(none), none, none, ["GREEN"], none, none, none, none,
        dict.fromkeys(HISTORY, none), {}, [], {},
    )  # fmt: skip
    facts, texts = segment.packed(empty)
    assert len(segment.unpacked(facts)) == len(segment.unpacked(texts)) == 0 and segment.fingerprints(empty) == b""
    assert layout.stands(b"", layout.fingerprint("LX1"), begins=True, ends=True) is False


@settings(deadline=None)
@given(st.text(max_size=300))
def test_the_fingerprint_of_one_is_that_of_many(text: str) -> None:
    assert layout.fingerprint(text) == int(counters.hashed(pa.array([text]))[0]) >> 32


def test_fingerprints_are_stored_and_so_they_never_change() -> None:
    assert [layout.fingerprint(text) for text in ("LX000000001CN", "RR123456785DE")] == PINNED


PINNED = [983240207, 2706890396]


def test_a_window_of_fingerprints_says_when_it_cannot_tell(judged: Verdicts) -> None:
    stored = segment.fingerprints(judged)
    for word in judged.rows.text["reference"].texts().to_pylist():
        assert layout.stands(stored, layout.fingerprint(word), begins=True, ends=True)
    sought = layout.fingerprint("never 1")
    assert layout.stands(stored, sought, begins=True, ends=True) is False
    assert layout.stands(stored[:8], sought, begins=True, ends=False) is None
    assert layout.stands(stored[-8:], sought, begins=False, ends=True) in (None, False)
    assert layout.stands(stored[-8:], 1, begins=False, ends=True) is None


def test_rows_come_back_as_they_were_judged_and_single_ones_from_their_own_group(
    judged: Verdicts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segment, "GROUP", 128)
    facts, texts = segment.packed(judged)
    again = segment.rows_of(segment.unpacked(facts), segment.unpacked(texts))
    assert again.line.tolist() == judged.rows.line.tolist()
    for name in NAMES:
        assert again.text[name].texts() == judged.rows.text[name].texts()
    assert {name: n.tolist() for name, n in again.number.items()} == {
        name: n.tolist() for name, n in judged.rows.number.items()
    }
    for one, other in zip(counters.keys(again, "XM1"), counters.keys(judged.rows, "XM1"), strict=True):
        assert np.array_equal(one, other)
    whole = segment.unpacked(texts).to_pylist()
    for places in ([0], [5, 127, 128], [299], [130, 290]):
        assert layout.at(texts, places).to_pylist() == [whole[n] for n in places]
    assert sum(segment.by_lane(judged).values()) == sum(n not in (REFUSED, REPEATED) for n in judged.verdict)
