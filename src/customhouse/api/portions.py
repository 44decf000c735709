"""Bytes of a consolidation as they come: raw ASGI in front of Django, which would read a whole portion before anybody saw it.

    PATCH /api/v1/consolidations/ID     Upload-Offset: 0     Content-Type: application/offset+octet-stream

Every block goes to the disk while the next is on its way, so that a connection that breaks loses nothing of what had come.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

from django.db import connections
from django.http import HttpResponse
from django.http.request import HttpHeaders

from customhouse.api import consolidations
from customhouse.api.fault import fault, no_scope, no_token, too_many
from customhouse.api.limit import limit
from customhouse.clearance.upload import NotTaken, Receiving
from customhouse.registry import clients, people, reader, uploads

PATH = re.compile(r"/api/v1/consolidations/([^/]{1,80})")
AT_ONCE = 1 << 20
"""Bytes that are gathered before they are written."""
SCOPE = consolidations.SEND[0]


def is_portion(scope: dict[str, Any]) -> bool:
    """Whether this request is answered here."""
    return scope["method"] == "PATCH" and PATH.fullmatch(scope["path"]) is not None


class _Broken(Exception):
    """The sender has gone."""


async def take(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application of portions."""
    into: Receiving | None = None
    try:
        opened = await asyncio.to_thread(_beside, _open, scope)
        if isinstance(opened, HttpResponse):
            answer = opened
        else:
            into = opened
            await _fill(into, receive)
            answer = await asyncio.to_thread(_beside, _close, into, None)
    except _Broken as gone:
        if into is not None:
            await asyncio.to_thread(_beside, _close, into, gone)
        return
    except NotTaken as why:
        answer = consolidations.not_taken(why)
        if into is not None:
            await asyncio.to_thread(_beside, _close, into, why)
    await _send(answer, send)


async def _fill(into: Receiving, receive: Any) -> None:
    """Everything that comes, written a megabyte at a time. Raises _Broken where the sender goes in the middle, and NotTaken."""
    held = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            await asyncio.to_thread(into.write, bytes(held))
            raise _Broken
        held += message.get("body", b"")
        is_last = not message.get("more_body")
        if len(held) >= AT_ONCE or is_last:
            await asyncio.to_thread(into.write, bytes(held))
            held.clear()
        if is_last:
            return


def _open(scope: dict[str, Any]) -> Receiving | HttpResponse:
    """The upload that these bytes belong to, or why they are not taken."""
    environment = {
        f"HTTP_{name.decode('latin-1').upper().replace('-', '_')}": value.decode("latin-1")
        for name, value in scope["headers"]
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        environment[name] = environment.get(f"HTTP_{name}", "")
    headers = HttpHeaders(environment)
    kind, _, token = headers.get("Authorization", "").partition(" ")
    access = clients.opens(token) if kind.lower() == "bearer" and token else None
    if access is None:
        return fault(401, no_token(), headers={"WWW-Authenticate": "Bearer"})
    if not access.allows(SCOPE):
        challenge = f'Bearer error="insufficient_scope", scope="{SCOPE}"'
        return fault(403, no_scope(SCOPE), headers={"WWW-Authenticate": challenge})
    if wait := limit.wait(access):
        return fault(429, too_many(), headers={"Retry-After": str(wait)})
    id = PATH.fullmatch(scope["path"])[1]  # type: ignore[index]
    with reader.reading(people.reader_for(access.trader)):
        one = uploads.get(id) if re.fullmatch(uploads.ID, id) else None
        if one is None or one.of.declarant != access.trader:
            return consolidations.no_such()
        try:
            return Receiving(one, **consolidations.asked(headers))  # type: ignore[arg-type]
        except NotTaken as why:
            return consolidations.not_taken(why)
        except consolidations.NotAPortion:
            return consolidations.other_type()


def _close(into: Receiving, why: BaseException | None) -> HttpResponse:
    """Put it on the disk; as the house, whose word on the upload this is. Raises NotTaken."""
    with reader.system():
        into.__exit__(type(why) if why else None, why, None)
    return consolidations.kept(into.offset)


def _beside(work: Any, *given: Any) -> Any:
    """What asks the register the plain way, in a thread of its own."""
    try:
        return work(*given)
    finally:
        connections.close_all()


async def _send(answer: HttpResponse, send: Any) -> None:
    headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.items()]
    headers.append((b"content-length", b"%d" % len(answer.content)))
    await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.content})
