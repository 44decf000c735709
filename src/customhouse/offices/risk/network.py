"""Who and what a declaration ties together: parties, addresses, telephones, containers, means, transport documents.

Two declarations that share one of these are neighbours; a network is made of nothing else. Names are compared without case,
signs and the marks that turn the direction of writing, so that what looks the same is the same.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator

import msgspec

from customhouse.record.lodgement import Lodgement, Party

PARTIES = ("importer", "exporter", "declarant")
THINGS = ("address", "telephone", "container", "means", "document")
KINDS = (*PARTIES, *THINGS)

TRANSPORT_DOCUMENTS = frozenset({"703", "704", "705", "710", "714", "720", "730", "740", "741", "750"})
"""UN/EDIFACT 1001: waybills and bills of lading, master and house."""

LONGEST_KEY, LONGEST_NAME = 96, 140
PHONES = ("TE", "AL", "MO", "")
"""UN/EDIFACT 3155: telephone, mobile telephone; where no kind is said, what reads like a number."""
FEWEST_DIGITS = 6


class Link(msgspec.Struct, frozen=True, gc=False, order=True):
    """One thing a declaration names: its kind (of KINDS), the key it is known by, the name people read."""

    kind: str
    key: str
    name: str


def shown(text: str) -> str:
    """A text as it may stand on a page: one line, without control signs and marks that turn the direction of writing."""
    kept = "".join(
        " " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf")
    )
    return " ".join(kept.split())[:LONGEST_NAME]


def name_key(text: str) -> str:
    """The key of a name: letters and digits of any script without case, words apart. Long ones keep their hash."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in plain).split()
    joined = " ".join(words)
    if len(joined) <= LONGEST_KEY:
        return joined
    return f"{joined[:LONGEST_KEY]} {hashlib.sha256(joined.encode()).hexdigest()[:12]}"


def party_key(party: Party | None) -> str:
    """A party's number, or where none is declared the key of its name; "" for nobody."""
    if party is None:
        return ""
    number = "".join(party.id.upper().split())
    return number[:LONGEST_KEY] if number and number.isascii() and number.isprintable() else name_key(party.name)


def links(lodged: Lodgement) -> tuple[Link, ...]:
    """Everything that a declaration names, each once, in the order of KINDS."""
    found = {(link.kind, link.key): link for link in _all(lodged) if link.key}
    return tuple(sorted(found.values(), key=lambda link: (KINDS.index(link.kind), link.key)))


def _all(lodged: Lodgement) -> Iterator[Link]:
    shipment = lodged.goods_shipment
    exporter = lodged.exporter or shipment.consignor or shipment.seller
    named = (("importer", shipment.importer), ("exporter", exporter), ("declarant", lodged.declarant))
    for kind, party in named:
        if party is not None:
            yield Link(kind, party_key(party), shown(party.name or party.id))
    for party in (shipment.importer, exporter):
        yield from _of(party)
    for transport in (shipment.consignment, lodged.consignment):
        if transport is not None:
            for box in transport.equipment:
                yield _thing("container", box.id)
    means = lodged.border_means or (shipment.consignment.arrival_means if shipment.consignment else None)
    if means is not None:
        yield Link("means", thing_key(means.id), shown(means.name or means.id))
    yield from _documents(lodged)


def _of(party: Party | None) -> Iterator[Link]:
    """Where a party lives, and how it is called."""
    if party is None:
        return
    if (at := party.address) is not None and at.line.strip():
        parts = [part for part in (at.line, at.postcode, at.city, at.country) if part.strip()]
        yield Link("address", name_key(" ".join(parts)), shown(", ".join(parts)))
    for line in party.communications:
        number = "".join(c for c in line.id if c.isdigit())
        if line.type.upper() in PHONES and "@" not in line.id and len(number) >= FEWEST_DIGITS:
            yield Link("telephone", number[-12:], shown(line.id))


def _documents(lodged: Lodgement) -> Iterator[Link]:
    shipment = lodged.goods_shipment
    holders = (lodged.documents, *(item.documents for item in lodged.items))
    earlier = (shipment.previous_documents, *(item.previous_documents for item in lodged.items))
    named = [(p.type, p.id) for papers in holders for p in papers]
    named += [(p.type, p.id) for before in earlier for p in before]
    for type_, number in named:
        if type_ in TRANSPORT_DOCUMENTS:
            yield _thing("document", number)


def _thing(kind: str, number: str) -> Link:
    return Link(kind, thing_key(number), shown(number))


def thing_key(number: str) -> str:
    """The key of a container, a means of transport or a transport document: letters and digits in capitals."""
    return "".join(c for c in number.upper() if c.isascii() and c.isalnum())[:LONGEST_KEY]
