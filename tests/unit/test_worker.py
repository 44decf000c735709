"""The worker's kinds of work: none waits for another, and one that fails goes on."""

from __future__ import annotations

import asyncio
import threading

from customhouse.house.commands import serve


def test_one_kind_of_work_that_is_stuck_or_fails_keeps_no_other_waiting() -> None:
    stuck, done = threading.Event(), []

    def waits() -> int:
        stuck.wait(20)
        return 0

    def fails() -> int:
        raise RuntimeError("every time")

    def works() -> int:
        done.append(threading.current_thread().name)
        return 0

    async def house() -> None:
        kinds = (("stuck", waits), ("failing", fails), ("good", works))
        tasks = [asyncio.create_task(serve._repeat(name, 0.01, work)) for name, work in kinds]
        for _ in range(200):
            await asyncio.sleep(0.02)
            if len(done) >= 5:
                break
        stuck.set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(house())
    assert len(done) >= 5
    assert len(set(done)) == 1, "always on its own thread, where its connection is"
