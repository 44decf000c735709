"""The web process: the intake and the live events as raw ASGI callables, everything else Django, on one port."""

from __future__ import annotations

import asyncio
import gc
import os
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "customhouse.house.settings")

from django.core.asgi import get_asgi_application

django_app = get_asgi_application()

from django.conf import settings  # noqa: E402

from customhouse.api import portions, sandbox  # noqa: E402
from customhouse.api.events import Events  # noqa: E402 - Django must be ready first
from customhouse.api.intake import Intake  # noqa: E402
from customhouse.api.plain import goes_the_plain_way  # noqa: E402
from customhouse.gates import wco_xml  # noqa: E402
from customhouse.house.options import setting  # noqa: E402
from customhouse.house.start import settle_kind  # noqa: E402
from customhouse.registry.secret import draw_key  # noqa: E402

_schema = setting("CUSTOMHOUSE_WCO_SCHEMA")
intake = Intake(
    os.environ["CUSTOMHOUSE_DATABASE_URL"],
    draw_key=draw_key(),
    largest=int(setting("CUSTOMHOUSE_MAX_BYTES")),
    read_xml=partial(wco_xml.read, schema=wco_xml.Schema(Path(_schema))) if _schema else None,
)
events = Events(intake.watch)


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The router."""
    if scope["type"] == "http":
        path = scope["path"]
        if settings.SANDBOX and (wanted := dict(scope["headers"]).get(b"sandbox-delay")):
            await sandbox.delay(wanted)
        if path == "/api/v1/declarations" and scope["method"] == "POST" and not goes_the_plain_way(scope["headers"]):
            await intake(scope, receive, send)
        elif portions.is_portion(scope):
            await portions.take(scope, receive, send)
        elif path == "/events":
            await events(scope, receive, send)
        else:
            await django_app(scope, receive, send)
    elif scope["type"] == "lifespan":
        await _lifespan(receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    await receive()
    try:
        await asyncio.to_thread(settle_kind)
        await intake.start()
    except Exception as fault:
        await send({"type": "lifespan.startup.failed", "message": f"the register cannot be reached: {fault}"})
        raise
    # What was loaded at start lives as long as the process: the collector need not walk it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await intake.stop()
    await send({"type": "lifespan.shutdown.complete"})
