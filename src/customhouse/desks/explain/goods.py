"""The goods of a declaration, item by item: what was declared, its value, its origin, each with its reasons."""

from __future__ import annotations

from typing import Any

from customhouse.desks import words
from customhouse.desks.explain import decisions, duties, origins, values
from customhouse.desks.explain.language import in_language
from customhouse.law.book import Law
from customhouse.record.declaration import Declaration
from customhouse.record.lodgement import GoodsItem


def worked(d: Declaration, law: Law | None) -> dict[str, Any]:
    """All that was worked out of a declaration, as pages show it."""
    return {
        "items": goods(d, law),
        "shipment": shipment(d, law),
        "duties": [duties.duty(x, law) for x in d.assessed.duties] if d.assessed else [],
        "taxes": duties.by_tax(d.assessed, law),
        "securities": duties.securities(d.assessed, law),
        "quotas": duties.quotas(d.quotas, law),
    }


def goods(d: Declaration, law: Law | None) -> list[dict[str, Any]]:
    """Every item with what was found of it."""
    of_value = {v.item: v for v in d.valued.items} if d.valued else {}
    lines = {c.item: c for c in d.classified.items} if d.classified else {}
    told = []
    for item in d.lodged.items:
        line, value = lines.get(item.sequence), of_value.get(item.sequence)
        procedure = law.procedure(item.procedure) if law else None
        told.append(
            {
                "item": item,
                "line": line,
                "line_text": decisions.line(line.line, line.text, law) if line else "",
                "procedure": in_language(procedure.text) if procedure else "",
                "additional": _additional(item, law),
                "order": next((x.quota for x in item.commodity.duties if x.quota), ""),
                "value": value,
                "steps": values.steps(value, law) if value else (),
                "method": words.METHODS.get(value.method, value.method) if value else "",
                "checks": values.checks(value.met) if value else (),
                "remarks": values.remarks(value.unmet, law) if value else (),
                "claim": origins.claimed(d.origin.of(item.sequence) if d.origin else None, d.assessed, law),
            }
        )
    return told


def _additional(item: GoodsItem, law: Law | None) -> list[tuple[str, str]]:
    """The additional procedures claimed, each with what the law says of it; 000 says that there is none."""
    return [
        (code, next((in_language(r.text) for r in law.reliefs(code)), "") if law else "")
        for code in item.additional_procedures
        if code != "000"
    ]


def shipment(d: Declaration, law: Law | None) -> dict[str, Any]:
    """What was checked of the value of the whole shipment, and the rounding of every step."""
    if d.valued is None:
        return {}
    return {
        "checks": values.checks(d.valued.met),
        "remarks": values.remarks(d.valued.unmet, law),
        "rounding": duties.rounding(d.valued.rounding),
    }
