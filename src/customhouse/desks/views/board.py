"""The board: how many stand where, and for how long."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.desks import explain
from customhouse.desks.access import roles
from customhouse.record.declaration import HoldKind, Role, Stage
from customhouse.record.lanes import Lane
from customhouse.registry import files

WIDTH = 320


def _bars(counts: dict[str, int], words: dict[object, object], keys: list[object]) -> list[dict[str, object]]:
    most = max(counts.values(), default=0) or 1
    return [
        {
            "key": str(k),
            "word": words[k],
            "n": counts.get(str(k), 0),
            "width": round(counts.get(str(k), 0) * WIDTH / most),
            "y": n * 30,
        }
        for n, k in enumerate(keys)
    ]


@roles(Role.SUPERVISOR, Role.AUDITOR, Role.OFFICER)
def show(request: HttpRequest) -> HttpResponse:
    counts = files.counts()
    shown = [s for s in Stage if s not in (Stage.NEW, Stage.LODGED) and counts.stages.get(s.value)]
    charts = {
        "stages": _bars(counts.stages, dict(explain.STAGES), list(shown)),
        "lanes": _bars(counts.lanes, dict(explain.LANES), list(Lane)),
        "holds": _bars(counts.holds, dict(explain.HOLDS), list(HoldKind)),
    }
    return render(request, "desks/board.html", {"counts": counts, "charts": charts})
