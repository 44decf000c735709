"""What a declaration asks of cargo reports: which transport documents it names, and how much of each.

A transport document is named as an additional or a previous document, of the whole or of an item. Which codes are transport
documents (`transport_documents`) and which make release wait for the goods (`cargo_awaited`) is law.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from customhouse.law.book import Law
from customhouse.record.acts import Held
from customhouse.record.declaration import CargoMatch, Declaration, Hold, HoldKind, Reason, Role
from customhouse.record.facts import grams
from customhouse.record.lodgement import AdditionalDocument, GoodsItem, Lodgement, PreviousDocument

PPM = 1_000_000
AWAITED = "cargo_awaited"
"""The code list of the law with the documents that make release wait for the goods."""
LIFTED_BY = (Role.OFFICER, Role.SUPERVISOR)
LAW = "Goods are released from temporary storage (Revised Kyoto Convention, Specific Annex A, chapter 2)"


class CargoClaim(msgspec.Struct, frozen=True, gc=False):
    """Transport documents that the same goods are asked of, most often one; packages and grams asked for together."""

    numbers: tuple[str, ...]
    packages: int
    mass: int
    items: tuple[int, ...] = ()


def key(number: str) -> str:
    """A number as it is compared: letters and digits only, in capitals."""
    return "".join(c for c in number.upper() if c.isascii() and c.isalnum())


def nested_key(manifest: str, number: str, version: int) -> str:
    """The name of a transport document's balance in a version of its report."""
    return f"{manifest}/{key(number)}@{version}"


def tolerated(mass: int, law: Law) -> int:
    """By how many grams a mass may differ (`cargo_mass_tolerance_ppm` of the law, none without)."""
    ppm = max(map(int, law.list_of("cargo_mass_tolerance_ppm")), default=0)
    return mass * ppm // PPM


def claims(lodged: Lodgement, law: Law) -> tuple[CargoClaim, ...]:
    """What the declaration asks for: items by the documents that they name, or that stand on the whole declaration."""
    if not lodged.is_import:
        return ()
    codes = law.list_of("transport_documents")
    shipment = lodged.goods_shipment
    whole = _named((*lodged.documents, *shipment.previous_documents), codes)
    asked: dict[tuple[str, ...], list[GoodsItem]] = {}
    for item in lodged.items:
        own = _named((*item.documents, *item.previous_documents), codes) or whole
        if own:
            asked.setdefault(own, []).append(item)
    made = [CargoClaim(numbers, *_amounts(items), tuple(i.sequence for i in items)) for numbers, items in asked.items()]
    if len(made) == 1 and len(made[0].items) == len(lodged.items):
        return (_stated(made[0], lodged),)
    return tuple(made)


def _named(documents: Iterable[AdditionalDocument | PreviousDocument], codes: frozenset[str]) -> tuple[str, ...]:
    """Numbers of the transport documents among these, each once, in the order in which balances are locked."""
    found = {key(d.id): d.id for d in documents if d.code in codes and key(d.id)}
    return tuple(found[k] for k in sorted(found))


def _amounts(items: Iterable[GoodsItem]) -> tuple[int, int]:
    packages = mass = 0
    for item in items:
        packages += sum(int(p.quantity) for p in item.packages if p.quantity is not None and p.quantity > 0)
        mass += max(0, grams(item.commodity.gross_mass))
    return packages, mass


def _stated(claim: CargoClaim, lodged: Lodgement) -> CargoClaim:
    """The claim with the totals of the declaration where its items say nothing."""
    packages, mass = claim.packages, claim.mass
    if not packages and lodged.package_count is not None:
        packages = max(0, int(lodged.package_count))
    if not mass and lodged.gross_mass is not None:
        mass = max(0, grams(lodged.gross_mass))
    return msgspec.structs.replace(claim, packages=packages, mass=mass)


def awaited(lodged: Lodgement, law: Law) -> tuple[str, ...]:
    """Transport documents whose goods release waits for; none where the declaration names no document that says so."""
    codes = law.list_of(AWAITED)
    if not codes or not lodged.is_import:
        return ()
    if not _names_any(lodged, codes):
        return ()
    return tuple(dict.fromkeys(n for claim in claims(lodged, law) for n in claim.numbers))


def _names_any(lodged: Lodgement, codes: frozenset[str]) -> bool:
    """Whether the declaration names a document of these codes anywhere; asked on every walk, so nothing is built for it."""
    for holder in (lodged.documents, lodged.goods_shipment.previous_documents):
        for document in holder:
            if document.category + document.type in codes:
                return True
    for item in lodged.items:
        for documents in (item.documents, item.previous_documents):
            for document in documents:
                if document.category + document.type in codes:
                    return True
    return False


def waits(lodged: Lodgement, law: Law, matches: Iterable[CargoMatch]) -> tuple[str, ...]:
    """Those of the awaited documents whose goods are not in the house and written off yet."""
    there = {key(m.document) for m in matches if m.arrived and not m.short}
    return tuple(n for n in awaited(lodged, law) if key(n) not in there)


def wait(declaration: Declaration, law: Law) -> Held | None:
    """The hold until the goods are in the house; None where nothing is waited for."""
    missing = waits(declaration.lodged, law, declaration.cargo)
    if not missing:
        return None
    return Held(Hold(HoldKind.MANIFEST, "", LIFTED_BY, tuple(_reasons(declaration, missing))))


def _reasons(declaration: Declaration, missing: tuple[str, ...]) -> Iterator[Reason]:
    known = {key(m.document): m for m in declaration.cargo}
    for number in missing:
        match = known.get(key(number))
        if match is None:
            text = f"Transport document {number} has not been reported yet"
        elif match.short:
            text = f"Transport document {number}: {match.short}"
        else:
            text = f"The goods of transport document {number} have not arrived yet"
        yield Reason("manifest", text, 0, LAW)
