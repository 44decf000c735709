"""The official schemas at the XML gate: found in a directory, compiled once, and speaking in WCO paths.

The message schema alone rejects real messages (its wildcard is strict and imports no declaration), so a schema of two
imports is built in memory around the message and the declaration schema found.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from threading import Lock
from xml.sax.saxutils import quoteattr

from lxml import etree

from customhouse.gates.wco_xml.pointer import Paths, local
from customhouse.kernel.problem import Problem, Refusal

DECLARATION_NS = "urn:wco:datamodel:WCO:DEC-DMS:2"
RESPONSE_NS = "urn:wco:datamodel:WCO:RES-DMS:2"
METADATA_NS = "urn:wco:datamodel:WCO:DocumentMetaData-DMS:2"
NAMESPACES = {"Declaration": DECLARATION_NS, "Response": RESPONSE_NS}
MAX_FILES = 2000
MAX_PROBLEMS = 100
_XS = "{http://www.w3.org/2001/XMLSchema}"
_NAMESPACE = re.compile(r"\{[^}]*\}")
_STEP = re.compile(r"/([^/\[\]]+)(?:\[(\d+)\])?")


class Schema:
    """The compiled schemas of one directory (searched with its subdirectories); cheap to make again.

    `element` is what messages are about: Declaration, or Response for the answers of customs. Raises Refusal (NoSchema)
    where the directory holds no schema of it, or a broken one.
    """

    def __init__(self, directory: str | Path, element: str = "Declaration") -> None:
        self.directory = Path(directory)
        self._compiled, self._lock = _compile(os.fspath(self.directory.resolve()), element)

    def problems(self, element: etree._Element) -> tuple[Problem, ...]:
        """Every schema error below `element` (a MetaData or a Declaration), as SchemaInvalid problems."""
        with self._lock:
            if self._compiled.validate(element):
                return ()
            entries = list(self._compiled.error_log)
        paths = Paths()
        found = dict.fromkeys(_problem(element, entry, paths) for entry in entries[:MAX_PROBLEMS])
        if (more := len(entries) - MAX_PROBLEMS) > 0:
            found[Problem("TooManyProblems", f"{more} further problems are not listed", hint="Mend these first")] = None
        return tuple(found)


def found_in(directory: str | Path, element: str = "Declaration") -> bool:
    """Whether the directory holds a schema of the WCO declaration, or of another element that messages are about."""
    return _largest(Path(directory), NAMESPACES[element], element) is not None


@lru_cache(maxsize=8)
def _compile(directory: str, element: str) -> tuple[etree.XMLSchema, Lock]:
    """The schema and its lock: a validator keeps the errors of its last message, so one message at a time."""
    namespace = NAMESPACES[element]
    declaration = _largest(Path(directory), namespace, element)
    if declaration is None:
        hint = f"Name the directory that holds the schema of {namespace.split(':')[-2]} 2 and the files it imports"
        raise Refusal([Problem("NoSchema", f"No schema of the WCO {element} was found", directory, hint)])
    metadata = _largest(declaration.parent, METADATA_NS, "MetaData") or _largest(
        Path(directory), METADATA_NS, "MetaData"
    )
    imports = [(METADATA_NS, metadata)] if metadata else []
    lines = [
        f"<xs:import namespace={quoteattr(ns)} schemaLocation={quoteattr(file.as_uri())}/>"
        for ns, file in (*imports, (namespace, declaration))
        if file
    ]
    wrapper = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{"".join(lines)}</xs:schema>'
    try:
        return etree.XMLSchema(etree.fromstring(wrapper.encode(), _schema_parser())), Lock()
    except etree.XMLSchemaParseError as fault:
        hint = "Check that the directory holds every file that the schemas import"
        raise Refusal([Problem("NoSchema", " ".join(str(fault).split())[:300], str(declaration), hint)]) from None


def _schema_parser() -> etree.XMLParser:
    return etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)


def _largest(directory: Path, namespace: str, element: str) -> Path | None:
    """The schema of `namespace` that defines `element`; of several (full message, cancellation only) the richest."""
    best: tuple[int, str] | None = None
    for number, file in enumerate(sorted(directory.rglob("*.xsd"))):
        if number >= MAX_FILES:
            break
        richness = _richness(file, namespace, element)
        if richness and (best is None or richness > best[0]):
            best = (richness, os.fspath(file))
    return Path(best[1]) if best else None


def _richness(file: Path, namespace: str, element: str) -> int:
    """How many elements the file describes, or 0 where it is not a schema of that element."""
    try:
        data = file.read_bytes()
        if namespace.encode() not in data:
            return 0
        root = etree.fromstring(data, _schema_parser())
    except (OSError, etree.XMLSyntaxError):
        return 0
    if root.tag != f"{_XS}schema" or root.get("targetNamespace") != namespace:
        return 0
    if not any(e.get("name") == element for e in root.findall(f"{_XS}element")):
        return 0
    return sum(1 for _ in root.iter(f"{_XS}element"))


def _problem(root: etree._Element, entry: etree._LogEntry, paths: Paths) -> Problem:
    element = _resolve(root, entry.path or "")
    words = " ".join(_NAMESPACE.sub("", entry.message).split())
    where = (paths.of(element) or local(element.tag)) if element is not None else ""
    column = f", column {entry.column}" if entry.column else ""
    value = (element.text or "").strip()[:80] if element is not None and not len(element) else ""
    return Problem("SchemaInvalid", f"{words[:600]} (line {entry.line}{column})", where, _hint(words), value)


def _hint(words: str) -> str:
    if "is not expected" in words:
        return "Elements stand in the order of the schema; move or remove it"
    if "Missing child" in words:
        return "Add the missing element"
    return "See the format of the element in the schema"


def _resolve(root: etree._Element, path: str) -> etree._Element | None:
    """The element of a libxml2 node path such as /md:MetaData/*[6]/*[3], whose first step is `root`."""
    here = root
    for name, number in _STEP.findall(path)[1:]:
        if name.startswith("@"):
            break
        wanted = name.rpartition(":")[2]
        fits = [e for e in here if name == "*" or local(e.tag) == wanted]
        at = int(number or 1) - 1
        if at >= len(fits):
            return here
        here = fits[at]
    return here
