"""Work on parts that come one after the other, a few of them at a time: numpy lets other threads go on while it counts.

Parts are read by whoever asks, in their order, because reading may need the register and a connection is one thread's; what is
made of them comes in the same order. No more of them are held at a time than there are threads, and one more.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Made = TypeVar("Made")
MOST = 4
"""More threads than this wait for each other, and every one holds a part in memory."""


def cores() -> int:
    """How many parts are worked on at a time on this machine."""
    return min(MOST, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def abreast(work: Callable[[Part], Made], parts: Iterable[Part], threads: int | None = None) -> Iterator[Made]:
    """What `work` makes of each part, in their order. What it raises is raised when the part's turn has come."""
    threads = cores() if threads is None else threads
    if threads < 2:
        yield from map(work, parts)
        return
    begun: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads, "abreast") as pool:
        try:
            for part in parts:
                begun.append(pool.submit(work, part))
                del part  # it may be large, and it is the thread's now
                if len(begun) > threads:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for one in begun:
                one.cancel()
