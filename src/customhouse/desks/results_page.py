"""What the page of results shows: figures as the reader writes them, and charts drawn as SVG, each with its numbers as text beside it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from customhouse.clearance.results import Blind, Buys, Effect, Rate, Results, Stretch
from customhouse.desks import words
from customhouse.desks.explain.language import number
from customhouse.labs.compliance.beta import Share
from customhouse.record.lanes import Lane
from customhouse.registry.outcome_counts import Tally

WIDTH, HEIGHT = 640, 200
BOX = f"-76 -14 {WIDTH + 110} {HEIGHT + 48}"
LABELS = 8
IMPORTERS = {
    "": lazy("Importer not named"),
    "1": lazy("One declaration"),
    "2": lazy("2 to 9 declarations"),
    "10": lazy("10 to 99 declarations"),
    "100": lazy("100 declarations and more"),
}
WHY = {
    "too-little": lazy("Too few looks were reported to judge: the share stays."),
    "falling": lazy("Selection finds clearly less than before: explore more."),
    "drift": lazy("Trade is not what the models learned from: explore more."),
    "explored-finds": lazy("Exploration finds at least half as often as selection: explore more."),
    "better-higher": lazy("Periods with more exploration were followed by more finds."),
    "better-lower": lazy("Periods with less exploration were followed by as many finds or more."),
    "steady": lazy("Nothing speaks for another share."),
    "floor": lazy("It is never less than the floor."),
    "ceiling": lazy("It is never more than half of all looks, nor than 8 %."),
}
VERDICTS = {
    "better": (lazy("better than the draw"), "good"),
    "worse": (lazy("worse than the draw"), "bad"),
    "open": (lazy("not told apart yet"), ""),
}


def per_cent(share: float | None, digits: int = 1) -> str:
    """A share as per cent, a dash where nothing is known."""
    return "–" if share is None else f"{number(Decimal(f'{share * 100:.{digits}f}'))}\u00a0%"


def interval(share: Share | None) -> str:
    """The ends of an interval, empty where nothing is known."""
    if share is None:
        return ""
    low, high = number(Decimal(f"{share.low * 100:.1f}")), number(Decimal(f"{share.high * 100:.1f}"))
    return _("%(low)s to %(high)s %%") % {"low": low, "high": high}


def lasting(minutes: int | None) -> str:
    """Minutes in the unit of people."""
    if minutes is None:
        return "–"
    if minutes < 100:
        return f"{minutes}\u00a0min"
    hours = Decimal(minutes) / 60
    if hours < 48:
        return f"{number(hours.quantize(Decimal('0.1')))}\u00a0h"
    return f"{number((hours / 24).quantize(Decimal('0.1')))}\u00a0{_('d')}"


def goods(key: Sequence[str]) -> str:
    """A stratum of goods and origin in words."""
    section, origin = key
    named = _("Section %(n)s") % {"n": section} if section else _("No code")
    return f"{named}, {origin or _('origin not declared')}"


def effect(e: Effect, name: str = "", text: str = "") -> dict[str, Any]:
    """One row of a table of effects; `name` in words instead of its code, `text` is what the code means."""
    verdict, tone = VERDICTS[e.verdict]
    return {
        "name": name or e.tally.key,
        "is_code": not name,
        "text": text,
        "t": e.tally,
        "precision": per_cent(e.precision.middle if e.precision else None),
        "interval": interval(e.precision),
        "lift": "–" if e.lift is None else f"{number(Decimal(f'{e.lift:.1f}'))} ×",
        "delay": lasting(e.tally.delay),
        "verdict": verdict,
        "tone": tone,
    }


def rate(r: Rate, name: Any) -> dict[str, Any]:
    return {
        "name": name,
        "declarations": r.declarations,
        "looks": r.share.looks,
        "finds": r.share.finds,
        "rate": per_cent(r.share.middle),
        "interval": interval(r.share),
        "unseen": r.unseen,
    }


def blind(b: Blind) -> dict[str, Any]:
    return {
        "name": goods(b.key),
        "declarations": b.declarations,
        "looks": b.looks,
        "unseen": b.unseen,
        "value": b.value,
        "high": per_cent(b.high),
        "hidden": b.hidden,
        "likely": per_cent(b.likely.middle),
        "interval": interval(b.likely),
    }


def buys(b: Buys) -> dict[str, Any]:
    name = _("Drawn at random from what passes unseen") if b.where == "random" else goods(b.key)
    one_in = round(1 / b.share.middle) if b.share.middle else 0
    return {
        "name": name,
        "rate": per_cent(b.share.middle),
        "interval": interval(b.share),
        "revenue": b.revenue,
        "said": ngettext("one find in %(n)d look", "one find in %(n)d looks", max(1, one_in)) % {"n": max(1, one_in)},
    }


def bars(tallies: Sequence[Tally], names: Any, count: str = "finds") -> list[dict[str, Any]]:
    """Bars of counts, as `parts/bars.html` draws them."""
    most = max((getattr(t, count) for t in tallies), default=0) or 1
    return [
        {
            "key": t.key,
            "word": names.get(t.key, t.key),
            "n": getattr(t, count),
            "length": round(getattr(t, count) * 100 / most, 1),
        }
        for t in tallies
    ]


# --- charts -----------------------------------------------------------------------------------------------------------


def _top(most: float) -> float:
    """The end of the scale: the next of 2 %, 4 %, 10 %, 20 %, 40 %, 60 %, 80 %, 100 %."""
    return next((top for top in (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8) if most <= top), 1.0)


def _grid(top: float) -> list[dict[str, Any]]:
    return [
        {"y": round(HEIGHT - HEIGHT * part / 4, 1), "n": per_cent(top * part / 4, 0 if top > 0.1 else 1)}
        for part in (1, 2, 3, 4)
    ]


def _frame(top: float) -> dict[str, Any]:
    return {"box": BOX, "width": WIDTH, "height": HEIGHT, "grid": _grid(top)}


def rates(stretches: Sequence[Stretch]) -> dict[str, Any] | None:
    """The measured rate of each stretch with its interval, and the hit rate of all looks beside it; None without any look."""
    if not any(s.looks for s in stretches):
        return None
    shown = [s.drawn.high for s in stretches if s.drawn] + [s.finds / s.looks for s in stretches if s.looks]
    top = _top(max(shown))
    wide, marks = WIDTH / len(stretches), []
    every = -(-len(stretches) // LABELS)

    def y(value: float) -> float:
        return round(HEIGHT - HEIGHT * min(value, top) / top, 1)

    for n, s in enumerate(stretches):
        hit = s.finds / s.looks if s.looks else None
        marks.append(
            {
                "x": round(wide * (n + 0.5), 1),
                "label": f"{s.begins:%m-%d}" if n % every == 0 else "",
                "begins": s.begins,
                "hit_y": None if hit is None else y(hit),
                "hit": per_cent(hit),
                "looks": s.looks,
                "drawn": s.drawn.looks if s.drawn else 0,
                "y": y(s.drawn.middle) if s.drawn else None,
                "low": y(s.drawn.low) if s.drawn else None,
                "high": y(s.drawn.high) if s.drawn else None,
                "rate": per_cent(s.drawn.middle if s.drawn else None),
                "interval": interval(s.drawn),
            }
        )
    return {**_frame(top), "marks": marks}


def curve(told: Results) -> dict[str, Any] | None:
    """Hit rate against the share of declarations looked at, the best reasons first; None without any look."""
    points = told.curve
    if not points:
        return None
    base = told.rate
    top = _top(max([p.hit for p in points] + ([base.high] if base else [])))
    far = points[-1].looked

    def y(value: float) -> float:
        return round(HEIGHT - HEIGHT * min(value, top) / top, 1)

    marks = [
        {
            "x": round(WIDTH * p.looked / far, 1),
            "y": y(p.hit),
            "looked": per_cent(p.looked),
            "hit": per_cent(p.hit),
            "found": per_cent(p.found, 0),
            "reason": p.reason,
        }
        for p in points
    ]
    line = " ".join(f"{m['x']},{m['y']}" for m in [{"x": 0, "y": marks[0]["y"]}, *marks])
    scale = [{"x": WIDTH * part / 4, "n": per_cent(far * part / 4)} for part in (1, 2, 3, 4)]
    band = {"y": y(base.high), "tall": round(y(base.low) - y(base.high), 1), "middle": y(base.middle)} if base else None
    return {**_frame(top), "marks": marks, "line": line, "scale": scale, "band": band}


def lanes(stretches: Sequence[Stretch]) -> dict[str, Any] | None:
    """Lanes over time, as columns of shares; None where nothing was declared."""
    if not stretches:
        return None
    wide, every, columns = WIDTH / len(stretches), -(-len(stretches) // LABELS), []
    for n, s in enumerate(stretches):
        parts, y = [], float(HEIGHT)
        for lane in (Lane.GREEN, Lane.BLUE, Lane.YELLOW, Lane.RED):
            count = s.lanes.get(lane.value, 0)
            tall = HEIGHT * count / s.declarations
            y -= tall
            parts.append({"lane": lane.value, "n": count, "y": round(y, 1), "tall": round(tall, 1)})
        columns.append(
            {
                "x": round(wide * n + wide * 0.1, 1),
                "middle": round(wide * (n + 0.5), 1),
                "wide": round(wide * 0.8, 1),
                "label": f"{s.begins:%m-%d}" if n % every == 0 else "",
                "begins": s.begins,
                "parts": parts,
                "delays": [lasting(s.delays.get(k.value)) for k in words.LANES],
                "declarations": s.declarations,
            }
        )
    return {**_frame(1.0), "columns": columns}
