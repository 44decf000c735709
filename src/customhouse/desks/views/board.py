"""The board: how many stand where, for how long, and what the day has brought. Drawn as SVG on the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.desks import words
from customhouse.desks.access import allowed
from customhouse.desks.views.lists import AGES
from customhouse.registry import worklist

WIDTH, HEIGHT, HOUR = 720, 200, 30
BOX = f"-60 -18 {WIDTH + 68} {HEIGHT + 54}"  # with room for the scale and the hours


def _bars(rows: list[tuple[str, Any, int]]) -> list[dict[str, Any]]:
    """Rows of (key, word, number) with the length of each bar, in per cent of the longest."""
    most = max((n for _key, _word, n in rows), default=0) or 1
    return [{"key": key, "word": word, "n": n, "length": round(n * 100 / most, 1)} for key, word, n in rows]


def _hours(told: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    """The day by hours: a column for what was lodged, and in it what of that has been released."""
    most = max((lodged for lodged, _released in told), default=0) or 1
    scale = _round_up(most)
    columns = []
    for hour, (lodged, released) in enumerate(told):
        tall, inner = round(lodged * HEIGHT / scale, 1), round(released * HEIGHT / scale, 1)
        columns.append(
            {
                "hour": hour,
                "lodged": lodged,
                "released": released,
                "x": hour * HOUR + 4,
                "middle": hour * HOUR + HOUR // 2,
                "y": HEIGHT - tall,
                "tall": tall,
                "inner_y": HEIGHT - inner,
                "inner": inner,
            }
        )
    lines = [{"n": round(scale * part / 4), "y": HEIGHT - HEIGHT * part / 4} for part in (1, 2, 3, 4)]
    return {
        "columns": columns,
        "lines": lines if scale >= 4 else lines[-1:],
        "box": BOX,
        "width": WIDTH,
        "height": HEIGHT,
    }


def _round_up(most: int) -> int:
    """The next of 4, 8, 12, 16, 20, 24, 32, 40, 80 ...: scales whose quarters are whole numbers."""
    step = 4
    while True:
        for times in (1, 2, 3, 4, 5, 6, 8):
            if step * times >= most:
                return step * times
        step *= 10


@allowed("board.read")
def show(request: HttpRequest) -> HttpResponse:
    now = datetime.now(UTC)
    waits = worklist.waiting((), [now - age for _word, age in AGES.values()])
    older = zip(AGES.items(), waits.older, strict=True)
    today = worklist.day(now.replace(hour=0, minute=0, second=0, microsecond=0))
    released = today.stages.get("RELEASED", 0)
    charts = {
        "waiting_lanes": _bars([(k.value, w, waits.lanes.get(k.value, 0)) for k, w in words.LANES.items()]),
        "waiting_holds": _bars([(k.value, w, waits.holds.get(k.value, 0)) for k, w in words.HOLDS.items()]),
        "ages": _bars([(key, word, n) for (key, (word, _age)), n in older]),
        "lanes": _bars([(k.value, w, today.lanes.get(k.value, 0)) for k, w in words.LANES.items()]),
        "stages": _bars(
            [(k.value, w, today.stages[k.value]) for k, w in words.STAGES.items() if k.value in today.stages]
        ),
        "hours": _hours(today.hours),
    }
    context = {
        "waits": waits,
        "today": today,
        "released": released,
        "straight": round(today.at_once * 100 / today.total) if today.total else None,
        "charts": charts,
    }
    return render(request, "desks/board.html", context)
