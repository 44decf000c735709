"""The state that envelopes build up: every record that is in force of the tariff, as transmitted, by kind and key.

A create or an update carries the whole record and sets it; a delete takes it away. Applying the same envelopes in the
same order to what they made changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from customhouse.gates.taric3.parser import Record
from customhouse.gates.taric3.table import KINDS, REFERENCES
from customhouse.law.loading import Findings, Source

RECORDS, ENVELOPES = "records.jsonl", "envelopes.csv"
Key = tuple[str, tuple[str, ...]]
Fields = dict[str, str]
EARLIER = "Load the envelopes that come before this one, or start from a full extraction"


class Store:
    """Records by (kind, key), and the envelopes that were applied, by their SHA-256."""

    def __init__(self) -> None:
        self.records: dict[Key, Fields] = {}
        self.envelopes: dict[str, tuple[str, str, int]] = {}
        self._by_kind: dict[str, list[tuple[Key, Fields]]] | None = None

    @classmethod
    def read(cls, beside: dict[str, bytes]) -> Store:
        """The store kept in a layer; an empty one where there is none. Raises ValueError for one that cannot be read."""
        store = cls()
        for number, row in enumerate(beside.get(RECORDS, b"").decode().splitlines(), 1):
            try:
                name, fields = json.loads(row)
                store.records[name, _key(name, fields)] = fields
            except (ValueError, KeyError, TypeError) as fault:
                raise ValueError(
                    f"{RECORDS}:{number} cannot be read ({fault}); load the envelopes into a new layer"
                ) from None
        for row in beside.get(ENVELOPES, b"").decode().splitlines()[1:]:
            digest, envelope, count, name = row.split(",", 3)
            store.envelopes[digest] = (envelope, name, int(count))
        return store

    def write(self) -> dict[str, bytes]:
        """The files to keep beside the CSV of the layer: one record a line in order of kind and key."""
        order = {name: n for n, name in enumerate(KINDS)}
        keys = sorted(self.records, key=lambda k: (order[k[0]], [(len(p), p) for p in k[1]]))
        rows = (json.dumps([k[0], self.records[k]], ensure_ascii=False) + "\n" for k in keys)
        journal = [f"{d},{e},{n},{name}\n" for d, (e, name, n) in self.envelopes.items()]
        return {
            RECORDS: "".join(rows).encode(),
            ENVELOPES: "".join(["sha256,envelope,records,file\n", *journal]).encode(),
        }

    def known(self, source: Source) -> int | None:
        """How many records this very file had when it was applied before; None when it was not."""
        found = self.envelopes.get(hashlib.sha256(source.data).hexdigest())
        return found[2] if found else None

    def apply(
        self, envelope: str, records: Iterable[Record], source: Source, findings: Findings
    ) -> tuple[Counter[str], dict[Key, str]]:
        """Apply the records of an envelope; (what was done how often, the places of those it set).

        Surprises are told, never fatal.
        """
        done: Counter[str] = Counter()
        places: dict[Key, str] = {}
        for record in records:
            key = (record.name, record.key)
            done[self._apply(record, key, findings)] += 1
            places[key] = record.where
        digest = hashlib.sha256(source.data).hexdigest()
        name = source.name.rsplit("!", 1)[-1].rsplit("/", 1)[-1].replace("\n", " ")
        self.envelopes[digest] = (envelope, name, done.total())
        return done, places

    def _apply(self, record: Record, key: Key, findings: Findings) -> str:
        self._by_kind = None
        held = self.records.get(key)
        shown = " ".join(record.key)
        if record.operation == "delete":
            if held is None:
                label = "What the envelope deletes is not there"
                findings.warn("DeleteOfTheUnknown", label, record.where, EARLIER, shown)
                return "unchanged"
            del self.records[key]
            return "deleted"
        if record.operation == "update" and held is None:
            label = "What the envelope updates is not there; the update carries it whole, so it was added"
            findings.warn("UpdateBeforeCreate", label, record.where, EARLIER, shown)
        if record.operation == "create" and held is not None and held != record.fields:
            label = "What the envelope creates is there already with other content; the newer content stands"
            findings.warn("CreatedTwice", label, record.where, "Ask the sender which one is meant", shown)
        self.records[key] = record.fields
        if held == record.fields:
            return "unchanged"
        return "created" if held is None else "updated"

    # --- looking things up ----------------------------------------------------------------------------------------

    def get(self, name: str, *key: str) -> Fields | None:
        return self.records.get((name, key))

    def all(self, name: str) -> Iterator[tuple[Key, Fields]]:
        """Every record of a kind, in order of key."""
        if self._by_kind is None:
            self._by_kind = {}
            for key in sorted(self.records):
                self._by_kind.setdefault(key[0], []).append((key, self.records[key]))
        yield from self._by_kind.get(name, ())


def _key(name: str, fields: Fields) -> tuple[str, ...]:
    return tuple(fields.get(field, "") for field in KINDS[name].keys)


def dangling(store: Store, places: dict[Key, str], findings: Findings) -> None:
    """Tell of every record set now that points at something the store does not hold."""
    for key, where in places.items():
        fields = store.records[key]
        for target, words, through in REFERENCES.get(key[0], ()):
            values = tuple(fields.get(field, "") for field in through)
            if all(values) and store.get(target, *values) is None:
                label = f"The {words} that it names is not there"
                findings.warn("UnknownReference", label, where, EARLIER, " ".join(values))


class Index(msgspec.Struct):
    """Records of a kind by one of their fields."""

    by: dict[str, list[tuple[Key, Fields]]]

    @classmethod
    def of(cls, store: Store, name: str, field: str) -> Index:
        by: dict[str, list[tuple[Key, Fields]]] = {}
        for key, fields in store.all(name):
            by.setdefault(fields.get(field, ""), []).append((key, fields))
        return cls(by)

    def get(self, value: str) -> list[tuple[Key, Fields]]:
        return self.by.get(value, [])
