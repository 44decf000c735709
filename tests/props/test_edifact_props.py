"""The EDIFACT gate, whatever is handed in: what is written is read back, and no bytes bring the gate down."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import lodgements

from customhouse.gates import edifact
from customhouse.gates.edifact import cusdec, syntax
from customhouse.gates.edifact.mapping import Row
from customhouse.kernel.problem import Refusal
from customhouse.record.lodgement import Lodgement
from customhouse.record.paths import assemble, differences, flat, kind_of

SENDER: dict[str, Any] = {"sender": "A?'+:", "recipient": "B", "moment": "20261126:0800", "reference": "R'1"}
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30).map(str.strip).filter(bool)
plain = words.filter(lambda t: " ".join(t.split()) == t)


def again(lodged: Lodgement) -> Lodgement:
    (found,) = edifact.open_interchange(edifact.write(lodged, **SENDER)).messages
    reading = edifact.declaration(found)
    assert reading.leftovers == ()
    return reading.lodgement


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(lodgements())
def test_any_declaration_keeps_what_the_message_can_carry(lodged: Lodgement) -> None:
    """What comes back is part of what was written, and comes back unchanged from then on."""
    first = again(lodged)
    assert again(first) == first


def of_row(draw: st.DrawFn, row: Row, base: str) -> dict[str, str]:
    """Values for every field of a row under the record's part `base`."""
    values = {}
    for field in row.fields:
        if field.words:
            values[f"{base}{field.field}"] = draw(st.sampled_from(sorted(set(field.words.values()))))
            continue
        names = field.field.split("|")
        text = draw(plain)
        if kind_of(Lodgement, f"{base}{names[0]}") is Decimal:
            text = str(draw(st.decimals(0, 10**9, places=2)))
        elif kind_of(Lodgement, f"{base}{names[0]}") is int:
            text = str(draw(st.integers(1, 999)))
        parts = [text.rjust(field.split, "X")[: field.split], text] if field.split else [text]
        values |= {f"{base}{n}": p for n, p in zip(names, parts, strict=True)}
    return values | {f"{base}{n}": v for n, v in row.fixed.items()}


ONCE = [
    r for r in cusdec.HEADER if "[]" not in r.base and r.group in ("", "SG1", "SG4", "SG6", "SG8") and r.tag != "GEI"
]
PER_ITEM = [r for r in cusdec.ITEM if "[]" not in r.base and r.group == "SG32" and r.tag not in ("CST",)]


@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.data())
def test_every_row_of_the_table_goes_there_and_back(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(ONCE), unique_by=lambda r: r.base + r.fields[0].field, max_size=8))
    values = {"type": "IMA", "lrn": "L1", "function": "9"}
    for row in chosen:
        base = f"{row.base}." if row.base else ""
        values |= of_row(data.draw, row, base)
    items = data.draw(st.integers(0, 3))
    for n in range(1, items + 1):
        values[f"goods_shipment.items[{n}].sequence"] = str(n)
        for row in data.draw(
            st.lists(st.sampled_from(PER_ITEM), unique_by=lambda r: r.base + r.fields[0].field, max_size=4)
        ):
            inner = f"{row.base}." if row.base else ""
            values |= of_row(data.draw, row, f"goods_shipment.items[{n}].{inner}")
    lodged = assemble(Lodgement, values)
    assert differences(lodged, again(lodged)) == ()
    assert assemble(Lodgement, flat(lodged)) == lodged


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300).map(lambda tail: b"UNB+UNOC:3+A+B+261126:0800+1'" + tail) | st.binary(max_size=100))
def test_no_bytes_bring_the_gate_down(data: bytes) -> None:
    try:
        edifact.open_interchange(data)
    except Refusal as refusal:
        assert refusal.problems


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.lists(st.lists(st.lists(plain, min_size=1, max_size=3), min_size=1, max_size=2), min_size=1, max_size=4),
        max_size=5,
    ),
    st.sampled_from([syntax.REPEATING, syntax.Characters("|", "#", ".", "!", "~", "%")]),
)
def test_segments_go_there_and_back(content: list[Any], characters: syntax.Characters) -> None:
    head = syntax.segment("UNB", ("UNOY", "4"), "A", "B", "", "1")
    whole = [head, *(syntax.Segment("FTX", tuple(tuple(tuple(r) for r in e) for e in s)) for s in content)]
    back = syntax.read(syntax.write(whole, characters)).segments
    assert [(s.tag, s.elements) for s in back] == [(s.tag, s.elements) for s in whole]
