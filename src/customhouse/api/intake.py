"""The intake: POST a declaration, get the decision. Raw ASGI in front of Django, because here milliseconds count.

POST /api/v1/declarations     Authorization: Bearer TOKEN     Content-Type: application/json or application/xml

201 cleared or held  200 the same was lodged before  400 cannot be read  401 no valid token  403 another's declaration, no scope
409 reference in use 413 too large  415 unknown type  422 refused, with problems  429 too often  503 come back (Retry-After)
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
from django.db import connections

from customhouse.api.fault import (
    CONTENT_TYPE,
    encode,
    no_scope,
    no_token,
    not_yours,
    of_lodgement,
    other_request,
    too_many,
)
from customhouse.api.limit import limit
from customhouse.clearance import representation, scorer, screening, sight
from customhouse.clearance.answer import Answer, answer
from customhouse.clearance.line import Context, walk
from customhouse.clearance.lodge import CHANGE, GATES, change, duplicate
from customhouse.kernel.problem import Problem, Refusal, errors
from customhouse.law.book import Law
from customhouse.record.declaration import Stage
from customhouse.record.history import NO_HISTORY
from customhouse.record.lodgement import Lodgement
from customhouse.registry import (
    ahead,
    authorisations,
    clients,
    criteria,
    idempotency,
    lawbook,
    people,
    reader,
)
from customhouse.registry.batch import Unavailable, Unstorable, Writer
from customhouse.registry.files import New
from customhouse.registry.lawbook import NoLaw
from customhouse.registry.watch import Watch

log = logging.getLogger(__name__)

FORMATS = {"application/json": "json", "application/xml": "xml", "text/xml": "xml"}
BLOCK = 256
AUTHORISED_MEMORY = 2.0  # seconds an authorisation, or that there is none, is believed
SCOPE = "declarations:lodge"


class Intake:
    """The ASGI application of the intake; `start` and `stop` with the process."""

    def __init__(
        self, url: str, *, draw_key: bytes, largest: int, read_xml: Callable[[bytes], Lodgement] | None = None
    ) -> None:
        self.url, self.draw_key, self.largest = url, draw_key, largest
        self.gates = dict(GATES)
        if read_xml is not None:
            self.gates["xml"] = read_xml
        self.writer = Writer(url)
        held = (lawbook.shelf, criteria.shelf, ahead.shelf, scorer.shelf, screening.HERE)
        self.watch = Watch(url, held)  # meanwhile declarations wait for the worker, and nobody for an index
        self._numbers: deque[int] = deque()
        self._authorised: dict[tuple[str, str, tuple[str, ...]], tuple[float, bool]] = {}
        self._tokens = clients.Memory()
        self._pool: asyncpg.Pool | None = None
        self._filling = asyncio.Lock()

    async def start(self) -> None:
        self._pool = await asyncpg.create_pool(
            self.url, min_size=1, max_size=2, server_settings=reader.told(reader.SYSTEM)
        )
        await self.watch.start()
        self.writer.start()

    async def stop(self) -> None:
        await self.writer.stop()
        await self.watch.stop()
        if self._pool is not None:
            await self._pool.close()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        more: list[tuple[bytes, bytes]] = []
        try:
            status, told = await self._answer(headers, receive, more)
        except (Unavailable, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as away:
            problem = Problem(
                "RegisterAway",
                "The register cannot be reached",
                "",
                "Nothing was lost; send the same again",
                str(away)[:80],
            )
            status, told = 503, Answer("unreadable", (problem,))
            more.append((b"retry-after", b"2"))
        body = told if isinstance(told, bytes) else _written(status, told)
        sent = [(b"content-type", _type(status).encode()), (b"content-length", b"%d" % len(body)), *more]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": body})

    async def _answer(
        self, headers: dict[bytes, bytes], receive: Any, more: list[tuple[bytes, bytes]]
    ) -> tuple[int, Answer | bytes]:
        """Status and body; what else the headers say is put into `more`."""
        access = await self._access(headers.get(b"authorization", b""))
        if access is None:
            more.append((b"www-authenticate", b"Bearer"))
            return 401, _no(no_token())
        if not access.allows(SCOPE):
            more.append((b"www-authenticate", f'Bearer error="insufficient_scope", scope="{SCOPE}"'.encode()))
            return 403, _no(no_scope(SCOPE))
        if wait := limit.wait(access):
            more.append((b"retry-after", b"%d" % wait))
            return 429, _no(too_many())
        format = FORMATS.get(headers.get(b"content-type", b"").split(b";")[0].strip().decode("latin-1").lower(), "")
        if not format:
            what = Problem(
                "UnknownFormat", "This kind of content is not taken", "", "Send application/json or application/xml"
            )
            return 415, _no(what)
        data = await self._body(headers, receive)
        if data is None:
            what = Problem("TooLarge", f"A message has at most {self.largest} bytes", "", "Split the declaration")
            return 413, _no(what)
        if (key := headers.get(b"idempotency-key")) is not None:
            return await self._once(key.decode("latin-1"), access, data, format, more)
        return await self._take(data, format, access.trader)

    async def _once(
        self, key: str, access: clients.Access, data: bytes, format: str, more: list[tuple[bytes, bytes]]
    ) -> tuple[int, Answer | bytes]:
        """The answer kept for this key, or a new one that is kept. Two at once are one lodgement, by reference and content."""
        if not idempotency.is_key(key):
            what = Problem("InvalidIdempotencyKey", "This Idempotency-Key cannot be taken", "", "Send a UUID", key[:40])
            return 400, _no(what)
        if self._pool is None:
            raise Unavailable("the house is closing")
        whose = (access.trader, access.client, key)
        asked = idempotency.fingerprint("POST", "/api/v1/declarations", data)
        if (kept := await self._pool.fetchrow(idempotency.LOOK, *whose)) is not None:
            if kept[0] != asked:
                return 422, _no(other_request())
            if kept[1] is not None:
                more.append((b"idempotency-replayed", b"true"))
                return kept[1], idempotency.opened(kept[3])
        status, told = await self._take(data, format, access.trader)
        body = _written(status, told)
        await self._pool.execute(idempotency.KEEP, *whose, asked, status, _type(status), idempotency.sealed(body))
        return status, body

    async def _take(self, data: bytes, format: str, trader: str) -> tuple[int, Answer]:
        try:
            lodged = self.gates[format](data)
        except Refusal as refusal:
            return 400, Answer("unreadable", refusal.problems)
        if lodged.declarant_id != trader:
            return 403, _no(not_yours(trader, lodged.declarant_id))
        if lodged.function == CHANGE:
            return await asyncio.to_thread(self._change, lodged, data, format, trader)
        return await self._lodge(lodged, data, format, trader)

    def _change(self, lodged: Lodgement, data: bytes, format: str, trader: str) -> tuple[int, Answer]:
        """Messages about an earlier declaration are rare, and go the plain way."""
        try:
            with reader.reading(people.reader_for(trader)):
                outcome = change(lodged, data, by=trader, format=format)
        finally:
            connections.close_all()
        status = {"new": 200, "other": 409, "refused": 422}.get(outcome.kind, 404 if not lodged.items else 422)
        return status, answer(outcome.kind, outcome.declaration, outcome.problems)

    async def _lodge(self, lodged: Lodgement, data: bytes, format: str, trader: str) -> tuple[int, Answer]:
        at = datetime.now(UTC)
        try:
            law = lawbook.shelf.on(at.date()).on(at.date())
        except NoLaw as missing:
            raise Unavailable(str(missing)) from missing
        unauthorised = await self._unauthorised(lodged, law, at.date())
        if errors(unauthorised):
            return 403, Answer("unreadable", unauthorised)
        digest = hashlib.sha256(data).hexdigest()
        number = await self._number()
        chosen, score = criteria.shelf.on(at.date()), sight.scorer_held()
        known = NO_HISTORY
        if self._pool is not None and sight.is_asked_for(chosen, score):
            known = await sight.history_of(self._pool, lodged, at)
        context = Context(
            law,
            at,
            self.draw_key,
            chosen,
            known,
            score=score,
            screening=screening.HERE.asked,
            marks=ahead.shelf.held(at.date()),
        )
        walked = walk(lodged, context, number=number, by=trader, format=format, digest=digest)
        if walked.entry is None:
            raise Unavailable("nothing was recorded")
        try:
            stored = await self.writer.put(New(walked.declaration, walked.entry, data, digest))
        except Unstorable as fault:
            what = "The message holds what cannot be kept"
            return 422, _no(Problem("Unstorable", what, "", "Remove control characters", str(fault)[:80]))
        d = stored.declaration
        if stored.kind == "other":
            return 409, Answer("other", (duplicate(lodged, d),))
        refused = d.stage is Stage.REFUSED
        if stored.kind == "same":
            return (422 if refused else 200), answer("same", d, d.problems)
        told = (*walked.problems, *unauthorised)
        return (422, answer("refused", d, told)) if refused else (201, answer("new", d, told))

    async def _unauthorised(self, lodged: Lodgement, law: Law, day: date) -> tuple[Problem, ...]:
        """A problem where the declarant acts for a trader that has not authorised it; asked once in a while for each pair."""
        trader, procedures = representation.represented(lodged)
        if not trader or self._pool is None:
            return ()
        key, now = (trader, lodged.declarant_id, procedures), time.monotonic()
        known = self._authorised.get(key)
        if known is None or now - known[0] > AUTHORISED_MEMORY:
            if len(self._authorised) > 10_000:
                self._authorised.clear()
            row = await self._pool.fetchrow(authorisations.ASKED, trader, lodged.declarant_id, day, list(procedures))
            known = self._authorised[key] = (now, not row[0] or row[1])
        return () if known[1] else (representation.problem(lodged, law, trader),)

    async def _body(self, headers: dict[bytes, bytes], receive: Any) -> bytes | None:
        """The whole body, or None as soon as it is too large."""
        if int(headers.get(b"content-length", b"0") or 0) > self.largest:
            return None
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            part = message.get("body", b"")
            size += len(part)
            if size > self.largest:
                return None
            parts.append(part)
            if not message.get("more_body"):
                return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _access(self, header: bytes) -> clients.Access | None:
        """What the token opens: remembered for a moment, so that most requests ask nobody."""
        kind, _, token = header.decode("latin-1").partition(" ")
        if kind.lower() != "bearer" or not token or self._pool is None:
            return None
        known, found = self._tokens.get(token)
        if known:
            return found
        row = await self._pool.fetchrow(clients.OPENS, clients.digest(token))
        return self._tokens.put(token, clients.access(row) if row else None)

    async def _number(self) -> int:
        """The next number of a block reserved from the sequence."""
        if not self._numbers and self._pool is not None:
            async with self._filling:
                if not self._numbers:
                    rows = await self._pool.fetch(
                        "select nextval('declaration_number') from generate_series(1, $1)", BLOCK
                    )
                    self._numbers.extend(r[0] for r in rows)
        return self._numbers.popleft()


def _no(problem: Problem) -> Answer:
    return Answer("unreadable", (problem,))


def _type(status: int) -> str:
    return CONTENT_TYPE if status >= 400 else "application/json"


def _written(status: int, told: Answer) -> bytes:
    return encode(told if status < 400 else of_lodgement(status, told))
