"""Chunks judged in several processes: each prepares and finishes whole chunks, and only the day is met here, in order.

The processes are forked from this one, so that the law and the rules lie in memory once. A chunk, what it asks of the day, the answer and
the outcome go through a pipe; nobody ever sends to one that is not listening, so no two wait for each other. A worker whose pipe ends
is done: so none outlives this process, whatever becomes of it.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import traceback
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol

from customhouse.stream.parcels.batches import Chunk
from customhouse.stream.parcels.day import Asked, Day, Met

GRACE = 5.0  # seconds in which a worker whose pipe has ended is gone


class Work(Protocol):
    """What is done with a chunk: `prepare` says what is asked of the day, and keeps something for `finish`."""

    def prepare(self, chunk: Chunk) -> tuple[Asked, Any]: ...

    def finish(self, kept: Any, met: Met) -> Any: ...


class WorkerLost(RuntimeError):
    """A worker process ended in the middle: it was killed, or there was no memory left."""


class _Fault:
    """What went wrong in a worker, to be raised here."""

    def __init__(self, fault: BaseException) -> None:
        self.where = "In a worker process:\n" + "".join(traceback.format_exception(fault))
        try:
            pickle.loads(pickle.dumps(fault))  # noqa: S301 - our own
        except Exception:  # an exception that cannot travel
            fault = RuntimeError(f"{type(fault).__name__}: {fault}")
        self.fault = fault


def outcomes(
    work: Work, chunks: Iterator[Chunk], day: Day, workers: int = 0, apart: Callable[[], None] = lambda: None
) -> Iterator[tuple[Chunk, Any]]:
    """Every chunk with its outcome, in order; by so many worker processes (0: in this one). `apart` is called first in each.

    Raises what `work` raises, also in a worker, and WorkerLost.
    """
    if not workers:
        for chunk in chunks:
            asked, kept = work.prepare(chunk)
            yield chunk, work.finish(kept, day.meet(asked))
        return
    hands: list[_Hand] = []
    try:
        for _ in range(workers):
            hands.append(_Hand(work, [h.pipe for h in hands], apart))
        yield from _in_turn(hands, chunks, day)
    finally:
        for hand in hands:
            hand.pipe.close()
        for hand in hands:
            hand.end()


class _Hand:
    """A worker, as it is seen from here."""

    def __init__(self, work: Work, others: list[Connection], apart: Callable[[], None]) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, its = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, its, [*others, self.pipe], apart), daemon=True)
        self.process.start()
        its.close()
        self.chunk = Chunk(0, 0, 0)

    def send(self, what: Any) -> None:
        try:
            self.pipe.send(what)
        except OSError:
            raise self._lost() from None

    def receive(self) -> Any:
        try:
            found = self.pipe.recv()
        except (EOFError, OSError):
            raise self._lost() from None
        if isinstance(found, _Fault):
            found.fault.add_note(found.where)
            raise found.fault
        return found

    def _lost(self) -> WorkerLost:
        self.process.join(GRACE)
        return WorkerLost(f"a worker process ended at line {self.chunk.first} (exit code {self.process.exitcode})")

    def end(self) -> None:
        self.process.join(GRACE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _in_turn(hands: list[_Hand], chunks: Iterator[Chunk], day: Day) -> Iterator[tuple[Chunk, Any]]:
    idle, busy = list(hands), dict[Connection, _Hand]()
    asked: dict[int, tuple[_Hand, Asked]] = {}
    done: dict[int, tuple[Chunk, Any]] = {}
    ahead = next(chunks, None)
    meets = stores = ahead.place if ahead is not None else 0
    while ahead is not None or busy:
        # one slow chunk must not make the others pile up behind it
        while idle and ahead is not None and ahead.place < stores + 2 * len(hands):
            hand = idle.pop()
            hand.chunk, busy[hand.pipe] = ahead, hand
            hand.send(ahead)
            ahead = next(chunks, None)
        for pipe in wait(list(busy)):
            hand = busy[pipe]  # type: ignore[index]
            found = hand.receive()
            if isinstance(found, Asked):
                asked[hand.chunk.place] = hand, found
            else:
                done[hand.chunk.place] = hand.chunk, found
                idle.append(busy.pop(hand.pipe))
        while meets in asked:
            hand, question = asked.pop(meets)
            hand.send(day.meet(question))
            meets += 1
        while stores in done:
            stores += 1
            yield done.pop(stores - 1)


def _serve(work: Work, pipe: Connection, others: list[Connection], apart: Callable[[], None]) -> None:
    """The life of a worker."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # whoever interrupts the work interrupts the parent, which ends the pipe
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    try:
        apart()
        while True:
            asked, kept = work.prepare(pipe.recv())
            pipe.send(asked)
            pipe.send(work.finish(kept, pipe.recv()))
            del asked, kept
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except BaseException as fault:
        pipe.send(_Fault(fault))
