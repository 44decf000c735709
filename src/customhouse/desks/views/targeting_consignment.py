"""A consignment as a targeter sees it: why it was chosen with the facts behind, what is usual, who hangs together, and the choice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from customhouse.clearance import sight, target
from customhouse.desks import (
    audit,
    explain,
    network_chart,
    targeting_charts,
    targeting_forms,
    targeting_reasons,
    targeting_words,
    words,
)
from customhouse.desks.access import allowed, may, may_see, role_of
from customhouse.desks.views.consignment import law_of, opened
from customhouse.law.book import Law
from customhouse.offices.risk import network, overruling
from customhouse.offices.risk.course import course
from customhouse.record.acts import Entry, LaneChanged, Targeted
from customhouse.record.declaration import Declaration, Stage
from customhouse.record.facts import grams
from customhouse.record.flow import NotPermitted
from customhouse.record.lanes import Lane
from customhouse.registry import courses, files, links, past_goods, traffic
from customhouse.registry.past_goods import Goods

ITEMS, DAYS = 5, 365
PARTIES = ("importer", "exporter", "declarant")


@allowed("targeting.read")
def show(request: HttpRequest, number: int) -> HttpResponse:
    d = opened(request, number, "targeting.read")
    audit.read(request, "targeting", d)
    return _page(request, d, targeting_forms.forms(d, role_of(request)) if may(request, "targeting.act", d) else [])


@allowed("targeting.act")
@require_POST
def choose(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Select or deselect, with a reason of the list and in the officer's own words."""
    if name not in targeting_forms.NAMES:
        raise Http404
    d = opened(request, number, "targeting.act")
    role = role_of(request)
    try:
        lane, code, reason = targeting_forms.filled(d, name, request.POST.dict())
        target.choose(d.id, lane, reason, by=request.user.get_username(), role=role, code=code)
    except targeting_forms.Mistake as fault:
        forms = targeting_forms.again(targeting_forms.forms(d, role), name, request.POST.dict(), str(fault))
        return _page(request, d, forms, status=422)
    except NotPermitted as fault:
        messages.error(request, _("Not possible now: %(why)s") % {"why": explain.told(fault.why)})
        return redirect("risk-consignment", number=d.id)
    messages.success(request, _("Recorded."))
    return redirect("risk-consignment", number=d.id)


def _page(request: HttpRequest, d: Declaration, forms: Sequence[Any], status: int = 200) -> HttpResponse:
    now = datetime.now(UTC)
    is_level = courses.catch_up()
    entries = files.entries(d.id)
    law = law_of(d, entries[0])
    context = {
        "d": d,
        "law": law,
        "forms": forms,
        "action": f"/risk/consignment/{d.id}/",
        "refused": _refused(request, d),
        "is_level": is_level,
        "ahead": target.is_ahead(d),
        "reasons": targeting_reasons.told(d, law, sight.selectivity(now)),
        "ways": [targeting_words.WAYS[way] for way in overruling.ways(d)],
        "expected": _expected(d),
        "overruled": _overruled(entries),
        "outcome": traffic.FOUND[course(entries).result],
        "conclusion": words.CONCLUSIONS.get(d.examined.conclusion, "") if d.examined else "",
        "news": _news(d),
        "goods": _goods(d),
        **_actors(d, now.date()),
        "siblings": [
            other for other in files.consignment(d.id).declarations if other.id != d.id and may_see(request, other)
        ],
        "facts": _facts(d, law),
        "outcomes": targeting_words.OUTCOMES,
    }
    return render(request, "desks/risk_consignment.html", context, status=status)


def _refused(request: HttpRequest, d: Declaration) -> str:
    """Why this reader may not let the goods go; "" where nothing stands in the way, or the reader never may."""
    if d.stage is not Stage.ROUTED or d.lane not in overruling.LOOKS or not may(request, "targeting.act", d):
        return ""
    return overruling.refusal(d, Lane.GREEN, role_of(request))


def _expected(d: Declaration) -> Any:
    """What a look is expected to bring, in minor units, where a model spoke: score times what is payable."""
    if d.selection is None or d.selection.score is None or d.assessed is None:
        return None
    return round(d.selection.score * d.assessed.payable.minor)


def _overruled(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Who set another lane, or asked for a look ahead, and why."""
    known = {**targeting_words.SELECT, **targeting_words.DESELECT, overruling.SAMPLE: _("Random draw over a list")}
    return [
        {
            "entry": entry,
            "who": words.ROLES[entry.role],
            "act": act,
            "ahead": isinstance(act, Targeted),
            "code": known.get(act.code, ""),
        }
        for entry in entries
        for act in entry.acts
        if isinstance(act, LaneChanged | Targeted)
    ]


def _asked(d: Declaration) -> list[tuple[Any, Goods, int]]:
    """The items of the greatest value with what is asked about them, and their value."""
    shipment = d.lodged.goods_shipment
    values = {v.item: v.value.minor for v in d.valued.items} if d.valued else {}
    importer = network.party_key(shipment.importer)
    asked = []
    for item in d.lodged.items:
        net, value = grams(item.commodity.net_mass), values.get(item.sequence, 0)
        departure = item.export_country or shipment.export_country
        per_kg = value * 1000 // net if net > 0 else 0
        asked.append((item, Goods(item.commodity.code[:4], item.origin, departure, importer, per_kg), value))
    return sorted(asked, key=lambda one: -one[2])[:ITEMS]


def _news(d: Declaration) -> list[str]:
    """What is new about it: the importer, goods it never brought, ways they never came."""
    found: list[str] = []
    for item, goods, _value in _asked(d):
        news = past_goods.news(goods, d.id)
        if news.importer:
            return [_("The importer never declared goods before")]
        told = {"item": item.sequence, "heading": goods.heading, "origin": goods.origin, "departure": goods.departure}
        if news.goods:
            found.append(_("Item %(item)s: the importer never brought goods of heading %(heading)s") % told)
        if news.route:
            found.append(
                _("Item %(item)s: the importer never brought goods of %(origin)s sent from %(departure)s") % told
            )
    return found


def _goods(d: Declaration) -> list[dict[str, Any]]:
    """Each item against past goods of its heading and origin, and the nearest cases that were examined."""
    currency = d.valued.total.currency if d.valued else (d.assessed.payable.currency if d.assessed else "")
    found = []
    for item, goods, value in _asked(d):
        price = targeting_charts.price(goods.per_kg, past_goods.compared(goods, d.id), currency) if currency else None
        found.append(
            {
                "item": item, "goods": goods, "value": value, "currency": currency, "price": price,
                "tone": targeting_words.TONES[price.tone] if price else "", "near": past_goods.nearest(goods, d.id),
            }
        )  # fmt: skip
    return found


def _actors(d: Declaration, today: date) -> dict[str, Any]:
    """The record of each party, the network around the consignment, and what the same traders brought besides."""
    seeds = links.seeds(d.lodged)
    actors = []
    for node in seeds:
        if node.kind in PARTIES:
            record = links.record(node.kind, node.key, today, days=DAYS, before=d.id)
            actors.append(
                {
                    "node": node, "kind": targeting_words.KINDS[node.kind], "record": record,
                    "rate": targeting_charts.rate(record.finds, record.examined),
                    "months": targeting_charts.months(record, today),
                    "is_new": record.since is None,
                    "address": network_chart.address(node.kind, node.key),
                }
            )  # fmt: skip
    found = links.network(seeds, today, days=DAYS, without=d.id)
    keys = {node.kind: node.key for node in seeds}
    others = past_goods.siblings(keys.get("importer", ""), keys.get("exporter", ""), d.id)
    return {"actors": actors, "network": found, "picture": network_chart.draw(found), "others": others}


def _facts(d: Declaration, law: Law | None) -> dict[str, Any]:
    """Papers, containers with their seals, cargo: what stands on the declaration beside the goods."""
    lodged, shipment = d.lodged, d.lodged.goods_shipment
    papers = [(0, p) for p in lodged.documents] + [(i.sequence, p) for i in lodged.items for p in i.documents]
    means, transport = lodged.border_means, shipment.consignment
    return {
        "papers": [(item, explain.document(p.code, law), p.id) for item, p in papers][:40],
        "boxes": [(box, network.thing_key(box.id)) for box in (transport.equipment if transport else ())],
        "means": f"{words.MODES.get(means.mode, means.mode)} {means.name or means.id}" if means else "",
        "cargo": d.cargo,
        "held": d.papers,
        "routes": (shipment.export_country, shipment.destination),
    }
