"""The table of keys says what a dictionary says, however many there are and however alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

np = pytest.importorskip("numpy", reason="parcels need the extra `parcels`")

from customhouse.stream.parcels.known import SMALLEST, Known  # noqa: E402 - only where the extra is there

LAST = 2**64 - 1
near = st.sampled_from((0, 1 << 32, LAST - 40)).flatmap(lambda base: st.integers(base, min(base + 40, LAST)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sets(near | st.integers(0, LAST), max_size=40), max_size=8))
def test_what_was_put_in_is_found_again_and_nothing_else(batches: list[set[int]]) -> None:
    known, plain = Known(np.int64), dict[int, int]()
    for batch in batches:
        keys = np.array(sorted(batch), np.uint64)
        found = known.find(keys)
        assert [int(known.columns[0][n]) if n >= 0 else None for n in found] == [plain.get(int(k)) for k in keys]
        new = keys[found < 0]
        known.insert(new, [np.arange(len(new)) + len(plain)])
        plain |= {int(k): n for n, k in enumerate(new, len(plain))}
    assert len(known) == len(plain)


def test_it_grows_and_keys_that_want_one_place_all_get_one() -> None:
    known, size = Known(np.int64, np.uint64), SMALLEST * 2
    chance = np.random.default_rng(5)
    keys = np.unique(chance.integers(0, LAST, size, dtype=np.uint64))
    keys = np.unique(np.concatenate((keys, np.arange(3000, dtype=np.uint64), LAST - np.arange(3000, dtype=np.uint64))))
    chance.shuffle(keys)
    for start in range(0, len(keys), 7000):
        some = keys[start : start + 7000]
        assert (known.find(some) == -1).all()
        known.insert(some, [some.view(np.int64), some])
    found = known.find(keys)
    assert len(known) == len(keys) and (known.columns[1][found] == keys).all()
    assert (known.columns[0][found] == keys.view(np.int64)).all()
    assert (known.find(keys ^ np.uint64(1 << 20)) >= 0).sum() == np.isin(keys ^ np.uint64(1 << 20), keys).sum()
