"""What the page of the lodging form shows: fields with their faults, sums, and what a trial has found."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from customhouse.desks import explain
from customhouse.desks.lodge_fields import (
    GROUPS,
    ITEM,
    carriage,
    choices,
    field_of,
    suggestions,
    terms_without_carriage,
)
from customhouse.desks.lodge_form import ChargeDraft, Draft, ItemDraft
from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.record.declaration import Declaration

Faults = dict[str, Problem]


def fields(draft: Draft, law: Law, problems: tuple[Problem, ...], *, is_amended: bool) -> dict[str, Any]:
    """The form as it stands, with every problem in the list on top and beside its field."""
    told = [(explain.problem(p, law), "reason" if p.rule == "MissingReason" else field_of(p.where)) for p in problems]
    faults: Faults = {}
    for problem, field in told:
        faults.setdefault(field, problem)
    lists = choices(law)

    def filled(fields: Any, values: dict[str, str], prefix: str = "") -> list[dict[str, Any]]:
        shown = [_filled(f, values.get(f.name, ""), prefix, lists, faults) for f in fields]
        return [{**field, "locked": is_amended and field["name"] == "lrn"} for field in shown]

    return {
        "groups": [(title, filled(of_group, draft.header)) for title, of_group in GROUPS],
        "terms_without": terms_without_carriage(law),
        "charges": _charges(draft, law, lists["charge"], faults),
        "items": [
            {
                "fields": filled(ITEM, item.values, f"item-{n}-"),
                "papers": _papers(item, f"item-{n}-doc-", faults),
                "was": item.was,
            }
            for n, item in enumerate(draft.items, 1)
        ],
        "lists": suggestions(law),
        "problems": told,
        "refused": any(p.severity == "error" for p, _field in told),
        "faults": faults,
        "totals": _totals(draft),
    }


def _filled(field: Any, value: str, prefix: str, lists: dict[str, Any], faults: Faults) -> dict[str, Any]:
    offered = lists.get(field.kind)
    if offered and value not in dict(offered):
        offered = ((value, value or "–"), *offered)
    name = prefix + field.name
    return {"f": field, "name": name, "value": value, "choices": offered, "fault": faults.get(name)}


def _papers(item: ItemDraft, prefix: str, faults: Faults) -> list[dict[str, Any]]:
    """The rows of documents of an item, one at least."""
    return [
        {"name": f"{prefix}{n}", "code": code, "number": number, "fault": faults.get(f"{prefix}{n}-code")}
        for n, (code, number) in enumerate(item.documents or [("", "")], 1)
    ]


def _charges(draft: Draft, law: Law, offered: Any, faults: Faults) -> list[dict[str, Any]]:
    """The rows of additions and deductions; where nothing was typed, one for each that pays for the carriage."""
    rows = draft.charges or [ChargeDraft(code, "", law.currency) for code in carriage(law)]
    return [
        {
            "name": f"charge-{n}",
            "row": row,
            "choices": offered if row.code in dict(offered) else ((row.code, row.code or "–"), *offered),
            "fault": faults.get(f"charge-{n}-amount"),
        }
        for n, row in enumerate(rows, 1)
    ]


def _totals(draft: Draft) -> dict[str, Any]:
    """The sums shown under the form; what cannot be read counts as nothing."""
    reader = Draft({}, [])
    sums = {"packages": Decimal(0), "gross": Decimal(0), "net": Decimal(0)}
    prices: dict[str, Decimal] = {}
    for item in draft.items:
        for name in sums:
            sums[name] += reader.number(item.values.get(name, ""), "") or 0
        price, currency = reader.number(item.values.get("price", ""), ""), item.values.get("currency", "").upper()
        if price is not None:
            prices[currency] = prices.get(currency, Decimal(0)) + price
    return {"items": len(draft.items), "prices": sorted(prices.items()), **sums}


def trial(tried: Declaration | None, law: Law) -> dict[str, Any]:
    """What was worked out of a declaration that was tried out, and what would stand in the way of its release."""
    if tried is None:
        return {"tried": None}
    holds = [(h, explain.hold(h, tried, law)) for h in tried.holds if h.ref != "lane"]
    return {"tried": tried, "worked": explain.worked(tried, law), "tried_holds": holds}
