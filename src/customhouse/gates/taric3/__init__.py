"""The TARIC3 gate: envelopes of the tariff of the European Union and its relatives, read into words of our law.

Envelopes build up a store of records that is kept in the layer (`records.jsonl`), so that later envelopes apply to it;
the CSV of the layer follows from the store. An envelope that was applied before is not applied again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from customhouse.gates.taric3 import goods, measures, reference
from customhouse.gates.taric3.derive import Derivation
from customhouse.gates.taric3.parser import number, parse
from customhouse.gates.taric3.store import Key, Store, dangling
from customhouse.gates.taric3.writer import write
from customhouse.kernel.problem import Problem, Refusal
from customhouse.law.layer import PARTS, Layer
from customhouse.law.loading import Account, Findings, Reading, Setting, Source, Tick

__all__ = ["Store", "derive", "parse", "read", "write"]

NO_WORD = {
    "quota.balance.event": "what is drawn from a quota is kept by the house, not by the law",
    "quota.extended.information": "what is drawn from a quota is kept by the house, not by the law",
    "goods.nomenclature": "headings in between have no code that is declared",
}


def derive(store: Store, setting: Setting) -> tuple[Layer, Derivation]:
    """The words of the law that the store says, and what it says beyond them."""
    d = Derivation(store, setting)
    members = reference.memberships(d)
    layer = Layer(
        lines=goods.lines(d),
        measures=measures.measures(d, {m.group for m in members}),
        memberships=members,
        rates=reference.rates(d),
        quotas=reference.quotas(d),
        footnotes=reference.footnotes(d),
        entries=reference.entries(d),
    )
    return layer, d


def read(
    sources: Sequence[Source], setting: Setting, beside: Mapping[str, bytes] | None = None, tick: Tick | None = None
) -> Reading:
    """Apply envelopes, in order of their number and name, to the store kept in `beside`, and derive the law from it."""
    findings = Findings()
    store = Store.read(dict(beside or {}))
    done: Counter[str] = Counter()
    places: dict[Key, str] = {}
    for count, (envelope, source) in enumerate(_in_order(sources, findings), 1):
        again = store.known(source)
        if again is not None:
            done["unchanged"] += again
            continue
        counts, set_now = _applied(store, envelope, source, findings)
        done += counts
        places |= set_now
        if tick is not None:
            tick(count, len(sources))
    standing = {key: where for key, where in places.items() if key in store.records}
    dangling(store, standing, findings)
    layer, d = derive(store, setting)
    notes = d.noted(standing)
    problems = (*findings.problems, *(d.problems if places else ()), *(_note(*n) for n in sorted(notes.items())))
    return Reading(
        layer=layer,
        account=_account(done, notes.total(), findings),
        problems=problems,
        wholes=tuple((part, "*") for part in PARTS),
        beside=store.write(),
    )


def _in_order(sources: Sequence[Source], findings: Findings) -> list[tuple[str, Source]]:
    """The envelopes with their numbers, in the order in which they apply; files that are none are told."""
    found = []
    for source in sources:
        try:
            found.append((number(source), source))
        except Refusal as refusal:
            findings.problems.extend(refusal.problems)
    return sorted(found, key=lambda pair: (pair[0], pair[1].name))


def _applied(store: Store, envelope: str, source: Source, findings: Findings) -> tuple[Counter[str], dict[Key, str]]:
    """Apply one envelope; one that breaks off is told, and nothing of it is applied."""
    try:
        records = parse(source, findings)
    except Refusal as refusal:
        findings.problems.extend(refusal.problems)
        return Counter(), {}
    return store.apply(envelope, records, source, findings)


def _account(done: Counter[str], noted: int, findings: Findings) -> Account:
    """Of the records set, those that are notes only; they were created, updated or unchanged, in this order of blame."""
    detail = {word: done[word] for word in ("created", "updated", "deleted", "unchanged")}
    left = noted
    for word in ("created", "updated", "unchanged"):
        take = min(left, detail[word])
        detail[word] -= take
        left -= take
    taken = sum(detail.values())
    return Account(taken + noted - left + findings.refused, taken, noted - left, findings.refused, detail)


def _note(kind: str, count: int) -> Problem:
    reason = NO_WORD.get(kind, "our law has no word for it")
    label = f"{count} record(s) stay in records.jsonl as a note: {reason}"
    return Problem("KeptAsNote", label, kind, severity="warning")
