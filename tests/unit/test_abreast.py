"""Parts worked on side by side come back in their order, few at a time, and what goes wrong in one is raised in its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from customhouse.stream.abreast import abreast


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_what_is_made_comes_in_the_order_of_the_parts(threads: int) -> None:
    def work(n: int) -> int:
        time.sleep(0.002 * (n % 3))
        return n * n

    assert list(abreast(work, range(30), threads)) == [n * n for n in range(30)]
    assert list(abreast(work, (), threads)) == []


def test_two_are_worked_on_at_once_and_parts_are_read_by_who_asks_a_few_ahead() -> None:
    meet, read, here = threading.Barrier(2, timeout=10), [], threading.current_thread()

    def parts() -> Iterator[int]:
        for n in range(10):
            assert threading.current_thread() is here
            read.append(n)
            yield n

    def work(n: int) -> int:
        meet.wait()
        return n

    for n, made in enumerate(abreast(work, parts(), 2)):
        assert made == n and len(read) <= n + 3


@pytest.mark.parametrize("threads", [1, 3])
def test_what_a_part_raises_is_raised_and_nothing_is_left_running(threads: int) -> None:
    def work(n: int) -> int:
        return 10 // (4 - n)

    made: list[int] = []
    before = threading.active_count()
    with pytest.raises(ZeroDivisionError):
        made.extend(abreast(work, range(20), threads))
    assert made == [2, 3, 5, 10] and threading.active_count() == before
