"""The official schemas of ICS1 at the ENS gate, where somebody has them: compiled from memory, speaking in XPath.

The gate needs none, its table holds the same structure; they are a second opinion.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path, PurePosixPath
from threading import Lock

from lxml import etree

from customhouse.gates.ens.rules import current
from customhouse.gates.ens.table import MESSAGES, namespace
from customhouse.gates.ens.tree import MAX_BYTES
from customhouse.kernel.problem import Problem, Refusal

MAX_PROBLEMS = 100
MAX_FILES = 2000
_NAMESPACE = re.compile(r"\{[^}]*\}")
_HINT = "Name the directory that holds the schemas CC315A and CC313A and the files they import"


def _parser() -> etree.XMLParser:
    return etree.XMLParser(no_network=True, resolve_entities=False, load_dtd=False)


class _Imports(etree.Resolver):
    """Gives a schema the files it imports, by their last name, from memory; nothing else is ever opened."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__()
        self.files = files

    def resolve(self, system_url: str, public_id: str, context: object) -> object:  # type: ignore[override]
        name = PurePosixPath(system_url).name
        found = self.files.get(name, b"")
        return self.resolve_string(found, context, base_url=f"memory:/{name}")


class Schema:
    """The schemas among `files` (name -> bytes). Raises Refusal (NoSchema) where there is none, or a broken one."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        found = {root: name for name in current(files) if (root := describes(files[name]))}
        if not found:
            raise Refusal([Problem("NoSchema", "No schema of IE315 or IE313 was found", hint=_HINT)])
        near = {PurePosixPath(name.replace("!", "/")).name: data for name, data in files.items()}
        self._compiled = {root: _compile(name, files[name], near) for root, name in found.items()}
        self._lock = Lock()

    @classmethod
    def of(cls, directory: Path) -> Schema:
        """The schemas in a directory, searched with its subdirectories."""
        paths = sorted(directory.rglob("*.xsd"))[:MAX_FILES] if directory.is_dir() else [directory]
        return cls({path.as_posix(): path.read_bytes() for path in paths if path.is_file()})

    def problems(self, data: bytes) -> tuple[Problem, ...]:
        """Every schema error of a message (its bytes, which the guard of the gate has let pass)."""
        root = etree.fromstring(data[:MAX_BYTES], _parser())
        for element in root.iter("{*}*"):
            name = etree.QName(element)
            if name.localname in MESSAGES and name.namespace == namespace(name.localname):
                return self._judge(name.localname, element)
        return (Problem("NotAnEntrySummary", "There is no entry summary declaration in the document", "line 1"),)

    def _judge(self, root: str, element: etree._Element) -> tuple[Problem, ...]:
        compiled = self._compiled.get(root)
        if compiled is None:
            return ()
        alone = element if element.getparent() is None else etree.fromstring(etree.tostring(element), _parser())
        with self._lock:
            if compiled.validate(alone):
                return ()
            entries = list(compiled.error_log)[:MAX_PROBLEMS]
        return tuple(
            Problem("SchemaInvalid", _NAMESPACE.sub("", " ".join(e.message.split()))[:400], e.path or f"line {e.line}")
            for e in entries
        )


def describes(data: bytes) -> str:
    """The message whose schema this is (CC315A, CC313A), or the empty text."""
    for root in MESSAGES:
        if f'targetNamespace="{namespace(root)}"'.encode() in data:
            return root
    return ""


def _compile(name: str, data: bytes, near: Mapping[str, bytes]) -> etree.XMLSchema:
    parser = _parser()
    parser.resolvers.add(_Imports(near))
    try:
        return etree.XMLSchema(etree.parse(BytesIO(data), parser, base_url="memory:/schema.xsd"))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as fault:
        raise Refusal([Problem("NoSchema", " ".join(str(fault).split())[:300], name, _HINT)]) from None
