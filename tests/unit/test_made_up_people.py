"""Made-up pairs of people know their truth, and the scores tell most of them apart on a seed that was not fitted."""

from __future__ import annotations

from customhouse.house.names_board import MADE_UP
from customhouse.labs.identity import Kind, compare
from customhouse.simulator import people


def test_pairs_come_again_and_are_half_one_persons() -> None:
    made = people.pairs(5, 200)
    assert made == people.pairs(5, 200)
    same = [p for p in made if p.same]
    assert 80 <= len(same) <= 100 and len(made) - len(same) == 100
    assert all(p.first != p.second for p in same)


def test_other_people_are_told_from_the_same_on_a_seed_never_fitted() -> None:
    made = people.pairs(MADE_UP[0] + 90, 300)
    right = [compare(p.first, p.second, Kind.PERSON).match == p.same for p in made]
    assert sum(right) / len(right) > 0.93
