"""Whatever a declaration says, it says the same after a trip through a gate and back."""

from __future__ import annotations

import json

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.strategies import lodgements

from customhouse.gates import json as json_gate
from customhouse.gates import wco_xml
from customhouse.gates.json.bounds import may_hide, out_of_bounds
from customhouse.gates.wco_xml import pointer
from customhouse.gates.wco_xml.compare import differences
from customhouse.gates.wco_xml.parser import parse
from customhouse.kernel.problem import Refusal
from customhouse.record import codec
from customhouse.record.lodgement import Lodgement

many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@many
@given(lodgements())
def test_xml_says_the_same_after_writing_and_reading(lodged: Lodgement) -> None:
    read = wco_xml.read(wco_xml.write(lodged))
    assert read == lodged
    assert repr(read) == repr(lodged)  # equality of decimals forgives digits, their names do not


@many
@given(lodgements())
def test_xml_bare_says_the_same(lodged: Lodgement) -> None:
    message = wco_xml.read_message(wco_xml.write(lodged, None))
    assert message.metadata is None
    assert repr(message.lodgement) == repr(lodged)


@many
@given(lodgements())
def test_json_says_the_same_after_writing_and_reading(lodged: Lodgement) -> None:
    written = json_gate.write(lodged)
    assert json_gate.read(written) == lodged
    assert json_gate.write(json_gate.read(written)) == written


@many
@given(lodgements(), lodgements())
def test_compare_sees_every_difference(one: Lodgement, other: Lodgement) -> None:
    first, second = (parse(wco_xml.write(each)) for each in (one, other))
    assert bool(differences(first, second)) == (repr(one) != repr(other))


@many
@given(lodgements())
def test_every_element_has_a_path_of_known_ids_that_leads_back_to_it(lodged: Lodgement) -> None:
    root = parse(wco_xml.write(lodged, None))
    for element in root.iterdescendants():
        if pointer.local(element.tag) == "DateTimeString":
            continue
        path = pointer.path_of(element)
        assert len(pointer.ids(path)) == len(pointer.split(path)) + 1
        here = root
        for name, number in pointer.split(path):
            here = [e for e in here if pointer.local(e.tag) == name][(number or 1) - 1]
        assert here is element


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_with_problems_and_nothing_else(data: bytes) -> None:
    for read in (wco_xml.read, json_gate.read):
        try:
            read(data)
        except Refusal as refusal:
            assert refusal.problems


@settings(max_examples=200, deadline=None)
@given(lodgements(), st.data())
def test_a_damaged_message_is_read_or_refused_never_worse(lodged: Lodgement, data: st.DataObject) -> None:
    for read, written in ((wco_xml.read, wco_xml.write(lodged)), (json_gate.read, json_gate.write(lodged))):
        at = data.draw(st.integers(0, len(written) - 1))
        damaged = written[:at] + bytes([data.draw(st.integers(0, 255))]) + written[at + 1 :]
        try:
            assert isinstance(read(damaged), Lodgement)
        except Refusal as refusal:
            assert all(problem.rule and problem.label for problem in refusal.problems)


NUMBERS = st.one_of(
    st.from_regex(r"\A[+-]?[0-9_]{1,22}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?\Z", fullmatch=True),
    st.sampled_from(
        ["NaN", " nan ", "sNaN", "-Infinity", "inf", "iNf", "1e5", "1E+3", "\u0661", "information", "financial"]
    ),
)


@many
@given(NUMBERS, st.booleans(), st.text(max_size=5))
def test_the_quick_look_at_numbers_misses_nothing(text: str, plain: bool, lrn: str) -> None:
    """What the quick look lets pass has nothing out of bounds; it may only be too careful."""
    data = f'{{"lrn": {json.dumps(lrn)}, "package_count": {text if plain else json.dumps(text)}}}'.encode()
    try:
        lodged = codec.decode_lodgement(data)
    except msgspec.DecodeError:
        return
    if not may_hide(data):
        assert not out_of_bounds(lodged)
