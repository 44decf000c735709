"""The guard at the gate of bank statements: unchecked bytes become a light tree of names and texts, or are refused.

No document type, so no entity, is taken; nothing is fetched; nesting is limited; comments are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from customhouse.kernel.incoming import beginning
from customhouse.kernel.problem import Problem, Refusal

MAX_DEPTH = 40
HINT = "Ask the bank for the file again, unchanged"


class Tree:
    """An element without regard to its namespace; `place` is its path with numbers, for people."""

    __slots__ = ("_element", "place")

    def __init__(self, element: etree._Element, place: str) -> None:
        self._element, self.place = element, place

    @property
    def name(self) -> str:
        return etree.QName(self._element).localname

    @property
    def namespace(self) -> str:
        return etree.QName(self._element).namespace or ""

    def all(self, path: str) -> Iterator[Tree]:
        """The elements at a path of names such as ``Bal/Tp/Cd``, in the order of the file."""
        here, _, rest = path.partition("/")
        number = 0
        for child in self._element:
            if etree.QName(child).localname == here:
                number += 1
                below = Tree(child, f"{self.place}/{here}[{number}]")
                yield from below.all(rest) if rest else (below,)

    def first(self, path: str) -> Tree | None:
        return next(self.all(path), None)

    def text(self, path: str) -> str:
        """The text at a path, "" when there is none; blanks around it are left out."""
        found = self.first(path)
        return found.content if found is not None else ""

    @property
    def content(self) -> str:
        return (self._element.text or "").strip()

    def attribute(self, name: str) -> str:
        return str(self._element.get(name, ""))


def read_tree(data: bytes) -> Tree:
    """The root of a message. Raises Refusal, with line and column where the file is broken."""
    if not data.strip():
        raise Refusal([Problem("EmptyFile", "The file is empty", "", HINT)])
    if not beginning(data).startswith(b"<"):
        raise Refusal([Problem("NotXML", "The file is no XML", "line 1", "Choose the camt.053 file of the bank")])
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        line, column = fault.position
        raise Refusal([Problem("MalformedXML", str(fault.msg), f"line {line}, column {column}", HINT)]) from fault
    if root.getroottree().docinfo.doctype:
        raise Refusal([Problem("ForbiddenDoctype", "A bank file has no document type", "line 1", HINT)])
    _shallow(root)
    return Tree(root, f"/{etree.QName(root).localname}")


def _shallow(root: etree._Element) -> None:
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise Refusal(
                [
                    Problem(
                        "TooDeep", f"A bank file has less than {MAX_DEPTH} levels", f"line {element.sourceline}", HINT
                    )
                ]
            )
        waiting.extend((child, depth + 1) for child in element)
