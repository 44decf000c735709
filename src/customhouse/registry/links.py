"""The network of past declarations: who and what they tie together, and the record of each. Every query here is bounded.

A hub (a broker with a hundred thousand declarations) is counted and not followed: all the trade of a country hangs on it, and
neither a page nor an officer learns anything from that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from django.db import connection

from customhouse.offices.risk.network import links as found_in
from customhouse.record.lodgement import Lodgement
from customhouse.record.parcel import MARK

COUNTED = 20_000  # declarations of one actor that its record is counted over, the newest
HUB = 400  # declarations in the window beyond which one is not followed
NEWEST = 60  # declarations of one seed that are followed
SEEDS, NODES, EDGES = 24, 48, 100
Key = tuple[str, str]


class Month(msgspec.Struct, frozen=True):
    """A month of an actor's record, its first day; of `n` declarations `looked` were selected, `finds` and `none` came of it."""

    first: date
    n: int
    looked: int
    finds: int
    none: int
    not_done: int
    value: int


class Record(msgspec.Struct, frozen=True):
    """The record of an actor: its months in order, its names, its first day ever, and whether more was not counted."""

    months: tuple[Month, ...] = ()
    names: tuple[str, ...] = ()
    since: date | None = None
    is_more: bool = False

    def total(self, name: str) -> int:
        return sum(getattr(month, name) for month in self.months)

    @property
    def n(self) -> int:
        return self.total("n")

    @property
    def looked(self) -> int:
        return self.total("looked")

    @property
    def finds(self) -> int:
        return self.total("finds")

    @property
    def examined(self) -> int:
        """How many examinations ended with a result."""
        return self.total("finds") + self.total("none")

    @property
    def value(self) -> int:
        return self.total("value")


class Node(msgspec.Struct, frozen=True):
    """A thing in a network: `n` declarations of it were read, `finds` of them with something found. A seed is named by the
    middle; a hub has too many declarations to be followed."""

    kind: str
    key: str
    name: str
    n: int
    finds: int
    is_seed: bool = False
    is_hub: bool = False


class Edge(msgspec.Struct, frozen=True):
    """Two nodes, by their places, that are named together in `n` declarations, `finds` of them with something found."""

    one: int
    other: int
    n: int
    finds: int


class Network(msgspec.Struct, frozen=True):
    """What hangs together around a middle; the strongest links are kept, the rest is counted in `left_out`."""

    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    left_out: int = 0
    declarations: int = 0
    since: date | None = None


def first_of(day: date) -> int:
    """The number of the first declaration of a day or later. Parcels are numbered in a series of their own beyond all others,
    so that they are never the first; where there is nothing else, all of them are beyond it."""
    sql = "select declaration from risk_traffic where day >= %s and declaration < %s order by day, declaration limit 1"
    found = _all(sql, [day, MARK])
    return int(found[0][0]) if found else MARK


def record(kind: str, key: str, today: date, *, days: int = 365, before: int = 1 << 62) -> Record:
    """The record of one actor over the last `days`, of declarations before `before`."""
    sql = (
        "select date_trunc('month', day)::date, count(*), count(*) filter (where looked), "
        "count(*) filter (where outcome = 'find'), count(*) filter (where outcome = 'none'), "
        "count(*) filter (where outcome = 'not_done'), sum(value) from (select day, looked, outcome, value from risk_link "
        "where kind = %s and key = %s and declaration >= %s and declaration < %s and day >= %s "
        "order by declaration desc limit %s) l group by 1 order by 1"
    )
    since_day = today - timedelta(days)
    rows = _all(sql, [kind, key, first_of(since_day), before, since_day, COUNTED])
    months = tuple(Month(*row[:6], int(row[6])) for row in rows)
    one = "select day from risk_link where kind = %s and key = %s and declaration < %s order by declaration limit 1"
    since = _all(one, [kind, key, before])
    names = _all(
        "select name from (select name, declaration from risk_link where kind = %s and key = %s "
        "order by declaration desc limit 200) l group by name order by count(*) desc, name limit 5",
        [kind, key],
    )
    counted = sum(month.n for month in months)
    return Record(months, tuple(row[0] for row in names), since[0][0] if since else None, counted >= COUNTED)


def seeds(lodged: Lodgement) -> tuple[Node, ...]:
    """Everything that a declaration names, as the inner nodes of its network."""
    return tuple(Node(link.kind, link.key, link.name, 0, 0, is_seed=True) for link in found_in(lodged)[:SEEDS])


class Declared(msgspec.Struct, frozen=True):
    """A declaration of an actor; `mrn` is empty where the reader may not open it, then lane and goods are too."""

    declaration: int
    mrn: str
    lane: str
    goods: str
    day: date
    looked: bool
    outcome: str
    value: int


def newest(kind: str, key: str, n: int = 20) -> tuple[Declared, ...]:
    """The newest declarations of an actor."""
    sql = (
        "select l.declaration, coalesce(d.mrn, ''), coalesce(d.lane, ''), coalesce(d.goods, ''), l.day, l.looked, l.outcome, l.value "
        "from (select * from risk_link where kind = %s and key = %s order by declaration desc limit %s) l "
        "left join declaration d on d.id = l.declaration order by l.declaration desc"
    )
    return tuple(Declared(*row) for row in _all(sql, [kind, key, n]))


def also(kind: str, key: str) -> tuple[tuple[str, int], ...]:
    """As what else a key is known: (kind, up to HUB declarations)."""
    sql = (
        "select k.kind, (select count(*) from (select from risk_link l where l.kind = k.kind and l.key = %s limit %s) c) "
        "from unnest(%s::text[]) k(kind)"
    )
    others = [other for other in ("importer", "exporter", "declarant") if other != kind]
    return tuple((str(name), int(n)) for name, n in _all(sql, [key, HUB, others]) if n)


def rules(kind: str, key: str, n: int = 12) -> tuple[tuple[str, int, int], ...]:
    """What spoke for a look at the newest thousand declarations of an actor: (rule, times, of them finds)."""
    sql = (
        "select r, count(*), count(*) filter (where t.outcome = 'find') from (select declaration from risk_link "
        "where kind = %s and key = %s order by declaration desc limit 1000) l join risk_traffic t using (declaration), "
        "unnest(t.rules) r group by 1 order by 2 desc, 1 limit %s"
    )
    return tuple((str(rule), int(times), int(finds)) for rule, times, finds in _all(sql, [kind, key, n]))


def network(seeds: Sequence[Node], today: date, *, days: int = 365, without: int = 0) -> Network:
    """What hangs together with these within the last `days`; `without` is the declaration in the middle."""
    since = today - timedelta(days)
    floor = first_of(since)
    wanted = list(seeds)[:SEEDS]
    if not wanted:
        return Network(since=since)
    kinds, keys = [s.kind for s in wanted], [s.key for s in wanted]
    sizes = dict(zip(((s.kind, s.key) for s in wanted), _sizes(kinds, keys, floor), strict=True))
    follow = [s for s in wanted if sizes[s.kind, s.key] <= HUB]
    declarations = _declarations(follow, floor, without)
    named = _named(declarations)
    together, found = _together(named.values()), _together(t for t in named.values() if any(o == "find" for *_, o in t))
    nodes, left_out = _chosen(wanted, sizes, named, together)
    place = {(node.kind, node.key): n for n, node in enumerate(nodes)}
    edges = [Edge(place[a], place[b], n, found[a, b]) for (a, b), n in together.items() if a in place and b in place]

    def strength(edge: Edge) -> tuple[bool, float, int, int]:
        """Ties to the middle first, and of those the rarer before the commoner."""
        ends = [sizes[wanted[end].kind, wanted[end].key] for end in (edge.one, edge.other) if end < len(wanted)]
        return not ends, -edge.n * (1 + edge.finds) / max(1, min(ends, default=1)), edge.one, edge.other

    edges.sort(key=strength)
    return Network(nodes, tuple(edges[:EDGES]), left_out, len(declarations), since)


def _sizes(kinds: list[str], keys: list[str], floor: int) -> list[int]:
    sql = (
        "select (select count(*) from (select from risk_link l where l.kind = s.kind and l.key = s.key "
        "and l.declaration >= %s limit %s) c) from unnest(%s::text[], %s::text[]) with ordinality s(kind, key, n) order by s.n"
    )
    return [int(row[0]) for row in _all(sql, [floor, HUB + 1, kinds, keys])]


def _declarations(seeds: Sequence[Node], floor: int, without: int) -> list[int]:
    sql = (
        "select distinct l.declaration from unnest(%s::text[], %s::text[]) s(kind, key) cross join lateral "
        "(select declaration from risk_link r where r.kind = s.kind and r.key = s.key and r.declaration >= %s "
        "and r.declaration <> %s order by r.declaration desc limit %s) l"
    )
    rows = _all(sql, [[s.kind for s in seeds], [s.key for s in seeds], floor, without, NEWEST])
    return [int(row[0]) for row in rows]


Things = list[tuple[Key, str, str]]
Named = dict[int, Things]


def _named(declarations: list[int]) -> Named:
    """What each of these declarations names: (key, name, outcome)."""
    found: Named = {}
    sql = (
        "select declaration, kind, key, name, outcome from risk_link where declaration = any(%s) "
        "order by declaration, kind, key"
    )
    for number, kind, key, name, outcome in _all(sql, [declarations]):
        if len(together := found.setdefault(number, [])) < SEEDS:
            together.append(((kind, key), name, outcome))
    return found


def _together(named: Iterable[Things]) -> Counter[tuple[Key, Key]]:
    """How many declarations name two things together."""
    pairs: Counter[tuple[Key, Key]] = Counter()
    for things in named:
        keys = sorted({key for key, _name, _outcome in things})
        pairs.update((a, b) for n, a in enumerate(keys) for b in keys[n + 1 :])
    return pairs


def _chosen(
    seeds: Sequence[Node], sizes: dict[Key, int], named: Named, together: Counter[tuple[Key, Key]]
) -> tuple[tuple[Node, ...], int]:
    """The nodes that are kept: seeds, then those tied most closely, finds counting more; and how many are not.

    A tie is the closer the rarer what is shared: two importers with one telephone are neighbours, two clients of a broker
    are hardly.
    """
    n, finds, names = Counter[Key](), Counter[Key](), dict[Key, str]()
    for things in named.values():
        for key, name, outcome in things:
            n[key] += 1
            finds[key] += outcome == "find"
            names[key] = name
    middle = {(s.kind, s.key) for s in seeds}
    closeness: dict[Key, float] = dict.fromkeys((key for key in n if key not in middle), 0.0)
    for pair, times in together.items():
        for one, other in (pair, pair[::-1]):
            if one in middle and other in closeness:
                closeness[other] += times / max(1, sizes[one])
    others = sorted(closeness, key=lambda key: (-closeness[key] * (1 + finds[key]), key))
    kept = [
        Node(s.kind, s.key, s.name, n[s.kind, s.key], finds[s.kind, s.key], True, sizes[s.kind, s.key] > HUB)
        for s in seeds
    ]
    kept += [Node(*key, names[key], n[key], finds[key]) for key in others[: NODES - len(kept)]]
    return tuple(kept), max(0, len(others) - (NODES - len(seeds)))


def _all(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as found:
        found.execute(sql, values)
        return found.fetchall()  # type: ignore[no-any-return]
