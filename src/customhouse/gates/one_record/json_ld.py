"""JSON-LD as ONE Record writes it, compacted or expanded, made into nodes whose properties are whole IRIs.

As much of JSON-LD 1.1 as the standard's messages use: prefixes, terms and @vocab of the contexts in the message, typed
and language values, @graph, and references by @id to objects in the same message. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

CARGO = "https://onerecord.iata.org/ns/cargo#"
API = "https://onerecord.iata.org/ns/api#"
# Contexts that are named by address and known by heart.
KNOWN_CONTEXTS = {
    "https://onerecord.iata.org/ns/cargo": {"@vocab": CARGO},
    "https://onerecord.iata.org/ns/cargo#": {"@vocab": CARGO},
    "https://onerecord.iata.org/ns/cargo/context.json": {"@vocab": CARGO},
}
Context = dict[str, str]


def name_of(iri: str) -> str:
    """The last part of an IRI: ``Waybill`` of ``https://onerecord.iata.org/ns/cargo#Waybill``."""
    return iri.rstrip("/#").replace("#", "/").rpartition("/")[2].rpartition(":")[2]


class Node:
    """One object: its types, its @id, and its properties by whole IRI, each a list; it knows which were looked at."""

    def __init__(self, told: dict[str, Any], context: Context, where: str, known: dict[str, Node]) -> None:
        self.where, self._known = where, known
        context = _with(context, told.get("@context"))
        types = told.get("@type", told.get("type", []))
        listed = types if isinstance(types, list) else [types]
        self.types = [expand(t, context, vocabulary=True) for t in listed if isinstance(t, str)]
        self.id = expand(told["@id"], context) if isinstance(told.get("@id"), str) else ""
        self.values: dict[str, list[Any]] = {}
        self._touched: set[str] = set()
        for name, value in told.items():
            if name.startswith("@") and name != "@graph":
                continue
            iri = expand(name, context, vocabulary=True)
            place = f"{where}/{name}" if where else name
            for n, each in enumerate(value if isinstance(value, list) else [value], 1):
                at = f"{place}[{n}]" if isinstance(value, list) else place
                self.values.setdefault(iri, []).append(_value(each, context, at, known))
        if self.id and (self.values or self.types):
            known.setdefault(self.id, self)

    @property
    def type(self) -> str:
        """The first type, which the standard writes most specific first."""
        return self.types[0] if self.types else ""

    def is_a(self, *names: str) -> bool:
        return any(t in (CARGO + n, n) for t in self.types for n in names)

    def all(self, name: str) -> list[Any]:
        """Every value of a property of the cargo ontology; references to objects in the message are followed."""
        self._touched.add(CARGO + name)
        return [self._followed(v) for v in self.values.get(CARGO + name, [])]

    def _followed(self, value: Any) -> Any:
        if isinstance(value, Node) and not value.values and value.id in self._known:
            return self._known[value.id]
        return value

    def nodes(self, name: str) -> list[Node]:
        return [v for v in self.all(name) if isinstance(v, Node)]

    def one(self, name: str) -> Node | None:
        return next(iter(self.nodes(name)), None)

    def text(self, name: str) -> str:
        """The first value as text; of an individual, its name (``MASTER`` of ``cargo:MASTER``)."""
        for value in self.all(name):
            return name_of(value.id) if isinstance(value, Node) else str(value).strip()
        return ""

    def inner(self) -> Iterator[Node]:
        for values in self.values.values():
            yield from (v for v in values if isinstance(v, Node))

    def untouched(self, seen: set[int] | None = None) -> Iterator[tuple[str, str]]:
        """(place, value) of every value that nothing asked for, here and further in."""
        seen = seen if seen is not None else set()
        if id(self) in seen:
            return
        seen.add(id(self))
        for iri, values in self.values.items():
            for n, value in enumerate(values, 1):
                where = f"{self.where}/{name_of(iri)}" + (f"[{n}]" if len(values) > 1 else "")
                if isinstance(value, Node):
                    if value.values:
                        yield from value.untouched(seen)
                    elif iri not in self._touched:
                        yield where.lstrip("/"), value.id
                elif iri not in self._touched:
                    yield where.lstrip("/"), str(value)


def nodes(value: Any) -> list[Node]:
    """The subjects of a message: its outermost objects that have a type, or those of its @graph."""
    known: dict[str, Node] = {}
    outer = value if isinstance(value, list) else [value]
    made = [Node(each, {}, "", known) for each in outer if isinstance(each, dict)]
    found: list[Node] = []
    for node in made:
        graph = [v for v in node.values.get("@graph", []) if isinstance(v, Node)]
        found += graph or [node]
    return [node for node in found if node.types]


def expand(name: str, context: Context, *, vocabulary: bool = False) -> str:
    """The whole IRI of a term, a compact IRI or an IRI."""
    if name.startswith("@"):
        return name
    if name in context:
        return context[name]
    prefix, colon, rest = name.partition(":")
    if colon and prefix in context and not rest.startswith("//"):
        return context[prefix] + rest
    if not colon and vocabulary and "@vocab" in context:
        return context["@vocab"] + name
    return name


def _with(context: Context, told: Any) -> Context:
    """The context with what this object adds to it."""
    merged = dict(context)
    for part in told if isinstance(told, list) else [told]:
        if isinstance(part, str):
            merged.update(KNOWN_CONTEXTS.get(part.strip(), {}))
        elif isinstance(part, dict):
            for name, meaning in part.items():
                iri = meaning.get("@id") if isinstance(meaning, dict) else meaning
                if isinstance(iri, str):
                    merged[name] = expand(iri, merged) if name != "@vocab" else iri
    return merged


def _value(told: Any, context: Context, where: str, known: dict[str, Node]) -> Any:
    if not isinstance(told, dict):
        return told
    if "@value" in told:
        return told["@value"]
    if "@list" in told or "@set" in told:
        inner = told.get("@list", told.get("@set"))
        return _value(inner[0], context, where, known) if isinstance(inner, list) and inner else None
    return Node(told, context, where, known)
