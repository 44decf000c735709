"""Many declarations of low value in one file of WCO XML, taken apart as a stream, straight into the columns of parcels.

The file holds `Declaration` elements (WCO Data Model, message DEC, the data set H7) inside any one root, or whole messages one
behind the other; `documents` reads them with the same memory for every size of file.

What an element means stands in `reduced`. One that no parcel says is not left out: its declaration is put aside with the place,
because only a full declaration can say it. tests/stream hold every declaration that is taken to what the WCO gate reads in the
same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from customhouse.kernel.problem import Problem, Refusal
from customhouse.record.parcel import BETWEEN, NAMES, PART, TYPE, Consolidation, as_entries
from customhouse.stream.parcels import documents
from customhouse.stream.parcels.documents import Elements
from customhouse.stream.parcels.lines import LONGEST, MOST
from customhouse.stream.parcels.reduced import (
    ATTRIBUTES,
    IDLE,
    OTHER_TYPES,
    OTHERWISE,
    REDUCED,
    SLOT,
    SLOTS,
    TWICE,
    Node,
    grown,
)
from customhouse.stream.parcels.rows import SHOWN, Quarantined, Table, strings

WCO = "urn:wco:datamodel:WCO:"
FULL = "NeedsFullDeclaration"
FULL_HINT = "parcels say only what docs/guides/parcels.md lists: hand this one in as a full declaration"


class Part(msgspec.Struct, frozen=True):
    """Declarations one behind the other: the place of the first (from 1), how many, and what they say."""

    first: int
    count: int
    table: Table


class _Declarations(Elements):
    """The same, and what expat calls in declarations. Every one that ends goes to `finished`: its fields as text, or what is
    wrong with it."""

    def __init__(self, of: Consolidation | None, finished: Callable[[list[str] | Quarantined], None]) -> None:
        super().__init__()
        self.of, self.finished = of, finished
        self.root, self.by_path = grown()
        self.node = self.root
        self.above: list[Node] = []
        self.values: list[str] = []
        self.parts: dict[str, str] = {}
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
        self.node, self.values, self.bad = self.root, [""] * SLOTS, None
        self.parts.clear()
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

    def _known(self, node: Node, name: str) -> Node | None:
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

    def _between(self, node: Node) -> None:
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

    def _attributes(self, node: Node, attributes: dict[str, str]) -> None:
        for name, value in attributes.items():
            local = name.rpartition(" ")[2]
            if local == "currencyID" and node.currency >= 0:
                self.values[node.currency] = value.strip()
            elif ATTRIBUTES.get(local) != value and local not in IDLE:
                self.wrong(f"{node.path}/@{local}", "says what parcels do not", value)

    def _finish(self) -> None:
        values = self.values
        for name, (first, second) in TWICE.items():
            self._either(name, first, second)
        self._is_reduced()
        self.finished(self.bad or values[: len(NAMES)])
        self.values = []
        self.depth -= 1
        self._outside()

    def _either(self, name: str, first: str, second: str) -> None:
        """A field that stands in one place or the other; in both only where they say the same."""
        values, slot, other = self.values, SLOT[name], OTHERWISE[name]
        if values[other] and values[slot] not in ("", values[other]):
            self.wrong(second, f"is not what {first.rpartition('/')[2]} says", values[other])
        values[slot] = values[slot] or values[other]
        currency = values[OTHERWISE[f"{name} currency"]] if name != "packages" else ""
        if name == "price" and not values[SLOT["currency"]]:
            values[SLOT["currency"]] = currency
        elif currency not in ("", values[SLOT["currency"]]):
            self.wrong(f"{second}/@currencyID", "is not that of the price", currency)

    def _is_reduced(self) -> None:
        """The type of the declaration says the reduced data set, or an additional procedure does."""
        slot, said = SLOT["procedures"], self.values[OTHERWISE["type"]]
        procedures = self.values[slot].split(" ")
        if REDUCED in procedures:
            self.values[slot] = " ".join(code for code in procedures if code != REDUCED)
            if said in OTHER_TYPES:
                return
        if self.by_path["TypeCode"].seen == self.number and said != TYPE:
            more = f", and no additional procedure {REDUCED} says the reduced data set" if said in OTHER_TYPES else ""
            self.wrong("TypeCode", f"is not {TYPE}{more}", said)

    def also(self, name: str, path: str, *parts: str) -> None:
        """One more entry of a field."""
        try:
            entry = as_entries([parts])
        except ValueError:
            self.wrong(path, f"holds {BETWEEN} or {PART}, which stand between entries", PART.join(parts))
            return
        before = self.values[SLOT[name]]
        self.values[SLOT[name]] = f"{before}{BETWEEN} {entry}" if before else entry

    def once(self, name: str, path: str, said: str) -> None:
        """The text of a field that may stand in several places, but says one thing."""
        if self.values[SLOT[name]] not in ("", said):
            self.wrong(path, "stands twice: that needs a full declaration", said)
        self.values[SLOT[name]] = said


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
