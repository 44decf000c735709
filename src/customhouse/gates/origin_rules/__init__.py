"""The gate for rules of origin as a tariff service publishes them: schemes with their product-specific rule sets.

Taken are an archive of `roo_schemes_*.json` with `rule_sets/*.json` beside it, its schemes alone, and the answer of the
service's interface (schemes with their rules inside). Everything becomes words of the law; whatever is not understood, or
has no place in the law, is reported.
"""

from __future__ import annotations

from collections.abc import Iterable

from customhouse.gates.origin_rules.archive import Source, documents, members
from customhouse.gates.origin_rules.report import Report
from customhouse.gates.origin_rules.rule_sets import inline_rules, product_rules
from customhouse.gates.origin_rules.schemes import agreement
from customhouse.kernel.problem import Problem
from customhouse.law.terms import Agreement, ProductRule

__all__ = ["read", "read_documents"]


Understood = tuple[tuple[Agreement, ...], tuple[ProductRule, ...], tuple[Problem, ...]]


def read(data: bytes) -> Understood:
    """(agreements, product rules, what was not understood) of one file, an archive or one JSON document.

    Errors name what was left out of the law; warnings what was taken, but not wholly. Raises Refusal for bytes that hold
    no schemes at all.
    """
    report = Report()
    return _read(members(data, report), report)


def read_documents(documents: Iterable[tuple[str, bytes]]) -> Understood:
    """The same of documents that lie open: (name, bytes) of each."""
    return _read(documents, Report())


def _read(found: Iterable[tuple[str, bytes]], report: Report) -> Understood:
    source = documents(found, report)
    agreements: list[Agreement] = []
    rules: list[ProductRule] = []
    for number, scheme in enumerate(source.schemes, 1):
        made = agreement(scheme, f"schemes[{number}]", report)
        if made is None:
            continue
        own = _rules(made, scheme, source, report)
        if not own:
            report.warn("NoProductRules", "the scheme has no product rules here", made.id)
        agreements.append(made if own else _without_rules(made))
        rules.extend(own)
    for name in sorted(source.rule_sets.keys() - {a.id for a in agreements}):
        report.error("UnknownScheme", "there are rules, but no scheme of this name; they are left out", name)
    return tuple(agreements), tuple(rules), report.problems()


def _rules(made: Agreement, scheme: dict[str, object], source: Source, report: Report) -> list[ProductRule]:
    if made.id in source.rule_sets:
        return product_rules(made, source.rule_sets[made.id], report)
    inline = scheme.get("rules")
    return inline_rules(made, inline, report) if isinstance(inline, list) else []


def _without_rules(made: Agreement) -> Agreement:
    from msgspec.structs import replace

    return replace(made, rules="")
