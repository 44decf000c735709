"""The TARIC3 gate: envelopes of the tariff of the European Union and its relatives, read into words of our law.

Envelopes build up a store of records that is kept in the layer (`records.jsonl`), so that later envelopes apply to it;
the CSV of the layer follows from the store. An envelope that was applied before is not applied again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from customhouse.gates.taric3 import goods, measures, reference
from customhouse.gates.taric3.derive import Derivation
from customhouse.gates.taric3.parser import Envelope, parse
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
    opened = _opened(sources, store, findings, tick)
    done: Counter[str] = Counter()
    where: dict[Key, str] = {}
    touched: dict[Key, None] = {}
    for source, envelope in opened:
        again = store.known(source)
        if again:
            done["unchanged"] += len(envelope.records)
            continue
        counts, keys = store.apply(envelope, source, findings)
        done += counts
        where |= {(record.name, record.key): record.where for record in envelope.records}
        touched |= dict.fromkeys(keys)
    standing = [key for key in touched if key in store.records]
    dangling(store, standing, findings, where)
    layer, d = derive(store, setting)
    notes = d.noted(standing)
    problems = (*findings.problems, *(d.problems if touched else ()), *(_note(*n) for n in sorted(notes.items())))
    return Reading(
        layer=layer,
        account=_account(done, sum(notes.values()), findings),
        problems=problems,
        wholes=tuple((part, "*") for part in PARTS),
        beside=store.write(),
    )


def _opened(
    sources: Sequence[Source], store: Store, findings: Findings, tick: Tick | None
) -> list[tuple[Source, Envelope]]:
    """The envelopes in the order in which they apply; files that are none are told."""
    opened = []
    for number, source in enumerate(sources, 1):
        try:
            opened.append((source, parse(source, findings)))
        except Refusal as refusal:
            findings.problems.extend(refusal.problems)
        if tick is not None:
            tick(number, len(sources))
    return sorted(opened, key=lambda pair: (pair[1].id, pair[0].name))


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
