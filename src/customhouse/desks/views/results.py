"""Results of selection, for those who answer for it: what it found, what it cost, how much is wrong, where nobody looks."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from time import monotonic
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.clearance.results import ENOUGH_DRAWN, Results, last_days, officers, one_more, results
from customhouse.desks import look_words, results_page, words
from customhouse.desks.access import allowed, role_of
from customhouse.desks.explain.language import in_language, share
from customhouse.record import access
from customhouse.record.lanes import Lane
from customhouse.registry import courses, lawbook, outcome_counts, reader

PERIODS = (7, 30, 90, 365)
USUAL = 90
SHOWN = 12
UNSAFE = "=+-@\t\r"
SLOW, KEPT = 2.0, 300.0  # seconds: what took longer to count than the first is shown again for the second
_counted: dict[tuple[Any, ...], tuple[float, datetime, Results]] = {}


def _asked(request: HttpRequest) -> tuple[int, date, date, str]:
    """(days, since, until, office) that the address asks for; anything else than an offered period is the usual one."""
    typed = request.GET.get("days", "")
    days = int(typed) if typed in {str(p) for p in PERIODS} else USUAL
    known = {t.key for t in outcome_counts.tallies("office", *last_days(max(PERIODS), datetime.now(UTC).date()))}
    office = request.GET.get("office", "")
    return days, *last_days(days, datetime.now(UTC).date()), office if office in known else ""


def _told(since: date, until: date, office: str) -> tuple[Results, datetime]:
    """(the results as this reader may see them, when they were counted). A long time takes long to count, and changes little."""
    key, now = (reader.current(), since, until, office), monotonic()
    for old in [k for k, (until_, _at, _told) in _counted.items() if until_ < now]:
        _counted.pop(old, None)
    if key in _counted:
        _until, at, told = _counted[key]
        return told, at
    at, told = datetime.now(UTC), results(since, until, office)
    if monotonic() - now > SLOW:
        _counted[key] = (monotonic() + KEPT, at, told)
    return told, at


@allowed("risk.results")
def show(request: HttpRequest) -> HttpResponse:
    """The page; with ?as=json everything of it for machines, with ?as=blind, reasons or strata a table as CSV."""
    days, since, until, office = _asked(request)
    told, at = _told(since, until, office)
    match request.GET.get("as", ""):
        case "json":
            return HttpResponse(msgspec.json.encode(told), content_type="application/json")
        case "blind" | "reasons" | "strata" as what:
            return _csv(what, told)
    context = {
        "told": told,
        "at": at,
        "days": days,
        "periods": PERIODS,
        "office": office,
        "offices": [
            t.key for t in outcome_counts.tallies("office", *last_days(max(PERIODS), datetime.now(UTC).date()))
        ],
        "behind": courses.behind(),
        "may_see_people": role_of(request) in access.may("risk.people"),
        **_figures(told),
    }
    return render(request, "desks/results.html", context)


def _figures(told: Results) -> dict[str, Any]:
    page, t = results_page, told.total
    said = _texts()
    reasons = [page.effect(e, text=said.get(e.tally.key, "")) for e in told.reasons]
    return {
        "looked": page.per_cent(t.looks / t.declarations if t.declarations else None),
        "hit": page.per_cent(t.finds / t.looks if t.looks else None),
        "rate": page.per_cent(told.rate.middle if told.rate else None),
        "rate_interval": page.interval(told.rate),
        "weighed": page.per_cent(told.weighed.middle if told.weighed else None),
        "weighed_interval": page.interval(told.weighed),
        "random_share": share(told.random_ppm),
        "explored_share": share(told.explored_ppm),
        "proposed_share": share(told.proposal.share_ppm),
        "why": [page.WHY[code] for code in told.proposal.why],
        "draws": [
            page.effect(e, str(name))
            for e, name in ((told.random, words.LOOKED_BY["random"]), (told.explored, words.LOOKED_BY["explore"]),
                            (told.overruled, words.LOOKED_BY["person"]))
            if e is not None
        ],
        "reasons": reasons[:SHOWN],
        "worst": [r for r in reversed(reasons) if r["t"].looks][:5] if len(reasons) > SHOWN else [],
        "models": [page.effect(e, e.tally.key[:12]) for e in told.models],
        "by_office": [page.effect(e) for e in told.offices],
        "kinds": page.bars(told.kinds, look_words.KINDS),
        "rates": page.rates(told.stretches),
        "curve": page.curve(told),
        "lanes": page.lanes(told.stretches),
        "delays": [(t.key, Lane(t.key), t.declarations, page.lasting(t.delay)) for t in told.lanes],
        "lane_words": [(k.value, w) for k, w in words.LANES.items()],
        "goods": [page.rate(r, page.goods(r.key)) for r in told.goods[:SHOWN]],
        "importers": [page.rate(r, page.IMPORTERS.get(r.key[0], r.key[0])) for r in told.importers],
        "offices_rate": [page.rate(r, r.key[0] or "–") for r in told.by_office],
        "blind": [page.blind(b) for b in told.blind[:SHOWN]],
        "blind_more": max(0, len(told.blind) - SHOWN),
        "too_few": (told.rate.looks if told.rate else 0) < ENOUGH_DRAWN,
        "enough": ENOUGH_DRAWN,
        "one_more": [page.buys(b) for b in one_more(told)],
    }  # fmt: skip


def _texts() -> dict[str, str]:
    """What the criteria of the law say, by their ids."""
    return {c.id: in_language(c.text) for c in lawbook.current(datetime.now(UTC).date()).contents.criteria}


@allowed("risk.people")
def people(request: HttpRequest) -> HttpResponse:
    """Figures of single people, for supervisors alone."""
    days, since, until, office = _asked(request)
    told = officers(since, until, office)
    context = {
        "days": days,
        "periods": PERIODS,
        "looked": [results_page.effect(e) for e in told.looked],
        "overruled": [results_page.effect(e) for e in told.overruled],
        "few": told.few,
        "currency": outcome_counts.currency(),
    }
    return render(request, "desks/results_people.html", context)


# --- tables for spreadsheets ------------------------------------------------------------------------------------------


def _csv(what: str, told: Results) -> HttpResponse:
    head, rows = _table(what, told)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{what}-{told.since}-{told.until}.csv"'
    return answer


def _table(what: str, told: Results) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    if what == "blind":
        return (
            ("section", "origin", "declarations", "looks", "finds", "unseen", "customs_value_minor", "upper_limit",
             "likely", "likely_low", "likely_high", "hidden_at_most"),
            ((*b.key, b.declarations, b.looks, b.finds, b.unseen, b.value, b.high, b.likely.middle, b.likely.low,
              b.likely.high, b.hidden) for b in told.blind),
        )  # fmt: skip
    if what == "strata":
        return (
            ("section", "origin", "declarations", "unseen", "drawn", "finds", "rate", "low", "high"),
            ((*r.key, r.declarations, r.unseen, r.share.looks, r.share.finds, r.share.middle, r.share.low, r.share.high)
             for r in told.goods),
        )  # fmt: skip
    return (
        ("reason", "chosen", "looks", "finds", "not_done", "precision", "low", "high", "lift", "revenue_minor",
         "median_delay_minutes", "verdict"),
        ((e.tally.key, e.tally.declarations, e.tally.looks, e.tally.finds, e.tally.not_done,
          *((e.precision.middle, e.precision.low, e.precision.high) if e.precision else ("", "", "")),
          e.lift if e.lift is not None else "", e.tally.revenue, e.tally.delay if e.tally.delay is not None else "", e.verdict)
         for e in (*told.reasons, *(x for x in (told.random, told.explored, told.overruled) if x))),
    )  # fmt: skip


def _safe(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(tuple(UNSAFE)) else cell
