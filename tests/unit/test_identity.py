"""Names compared: scripts, spelling, order, forms, initials; what explains a score; the index of a long list."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.labs.identity import Index, Kind, compare, sentences
from customhouse.labs.identity.match import By
from customhouse.labs.identity.reading import folded, read
from customhouse.labs.identity.score import WEIGHTS, alternatives, probability

SAME = [
    (Kind.PERSON, "Marguerite Delacroix", "DELACROIX, Marguerite"),
    (Kind.PERSON, "Dr. Marguerite Delacroix", "Marguerite Delacroix"),
    (Kind.PERSON, "Дмитрий Кузнецов", "Dmitry Kuznetsov"),
    (Kind.PERSON, "Dmitrij Kuznezow", "Dmitry Kuznetsov"),
    (Kind.PERSON, "Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"),
    (Kind.PERSON, "M. Delacroix", "Marguerite Delacroix"),
    (Kind.PERSON, "ML Delacroix", "Marie-Louise Delacroix"),
    (Kind.PERSON, "MargueriteDelacroix", "Marguerite Delacroix"),
    (Kind.PERSON, "Bill Hawthorne", "William Hawthorne"),
    (Kind.PERSON, "Mohamed ibn Rashid", "Muhammad bin Rashid"),
    (Kind.COMPANY, "Nordwind Spedition GmbH", "NORDWIND SPEDITION"),
    (Kind.COMPANY, "Nordwind Gesellschaft mit beschränkter Haftung", "Nordwind GmbH"),
    (Kind.COMPANY, "Lumen & Sons Ltd", "Lumen and Sons Limited"),
    (Kind.COMPANY, "ООО Северный Ветер", "Severnyi Veter LLC"),
    (Kind.COMPANY, "Second Harbour Company", "2nd Harbour Co."),
    (Kind.SHIP, "M/V Amber Coast", "Amber Coast"),
    (Kind.ANY, "The Amber Trading Company", "Amber Trading Co Ltd"),
]
OTHERS = [
    (Kind.PERSON, "Marguerite Delacroix", "Bernard Delacroix"),
    (Kind.PERSON, "Ivan Petrovich Sokolov", "Ivan Andreyevich Sokolov"),
    (Kind.PERSON, "佐藤健", "佐藤誠"),
    (Kind.COMPANY, "Harbour Bank of Lagos", "Harbour Bank of Nairobi"),
    (Kind.COMPANY, "QRT Shipping Ltd", "QVX Shipping Ltd"),
    (Kind.SHIP, "Amber Coast", "Silver Dawn"),
]


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_one_party(kind: Kind, one: str, other: str) -> None:
    found = compare(one, other, kind)
    assert found.match, (found.score, found.measures)


@pytest.mark.parametrize(("kind", "one", "other"), OTHERS)
def test_two_parties(kind: Kind, one: str, other: str) -> None:
    found = compare(one, other, kind)
    assert not found.match, (found.score, found.measures)


def test_each_word_says_by_what_it_met() -> None:
    found = compare("Mr J. Hawthorn", "HAWTHORNE, Josephine Ann", Kind.PERSON)
    assert {one.by for one in found.met} == {By.INITIAL, By.SOUND} or {one.by for one in found.met} == {
        By.INITIAL,
        By.SPELLING,
    }
    assert found.only_second == ("ann",)
    assert found.dropped == ("mr",)
    told = " ".join(sentences(found))
    assert "initial" in told
    assert "only in the second: ann" in told
    assert "mr" in told


def test_legal_forms_are_set_aside_yet_weighed() -> None:
    same, mixed = (
        compare("Alpenrose AG", "Alpenrose AG", Kind.COMPANY),
        compare("Alpenrose AG", "Alpenrose GmbH", Kind.COMPANY),
    )
    assert same.score > mixed.score
    assert mixed.measures["forms"] == 1
    assert "the legal forms are of two kinds" in sentences(mixed)


def test_a_slash_between_names_gives_alternatives() -> None:
    assert alternatives("Amber Guild/Free Sailors") == ("Amber Guild/Free Sailors", "Amber Guild", "Free Sailors")
    assert alternatives("Nordwind A/S") == ("Nordwind A/S",)
    assert compare("Free Sailors", "Amber Guild/Free Sailors", Kind.COMPANY).match


@pytest.mark.parametrize("nothing", ["", "   ", "---", "’"])
def test_a_name_of_nothing_meets_nobody(nothing: str) -> None:
    assert read(nothing).tokens == ()
    assert compare(nothing, "Marguerite Delacroix").score == 0
    assert compare(nothing, nothing).score == 0
    assert Index(["Marguerite Delacroix", nothing]).near(nothing) == []


def test_the_score_can_be_worked_out_again_from_its_measures() -> None:
    found = compare("Marguerite Delacroix", "Margerite Delacroy", Kind.PERSON)
    assert set(found.measures) == set(WEIGHTS)
    assert probability(found.measures) == found.score


NAMES = st.text(st.characters(categories=("L", "N", "P", "Z", "M")), max_size=60)


@settings(max_examples=200, deadline=None)
@given(NAMES, NAMES, st.sampled_from(Kind))
def test_any_text_is_compared_and_the_order_of_the_two_does_not_matter_much(one: str, other: str, kind: Kind) -> None:
    there, back = compare(one, other, kind), compare(other, one, kind)
    assert 0 <= there.score <= 1
    assert abs(there.score - back.score) < 0.35  # equals in nearness may meet otherwise
    assert sentences(there) is not None


@settings(max_examples=200, deadline=None)
@given(NAMES)
def test_a_name_is_itself(name: str) -> None:
    found = compare(name, name)
    assert found.match or not read(name).tokens


def _made_up(count: int) -> list[str]:
    chance = random.Random(5)
    parts = ["".join(chance.choices("bdfgklmnprstvz", k=1) + chance.choices("aeiou", k=1)) for _ in range(60)]
    return [
        " ".join("".join(chance.choices(parts, k=chance.randint(2, 4))).title() for _ in range(chance.randint(2, 4)))
        for _ in range(count)
    ]


def test_the_index_finds_what_was_misspelled_and_reordered() -> None:
    names = _made_up(3000)
    index, chance = Index(names), random.Random(6)
    found = 0
    for at in range(0, 3000, 15):
        words = names[at].split()
        chance.shuffle(words)
        text = list(" ".join(words))
        text[chance.randrange(len(text))] = chance.choice(string.ascii_lowercase)
        found += at in [one.at for one in index.near("".join(text))]
    assert found >= 195  # of 200


def test_the_index_agrees_with_a_full_scan_on_the_nearest() -> None:
    names = _made_up(800)
    index = Index(names)
    flat = ["".join(sorted(folded(name).split())) for name in names]
    for at in range(0, 800, 20):
        near = index.near(names[at], most=1)
        assert near[0].nearness == 1
        assert flat[near[0].at] == flat[at]


def test_the_index_of_nobody() -> None:
    assert Index([]).near("Marguerite Delacroix") == []
    assert len(Index([])) == 0
