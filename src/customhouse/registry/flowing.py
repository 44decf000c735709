"""Long answers read from the register while they go out, so that no process holds one whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from django.core.handlers.asgi import ASGIRequest
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse


def streamed(
    request: HttpRequest, blocks: Callable[[], Iterator[bytes]], *, type: str, name: str
) -> StreamingHttpResponse:
    """An answer to keep as a file of this name, made of `blocks`, which is called when the answer begins to go out.

    Under ASGI they are read in a thread and over a connection of their own, one ahead of what is sent.
    """
    content = _beside(blocks) if isinstance(request, ASGIRequest) else blocks()
    response = StreamingHttpResponse(content, content_type=type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


async def _beside(blocks: Callable[[], Iterator[bytes]]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="answer") as own:
        going = blocks()
        try:
            while (block := await loop.run_in_executor(own, next, going, None)) is not None:
                yield block
        finally:
            own.submit(_end, going)


def _end(going: Iterator[bytes]) -> None:
    """Whoever asked may have gone in the middle: what is read for them ends, and its connection goes back."""
    close = getattr(going, "close", None)
    try:
        if close is not None:
            close()
    finally:
        connections.close_all()
