"""Drafts: merged where two windows typed different fields, told where they typed the same, never overwritten in silence."""

from __future__ import annotations

import itertools
import uuid

import pytest

from customhouse.registry import drafts

_count = itertools.count(1)
WHO = drafts.Owner("broker", "XM100000009")
FIELDS = {"lrn": "A-1", "importer_name": "", "item-1-code": "0101", "item-1-price": "5"}


@pytest.fixture
def key(house: None) -> str:
    """A draft that was saved once, by window `one-window`, in version 1."""
    key = f"{uuid.uuid4().hex[:8]}-{next(_count)}"
    assert drafts.save(WHO, key, 0, "one-window", FIELDS).version == 1
    return key


def fields(key: str) -> dict[str, str]:
    found = drafts.get(WHO, key)
    assert found is not None
    return found.fields


def test_fields_are_saved_one_by_one(key: str) -> None:
    saved = drafts.save(WHO, key, 1, "one-window", {"importer_name": "Green Valley"})
    assert (saved.outcome, saved.version, saved.changed, saved.clashes) == ("saved", 2, {}, {})
    assert fields(key) == {**FIELDS, "importer_name": "Green Valley"}


def test_saving_what_is_stored_already_makes_no_version(key: str) -> None:
    assert drafts.save(WHO, key, 1, "one-window", {"lrn": "A-1"}).version == 1


def test_two_windows_on_different_fields_are_put_together(key: str) -> None:
    drafts.save(WHO, key, 1, "one-window", {"importer_name": "Green Valley"})
    saved = drafts.save(WHO, key, 1, "two-window", {"item-1-price": "7"})
    assert saved.outcome == "saved"
    assert saved.changed == {"importer_name": "Green Valley"}
    assert fields(key) == {**FIELDS, "importer_name": "Green Valley", "item-1-price": "7"}


def test_the_later_of_two_windows_on_one_field_is_told_and_can_choose(key: str) -> None:
    drafts.save(WHO, key, 1, "one-window", {"item-1-price": "7"})
    told = drafts.save(WHO, key, 1, "two-window", {"item-1-price": "9", "lrn": "A-2"})
    assert told.clashes == {"item-1-price": "7"}
    assert fields(key) == {**FIELDS, "item-1-price": "7", "lrn": "A-2"}  # the other field went in
    chosen = drafts.save(WHO, key, told.version, "two-window", {"item-1-price": "9"})
    assert chosen.clashes == {}
    assert fields(key)["item-1-price"] == "9"


def test_a_window_whose_answer_was_lost_does_not_meet_itself(key: str) -> None:
    drafts.save(WHO, key, 1, "one-window", {"item-1-price": "7"})
    again = drafts.save(WHO, key, 1, "one-window", {"item-1-price": "8"})
    assert again.clashes == {}
    assert fields(key)["item-1-price"] == "8"
    begun_twice = drafts.save(WHO, key, 0, "one-window", {**FIELDS, "lrn": "A-3"})
    assert begun_twice.outcome == "saved"
    assert fields(key)["lrn"] == "A-3"


def test_when_items_came_or_went_elsewhere_nothing_is_mixed(key: str) -> None:
    more = {**FIELDS, "item-2-code": "0202", "item-2-price": "3"}
    assert drafts.replace(WHO, key, 1, "one-window", more).version == 2
    told = drafts.save(WHO, key, 1, "two-window", {"item-1-price": "9"})
    assert (told.outcome, told.version) == ("moved", 2)
    assert drafts.replace(WHO, key, 1, "two-window", FIELDS | {"lrn": "B-1"}).outcome == "moved"
    assert fields(key) == more
    over = drafts.replace(WHO, key, 1, "two-window", FIELDS | {"lrn": "B-1"}, over=True)
    assert (over.outcome, over.version) == ("saved", 3)
    assert fields(key) == {**FIELDS, "lrn": "B-1"}
    assert drafts.save(WHO, key, 2, "one-window", {"item-2-price": "4"}).outcome == "moved"


def test_a_draft_that_was_handed_in_is_not_begun_again_by_a_window_left_open(key: str) -> None:
    assert drafts.delete(WHO, key)
    assert drafts.save(WHO, key, 1, "one-window", {"lrn": "A-9"}).outcome == "gone"
    assert drafts.get(WHO, key) is None


def test_nobody_else_finds_a_draft(key: str) -> None:
    for other in (drafts.Owner("trader", "XM100000017"), drafts.Owner("broker", "XM100000017")):
        assert drafts.get(other, key) is None
        assert not drafts.delete(other, key)
        assert key not in [d.key for d in drafts.own(other)]
    with pytest.raises(drafts.TooMuch):
        drafts.save(drafts.Owner("broker", "XM100000017"), key, 1, "two-window", {"lrn": "X"})
    assert fields(key) == FIELDS


def test_a_draft_has_its_limits(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(drafts.TooMuch, match="characters"):
        drafts.save(WHO, key, 1, "one-window", {"lrn": "x" * drafts.LARGEST})
    assert fields(key) == FIELDS
    monkeypatch.setattr(drafts, "MOST_DRAFTS", 0)
    with pytest.raises(drafts.TooMuch, match="at most 0 drafts"):
        drafts.save(WHO, "another-key", 0, "one-window", FIELDS)


def test_a_template_stands_beside_the_drafts(key: str) -> None:
    drafts.keep_template(WHO, f"{key}-t", "Insecticide from France", FIELDS)
    assert [d.title for d in drafts.own(WHO, "template") if d.key == f"{key}-t"] == ["Insecticide from France"]
    assert f"{key}-t" not in [d.key for d in drafts.own(WHO, "draft")]
