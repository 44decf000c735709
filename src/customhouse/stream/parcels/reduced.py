"""The reduced data set (H7) in WCO XML: every element that a parcel may have, and what is done with its text.

What an element means stands in `record.parcel.FIELDS`, by its path. What stands several times, or means nothing by itself, is a
group; what may stand in either of two places is in `TWICE`. `wco` reads declarations by the tree that is grown here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from customhouse.record.parcel import FIELDS, INVOICE, NAMES, PROCEDURE, VENDOR, Consolidation

_SHIPMENT, _ITEM = "GoodsShipment", "GoodsShipment/GovernmentAgencyGoodsItem"
_ISSUED = "IssueDateTime/DateTimeString"
FIXED = {
    "FunctionCode": "9",
    "GoodsItemQuantity": "1",
    f"{_ITEM}/SequenceNumeric": "1",
    f"{_ITEM}/Origin/TypeCode": "1",
    f"{_ITEM}/Packaging/SequenceNumeric": "1",
}
"""Elements that can say one thing only in a parcel."""
OTHER_TYPES, REDUCED = ("IMA", "IMD"), "1H7"
"""Types under which others declare the reduced data set, and the additional procedure that then says so (United Kingdom, CDS)."""
OF_ALL = {
    "Declarant/ID": "declarant",
    "DeclarationOfficeID": "office",
    "BorderTransportMeans/ModeCode": "mode",
    "GoodsShipment/Destination/CountryCode": "destination",
    "GoodsShipment/Importer/Address/CountryCode": "destination",
}
"""Elements that the consolidation says for all of its parcels: what stands there must be the same."""
TWICE = {
    "price": (f"{_ITEM}/Commodity/InvoiceLine/ItemChargeAmount", f"{_ITEM}/CustomsValueAmount"),
    "freight": (f"{_ITEM}/CustomsValuation/FreightChargeAmount", f"{_SHIPMENT}/CustomsValuation/FreightChargeAmount"),
    "packages": (f"{_ITEM}/Packaging/QuantityQuantity", "TotalPackageQuantity"),
}
"""Fields that may stand in either of two places: the intrinsic value, which is the price of the goods without carriage; carriage,
which of one goods item is that of the shipment (where the schema of DEC-DMS has it); packages, in all or of the item."""
ATTRIBUTES = {"unitCode": "KGM", "formatCode": "102"}
"""Attributes that can say one thing only. `currencyID` is read."""
IDLE = ("languageID", "schemaLocation", "noNamespaceSchemaLocation")
"""Attributes that say nothing of the goods."""
SLOT = {name: n for n, name in enumerate(NAMES)}
OTHERWISE = {name: len(NAMES) + n for n, name in enumerate((*TWICE, "price currency", "freight currency", "type"))}
SLOTS = len(NAMES) + len(OTHERWISE)


class Node:
    """An element that a parcel may have: what stands below it, which field its text and its `currencyID` are, or else what is
    done with its text; `seen` is the number of the last declaration that had it. A `group` is taken when it ends."""

    __slots__ = ("below", "currency", "group", "many", "path", "seen", "slot", "take")

    def __init__(self, path: str) -> None:
        self.path = path
        self.below: dict[str, Node] = {}
        self.slot = self.currency = self.seen = -1
        self.many = False
        self.take: Take | None = None
        self.group: Group | None = None


class Reader(Protocol):
    """What reads a declaration: its fields, and the texts of the group that is being read."""

    of: Consolidation | None
    values: list[str]
    parts: dict[str, str]
    by_path: dict[str, Node]

    def wrong(self, path: str, why: str, value: str = "") -> None:
        """Note what is wrong with the declaration."""

    def also(self, name: str, path: str, *parts: str) -> None:
        """One more entry of a field."""

    def once(self, name: str, path: str, said: str) -> None:
        """The text of a field that may stand in several places, but says one thing."""


Take = Callable[[Reader, Node, str], None]
Taken = Callable[[Reader, str, list[str]], None]


class Group(NamedTuple):
    """Elements that mean something together: their path, the names of those below that count, and what is done with their texts."""

    path: str
    names: tuple[str, ...]
    taken: Taken
    many: bool = True


def _fixed(reader: Reader, node: Node, said: str) -> None:
    if said != FIXED[node.path]:
        reader.wrong(node.path, f"is not {FIXED[node.path]}", said)


def _of_all(reader: Reader, node: Node, said: str) -> None:
    name = OF_ALL[node.path]
    if reader.of is not None and said != (whole := getattr(reader.of, name)):
        reader.wrong(node.path, f"is not the {name} of the consolidation, {whole or 'which names none'}", said)


def _type(reader: Reader, _: Node, said: str) -> None:
    reader.values[OTHERWISE["type"]] = said


def _part(reader: Reader, node: Node, said: str) -> None:
    """A text that is known when its group ends."""
    reader.parts[node.path] = said


def _group(reader: Reader, node: Node, _: str) -> None:
    group = node.group
    assert group is not None
    told = []
    for name in group.names:
        path = f"{group.path}/{name}"
        told.append(reader.parts.pop(path, ""))
        reader.by_path[path].seen = -1
    group.taken(reader, group.path, told)


def _procedure(reader: Reader, path: str, told: list[str]) -> None:
    """40 00, which all parcels have, or an additional procedure."""
    current, previous = told
    if previous:
        if (current, previous) != PROCEDURE:
            reader.wrong(path, f"is not {' '.join(PROCEDURE)}", f"{current} {previous}")
    elif len(current.split()) != 1 or current == PROCEDURE[0]:
        reader.wrong(f"{path}/CurrentCode", "is no additional procedure", current)
    else:
        before = reader.values[SLOT["procedures"]]
        reader.values[SLOT["procedures"]] = f"{before} {current}".lstrip()


def _document(reader: Reader, path: str, told: list[str]) -> None:
    """The invoice, or any other document."""
    category, kind, id, status, name = told
    if (category, kind) == INVOICE and id and not (status or name or reader.values[SLOT["invoice"]]):
        reader.values[SLOT["invoice"]] = id
    elif len(category) != 1 or not kind:
        reader.wrong(f"{path}/TypeCode", "is no code of a document with its category", f"{category} {kind}")
    else:
        reader.also("documents", path, category + kind, id, status, name)


def _previous(reader: Reader, path: str, told: list[str]) -> None:
    category, kind, id, line = told
    if len(category) != 1 or not kind:
        reader.wrong(f"{path}/TypeCode", "is no code of a document with its category", f"{category} {kind}")
    else:
        reader.also("previous", path, category + kind, id, line)


def _statement(reader: Reader, path: str, told: list[str]) -> None:
    if told[0]:
        reader.also("statements", path, *told)
    else:
        reader.wrong(f"{path}/StatementCode", "is missing", told[1])


def _tax_party(reader: Reader, path: str, told: list[str]) -> None:
    """The seller under a scheme for distance sales, of the item or of the shipment, which is the same; or any other."""
    role, id = told
    if not role:
        reader.wrong(f"{path}/RoleCode", "is missing", id)
    elif role == VENDOR and id:
        reader.once("scheme", path, id)
    else:
        reader.also("tax_parties", path, role, id)


def _classification(reader: Reader, path: str, told: list[str]) -> None:
    id, kind = told
    if kind == "TSP":
        reader.once("code", path, id)
    else:
        reader.wrong(f"{path}/IdentificationTypeCode", "is not TSP", kind)


def _location(reader: Reader, path: str, told: list[str]) -> None:
    reader.also("location", path, *told)


_DOCUMENT = ("CategoryCode", "TypeCode", "ID")
_PARTY = ("RoleCode", "ID")
GROUPS = (
    Group(f"{_ITEM}/GovernmentProcedure", ("CurrentCode", "PreviousCode"), _procedure),
    Group(f"{_ITEM}/AdditionalDocument", (*_DOCUMENT, "LPCOExemptionCode", "Name"), _document),
    Group(f"{_ITEM}/AdditionalInformation", ("StatementCode", "StatementDescription"), _statement),
    Group(f"{_ITEM}/Commodity/Classification", ("ID", "IdentificationTypeCode"), _classification),
    Group(f"{_ITEM}/DomesticDutyTaxParty", _PARTY, _tax_party),
    Group(f"{_SHIPMENT}/DomesticDutyTaxParty", _PARTY, _tax_party),
    Group(f"{_ITEM}/PreviousDocument", (*_DOCUMENT, "LineNumeric"), _previous),
    Group(f"{_SHIPMENT}/PreviousDocument", (*_DOCUMENT, "LineNumeric"), _previous),
    Group(
        f"{_SHIPMENT}/Consignment/GoodsLocation",
        ("Name", "TypeCode", "Address/TypeCode", "Address/CountryCode", "ID"),
        _location,
        many=False,
    ),
)


def grown() -> tuple[Node, dict[str, Node]]:
    """The elements of a parcel as a tree, and each by its path."""
    root = Node("")
    every = {"": root}

    def at(path: str, take: Take | None = None) -> Node:
        node = root
        for name in path.split("/"):
            if name not in node.below:
                made = node.below[name] = Node(f"{node.path}/{name}".lstrip("/"))
                every[made.path] = made
            node = node.below[name]
        node.take = take
        return node

    _fields(at, every)
    for name, (first, second) in TWICE.items():
        at(first).slot, at(second).slot = SLOT[name], OTHERWISE[name]
        if name != "packages":
            at(second).currency = OTHERWISE[f"{name} currency"]
    at(TWICE["freight"][0]).currency = OTHERWISE["freight currency"]
    takes: tuple[tuple[Iterable[str], Take], ...] = ((FIXED, _fixed), (OF_ALL, _of_all), (("TypeCode",), _type))
    for paths, take in takes:
        for path in paths:
            at(path, take)
    for group in GROUPS:
        for name in group.names:
            at(f"{group.path}/{name}", _part)
        node = at(group.path, _group)
        node.group, node.many = group, group.many
    return root, every


def _fields(at: Callable[[str], Node], every: dict[str, Node]) -> None:
    """The elements that are fields as they stand."""
    grouped = tuple(group.path for group in GROUPS)
    for n, field in enumerate(FIELDS):
        path, _, attribute = field.path.partition("/@")
        if attribute:
            every[path].currency = n
        elif not path.startswith(grouped):
            at(_ISSUED if field.name == "posted" else path).slot = n
