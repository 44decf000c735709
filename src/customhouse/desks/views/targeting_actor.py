"""Everything about one trader, address, container or document that past declarations name: record, network, goods, peers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from customhouse.clearance.context import context_now
from customhouse.desks import audit, explain, network_chart, sentences, targeting_charts, targeting_words
from customhouse.desks.access import allowed
from customhouse.law.book import Law
from customhouse.offices.risk.network import KINDS, LONGEST_KEY
from customhouse.registry import courses, links, past_goods

DAYS = 730
HEADINGS = 3


@allowed("targeting.read")
def show(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """The page of an actor; one that no declaration names is nowhere."""
    if kind not in KINDS or len(key) > LONGEST_KEY + 20 or "\x00" in key:
        raise Http404
    today, is_level = datetime.now(UTC).date(), courses.catch_up()
    record = links.record(kind, key, today, days=DAYS)
    if record.since is None:
        raise Http404
    audit.actor(request, kind, key)
    name = record.names[0] if record.names else key
    found = links.network([links.Node(kind, key, name, 0, 0, is_seed=True)], today)
    law = context_now().law
    context = {
        "kind": kind,
        "word": targeting_words.KINDS[kind],
        "key": key,
        "name": name,
        "names": record.names[1:],
        "record": record,
        "currency": law.currency,
        "rate": targeting_charts.rate(record.finds, record.examined),
        "months": targeting_charts.months(record, today),
        "trend": targeting_charts.trend(record),
        "also": [
            (targeting_words.KINDS[other], n, network_chart.address(other, key)) for other, n in links.also(kind, key)
        ],
        "rules": [(rule, _said(rule, law), times, finds) for rule, times, finds in links.rules(kind, key)],
        "network": found,
        "picture": network_chart.draw(found, is_actor=True),
        "declared": links.newest(kind, key),
        "outcomes": targeting_words.OUTCOMES,
        "days": DAYS,
        "is_level": is_level,
        **(_of_importer(key, law) if kind == "importer" else {}),
    }
    return render(request, "desks/risk_actor.html", context)


def _said(rule: str, law: Law) -> str:
    """A reason by its rule, in words where there are any."""
    if rule in targeting_words.WAYS:
        return str(targeting_words.WAYS[rule])
    if rule in sentences.OFFICES:
        return str(sentences.OFFICES[rule])
    found = next((c for c in law.contents.criteria if c.id == rule), None)
    return explain.in_language(found.text) if found else ""


def _of_importer(key: str, law: Law) -> dict[str, Any]:
    """What an importer deals in, and how it stands beside others that bring the same."""
    dealt = {name: past_goods.dealt_in(name, key) for name in ("heading", "origin", "exporter")}
    floor = links.first_of(datetime.now(UTC).date() - timedelta(DAYS))
    peers = []
    for share in dealt["heading"][:HEADINGS]:
        examined, finds = past_goods.peers(share.what, key, floor)
        peers.append((share.what, targeting_charts.rate(finds, examined)))
    texts = {share.what: explain.line(share.what, "", law) for share in dealt["heading"]}
    return {"dealt": dealt, "peers": peers, "headings": texts}
