"""No row sees its own result: by folds for goods, by days for people."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from customhouse.labs.targeting.declared import Declared
from customhouse.labs.targeting.features import LEVELS, NAMES, PLAIN, features, learn, unseen
from customhouse.labs.targeting.levels import TUPLE, apart, earlier, folds_of, tally

seen = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 5), st.sampled_from((0.0, 1.0)), st.integers(0, 2)),
    min_size=1,
    max_size=40,
)


def _columns(rows: list) -> tuple[np.ndarray, ...]:
    keys, day, found, fold = zip(*rows, strict=True)
    return np.array(keys, np.uint64) * np.uint64(2**40), np.array(day), np.array(found), np.array(fold)


@settings(max_examples=80, deadline=None)
@given(seen)
def test_what_came_earlier_is_what_a_loop_by_hand_counts(rows: list) -> None:
    keys, day, found, _ = _columns(rows)
    sums, counts = earlier(keys, day, found)
    for i in range(len(rows)):
        past = [j for j in range(len(rows)) if keys[j] == keys[i] and day[j] < day[i]]
        assert (sums[i], counts[i]) == (sum(found[j] for j in past), len(past))


@settings(max_examples=80, deadline=None)
@given(seen)
def test_what_stands_apart_is_what_a_loop_by_hand_counts(rows: list) -> None:
    keys, _, found, fold = _columns(rows)
    sums, counts = apart(keys, found, fold)
    for i in range(len(rows)):
        others = [j for j in range(len(rows)) if keys[j] == keys[i] and fold[j] != fold[i]]
        assert (sums[i], counts[i]) == (sum(found[j] for j in others), len(others))


@settings(max_examples=80, deadline=None)
@given(seen, st.lists(st.integers(0, 6), min_size=1, max_size=20))
def test_a_table_answers_for_every_key_also_for_those_it_lacks(rows: list, asked: list[int]) -> None:
    keys, _, found, _ = _columns(rows)
    table = tally(keys, found)
    wanted = np.array(asked, np.uint64) * np.uint64(2**40)
    sums, counts = table.at(wanted)
    for i, key in enumerate(wanted):
        assert (sums[i], counts[i]) == (found[keys == key].sum(), (keys == key).sum())


def test_a_result_does_not_reach_its_own_features(declared: Declared) -> None:
    """Turn one result round: the row's own features stay, those of others may change."""
    past = learn(declared)
    folds = folds_of(declared.together(TUPLE), 10, 1)
    before = unseen(declared, past, folds)
    at = int(np.flatnonzero(declared.found == 1)[5])
    turned = declared.take(np.arange(len(declared)))
    turned.found[at] = 0
    after = unseen(turned, past, folds)
    assert (before[at] == after[at]).all()
    assert (before != after).any()


def test_later_results_do_not_reach_people(declared: Declared) -> None:
    past, day = learn(declared), int(np.median(declared.day))
    folds = folds_of(declared.together(TUPLE), 10, 1)
    turned = declared.take(np.arange(len(declared)))
    turned.found[turned.day >= day] = 1 - turned.found[turned.day >= day]
    people = [len(PLAIN) + 2 * n for n, level in enumerate(LEVELS) if level.people]
    upto = declared.day <= day
    before, after = unseen(declared, past, folds), unseen(turned, past, folds)
    assert (before[upto][:, people] == after[upto][:, people]).all()


def test_features_of_rows_ask_the_tables_of_the_past(declared: Declared) -> None:
    past = learn(declared)
    rows = features(declared, past)
    assert rows.shape == (len(declared), len(NAMES)) and np.isfinite(rows).all()
    for n, level in enumerate(LEVELS):
        _, counts = past.found[n].at(declared.together(level.columns))
        assert np.allclose(rows[:, len(PLAIN) + 2 * n + 1], np.log1p(counts), atol=1e-5)
