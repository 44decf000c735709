"""Many declarations of low value in one file of WCO XML, taken apart as a stream, straight into the columns of parcels.

The file holds `Declaration` elements (WCO Data Model, message DEC, the data set H7) inside any one root, or whole messages one
behind the other; `documents` reads them with the same memory for every size of file.

What an element means stands in `record.parcel.FIELDS`, by its path. An element that no parcel says is not left out: its
declaration is put aside with the place, because only a full declaration can say it. tests/stream hold every declaration that is
taken to what the WCO gate reads in the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.parcel import FIELDS, INVOICE, NAMES, PROCEDURE, TYPE, VENDOR, Consolidation
from customhouse.stream.parcels import documents
from customhouse.stream.parcels.documents import Elements
from customhouse.stream.parcels.lines import LONGEST, MOST
from customhouse.stream.parcels.rows import SHOWN, Quarantined, Table, strings

WCO = "urn:wco:datamodel:WCO:"
FULL = "NeedsFullDeclaration"
FULL_HINT = "parcels say only what docs/guides/parcels.md lists: hand this one in as a full declaration"

_ITEM = "GoodsShipment/GovernmentAgencyGoodsItem"
_CURRENT, _PREVIOUS = f"{_ITEM}/GovernmentProcedure/CurrentCode", f"{_ITEM}/GovernmentProcedure/PreviousCode"
_ISSUED = "IssueDateTime/DateTimeString"
FIXED = {
    "FunctionCode": "9",
    "TypeCode": TYPE,
    "GoodsItemQuantity": "1",
    f"{_ITEM}/SequenceNumeric": "1",
    f"{_ITEM}/AdditionalDocument/CategoryCode": INVOICE[0],
    f"{_ITEM}/AdditionalDocument/TypeCode": INVOICE[1],
    f"{_ITEM}/Commodity/Classification/IdentificationTypeCode": "TSP",
    f"{_ITEM}/DomesticDutyTaxParty/RoleCode": VENDOR,
    f"{_ITEM}/Origin/TypeCode": "1",
    f"{_ITEM}/Packaging/SequenceNumeric": "1",
}
"""Elements that can say one thing only in a parcel."""
OF_ALL = {
    "Declarant/ID": "declarant",
    "DeclarationOfficeID": "office",
    "BorderTransportMeans/ModeCode": "mode",
    "GoodsShipment/Destination/CountryCode": "destination",
    "GoodsShipment/Importer/Address/CountryCode": "destination",
}
"""Elements that the consolidation says for all of its parcels: what stands there must be the same."""
FREIGHTS = (f"{_ITEM}/CustomsValuation/FreightChargeAmount", "GoodsShipment/CustomsValuation/FreightChargeAmount")
"""Where carriage may stand; of one goods item it is the same (the schema of DEC-DMS has the second place only)."""
BESIDE = (
    ("invoice", f"{_ITEM}/AdditionalDocument/CategoryCode"),
    ("invoice", f"{_ITEM}/AdditionalDocument/TypeCode"),
    ("scheme", f"{_ITEM}/DomesticDutyTaxParty/RoleCode"),
)
"""Fields whose element means them only where another one stands beside it."""
ATTRIBUTES = {"unitCode": "KGM", "formatCode": "102"}
"""Attributes that can say one thing only. `currencyID` is read."""
IDLE = ("languageID", "schemaLocation", "noNamespaceSchemaLocation")
"""Attributes that say nothing of the goods."""
_SLOT = {name: n for n, name in enumerate(NAMES)}
_FREIGHT_CURRENCY, _SLOTS = len(NAMES), len(NAMES) + 1


class Part(msgspec.Struct, frozen=True):
    """Declarations one behind the other: the place of the first (from 1), how many, and what they say."""

    first: int
    count: int
    table: Table


class _Node:
    """An element that a parcel may have: what stands below it, which field its text and its `currencyID` are, or else what is
    done with its text; `seen` is the number of the last declaration that had it."""

    __slots__ = ("below", "currency", "many", "path", "seen", "slot", "take")

    def __init__(self, path: str) -> None:
        self.path = path
        self.below: dict[str, _Node] = {}
        self.slot = self.currency = self.seen = -1
        self.many = False
        self.take: Take | None = None


class _Declarations(Elements):
    """The same, and what expat calls in declarations. Every one that ends goes to `finished`: its fields as text, or what is
    wrong with it."""

    def __init__(self, of: Consolidation | None, finished: Callable[[list[str] | Quarantined], None]) -> None:
        super().__init__()
        self.of, self.finished = of, finished
        self.root, self.by_path = _grown()
        self.node = self.root
        self.above: list[_Node] = []
        self.values: list[str] = []
        self.procedure = ["", ""]
        self.bad: Quarantined | None = None

    def parser(self, lines: int) -> Any:
        made = super().parser(lines)
        made.CharacterDataHandler = self.text.append
        return made

    def checked(self) -> None:
        if sum(map(len, self.text)) > LONGEST:
            self.text[:] = self.text[0][:1]  # blank or not
            self.wrong(self.node.path, f"has more than {LONGEST} characters")

    def _outside(self) -> None:
        super()._outside()
        self.expat.CharacterDataHandler = None

    def _declaration(self, attributes: dict[str, str]) -> None:
        self.node, self.values, self.bad = self.root, [""] * _SLOTS, None
        self.procedure = ["", ""]
        self.above.clear()
        self._inside()
        self._attributes(self.root, attributes)

    def _inside(self) -> None:
        self.text.clear()
        self.expat.StartElementHandler, self.expat.EndElementHandler = self._open, self._close
        self.expat.CharacterDataHandler = self.text.append

    def _skipped(self) -> None:
        if self.node is self.root and not self.above and not self.values:
            super()._skipped()
        else:
            self._inside()

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        node = self.node
        if self.text:
            self._between(node)
        below = node.below.get(name) or self._known(node, name)
        if below is None:
            return
        if below.seen == self.number and not below.many:
            self._leave_out(f"{below.path}[2]", "stands twice: that needs a full declaration")
            return
        below.seen = self.number
        self.above.append(node)
        self.node = below
        if attributes:
            self._attributes(below, attributes)

    def _known(self, node: _Node, name: str) -> _Node | None:
        """The element of this name, whatever name space of the WCO it was written in."""
        space, _, local = name.rpartition(" ")
        below = node.below.get(local) if not space or space.startswith(WCO) else None
        if below is None:
            self._leave_out(f"{node.path}/{local}", "is no element of parcels: it needs a full declaration")
        else:
            node.below[name] = below
        return below

    def _leave_out(self, path: str, why: str) -> None:
        self.wrong(path, why)
        self.expat.CharacterDataHandler = None
        self._skip()

    def _close(self, _: str) -> None:
        node, text = self.node, self.text
        if node.slot >= 0:
            self.values[node.slot] = text[0] if len(text) == 1 else "".join(text)
        else:
            if node.below and text:
                self._between(node)
            if node.take is not None:
                node.take(self, node, "".join(text).strip())
        text.clear()
        if self.above:
            self.node = self.above.pop()
        else:
            self._finish()

    def _between(self, node: _Node) -> None:
        """Text between elements says nothing."""
        text = self.text
        said = text[0] if len(text) == 1 else "".join(text)
        text.clear()
        if not said.isspace():
            self.wrong(node.path, "holds text and should hold elements only", said.strip())

    def wrong(self, path: str, why: str, value: str = "") -> None:
        """Note what is wrong with the declaration that is being read; the first counts."""
        if self.bad is None:
            line = self.lines + self.expat.CurrentLineNumber
            told = f"{path.lstrip('/') or 'Declaration'} {why} (line {line})"
            self.bad = Quarantined(0, FULL, told, FULL_HINT, value[:SHOWN])

    def _attributes(self, node: _Node, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            local = name.rpartition(" ")[2]
            if local == "currencyID" and node.currency >= 0:
                self.values[node.currency] = value.strip()
            elif ATTRIBUTES.get(local) != value and local not in IDLE:
                self.wrong(f"{node.path}/@{local}", "says what parcels do not", value)

    def _finish(self) -> None:
        values = self.values
        for name, path in BESIDE:
            if values[_SLOT[name]] and self.by_path[path].seen != self.number:
                self.wrong(path, "is missing")
        if values[_FREIGHT_CURRENCY] not in ("", values[_SLOT["currency"]]):
            self.wrong(f"{FREIGHTS[1]}/@currencyID", "is not that of the price")
        if all(self.by_path[path].seen == self.number for path in FREIGHTS):
            self.wrong(FREIGHTS[1], "stands twice: that needs a full declaration")
        self.finished(self.bad or values[: len(NAMES)])
        self.values = []
        self.depth -= 1
        self._outside()


# --- what is done with the text of an element -------------------------------------------------------------------------


Take = Callable[[_Declarations, _Node, str], None]


def _fixed(reader: _Declarations, node: _Node, said: str) -> None:
    if said != FIXED[node.path]:
        reader.wrong(node.path, f"is not {FIXED[node.path]}", said)


def _of_all(reader: _Declarations, node: _Node, said: str) -> None:
    name = OF_ALL[node.path]
    if reader.of is not None and said != (whole := getattr(reader.of, name)):
        reader.wrong(node.path, f"is not the {name} of the consolidation, {whole or 'which names none'}", said)


def _code(reader: _Declarations, node: _Node, said: str) -> None:
    """One of the two codes of a procedure."""
    reader.procedure[node.path == _PREVIOUS] = said


def _procedure(reader: _Declarations, node: _Node, _: str) -> None:
    """A whole GovernmentProcedure: 40 00, which all parcels have, or an additional one."""
    current, previous = reader.procedure
    reader.procedure = ["", ""]
    reader.by_path[_CURRENT].seen = reader.by_path[_PREVIOUS].seen = -1
    if previous:
        if (current, previous) != PROCEDURE:
            reader.wrong(node.path, f"is not {' '.join(PROCEDURE)}", f"{current} {previous}")
    elif len(current.split()) != 1 or current == PROCEDURE[0]:
        reader.wrong(_CURRENT, "is no additional procedure", current)
    else:
        before = reader.values[_SLOT["procedures"]]
        reader.values[_SLOT["procedures"]] = f"{before} {current}".lstrip()


def _grown() -> tuple[_Node, dict[str, _Node]]:
    """The elements of a parcel as a tree, and each by its path."""
    root = _Node("")
    every = {"": root}

    def at(path: str, take: Take | None) -> _Node:
        node = root
        for name in path.split("/"):
            if name not in node.below:
                made = node.below[name] = _Node(f"{node.path}/{name}".lstrip("/"))
                every[made.path] = made
            node = node.below[name]
        node.take = take
        return node

    for n, field in enumerate(FIELDS):
        path, _, attribute = field.path.partition("/@")
        if field.name == "procedures":
            at(path, _code)
        elif attribute:
            every[path].currency = n
        else:
            at(_ISSUED if field.name == "posted" else path, None).slot = n
    for path in FREIGHTS:
        freight = at(path, None)
        freight.slot, freight.currency = _SLOT["freight"], _FREIGHT_CURRENCY
    for path in FIXED:
        at(path, _fixed)
    for path in OF_ALL:
        at(path, _of_all)
    at(_PREVIOUS, _code)
    at(_CURRENT.rpartition("/")[0], _procedure).many = True
    return root, every


# --- the file ---------------------------------------------------------------------------------------------------------


def count(path: Path) -> int:
    """How many declarations there are. Raises Refusal for a file that is not well-formed to its end, or goes beyond a bound."""
    elements = Elements()
    for _ in documents.read(path, elements):
        pass
    if not elements.number:
        hint = "The element Declaration is looked for; other forms are JSON lines, CSV, Parquet and Arrow"
        raise Refusal([Problem("NotADeclaration", "The file holds no declaration", path.name, hint)])
    return elements.number


def parts(path: Path, size: int, of: Consolidation | None = None) -> Iterator[Part]:
    """The declarations in portions of `size`, or of `MOST` characters; the same for the same file, whenever it is read."""
    made: list[tuple[int, list[str]]] = []
    bad: list[Quarantined] = []
    ready: list[Part] = []
    first, held = 1, 0

    def portion() -> None:
        nonlocal first, held
        line = np.array([n for n, _ in made], np.int64)
        ready.append(Part(first, len(made) + len(bad), Table(line, strings([values for _, values in made]), list(bad))))
        first, held = first + len(made) + len(bad), 0
        made.clear()
        bad.clear()

    def one(what: list[str] | Quarantined) -> None:
        nonlocal held
        number = first + len(made) + len(bad)
        if isinstance(what, list):
            made.append((number, what))
            held += sum(map(len, what))
        else:
            bad.append(msgspec.structs.replace(what, line=number))
        if len(made) + len(bad) == size or held > MOST:
            portion()

    for _ in documents.read(path, _Declarations(of, one)):
        yield from ready
        ready.clear()
    if made or bad:
        portion()
    yield from ready
