"""Kind origin-rules: agreements and product rules as a tariff service publishes them, through the gate that reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from customhouse.gates.origin_rules import read_documents
from customhouse.law.agreement_write import AGREEMENTS, agreements_file
from customhouse.law.layer import Layer
from customhouse.law.loading import Account, Reading, Setting, Source, Tick


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every agreement with its product rules; a file states its sets of rules whole. Raises Refusal where there is none."""
    agreements, rules, problems = read_documents((s.name, s.data) for s in sources)
    if tick is not None:
        tick(len(sources), len(sources))
    unique = tuple({(r.rules, r.low, r.high, r.heading, r.goods, r.text): r for r in rules}.values())
    taken = len(agreements) + len(unique)
    refused = sum(p.severity == "error" for p in problems)
    return Reading(
        layer=Layer(product_rules=unique),
        account=Account(taken + refused, taken, 0, refused),
        problems=problems,
        wholes=tuple(("product_rules", name) for name in sorted({r.rules for r in rules})),
        beside={AGREEMENTS: agreements_file(agreements)},
    )
