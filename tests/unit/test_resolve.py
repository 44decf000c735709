"""Records of one trader are found again, namesakes are kept apart, and the figures of the board can be trusted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.house import entity_board
from customhouse.labs.identity.resolve import Mention, alike, resolve, tie
from customhouse.simulator import spelling

REED = Mention("a", ("Silver Reed Trading GmbH",), "", "DE", "12 Kai Road, 20457, Hamburg")


def found(*mentions: Mention) -> list[tuple[int, ...]]:
    return [c.members for c in resolve(mentions)]


@pytest.mark.parametrize(
    "other",
    [
        Mention("b", ("SILVER REED TRADING",), "", "DE", "12 Kai Rd, Hamburg"),
        Mention("b", ("Silver Reed Tradnig G.m.b.H.",), "", "DE", "12 Kai Road, Hamburg"),
        Mention("b", ("Reed Silver Trading GmbH",), "", "DE", "12 Kai Road, 20457, HAMBURG"),
        Mention("b", ("Силвер Рид Трейдинг", "Silver Reed Trading"), "", "DE", "12 Kai Road, 20457, Hamburg"),
    ],
)
def test_one_firm_written_twice_is_proposed(other: Mention) -> None:
    assert found(REED, other) == [(0, 1)]


@pytest.mark.parametrize(
    "other",
    [
        Mention("b", ("Silver Reed Trading SARL",), "", "FR", "8 Quai Nord, Nantes"),
        Mention("b", ("Silver Reed Industries GmbH",), "", "DE", "190 Falcon Road, 28195, Bremen"),
        Mention("b", ("Harbour Lights Bakery",), "", "DE", "12 Kai Road, 20457, Hamburg"),
    ],
)
def test_namesakes_and_neighbours_are_kept_apart(other: Mention) -> None:
    assert found(REED, other) == []


def test_what_a_person_split_stays_apart() -> None:
    twin = Mention("b", REED.names, "", "DE", REED.address)
    assert [c.members for c in resolve([REED, twin])] == [(0, 1)]
    assert resolve([REED, twin], apart=lambda one, other: True) == []


def test_a_tie_says_why() -> None:
    other = Mention("b", ("Silver Reed Tradnig AG",), "", "CH", "9 Dorf, Basel")
    told = tie([REED, other], 0, 1).why()
    assert "the countries are two" in told and "the legal forms are of two kinds" in told
    assert any("is spelled nearly so" in one for one in told) and any("nothing in common" in one for one in told)


@pytest.mark.parametrize("names", [("",), ("★",), ("\x00",), ("a" * 10_000,), ("Иван Ivan 伊万",)])
def test_odd_names_are_no_trouble(names: tuple[str, ...]) -> None:
    assert found(Mention("a", names), Mention("b", ("Silver Reed",)), REED) in ([], [(1, 2)])


@given(st.text(max_size=40), st.text(max_size=40))
def test_addresses_are_alike_both_ways(one: str, other: str) -> None:
    assert alike(one, other) == pytest.approx(alike(other, one)) and 0.0 <= alike(one, other) <= 1.0


def test_the_figures_are_those_of_a_case_worked_by_hand() -> None:
    told = entity_board.judged([[0, 1, 2], [3]], [7, 7, 8, 8])
    assert (told["pair_precision"], told["pair_recall"]) == (pytest.approx(1 / 3), pytest.approx(1 / 2))
    assert told["b3_precision"] == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert told["b3_recall"] == pytest.approx((1 + 1 + 1 / 2 + 1 / 2) / 4)


def test_perfect_and_useless_clusters_bound_the_figures() -> None:
    truth = [1, 1, 2, 2]
    assert set(entity_board.judged([[0, 1], [2, 3]], truth).values()) == {1.0}
    alone = entity_board.judged([[0], [1], [2], [3]], truth)
    assert (alone["pair_recall"], alone["pair_f1"], alone["b3_precision"]) == (0.0, 0.0, 1.0)


def test_ours_is_better_than_either_plain_way_on_a_held_out_world() -> None:
    told = entity_board.board(entity_board.HELD_OUT[:1], firms=40)
    f1 = {way: figures["b3_f1"]["mean"] for way, figures in told["ways"].items()}
    assert f1["ours"] > 0.88 and f1["ours"] > max(f1["names alone"], f1["same spelling"]) + 0.1


def test_spellings_know_their_truth_and_come_again() -> None:
    firms = spelling.firms(5, 60)
    assert firms == spelling.firms(5, 60) and len({f.entity for f in firms}) == 60
    ways = spelling.written(5, firms[3], 9)
    assert ways == spelling.written(5, firms[3], 9)
    assert {w.entity for w in ways} == {3} and len({w.name for w in ways}) > 4
