"""`customhouse web` and `customhouse worker`: the two processes of a house, started by `up` or by a system of yours."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

SEAL_EVERY = 0.5
MUCH = 1000  # so much done at once that more may wait
log = logging.getLogger("customhouse.worker")


def web(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1)")] = None,
    port: Annotated[int | None, typer.Option(help="Port (default 8400)")] = None,
    workers: Annotated[int, typer.Option(help="Processes that share the port")] = 1,
) -> None:
    """Serve pages, the API and live events."""
    import uvicorn

    from customhouse.house import start
    from customhouse.house.options import setting

    host, port = host or setting("CUSTOMHOUSE_HOST"), port or int(setting("CUSTOMHOUSE_PORT"))
    start.connect_environment()
    uvicorn.run(
        "customhouse.house.asgi:app", host=host, port=port, workers=workers, log_level="warning",
        access_log=False, timeout_graceful_shutdown=2, server_header=False,
    )  # fmt: skip


def worker() -> None:
    """Run jobs, seal the log, answer what waits (quotas, permits, cargo, accounts), keep the books and partitions ahead."""
    from customhouse.house import start

    start.connect_environment()
    start.setup_django()
    start.settle_kind()
    asyncio.run(_work())


async def _work() -> None:
    from customhouse.registry.jobs import QUEUE

    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    from procrastinate.contrib.django import app

    connected = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    async with connected.open_async():
        jobs = asyncio.create_task(
            connected.run_worker_async(
                queues=[QUEUE], concurrency=4, install_signal_handlers=False, delete_jobs="successful"
            )
        )
        sealing = asyncio.create_task(_seal())
        turns = [asyncio.create_task(_repeat(*work)) for work in _works()]
        rescue = asyncio.create_task(_rescue(connected))
        telling = asyncio.create_task(_tell())
        await asyncio.wait({asyncio.create_task(stop.wait()), jobs}, return_when=asyncio.FIRST_COMPLETED)
        for task in (jobs, sealing, *turns, rescue, telling):
            task.cancel()
        await asyncio.gather(jobs, sealing, *turns, rescue, telling, return_exceptions=True)


def _works() -> tuple[tuple[str, float, Callable[[], int]], ...]:
    """What is done over and over: every how many seconds, and how much it did."""
    from customhouse.clearance import bulk, parcel_opening, upload
    from customhouse.clearance.waiting import WORKS
    from customhouse.house.clearing import clear_next
    from customhouse.registry.booking import book_news

    return (
        *WORKS,
        ("the books", 0.5, book_news),
        ("consolidations", 0.5, clear_next),
        ("parcels to be opened", 0.5, parcel_opening.open_as_they_come),
        ("orders for parcels", 0.5, bulk.work),
        ("uploads", 60, upload.tidy),
    )


async def _seal() -> None:
    """Seal what was recorded, twice a second; patient with a database that is away."""
    from asgiref.sync import sync_to_async
    from django.db import close_old_connections

    from customhouse.house.options import setting
    from customhouse.registry import sealing

    origin = setting("CUSTOMHOUSE_LOG_ORIGIN")
    turns = 0
    while True:
        try:
            sealed = await sync_to_async(sealing.seal)(origin)
            if turns % 7200 == 0:
                await sync_to_async(sealing.keep_partitions_ahead)()
        except Exception:
            log.exception("sealing waits for the database")
            await sync_to_async(close_old_connections)()
            await asyncio.sleep(2)
            continue
        turns += 1
        await asyncio.sleep(0 if sealed >= sealing.AT_ONCE else SEAL_EVERY)


async def _repeat(name: str, every: float, work: Callable[[], int]) -> None:
    """Do a piece of work again and again, at once while there is more of it; patient with a database that is away.

    Each has a thread and a connection of its own: one that is long at it (a ship of five thousand consignments) or stuck
    keeps neither the others nor the sealing waiting.
    """
    from asgiref.sync import sync_to_async
    from django.db import close_old_connections

    own = ThreadPoolExecutor(1, thread_name_prefix=name)
    while True:
        done = 0
        try:
            done = await sync_to_async(work, thread_sensitive=False, executor=own)()
        except Exception:
            log.exception("%s waits for the database", name)
            await sync_to_async(close_old_connections, thread_sensitive=False, executor=own)()
            await asyncio.sleep(2)
        await asyncio.sleep(0 if done >= MUCH else every)


async def _tell() -> None:
    """Carry webhooks, and forget once an hour what the API need not remember."""
    from asgiref.sync import sync_to_async
    from django.conf import settings

    from customhouse.clearance.inform import Courier
    from customhouse.registry import clients, idempotency

    async def tidy() -> None:
        while True:
            try:
                await sync_to_async(clients.forget_ended)()
                await sync_to_async(idempotency.forget_old)()
            except Exception:
                log.exception("tidying waits for the database")
            await asyncio.sleep(3600)

    courier = Courier(delays=settings.WEBHOOK_DELAYS, private=settings.WEBHOOK_PRIVATE)
    await asyncio.gather(courier.run(), tidy())


async def _rescue(app: object) -> None:
    """Jobs of a worker that was killed are run again."""
    while True:
        await asyncio.sleep(20)
        manager = app.job_manager  # type: ignore[attr-defined]
        try:
            for job in await manager.get_stalled_jobs(seconds_since_heartbeat=30):
                await manager.retry_job(job)
        except Exception:
            log.exception("looking for stalled jobs waits for the database")
