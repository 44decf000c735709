"""The gate for the measures JSON of a tariff API (a commodity with its measures, flattened from JSON:API).

One file is one commodity: its line with what stands above it, import and export measures with duties, conditions,
exclusions, footnotes, legal acts and quotas, and the groups of origins they name. The file states the measures of this
commodity only, so an inherited measure stands at the commodity, once for each, as ``sid/code``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from customhouse.gates.tariff_json.commodity import Commodity
from customhouse.law.layer import Layer
from customhouse.law.loading import Findings, Reading, Setting, Source, Tick, read_json, standing

HINT = "Fetch the commodity again from the tariff API"
DATED = ("lines", "measures", "memberships", "quotas", "footnotes", "entries")


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Every commodity in the files, in words of our law."""
    findings = Findings()
    made: dict[str, list[Any]] = {name: [] for name in DATED}
    for number, source in enumerate(sources, 1):
        found = _opened(source, findings)
        if found is not None:
            for name, words in Commodity(found, source.name, setting, findings).words().items():
                made[name] += words
        if tick is not None:
            tick(number, len(sources))
    stands = {name: standing(words, name, findings) for name, words in made.items()}
    return Reading(layer=Layer(**stands), account=findings.account, problems=tuple(findings.problems))


def _opened(source: Source, findings: Findings) -> dict[str, Any] | None:
    """The commodity of a file, or None with the reason."""
    found = read_json(source, findings)
    if found is None:
        return None
    if not isinstance(found, dict) or "goods_nomenclature_item_id" not in found:
        label = "The file is no commodity: it names no goods_nomenclature_item_id"
        findings.refuse("NotACommodity", label, f"{source.name}:1", HINT)
        return None
    return found
